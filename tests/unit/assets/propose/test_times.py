"""In whatever format of the list times are written, that one or an equal one is proposed: they are read back."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.propose.times import CLOCKS, COMPACT, DATES, TimesWritten, read_times, written_times

SAID_BY_CELLS = [form for form in DATES if "%y" not in form]
BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001 - as it is written


def texts(form: str, times: list[datetime]) -> pl.Series:
    """Times as a delivery writes them."""
    return pl.Series([time.strftime(form.replace("%.f", ".%f")) for time in times])


@settings(max_examples=20, deadline=None)
@given(
    day=st.sampled_from(SAID_BY_CELLS),
    joiner=st.sampled_from([" ", "T", "_"]),
    clock=st.sampled_from([c for c in CLOCKS if c not in ("%H.%M", "%I %p", "%p %I:%M", "%p %I:%M:%S")]),
    start=st.integers(0, 300),
)
def test_hours_of_two_days_are_read_back(day: str, joiner: str, clock: str, start: int) -> None:
    times = [BEGIN + timedelta(days=start, hours=hour) for hour in range(48)]
    cells = texts(f"{day}{joiner}{clock}", times)
    found = written_times(cells)
    assert found is not None
    assert read_times(cells, found).to_list() == times


@settings(max_examples=15, deadline=None)
@given(form=st.sampled_from([*SAID_BY_CELLS, "%Y%m%d"]), start=st.integers(0, 300))
def test_days_of_a_month_are_read_back(form: str, start: int) -> None:
    times = [BEGIN + timedelta(days=start + day) for day in range(31)]
    cells = texts(form, times)
    found = written_times(cells)
    assert found is not None
    assert read_times(cells, found).to_list() == times


def test_side_by_side_with_hours() -> None:
    assert "%Y%m%d%H%M" in COMPACT
    assert written_times(pl.Series(["202401010000", "202401012400"])) == TimesWritten(("%Y%m%d%H%M",))


@pytest.mark.parametrize(
    ("cells", "form", "calendar"),
    [
        (["113/05/03", "113/05/14"], "%Y/%m/%d", "minguo"),
        (["1130503", "1130514"], "%Y%m%d", "minguo"),
        (["2567-05-03", "2567-05-14"], "%Y-%m-%d", "buddhist"),
    ],
)
def test_years_of_other_calendars(cells: list[str], form: str, calendar: str) -> None:
    found = written_times(pl.Series(cells), minguo=True)
    assert found is not None
    assert (found.formats, found.calendar) == ((form,), calendar)


def test_where_nothing_says_which_is_the_month_the_country_does_and_it_is_a_doubt() -> None:
    cells = pl.Series(["01/02/2024", "02/01/2024", "01/02/2024"])
    for month_first, form in ((True, "%m/%d/%Y"), (False, "%d/%m/%Y")):
        found = written_times(cells, month_first=month_first)
        assert found is not None
        assert (found.formats, found.either) == ((form,), True)


def test_the_order_of_rows_says_which_is_the_month() -> None:
    found = written_times(pl.Series([f"01/{day:02d}/2024" for day in range(1, 13)]))
    assert found is not None
    assert (found.formats, found.either) == (("%m/%d/%Y",), False)


@pytest.mark.parametrize("cells", [["a", "b"], ["1.5", "2.5"], ["12", "13"], ["", ""]])
def test_what_is_no_time(cells: list[str]) -> None:
    assert written_times(pl.Series(cells)) is None


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["1474147907", "1474147967"], "epoch"),
        (["1704067200000"], "epoch_ms"),
        (["45000.041666667"], "excel"),
        (["2026-03-09T06:00:00Z"], "iso"),
        (["2026-03-09T06:00:00+09:00"], "iso"),
    ],
)
def test_what_counts_from_some_day_or_says_its_offset(cells: list[str], form: str) -> None:
    found = written_times(pl.Series(cells), far=True)
    assert found is not None
    assert found.formats == (form,)
