"""What a cell says: a file or a reply goes in, and the exact value comes out of the home, or an entry in quarantine."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from assets.ingest.deliveries import Delivery, attempt
from assets.ingest.fetch import Fetched
from assets.ingest.ingest import ingest
from assets.ingest.read import read_new
from pipelines import report, status
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.odcs.read import from_odcs
from quality.units.headers import wrong_unit
from quality.verdict import Verdict
from tests.worlds.files import Yard
from tests.worlds.packs import seoul
from warehouse import landing
from warehouse.ledger import ledger

DAY = date(2026, 7, 21)
ISO = {"formats": ["%Y-%m-%d"]}
SEMICOLON = {"paths": ["f/*"], "layout": {"delimiter": ";"}}
THAI = {"formats": ["%d/%m/%Y"]}


def contract(
    columns: Mapping[str, tuple[str, dict[str, Any]]], *, key: Sequence[str], city_zone: str | None = None, **own: Any
) -> Contract:
    """A feed `f` of files `f/*`: name of a column -> its type and what is said of it; `day` is read from `date`."""

    def declared(name: str, kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        madang = [{"property": "madang", "value": {"sources": [name], **spec}}]
        return {
            "name": name,
            "logicalType": kind,
            "description": name,
            "primaryKey": name in key,
            "customProperties": madang,
        }

    settings = {"prefix": "F", "licence": "none", "connector": {"files": {"paths": ["f/*"]}}, **own}
    return from_odcs(
        {
            "kind": "DataContract",
            "name": "f",
            "version": "1",
            "team": {"name": "Tests"},
            "description": {"purpose": "Figures."},
            "customProperties": [{"property": "madang", "value": settings}],
            "schema": [
                {
                    "name": "f",
                    "dataGranularityDescription": "a row",
                    "properties": [declared(name, *about) for name, about in columns.items()],
                }
            ],
        },
        city_zone,
    )


def day_and(day: Mapping[str, Any] = ISO, **columns: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """The columns of a contract: `day` and these, each a type or a type and what is said of it."""
    found = {name: about if isinstance(about, tuple) else (about, {}) for name, about in columns.items()}
    return {"day": ("date", {"sources": ["date"], **day}), **found}


@dataclass
class Feed:
    """A feed of files in a home of its own."""

    root: Path
    contract: Contract

    def __post_init__(self) -> None:
        self.yard = Yard(self.root, replace(seoul(), contracts={"f": self.contract}))

    def night(self, days: Sequence[date] = (DAY,), /, **files: str) -> dict[date, Verdict]:
        """Files by name, without ending, are put there; the verdicts of the days."""
        for name, text in files.items():
            self.yard.put(f"f/{name}.csv", text)
        return {outcome.day: outcome.verdict for outcome in self.yard.way("f", days).outcomes}

    def rows(self, *columns: str, days: Sequence[date] = (DAY,)) -> list[tuple[Any, ...]]:
        return self.yard.core("f", days).select(columns).rows()

    def attempt(self, state: str = "parsed") -> dict[str, Any]:
        """The newest attempt of this status."""
        return self.yard.ledger("attempt").filter(status=state).row(-1, named=True)

    def quarantine(self, rule: str) -> list[str]:
        """The values or rows that are held back under a rule."""
        rows = self.yard.ledger("quarantine").filter(pl.col("rules").list.contains(f"F-{rule}"))
        return rows.sort("line")["value"].to_list()

    def failed_rules(self) -> set[str]:
        return set(self.yard.ledger("rule_result").filter(pl.col("status") != "pass")["rule"])


# Numbers and ids ---------------------------------------------------------------------------------------------

IDS = [14001234567890123, 14001234567890124, 14001234567890125]


def test_longid_whole_numbers_of_17_digits_stay_three_rows(tmp_path: Path) -> None:
    feed = Feed(tmp_path, contract(day_and(id="integer", n="integer"), key=["day", "id"]))
    lines = "".join(f"2026-07-21,{one},{n}\n" for n, one in enumerate(IDS))
    assert feed.night(a=f"date,id,n\n{lines}") == {DAY: Verdict.PASS}
    assert feed.rows("id") == [(one,) for one in IDS]


@pytest.mark.parametrize("kind", ["integer", "string"])
def test_longid_in_json_too(tmp_path: Path, kind: str) -> None:
    feed = Feed(
        tmp_path,
        contract(
            day_and(id=kind, x="number"),
            key=["day", "id"],
            connector={"files": {"paths": ["f/*"], "layout": {"kind": "json"}}},
        ),
    )
    records = ",".join(f'{{"date":"2026-07-21","id":{one},"x":0.12345678901234567}}' for one in IDS)
    assert feed.night(a=f"[{records}]") == {DAY: Verdict.PASS}
    assert feed.rows("id", "x") == [(one if kind == "integer" else str(one), 0.12345678901234567) for one in IDS]


@pytest.mark.parametrize("kind", ["integer", "string", "number"])
def test_sciid_ids_that_a_spreadsheet_damaged_are_not_read(tmp_path: Path, kind: str) -> None:
    feed = Feed(tmp_path, contract(day_and(id=kind, n="integer"), key=["day", "id"]))
    lines = "".join(f"2026-07-21,{one},5\n" for one in ("1.10112E+11", "1.10112E+11", "1.10113E+11"))
    assert feed.night(a=f"date,id,n\n{lines}") == {DAY: Verdict.BLOCK}
    assert feed.quarantine("002") == ["1.10112E+11", "1.10112E+11", "1.10113E+11"]


def test_decimal3_the_comma_is_the_decimal_sign_of_the_column(tmp_path: Path) -> None:
    files = {"paths": ["f/*"], "layout": {"delimiter": ";"}}
    feed = Feed(
        tmp_path, contract(day_and(station="string", amp="number"), key=["day", "station"], connector={"files": files})
    )
    cells = ["0,619", "0,606", "0,673", "0,58", "0,601"]
    lines = "".join(f"2026-07-21;S{n};{cell}\n" for n, cell in enumerate(cells))
    assert feed.night(a=f"date;station;amp\n{lines}") == {DAY: Verdict.PASS}
    assert feed.rows("amp") == [(float(cell.replace(",", ".")),) for cell in cells]
    assert feed.attempt()["guesses"] == ["amp: a comma is the decimal sign"]


def test_a_comma_that_may_be_either_is_not_read_unless_it_is_declared(tmp_path: Path) -> None:
    text = 'date,station,amp\n2026-07-21,A,"1,234"\n2026-07-21,B,"5,678"\n'
    feed = Feed(tmp_path / "a", contract(day_and(station="string", amp="number"), key=["day", "station"]))
    assert feed.night(a=text) == {DAY: Verdict.BLOCK}
    assert feed.quarantine("002") == ["1,234", "5,678"]
    assert "declare `decimal: comma` or `decimal: point`" in feed.attempt()["guesses"][0]
    for decimal, values in (("comma", [1.234, 5.678]), ("point", [1234, 5678])):
        columns = day_and(station="string", amp=("number", {"decimal": decimal}))
        feed = Feed(tmp_path / decimal, contract(columns, key=["day", "station"]))
        assert feed.night(a=text) == {DAY: Verdict.PASS}
        assert feed.rows("amp") == [(value,) for value in values]


def test_plain_rows_are_read_again_when_later_ones_say_that_the_point_groups(tmp_path: Path) -> None:
    """Clean rows are read as numbers at once; the last of 110 say what the point in them means."""
    feed = Feed(tmp_path, contract(day_and(station="string", amp="number"), key=["day", "station"]))
    lines = "".join(f"2026-07-21,S{n},1.500\n" for n in range(100))
    lines += "".join(f'2026-07-21,Z{n},"1.234,5"\n' for n in range(10))
    assert feed.night(a=f"date,station,amp\n{lines}") == {DAY: Verdict.PASS}
    assert set(feed.rows("amp")) == {(1500.0,), (1234.5,)}


def test_a_point_in_a_file_with_semicolons_is_the_same_on_both_days_or_not_read(tmp_path: Path) -> None:
    following = DAY + timedelta(days=1)
    columns = day_and(station="string", amp="number", pm="number")
    feed = Feed(tmp_path, contract(columns, key=["day", "station"], connector={"files": SEMICOLON}))
    head = "date;station;amp;pm\n"
    feed.night(a=f"{head}2026-07-21;A;1.234,5;1\n2026-07-21;B;1.234;2\n2026-07-21;C;12,5;3\n")
    assert feed.rows("amp") == [(1234.5,), (1234.0,), (12.5,)]
    feed.night((following,), b=f"{head}2026-07-22;A;1.235;1\n2026-07-22;B;12;2\n")
    assert "amp: a point may group digits" in feed.attempt()["guesses"][0]
    assert feed.quarantine("002") == ["1.235"]
    feed.night((following,), c=f"{head}2026-07-22;A;1.235;1.5\n2026-07-22;B;12;2\n")
    assert feed.rows("amp", days=(following,)) == [(1.235,), (12.0,)]


# Texts as keys -----------------------------------------------------------------------------------------------


def test_nfd_one_station_in_two_spellings_is_one(tmp_path: Path) -> None:
    feed = Feed(tmp_path, contract(day_and(station="string", pm10="integer"), key=["day", "station"]))
    composed = "date,station,pm10\n2026-07-21,종로구,21\n2026-07-21,중구,30\n"
    odd = "date,\ufeffstation,pm10\n2026-07-21,종로구\u200b,25\n2026-07-21, 중\u00ad구\u3000,31\n"
    assert feed.night(a=composed) == {DAY: Verdict.PASS}
    assert feed.attempt()["cells_normalised"] == 0
    assert DAY in feed.night(b=unicodedata.normalize("NFD", odd))
    assert feed.rows("station", "pm10") == [("종로구", 25), ("중구", 31)]
    assert feed.attempt()["cells_normalised"] == 2


def test_what_a_contract_compares_texts_with_is_normalised_too(tmp_path: Path) -> None:
    spec = {
        "sources": [unicodedata.normalize("NFD", "미세 먼지")],
        "values": {unicodedata.normalize("NFD", "좋음"): "good"},
    }
    feed = Feed(tmp_path, contract(day_and(station="string", state=("string", spec)), key=["day", "station"]))
    feed.night(a="date,station,미세\u00a0 먼지\n2026-07-21,A,좋음\u00a0\n2026-07-21,B,점검중\n")
    assert feed.rows("state") == [("good",), ("점검중",)]


def test_the_set_of_a_rule_is_normalised_too() -> None:
    odd = [unicodedata.normalize("NFD", "좋음"), " 나쁨\u200b", 3]
    rule = Rule(
        code="F-101",
        title="t",
        expectation="expect_column_values_to_be_in_set",
        kwargs={"column": "state", "value_set": odd},
        scope="row",
    )
    assert rule.kwargs["value_set"] == ["좋음", "나쁨", 3]


# Days that cannot be expected --------------------------------------------------------------------------------


def told(feed: Feed) -> list[str]:
    """What the night and `madang status` say of rows outside."""
    yard = feed.yard
    (row,) = [r for r in status.statuses(yard.home, yard.city) if r.table_name == "f"]
    night = report.rows_outside(yard.home, yard.city, [f"run{yard.runs - 1}", f"run{yard.runs}"])
    assert [text.partition(": ")[2] for text in row.outside] == night["detail"].to_list()
    assert row.is_trouble == bool(row.outside or row.verdict in ("BLOCK", "ERROR"))
    return night["detail"].to_list()


def test_bemixed_rows_in_buddhist_years_are_counted_and_named(tmp_path: Path) -> None:
    feed = Feed(tmp_path, contract(day_and(THAI, station="string", pm10="integer"), key=["day", "station"]))
    years = [2026] * 3 + [2569] * 3
    lines = "".join(f"21/07/{year},S{n},{20 + n}\n" for n, year in enumerate(years))
    assert feed.night(a=f"date,station,pm10\n{lines}") == {DAY: Verdict.WARN}
    found = feed.attempt()
    assert (found["rows_read"], found["rows_outside"], found["day_max"]) == (6, 3, DAY)
    assert feed.failed_rules() == {"F-outside"}
    assert feed.quarantine("outside") == ["2569-07-21 cannot be expected of this delivery"] * 3
    (sentence,) = told(feed)
    assert "3 of 6 rows" in sentence
    assert "line 5 of 2569-07-21 (these look like years of the Buddhist era" in sentence
    batches = feed.yard.ledger("batch").filter(state="held")
    assert batches.select("rows_read", "rows_quarantined").rows() == [(3, 3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [("21/07/2569", "Buddhist"), ("21/07/115", "Minguo"), ("21/07/26", "two digits"), ("01/01/1970", "clock")],
)
def test_beyear_a_delivery_of_other_days_alone_fails_and_says_what_they_look_like(
    tmp_path: Path, text: str, words: str
) -> None:
    feed = Feed(tmp_path, contract(day_and(THAI, station="string", pm10="integer"), key=["day", "station"]))
    feed.yard.put("f/a.csv", "date,station,pm10\n" + "".join(f"{text},S{n},20\n" for n in range(5)))
    (failure,) = feed.yard.fetch("f").failures
    assert failure.code == "FILE-OTHER-DAYS"
    assert words in failure.what
    assert report.failed_deliveries(feed.yard.home, feed.yard.city, ["run1"]).height == 1


def test_future_a_stray_row_neither_wins_nor_closes_the_gate(tmp_path: Path) -> None:
    feed = Feed(tmp_path, contract(day_and(station="string", pm25="integer"), key=["day", "station"]))
    head = "date,station,pm25\n"
    assert feed.night(a=f"{head}2026-07-21,A,99\n2026-07-21,B,98\n2062-07-21,C,97\n") == {DAY: Verdict.WARN}
    assert "line 4 of 2062-07-21" in told(feed)[0]
    feed.night(b=f"{head}2026-07-21,A,12\n2026-07-21,B,13\n2026-07-22,A,14\n")
    assert feed.rows("station", "pm25") == [("A", 12), ("B", 13)]
    assert told(feed) == []


def test_days_up_to_tomorrow_and_those_that_the_contract_declares_can_be_expected(tmp_path: Path) -> None:
    today = Feed(tmp_path / "t", contract(day_and(n="integer"), key=["day"])).yard.run().today
    days = [today + timedelta(days=n) for n in (0, 1, 2, 9)]
    text = "date,n\n" + "".join(f"{day},{n}\n" for n, day in enumerate(days))
    for ahead, outside in ((0, 2), (1, 1), (8, 0)):
        feed = Feed(tmp_path / str(ahead), contract(day_and(n="integer"), key=["day"], ahead_days=ahead))
        feed.night((today,), a=text)
        assert feed.attempt()["rows_outside"] == outside


def test_days_before_the_city_begins_cannot_be_expected(tmp_path: Path) -> None:
    feed = Feed(tmp_path, contract(day_and(n="integer"), key=["day"]))
    feed.night(a="date,n\n2013-12-31,1\n2026-07-21,2\n")
    assert "2014-01-01 to" in told(feed)[0]
    assert "line 2 of 2013-12-31, before `first_day` of city.yaml" in told(feed)[0]


@pytest.mark.parametrize("wrong", ["2569-07-21 13:00", "2062-07-21 13:00", "1715-07-21 13:00"])
def test_a_time_of_the_key_that_is_far_from_the_day_holds_its_row_back(tmp_path: Path, wrong: str) -> None:
    columns = day_and(at=("timestamp", {"formats": ["%Y-%m-%d %H:%M"]}), n="integer")
    feed = Feed(tmp_path, contract(columns, key=["day", "at"]))
    times = [f"2026-07-21 {n // 60 + 10}:{n % 60:02}" for n in range(149)]
    lines = "".join(f"2026-07-21,{time},{n}\n" for n, time in enumerate([*times, "2026-07-22 00:00", wrong]))
    assert feed.night(a=f"date,at,n\n{lines}") == {DAY: Verdict.PASS}
    assert sorted(feed.rows("n")) == [(n,) for n in range(150)]
    assert feed.quarantine("002") == [wrong]
    assert ("Buddhist" in feed.attempt()["guesses"][0]) == wrong.startswith("2569")


def test_a_date_beside_the_day_in_another_calendar_is_not_read(tmp_path: Path) -> None:
    columns = day_and(station="string", opened=("date", ISO), n="integer")
    feed = Feed(tmp_path, contract(columns, key=["day", "station"]))
    dates = [*["1989-03-01"] * 98, "2027-01-01", "2569-07-21", "1115-07-21"]
    feed.night(a="date,station,opened,n\n" + "".join(f"2026-07-21,S{n},{d},{n}\n" for n, d in enumerate(dates)))
    assert {one for (one,) in feed.rows("opened")} == {date(1989, 3, 1), date(2027, 1, 1), None}
    assert feed.quarantine("002") == dates[-2:]


# A reply -----------------------------------------------------------------------------------------------------


def answered(feed: Feed, reply: Any, asked_at: datetime, asked_day: date | None = None) -> Fetched:
    """What becomes of a reply as if a service of the feed had been asked at that time."""
    run = replace(feed.yard.run(), source="live")
    landed = landing.land(run.home, run.city.name, "f", run.today, json.dumps(reply).encode(), {})
    delivery = Delivery("f", "f now", landed.sha256, asked_day, asked_at)
    fetched = Fetched(landed={landed.sha256: delivery})
    ledger.append(run.home, "attempt", [attempt(run, feed.contract, status="landed", **delivery.columns())])
    read_new(run, feed.contract, fetched)
    ingest(run, feed.contract, [DAY])
    return fetched


def gbfs(tmp_path: Path) -> Feed:
    moment = {"sources": ["last_reported"], "formats": ["%Y-%m-%dT%H:%M:%S%z"], "zone": "Asia/Seoul"}
    columns = {
        "day": ("date", moment),
        "station": ("string", {"sources": ["station_id"]}),
        "bikes": ("integer", {"sources": ["num_bikes_available"]}),
    }
    services = [
        {
            "protocol": "gbfs",
            "address": "http://127.0.0.1",
            "ask": {"path": "x"},
            "snapshot": True,
        }
    ]
    return Feed(tmp_path, contract(columns, key=["day", "station"], connector={"services": services}))


STATIONS = {
    "last_updated": 1784649600,
    "ttl": 60,
    "version": "2.3",
    "data": {
        "stations": [
            {"station_id": "0001", "num_bikes_available": 3, "last_reported": 1784640000},
            {"station_id": "0003", "num_bikes_available": 0, "last_reported": 1600000000},
            {"station_id": "0004", "num_bikes_available": 7, "last_reported": 0},
        ]
    },
}
ASKED_AT = datetime(2026, 7, 21, 14, tzinfo=UTC)


def test_gbfs_dead_stations_are_counted_and_named(tmp_path: Path) -> None:
    feed = gbfs(tmp_path)
    assert answered(feed, STATIONS, ASKED_AT).failures == []
    found = feed.attempt()
    assert (found["rows_read"], found["rows_outside"]) == (3, 2)
    assert "clock that was not set" in found["detail"]
    assert feed.failed_rules() == {"F-outside"}
    assert feed.rows("station", "bikes") == [("0001", 3)]


def test_a_snapshot_of_other_days_alone_is_refused(tmp_path: Path) -> None:
    (failure,) = answered(gbfs(tmp_path), STATIONS, ASKED_AT + timedelta(days=3)).failures
    assert failure.code == "SERVICE-OTHER-DAY"


@pytest.mark.parametrize(
    ("offset", "lookback", "outside"), [(0, 0, 0), (-1, 0, 0), (-2, 0, 1), (-2, 1, 0), (-9, 3, 1), (1, 0, 0), (2, 0, 1)]
)
def test_a_service_that_is_asked_for_a_day_brings_that_day_and_those_it_may_correct(
    tmp_path: Path, offset: int, lookback: int, outside: int
) -> None:
    ask = {"id": "x", "query": {"$where": "day = '{day:%Y-%m-%d}'"}}
    services = [{"protocol": "socrata", "address": "http://127.0.0.1", "ask": ask}]
    feed = Feed(
        tmp_path,
        contract(day_and(n="integer"), key=["day"], connector={"services": services}, lookback_days=lookback),
    )
    days = [DAY, DAY + timedelta(days=offset)]
    reply = [{"date": str(day), "n": n} for n, day in enumerate(days)]
    assert answered(feed, reply, ASKED_AT, DAY).failures == []
    assert feed.attempt()["rows_outside"] == outside


# The hour that a change of clocks repeats --------------------------------------------------------------------

BERLIN = "Europe/Berlin"
AUTUMN, SPRING = date(2026, 10, 25), date(2026, 3, 29)


def hours_of(day: date) -> list[datetime]:
    """The instants at which the hours of a day begin in Berlin."""
    first = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    instants = (first + timedelta(hours=n) for n in range(26))
    return [instant for instant in instants if instant.astimezone(ZoneInfo(BERLIN)).date() == day]


def hourly(tmp_path: Path, day: date, written: str, **zones: str) -> tuple[Feed, dict[date, Verdict]]:
    """A feed of a city in Berlin's zone with a row for each hour of the day, the times written in a format."""
    spec = {"sources": ["time"], "formats": [written], **zones}
    columns = {"day": ("date", spec), "time": ("timestamp", spec), "n": ("integer", {})}
    feed = Feed(tmp_path, contract(columns, key=["time"], city_zone=BERLIN))
    zone = ZoneInfo(zones.get("delivered_zone", BERLIN))
    times = [f"{instant.astimezone(zone):{written}}" for instant in hours_of(day)]
    return feed, feed.night((day,), a="time,n\n" + "".join(f"{time},{n}\n" for n, time in enumerate(times)))


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (DAY, 24)])
@pytest.mark.parametrize(
    ("written", "zones"),
    [
        ("%Y-%m-%dT%H:%M:%S%z", {"zone": BERLIN}),
        ("%Y-%m-%d %H:%M", {"zone": BERLIN, "delivered_zone": "UTC"}),
    ],
)
def test_dst_repeated_hour_with_an_offset_or_in_utc_is_two_rows(
    tmp_path: Path, day: date, hours: int, written: str, zones: dict[str, str]
) -> None:
    feed, verdicts = hourly(tmp_path, day, written, **zones)
    assert verdicts == {day: Verdict.PASS}
    instants = [instant.replace(tzinfo=None) for instant in hours_of(day)]
    locals_ = [instant.astimezone(ZoneInfo(BERLIN)).replace(tzinfo=None) for instant in hours_of(day)]
    rows = sorted(feed.rows("time_utc", "time", "n", days=(day,)))
    assert rows == list(zip(instants, locals_, range(hours), strict=True))


