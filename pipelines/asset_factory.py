"""Packs -> Dagster assets: raw and core per feed, marts, metrics. Wiring only; the work is in assets/ and quality/."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import dagster as dg

from assets.context import RunContext
from assets.crashes import record_crash, record_step_crash
from assets.derive.build import build, of_run, starts_of
from assets.derive.tables import DerivedTable, derived_tables
from assets.ingest import ingest
from assets.ingest.deliveries import Deliveries
from assets.ingest.fetch import fetch
from assets.ingest.not_come import note_not_come
from assets.ingest.not_due import note_not_due
from assets.ingest.read import read_new
from assets.pack.city import City
from pipelines import asset_checks, code_references
from pipelines.catalogue import catalogued_feed, catalogued_table, team
from pipelines.day_reports import DayReporter
from pipelines.freshness import freshness
from pipelines.held_back import Upstream
from pipelines.in_process import turn_is_over
from pipelines.interrupts import raise_if_interrupted
from pipelines.keys import asset_key, lake_pool
from pipelines.nights import days_of_run, night_of_run
from pipelines.plan import days_to_fetch
from pipelines.private_steps import PASSING, watched
from pipelines.raw_days import DELIVERIES, tell_deliveries
from pipelines.resources import Platform
from pipelines.series_plot import as_markdown, series_of
from pipelines.step_failures import GateClosed
from pipelines.visible import markdown_text, visible
from quality.contract.due import from_first_day, lookback
from quality.contract.model import Contract


def assets_of(city: City, partitions: dg.DailyPartitionsDefinition) -> list[dg.AssetsDefinition]:
    """All assets of one city but the publication, which all cities share. They have the same partitions."""
    feeds = [make(city, feed, partitions) for feed in city.contracts.values() for make in (_raw, _core)]
    return feeds + [_derived(city, table, partitions) for table in derived_tables(city)]


def _of_days(
    city: City,
    partitions: dg.DailyPartitionsDefinition,
    spec: dg.AssetSpec,
    checks: list[dg.AssetCheckSpec],
    work: Callable[[dg.AssetExecutionContext, Platform, RunContext, list[date]], None],
) -> dg.AssetsDefinition:
    """The asset of a table. `work` tells what became of each day."""
    layer, name = spec.key.path[1:]

    @dg.multi_asset(
        name=f"{city.name}__{layer}__{name}",
        specs=[spec],
        check_specs=checks,
        can_subset=True,  # without it Dagster makes an output of its own, and all days of the run are shown as made
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=lake_pool(city),
    )
    def step(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run, days = platform.run_context(city, context.run.run_id), _days(context)
        failed: BaseException | None = None
        try:
            work(context, platform, run, days)
        except PASSING:
            raise
        except BaseException as error:  # a panic of Polars is no Exception
            failed = error
        yield turn_is_over(context, spec.key)
        if failed is not None:
            raise failed

    return step


def _days(context: dg.AssetExecutionContext) -> list[date]:
    """The days that a run is for, by its tags: it may have been asked for when the partitions began earlier."""
    days = days_of_run(context.run)
    if not days:
        raise dg.Failure("choose a day: checks are made when the day's data passes the gate", allow_retries=False)
    return days


def _raw(city: City, contract: Contract, partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    own = asset_key(city, "raw", contract.name)
    spec = dg.AssetSpec(
        own,
        group_name="raw",
        kinds={contract.connector.kind if contract.connector else "file"},
        owners=[f"team:{team(contract)}"],
        tags={"city": city.name, "classification": contract.classification},
        description=f"{markdown_text(contract.title.shown.rstrip('.'))}, as delivered, under its SHA-256.\n\n"
        + markdown_text(contract.description.shown),
        metadata={"dagster/code_references": code_references.of_feed(city, contract)},
        freshness_policy=freshness(city, [contract]),
    )
    check = asset_checks.check_spec(DELIVERIES, own, "Every delivery can be landed and read", partitions)

    def land(context: dg.AssetExecutionContext, platform: Platform, run: RunContext, days: list[date]) -> None:
        tell = DayReporter(context, platform.home, city, contract, own)
        watched(
            contract,
            lambda: _land(tell, run, contract, days),
            lambda error: record_crash(run, contract, error),
            lambda error: tell.crashed(DELIVERIES, days, error),
        )

    return _of_days(city, partitions, spec, [check], land)


def _land(tell: DayReporter, run: RunContext, contract: Contract, days: list[date]) -> None:
    """Fetch and read the feed, and tell of each day what came."""
    night, of_night = days[-1], night_of_run(tell.context.run) is not None
    asked = days_to_fetch(run, contract, night) if of_night else from_first_day(contract, days)
    fetched = fetch(run, contract, asked)
    earlier = Deliveries.of(run, contract).read_before
    read = read_new(run, contract, fetched)
    if of_night:
        note_not_due(run, contract, lookback(contract, night), earlier, read)
        if asked and not fetched.failures:
            note_not_come(run, contract, asked[-1])  # the day that was due: some feeds come days later
    for failure in fetched.failures:
        tell.context.log.error(visible(failure))
    tell_deliveries(tell, run, lookback(contract, night) if of_night else days, fetched, read)


def _core(city: City, contract: Contract, partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    deps = [asset_key(city, "raw", contract.name)]
    spec = dg.AssetSpec(asset_key(city, "core", contract.name), deps=deps, **catalogued_feed(city, contract))

    def admit(tell: DayReporter, run: RunContext, days: list[date]) -> ingest.Report:
        report = ingest.ingest(run, contract, days)
        tell.outcomes(report.outcomes)
        return report

    def of_table(days: list[date]) -> list[date]:
        return days if contract.reference_since is None else [contract.reference_since]

    return _audited(city, partitions, spec, contract, admit, of_table)


def _derived(city: City, table: DerivedTable, partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    spec = dg.AssetSpec(
        asset_key(city, table.layer, table.name),
        deps=[asset_key(city, source.layer, source.name) for source in (*table.needs, *table.uses)],
        **catalogued_table(city, table),
    )

    def make(tell: DayReporter, run: RunContext, days: list[date]) -> ingest.Report:
        report = build(run, table, days)
        upstream = Upstream.of(run, table, days)
        tell.outcomes(
            report.outcomes, _series(run, table, report), lambda day: {"made_without": upstream.made_without(day)}
        )
        tell.held_back(upstream.why_not_made(report, days))
        return report

    return _audited(city, partitions, spec, table.contract, make, lambda days: of_run(starts_of(table, days), days))


def _audited(
    city: City,
    partitions: dg.DailyPartitionsDefinition,
    spec: dg.AssetSpec,
    contract: Contract,
    admit: Callable[[DayReporter, RunContext, list[date]], ingest.Report],
    of_table: Callable[[list[date]], list[date]],
) -> dg.AssetsDefinition:
    """The asset of a table behind a gate. `admit` makes the days of a run and tells of them; `of_table` says which days
    of the table these are, for a step that crashes."""

    def work(context: dg.AssetExecutionContext, platform: Platform, run: RunContext, days: list[date]) -> None:
        tell, concerned = DayReporter(context, platform.home, city, contract, spec.key), of_table(days)
        watched(
            contract,
            lambda: _end(tell, admit(tell, run, days)),
            lambda error: record_step_crash(run, contract, concerned[-1], error),
            lambda error: tell.crashed(asset_checks.first_check(contract), concerned, error),
        )

    return _of_days(city, partitions, spec, asset_checks.specs(contract, spec.key, partitions), work)


def _series(run: RunContext, table: DerivedTable, report: ingest.Report) -> dict[str, Any]:
    """The series of each metric of a table as a picture, up to the newest day that this step made."""
    made = [outcome.day for outcome in report.outcomes if outcome.verdict.open and outcome.new]
    if table.layer != asset_checks.METRIC or not made:
        return {}
    return {one.metric: dg.MetadataValue.md(as_markdown(one)) for one in series_of(run, table, max(made))}


def _end(tell: DayReporter, report: ingest.Report) -> None:
    """A step of which a day is closed fails, which costs nothing but itself: the days that are open are live."""
    if report.missing:
        tell.context.log.info(f"{tell.contract.name}: nothing for {_span(report.missing)}")
    if report.closed:
        raise GateClosed(report.closed)


def _span(days: list[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)} days)"
