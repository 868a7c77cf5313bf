"""GTFS static: one table of a zip, with the first and the last day of service beside every row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.gtfs import Gtfs
from assets.failures import PermanentFailure
from assets.readers.rows import RawRows
from assets.readers.running_days import running_days
from quality.contract.connector import Service
from tests.support.loopback import Answer
from tests.support.protocols import pulled, refusal, sample, serving

TABLES = {
    # the byte order mark, the quotes and the column of its own are all found in real feeds
    "stop_times.txt": '\ufefftrip_id,"arrival_time",stop_headsign,platform\r\nT1,05:00:00,"Blok M, Kota",1\r\n'
    'T1,25:10:00,"say ""Kota""",\r\n',
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,05:00:00,26:00:00,600\n",
    "calendar.txt": "service_id,start_date,end_date\nW,20240102,20251231\nH,20240101, 20251130\n",
    "calendar_dates.txt": "service_id,date,exception_type\nW,20260102,1\nW,20270101,2\n",
}


def _service(table: str = "stop_times", **ask: Any) -> Service:
    return Service(
        protocol="gtfs", address="https://bus.test", snapshot=True, ask={"path": "gtfs.zip", "table": table, **ask}
    )


def _zip(tables: Mapping[str, str], folder: str = "") -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(folder + name, text)
    return whole.getvalue()


def _read(tables: Mapping[str, str], table: str = "stop_times", folder: str = "") -> RawRows:
    return Gtfs().rows(_service(table), _zip(tables, folder), "label")


def _span(**tables: str) -> tuple[str | None, str | None]:
    frame = _read(
        {"trips.txt": "trip_id\nT1\n", **{f"{name}.txt": text for name, text in tables.items()}}, "trips"
    ).frame
    return frame["_feed_start"].item(), frame["_feed_end"].item()


def test_the_request() -> None:
    request = Gtfs().request(Ask(_service(path="{each}.zip", query={"v": 1}), each="bus"), Page())
    assert (request.path, dict(request.query)) == ("bus.zip", {"v": "1"})


@pytest.mark.parametrize("folder", ["", "gtfs 2026/", "a\\b\\"])
@pytest.mark.parametrize("table", ["stop_times", "stop_times.txt"])
def test_a_table_with_the_days_of_service(folder: str, table: str) -> None:
    raw = _read(TABLES, table, folder)
    days = {"_feed_start": "20240101", "_feed_end": "20260102"}  # a date taken out does not make the service longer
    assert raw.frame.drop(days).to_dicts() == [
        {"trip_id": "T1", "arrival_time": "05:00:00", "stop_headsign": "Blok M, Kota", "platform": "1", "_line": 2},
        {"trip_id": "T1", "arrival_time": "25:10:00", "stop_headsign": 'say "Kota"', "platform": None, "_line": 3},
    ]
    assert raw.frame.select(*days).unique().to_dicts() == [days]
    assert Gtfs().envelope(_service(table), Reply(200, {}, _zip(TABLES, folder), "label")) == Envelope(1)


def test_exactly_one_table_is_the_feed() -> None:
    assert _read(TABLES, "frequencies").frame["headway_secs"].to_list() == ["600"]
    assert _read(TABLES, "calendar").frame["service_id"].to_list() == ["W", "H"]
    assert _read(TABLES, "calendar_dates").frame["_feed_end"].to_list() == ["20260102"] * 2


@pytest.mark.parametrize(
    ("tables", "span"),
    [
        ({"calendar": "service_id,start_date,end_date\nW,20130617,20200630\n"}, ("20130617", "20200630")),
        ({"calendar_dates": "service_id,date,exception_type\nW,20260301,1\nW,20260302, 2\n"}, ("20260301", "20260301")),
        ({"calendar_dates": "service_id,date\nW,20260301\n"}, ("20260301", "20260301")),
        ({"calendar_dates": "service_id,date,exception_type\nW,20260301,\n"}, ("20260301", "20260301")),
        ({}, (None, None)),
    ],
)
def test_the_days_of_service(tables: dict[str, str], span: tuple[str | None, str | None]) -> None:
    assert _span(**tables) == span


DAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
CALENDAR = f"service_id,{DAYS},start_date,end_date\n"
DATES = "service_id,date,exception_type\n"


@pytest.mark.parametrize(
    ("calendar", "dates", "span"),
    [
        # the days of service are those of calendar_dates: seven zeros are no day
        ("W,0,0,0,0,0,0,0,20260101,20271231", "W,20260601,1\nW,20260630,1", ("20260601", "20260630")),
        ("W,1,1,1,1,1,0,0,20260103,20260802", "", ("20260105", "20260731")),  # from Monday to Friday
        ("W,1,1,1,1,1,1,1,20260101,20260105", "W,20260105,2\nW,20260104,2\nW,20260101,2", ("20260102", "20260103")),
        ("W,0,0,0,0,0,0,0,20260101,20271231\nX,1,1,1,1,1,1,1,20200101,20281231", "W,20260601,1", ("20260601",) * 2),
        (" W ,0, 1 ,0,0,0,0,0,20260101,20260114", "W,20260113 ,2", ("20260106", "20260106")),
        ("W,1,1,1,1,1,1,1,20260101,20260131", "X,20270101,1", ("20260101", "20260131")),  # X has no trips
        ("W,1,1,1,1,1,1,1,20260101,20260231", "W,20260203,1\nW,20260230,1", ("20260203", "20260203")),
    ],
)
def test_the_last_day_is_one_on_which_a_trip_runs(calendar: str, dates: str, span: tuple[str, str]) -> None:
    tables = {
        "trips.txt": "trip_id,service_id\nT1,W\n",
        "calendar.txt": CALENDAR + calendar,
        "calendar_dates.txt": DATES + dates,
        "feed_info.txt": "feed_start_date,feed_end_date\n20000101,20991231\n",
    }
    frame = _read(tables, "trips").frame
    assert (frame["_feed_start"].item(), frame["_feed_end"].item()) == span


