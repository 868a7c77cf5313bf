"""Neighbours: the nearest within reach, if there are enough, as a slow and plain version says."""

import math

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.nearest import LEAST, NEAREST, WITHIN_KM, neighbours_of

KM = 111.195
GRID = st.integers(-40, 40).map(lambda n: n / 1000)  # 111 m apart


def plainly(places: list[tuple[str, float, float]]) -> set[tuple[str, str]]:
    mean = sum(lat for _, lat, _ in places) / len(places)
    found = set[tuple[str, str]]()
    for name, lat, lon in places:
        away = sorted(
            (math.hypot((lat - other[1]) * KM, (lon - other[2]) * KM * math.cos(math.radians(mean))), other[0])
            for other in places
            if other[0] != name
        )
        near = [other for km, other in away if km <= WITHIN_KM]
        found |= {(name, other) for other in near[:NEAREST]} if len(near) >= LEAST else set()
    return found


@given(st.lists(st.tuples(GRID, st.integers(0, 60).map(lambda n: n / 1000)), max_size=25))
def test_neighbours_are_the_eight_nearest_of_five_or_more_within_reach(points: list[tuple[float, float]]):
    # a hair apart, so that no two distances are equal but for their last digits
    places = [(f"p{i:02}", 37.5 + lat + i * 1e-7, 127 + lon + i * i * 1e-8) for i, (lat, lon) in enumerate(points)]
    frame = pl.DataFrame(places, schema={"place": pl.String, "lat": pl.Float64, "lon": pl.Float64}, orient="row")
    made = neighbours_of(frame)
    assert set(made.rows()) == (plainly(places) if places else set())
    assert neighbours_of(frame.reverse()).equals(made)  # whatever the order of the register


def test_places_at_one_point_are_neighbours_by_name():
    frame = pl.DataFrame({"place": list("gfedcba"), "lat": [37.5] * 7, "lon": [127.0] * 7})
    made = neighbours_of(frame, nearest=5)
    assert made.filter(place="a")["neighbour"].to_list() == list("bcdef")
