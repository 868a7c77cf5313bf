"""A night or a backfill in one process: fetch, plan, build, publish, through the same jobs as the schedule."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from assets.ingest.fetch import require_single_source_kind
from assets.pack.city import City
from pipelines import definitions, due, interrupts, jobs, plan, report
from pipelines.interrupts import Interrupted, Watch
from pipelines.resources import Platform
from pipelines.settings import REPOSITORY, Settings
from warehouse.published import versions

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Result:
    """What a night came to. `exit_code`: 0 all open, 3 published but something was held back, 1 not published."""

    city: str
    nights: tuple[date, date]
    groups: list[plan.Group] = field(default_factory=list)
    closed: pl.DataFrame = field(default_factory=pl.DataFrame)
    failed: pl.DataFrame = field(default_factory=pl.DataFrame)
    crashed: list[str] = field(default_factory=list)  # steps that broke for another reason than a closed gate
    version: int | None = None
    changed: bool = False
    error: str | None = None
    seconds: float = 0.0  # from the first request to the publication

    @property
    def exit_code(self) -> int:
        if self.version is None:
            return 1
        return 3 if self.closed.height or self.failed.height or self.crashed else 0


def instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's own store under the home, made ready before several processes can race for it.

    First use of a fresh store by several processes at once corrupted it in 4 of 4 tries.
    """
    home = settings.home.dagster
    home.mkdir(parents=True, exist_ok=True)
    shipped, used = REPOSITORY / "deploy" / "dagster.yaml", home / "dagster.yaml"
    if shipped.is_file() and (not used.is_file() or used.read_bytes() != shipped.read_bytes()):
        shutil.copyfile(shipped, used)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    fresh = not (home / "history" / "runs" / "index.db").is_file()
    found = dg.DagsterInstance.get()
    if fresh:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            found.upgrade()  # it prints what it does to an empty store
    return found


def run(
    settings: Settings,
    city: City,
    first: date,
    last: date,
    *,
    backfill: bool,
    sees: Watch | None = None,
) -> Result:
    """One night (`first` = `last`) or a backfill of a range of data days; never raises for what a feed does.

    Raises PermanentFailure when the home holds real data and this run would add simulated data, or the reverse.
    """
    # Python looks through all of Dagster and Great Expectations for garbage again and again: a tenth of a night.
    gc.set_threshold(50_000, 20, 20)
    # Says of every day without a delivery that its checks gave no result; nothing is made on such a day.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    require_single_source_kind(settings.home, city.name, settings.source)
    interrupts.present = sees or Watch()
    found = definitions.build(settings)
    platform = Platform.of(settings)
    result = Result(city.name, (first, last))
    started = time.monotonic()
    runs: list[str] = []
    with instance(settings) as store, interrupts.noticing_interrupts():

        def execute(job: str, days: tuple[date, date] | None, keys: Sequence[dg.AssetKey] | None = None) -> Any:
            tags = {due.NIGHT: str(last)} if not backfill else {}
            arguments: dict[str, Any] = {
                "instance": store,
                "raise_on_error": False,
                "run_config": QUIET,
                "tags": tags,
            }
            if days is not None and days[0] == days[1]:
                arguments["partition_key"] = str(days[0])
            elif days is not None:
                tags |= {plan.RANGE_START: str(days[0]), plan.RANGE_END: str(days[1])}
            if keys is not None:
                arguments["asset_selection"] = list(keys)
            done = found.resolve_job_def(job).execute_in_process(**arguments)
            if interrupts.stopped():
                raise Interrupted
            runs.append(done.run_id)
            result.crashed += _crashes(done)
            return done

        interrupts.present.stage(f"fetching {len(city.contracts)} feeds")
        execute(f"{city.name}_fetch", (first, last))
        result.groups = (
            [plan.Group(first, last, tuple(city.contracts))] if backfill else plan.plan(platform, city, last)
        )
        for group in result.groups:
            interrupts.present.stage(f"building {group}")
            execute(f"{city.name}_build", (group.first, group.last), plan.selection(city, group.feeds))
        interrupts.present.stage("publishing")
        before = versions.versions(settings.home)
        done = execute(jobs.PUBLISH, None)
        after = versions.versions(settings.home)
        if done.success:
            result.version = after.filter(pl.col("live"))["version"].max()  # type: ignore[assignment]
            result.changed = after.height != before.height
        else:
            result.error = "; ".join(_reasons(done))
    result.seconds = round(time.monotonic() - started, 1)
    worked = _worked(city, result.groups, last)
    closed = report.closed(settings.home, city, worked["day"].unique().to_list())
    result.closed = closed.join(worked, on=["table_name", "day"], how="semi", maintain_order="left")
    result.failed = report.failed_deliveries(settings.home, city, runs)
    return result


def _worked(city: City, groups: Sequence[plan.Group], last: date) -> pl.DataFrame:
    """(table, day) of all that a night or backfill was about: of another table the day may long be known as closed."""
    pairs = {(c.name, c.reference_since or due.due(c, last)) for c in city.contracts.values()}
    for group in groups:
        tables = [key.path[-1] for key in plan.selection(city, group.feeds)]
        days = [group.first + timedelta(days=n) for n in range((group.last - group.first).days + 1)]
        pairs |= {(table, day) for table in tables for day in days}
    return pl.DataFrame(sorted(pairs), schema={"table_name": pl.String, "day": pl.Date}, orient="row")


def _failures(done: Any) -> list[Any]:
    return [e for e in done.all_events if e.event_type_value == "STEP_FAILURE"]


def _crashes(done: Any) -> list[str]:
    """Steps that failed although no gate closed: a bug or a broken machine, not bad data."""
    texts = []
    for event in _failures(done):
        error = event.event_specific_data.error
        text = _root(error)
        if "gate closed" not in text and "DagsterAssetCheckFailedError" not in str(error):
            texts.append(f"{event.step_key}: {text}")
    return texts


def _reasons(done: Any) -> list[str]:
    return [_root(e.event_specific_data.error) for e in _failures(done)] or ["the publication did not run"]


def _root(error: Any) -> str:
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "unknown"