@pytest.mark.parametrize("zones", [{}, {"zone": BERLIN, "delivered_zone": BERLIN}])
@pytest.mark.parametrize("written", ["%Y-%m-%d %H:%M", "%Y%m%d%H", "%d.%m.%Y %H:%M:%S"])
def test_dst_repeated_hour_without_an_offset_is_named_and_the_rest_is_published(
    tmp_path: Path, written: str, zones: dict[str, str]
) -> None:
    feed, verdicts = hourly(tmp_path, AUTUMN, written, **zones)
    assert verdicts == {AUTUMN: Verdict.WARN}
    assert len(feed.rows("time", days=(AUTUMN,))) == 23
    assert feed.failed_rules() == {"F-ambiguous-hour"}
    (batch,) = feed.yard.ledger("batch").to_dicts()
    assert [batch[f"rows_{name}"] for name in ("read", "kept", "quarantined")] == [25, 23, 2]
    held = feed.yard.ledger("quarantine").filter(pl.col("rules").list.contains("F-ambiguous-hour"))
    rows = held.filter(scope="row").sort("line")
    assert rows["line"].to_list() == [4, 5]
    assert all("two readings are possible" in text and "delivered_zone" in text for text in rows["value"])
    assert set(held.filter(scope="cell")["value"]) == {f"{datetime(2026, 10, 25, 2):{written}}"}  # noqa: DTZ001
    (reason,) = feed.yard.ledger("verdict")["reason"]
    assert "rows_ambiguous_hour = 2 (two readings are possible" in reason


