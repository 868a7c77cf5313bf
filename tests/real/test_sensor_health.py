"""Street sensors of Seoul and their neighbours, April to August 2020: the figures of the reference, by the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive import sources
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.watch.flags import QcFlag, QcRule
from tests.real.conftest import Yard
from warehouse.format import open_home

pytestmark = pytest.mark.real
# Windows of 30 days that follow each other, and the share of sensors that disagreed with their eight neighbours, in %.
OFF = {
    date(2020, 4, 30): 4.0,
    date(2020, 5, 30): 13.7,
    date(2020, 6, 29): 46.7,
    date(2020, 7, 29): 8.6,
    date(2020, 8, 28): 21.5,
}
DAYS = [date(2020, 4, 1) + timedelta(days=number) for number in range(150)]
MADE = {"place_day": DAYS, "place_health": [*OFF], "sensor_agreement": [*OFF]}


@dataclass(frozen=True)
class Summer:
    """Rows of mart.place_health, and values of the metrics made of it, on the last days of the windows."""

    health: pl.DataFrame
    values: pl.DataFrame


@pytest.fixture(scope="module")
def summer(yard: Callable[..., Yard]) -> Summer:
    here = yard("seoul/sdot_env/*.csv", "seoul/sdot_ref/sensor_longitude_latitude.csv", feeds=("sdot_env", "sdot_ref"))
    home = open_home(here.settings.home, create=True)
    run = RunContext(home=home, city=here.city, source="files", run_id="r", today=date(2020, 9, 1), drop=here.drop)
    for contract in here.city.contracts.values():
        read_new(run, contract, fetch(run, contract, []))
        ingest.ingest(run, contract, DAYS)
    tables = {table.name: table for table in derived_tables(here.city) if table.name in MADE}
    for name, days in MADE.items():
        closed = [one.reason for one in build(run, tables[name], days).outcomes if not one.verdict.open]
        assert closed == [], name
    found = {name: sources.rows(run, tables[name].contract, [*OFF]).collect() for name in MADE}
    return Summer(found["place_health"], found["sensor_agreement"])


def test_as_many_sensors_disagree_with_their_neighbours_as_in_the_reference(summer: Summer) -> None:
    of_city = summer.values.filter(pl.col("area") == "11", pl.col("metric") == "sensor_trusted_share")
    off = {day: 100 - trusted for day, trusted in of_city.select("day", "value").iter_rows()}
    assert off == pytest.approx(OFF, abs=1.5)
    assert of_city.filter(pl.col("n") < 790).is_empty()
    judged = summer.values.filter(pl.col("area") == "11", pl.col("metric") == "sensor_judged_share")
    assert judged.filter(pl.col("value") > 90).height == len(OFF)


def test_what_nobody_can_judge_says_so_and_is_not_called_good(summer: Summer) -> None:
    pm25 = summer.health.filter(pl.col("quantity") == "pm25")
    nowhere = pm25.filter(pl.col("not_judged") == "no_position")
    assert 5 <= nowhere["place"].n_unique() <= 11  # eleven sensors report that are in no register, not all at once
    assert QcFlag.GOOD not in set(nowhere["qc"])
    assert pm25.filter(pl.col("not_judged").is_null() != pl.col("agrees").is_not_null()).is_empty()


def test_flags_of_readings_that_are_right_are_few(summer: Summer) -> None:
    """Temperatures of the same sensors follow their neighbours, and of noise only what is far off is suspect."""
    suspect = dict(
        summer.health.filter(pl.col("qc") != QcFlag.MISSING)
        .group_by("quantity")
        .agg((pl.col("qc") >= QcFlag.SUSPECT).mean())
        .iter_rows()
    )
    assert suspect["temperature"] < 0.005
    assert suspect["laeq"] < 0.03
    assert 0.15 < suspect["pm25"] < 0.35


def test_a_sensor_that_its_correction_holds_at_zero_is_a_flat_line(summer: Summer) -> None:
    flat = summer.health.filter(pl.col("quantity") == "pm25", pl.col("qc_rules") & int(QcRule.FLAT_LINE) != 0)
    by_day = dict(flat.group_by("day").len().iter_rows())
    assert max(by_day, key=lambda day: by_day[day]) == date(2020, 6, 29)
    assert by_day[date(2020, 6, 29)] > 20
