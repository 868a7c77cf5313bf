"""Metrics made from the portal's services: water per inhabitant and empty bicycle stations, worked by hand."""

from datetime import timedelta

import polars as pl
import pytest

from assets.derive.tables import derived_tables
from assets.metrics import values
from assets.metrics.measures import bike_stations, water
from tests.worlds.good_days import FIRST, GOOD
from tests.worlds.history import with_history
from tests.worlds.packs import seoul

SEOUL = seoul()


def good(feed: str) -> pl.DataFrame:
    return GOOD[feed](SEOUL.contracts[feed], FIRST).rows.select(SEOUL.contracts[feed].schema.names())


def published(measured: pl.DataFrame) -> dict:
    """The one row that comes out for the day."""
    assert measured["area"].to_list() == ["11"]
    (row,) = values.to_values(measured, SEOUL).iter_rows(named=True)
    return row


def test_water_per_inhabitant():
    row = published(water.measure(with_history("water_supply", good("water_supply")), SEOUL))
    # 8 x 385,000 m3 by the 9,729,107 registered at the end of 2019; intake and sent would make three times as much
    assert row["value"] == pytest.approx(316.576, abs=5e-4)
    assert (row["metric"], row["unit"], row["n"], row["status"]) == (
        *("water_supplied_per_inhabitant", "L/inhabitant"),
        8,
        "proxy",
    )


def test_water_of_two_days_is_not_mixed():
    rows = pl.concat(
        [good("water_supply"), good("water_supply").with_columns(pl.col("day") + timedelta(days=1), volume=1.0)]
    )
    measured = water.measure(with_history("water_supply", rows), SEOUL).sort("day")
    assert measured["value"].to_list() == pytest.approx([316.576, 8 * 1000 / 9_729_107], abs=5e-4)


def test_a_missing_site_makes_water_absent():
    rows = good("water_supply").with_columns(
        volume=pl.when(pl.int_range(pl.len()) == 19).then(None).otherwise("volume")
    )
    row = published(water.measure(with_history("water_supply", rows), SEOUL))
    assert (row["value"], row["status"], row["reason"]) == (None, "absent", "7 of 8 parts are valid (needs 100 %)")


def test_empty_bicycle_stations():
    row = published(bike_stations.measure(with_history("bike_stations", good("bike_stations")), SEOUL))
    assert row["value"] == pytest.approx(100 * 11 / 120)
    assert (row["metric"], row["unit"], row["n"], row["status"]) == ("bike_stations_empty", "%", 120, "proxy")


def test_the_last_poll_of_a_day_counts_though_its_pages_come_apart():
    first_page = pl.int_range(pl.len()) < 60
    later = pl.when(first_page).then(timedelta(minutes=60)).otherwise(timedelta(minutes=61))
    late = good("bike_stations").with_columns(pl.col("time") + later, vehicles_available=pl.lit(7, pl.Int64))
    bikes = pl.when(pl.int_range(pl.len()) < 3).then(0).otherwise("vehicles_available")
    emptied = late.with_columns(vehicles_available=bikes)
    row = published(
        bike_stations.measure(with_history("bike_stations", pl.concat([emptied, good("bike_stations")])), SEOUL)
    )
    assert row["value"] == pytest.approx(2.5)
    assert row["n"] == 120


def test_stations_without_a_count_are_not_empty():
    rows = good("bike_stations")
    rows = rows.with_columns(vehicles_available=pl.when(pl.int_range(pl.len()) >= 13).then("vehicles_available"))
    row = published(bike_stations.measure(with_history("bike_stations", rows), SEOUL))
    assert (row["value"], row["reason"]) == (None, "107 of 120 parts are valid (needs 90 %)")


def test_they_are_made_from_their_feeds():
    made = {t.name: t.feeds for t in derived_tables(SEOUL) if t.layer == "metric"}
    assert made["water"] == {"water_supply"}
    assert made["bike_stations"] == {"bike_stations"}
