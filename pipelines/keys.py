"""Names that Dagster keeps: keys of assets and tags of runs. Bookmarks and alerts depend on them."""

from __future__ import annotations

import dagster as dg

from assets.pack.city import City

PUBLISHED = dg.AssetKey(["madang", "published", "scoreboard"])
TIERS = dg.AssetKey(["madang", "published", "tiers"])
LAST_NIGHT = dg.AssetKey(["madang", "published", "what_failed_last_night"])

NIGHT = "madang/night"  # tag of a run: the day that has ended
COMMAND = "madang/command"  # tag of a run: the command that made it, and that itself does what follows on it
PROCESS = "madang/process"  # tag of a run of a command: the lock that the command holds while it lives
LATER = "madang/later"  # tag of a run for days that look back on others: the id of the run that made those
KIND = "madang/kind"  # tag of a job and its runs: one of the five below
WORK, HEAVY = "madang/work", "heavy"  # tag of a job that uses the whole machine: one at a time (deploy/dagster.yaml)
BEGIN, FETCH, BUILD, PUBLISH, MAINTAIN = "night", "fetch", "build", "publish", "maintain"
LOCATION = "madang"  # the code location, as workspace.yaml and pyproject.toml call it
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


# Pools: of each one run at a time, whatever else runs (`concurrency` in deploy/dagster.yaml).
PUBLICATION_POOL, MAINTENANCE_POOL = "publication", "maintenance"


def lake_pool(city: City) -> str:
    """The pool of the runs that write into the landing, lake and ledger of a city."""
    return f"{city.name}_lake"


def asset_key(city: City, layer: str, table: str) -> dg.AssetKey:
    """The key of a city's table; `layer` is raw, core, mart or metric."""
    return dg.AssetKey([city.name, layer, table])
