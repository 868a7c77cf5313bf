"""Packs -> Dagster assets: raw and core per feed, marts, metrics. Wiring only; the work is in assets/ and quality/."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from assets.context import RunContext
from assets.crashes import record_crash, record_step_crash
from assets.derive.build import build, starts_of
from assets.derive.subjects import SubjectTable
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
from pipelines.freshness import every_night
from pipelines.interrupts import raise_if_interrupted
from pipelines.keys import asset_key, lake_pool
from pipelines.nights import night_of_run
from pipelines.partitions import daily
from pipelines.plan import days_to_fetch
from pipelines.private_steps import watched
from pipelines.resources import Platform
from pipelines.series_plot import as_markdown, series_of
from pipelines.step_failures import GateClosed
from pipelines.visible import markdown_text, visible
from quality.contract.due import lookback
from quality.contract.model import Contract
from quality.gave_way import GaveWay

DELIVERIES = "deliveries_readable"


def assets_of(city: City) -> list[dg.AssetsDefinition]:
    """All assets of one city but the publication, which all cities share."""
    made = [asset for contract in city.contracts.values() for asset in (_raw(city, contract), _core(city, contract))]
    return made + [_derived(city, table) for table in derived_tables(city)]


def _days(context: dg.AssetExecutionContext) -> list[date]:
    if not context.has_partition_key and not context.has_partition_key_range:
        raise dg.Failure("choose a day: checks are made when the day's data passes the gate", allow_retries=False)
    return [date.fromisoformat(k) for k in context.partition_keys]


def _raw(city: City, contract: Contract) -> dg.AssetsDefinition:
    own = asset_key(city, "raw", contract.name)

    @dg.multi_asset(
        name=f"{city.name}__raw__{contract.name}",
        specs=[
            dg.AssetSpec(
                own,
                group_name="raw",
                kinds={contract.connector.kind if contract.connector else "file"},
                owners=[f"team:{team(contract)}"],
                tags={"city": city.name, "classification": contract.classification},
                description=f"{markdown_text(contract.title.shown.rstrip('.'))}, as delivered, under its SHA-256.\n\n"
                + markdown_text(contract.description.shown),
                metadata={"dagster/code_references": code_references.of_feed(city, contract)},
                freshness_policy=every_night(city),
            )
        ],
        check_specs=[dg.AssetCheckSpec(DELIVERIES, asset=own, description="Every delivery can be landed and read")],
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=lake_pool(city),
    )
    def land(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run = platform.run_context(city, context.run.run_id)
        yield from watched(
            contract, lambda: _land(context, platform, run, contract, own), lambda e: record_crash(run, contract, e)
        )

    return land


def _land(
    context: dg.AssetExecutionContext, platform: Platform, run: RunContext, contract: Contract, own: dg.AssetKey
) -> Iterator[Any]:
    """Fetch and read the feed: the result of the check, then the materialisation."""
    days = _days(context)
    night, of_night = days[-1], night_of_run(context.run) is not None
    if of_night:
        days = days_to_fetch(run, contract, night)
    fetched = fetch(run, contract, days)
    earlier = Deliveries.of(run, contract).read_before
    read = read_new(run, contract, fetched)
    if of_night:
        note_not_due(run, contract, lookback(contract, night), earlier, read)
        if not fetched.failures:
            note_not_come(run, contract, days[-1])
    failed = [str(failure) for failure in fetched.failures]
    for text in failed:
        context.log.error(visible(text))
    yield dg.AssetCheckResult(
        asset_key=own,
        check_name=DELIVERIES,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failed": len(failed), "read": len(fetched.landed)}
        | (
            {"failures": dg.MetadataValue.md("\n".join(f"- {markdown_text(text)}" for text in failed))}
            if failed
            else {}
        ),
    )
    metadata = {
        "deliveries": len(fetched.landed),
        "new": fetched.new,
        "failed": len(failed),
        "requests": fetched.requests,
        "bytes": fetched.size_bytes,
        "source": platform.source,
    }
    yield dg.MaterializeResult(asset_key=own, metadata=metadata)


def _core(city: City, contract: Contract) -> dg.AssetsDefinition:
    own = asset_key(city, "core", contract.name)
    reference = contract.reference_since is not None

    @dg.multi_asset(
        name=f"{city.name}__core__{contract.name}",
        specs=[
            dg.AssetSpec(
                own,
                deps=[asset_key(city, "raw", contract.name)],
                skippable=not reference,
                **catalogued_feed(city, contract),
            )
        ],
        check_specs=asset_checks.specs(contract, own),
        can_subset=True,  # a day for which nothing was delivered has neither rows nor check results
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=lake_pool(city),
    )
    def admit(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run, days = platform.run_context(city, context.run.run_id), _days(context)

        def steps() -> Iterator[Any]:
            report = ingest.ingest(run, contract, days)
            yield from asset_checks.results(platform.home, contract, own, report.outcomes, soft=reference)
            yield from _made(context, contract, own, report, {}, always=reference)

        last = contract.reference_since or days[-1]
        yield from watched(contract, steps, lambda error: record_step_crash(run, contract, last, error))

    return admit


def _derived(city: City, table: DerivedTable) -> dg.AssetsDefinition:
    own = asset_key(city, table.layer, table.name)
    contract = table.contract
    deps = [asset_key(city, source.layer, source.name) for source in (*table.needs, *table.uses)]

    @dg.multi_asset(
        name=f"{city.name}__{table.layer}__{table.name}",
        specs=[
            dg.AssetSpec(
                own,
                deps=deps,
                skippable=True,
                **catalogued_table(city, table),
            )
        ],
        check_specs=asset_checks.specs(contract, own, daily(city) if _has_day_results(table) else None),
        can_subset=True,
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=lake_pool(city),
    )
    def make(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run, days = platform.run_context(city, context.run.run_id), _days(context)

        def steps() -> Iterator[Any]:
            report = build(run, table, days)
            if _has_day_results(table):
                yield from asset_checks.day_results(platform.home, contract, own, report.outcomes)
            else:
                yield from asset_checks.results(platform.home, contract, own, report.outcomes)
            yield from _made(context, contract, own, report, _series(run, table, report))

        last = starts_of(table, days)[-1]
        yield from watched(contract, steps, lambda error: record_step_crash(run, contract, last, error))

    return make


def _has_day_results(table: DerivedTable) -> bool:
    """Whether the checks of a table have a result for each day: those of metrics do, but for months and years, which
    stand on the first day of their period, whatever day a step is for."""
    return isinstance(table, SubjectTable)


def _series(run: RunContext, table: DerivedTable, report: ingest.Report) -> dict[str, Any]:
    """The series of each metric of a table as a picture, up to the newest day that this step made."""
    if table.layer != asset_checks.METRIC or not report.open_days:
        return {}
    found = series_of(run, table, max(report.open_days))
    return {series.metric: dg.MetadataValue.md(as_markdown(series)) for series in found}


def _made(
    context: dg.AssetExecutionContext,
    contract: Contract,
    own: dg.AssetKey,
    report: ingest.Report,
    more: Mapping[str, Any],
    *,
    always: bool = False,
) -> Iterator[Any]:
    """The materialisation, or a failure when every day of the step was closed.

    A reference (`always`) never stops what uses it: without outlines the city's figures still come.
    """
    for closed in report.closed:
        context.log.error(visible(f"{contract.name} {closed.day}: gate closed, {closed.verdict}: {closed.reason}"))
    if report.missing:
        context.log.info(f"{contract.name}: nothing for {_span(report.missing)}")
    if report.closed and not report.open_days and not always:
        raise GateClosed(report.closed)
    if report.open_days or always:
        yield dg.MaterializeResult(asset_key=own, metadata={**_figures(report), **more})


def _figures(report: ingest.Report) -> dict[str, Any]:
    kept = sum(o.rows_kept for o in report.outcomes if o.verdict.open)
    not_passed = [
        {"day": o.day, "verdict": str(o.verdict), "reason": o.reason} for o in report.outcomes if o.verdict != "PASS"
    ]
    return {
        "dagster/row_count": kept,
        "rows_read": sum(o.rows_read for o in report.outcomes),
        "rows_quarantined": sum(o.rows_quarantined for o in report.outcomes),
        **sum((o.gave_way for o in report.outcomes), GaveWay()).columns(),
        "days_open": len(report.open_days),
        "days_closed": len(report.closed),
        "days_without_delivery": len(report.missing),
        "verdicts": asset_checks.table_metadata(not_passed[:20]) if not_passed else "all PASS",
    }


def _span(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)} days)"
