"""What all cities share as Dagster assets: the published file, and what failed last night."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg

from assets.derive.tables import derived_tables
from assets.pack.city import City
from assets.pack.packs import Packs
from assets.publication import publish
from assets.publication.kept_packs import cities_to_publish
from pipelines import step_failures
from pipelines.asset_checks import table_metadata
from pipelines.city_status import CityStatus, city_statuses, over_all
from pipelines.freshness import EVERY_DAY
from pipelines.keys import LAST_NIGHT, PUBLICATION_POOL, PUBLISHED, asset_key
from pipelines.last_night import blocks, headline
from pipelines.resources import Platform
from pipelines.status import statuses
from pipelines.withdrawals import finish_withdrawals


def published_asset(packs: Callable[[], Packs], cities: Sequence[City]) -> dg.AssetsDefinition:
    """The published file as an asset. `packs`: those there are when it is made. `cities`: those whose tables are assets
    beside it."""
    # The whole file follows from all days. Said so, Dagster would list 4,500 days of each metric at every run, for
    # two seconds; what is newest is enough to show what the file is made of.
    newest = dg.LastPartitionMapping()
    metrics = [
        dg.AssetDep(asset_key(city, table.layer, table.name), partition_mapping=newest)
        for city in cities
        for table in derived_tables(city)
        if table.layer == "metric"
    ]

    @dg.multi_asset(
        name="madang__published",
        specs=[
            dg.AssetSpec(
                PUBLISHED,
                deps=metrics,
                group_name="published",
                kinds={"duckdb", "dashboard"},
                owners=["team:madang"],
                freshness_policy=EVERY_DAY,
                description="The DuckDB file that analysts open: metric, mart, model, core, ledger. Replaced whole.",
            )
        ],
        pool=PUBLICATION_POOL,
    )
    def scoreboard(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        home = platform.home
        done = publish.publish_all(home, lambda: cities_to_publish(home, packs()), run_id=context.run.run_id)
        finish_withdrawals(home, context.instance, context.run.run_id)
        context.log.info(f"version {done.version} is published: {done.values_changed:,} values differ")
        yield dg.MaterializeResult(
            asset_key=PUBLISHED,
            metadata={
                "version": done.version,
                "changed": done.changed,
                "values": done.values_total,
                "values_changed": done.values_changed,
                step_failures.DAMAGED: list(done.damaged),
                "dagster/uri": str(done.path),
            },
        )

    return scoreboard


def last_night_asset(packs: Callable[[], Packs]) -> dg.AssetsDefinition:
    """What failed last night, and for how many days in a row: closed gates, dead feeds, unreadable deliveries."""

    @dg.multi_asset(
        name="madang__last_night",
        specs=[
            dg.AssetSpec(
                LAST_NIGHT,
                deps=[PUBLISHED],
                group_name="published",
                kinds={"table"},
                owners=["team:madang"],
                freshness_policy=EVERY_DAY,
                description="What failed last night, since when, and what to do. As `madang status`.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "nothing_failed",
                asset=LAST_NIGHT,
                description="Every gate is open, and every delivery could be fetched and read",
            )
        ],
        pool=PUBLICATION_POOL,
    )
    def last_night(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[Any]:
        found = packs()
        rows = [row for city in found.cities for row in statuses(platform.home, city)]
        troubles = [row for row in rows if row.is_trouble]
        lines = city_statuses(platform.home, found.cities, rows, found.broken)
        told = headline(rows, found.mistakes)
        context.log.info(told)
        yield dg.AssetCheckResult(
            asset_key=LAST_NIGHT,
            check_name="nothing_failed",
            passed=not found.mistakes and not any(row.is_broken for row in rows),
            severity=dg.AssetCheckSeverity.WARN,
            description=told,
            metadata={"troubles": len(troubles) + len(found.mistakes)},
        )
        metadata = {
            "what_failed_last_night": dg.MetadataValue.text(told),
            "over_all": dg.MetadataValue.text(over_all(lines)),
            "cities": table_metadata([_shown(line) for line in lines]),
            **{table: dg.MetadataValue.md(text) for table, text in blocks(rows, found.mistakes).items()},
            "troubles": len(troubles) + len(found.mistakes),
            "nights_in_a_row": max((max(row.nights_failed, row.days_in_a_row) for row in troubles), default=0),
        }
        yield dg.MaterializeResult(asset_key=LAST_NIGHT, metadata=metadata)

    return last_night


def _shown(line: CityStatus) -> dict[str, Any]:
    """A city as Dagster shows a row of a table."""
    return {name: value if isinstance(value, int | None) else str(value) for name, value in asdict(line).items()}
