"""What the readings of a day were like: as a plain loop says, in whatever order they come and however they are cut."""

import itertools
from collections import defaultdict
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.readings import STATISTICS, Ordered, no_places, of_parts, statistics

DAY = date(2024, 3, 1)
SPIKE = 2.0
READINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # day
        st.sampled_from("ab"),
        st.integers(0, 47).map(lambda half: 30 * half),  # minute
        st.none() | st.integers(0, 6).map(float),
    ),
    unique_by=lambda one: one[:3],
    max_size=40,
)


def plainly(readings):
    """Each number by a loop over the readings of a day and place."""
    of = defaultdict(list)
    for day, place, minute, value in sorted(readings):
        if value is not None:
            of[DAY + timedelta(days=day), place].append((minute, value))
    return {key: _of_one(key[0], found) for key, found in of.items()}


def _of_one(day, found):
    values = [value for _, value in found]
    runs = list[int]()
    for number, value in enumerate(values):
        if number and value == values[number - 1]:
            runs[-1] += 1
        else:
            runs.append(1)
    pairs = list(itertools.pairwise(found))
    steps = [later - value for (_, value), (_, later) in pairs]
    hours = [(later - minute) / 60 for (minute, _), (later, _) in pairs]
    spikes = [abs(one) > SPIKE and abs(other) > SPIKE and one * other < 0 for one, other in itertools.pairwise(steps)]
    midnight = datetime.combine(day, time())
    return {
        "readings": len(values),
        "sum": sum(values),
        "least": min(values),
        "most": max(values),
        "first_value": values[0],
        "last_value": values[-1],
        "first_run": runs[0],
        "last_run": runs[-1],
        "longest_run": max(runs),
        "largest_step": max(map(abs, steps), default=None),
        "spikes": sum(spikes),
        "longest_gap_hours": max(hours, default=None),
        "first_step": steps[0] if steps else None,
        "last_step": steps[-1] if steps else None,
        "first_at": midnight + timedelta(minutes=found[0][0]),
        "last_at": midnight + timedelta(minutes=found[-1][0]),
    }


def frame(readings):
    rows = [
        (DAY + timedelta(days=day), place, datetime.combine(DAY, time()) + timedelta(days=day, minutes=minute), value)
        for day, place, minute, value in readings
    ]
    schema = {"day": pl.Date, "place": pl.String, "time": pl.Datetime("us"), "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def made(readings, known=None):
    found = frame(readings)
    return statistics(Ordered.by(found, known), found["value"], SPIKE)


def by_place(found: pl.DataFrame):
    assert found.schema == STATISTICS
    rows = found.to_dicts()
    assert len({(row["day"], row["place"]) for row in rows}) == len(rows)
    return {(row.pop("day"), row.pop("place")): row for row in rows}


@given(READINGS, st.randoms(), st.integers(1, 50))
def test_a_day_is_as_a_plain_loop_says_in_whatever_order_its_readings_come(readings, chance, block):
    chance.shuffle(readings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.watch.readings._BLOCK", block)
        assert by_place(made(readings)) == plainly(readings)


@given(READINGS, st.sets(st.integers(1, 2 * 24 * 60), max_size=4), st.booleans())
def test_parts_that_follow_each_other_are_put_together_without_their_readings(readings, cuts, places_known):
    known = no_places() if places_known else None
    bounds = [0, *sorted(cuts), 2 * 24 * 60 + 1]
    parts = [
        made([one for one in readings if low <= one[0] * 24 * 60 + one[2] < high], known)
        for low, high in itertools.pairwise(bounds)
    ]
    assert by_place(of_parts(parts, SPIKE)) == plainly(readings)


def test_parts_with_the_same_places_are_in_one_order_in_whatever_order_these_came():
    """They are put side by side then, and no place is looked for by its name."""
    known = no_places()
    halves = [
        made([(0, place, minute, 1.0) for place in places], known) for minute, places in ((0, "abc"), (30, "cab"))
    ]
    assert halves[0]["place"].to_list() == halves[1]["place"].to_list()
    assert by_place(of_parts(halves, SPIKE)) == plainly([(0, place, at, 1.0) for place in "abc" for at in (0, 30)])


def test_of_levels_the_energies_are_added():
    found = frame([(0, "a", minute, level) for minute, level in ((0, 40.0), (30, 60.0), (60, None), (90, 61.5))])
    energies = statistics(Ordered.by(found), found["value"], None, level=True)["sum"].item()
    assert energies == pytest.approx(10**4 + 10**6 + 10**6.15, rel=1e-14)


def test_where_spikes_are_not_looked_at_there_is_none():
    readings = [(0, "a", minute, value) for minute, value in ((0, 1.0), (30, 9.0), (60, 1.0), (90, 1.0))]
    found = frame(readings)
    assert statistics(Ordered.by(found), found["value"], None)["spikes"].to_list() == [0]
    halves = [made(readings[:1]), made(readings[1:])]
    assert of_parts(halves, None)["spikes"].to_list() == [0]
    assert of_parts(halves, SPIKE)["spikes"].to_list() == [1]
