"""Metrics made from the portal's services: water per inhabitant and empty bicycle stations, worked by hand."""

from datetime import timedelta

import polars as pl
import pytest

from assets.derive.tables import derived_tables
from tests.worlds.good_days import FIRST, GOOD
from tests.worlds.history import values_of
from tests.worlds.packs import seoul

SEOUL = seoul()
WATER, EMPTY = "water_supplied_per_inhabitant", "bike_stations_empty"


def good(feed: str) -> pl.DataFrame:
    return GOOD[feed](SEOUL.contracts[feed], FIRST).rows.select(SEOUL.contracts[feed].schema.names())


def published(metric: str, feed: str, rows: pl.DataFrame) -> dict:
    """The one row that comes out for the day, where days before had as many places."""
    before = pl.concat([good(feed).with_columns(pl.col("day") - timedelta(days=7 * n)) for n in range(1, 4)])
    (row,) = values_of(SEOUL, metric, {feed: rows}, {feed: before}).iter_rows(named=True)
    assert row["area"] == "11"
    return row


def test_water_per_inhabitant():
    row = published(WATER, "water_supply", good("water_supply"))
    # 8 x 385,000 m3 by the 9,729,107 registered at the end of 2019; intake and sent would make three times as much
    assert row["value"] == pytest.approx(316.576, abs=5e-4)
    assert (row["unit"], row["n"], row["status"]) == ("L/inhabitant", 8, "proxy")


def test_water_of_two_days_is_not_mixed():
    rows = pl.concat(
        [good("water_supply"), good("water_supply").with_columns(pl.col("day") + timedelta(days=1), volume=1.0)]
    )
    made = values_of(SEOUL, WATER, {"water_supply": rows}).sort("day")
    assert made["value"].to_list()[0] == pytest.approx(316.576, abs=5e-4)
    # 8 x 1,000 L by 9,729,107: less than 0.001
    assert made["value"].to_list()[1] == pytest.approx(8 * 1000 / 9_729_107)


def test_a_missing_site_makes_water_absent():
    rows = good("water_supply").with_columns(
        volume=pl.when(pl.int_range(pl.len()) == 19).then(None).otherwise("volume")
    )
    row = published(WATER, "water_supply", rows)
    assert (row["value"], row["status"], row["reason"]) == (None, "absent", "7 of 8 sites are valid (needs 100 %)")


def test_empty_bicycle_stations():
    row = published(EMPTY, "bike_stations", good("bike_stations"))
    assert row["value"] == pytest.approx(100 * 11 / 120)
    assert (row["unit"], row["n"], row["status"]) == ("%", 120, "proxy")


def test_the_last_poll_of_a_day_counts_though_its_pages_come_apart():
    first_page = pl.int_range(pl.len()) < 60
    later = pl.when(first_page).then(timedelta(minutes=60)).otherwise(timedelta(minutes=61))
    late = good("bike_stations").with_columns(
        pl.col("time") + later, pl.col("time_utc") + later, vehicles_available=pl.lit(7, pl.Int64)
    )
    bikes = pl.when(pl.int_range(pl.len()) < 3).then(0).otherwise("vehicles_available")
    emptied = late.with_columns(vehicles_available=bikes)
    row = published(EMPTY, "bike_stations", pl.concat([emptied, good("bike_stations")]))
    assert (row["value"], row["n"]) == (pytest.approx(2.5), 120)


def test_stations_without_a_count_are_not_empty():
    rows = good("bike_stations")
    rows = rows.with_columns(vehicles_available=pl.when(pl.int_range(pl.len()) >= 13).then("vehicles_available"))
    row = published(EMPTY, "bike_stations", rows)
    assert (row["value"], row["n"]) == (None, 107)
    assert row["reason"] == "13 of 120 stations had too few readings: 0 of 13 are valid (needs 100 %)"


def test_they_are_made_from_their_feeds():
    made = {t.name: {c.name for c in t.needs} for t in derived_tables(SEOUL) if t.layer == "metric"}
    assert made["water_use"] == {"water_supply", "water_meters"}
    assert made["shared_vehicles"] == {"bike_stations", "bike_polls"}
