"""Each way in which providers write a time, and its moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contract.columns import ColumnSpec
from tests.unit.assets.ingest.one_column import read_cells
from tests.unit.assets.ingest.one_time import read_times

BERLIN, SEOUL, CAIRO = "Europe/Berlin", "Asia/Seoul", "Africa/Cairo"


def clock(*parts: int) -> datetime:
    """A time as a clock shows it, or an instant in UTC, without a zone."""
    return datetime(*parts)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("form", "text", "time"),
    [
        ("%Y-%m-%d %I:%M %p", "2026-01-05 12:00 AM", clock(2026, 1, 5)),
        ("%Y-%m-%d %I:%M %p", "2026-01-05 12:30 p.m.", clock(2026, 1, 5, 12, 30)),
        ("%Y-%m-%d %I:%M %p", "2026-01-05 1:05 P. M.", clock(2026, 1, 5, 13, 5)),
        ("%Y-%m-%d %I:%M%p", "2026-01-05 11:59pm", clock(2026, 1, 5, 23, 59)),
        ("%Y-%m-%d %I:%M:%S %p", "2026-01-05 3:04:05 SA", clock(2026, 1, 5, 3, 4, 5)),
        ("%d/%m/%Y %I:%M %p", "05/01/2026 03:04 CH", clock(2026, 1, 5, 15, 4)),
        ("%Y-%m-%d %p %I:%M", "2026-01-05 오전 12:10", clock(2026, 1, 5, 0, 10)),
        ("%Y-%m-%d %p %I:%M:%S", "2026-01-05 오후 3:00:00", clock(2026, 1, 5, 15)),
        ("%Y. %m. %d. %p %I:%M", "2026. 1. 5. 오후 3:00", clock(2026, 1, 5, 15)),
        ("%Y/%m/%d %p %I:%M", "2026/1/5 下午 03:00", clock(2026, 1, 5, 15)),
        ("%Y/%m/%d %p%I:%M", "2026/1/5 上午03:00", clock(2026, 1, 5, 3)),
        ("%a %Y-%m-%d %I:%M %p", "Sat 2026-01-03 3:00 SA", clock(2026, 1, 3, 3)),
        ("%Y-%m-%d %I %p", "2026-01-05 3 PM", clock(2026, 1, 5, 15)),
        ("%Y-%m-%d %I:%M %p", "2026-01-05 13:00 PM", None),
        ("%Y-%m-%d %I:%M %p", "2026-01-05 0:30 AM", None),
        ("%Y-%m-%d %I:%M %p", "2026-01-05 3:00", None),
        ("%Y %m %d %H", "2013 3 1 0", clock(2013, 3, 1)),
        ("%Y %m %d %H", "2013 12 31 24", clock(2014, 1, 1)),
        ("%Y %m %d %H", "2013 3 1 25", None),
        ("%H:%M %d.%m.%Y", "24:00 31.12.2025", clock(2026, 1, 1)),
        ("%Y-%m-%d %T", "2025-12-31 24:00:00", clock(2026, 1, 1)),
        ("%Y-%m-%d %R", "2025-12-31 24:00", clock(2026, 1, 1)),
        ("%F %T%.f", "2025-12-31 24:00:00.000", clock(2026, 1, 1)),
        ("%F %T%.f", "2025-12-31 24:00:00.001", None),
        ("%-m/%-d/%Y %H:%M", "1/5/2026 24:00", clock(2026, 1, 6)),
        ("%Y-%m", "2026-01", clock(2026, 1, 1)),
        ("%Y%m", "202601", clock(2026, 1, 1)),
        ("%Y%m", "20261", None),
        ("%Y년 %m월", "2026년 1월", clock(2026, 1, 1)),
        ("%b %Y", "January 2026", clock(2026, 1, 1)),
        ("%m/%Y", "1/2026", clock(2026, 1, 1)),
        ("%Y %b", "1981 JAN", clock(1981, 1, 1)),
        ("%Y %b", "1981 ANN", None),
        ("%Y %m월", "2023 4월", clock(2023, 4, 1)),
        ("%Y년", "2026년", clock(2026, 1, 1)),
        ("%G-W%V-%u", "2026-W05-1", clock(2026, 1, 26)),
        ("%Y%j", "2026032", clock(2026, 2, 1)),
        ("%Y년 %m월 %d일 %H시", "2026년 1월 3일 24시", clock(2026, 1, 4)),
        ("%Y%q", "20264", clock(2026, 10, 1)),
        ("%Y%q", "20265", None),
        ("%Y Q%q", "2026 Q1", clock(2026, 1, 1)),
        ("%Y-Q%q", "2026-Q3", clock(2026, 7, 1)),
        ("Q%q/%Y", "Q2/2026", clock(2026, 4, 1)),
        ("%Y년 %q분기", "2026년 3분기", clock(2026, 7, 1)),
        ("%Y", "2026", clock(2026, 1, 1)),
        ("%Y", "20260", None),
        ("%Y-%m-%d", "12026-01-01", None),
    ],
)
def test_formats(form: str, text: str, time: datetime | None):
    assert read_cells([text], "timestamp", formats=(form,)).values == [time]


@pytest.mark.parametrize(
    ("form", "calendar", "text", "day"),
    [
        ("%Y/%m/%d", "minguo", "113/05/03", date(2024, 5, 3)),
        ("%Y/%m/%d", "minguo", "99/5/3", date(2010, 5, 3)),
        ("%Y%m%d", "minguo", "1130229", date(2024, 2, 29)),
        ("%Y%m%d", "minguo", "1140229", None),
        ("%Y%m%d", "minguo", "0990503", date(2010, 5, 3)),
        ("%Y%m%d", "minguo", "990503", date(2010, 5, 3)),
        ("%Y%m", "minguo", "11305", date(2024, 5, 1)),
        ("%Y%q", "minguo", "1132", date(2024, 4, 1)),
        ("民國%Y年%m月%d日", "minguo", "民國113年5月3日", date(2024, 5, 3)),
        ("%Y/%m/%d %H:%M", "minguo", "113/12/31 24:00", date(2024, 12, 31)),
        ("%Y-%m-%d", "minguo", "2024-05-03", None),
        ("%Y-%m-%d", "buddhist", "2567-02-29", date(2024, 2, 29)),
        ("%d/%m/%Y", "buddhist", "3/5/2567", date(2024, 5, 3)),
        ("%Y-%m-%d", "buddhist", "67-05-03", None),
    ],
)
def test_calendars_that_are_declared(form: str, calendar: str, text: str, day: date | None):
    assert read_cells([text], "date", formats=(form,), calendar=calendar).values == [day]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("45000.041666667", clock(2023, 3, 15, 1)),
        ("45000.041666666664", clock(2023, 3, 15, 1)),
        ("45000.04167", clock(2023, 3, 15, 1)),
        ("45000", clock(2023, 3, 15)),
        ("45000.999999", clock(2023, 3, 16)),
        ("45000.000011575", clock(2023, 3, 15, 0, 0, 1)),
        ("1", clock(1900, 1, 1)),
        ("60", None),
        ("61", clock(1900, 3, 1)),
        ("0.5", None),
        ("2023-03-15 01:00:00", clock(2023, 3, 15, 1)),
        ("99999999", None),
        ("45000,5", None),
    ],
)
def test_serial_days_of_a_spreadsheet(text: str, time: datetime | None):
    found = read_cells([text], "timestamp", formats=("excel",)).values
    assert found == [time if time is None or time.year >= 1973 else found[0]]  # far from its row's day are others
    assert read_cells([text], "timestamp", formats=("excel",), decimal="comma").values[0] == (
        clock(2023, 3, 15, 12) if text == "45000,5" else found[0]
    )


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("epoch", "1767225600", clock(2026, 1, 1)),
        ("epoch", "1767225600.5", clock(2026, 1, 1, 0, 0, 0, 500_000)),
        ("epoch_ms", "1767225600123", clock(2026, 1, 1, 0, 0, 0, 123_000)),
        ("epoch", "1767225600123", None),
        ("epoch", "1.7672256E9", None),
        ("iso", "2026-01-01T00:00:00Z", clock(2026, 1, 1)),
        ("iso", "2026-01-01T09:00:00+09:00", clock(2026, 1, 1)),
        ("iso", "2026-01-01 09:00+0900", clock(2026, 1, 1)),
        ("iso", "2025-12-31T19:30:00.25-04:30", clock(2026, 1, 1, 0, 0, 0, 250_000)),
        ("iso", "20260101T090000+09", clock(2026, 1, 1)),
        ("iso", "2026-01-01T09:00:00", clock(2026, 1, 1)),
        ("iso", "2026-01-01 09:00", clock(2026, 1, 1)),
        ("iso", "2026-01-01T09", clock(2026, 1, 1)),
        ("iso", "2025-12-31T24:00", clock(2025, 12, 31, 15)),
        ("iso", "2026-01-01", clock(2025, 12, 31, 15)),
        ("iso", "2026-01-01T09:00:60", None),
        ("iso", "2026-01-01T24:01", None),
        ("iso", "2026-01-01T25:00", None),
        ("iso", "2026-02-30", None),
        ("iso", "2026-01-01T09:00 KST", None),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-01T09:00:00+09", clock(2026, 1, 1)),
        ("%Y-%m-%dT%H:%M:%S%z", "2025-12-31T24:00:00+0900", clock(2025, 12, 31, 15)),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-01-01T09:00:00+09:00", clock(2026, 1, 1)),
    ],
)
def test_instants(form: str, text: str, instant: datetime | None):
    found = read_times([text, "2026-07-21"], form, "%Y-%m-%d", interval="instant", zone=SEOUL)
    assert found.instants[: len(found.rows) - 1] == ([] if instant is None else [instant])


@pytest.mark.parametrize("zone", ["+05:30", "+0530", "UTC+5:30", "GMT+05:30", "Asia/Kolkata"])
def test_delivered_times_of_an_offset(zone: str):
    found = read_times(["2026-07-21 02:00"], "%Y-%m-%d %H:%M", zone=BERLIN, delivered_zone=zone, city_zone=BERLIN)
    assert found.rows == [(clock(2026, 7, 20, 22, 30), clock(2026, 7, 20, 20, 30), date(2026, 7, 20))]


def test_an_offset_that_a_logger_keeps_all_year_has_no_repeated_hour():
    texts = [f"2026-10-25 {hour:02}:00" for hour in range(24)]
    found = read_times(texts, "%Y-%m-%d %H:%M", zone=BERLIN, delivered_zone="+01:00", city_zone=BERLIN)
    assert found.instants == [clock(2026, 10, 24, 23) + timedelta(hours=n) for n in range(24)]
    assert found.rules == {}


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "iso"])
def test_24_follows_the_last_hour_of_its_day_where_midnight_is_skipped(form: str):
    """In Cairo clocks are set forward at midnight: 00:00 of 24 April 2026 is no time, 24:00 of the day before is."""
    found = read_times(["2026-04-23 24:00", "2026-04-24 00:00"], form, city_zone=CAIRO, interval="hour_ending", **(
        {"zone": CAIRO} if form == "iso" else {}))  # fmt: skip
    assert found.rows[0] == (clock(2026, 4, 23, 23), clock(2026, 4, 23, 21), date(2026, 4, 23))
    assert found.rows[1] == (None, None, date(2026, 4, 23))
    assert found.rules == {"2026-04-24 00:00": "T-skipped-hour"}


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ({"formats": ("YYYY-MM-DD HH:mm",)}, "is no format: write '%Y-%m-%d %H:%M'"),
        ({"formats": ("ISO8601",)}, "or one of the words excel, epoch, epoch_ms, iso"),
        ({"formats": ("%Y-%m-%d %I:%M",)}, "need each other"),
        ({"formats": ("%Y-%m-%d %H:%M %p",)}, "need each other"),
        ({"formats": ("%m-%d",)}, "has no year"),
        ({"formats": ("%Y-%N",)}, "there is no part %N"),
        ({"formats": ("%s",)}, "the word epoch"),
        ({"formats": ("%Y-%m-%d %H:%M:%S.%f",)}, "write %.f"),
        ({"formats": ("%Y-%m-%d %Z",)}, "%Z reads the name of a zone"),
        ({"formats": ("%Y-%m %q",)}, "a quarter"),
        ({"formats": ("%y%m%d",), "calendar": "minguo"}, "write %Y"),
        ({"formats": ("epoch",), "calendar": "minguo", "zone": SEOUL}, "leave `calendar` out"),
        ({"formats": ("%Y",), "calendar": "roc"}, "minguo"),
        ({"formats": ("epoch",)}, "need `zone`"),
        ({"zone": "+09:00", "delivered_zone": "UTC"}, "is not a time zone"),
        ({"zone": SEOUL, "delivered_zone": "+25:00"}, "or '\\+09:00'"),
    ],
)
def test_formats_that_are_refused(spec: dict[str, Any], what: str):
    with pytest.raises(ValueError, match=what):
        ColumnSpec(**spec)


# Laws --------------------------------------------------------------------------------------------------------

DAYS = st.lists(st.dates(date(1980, 1, 1), date(2060, 1, 1)), min_size=1, max_size=20)
TIMES = st.lists(st.datetimes(clock(1980, 1, 1), clock(2060, 1, 1)), min_size=1, max_size=20)


@settings(deadline=None, max_examples=15)
@given(days=DAYS, form=st.sampled_from(["{}/{:02}/{:02}", "{:03}{:02}{:02}", "{}-{}-{}"]))
def test_minguo_and_back(days: Sequence[date], form: str):
    written = {"{}/{:02}/{:02}": "%Y/%m/%d", "{:03}{:02}{:02}": "%Y%m%d", "{}-{}-{}": "%Y-%m-%d"}[form]
    texts = [form.format(day.year - 1911, day.month, day.day) for day in days]
    assert read_cells(texts, "date", formats=(written,), calendar="minguo").values == days


@settings(deadline=None, max_examples=10)
@given(days=DAYS)
def test_buddhist_and_back(days: Sequence[date]):
    texts = [f"{day.day}/{day.month}/{day.year + 543}" for day in days]
    assert read_cells(texts, "date", formats=("%d/%m/%Y",), calendar="buddhist").values == days


@settings(deadline=None, max_examples=15)
@given(
    times=TIMES,
    words=st.sampled_from([("AM", "PM"), ("a.m.", "p.m."), ("오전", "오후"), ("上午", "下午"), ("SA", "CH")]),
)
def test_a_clock_of_12_and_back(times: Sequence[datetime], words: tuple[str, str]):
    times = [time.replace(second=0, microsecond=0) for time in times]
    halves = [words[time.hour // 12] for time in times]
    after = [f"{time:%Y-%m-%d %I:%M} {half}" for time, half in zip(times, halves, strict=True)]
    before = [f"{time:%Y-%m-%d} {half} {time:%I:%M}" for time, half in zip(times, halves, strict=True)]
    assert read_cells(after, "timestamp", formats=("%Y-%m-%d %I:%M %p",)).values == times
    assert read_cells(before, "timestamp", formats=("%Y-%m-%d %p %I:%M",)).values == times


@settings(deadline=None, max_examples=15)
@given(times=TIMES)
def test_words_and_back(times: Sequence[datetime]):
    times = [time.replace(microsecond=0) for time in times]
    serials = [repr((time - clock(1899, 12, 30)) / timedelta(days=1)) for time in times]
    assert read_cells(serials, "timestamp", formats=("excel",)).values == times
    seconds = [str(int(time.replace(tzinfo=UTC).timestamp())) for time in times]
    assert read_times(seconds, "epoch", zone=SEOUL).instants == times
    assert read_times([f"{time.isoformat()}Z" for time in times], "iso", zone=SEOUL).instants == times
