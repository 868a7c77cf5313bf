"""Packs -> Dagster assets: raw and core per feed, marts, metrics. Wiring only; the work is in assets/ and quality/."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from assets.context import RunContext
from assets.crashes import record_crash, record_step_crash
from assets.derive.build import build, starts_of
from assets.derive.tables import DerivedTable, derived_tables
from assets.ingest import ingest
from assets.ingest.deliveries import Deliveries
from assets.ingest.fetch import fetch
from assets.ingest.not_come import note_not_come
from assets.ingest.not_due import note_not_due
from assets.ingest.read import read_new
from assets.pack.city import City
from assets.publication.columns import core_table
from pipelines import asset_checks
from pipelines.interrupts import raise_if_interrupted
from pipelines.keys import NIGHT, asset_key
from pipelines.partitions import daily
from pipelines.plan import days_to_fetch
from pipelines.private_steps import watched
from pipelines.resources import Platform
from pipelines.step_failures import GateClosed
from pipelines.visible import markdown_text, visible
from quality.contract.due import lookback
from quality.contract.model import Contract
from quality.gave_way import GaveWay

DELIVERIES = "deliveries_readable"
TYPES = {"integer": "int", "number": "float", "boolean": "bool"}


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
                owners=[f"team:{_team(contract)}"],
                tags={"city": city.name, "classification": contract.classification},
                description=f"{markdown_text(contract.title.shown)}, as delivered, under its SHA-256.\n\n"
                + markdown_text(contract.description.shown),
            )
        ],
        check_specs=[dg.AssetCheckSpec(DELIVERIES, asset=own, description="Every delivery can be landed and read")],
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
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
    night = days[-1]
    if NIGHT in context.run.tags:
        days = days_to_fetch(run, contract, night)
    fetched = fetch(run, contract, days)
    earlier = Deliveries.of(run, contract).read_before
    read = read_new(run, contract, fetched)
    if NIGHT in context.run.tags:
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
                **_described(city, contract, "core", {"polars", "parquet"}),
            )
        ],
        check_specs=asset_checks.specs(contract, own),
        can_subset=True,  # a day for which nothing was delivered has neither rows nor check results
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def admit(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run, days = platform.run_context(city, context.run.run_id), _days(context)

        def steps() -> Iterator[Any]:
            report = ingest.ingest(run, contract, days)
            yield from _events(context, platform, contract, own, report, always=reference)

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
                **_described(city, contract, table.layer, {"polars", "parquet"}, table.title),
            )
        ],
        check_specs=asset_checks.specs(contract, own),
        can_subset=True,
        partitions_def=daily(city),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def make(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        raise_if_interrupted()
        run, days = platform.run_context(city, context.run.run_id), _days(context)

        def steps() -> Iterator[Any]:
            report = build(run, table, days)
            yield from _events(context, platform, contract, own, report)

        last = starts_of(table, days)[-1]
        yield from watched(contract, steps, lambda error: record_step_crash(run, contract, last, error))

    return make


def _events(
    context: dg.AssetExecutionContext,
    platform: Platform,
    contract: Contract,
    own: dg.AssetKey,
    report: ingest.Report,
    *,
    always: bool = False,
) -> Iterator[Any]:
    """Check results, then the materialisation, or a failure when every day of the step was closed.

    A reference (`always`) never stops what uses it: without outlines the city's figures still come.
    """
    yield from asset_checks.results(platform.home, contract, own, report.outcomes, soft=always)
    for closed in report.closed:
        context.log.error(visible(f"{contract.name} {closed.day}: gate closed, {closed.verdict}: {closed.reason}"))
    if report.missing:
        context.log.info(f"{contract.name}: nothing for {_span(report.missing)}")
    if report.closed and not report.open_days and not always:
        raise GateClosed(report.closed)
    if report.open_days or always:
        yield dg.MaterializeResult(asset_key=own, metadata=_figures(report))


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


def _described(city: City, contract: Contract, layer: str, kinds: set[str], title: str | None = None) -> dict[str, Any]:
    columns = [
        dg.TableColumn(
            c.name,
            TYPES.get(c.type, c.type),
            description=markdown_text(c.description.shown + (f" [{c.spec.unit}]" if c.spec.unit else "")),
            constraints=dg.TableColumnConstraints(nullable=not (c.required or c.key), unique=contract.key == (c.name,)),
        )
        for c in contract.columns
    ]
    text = markdown_text(title or contract.title.shown)  # a list of assets shows its signs as they are: no Markdown
    text += f": {markdown_text(contract.grain)}.\n\n" if contract.grain else ".\n\n"
    text += markdown_text(contract.description.shown)
    if contract.limitations:
        text += f"\n\n_Limits:_ {markdown_text(contract.limitations.shown)}"
    return {
        "group_name": layer,
        "kinds": kinds,
        "owners": [f"team:{_team(contract)}"],
        "tags": {"city": city.name, "classification": contract.classification}
        | {f"model/{name}": "" for name in contract.models},
        "description": text,
        "metadata": {
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/table_name": _published_name(city, contract, layer),
            "licence": visible(contract.licence),
            "contract": f"{contract.name} {contract.version}, {contract.hash}",
        },
    }


def _published_name(city: City, contract: Contract, layer: str) -> str:
    """The name in the published file; a private feed is not there."""
    if layer != "core" or contract.private:
        return f"{layer}.{contract.name}"
    return f"{layer}.{core_table(contract, city.name).name}"


def _team(contract: Contract) -> str:
    return "".join(ch if ch.isalnum() else "-" for ch in contract.owner.lower())


def _span(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)} days)"
