"""Jobs: fetch and build per city, and the one publication. What a night runs, and in which order, is in night.py."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from assets.derive import derive
from assets.pack.city import City
from assets.publication import publish
from pipelines import asset_factory as wiring
from pipelines import maintenance, report
from pipelines.resources import Platform

PUBLISH = "publish"
MAINTAIN = "maintain"


def fetch_job(city: City) -> Any:
    """Land and read what has been delivered."""
    keys = [wiring.key(city, "raw", name) for name in city.contracts]
    return dg.define_asset_job(
        f"{city.name}_fetch",
        selection=dg.AssetSelection.assets(*keys),
        description=f"Fetch all feeds of {city.config.title_en}; what has to be built follows from it.",
    )


def build_job(city: City) -> Any:
    """Core, marts and metrics of a day or a range of days."""
    keys = [wiring.key(city, "core", name) for name in city.contracts]
    keys += [wiring.key(city, table.layer, table.name) for table in derive.tables(city)]
    return dg.define_asset_job(
        f"{city.name}_build",
        selection=dg.AssetSelection.assets(*keys),
        description=f"Core, marts and metrics of {city.config.title_en}, each through its gate.",
    )


def publish_job() -> Any:
    return dg.define_asset_job(
        PUBLISH,
        selection=dg.AssetSelection.assets(wiring.PUBLISHED, wiring.LAST_NIGHT),
        description="Put everything the gates have let in into the published DuckDB file, in one atomic swap.",
    )


def maintain_job() -> Any:
    return dg.define_asset_job(
        MAINTAIN,
        selection=dg.AssetSelection.assets(*maintenance.keys()),
        description="Keep the home healthy: compact the ledger, checkpoint logs, remove what is no longer needed.",
    )


def published_asset(packs: Sequence[City]) -> dg.AssetsDefinition:
    """The published file as an asset."""
    # The whole file follows from all days. Said so, Dagster would list 4,500 days of each metric at every run, for
    # two seconds; what is newest is enough to show what the file is made of.
    newest = dg.LastPartitionMapping()
    metrics = [
        dg.AssetDep(wiring.key(city, table.layer, table.name), partition_mapping=newest)
        for city in packs
        for table in derive.tables(city)
        if table.layer == "metric"
    ]

    @dg.multi_asset(
        name="madang__published",
        specs=[
            dg.AssetSpec(
                wiring.PUBLISHED,
                deps=metrics,
                group_name="published",
                kinds={"duckdb", "dashboard"},
                owners=["team:madang"],
                description="The DuckDB file that analysts open: metric, mart, core and ledger. Replaced as a whole.",
            )
        ],
    )
    def scoreboard(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        done = publish.publish_all(platform.home, packs, run_id=context.run.run_id)
        yield dg.MaterializeResult(
            asset_key=wiring.PUBLISHED,
            metadata={
                "version": done.version,
                "changed": done.changed,
                "values": done.values_total,
                "values_changed": done.values_changed,
                "dagster/uri": str(done.path),
            },
        )

    return scoreboard


def last_night_asset(packs: Sequence[City]) -> dg.AssetsDefinition:
    """What failed last night, and for how many days in a row: closed gates, dead feeds, unreadable deliveries."""

    @dg.multi_asset(
        name="madang__last_night",
        specs=[
            dg.AssetSpec(
                wiring.LAST_NIGHT,
                deps=[wiring.PUBLISHED],
                group_name="published",
                kinds={"table"},
                owners=["team:madang"],
                description="What failed last night, and since when. As `madang status`.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "nothing_failed",
                asset=wiring.LAST_NIGHT,
                description="Every gate is open, and every delivery could be fetched and read",
            )
        ],
    )
    def last_night(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        rows = [row for city in packs for row in report.status(platform.home, city)]
        bad = report.troubles(rows)
        yield dg.AssetCheckResult(
            asset_key=wiring.LAST_NIGHT,
            check_name="nothing_failed",
            passed=not report.broken(rows),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"troubles": len(bad)},
        )
        metadata = {
            "what_failed_last_night": dg.MetadataValue.md(report.markdown(rows)),
            "troubles": len(bad),
            "nights_in_a_row": max((max(r["nights_failed"], r["days_in_a_row"]) for r in bad), default=0),
        }
        yield dg.MaterializeResult(asset_key=wiring.LAST_NIGHT, metadata=metadata)

    return last_night
