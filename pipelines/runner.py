"""A night or a backfill in one process: fetch, plan, build, publish, through the same jobs as the schedule."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import dagster as dg
import polars as pl
from dagster._core.storage.tags import MAX_RETRIES_TAG

from assets.context import RunContext
from assets.crashes import CRASHES
from assets.ingest.fetch import require_single_source_kind
from assets.pack.city import City
from assets.pack.packs import Packs, load_packs
from pipelines import code_location, jobs, progress, report, standing, step_failures
from pipelines.dagster_store.instance import open_instance
from pipelines.in_process import run_in_process
from pipelines.interrupts import Interrupted, noticing_interrupts, stopped
from pipelines.keys import COMMAND, NIGHT, PROCESS, PUBLISH, PUBLISHED
from pipelines.killed_runs import end_killed_runs, living
from pipelines.origin import making_runs_of
from pipelines.partitions import delivered_days
from pipelines.plan import Group, due_tables, later_days, plan, plan_backfill, selection
from pipelines.progress import Progress
from pipelines.resources import Platform
from pipelines.settings import Settings
from pipelines.warned import Warned, warned
from warehouse import modes
from warehouse.failpoint import failpoint
from warehouse.ledger.whole import require_ledger
from warehouse.published import versions
from warehouse.published.connect import DamagedFileError
from warehouse.published.publications import past_publications

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Result:
    """The result of a night or a backfill."""

    city: str
    first: date  # the days that it was about
    last: date
    groups: list[Group]  # what was built
    closed: pl.DataFrame  # gates that closed: layer, table_name, day, verdict, reason
    failed: pl.DataFrame  # deliveries that could not be fetched or read: feed, delivery, detail
    outside: pl.DataFrame  # deliveries with rows of days that cannot be expected: feed, delivery, detail
    crashed: list[str]  # steps that failed for another reason than a closed gate; metrics that could not be computed
    version: int | None  # that is published now; None: this run did not publish
    changed: bool  # is the version new?
    error: str | None  # why nothing was published
    troubles: list[str]  # what else is wrong: a pack of another city, a report that cannot be made
    seconds: float  # from the first request to the publication
    not_read: Sequence[str] = ()  # files that no contract reads, and what to do; no failure
    not_due: Sequence[str] = ()  # rows of days before those that a night looks at, by feed, and what to do; no failure
    not_come: Sequence[str] = ()  # days that were due, and of which feeds nothing came; no failure
    worth_a_look: Sequence[Warned] = ()  # warnings, of all days that this run was about; no failure

    @property
    def exit_code(self) -> int:
        """0: published and nothing is wrong. 3: published, but something was held back or failed. 1: not published."""
        if self.version is None:
            return 1
        return 3 if self.closed.height or self.failed.height or self.crashed or self.troubles else 0


@dataclass
class _Jobs:
    """Runs jobs one after the other, and keeps their results."""

    definitions: dg.Definitions
    store: dg.DagsterInstance
    tags: dict[str, str]
    results: list[dg.ExecuteInProcessResult] = field(default_factory=list)

    def execute(
        self, job: str, days: Group | None = None, keys: Sequence[dg.AssetKey] | None = None
    ) -> dg.ExecuteInProcessResult:
        """Run a job for these days and assets; all assets of the job if `keys` is None. Raises Interrupted."""
        of_range = days is not None and days.first != days.last
        with making_runs_of(self.store, job):
            result = run_in_process(
                self.definitions.resolve_job_def(job),
                self.store,
                tags=self.tags | (days.tags() if days is not None and of_range else {}),
                day=None if days is None or of_range else str(days.first),
                keys=keys or (),
                run_config=QUIET,
            )
        if stopped():
            raise Interrupted
        self.results.append(result)
        return result

    def fetch(self, city: City, days: Group) -> None:
        """Fetch these days of a city's feeds. Of a pack without feeds, or whose feeds are all left out, Dagster has no
        job for it."""
        if city.contracts:
            self.execute(jobs.fetch_name(city), days)


def run(
    settings: Settings,
    city: City,
    first: date | None,
    last: date | None,
    *,
    backfill: bool,
    shown: Progress | None = None,
    packs: Packs | None = None,
    ready: Callable[[], None] = lambda: None,
    landed: Callable[[RunContext], list[Group]] | None = None,
) -> Result:
    """One night (`first` = `last`) or a backfill of a range of data days; never raises for what a feed does. Of a
    backfill both may be None: then it is about all days that were delivered, which is known when files are read.

    `shown` is called as the night goes on. `packs`: those that are published, where the caller has read them. `ready`
    waits until feeds can be fetched, after all that can be done before; what it raises ends the night. `landed` says
    what is made of what landed before: then nothing is fetched. Raises
    PermanentFailure when the home holds real data and this run would add simulated data, or the reverse, and
    Interrupted after Ctrl-C or SIGTERM.
    """
    require_ledger(settings.home)
    require_single_source_kind(settings.home, city.name, settings.source)
    shown = shown or Progress()
    started = time.monotonic()
    packs = load_packs(settings.packs()) if packs is None else packs
    with (
        noticing_interrupts(),
        open_instance(settings.home) as store,
        living(settings.home) as process,
        progress.shown_by(shown),
    ):
        end_killed_runs(store, settings.home)
        # Dagster's daemon leaves to a command what follows on its runs, and does not begin a killed one again
        of_command = {COMMAND: "backfill" if backfill else "nightly", PROCESS: process, MAX_RETRIES_TAG: "0"}
        tags = of_command if backfill else of_command | {NIGHT: str(last)}
        executed = _Jobs(code_location.code_location(settings, packs, only=city), store, tags)
        failpoint("night.begun")
        feeds = tuple(city.contracts)
        ready()
        planning = Platform.of(settings).run_context(city, "plan")
        if landed is None:
            shown.fetching(len(feeds))
        if landed is None and (first is None or last is None):
            newest = city.yesterday()
            executed.fetch(city, Group(newest, newest, feeds))
            first, last = delivered_days(settings.home, city) or (newest, newest)
        assert first is not None
        assert last is not None
        days = Group(first, last, feeds)
        if landed is None:
            executed.fetch(city, days)
            groups = plan_backfill(planning, first, last) if backfill else plan(planning, last)
        else:
            groups = landed(planning)
        if not groups:
            store.report_runless_asset_event(standing.observation(planning, last))
        failpoint("night.planned")
        for group in groups:
            shown.building(group)
            executed.execute(jobs.build_name(city), group, selection(city, group.feeds))
        later = later_days(Platform.of(settings).run_context(city, "plan"), groups)
        for group, keys in later:
            shown.building(group)
            executed.execute(jobs.build_name(city), group, keys)
        groups = [*groups, *(group for group, _ in later)]
        shown.publishing()
        before = _versions_before(settings)
        publication = executed.execute(PUBLISH)
        failpoint("night.published")
        after = versions.versions(settings.home)
        modes.close(settings.home.dagster)  # SQLite makes a file for each run, for whom the umask says
        if stopped():
            raise Interrupted
    published = step_failures.has_made(publication, PUBLISHED)  # what is made after it may fail: that is no refusal
    reported = executed.results if published else executed.results[:-1]
    result = Result(
        city=city.name,
        first=first,
        last=last,
        groups=groups,
        closed=pl.DataFrame(schema=report.CLOSED),
        failed=pl.DataFrame(schema=report.FAILED),
        outside=pl.DataFrame(schema=report.FAILED),
        crashed=[text for of_job in reported for text in step_failures.crashes(of_job)],
        version=_live_version(after) if published else None,
        changed=published and after.height != before,
        error=None if published else _why_not(publication),
        troubles=[*packs.mistakes, *step_failures.damaged(publication, PUBLISHED)],
        seconds=round(time.monotonic() - started, 1),
    )
    try:
        judged = _judged(settings, city, [*([days] if backfill else []), *groups], last)
        run_ids = [of_job.run_id for of_job in executed.results]
        failed = report.failed_deliveries(settings.home, city, run_ids)
        outside = report.rows_outside(settings.home, city, run_ids)
        not_read = report.not_read(settings.home, city, run_ids)
        not_due = report.not_due(settings.home, city, run_ids)
        not_come = report.not_come(settings.home, city, run_ids)
        warnings = warned(settings.home, judged)
        not_computed = report.not_computed(settings.home, judged)
    except CRASHES as error:  # what is published is published, whatever cannot be shown of it
        text = f"what the night held back cannot be shown ({type(error).__name__}: {error}); see `madang status`"
        return replace(result, troubles=[*result.troubles, text])
    return replace(
        result,
        crashed=[*result.crashed, *not_computed],
        closed=report.closed(judged),
        failed=failed,
        outside=outside,
        not_read=not_read,
        not_due=not_due,
        not_come=not_come,
        worth_a_look=warnings,
    )


def _versions_before(settings: Settings) -> int:
    """How many versions were published. A damaged file is no hindrance: the publication makes it again."""
    try:
        return versions.versions(settings.home).height
    except DamagedFileError:
        return len(past_publications(settings.home))


def _live_version(published: pl.DataFrame) -> int | None:
    return published.filter(pl.col("live")).select(pl.col("version").max()).item()


def _why_not(publication: dg.ExecuteInProcessResult) -> str:
    return "; ".join(step_failures.reasons(publication)) or "the publication did not run"


def _judged(settings: Settings, city: City, groups: Sequence[Group], last: date) -> pl.DataFrame:
    """The newest verdicts on the tables and days that this run was about.

    On a day that concerns one table, the gate of another may have been closed long before.
    """
    pairs = due_tables(city, last)
    for group in groups:
        tables = [key.path[-1] for key in selection(city, group.feeds)]
        pairs |= {(table, day) for table in tables for day in group.days()}
    return standing.verdicts_of(settings.home, city, pairs)
