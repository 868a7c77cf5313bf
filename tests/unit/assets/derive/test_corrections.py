"""Corrections through a home: sixty days of a cheap network and its witness, through gates, marts and metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import DerivedTable
from assets.metrics.entries import platform_entries
from assets.models import models
from assets.pack.city import City
from assets.pack.corrections import Correction
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from quality.staging import Block, IncomingRows
from quality.verdict import Verdict
from tests.worlds.derived_town import measuring, run_of, table_of
from tests.worlds.measuring_town import ZONE, feed, town
from warehouse import lake

FIRST = date(2024, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(45)]
LAST = DAYS[-1]
AIR = feed("air", "air_quality", ["place", "area", "time", "pm25"], network="reference")
OWN = {"from": "raw", "type": "number", "meaning": "as the counter gives it", "unit": "ug/m3"}
SENSORS: Contract = from_feed(
    {
        "title": "sensors",
        "purpose": "sensors",
        "owner": "town",
        "licence": "public",
        "implements": ["air_quality", "weather"],
        "network": "low_cost",
        "interval": "instant",
        "files": {"paths": ["sensors/*.csv"]},
        "columns": {
            "place": "place",
            "area": "area",
            "time": {"from": "time", "format": "iso"},
            "pm25": {"from": "pm25", "corrects": "pm25_raw"},
            "pm25_raw": OWN,
            "humidity": "humidity",
        },
    },
    "sensors",
    models(),
    ZONE,
)
FURTHER = feed("further", "air_quality", ["place", "area", "time", "pm25"], network="low_cost")
LINEAR = Correction(network="low_cost", quantity="pm25", by="linear", witness="reference", days=30)
HUMIDITY = Correction(network="low_cost", quantity="pm25", by="humidity")
METRICS = {"linear": "sensor_pm25_linear_mean", "humidity": "sensor_pm25_humidity_mean"}
PLACES = [f"s{n}" for n in range(8)]


def true_air(day: date) -> float:
    return 20.0 + 7 * ((day - FIRST).days * 3 % 5)


def readings(day: date, switched_off: bool = False, stuck: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The counter reads twice as much and 4; the provider's correction takes all of it away. The last has no humidity
    in half of its readings; who is stuck reads 90."""
    raw = 2 * true_air(day) + 4
    rows = [
        {
            "place": place,
            "area": "7011",
            "time": datetime.combine(day, time(6 * n)),
            "pm25_raw": raw + at,
            "pm25": raw + at if switched_off else true_air(day) + at / 2,
            "humidity": None if place == PLACES[-1] and n else 50.0,
        }
        for at, place in enumerate(PLACES)
        for n in range(4)
    ]
    return [row | ({"pm25_raw": 90.0, "pm25": 90.0} if row["place"] in stuck else {}) for row in rows]


def of_counter(day: date, places: Sequence[str]) -> list[dict[str, Any]]:
    """What sensors of another feed read, that nobody corrected."""
    own = {"area": "7011", "time": datetime.combine(day, time()), "pm25": 2 * true_air(day) + 4}
    return [{"place": place, **own} for place in places]


def stations(day: date) -> list[dict[str, Any]]:
    return [
        {"place": f"a{n}", "area": "7011", "time": datetime.combine(day, time()), "pm25": true_air(day) + n - 1}
        for n in range(3)
    ]


def admit(run: RunContext, contract: Contract, rows: Mapping[date, Sequence[Mapping[str, Any]]], name: str) -> None:
    """All days at once, each as one delivery."""
    frame = pl.DataFrame([{"day": day, **row} for day, of in rows.items() for row in of], infer_schema_length=None)
    filled = frame.with_columns(pl.lit(None).alias(name) for name in contract.schema if name not in frame.columns)
    typed = filled.select(pl.col(name).cast(dtype) for name, dtype in contract.schema.items())
    block = Block(typed.with_columns(_sha256=pl.lit(name), _line=pl.int_range(pl.len())))
    outcomes = run.gate(contract).admit(IncomingRows([block]), {day: Inputs((name,)) for day in rows})
    assert all(outcome.verdict.open for outcome in outcomes), outcomes


