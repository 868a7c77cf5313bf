"""Published values computed once more from the raw files that they name, by whoever has a home to look into."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import polars as pl

from assets.pack.city import City
from assets.retrace.batch_rows import RowsOfBatches, batches_behind
from assets.retrace.retrace import retrace, table_of_metric
from assets.trial.private_folder import private_folder
from pipelines.computed_again import is_same
from pipelines.resources import Platform
from pipelines.settings import Settings
from warehouse.home import Home
from warehouse.published import connect

Row = dict[str, Any]


def some_values(settings: Settings, number: int, seed: int) -> list[Row]:
    """So many of the published values that were computed from something, absent ones among them, in a fixed order: half
    of them of days."""
    query = "SELECT * FROM metric.value WHERE len(batch_ids) > 0 ORDER BY metric, area, period_start"
    with connect.open_published(settings.home) as con:
        rows = con.sql(query).pl().to_dicts()
    days, longer = (
        [row for row in rows if row["period"] == "day"],
        [row for row in rows if row["period"] not in ("day", "hour")],
    )
    chosen = random.Random(seed)
    return [*chosen.sample(days, number - number // 2), *chosen.sample(longer, number // 2)]


def differing(settings: Settings, city: City, values: list[Row]) -> Iterator[str]:
    """Those of the values that come out otherwise when the landed bytes are read again, each in a sentence."""
    run = Platform.of(settings).run_context(city, "again")
    with private_folder() as folder:
        reading = RowsOfBatches(run, Home(folder), from_bytes=True)
        for value in values:
            table, ids = table_of_metric(city, value["metric"]), value["batch_ids"]
            assert table is not None, value
            behind = batches_behind(run.home, city.name, ids)
            found = retrace(run, table, value["period_start"], None, behind, ids, reading).values
            again = found.filter(pl.col("metric") == value["metric"], pl.col("area") == value["area"]).to_dicts()
            if len(again) != 1 or not is_same(value["value"], again[0]["value"]):
                yield f"{value['metric']} {value['area']} {value['period_start']}: {value['value']}, again {again}"
        core = {one for one in reading.origins if reading.origins[one] != "landed"}
        assert core == set(), "all rows come from raw bytes"