def test_a_file_of_the_repeated_hour_alone_is_named_too_and_closes_no_other(tmp_path: Path) -> None:
    feed, _ = hourly(tmp_path, DAY, "%Y-%m-%d %H:%M")
    files = {f"h{n}": f"time,n\n2026-10-25 0{n}:00,1\n" for n in (1, 2, 3)}
    assert feed.night((AUTUMN,), **files) == {AUTUMN: Verdict.WARN}
    assert len(feed.rows("time", days=(AUTUMN,))) == 2
    assert feed.failed_rules() == {"F-ambiguous-hour"}


def test_a_skipped_hour_is_named_and_the_rest_is_published(tmp_path: Path) -> None:
    """The clock of a logger that nobody has set forward."""
    feed, _ = hourly(tmp_path, DAY, "%Y-%m-%d %H:%M")
    text = "time,n\n" + "".join(f"2026-03-29 {hour:02}:00,{hour}\n" for hour in range(24))
    assert feed.night((SPRING,), spring=text) == {SPRING: Verdict.WARN}
    assert len(feed.rows("time", days=(SPRING,))) == 23
    assert feed.failed_rules() == {"F-skipped-hour"}
    held = feed.yard.ledger("quarantine").filter(pl.col("rules").list.contains("F-skipped-hour"))
    assert held.filter(scope="row").select("line", pl.col("value").str.contains("no such time")).rows() == [(4, True)]


