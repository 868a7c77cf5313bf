"""What a time says: a file goes in, and each hour of the city's day comes out once, with its instant and its day."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assets.models import models
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from quality.verdict import Verdict
from tests.silent.test_what_a_cell_says import Feed, answered

CHICAGO, TAIPEI, SEOUL = "America/Chicago", "Asia/Taipei", "Asia/Seoul"
DAY, AUTUMN, SPRING = date(2026, 7, 21), date(2026, 11, 1), date(2026, 3, 8)
HOUR = timedelta(hours=1)


def air(zone: str, interval: str, time: dict[str, Any], **other: Any) -> Contract:
    """A feed of air in a city of this zone, from files `f/*` with columns `site`, `when` and `pm25`."""
    document = {
        "title": "Air",
        "purpose": "Means of an hour",
        "owner": "an agency",
        "licence": "open",
        "implements": "air_quality",
        "interval": interval,
        "prefix": "F",
        "files": {"paths": ["f/*"]},
        "columns": {"place": "site", "time": {"from": "when", **time}, "pm25": "pm25"},
        **other,
    }
    return from_feed(document, "f", models(), zone)


def clock(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - as the city's clocks show it, or in UTC


def hours_of(day: date, zone: str) -> list[datetime]:
    """The instants at which the hours of a day begin."""
    first = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return [hour for hour in (first + n * HOUR for n in range(26)) if hour.astimezone(ZoneInfo(zone)).date() == day]


def lines(texts: list[str]) -> str:
    return "site,when,pm25\n" + "".join(f"A,{text},{n}\n" for n, text in enumerate(texts))


@pytest.mark.parametrize("last", ["2026-07-21 24:00", "2026-07-22 00:00"])
def test_hours_that_end_with_24_are_the_24_of_their_day(tmp_path: Path, last: str) -> None:
    feed = Feed(tmp_path, air(SEOUL, "hour_ending", {"format": "%Y-%m-%d %H:%M"}))
    texts = [f"2026-07-21 {hour:02}:00" for hour in range(1, 24)]
    assert feed.night(a=lines([*texts, last])) == {DAY: Verdict.PASS}
    rows = sorted(feed.rows("time", "time_utc", "pm25"))
    assert rows == [(clock(2026, 7, 21, n), clock(2026, 7, 20, 15) + n * HOUR, float(n)) for n in range(24)]
    assert feed.contract.key == ("place", "time")


@pytest.mark.parametrize(("day", "count"), [(AUTUMN, 25), (SPRING, 23)])
@pytest.mark.parametrize("interval", ["hour_ending", "hour_beginning"])
def test_a_night_in_which_clocks_change_has_its_hours(tmp_path: Path, day: date, count: int, interval: str) -> None:
    feed = Feed(tmp_path, air(CHICAGO, interval, {"format": "%Y-%m-%dT%H:%M:%S%z"}))
    hours, late = hours_of(day, CHICAGO), HOUR if interval == "hour_ending" else timedelta(0)
    texts = [f"{(hour + late).astimezone(ZoneInfo(CHICAGO)):%Y-%m-%dT%H:%M:%S%z}" for hour in hours]
    assert feed.night((day,), a=lines(texts)) == {day: Verdict.PASS}
    rows = sorted(feed.rows("time_utc", "time", days=(day,)))
    local = [hour.astimezone(ZoneInfo(CHICAGO)).replace(tzinfo=None) for hour in hours]
    assert rows == [(hour.replace(tzinfo=None), time) for hour, time in zip(hours, local, strict=True)]
    assert len(rows) == count


def test_a_repeated_hour_that_nobody_can_tell_is_named_under_its_day(tmp_path: Path) -> None:
    """Stamps of ends: 01:00 is the end of the first hour of the day, or of the hour that is repeated."""
    feed = Feed(tmp_path, air(CHICAGO, "hour_ending", {"format": "%Y-%m-%d %H:%M"}))
    ends = [(hour + HOUR).astimezone(ZoneInfo(CHICAGO)) for hour in hours_of(AUTUMN, CHICAGO)]
    assert feed.night((AUTUMN,), a=lines([f"{end:%Y-%m-%d %H:%M}" for end in ends])) == {AUTUMN: Verdict.WARN}
    assert feed.failed_rules() == {"F-ambiguous-hour"}
    assert len(feed.rows("time", days=(AUTUMN,))) == 23
    assert feed.attempt()["rows_undated"] == 0


@pytest.mark.parametrize(("day", "hour"), [(AUTUMN, 1), (SPRING, 2)])
def test_a_line_of_24_hours_loses_no_other_hour_than_that_of_the_changed_clocks(
    tmp_path: Path, day: date, hour: int
) -> None:
    layout = {"unpivot": {"columns": "h(?P<hour>\\d+)", "value": "pm25"}, "join": {"when": "{date} {hour}"}}
    files = {"paths": ["f/*"], "layout": layout}
    feed = Feed(tmp_path, air(CHICAGO, "hour_beginning", {"format": "%Y-%m-%d %H"}, files=files))
    wide = f"site,date,{','.join(f'h{n}' for n in range(24))}\n"
    wide += "".join(f"{site},{day},{','.join(map(str, range(24)))}\n" for site in "ABA")  # A is there again
    assert feed.night((day,), a=wide) == {day: Verdict.WARN}
    rows = sorted(feed.rows("place", "time", "pm25", days=(day,)))
    midnight = datetime.combine(day, datetime.min.time())
    assert rows == [(site, midnight + n * HOUR, float(n)) for site in "AB" for n in range(24) if n != hour]


def test_a_service_that_ends_a_day_with_0_of_the_next_has_answered_for_that_day_alone(tmp_path: Path) -> None:
    ask = {"id": "d", "query": {"$where": "t > '{day:%Y-%m-%d}' AND t <= '{next_day:%Y-%m-%d}'"}}
    service = {"protocol": "socrata", "address": "http://127.0.0.1", "ask": ask}
    time = {"format": "%Y-%m-%dT%H:%M"}
    feed = Feed(tmp_path, air(SEOUL, "hour_ending", time, files=None, services=[service]))
    ends = [clock(2026, 7, 21) + n * HOUR for n in range(1, 25)]
    reply = [{"site": "A", "when": f"{end:%Y-%m-%dT%H:%M}", "pm25": n} for n, end in enumerate(ends)]
    assert answered(feed, reply, datetime(2026, 7, 22, 4, tzinfo=UTC), DAY).failures == []
    assert [feed.attempt()[name] for name in ("day_min", "day_max", "rows_outside")] == [DAY, DAY, 0]
    assert len(feed.rows("time")) == 24


def test_years_of_the_minguo_calendar(tmp_path: Path) -> None:
    feed = Feed(tmp_path, air(TAIPEI, "day", {"format": "%Y/%m/%d", "calendar": "minguo"}))
    assert feed.night(a=lines(["115/07/21"])) == {DAY: Verdict.PASS}
    assert feed.rows("time", "time_utc") == [(clock(2026, 7, 21), clock(2026, 7, 20, 16))]


def test_seconds_since_1970(tmp_path: Path) -> None:
    feed = Feed(tmp_path, air(CHICAGO, "hour_beginning", {"format": "epoch"}))
    texts = [str(int(hour.timestamp())) for hour in hours_of(AUTUMN, CHICAGO)]
    assert feed.night((AUTUMN,), a=lines(texts)) == {AUTUMN: Verdict.PASS}
    assert len(set(feed.rows("time_utc", days=(AUTUMN,)))) == 25


@pytest.mark.parametrize("as_date", [True, False])
def test_times_of_a_spreadsheet_as_dates_and_as_plain_numbers(tmp_path: Path, as_date: bool) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["site", "when", "pm25"])
        shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}) if as_date else None
        for hour in range(24):
            sheet.write(hour + 1, 0, "A")
            sheet.write_number(hour + 1, 1, 46224 + hour / 24, shown)
            sheet.write_number(hour + 1, 2, hour)
    feed = Feed(tmp_path, air(SEOUL, "hour_beginning", {"format": "excel"}))
    feed.yard.put("f/a.xlsx", out.getvalue())
    assert feed.night() == {DAY: Verdict.PASS}
    assert sorted(feed.rows("time", "pm25")) == [(clock(2026, 7, 21, n), float(n)) for n in range(24)]


def test_months_are_days_of_their_first(tmp_path: Path) -> None:
    feed = Feed(tmp_path, air(SEOUL, "month", {"format": "%Y년 %m월"}))
    assert feed.contract.every == "month"
    assert feed.night((date(2026, 6, 1),), a=lines(["2026년 5월", "2026년 6월"])) == {date(2026, 6, 1): Verdict.PASS}
    assert feed.rows("time", "pm25", days=(date(2026, 6, 1),)) == [(clock(2026, 6, 1), 1.0)]


def test_a_file_without_a_time_that_can_be_read_names_its_column_and_formats(tmp_path: Path) -> None:
    feed = Feed(tmp_path, air(SEOUL, "hour_ending", {"format": "%Y-%m-%d %H:%M"}))
    feed.night(a=lines(["21.07.2026 01:00"]))
    failed = feed.attempt("failed")
    assert "day that can be read as ['%Y-%m-%d %H:%M']" in failed["detail"]
    assert "column ['when']" in failed["detail"]
