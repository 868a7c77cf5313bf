"""Waits, lengths and land within reach: worked by hand, and laws of areas."""

import math
from datetime import date

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.formulas.transit import (
    EARTH_KM,
    expected_wait,
    great_circle_km,
    length_once_km,
    reach_in_disc_km2,
    reach_km2,
    union_of_circles,
)

LENS = 2 * math.pi / 3 - math.sqrt(3) / 2  # what two circles of radius 1 share whose middles are 1 apart
NUMBER = st.floats(-5, 5).map(lambda number: round(number, 3))
CIRCLES = st.lists(st.tuples(NUMBER, NUMBER, st.sampled_from([0.25, 0.5, 1.0, 2.0])), min_size=1, max_size=12)
KM = 180 / math.pi / EARTH_KM  # of a degree of latitude


def union(*circles):
    return union_of_circles(*(np.array(values, dtype=float) for values in zip(*circles, strict=True)))


def waits(*gaps):
    frame = pl.DataFrame({"gap": gaps}, schema={"gap": pl.Float64})
    return frame.select(expected_wait((pl.col("gap") ** 2).sum(), pl.col("gap").sum())).item()


def reached(formula, *points, **more):
    rows = pl.DataFrame([(lat, lon, day) for lat, lon, day in points], schema=["lat", "lon", "day"], orient="row")
    arguments = [pl.col("lat"), pl.col("lon"), pl.col("day"), *(pl.lit(value) for value in more.values())]
    return rows.select(formula(*arguments)).to_series().to_list()


def test_people_who_come_at_random_wait_longer_where_gaps_differ() -> None:
    assert waits(10, 15, 5) == pytest.approx(350 / 60)  # 07:00, 07:10, 07:25, 07:30: (100 + 225 + 25) / (2 x 30)
    assert waits(10, 10, 10) == 5  # half of even gaps
    assert waits(0, 20) == 10  # two at once are as one
    assert waits() is None


@given(st.lists(st.floats(0.5, 120), min_size=1, max_size=20))
def test_no_order_of_gaps_makes_the_wait_less_than_half_of_their_mean(gaps) -> None:
    assert waits(*gaps) >= sum(gaps) / len(gaps) / 2 * (1 - 1e-9)
    assert waits(*gaps) <= max(gaps) / 2 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("circles", "area"),
    [
        ([(0, 0, 0.5)], math.pi / 4),
        ([(0, 0, 1), (1, 0, 1)], 2 * math.pi - LENS),
        ([(0, 0, 1), (3, 0, 1)], 2 * math.pi),
        ([(0, 0, 1), (2, 0, 1)], 2 * math.pi),  # they touch
        ([(0, 0, 2), (0.5, 0, 1)], 4 * math.pi),  # one lies in the other
        ([(0, 0, 1)] * 3, math.pi),  # stops on the two sides of nothing
    ],
)
def test_land_in_several_circles_counts_once(circles, area) -> None:
    assert union(*circles) == pytest.approx(area, rel=1e-12)


@given(CIRCLES, st.tuples(NUMBER, NUMBER))
@settings(max_examples=60)
def test_a_union_is_what_shapes_of_many_corners_come_near_to(circles, moved) -> None:
    area = union(*circles)
    corners = shapely.union_all([shapely.Point(x, y).buffer(r, quad_segs=256) for x, y, r in circles]).area
    assert area == pytest.approx(corners, rel=2e-4)
    assert area >= corners * (1 - 1e-9)  # corners lie on the circles, so that they hold less
    shifted = [(x + moved[0], y + moved[1], r) for x, y, r in circles]
    assert union(*shifted[::-1]) == pytest.approx(area, rel=1e-9)


def test_each_way_is_counted_once_however_often_it_is_gone() -> None:
    there, back = (0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0)
    columns = ["lat", "lon", "lat_to", "lon_to"]
    degree = math.pi * EARTH_KM / 180
    segments = pl.DataFrame([there, back, there, (1.0, 0.0, 1.0, None)], schema=columns, orient="row")
    assert length_once_km(segments) == pytest.approx(degree)
    assert length_once_km(segments.clear()) is None
    quarter = (
        pl.DataFrame({"a": [0.0]}).select(great_circle_km(*(pl.lit(number) for number in (0.0, 0.0, 0.0, 90.0)))).item()
    )
    assert quarter == pytest.approx(math.pi * EARTH_KM / 2)


def test_all_stops_of_a_day_reach_together_and_days_do_not_mix() -> None:
    monday, tuesday = date(2024, 1, 1), date(2024, 1, 2)
    points = [(0.0, 100.0, monday), (0.5 * KM, 100.0, monday), (0.0, 100.0, tuesday), (None, 100.0, tuesday)]
    two = (2 * math.pi - LENS) / 4  # 500 m apart
    assert reached(reach_km2, *points) == pytest.approx([two, two, math.pi / 4, math.pi / 4], rel=1e-6)
    assert reached(reach_km2, (None, None, monday)) == [None]


def test_a_disc_cuts_what_lies_outside_of_it() -> None:
    day = date(2024, 1, 1)
    disc = {"lat": 0.0, "lon": 100.0, "km2": math.pi}  # of radius 1
    assert reached(reach_in_disc_km2, (0.0, 100.0, day), **disc) == pytest.approx([math.pi / 4])
    assert reached(reach_in_disc_km2, (3 * KM, 100.0, day), **disc) == pytest.approx([0], abs=1e-9)
    (on_the_rim,) = reached(reach_in_disc_km2, (1 * KM, 100.0, day), **disc)
    corners = shapely.Point(0, 1).buffer(0.5, 256).intersection(shapely.Point(0, 0).buffer(1, 256)).area
    assert on_the_rim == pytest.approx(corners, rel=1e-3)
