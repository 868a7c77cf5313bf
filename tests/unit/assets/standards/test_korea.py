"""The Korean index of a station: points for several pollutants, which it needs, and values between classes."""

import math
from datetime import date

import polars as pl
import pytest

from assets.standards.index import Read, index, sub_index
from assets.standards.standards import index_editions

UNITS = {"pm25_24h": "ug/m3", "pm10_24h": "ug/m3", "no2_1h": "ppm", "o3_1h": "ppm", "so2_1h": "ppm", "co_1h": "ppm"}
# Sub-indices by hand: 50, 33, 17, 25, 5, 10 - one clear leader and nothing near "unhealthy".
CLEAN = dict(zip(UNITS, (15.0, 20.0, 0.010, 0.015, 0.002, 0.40), strict=True))


def points(row: str, *values: float) -> list[float | None]:
    (edition,) = index_editions("kr.cai").values()
    found = edition.row(row)
    assert found is not None
    frame = pl.DataFrame({"c": values}, schema={"c": pl.Float64})
    return frame.select(sub_index(edition, found, pl.col("c"))).to_series().to_list()


def station(**changes: float | None) -> tuple[float | None, str | None, str | None]:
    frame = pl.DataFrame([CLEAN | changes], schema=dict.fromkeys(UNITS, pl.Float64))
    readings = {row: Read(pl.col(row), unit) for row, unit in UNITS.items()}
    found = frame.select(index("kr.cai", readings, pl.lit(date(2020, 1, 1))).alias("index")).unnest("index")
    return found.select("value", "pollutant", "band").row(0)


@pytest.mark.parametrize(
    ("row", "concentration", "expected"),
    [
        ("pm10_24h", 375, 375),  # 249/449*224 + 251 = 375.22
        ("no2_1h", 0.045, 75),  # 49/29*14 + 51 = 74.66
        ("o3_1h", 0.120, 174),  # 149/59*29 + 101 = 174.24
        ("so2_1h", 0.100, 175),  # 149/99*49 + 101 = 174.75
        ("co_1h", 5.00, 72),  # 49/699*299 + 51 = 71.96
        ("pm25_24h", 300, 383),  # 249/424*224 + 251 = 382.55
        ("no2_1h", 1.000, 362),  # 249/1799*799 + 251 = 361.59
        ("o3_1h", 0.400, 389),  # 249/449*249 + 251 = 389.09
        ("so2_1h", 0.500, 353),  # 249/849*349 + 251 = 353.36
        ("co_1h", 30.00, 358),  # 249/3499*1499 + 251 = 357.67
        ("so2_1h", 0.001, 3),  # 50/20 = 2.5: half up, where half-to-even would say 2
        ("co_1h", 0.50, 13),  # 50*50/200 = 12.5
    ],
)
def test_inside_a_class(row, concentration, expected):
    assert points(row, concentration) == [expected]


@pytest.mark.parametrize("row", UNITS)
def test_a_value_between_two_classes_belongs_to_the_nearer_one(row):
    step = {"ug/m3": 1.0, "ppm": 0.01 if row == "co_1h" else 0.001}[UNITS[row]]
    (edition,) = index_editions("kr.cai").values()
    found = edition.row(row)
    assert found is not None
    tops = [cell[1] for cell in found.at[:3] if isinstance(cell, tuple)]
    assert points(row, *(top + 0.4 * step for top in tops)) == [50, 100, 250]
    assert points(row, *(top + 0.5 * step for top in tops)) == [51, 101, 251]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (50, "pm25", "good")),
        ({"pm25_24h": 16.0}, (51, "pm25", "moderate")),
        ({"pm10_24h": 80.0}, (100, "pm10", "moderate")),
        ({"o3_1h": 0.150}, (250, "o3", "unhealthy")),  # one unhealthy pollutant: no addition
        ({"no2_1h": 0.201}, (251, "no2", "very unhealthy")),
        ({"pm25_24h": 36.0, "pm10_24h": 80.0}, (101, "pm25", "unhealthy")),  # 100 is still moderate
        ({"pm25_24h": 36.0, "pm10_24h": 81.0}, (151, "pm25", "unhealthy")),  # 101 + 50, tie: first named
        ({"pm25_24h": 75.0, "pm10_24h": 81.0}, (300, "pm25", "very unhealthy")),  # 250 + 50
        ({"pm25_24h": 36.0, "pm10_24h": 150.0, "no2_1h": 0.061}, (325, "pm10", "very unhealthy")),  # + 75
        ({"pm25_24h": 36.0, "pm10_24h": 81.0, "so2_1h": 0.051}, (176, "pm25", "unhealthy")),  # 101 + 75
        ({"pm25_24h": 36.0, "co_1h": 15.0}, (300, "co", "very unhealthy")),  # those that are not needed count too
        (
            {"pm25_24h": 36.0, "pm10_24h": 81.0, "no2_1h": 0.061, "o3_1h": 0.091, "co_1h": 9.01},
            (176, "pm25", "unhealthy"),  # five: still + 75
        ),
        ({"pm25_24h": 500.0, "pm10_24h": 600.0, "o3_1h": 0.6}, (500, "pm25", "very unhealthy")),
        ({"so2_1h": None, "co_1h": None}, (50, "pm25", "good")),
        ({"so2_1h": None, "pm25_24h": 36.0, "o3_1h": 0.091}, (151, "pm25", "unhealthy")),
    ],
)
def test_a_station(changes, expected):
    assert station(**changes) == expected


@pytest.mark.parametrize("missing", ["pm25_24h", "pm10_24h", "no2_1h", "o3_1h"])
@pytest.mark.parametrize("value", [None, -1.0, math.nan])
def test_four_pollutants_are_needed(missing, value):
    assert station(**{missing: value}) == (None, None, None)