def test_a_time_that_is_no_time_still_closes_the_day_beside_the_repeated_hour(tmp_path: Path) -> None:
    feed, _ = hourly(tmp_path, DAY, "%Y-%m-%d %H:%M")
    spec = {"sources": ["day"], "formats": ["%Y-%m-%d"]}
    time = {"sources": ["time"], "formats": ["%Y-%m-%d %H:%M"]}
    columns = {"day": ("date", spec), "time": ("timestamp", time), "n": ("integer", {})}
    feed = Feed(tmp_path / "own", contract(columns, key=["time"], city_zone=BERLIN))
    lines = "".join(f"2026-10-25,2026-10-25 {hour},1\n" for hour in ("01:00", "02:00", "02:00", "2 o'clock"))
    assert feed.night((AUTUMN,), a=f"day,time,n\n{lines}") == {AUTUMN: Verdict.BLOCK}
    assert {"F-ambiguous-hour", "F-required-time"} <= feed.failed_rules()


def test_a_time_beside_the_key_that_may_be_two_keeps_its_row(tmp_path: Path) -> None:
    time = {"sources": ["time"], "formats": ["%Y-%m-%d %H:%M"], "zone": BERLIN, "delivered_zone": BERLIN}
    columns = {"day": ("date", ISO | {"sources": ["date"]}), "id": ("string", {}), "time": ("timestamp", time)}
    feed = Feed(tmp_path, contract(columns, key=["day", "id"], city_zone=BERLIN))
    assert feed.night((AUTUMN,), a="date,id,time\n2026-10-25,A,2026-10-25 02:30\n") == {AUTUMN: Verdict.WARN}
    assert feed.rows("id", "time", days=(AUTUMN,)) == [("A", None)]
    assert feed.quarantine("ambiguous-hour") == ["2026-10-25 02:30"]


