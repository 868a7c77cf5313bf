"""Requests of a month, worked out by hand: terms of kinds, and what is open."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl

from assets.mart import START
from assets.marts.request_kind_month import request_kind_month
from assets.metrics.observed import Observed
from quality.contract.interval import Interval
from tests.worlds.packs import seoul

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def moment(day: float) -> datetime:
    """A time of May: 1.5 is noon of the first; 33 is the second of June."""
    return datetime(2026, 5, 1) + timedelta(days=day - 1)  # noqa: DTZ001 - by the city's clocks


def made(*rows, start=MAY, terms=()):
    """kind, asked, due, answered; the days of a time."""
    frame = pl.DataFrame(
        [
            {
                START: start,
                "request": f"r{n}",
                "kind": kind,
                "time": moment(asked),
                "day": moment(asked).date(),
                "due_at": None if due is None else moment(due),
                "answered_at": None if answered is None else moment(answered),
            }
            for n, (kind, asked, due, answered) in enumerate(rows)
        ],
        schema_overrides={"due_at": pl.Datetime("us"), "answered_at": pl.Datetime("us")},
    )
    observed = Observed("f", None, Interval.parse("instant"), ("request",), frame.lazy())
    city = replace(seoul(), parameters={"request_terms": list(terms)})
    found = request_kind_month({"requests": (observed,)}, city)
    return {row["kind"]: row for row in found.rows(named=True)}


def test_an_open_request_whose_term_is_over_is_late_and_one_that_has_time_is_not_counted():
    found = made(
        ("roads", 1, 8, 5),  # in term
        ("roads", 2, 9, 12),  # late
        ("roads", 3, 10, None),  # open, and over
        ("roads", 19, 26, 20),
        ("roads", 20, 27, None),  # its term has a week to go: what is known ends with the 20th
    )["roads"]
    assert (found["requests"], found["requests_open"]) == (5, 2)
    assert (found["term_ended"], found["in_term"]) == (3, 1)


def test_a_term_that_ends_in_another_month_counts_there():
    rows = [("roads", 28, 35, 30), ("roads", 34, 41, 36), ("roads", 42, 49, 43)]
    found = made(*rows, start=JUNE)["roads"]
    assert (found["requests"], found["term_ended"], found["in_term"]) == (2, 2, 2)


def test_the_pack_says_the_term_of_a_kind_before_the_row_does():
    found = made(("question", 1, 30, 9), ("other", 1, 30, 9), ("x", 31, 60, None), terms=["question=7"])
    assert (found["question"]["term_ended"], found["question"]["in_term"]) == (1, 0)
    assert (found["other"]["term_ended"], found["other"]["in_term"]) == (1, 1)


def test_the_median_counts_those_that_wait_and_all_kinds_are_a_row_of_their_own():
    found = made(("a", 1, 8, 2), ("a", 1, 8, 3), ("a", 1, 8, 4), ("b", 1, 8, None), ("b", 1, 8, 6), ("b", 4, 11, None))
    assert found["a"]["answer_median"] == 2
    assert found["all"]["requests"] == 6
    # six wait: 5/6 after a day; one is seen for a day alone; of four 5/8 after two, and 5/12 after three
    assert found["all"]["answer_median"] == 3
