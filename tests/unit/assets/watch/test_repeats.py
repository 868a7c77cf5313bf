"""Equal readings in a row, across nights, as a slow and plain version counts them; and days that come again."""

from datetime import date, timedelta
from itertools import groupby, pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assets.watch.repeats import READ, with_repeats

FIRST = date(2026, 1, 1)
READINGS = st.lists(st.integers(0, 2).map(float), min_size=1, max_size=4)
DAYS = st.lists(READINGS, min_size=1, max_size=8)


def as_day(readings: list[float]) -> dict[str, float | int | None]:
    """What mart.place_day has of the readings of a day."""
    runs = [len(list(run)) for _, run in groupby(readings)]
    steps = [abs(later - earlier) for earlier, later in pairwise(readings)]
    return {
        "readings": len(readings),
        "value": sum(readings) / len(readings),
        "least": min(readings),
        "most": max(readings),
        "first_value": readings[0],
        "last_value": readings[-1],
        "first_run": runs[0],
        "last_run": runs[-1],
        "longest_run": max(runs),
        "largest_step": max(steps, default=None),
    }


def frame(by_place: dict[str, list[list[float]]]) -> pl.DataFrame:
    rows = [
        {"place": place, "day": FIRST + timedelta(days=number), **as_day(readings)}
        for place, days in by_place.items()
        for number, readings in enumerate(days)
    ]
    return pl.DataFrame(rows, schema_overrides={"largest_step": pl.Float64})


def plainly(days: list[list[float]]) -> list[int]:
    """By day, the longest run of equal readings of which one is of the day, counted up to its end."""
    found, before = list[int](), list[float]()
    for readings in days:
        whole = before + readings
        counts, run = [1], 1
        for earlier, later in pairwise(whole):
            run = run + 1 if earlier == later else 1
            counts.append(run)
        found.append(max(counts[len(before) :]))
        before = whole
    return found


@given(st.dictionaries(st.sampled_from("abc"), DAYS, min_size=1))
def test_runs_go_on_over_midnight(by_place: dict[str, list[list[float]]]):
    made = with_repeats(frame(by_place))
    assert made["in_a_row"].to_list() == [count for days in by_place.values() for count in plainly(days)]


def test_five_days_of_one_equal_reading_are_five_in_a_row():
    made = with_repeats(frame({"a": [[3.0]] * 5, "b": [[3.0], [4.0], [4.0]]}))
    assert made["in_a_row"].to_list() == [1, 2, 3, 4, 5, 1, 1, 2]


def test_a_gateway_that_sends_yesterday_again():
    day = [float(hour % 7) for hour in range(24)]
    other = [*day[:12], 9.0, *day[13:]]
    made = with_repeats(frame({"a": [day, other, other, day], "b": [day]}))
    assert made["day_again"].to_list() == [False, False, True, False, False]


def test_few_readings_that_are_the_same_are_chance_and_equal_ones_are_a_flat_line():
    few, flat = [1.0, 2.0, 1.0], [5.0] * 24
    made = with_repeats(frame({"a": [few, few], "b": [flat, flat]}))
    assert made["day_again"].to_list() == [False] * 4
    assert made["in_a_row"].to_list() == [1, 2, 24, 48]  # 1 2 1 and 1 2 1: two in a row over midnight


def test_what_it_reads_is_what_it_says():
    assert with_repeats(frame({"a": [[1.0]]}).select("place", *READ)).height == 1
