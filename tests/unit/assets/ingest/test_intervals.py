"""A time is the beginning of its interval, beside its instant and its day, whatever end of it is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from quality.contract.columns import Column, ColumnSpec
from quality.contract.due import due, lookback, night_due
from quality.contract.instants import with_instants
from quality.contract.interval import Interval, first_of_period, last_of_period, periods_with
from tests.unit.assets.ingest.one_time import of_times, read_times

SEOUL, CHICAGO, BERLIN, LORD_HOWE = "Asia/Seoul", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"
ZONES = (SEOUL, CHICAGO, BERLIN, LORD_HOWE, "Asia/Kathmandu")
HOUR = timedelta(hours=1)
CHANGES = [date(2026, *day) for day in ((3, 8), (3, 29), (4, 5), (7, 21), (10, 4), (10, 25), (11, 1))]
MINUTES, OFFSET = "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"


def clock(*parts: int) -> datetime:
    """A time as a clock shows it, or an instant in UTC, without a zone."""
    return datetime(*parts)  # noqa: DTZ001


def hours_of(day: date, zone: str) -> list[datetime]:
    """The instants at which the hours of a local day begin, as steps of 60 minutes from its first moment."""
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) for d in (day, day + timedelta(days=1)))
    instant, last, found = begin.astimezone(UTC), end.astimezone(UTC), list[datetime]()
    while instant < last:
        found.append(instant)
        instant += HOUR
    return found


def local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("name", "length", "ends", "every"),
    [
        ("instant", None, False, "day"),
        ("hour_beginning", HOUR, False, "day"),
        ("hour_ending", HOUR, True, "day"),
        ("15_minutes_ending", HOUR / 4, True, "day"),
        ("1_minutes_beginning", HOUR / 60, False, "day"),
        ("day", timedelta(days=1), False, "day"),
        ("month", None, False, "month"),
        ("quarter", None, False, "quarter"),
        ("year", None, False, "year"),
    ],
)
def test_intervals(name: str, length: timedelta | None, ends: bool, every: str):
    found = Interval.parse(name)
    assert (found.length, found.ends, found.every, found.shift) == (length, ends, every, length if ends else None)


@pytest.mark.parametrize(
    "name", ["", "hour", "hourly", "day_ending", "0_minutes_ending", "1441_minutes_ending", "week"]
)
def test_what_is_no_interval(name: str):
    with pytest.raises(ValueError, match="is no interval; write one of instant, hour_beginning"):
        Interval.parse(name)


def test_24_and_0_of_the_next_day_are_the_last_hour_of_the_day_that_ends():
    found = read_times(["2026-07-21 01:00", "2026-07-21 24:00", "2026-07-22 00:00"], MINUTES, interval="hour_ending")
    assert found.local == [clock(2026, 7, 21), clock(2026, 7, 21, 23), clock(2026, 7, 21, 23)]
    assert found.instants == [clock(2026, 7, 20, 15), clock(2026, 7, 21, 14), clock(2026, 7, 21, 14)]
    assert set(found.days) == {date(2026, 7, 21)}


@pytest.mark.parametrize("interval", ["hour_beginning", "30_minutes_beginning"])
@pytest.mark.parametrize(
    ("late", "others", "form", "zone"),
    [
        ("2024-02-29 24:00", ["2024-02-29 23:00", "2024-03-01 00:00"], MINUTES, None),
        (" 2024-02-29 24", ["2024-02-29 00", "2024-02-29 23"], "%Y-%m-%d %H", None),
        ("2024022924", ["2024022900", "2024022923"], "%Y%m%d%H", None),
        ("2024-02-29T24:00:00+09:00", ["2024-02-29T23:24:00+09:00"], OFFSET, None),
        ("2024-02-29T24:00:00Z", ["2024-02-29T23:24:00Z", "2024-02-29 00:00"], "iso", "UTC"),
        ("2024-02-29 24:00", ["2024-02-29 15:24", "2024-02-29 15:00"], MINUTES, "UTC"),
    ],
)
def test_no_hour_begins_at_24(interval: str, late: str, others: list[str], form: str, zone: str | None):
    spec = {} if zone is None else {"delivered_zone": zone, "zone": SEOUL}
    spec |= {"zone": SEOUL} if form == OFFSET else {}
    found = read_times([late, *others], form, interval=interval, **spec)
    assert (len(found.rows), found.undated) == (len(others), 1)
    assert read_times([late, *others], form, interval="instant", **spec).undated == 0


def test_minutes_that_end():
    found = read_times(["2026-07-21 00:10"], MINUTES, interval="10_minutes_ending")
    assert found.rows == [(clock(2026, 7, 21), clock(2026, 7, 20, 15), date(2026, 7, 21))]


def test_of_a_period_the_time_stays():
    found = read_times(["20261"], "%Y%q", interval="quarter")
    assert found.rows == [(clock(2026, 1, 1), clock(2025, 12, 31, 15), date(2026, 1, 1))]


@pytest.mark.parametrize(
    ("interval", "text", "begins"),
    [
        ("day", "2026-05-17 13:30", clock(2026, 5, 17)),
        ("month", "2026-05-31 24:00", clock(2026, 6, 1)),
        ("month", "2026-05-31 13:00", clock(2026, 5, 1)),
        ("quarter", "2026-05-17 00:00", clock(2026, 4, 1)),
        ("year", "2026-12-31 23:59", clock(2026, 1, 1)),
    ],
)
@pytest.mark.parametrize("zone", [SEOUL, CHICAGO])
def test_a_time_in_a_period_is_of_its_beginning(interval: str, text: str, begins: datetime, zone: str):
    """The last day of a month, as many deliver months, would be of a day that no night asks for."""
    found = read_times([text], MINUTES, interval=interval, city_zone=zone)
    instant = begins.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    assert found.rows == [(begins, instant, begins.date())]


def test_the_instant_is_part_of_the_key_only_where_clocks_change():
    assert of_times(MINUTES).key == ("time",)
    assert of_times(MINUTES, city_zone=BERLIN).key == ("time", "time_utc")
    assert of_times("%Y-%m-%d", interval="day", city_zone=BERLIN).key == ("time",)
    assert of_times(OFFSET, zone=SEOUL).key == ("time",)
    assert of_times(MINUTES, zone=BERLIN, delivered_zone="UTC", city_zone=BERLIN).key == ("time", "time_utc")
    assert [column.name for column in of_times(MINUTES).columns] == ["time", "time_utc", "day"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_has_the_hours_of_its_city(zone: str):
    """23, 24 or 25 where the clocks change by an hour; half an hour more or less has a step of its own."""
    rows = [(hour, day) for day in CHANGES for hour in hours_of(day, zone)]
    wanted = [(local(hour, zone), hour.replace(tzinfo=None), day) for hour, day in rows]
    began = [f"{hour.astimezone(ZoneInfo(zone)):{OFFSET}}" for hour, _ in rows]
    ended = [f"{(hour + HOUR).astimezone(ZoneInfo(zone)):{OFFSET}}" for hour, _ in rows]
    assert read_times(began, OFFSET, zone=zone, city_zone=zone).rows == wanted
    assert read_times(ended, OFFSET, zone=zone, city_zone=zone, interval="hour_ending").rows == wanted
    utc = [f"{hour + HOUR:{MINUTES}}" for hour, _ in rows]
    zones = {"zone": zone, "delivered_zone": "UTC", "city_zone": zone}
    assert read_times(utc, MINUTES, interval="hour_ending", **zones).rows == wanted


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None, max_examples=8)
@given(instants=st.lists(st.datetimes(clock(1980, 1, 1), clock(2040, 1, 1)), min_size=1, max_size=20))
def test_every_instant_with_an_offset_is_read_as_itself(zone: str, instants: Sequence[datetime]):
    instants = [instant.replace(microsecond=0) for instant in instants]
    written = [f"{instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):{OFFSET}}" for instant in instants]
    found = read_times(written, OFFSET, zone=zone, city_zone=zone)
    assert found.instants == instants
    assert found.local == [local(instant.replace(tzinfo=UTC), zone) for instant in instants]
    assert found.days == [time.date() for time in found.local if time is not None]


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None, max_examples=8)
@given(times=st.lists(st.datetimes(clock(1980, 1, 1), clock(2040, 1, 1)), min_size=1, max_size=20))
def test_an_ending_hour_is_a_beginning_one_that_is_shifted(zone: str, times: Sequence[datetime]):
    """On instants: an hour before, whatever the clocks do in it."""
    written = [f"{time:{MINUTES}}" for time in times]
    began = read_times([*written, "2026-07-21 12:00"], MINUTES, city_zone=zone)
    ended = read_times([*written, "2026-07-21 12:00"], MINUTES, city_zone=zone, interval="hour_ending")
    assert ended.instants == [None if instant is None else instant - HOUR for instant in began.instants]
    known = [(time, instant) for time, instant, _ in ended.rows if time is not None and instant is not None]
    assert all(local(instant.replace(tzinfo=UTC), zone) == time for time, instant in known)
    assert all(time is None or time.date() == day for time, _, day in ended.rows)


@pytest.mark.parametrize(("interval", "day"), [("hour_beginning", 1), ("hour_ending", 1)])
def test_a_repeated_hour_without_an_offset_keeps_its_row_under_its_day(interval: str, day: int):
    found = read_times(["2026-11-01 01:00", "2026-11-01 05:00"], MINUTES, city_zone=CHICAGO, interval=interval)
    assert found.rows[0] == (None, None, date(2026, 11, day))
    assert found.rules["2026-11-01 01:00"] == "T-ambiguous-hour"
    assert found.undated == 0


def test_a_skipped_hour_keeps_its_row_under_its_day():
    found = read_times(["2026-03-08 02:30", "2026-03-08 05:00"], MINUTES, city_zone=CHICAGO)
    assert found.rows[0] == (None, None, date(2026, 3, 8))
    assert found.rules == {"2026-03-08 02:30": "T-skipped-hour"}


def test_a_repeated_hour_of_another_zone_has_the_day_that_both_readings_have():
    zones = {"zone": BERLIN, "delivered_zone": CHICAGO, "city_zone": BERLIN}
    found = read_times(["2026-11-01 01:30", "2026-11-01 05:00"], MINUTES, **zones)
    assert found.rows[0] == (None, None, date(2026, 11, 1))


def test_a_day_of_a_zone_whose_midnight_is_skipped_begins_with_the_change():
    found = read_times(["2026-04-24"], "%Y-%m-%d", interval="day", city_zone="Africa/Cairo")
    assert found.rows == [(clock(2026, 4, 24), clock(2026, 4, 23, 22), date(2026, 4, 24))]


@pytest.mark.parametrize(
    ("formats", "spec"),
    [((OFFSET, "%Y-%m-%d"), {}), (("%Y-%m-%d",), {"delivered_zone": "UTC"}), (("iso",), {})],
)
@pytest.mark.parametrize(("zone", "instant"), [(SEOUL, clock(2026, 7, 20, 15)), (CHICAGO, clock(2026, 7, 21, 5))])
def test_a_date_without_a_time_of_day_is_one_of_the_city(
    formats: tuple[str, ...], spec: dict[str, str], zone: str, instant: datetime
):
    found = read_times(["2026-07-21"], *formats, interval="day", zone=zone, city_zone=zone, **spec)
    assert found.rows == [(clock(2026, 7, 21), instant, date(2026, 7, 21))]


def test_a_time_that_cannot_be_read_has_no_day():
    found = read_times(["2026-07-21 12:00", "noon", None], MINUTES)
    assert (len(found.rows), found.undated) == (1, 2)
    with pytest.raises(PermanentFailure) as failure:
        read_times(["noon"], MINUTES)
    assert failure.value.code == "FILE-NO-DAY"
    assert f"['{MINUTES}']" in str(failure.value)
    assert "column ['t']" in str(failure.value)


def test_a_time_may_be_of_any_year_as_its_day_says_that_it_cannot_be_expected():
    assert read_times(["2569-07-21 12:00", "0115-07-21 12:00"], MINUTES).days == [date(2569, 7, 21), date(115, 7, 21)]


def test_a_zone_whose_offset_was_another_before_2000():
    """Clocks in Seoul were changed in 1988."""
    found = read_times(["1988-07-21 12:00", "2026-07-21 12:00"], MINUTES)
    assert found.instants == [clock(1988, 7, 21, 2), clock(2026, 7, 21, 3)]


def test_an_interval_needs_the_zone_of_the_city():
    time = Column(name="time", type="timestamp", description="t", key=True, spec=ColumnSpec(sources=("t",)))
    with pytest.raises(ValueError, match="needs the time zone of its city"):
        with_instants([time], None, Interval.parse("instant"))


@pytest.mark.parametrize(
    ("kind", "spec", "what"),
    [
        ("date", {"of": "time", "sources": ("t",)}, "it is computed from 'time'"),
        ("number", {"of": "time"}, "is a date or a timestamp"),
        ("date", {"interval_end": "PT1H"}, "`interval_end` is of a timestamp"),
        ("timestamp", {"interval_end": "-PT1H"}, "a length of time above 0"),
    ],
)
def test_what_cannot_be_computed(kind: str, spec: dict[str, object], what: str):
    with pytest.raises(ValueError, match=what):
        Column.model_validate({"name": "x", "type": kind, "description": "x", "spec": spec})


@pytest.mark.parametrize("of", ["n", "nothing"])
def test_of_names_a_delivered_timestamp(of: str):
    wrong = Column(name="x", type="date", description="x", spec=ColumnSpec(of=of))
    contract = of_times(MINUTES)
    with pytest.raises(ValueError, match="which is no delivered timestamp"):
        type(contract).model_validate(contract.model_dump(by_alias=True) | {"columns": [*contract.columns, wrong]})


@pytest.mark.parametrize(
    ("period", "first"),
    [
        ("day", (2026, 5, 17)),
        ("week", (2026, 5, 11)),  # a Monday
        ("month", (2026, 5, 1)),
        ("quarter", (2026, 4, 1)),
        ("year", (2026, 1, 1)),
        ("trailing_year", (2025, 6, 1)),  # that which ends with May 2026
    ],
)
def test_the_first_day_of_a_period(period: str, first: tuple[int, int, int]):
    assert first_of_period(date(2026, 5, 17), period) == date(*first)


@given(
    day=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    away=st.integers(-800, 800),
    period=st.sampled_from(("day", "week", "month", "quarter", "year", "trailing_year")),
)
@settings(deadline=None)
def test_a_day_is_in_the_periods_that_begin_before_it_and_end_after_it(day: date, away: int, period: str):
    starts = periods_with(day, period)
    assert all(start <= day <= last_of_period(start, period) for start in starts)
    assert len(starts) == (12 if period == "trailing_year" else 1)
    assert first_of_period(day, period) == starts[0]
    other = day + timedelta(days=away)  # the days of a period are all in it, and no other
    for start in periods_with(other, period):
        assert (start in starts) == (start <= day <= last_of_period(start, period))
    assert [
        d for start in starts for d in (start, last_of_period(start, period)) if start not in periods_with(d, period)
    ] == []


@pytest.mark.parametrize(
    ("every", "lag", "night", "day"),
    [
        ("day", 1, date(2026, 5, 17), date(2026, 5, 16)),
        ("month", 10, date(2026, 5, 10), date(2026, 4, 1)),
        ("month", 10, date(2026, 5, 9), date(2026, 3, 1)),
        ("month", 0, date(2026, 4, 30), date(2026, 4, 1)),
        ("quarter", 0, date(2026, 6, 29), date(2026, 1, 1)),
        ("year", 31, date(2026, 1, 31), date(2025, 1, 1)),
        ("year", 31, date(2026, 1, 30), date(2024, 1, 1)),
    ],
)
def test_a_period_is_due_so_long_after_its_end(every: str, lag: int, night: date, day: date):
    contract = of_times(MINUTES).model_copy(update={"every": every, "lag_days": lag, "lookback_days": 3})
    assert due(contract, night) == day
    first = night_due(contract, day)  # the first night of which this is so
    assert due(contract, first) == day != due(contract, first - timedelta(days=1))
    assert len(lookback(contract, night)) == (4 if every == "day" else 1)
