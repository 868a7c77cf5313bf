"""Periods are understood as people write them, and refused with the form that the metric's periods have."""

from datetime import date

import pytest

from pipelines.period_names import FORMS, AskedPeriod, asked_period, written_period


def said(asked: AskedPeriod | None) -> tuple[str, str | None] | None:
    return None if asked is None else (asked.begins.isoformat(), asked.named)


@pytest.mark.parametrize(
    ("text", "begins", "named"),
    [
        ("2025", "2025-01-01T00:00:00", "year"),
        ("2025-Q2", "2025-04-01T00:00:00", "quarter"),
        ("2025q4", "2025-10-01T00:00:00", "quarter"),
        ("2025-04", "2025-04-01T00:00:00", "month"),
        ("2025-W01", "2024-12-30T00:00:00", "week"),
        ("2025-04-15", "2025-04-15T00:00:00", None),
        ("2025-04-15T14:00", "2025-04-15T14:00:00", "hour"),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, begins: str, named: str | None):
    assert said(asked_period(text)) == (begins, named)


@pytest.mark.parametrize(
    "text", ["", "2025-Q5", "2025-13", "2025-W54", "April", "2025-02-30", "2025-04-15T14:00+09:00"]
)
def test_what_is_no_period_is_none(text: str):
    assert asked_period(text) is None


@pytest.mark.parametrize(
    ("text", "period", "write"),
    [
        ("2025", "year", None),
        ("2025-01-01", "year", None),
        ("2025-04", "trailing_year", None),
        ("2025-04-15", "day", None),
        ("2025-04-15T14:00", "hour", None),
        ("2025-04-15", "hour", None),  # there may be values of the day's first hour, and if not that is said
        ("2025-04-15", "month", None),
        ("2025-Q2", "month", "2025-04"),
        ("2025-04", "quarter", "2025-Q2"),
        ("2025-04-15T14:00", "year", "2025"),
        ("2025", "day", "2025-01-01"),
        ("2025-04", "week", "2025-W14"),
        ("2025", "hour", "2025-01-01T14:00"),
    ],
)
def test_a_period_of_another_kind_is_refused_with_the_right_form(text: str, period: str, write: str | None):
    asked = asked_period(text)
    assert asked is not None
    said = None if write is None else f"it has values of each {period}; write {write}"
    assert asked.why_not_of(period) == said
    if write is not None:
        right = asked_period(write)
        assert right is not None
        assert right.why_not_of(period) is None


def test_what_the_forms_show_can_be_read():
    for text in FORMS.replace("or an hour as ", "").split(", "):
        assert asked_period(text) is not None
    assert said(asked_period(written_period(date(2026, 6, 29), "week"))) == ("2026-06-29T00:00:00", "week")
