"""Jobs: fetch and build per city, the one publication, and maintenance. The tag of each says which kind it is."""

from __future__ import annotations

from typing import Any

import dagster as dg

from assets.derive.tables import derived_tables
from assets.pack.city import City
from pipelines import maintenance
from pipelines.keys import BUILD, FETCH, HEAVY, KIND, LAST_NIGHT, MAINTAIN, PUBLISH, PUBLISHED, TIERS, WORK, asset_key
from pipelines.visible import markdown_text


def fetch_name(city: City) -> str:
    """The name of the job that fetches a city's feeds."""
    return f"{city.name}_fetch"


def build_name(city: City) -> str:
    """The name of the job that builds a city's tables."""
    return f"{city.name}_build"


def fetch_job(city: City) -> Any:
    """Land and read what has been delivered."""
    keys = [asset_key(city, "raw", name) for name in city.contracts]
    return dg.define_asset_job(
        fetch_name(city),
        selection=dg.AssetSelection.assets(*keys),
        tags={KIND: FETCH},
        description=f"Fetch all feeds of {markdown_text(city.config.shown)}. A run for one day is a night: it looks "
        "back on earlier days, and builds and the publication follow. A backfill fetches its days alone.",
    )


def build_job(city: City) -> Any:
    """Core, marts and metrics of a day or a range of days."""
    keys = [asset_key(city, "core", name) for name in city.contracts]
    keys += [asset_key(city, table.layer, table.name) for table in derived_tables(city)]
    return dg.define_asset_job(
        build_name(city),
        selection=dg.AssetSelection.assets(*keys),
        tags={KIND: BUILD, WORK: HEAVY},
        description=f"Core, marts and metrics of {markdown_text(city.config.shown)}, each through its gate.",
    )


def publish_job(*, with_tiers: bool = False) -> Any:
    """The one publication of all cities, and what leaves the home of it."""
    released = [TIERS] if with_tiers else []
    return dg.define_asset_job(
        PUBLISH,
        selection=dg.AssetSelection.assets(PUBLISHED, LAST_NIGHT, *released),
        tags={KIND: PUBLISH, WORK: HEAVY},
        description="Put everything the gates have admitted into the published DuckDB file, in one atomic swap.",
    )


def maintain_job() -> Any:
    """Maintenance of the home."""
    return dg.define_asset_job(
        MAINTAIN,
        selection=dg.AssetSelection.assets(*maintenance.keys()),
        tags={KIND: MAINTAIN, WORK: HEAVY},
        description="Keep the home healthy: compact the ledger, checkpoint logs, remove what is no longer needed.",
    )