def test_a_correction_with_offsets_ends_the_warning(tmp_path: Path) -> None:
    """The rows of the old file cannot be replaced by their key, which nobody knows; all others of it are replaced."""
    spec = {
        "sources": ["time"],
        "formats": ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M"],
        "zone": BERLIN,
        "delivered_zone": BERLIN,
    }
    columns = {"day": ("date", spec), "time": ("timestamp", spec), "n": ("integer", {})}
    feed = Feed(tmp_path, contract(columns, key=["time"], city_zone=BERLIN))
    local = [instant.astimezone(ZoneInfo(BERLIN)) for instant in hours_of(AUTUMN)]
    old, new = (
        "time,n\n" + "".join(f"{t:{form}},{n}\n" for n, t in enumerate(local)) for form in reversed(spec["formats"])
    )
    assert feed.night((AUTUMN,), a=old) == {AUTUMN: Verdict.WARN}
    assert feed.night((AUTUMN,), b=new) == {AUTUMN: Verdict.PASS}
    assert len(feed.rows("time", days=(AUTUMN,))) == 25


def test_feeds_whose_times_cannot_be_two_have_no_rules_on_them() -> None:
    spec = {"sources": ["time"], "formats": ["%Y-%m-%d %H:%M"]}
    columns = {"day": ("date", spec), "time": ("timestamp", spec), "n": ("integer", {})}
    for zone, there in ((BERLIN, True), ("Asia/Seoul", False), (None, False)):
        codes = {rule.code for rule in contract(columns, key=["time"], city_zone=zone).rules}
        assert ({"F-ambiguous-hour", "F-skipped-hour"} <= codes) is there


