"""Neighbours: the nearest within reach that read, and their median, as a slow and plain version says."""

import math
from statistics import median

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.nearest import AROUND, LEAST, NEAREST, WITHIN_KM, nearest_of

KM = 111.195
PLACES = st.lists(
    st.tuples(st.integers(-40, 40), st.integers(0, 60), st.none() | st.integers(0, 9).map(float)), max_size=35
)


def plainly(places: list[tuple[str, float, float, float | None]]):
    """By place that reads: how many of its nearest do, and their median."""
    middle = median(lat for _, lat, _, _ in places) if places else 0
    found = dict[str, tuple[int, float | None]]()
    for name, lat, lon, value in places:
        away = sorted(
            (math.hypot((lat - other[1]) * KM, (lon - other[2]) * KM * math.cos(math.radians(middle))), other)
            for other in places
            if other[0] != name
        )
        known = [other for km, other in away if km <= WITHIN_KM][:AROUND]
        read = [other[3] for other in known if other[3] is not None][:NEAREST]
        if value is not None:
            found[name] = len(read), float(median(read)) if len(read) >= LEAST else None
    return found


@given(PLACES)
def test_around_a_place_is_the_median_of_the_nearest_that_read(points):
    # a hair apart, so that no two distances are equal but for their last digits
    places = [
        (f"p{i:02}", 37.5 + lat / 1000 + i * 1e-7, 127 + lon / 1000 + i * i * 1e-8, value)
        for i, (lat, lon, value) in enumerate(points)
    ]
    schema = {"place": pl.String, "lat": pl.Float64, "lon": pl.Float64, "value": pl.Float64}
    frame = pl.DataFrame(places, schema=schema, orient="row")
    made = nearest_of(frame).around(frame.select("place", "value"))
    assert {place: (read, around) for place, read, around in made.rows()} == plainly(places)
    backwards = frame.reverse()
    assert nearest_of(backwards).around(backwards.select("place", "value")).equals(made)  # whatever their order


def test_the_same_register_is_looked_at_once():
    frame = pl.DataFrame({"place": list("ab"), "lat": [37.5, 37.5], "lon": [127.0, 127.0]})
    assert nearest_of(frame) is nearest_of(frame.reverse())
    assert nearest_of(frame.with_columns(lat=pl.lit(37.6))) is not nearest_of(frame)


def test_places_at_one_point_are_neighbours_of_each_other():
    names = [f"p{n:02}" for n in range(40)]
    frame = pl.DataFrame({"place": names, "lat": [37.5] * 40, "lon": [127.0] * 40})
    found = nearest_of(frame)
    assert all(row not in others for row, others in enumerate(found.others.tolist()))
    assert (found.others >= 0).all()


def test_a_place_that_the_register_lacks_has_no_neighbours():
    frame = pl.DataFrame({"place": ["a"], "lat": [37.5], "lon": [127.0]})
    made = nearest_of(frame).around(pl.DataFrame({"place": ["a", "b"], "value": [1.0, 2.0]}))
    assert made.rows() == [("a", 0, None)]


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (91.0, 0.0), (45.0, 181.0), (float("nan"), 45.0)])
def test_places_at_a_position_that_cannot_be_do_not_judge_each_other(lat: float, lon: float):
    """Twelve of 24 sensors at 0/0 agreed with each other, and all were called good."""
    names = [f"p{n:02}" for n in range(12)]
    wrong = pl.DataFrame({"place": names, "lat": [lat] * 12, "lon": [lon] * 12})
    right = pl.DataFrame({"place": ["a", "b"], "lat": [0.0, 0.0], "lon": [45.0, 45.01]})
    values = pl.DataFrame({"place": [*names, "a", "b"], "value": [float(n) for n in range(14)]})
    made = nearest_of(pl.concat([wrong, right])).around(values)
    assert made.rows() == [("a", 1, None), ("b", 1, None)]


def test_a_place_far_away_does_not_bend_the_plane():
    """Latitude and longitude of one are swapped: the others keep the neighbours that they have."""
    names = [f"p{n:02}" for n in range(9)]
    city = pl.DataFrame({"place": names, "lat": [60.0] * 9, "lon": [10.0 + n * 0.0134 for n in range(9)]})
    swapped = pl.DataFrame({"place": ["x1", "x2"], "lat": [10.0, 10.1], "lon": [60.0, 60.1]})
    assert nearest_of(pl.concat([city, swapped])).others[:9].tolist() == nearest_of(city).others.tolist()