class Town:
    """A home with both networks, and the tables that follow."""

    def __init__(
        self,
        root: Path,
        *corrections: Correction,
        off: date | None = None,
        without: str = "",
        stuck: Sequence[str] = (),
        further: Sequence[str] = (),
    ) -> None:
        more = [FURTHER] if further else []
        city: City = replace(town(SENSORS, AIR, *more), corrections=corrections)
        chosen = [METRICS[one.by] for one in corrections]
        entries = {name: ("sensor_corrections", platform_entries()[name].entry) for name in chosen}
        entries["sensor_pm25_mean"] = "street_sensors", platform_entries()["sensor_pm25_mean"].entry
        self.run = run_of(measuring(city, entries), root)
        days = {day: readings(day, day == off, stuck) for day in DAYS}
        days = {day: [{**row, without: None} if without else row for row in rows] for day, rows in days.items()}
        admit(self.run, SENSORS, days, "s1")
        if further:
            admit(self.run, FURTHER, {day: of_counter(day, further) for day in DAYS}, "f1")
        admit(self.run, AIR, {day: stations(day) for day in DAYS}, "a1")

    def table(self, name: str) -> DerivedTable:
        return table_of(self.run, name)

    def built(self, name: str, days: Sequence[date] = DAYS) -> dict[date, Outcome]:
        return {outcome.day: outcome for outcome in build(self.run, self.table(name), list(days)).outcomes}

    def rows(self, name: str) -> pl.DataFrame:
        contract = self.table(name).contract
        return lake.scan(self.run.gate(contract).table, contract.schema).collect()


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Town:
    there = Town(tmp_path_factory.mktemp("linear"), LINEAR)
    there.built("correction_basis")
    there.built("corrected_day")
    return there


def test_a_line_is_laid_through_the_raw_column_and_gives_what_the_witness_reads(linear: Town):
    rows = linear.rows("corrected_day").filter(day=LAST).sort("place")
    assert rows["place"].to_list() == PLACES
    assert rows["corrected_from"].unique().to_list() == ["pm25_raw"]
    assert rows["correction"].unique().to_list() == ["linear 2 by reference over 30 days"]
    # the median of the sensors is 3.5 above what the middle one reads without its own offset
    assert rows["slope"].to_list() == [pytest.approx(0.5)] * 8
    assert rows["corrected"].to_list() == [pytest.approx(true_air(LAST) + (at - 3.5) / 2) for at in range(8)]
    assert rows["uncorrected"].to_list() == [pytest.approx(2 * true_air(LAST) + 4 + at) for at in range(8)]


def test_a_day_has_no_part_in_its_own_line(linear: Town):
    lines = linear.rows("corrected_day").filter(pl.col("fitted_days") > 0).unique("day")
    assert lines.height == len(DAYS) - 1
    assert lines.filter(pl.col("fitted_until") >= pl.col("day")).is_empty()
    assert lines.select((pl.col("day") - pl.col("fitted_since")).dt.total_days().max()).item() == 30


def test_with_fewer_than_twenty_days_there_is_no_value_and_never_the_uncorrected_one(linear: Town):
    early = linear.rows("corrected_day").filter(pl.col("day") < FIRST + timedelta(days=20))
    assert early["corrected"].null_count() == early.height == 20 * 8
    assert early["uncorrected"].null_count() == 0


def test_the_corrected_value_is_a_metric_of_its_own(linear: Town):
    linear.built("sensor_corrections", [DAYS[5], LAST])
    rows = linear.rows("sensor_corrections").filter(area="70")
    found = {row["day"]: (row["metric"], row["value"], row["status"]) for row in rows.to_dicts()}
    assert found[LAST] == ("sensor_pm25_linear_mean", pytest.approx(true_air(LAST)), "proxy")
    assert found[DAYS[5]][1:] == (None, "absent")
    (early,) = rows.filter(day=DAYS[5])["reason"]
    assert early.startswith("there is no line to correct by: fewer than 20 of the days before")


@pytest.mark.parametrize("correction", [LINEAR, HUMIDITY])
def test_a_raw_column_that_did_not_come_is_said_and_not_that_readings_are_few(tmp_path: Path, correction: Correction):
    there = Town(tmp_path, correction, without="pm25_raw")
    for name in ("correction_basis", "corrected_day") if correction is LINEAR else ("corrected_day",):
        there.built(name)
    there.built("sensor_corrections", [LAST])
    (value,) = there.rows("sensor_corrections").filter(area="70", day=LAST).to_dicts()
    assert value["value"] is None
    assert value["reason"].startswith("no reading of this day has what the correction needs")