def test_24_00_of_a_city_whose_clocks_change(tmp_path: Path) -> None:
    spec = {"sources": ["time"], "formats": ["%Y-%m-%d %H:%M"]}
    columns = {"day": ("date", spec), "time": ("timestamp", spec), "n": ("integer", {})}
    feed = Feed(tmp_path, contract(columns, key=["time"], city_zone=BERLIN))
    feed.night(a="time,n\n2026-07-21 24:00,1\n")
    assert feed.rows("time", "n") == [(datetime(2026, 7, 22), 1)]  # noqa: DTZ001 - the city's own time


def test_a_city_whose_clocks_do_not_change_keeps_its_columns() -> None:
    spec = {"sources": ["time"], "formats": ["%Y-%m-%d %H:%M"]}
    columns = {"day": ("date", spec), "time": ("timestamp", spec), "n": ("integer", {})}
    assert contract(columns, key=["time"], city_zone="Asia/Seoul").key == ("time",)
    assert contract(columns, key=["time"], city_zone=BERLIN).key == ("time", "time_utc")


# Units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit", "source"),
    [
        ("pm10_ugm3", "mg/m3", "pm10"),
        ("no2_ppm", "ug/m3", "no2"),
        ("o3_ppb", "ppm", "o3"),
        ("temp_c", "degF", "temp"),
        ("wind_ms", "km/h", "wind"),
        ("pm10_ugm3", "ug/m3", "미세먼지 (mg/m³)"),
        ("pm10_ugm3", None, "미세먼지(㎎/㎥)"),
        ("no2_ppm", "ppm", "NO2 [µg/m³]"),
        ("temp", "degC", "Temperature (°F)"),
    ],
)
def test_a_unit_that_is_not_that_of_the_column_is_refused(name: str, unit: str | None, source: str) -> None:
    with pytest.raises(ValueError, match=f"columns.{name}.unit") as caught:
        contract(day_and(**{name: ("number", {"sources": [source], "unit": unit})}), key=["day"])
    assert "`unit: " in str(caught.value)


