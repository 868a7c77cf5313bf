"""Real days of Seoul's street sensors: the means that place_day leaves are those of the readings in the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive import sources
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.formulas.noise import leq
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from tests.real.conftest import Yard
from warehouse.format import open_home

pytestmark = pytest.mark.real
DAYS = [date(2020, 4, 15), date(2020, 4, 16)]


def test_known_means_are_those_of_the_readings(yard: Callable[..., Yard]) -> None:
    files = ("seoul/sdot_env/sdot_202004.csv", "seoul/sdot_ref/sensor_longitude_latitude.csv")
    here = yard(*files, feeds=("sdot_env", "sdot_ref"))
    home = open_home(here.settings.home, create=True)
    run = RunContext(home=home, city=here.city, source="files", run_id="r", today=date(2020, 9, 1), drop=here.drop)
    for contract in here.city.contracts.values():
        read_new(run, contract, fetch(run, contract, []))
        ingest.ingest(run, contract, DAYS)
    build(run, next(table for table in derived_tables(here.city) if table.name == "place_day"), DAYS)
    feed = here.city.contracts["sdot_env"]
    known = sources.known_days(run, feed, DAYS)
    assert [*known] == DAYS
    for day, found in known.items():
        compared = set[str]()
        rows = sources.rows(run, feed, [day]).collect()
        for (quantity, way), means in found.means.items():
            value = pl.col(quantity).cast(pl.Float64)
            mean = value.mean() if way == "mean" else leq(value)
            read = rows.group_by("place").agg(mean.alias("read"), value.count().cast(pl.Int64).alias("count"))
            both = means.join(read, on="place", how="full", coalesce=True)
            assert both.height == means.height == read.height > 500, quantity
            assert both["readings"].equals(both["count"], check_names=False)
            assert both["value"].is_null().equals(both["read"].is_null())
            apart = ((both["value"] - both["read"]).abs() / both["read"].abs().clip(1.0)).max()
            if isinstance(apart, float):  # no sensor measured sound yet
                compared.add(quantity)
                assert apart <= 1e-12, quantity
        assert {"pm25", "pm10"} <= compared
