"""The list of work for the people in the field: worst first, a place once, in words, since when and where."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.mart import mart_contract
from assets.watch.flags import QcRule
from assets.watch.health import WhyNotJudged
from pipelines import registered
from pipelines.field_words import what_is_wrong
from pipelines.field_work import PlaceToVisit, field_work
from warehouse.published.connect import connect
from warehouse.published.spec import duckdb_type

NEWEST = date(2026, 3, 31)
GOOD = {"city": "seoul", "day": NEWEST, "network": "low_cost", "quantity": "pm25", "place": "a", "area": "11010"}
GOOD |= {"days": 30, "log_ratio": 0.0, "difference": 0.0, "correlation": 0.9, "agrees": True, "alike": True}
GOOD |= {"days_since_agreement": 0, "age_days": 400, "share_flagged": 0.0, "qc": 1, "qc_rules": 0, "not_judged": None}
OFF = {"log_ratio": math.log(1.45), "difference": 12.3, "agrees": False, "days_since_agreement": None}
OFF |= {"qc": 3, "qc_rules": int(QcRule.NEIGHBOURS)}
FAR = OFF | {"log_ratio": math.log(0.2), "difference": -30.0}
SILENT = {"qc": 9, "qc_rules": int(QcRule.MISSING | QcRule.GAP)}
STUCK = {"qc": 4, "qc_rules": int(QcRule.FLAT_LINE)}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as con:
        for schema in ("mart", "model"):
            con.execute(f"CREATE SCHEMA {schema}")
        columns = {"city": pl.String, **mart_contract("place_health").schema}
        types = ", ".join(f"{name} {duckdb_type(dtype)}" for name, dtype in columns.items())
        con.execute(f"CREATE TABLE mart.place_health ({types})")
        con.execute("CREATE TABLE mart.area (city TEXT, area TEXT, name TEXT, lat DOUBLE, lon DOUBLE)")
        con.execute(
            "INSERT INTO mart.area VALUES ('seoul', '11010', 'Jongno', 37.5, 127), ('seoul', 'x', 'X', NULL, NULL)"
        )
        texts = "city TEXT, feed TEXT, network TEXT, place TEXT, name TEXT, address TEXT, area TEXT"
        con.execute(
            f"CREATE TABLE model.place ({texts}, lat DOUBLE, lon DOUBLE, valid_from DATE, valid_to DATE, day DATE)"
        )
        yield con


def fill(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        whole = {**GOOD, **row}
        con.execute(
            f"INSERT INTO mart.place_health ({', '.join(whole)}) VALUES ({', '.join('?' * len(whole))})",
            list(whole.values()),
        )


def register(con: duckdb.DuckDBPyConnection, *rows: Mapping[str, Any]) -> None:
    usual = {"city": "seoul", "feed": "r", "network": "low_cost", "lat": 37.5, "lon": 127.0, "day": date(2026, 1, 1)}
    for row in rows:
        whole = {**usual, **row}
        con.execute(
            f"INSERT INTO model.place ({', '.join(whole)}) VALUES ({', '.join('?' * len(whole))})", list(whole.values())
        )


def listed(con: duckdb.DuckDBPyConnection) -> dict[str, PlaceToVisit]:
    return {one.place: one for one in field_work(con, "", 20).places}


def places(con: duckdb.DuckDBPyConnection, city: str = "", worst: int = 20) -> list[str]:
    return [one.place for one in field_work(con, city, worst).places]


def test_what_is_bad_and_far_off_comes_before_what_is_silent(con: duckdb.DuckDBPyConnection):
    said = {
        "fine": {},
        "silent": SILENT,
        "near": OFF,
        "far": FAR,
        "stuck": STUCK,
        "unjudged": {"qc": 2, "agrees": None},
    }
    fill(con, [{"place": place, **row} for place, row in said.items()])
    work = field_work(con, "", 20)
    assert [one.place for one in work.places] == ["stuck", "far", "near", "silent"]
    assert (work.wrong, work.watched, work.newest) == (4, 6, NEWEST)
    assert places(con, worst=2) == ["stuck", "far"]
    assert field_work(con, "", 2).wrong == 4


def test_a_place_stands_once_with_all_that_is_wrong(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, FAR | {"quantity": "pm10"}, SILENT | {"quantity": "laeq"}, SILENT | {"quantity": "temperature"}])
    (one,) = field_work(con, "", 20).places
    assert one.wrong == (
        "pm10: reads 80 % below its neighbours (-30.0 ug/m3); pm25: reads 45 % above its neighbours (+12.3 ug/m3); "
        "laeq, temperature: no reading"
    )
    assert (one.quantity, one.unit, one.difference, one.qc) == ("pm10", "ug/m3", -30.0, 3)
    assert (one.ratio, one.days_since_agreement, one.age_days) == (pytest.approx(0.2), None, 400)


def test_since_when(con: duckdb.DuckDBPyConnection):
    days = [NEWEST - timedelta(days=back) for back in range(9, -1, -1)]
    fill(con, [{"day": day, **(OFF if number in (1, 2) or number > 5 else {})} for number, day in enumerate(days)])
    fill(con, [{"day": day, "place": "b", **OFF} for day in days])
    since = {one.place: one.since for one in field_work(con, "", 20).places}
    assert since == {"a": days[6], "b": days[0]}


def test_each_network_has_its_own_newest_day(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, OFF | {"network": "reference", "day": NEWEST - timedelta(days=3), "place": "r"}])
    fill(con, [OFF | {"day": NEWEST - timedelta(days=1), "place": "gone"}])
    assert sorted(places(con)) == ["a", "r"]


def test_who_cannot_be_judged_is_not_called_fine(con: duckdb.DuckDBPyConnection):
    """On a first night it said that nothing was wrong with 12,000 sensors of which nobody could say anything."""
    new = {"qc": 2, "agrees": None, "alike": None, "not_judged": "few_days"}
    fill(
        con, [{"place": "new"} | new, {"place": "half"} | new, {"place": "half", "quantity": "pm10"}, {"place": "fine"}]
    )
    work = field_work(con, "", 20)
    assert (work.wrong, work.watched, sum(work.not_judged.values())) == (0, 3, 1)


def test_why_nobody_can_judge_them(con: duckdb.DuckDBPyConnection):
    """51 stations without a position were said to have too few days or neighbours."""
    for place, *reasons in (
        ("a", "no_position", "no_position"),
        ("b", "few_days", "few_neighbours"),
        ("c", "few_days"),
        ("d", "few_days", None),
    ):
        for quantity, why in zip(("pm25", "pm10"), reasons, strict=False):
            qc = 1 if why is None else 2
            fill(con, [{"place": place, "quantity": quantity, "qc": qc, "agrees": None, "not_judged": why}])
    assert field_work(con, "", 20).not_judged == dict.fromkeys(WhyNotJudged, 1)


def test_one_city_alone(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, OFF | {"city": "busan", "place": "b"}])
    assert (places(con, "busan"), sorted(places(con)), places(con, "taipei")) == (["b"], ["a", "b"], [])


def test_where_it_is_by_the_newest_register(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, OFF | {"place": "nowhere", "area": None}])
    register(
        con,
        {"place": "a", "name": "old", "address": "at home", "lat": 37.1, "day": date(2020, 1, 1)},
        {"place": "a", "name": "new", "lat": 37.5, "day": date(2026, 1, 1)},
    )
    found = {one.place: one for one in field_work(con, "", 20).places}
    here, nowhere = found["a"], found["nowhere"]
    assert (here.name, here.address, here.lat, here.lon, here.area_name) == ("new", None, 37.5, 127.0, "Jongno")
    assert (nowhere.name, nowhere.lat, nowhere.area, nowhere.area_name) == (None, None, None, None)


def test_a_file_without_the_table_has_no_place_that_is_watched(con: duckdb.DuckDBPyConnection):
    con.execute("DROP TABLE mart.place_health")
    work = field_work(con, "", 20)
    assert (list(work.places), work.wrong, work.watched, work.newest) == ([], 0, 0, None)


@pytest.mark.parametrize("rule", QcRule)
def test_each_rule_of_a_place_has_words(rule: QcRule):
    words = what_is_wrong(GOOD | OFF | {"qc_rules": int(rule), "correlation": 0.314})
    assert words


def test_degrees_are_told_as_degrees():
    row = GOOD | {"quantity": "temperature", "log_ratio": None, "difference": -4.25, "qc_rules": int(QcRule.NEIGHBOURS)}
    assert what_is_wrong(row) == "reads 4.2 degC below its neighbours"


def test_a_correlation_below_its_limit_is_not_told_as_the_limit():
    """It said "correlation 0.70" of one that 0.7 was asked of, and "-0.00"."""
    said = [
        what_is_wrong(GOOD | {"correlation": value, "qc_rules": int(QcRule.CORRELATION)}) for value in (0.6999, -0.001)
    ]
    assert [text.split("correlation ")[1] for text in said] == ["0.69)", "0.00)"]


def test_quantities_of_which_the_same_is_said_stand_in_one_order(con: duckdb.DuckDBPyConnection):
    both = ("temperature", "pm25")
    fill(con, [SILENT | {"place": "a", "quantity": one, "difference": n} for n, one in enumerate(both)])
    fill(con, [SILENT | {"place": "b", "quantity": one, "difference": -n} for n, one in enumerate(both)])
    assert {one.wrong for one in listed(con).values()} == {"pm25, temperature: no reading"}


def test_each_quantity_has_its_own_begin(con: duckdb.DuckDBPyConnection):
    """A sensor that fell silent on the 10th was listed since the 9th, when its temperature was suspect for a day."""
    days = [NEWEST - timedelta(days=back) for back in range(5, -1, -1)]
    fill(con, [{"day": day, "quantity": "pm25", **(SILENT if n > 2 else {})} for n, day in enumerate(days)])
    fill(con, [{"day": day, "quantity": "pm10", **(SILENT if n > 2 else OFF)} for n, day in enumerate(days)])
    fill(
        con,
        [
            {"day": day, "quantity": "laeq", **({} if n < 2 else STUCK if n != 3 else SILENT)}
            for n, day in enumerate(days)
        ],
    )
    one = listed(con)["a"]
    assert (one.quantity, one.since) == ("laeq", days[2])
    assert one.wrong == f"laeq: repeats itself; pm10, pm25: no reading since {days[3]}"


def test_who_is_silent_for_longer_than_the_watch_looks_back_is_not_forgotten(con: duckdb.DuckDBPyConnection):
    """The longer dead, the less seen: after 30 days a sensor was in no line and no count."""
    long_ago = NEWEST - timedelta(days=40)
    fill(con, [{"place": "fine"}, OFF | {"place": "off"}])
    fill(con, [{"place": "gone", "day": long_ago}, SILENT | {"place": "gone", "day": long_ago + timedelta(days=1)}])
    last = NEWEST - timedelta(days=1)
    known = [{"place": place} for place in ("fine", "off", "gone", "never")]
    elsewhere = {"place": "bus stop", "feed": "stops", "network": None}
    register(
        con,
        *known,
        {"place": "closed", "valid_to": last},
        {"place": "coming", "valid_from": date(2027, 1, 1)},
        elsewhere,
    )
    found = listed(con)
    assert list(found) == ["off", "gone", "never"]
    gone, never = found["gone"], found["never"]
    assert (gone.wrong, gone.since) == ("no reading for more than 30 days", long_ago + timedelta(days=1))
    assert (never.wrong, never.since) == ("in the register, and never read", None)
    assert (gone.network, gone.qc, gone.quantity, gone.lat) == ("low_cost", None, None, 37.5)
    assert field_work(con, "", 1).wrong == 3


def test_a_register_of_no_network_is_of_the_one_that_has_its_places(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF | {"place": "a"}, OFF | {"place": "b", "network": "reference"}])
    register(
        con,
        {"place": "a", "network": None},
        {"place": "gone", "network": None},
        {"place": "b", "feed": "s", "network": "reference"},
    )
    found = {one.place: one.network for one in field_work(con, "", 20).places}
    assert found == {"a": "low_cost", "b": "reference", "gone": "low_cost"}


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        (0.0, 0.0, "(0.0, 0.0)"),
        (127.0, 37.5, "(127.0, 37.5)"),
        (39.0, 127.0, "(39.0, 127.0): it is more than 100 km outside of the city"),
        (37.5, 128.3, "(37.5, 128.3): it is more than 100 km outside of the city"),
        (38.2, 127.0, None),
        (37.5, 125.9, None),
        (None, None, None),
    ],
)
def test_a_position_that_cannot_be_true_is_said(con: duckdb.DuckDBPyConnection, lat, lon, said: str | None):  # type: ignore[no-untyped-def]
    """A sensor at 0/0 had "few neighbours", and nothing else was said of it."""
    fill(con, [{"place": "a"}, SILENT | {"place": "b"}])
    register(con, {"place": "a", "lat": lat, "lon": lon}, {"place": "b"})
    found = listed(con)
    assert list(found) == (["b"] if said is None else ["a", "b"])
    assert said is None or found["a"].wrong == f"its position cannot be true {said}"


def test_a_position_that_is_swapped_is_said(con: duckdb.DuckDBPyConnection):
    con.execute("INSERT INTO mart.area VALUES ('almaty', '1', 'Almaty', 43.25, 76.9)")
    fill(con, [OFF | {"city": "almaty"}])
    register(con, {"city": "almaty", "place": "a", "lat": 76.9, "lon": 43.25})
    said = "its position cannot be true (76.9, 43.25): latitude and longitude are swapped"
    assert listed(con)["a"].wrong == f"pm25: reads 45 % above its neighbours (+12.3 ug/m3); {said}"


def test_registers_of_50000_places_are_joined_by_their_keys(con: duckdb.DuckDBPyConnection):
    """By a loop in a loop it took 35 s of CPU."""
    plan = str(con.execute(f"EXPLAIN {registered._LISTED}", ["", ""]).fetchall())
    assert "Hash Join" in plan
    assert not re.findall(r"Nl Join|Nested Loop", plan)


def test_a_file_without_a_register(con: duckdb.DuckDBPyConnection):
    """Positions stand in the rows of the sensors: no table of registers is published."""
    con.execute("DROP TABLE model.place")
    fill(con, [OFF])
    assert places(con) == ["a"]


def test_why_there_is_no_reading(con: duckdb.DuckDBPyConnection):
    """A sensor that sent 25,000 ug/m3 had "no reading", and somebody went to look at its power."""
    con.execute("CREATE SCHEMA ledger")
    con.execute(
        "CREATE TABLE ledger.verdict (city TEXT, layer TEXT, table_name TEXT, day DATE, verdict TEXT, recorded_at DATE)"
    )
    con.execute('CREATE TABLE ledger.quarantine (city TEXT, table_name TEXT, day DATE, column_name TEXT, "row" TEXT)')
    keys = "city TEXT, network TEXT, place TEXT, quantity TEXT, day DATE"
    con.execute(f"CREATE TABLE mart.place_day ({keys}, feed TEXT, readings BIGINT)")
    before = NEWEST - timedelta(days=1)
    for place, feed in (("range", "low"), ("empty", "low"), ("row", "low"), ("dead", "low"), ("gate", "other")):
        fill(con, [SILENT | {"place": place}])
        con.execute(
            "INSERT INTO mart.place_day VALUES ('seoul', 'low_cost', ?, 'pm25', ?, ?, 24)", [place, before, feed]
        )
    for quantity, place in (("pm25", "range"), ("pm10", "empty"), ("pm25", "empty")):
        con.execute(
            "INSERT INTO mart.place_day VALUES ('seoul', 'low_cost', ?, ?, ?, 'low', 0)", [place, quantity, NEWEST]
        )
    row = '{"place": "row", "pm25": 25000}'
    con.execute("INSERT INTO ledger.quarantine VALUES ('seoul', 'low', ?, NULL, ?)", [NEWEST, row])
    for at, verdict in ((1, "PASS"), (2, "BLOCK")):
        con.execute(
            "INSERT INTO ledger.verdict VALUES ('seoul', 'core', 'other', ?, ?, ?)",
            [NEWEST, verdict, date(2026, 4, at)],
        )
    con.execute("INSERT INTO ledger.verdict VALUES ('seoul', 'core', 'low', ?, 'WARN', ?)", [NEWEST, date(2026, 4, 1)])
    held = "its readings are out of range, and held back (`madang quarantine list`)"
    said = {"range": "its readings are empty", "empty": "its readings are empty", "dead": "no reading", "row": held}
    said |= {"gate": "its readings are held back, as the gate of other is closed"}
    assert {place: one.wrong for place, one in listed(con).items()} == {k: f"pm25: {v}" for k, v in said.items()}
    con.execute("INSERT INTO ledger.quarantine VALUES ('seoul', 'low', ?, 'pm25', NULL)", [NEWEST])
    assert listed(con)["range"].wrong == f"pm25: {held}"