@pytest.mark.parametrize(
    ("name", "unit", "source"),
    [
        ("pm10_ugm3", "µg/m³", "미세먼지 (㎍/㎥)"),
        ("pm10_ugm3", "ug/m3", "PM10 (PM2.5)"),
        ("temp_c", "degC", "기온 (℃)"),
        ("share_m", "%", "men (%)"),
        ("vibration_g", "g", "진동(x) (g)"),
        ("stations_c", "people", "people"),
        ("pm10", "mg/m3", "pm10"),
        ("humidity_pct", "%", "RH(％)"),
    ],
)
def test_a_unit_that_is_that_of_the_column(name: str, unit: str, source: str) -> None:
    assert contract(day_and(**{name: ("number", {"sources": [source], "unit": unit})}), key=["day"])


@pytest.mark.parametrize(
    ("name", "unit", "source"),
    [
        ("pm10_ugm3", "ug/m3", "PM10_mgm3"),
        ("pm10_ugm3", None, "PM10 mg m-3"),
        ("pm10_ugm3", None, "PM10 (milligram per cubic metre)"),
        ("pm10_ugm3", "milligram per cubic metre", "PM10"),
        ("no2_ppm", "ppm", "NO2_ppb"),
        ("visitors", "people", "방문자(천명)"),
    ],
)
def test_a_unit_in_other_spellings_is_known(name: str, unit: str | None, source: str) -> None:
    assert wrong_unit(name, unit, [source]) is not None
    assert (
        wrong_unit("pm10_ugm3", "ug/m3", ["PM10_ugm3", "PM10 \u338d/\u33a5", "PM10 (microgram per cubic meter)"])
        is None
    )