def test_a_sensor_that_stands_still_is_not_corrected_into_the_mean(tmp_path: Path):
    """3 of 14 sensors at 90 ug/m3 made 38.1 of 24.1, with all sensors counted."""
    there = Town(tmp_path, LINEAR, stuck=PLACES[:2])
    for name in ("place_day", "place_health", "correction_basis", "corrected_day"):
        there.built(name)
    there.built("sensor_corrections", [LAST])
    days = there.rows("corrected_day").filter(day=LAST).sort("place")
    assert days["corrected"].is_null().to_list() == [True] * 2 + [False] * 6
    assert days["qc"].to_list()[:2] == [4, 4]
    assert days["uncorrected"].null_count() == 0
    (value,) = there.rows("sensor_corrections").filter(area="70").to_dicts()
    assert value["n"] == 6
    assert value["value"] == pytest.approx(true_air(LAST), abs=3)


def test_where_most_sensors_are_flagged_it_is_not_said_that_there_is_no_line(tmp_path: Path):
    there = Town(tmp_path, LINEAR, stuck=PLACES[:5])  # three are left, which are enough for a line
    for name in ("place_day", "place_health"):
        there.built(name)
    for name in ("correction_basis", "corrected_day"):
        there.built(name, DAYS[-31:])
    there.built("sensor_corrections", [LAST])
    (value,) = there.rows("sensor_corrections").filter(area="70").to_dicts()
    assert (value["value"], value["n"], value["reason_code"]) == (None, 3, "too_few_places")


def test_of_two_feeds_of_a_network_each_place_is_corrected(tmp_path: Path):
    """The correction took the first feed of a day: 4 of 14 sensors, and completeness was 1.0."""
    there = Town(tmp_path, LINEAR, further=("t1", "t2"))
    there.built("correction_basis", DAYS[-30:])
    there.built("corrected_day", [LAST])
    days = there.rows("corrected_day").sort("place")
    assert days["place"].to_list() == [*PLACES, "t1", "t2"]
    assert days["feed"].unique().sort().to_list() == ["further", "sensors"]
    assert there.rows("correction_basis").filter(day=LAST)["places"].item() == 10


def test_humidity_is_taken_out_of_each_reading_and_one_without_it_is_missing(tmp_path: Path):
    there = Town(tmp_path, HUMIDITY)
    assert {one.name for one in there.run.city.contracts.values()} == {"sensors", "air"}
    there.built("corrected_day", [LAST])
    rows = there.rows("corrected_day").sort("place")
    raw = 2 * true_air(LAST) + 4
    assert rows["corrected"].to_list() == [pytest.approx(0.52 * (raw + at) - 0.086 * 50 + 5.75) for at in range(8)]
    assert rows["readings"].to_list() == [4] * 7 + [1]
    assert rows["readings_expected"].to_list() == [4] * 8
    there.built("sensor_corrections", [LAST])
    (value,) = there.rows("sensor_corrections").filter(area="70").to_dicts()
    assert (value["metric"], value["n"]) == ("sensor_pm25_humidity_mean", 7)  # the last has a quarter of its readings


def test_a_correction_that_is_switched_off_is_a_warning_of_the_same_night(tmp_path: Path):
    there = Town(tmp_path, off=LAST)
    there.built("correction_day")
    judged = there.built("correction_change")
    assert judged[DAYS[-2]].verdict is Verdict.PASS
    assert judged[LAST].verdict is Verdict.WARN
    assert [one.code for one in judged[LAST].results if one.status == "fail"] == ["MCRC-changed"]
    changed = there.rows("correction_change").filter(pl.col("changed") == 1)
    assert changed.select("day", "feed", "quantity", "figure", "since").rows() == [
        (LAST, "sensors", "pm25", "same", LAST)
    ]
    early = there.rows("correction_change").filter(pl.col("day") < FIRST + timedelta(days=20))
    assert early["changed"].null_count() == early.height
    there.built("street_sensors", DAYS[-2:])
    values = {row["day"]: row for row in there.rows("street_sensors").filter(area="70").to_dicts()}
    assert values[LAST]["value"] is not None
    assert (values[LAST]["status"], values[LAST]["reason"]) == (
        "proxy",
        f"its provider corrects pm25 in another way since {LAST}",
    )
    assert values[DAYS[-2]]["reason"] is None
    assert judged[LAST].batch_id in values[LAST]["batch_ids"]  # so `madang explain` shows the rule that did not hold
