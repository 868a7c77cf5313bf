"""How the newest days of a city stand, said once where a night has nothing to build."""

from __future__ import annotations

from datetime import date

import dagster as dg
import polars as pl

from assets.context import RunContext
from assets.pack.city import City
from pipelines.asset_checks import table_metadata
from pipelines.keys import LAST_NIGHT
from pipelines.plan import due_tables
from pipelines.visible import visible
from quality.verdict import OPEN
from warehouse.home import Home
from warehouse.ledger import ledger

NAMED = 5  # closed gates in the sentence


def verdicts_of(home: Home, city: City, pairs: set[tuple[str, date]]) -> pl.DataFrame:
    """The newest verdicts on these tables and days."""
    concerned = pl.DataFrame(sorted(pairs), schema={"table_name": pl.String, "day": pl.Date}, orient="row")
    verdicts = ledger.newest_verdicts(home, city.name).collect()
    return verdicts.join(concerned, on=["table_name", "day"], how="semi", maintain_order="left")


def observation(run: RunContext, night: date) -> dg.AssetObservation:
    """Stands in the place of the runs of a night in which nothing is to be built."""
    rows = verdicts_of(run.home, run.city, due_tables(run.city, night)).sort("layer", "table_name", "day")
    stand = rows.select("layer", "table_name", "day", "verdict", "reason").to_dicts()
    closed = [f"{row['table_name']} of {row['day']}" for row in stand if row["verdict"] not in OPEN]
    more = f" and {len(closed) - NAMED} more" if len(closed) > NAMED else ""
    held = f"; held back: {', '.join(closed[:NAMED])}{more}" if closed else ""
    there = f"{len(stand) - len(closed)} tables have their day"
    text = f"{run.city.name}, night of {night}: nothing to build. {there}{held}"
    return dg.AssetObservation(
        LAST_NIGHT,
        description=visible(text),
        metadata={"city": run.city.name, "night": str(night), "newest_days": table_metadata(stand)},
    )