@pytest.mark.parametrize(
    ("calendar", "dates"),
    [
        ("W,0,0,0,0,0,0,0,20260101,20271231", ""),
        ("W,1,1,1,1,1,1,1,20260101,20260102", "W,20260101,2\nW,20260102,2"),
        ("W,1,1,1,1,1,1,1,20271231,20260101", ""),
        ("W,1,1,1,1,1,1,1,,2026-12-31", ""),
        ("", ""),
    ],
)
def test_a_timetable_by_which_no_trip_ever_runs_is_refused(calendar: str, dates: str) -> None:
    tables = {"calendar.txt": CALENDAR + calendar, "calendar_dates.txt": DATES + dates}
    with pytest.raises(PermanentFailure, match="SERVICE-NEVER"):
        _read(tables | {"trips.txt": "trip_id,service_id\nT1,W\n"}, "trips")


@given(
    weekdays=st.lists(st.booleans(), min_size=7, max_size=7),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
    dates=st.lists(st.tuples(st.integers(0, 90), st.sampled_from("12")), max_size=6, unique_by=lambda pair: pair[0]),
)
def test_first_and_last_day_are_those_of_a_list_of_all_days(
    weekdays: list[bool], start: int, length: int, dates: list[tuple[int, str]]
) -> None:
    day0 = date(2026, 1, 1)
    exceptions = {day0 + timedelta(days=n): kind for n, kind in dates}
    runs = [
        day
        for day in (day0 + timedelta(days=n) for n in range(200))
        if exceptions.get(day) == "1"
        or (exceptions.get(day) is None and start <= (day - day0).days <= start + length and weekdays[day.weekday()])
    ]
    flags = ["1" if flag else "0" for flag in weekdays]
    first, last = (f"{day0 + timedelta(days=n):%Y%m%d}" for n in (start, start + length))
    calendar = pl.DataFrame([["W", *flags, first, last]], schema=CALENDAR.strip().split(","), orient="row")
    rows = [["W", f"{day:%Y%m%d}", kind] for day, kind in exceptions.items()]
    added = pl.DataFrame(rows, schema=dict.fromkeys(DATES.strip().split(","), pl.String), orient="row")
    assert running_days(calendar, added, {"W"}) == (min(runs, default=None), max(runs, default=None))


def test_rows_with_a_wrong_number_of_fields_are_rejects() -> None:
    raw = _read({"trips.txt": "trip_id,route_id\nT1,R1\nT2\n"}, "trips")
    assert (raw.frame["trip_id"].to_list(), raw.rejects["line"].to_list()) == (["T1"], [3])


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "SERVICE-CONTENT", "empty"),
        (b"<html><title>moved</title>", "SERVICE-CONTENT", "moved"),
        (b"trip_id\nT1\n", "SERVICE-CONTENT", "zip"),
        (_zip(TABLES)[:-30], "SERVICE-TRUNCATED", "zip"),
        (_zip({"trips.txt": "a\n"}), "SERVICE-SHAPE", "['trips.txt']"),
        (_zip(TABLES | {"old/stop_times.txt": "a\n"}), "SERVICE-SHAPE", "['stop_times.txt']"),
        (_zip(TABLES | {"old/calendar.txt": "a\n"}), "SERVICE-SHAPE", "['calendar.txt']"),
    ],
)
def test_what_is_no_feed_is_refused(content: bytes, code: str, word: str) -> None:
    failure = refusal(_service(), content)
    assert failure.code == code
    assert word in failure.what


def test_a_contract_without_a_table_is_refused() -> None:
    with pytest.raises(PermanentFailure, match=r"SERVICE-ASK.*'table'"):
        Gtfs().envelope(_service(""), Reply(200, {}, _zip(TABLES), "label"))


def test_a_zip_bomb_is_not_expanded() -> None:
    with pytest.raises(PermanentFailure) as caught:
        Gtfs().rows(_service(), _zip({**TABLES, "shapes.txt": "0" * (80 * 2**20)}), "label")
    assert caught.value.code == "FILE-BOMB"


def test_a_pull_comes_back_as_rows() -> None:
    service = _service()
    with serving(lambda _: Answer(_zip(TABLES), headers={"etag": '"1"'})) as (base, asked):
        result = pulled(service, base)
    assert (result.failure, result.rows, asked[0].path) == (None, 1, "/gtfs.zip")
    content, headers = archive.pack(result.pages)
    assert headers["etag"] == '"1"'
    (raw,) = archive.read_pages("stop_times now", content, service)
    assert raw.frame["arrival_time"].to_list() == ["05:00:00", "25:10:00"]


def _packed(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}


@pytest.mark.parametrize(("name", "end"), [("gtfs_jakarta", "20271231"), ("gtfs_manila", "20200630")])
def test_samples(name: str, end: str) -> None:
    tables = _packed(sample(name))
    for table in tables:
        raw = _read(tables, table, "feed/")
        lines = [line for line in tables[table].splitlines() if line.strip()]
        assert (raw.frame.height, raw.rejects.height) == (len(lines) - 1, 0), table
        assert raw.frame["_feed_end"].unique().to_list() == [end], table
    if name == "gtfs_jakarta":  # one copy in use has no agency.txt
        del tables["agency.txt"]
        assert _read(tables).frame.height == 2
