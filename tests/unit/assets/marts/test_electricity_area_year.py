"""The month of a year in which most electricity was used, worked out by hand."""

from datetime import date

import polars as pl

from assets.mart import START
from assets.marts.electricity_area_year import electricity_area_year
from assets.metrics.observed import AREA, Observed
from quality.contract.interval import Interval
from tests.worlds.packs import seoul

YEAR = date(2026, 1, 1)


def made(*feeds):
    """Of each feed its rows: area, month, kWh, how many smart meters there are, and the kind of energy."""
    found = electricity_area_year({"energy_use": tuple(observed(rows) for rows in feeds)}, seoul())
    return {row["area"]: (row["energy_peak"], row["energy_mean"], row["months"]) for row in found.rows(named=True)}


def observed(rows):
    frame = pl.DataFrame(
        [
            {
                START: YEAR,
                AREA: area,
                "day": date(2026, month, 1),
                "kind": kind,
                "energy": energy,
                "smart_meters": meters,
                "floor_area": None,
            }
            for area, month, energy, meters, kind in rows
        ],
        schema_overrides={"energy": pl.Float64, "smart_meters": pl.Int64, "floor_area": pl.Float64, "kind": pl.String},
    )
    return Observed("f", None, Interval.parse("month"), ("area",), frame.lazy())


def months(area, energy, count=12, meters=None, kind=None):
    return [(area, month + 1, energy(month + 1), meters, kind) for month in range(count)]


def test_parts_are_added_up_before_the_month_of_most_is_looked_for():
    # 10 a month, and 20 in August, in the one; in the other 30 in January and 10 else
    found = made([*months("11110", lambda m: 20 if m == 8 else 10), *months("11140", lambda m: 30 if m == 1 else 10)])
    assert found["11110"] == (20, 130 / 12, 12)
    assert found["11140"] == (30, 140 / 12, 12)
    assert found["11"] == (40, 270 / 12, 12)


def test_a_year_without_a_month_has_no_peak():
    assert made(months("11110", lambda _: 10, count=11))["11110"] == (None, None, 11)
    assert made(months("11110", lambda m: None if m == 5 else 10))["11110"] == (None, None, 11)


def test_what_counts_meters_and_what_is_gas_is_no_electricity_sold():
    found = made(
        [*months("11110", lambda _: 10), *months("11110", lambda _: 99, kind="gas")],
        months("11110", lambda _: 99, meters=5),
    )
    assert found["11110"] == (10, 10, 12)


def test_a_feed_of_meters_that_leaves_a_cell_empty_is_still_one_of_meters():
    # else its row without a number of smart meters is added to what is sold: the peak of 2025 came out twice as high
    of_meters = [*months("11110", lambda _: 99, meters=5), ("11110", 1, 99, None, None)]
    assert made(months("11110", lambda _: 10), of_meters)["11110"] == (10, 10, 12)
