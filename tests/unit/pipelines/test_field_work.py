"""The list of work for the people in the field: worst first, a place once, in words, since when and where."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.mart import mart_contract
from assets.watch.flags import QcRule
from pipelines.field_work import field_work, what_is_wrong
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
        con.execute("CREATE TABLE mart.area (city TEXT, area TEXT, name TEXT)")
        con.execute("INSERT INTO mart.area VALUES ('seoul', '11010', 'Jongno')")
        texts = "city TEXT, feed TEXT, network TEXT, place TEXT, name TEXT, address TEXT"
        con.execute(f"CREATE TABLE model.place ({texts}, lat DOUBLE, lon DOUBLE, day DATE)")
        yield con


def fill(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        whole = {**GOOD, **row}
        con.execute(
            f"INSERT INTO mart.place_health ({', '.join(whole)}) VALUES ({', '.join('?' * len(whole))})",
            list(whole.values()),
        )


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
    new = {"qc": 2, "agrees": None, "alike": None}
    fill(
        con, [{"place": "new"} | new, {"place": "half"} | new, {"place": "half", "quantity": "pm10"}, {"place": "fine"}]
    )
    work = field_work(con, "", 20)
    assert (work.wrong, work.watched, work.not_judged) == (0, 3, 1)


def test_one_city_alone(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, OFF | {"city": "busan", "place": "b"}])
    assert (places(con, "busan"), sorted(places(con)), places(con, "taipei")) == (["b"], ["a", "b"], [])


def test_where_it_is_by_the_newest_register(con: duckdb.DuckDBPyConnection):
    fill(con, [OFF, OFF | {"place": "nowhere", "area": None}])
    rows = [("old", "at home", 37.1, date(2020, 1, 1)), ("new", None, 37.5, date(2026, 1, 1))]
    for name, address, lat, day in rows:
        con.execute(
            "INSERT INTO model.place VALUES ('seoul', 'r', 'low_cost', 'a', ?, ?, ?, 127, ?)", [name, address, lat, day]
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
