"""Tables of values of one subject: of which batches each day and each metric is made."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive import measuring as of_derive
from assets.derive import sources
from assets.derive.build import build, days_to_build
from assets.derive.tables import DerivedTable
from assets.metrics.entry import Entry
from tests.worlds.derived_town import admitted, measuring, opened, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town

DAY = date(2024, 5, 1)
NORTH = feed("north", "air_quality", ["place", "time", "pm25", "pm10"], network="reference")
SOUTH = feed("south", "air_quality", ["place", "time", "pm25"], network="reference")
LAMPS = feed("lamps", "air_quality", ["place", "time", "pm25"], network="low_cost")
FINE = entry(where="network = 'reference'", usual=(0, 100))
COARSE = entry(value="pm10", possible=(0, 500))
CHEAP = entry(where="network = 'low_cost'")


def rows(*values: float, **more: Any) -> list[dict[str, Any]]:
    return [{"place": f"p{n}", "pm25": value, **more} for n, value in enumerate(values)]


def the_air(tmp_path: Path, **entries: Entry):
    return run_of(measuring(town(NORTH, SOUTH, LAMPS), {name: ("air", one) for name, one in entries.items()}), tmp_path)


def live(run: RunContext, table: DerivedTable) -> pl.DataFrame:
    return sources.rows(run, table.contract).sort("day", "metric", "area").collect()


def values(run: RunContext, table: DerivedTable) -> dict[tuple[str, str], Any]:
    return {(row["metric"], row["area"]): row for row in live(run, table).iter_rows(named=True)}


def test_a_day_is_made_of_whichever_feed_has_it_and_anew_when_another_comes(tmp_path: Path):
    run = the_air(tmp_path, fine=FINE)
    table = table_of(run, "air")
    assert (build(run, table, [DAY]).outcomes, days_to_build(run, table, [DAY])) == ([], [])
    north = admitted(run, NORTH, DAY, rows(10.0), "n1")
    assert opened(build(run, table, [DAY]).outcomes) == [(DAY, "PASS")]
    assert values(run, table)["fine", "70"]["batch_ids"] == [north]
    assert days_to_build(run, table, [DAY]) == []
    south = admitted(run, SOUTH, DAY, [{"place": "q", "pm25": 20.0}], "s1")
    assert days_to_build(run, table, [DAY]) == [DAY]
    build(run, table, [DAY])
    made = values(run, table)["fine", "70"]
    assert (made["value"], made["batch_ids"]) == (15.0, sorted([north, south]))


def test_each_metric_names_the_batches_of_its_own_feeds(tmp_path: Path):
    run = the_air(tmp_path, fine=FINE, coarse=COARSE, cheap=CHEAP)
    table = table_of(run, "air")
    north = admitted(run, NORTH, DAY, rows(10.0, pm10=30.0), "n1")
    lamps = admitted(run, LAMPS, DAY, rows(40.0), "l1")
    (outcome,) = build(run, table, [DAY]).outcomes
    made = {metric: row["batch_ids"] for (metric, _), row in values(run, table).items()}
    assert made == {"fine": [north], "coarse": [north], "cheap": [lamps]}
    assert table.inputs(run, [DAY]) == {DAY: sorted([north, lamps])}
    assert outcome.rows_kept == 3


def test_what_is_impossible_is_held_back_alone_and_the_table_warns(tmp_path: Path):
    run = the_air(tmp_path, fine=FINE, coarse=COARSE)
    table = table_of(run, "air")
    admitted(run, NORTH, DAY, rows(10.0, pm10=501.0), "n1")
    (outcome,) = build(run, table, [DAY]).outcomes
    assert (str(outcome.verdict), "MET-102" in outcome.reason) == ("WARN", True)
    made = values(run, table)
    assert (made["fine", "70"]["value"], made["fine", "70"]["status"]) == (10.0, "ok")
    coarse = made["coarse", "70"]
    assert (coarse["value"], coarse["status"], coarse["reason_code"]) == (None, "absent", "impossible")
    assert coarse["reason"] == "501.0 cannot be, only 0.0 to 500.0 is possible: it is held back"


def test_what_is_not_usual_is_published_and_the_table_warns(tmp_path: Path):
    run = the_air(tmp_path, fine=FINE)
    table = table_of(run, "air")
    admitted(run, NORTH, DAY, rows(1000.0), "n1")
    (outcome,) = build(run, table, [DAY]).outcomes
    assert (str(outcome.verdict), "MET-103" in outcome.reason) == ("WARN", True)
    assert values(run, table)["fine", "70"]["value"] == 1000.0


def test_a_metric_that_cannot_be_computed_is_absent_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = the_air(tmp_path, fine=FINE, coarse=COARSE)
    table = table_of(run, "air")
    evaluate = of_derive.evaluate_metrics

    def broken(wanted, entries, observed, days, *more):
        if "coarse" in wanted and DAY in days:
            raise pl.exceptions.ComputeError("conversion from `str` to `f64` failed")
        return evaluate(wanted, entries, observed, days, *more)

    monkeypatch.setattr(of_derive, "evaluate_metrics", broken)
    after = DAY + timedelta(days=1)
    for day in (DAY, after):
        admitted(run, NORTH, day, rows(10.0, pm10=30.0), f"n{day}")
    outcomes = build(run, table, [DAY, after]).outcomes
    assert opened(outcomes) == [(DAY, "WARN"), (after, "PASS")]
    assert "MET-107" in outcomes[0].reason
    found = live(run, table)
    assert found["value"].to_list() == [None, 10.0, 30.0, 10.0]
    said = found["reason"][0]
    assert said.startswith("coarse could not be computed: air: ComputeError: conversion from `str` to `f64` failed")


@pytest.mark.parametrize("value", ["COUNT(*)", "SUM(pm25) OVER (PARTITION BY place)", "pm25 - AVG(pm25)"])
def test_a_value_of_several_readings_is_never_published(value: str, tmp_path: Path):
    """It would be another one with every day that is made at once."""
    run = the_air(tmp_path, fine=FINE, odd=entry(value=value))
    table = table_of(run, "air")
    admitted(run, NORTH, DAY, rows(10.0, 30.0), "n1")
    build(run, table, [DAY])
    made = values(run, table)
    assert made["fine", "70"]["value"] == 20.0
    assert (made["odd", "70"]["value"], made["odd", "70"]["reason_code"]) == (None, "could_not_compute")
    assert "looks at several readings" in made["odd", "70"]["reason"]


def test_what_all_metrics_raise_is_an_error_of_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = the_air(tmp_path, fine=FINE, coarse=COARSE)
    table = table_of(run, "air")

    def broken(*_: object):
        raise pl.exceptions.ComputeError("no")

    monkeypatch.setattr(of_derive, "evaluate_metrics", broken)
    admitted(run, NORTH, DAY, rows(10.0), "n1")
    assert opened(build(run, table, [DAY]).outcomes) == [(DAY, "ERROR")]
    assert days_to_build(run, table, [DAY]) == [DAY]  # the next night tries again


def test_the_day_before_is_an_input_where_a_step_looks_back_over_hours(tmp_path: Path):
    hours = feed("hours", "air_quality", ["place", "time", "o3"], network="reference", interval="hour_beginning")
    ozone = entry(value="o3", over_time=[{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}])
    run = run_of(measuring(town(hours), {"ozone": ("air", ozone)}), tmp_path)
    table, before = table_of(run, "air"), DAY - timedelta(days=1)
    made = {day: admitted(run, hours, day, [{"place": "p", "o3": 0.03}], f"{day}") for day in (before, DAY)}
    assert table.inputs(run, [before, DAY]) == {before: [made[before]], DAY: sorted(made.values())}


def test_earlier_days_are_inputs_where_they_say_what_is_usual(tmp_path: Path):
    run = the_air(tmp_path, fine=FINE)
    table = table_of(run, "air")
    days = [DAY - timedelta(days=7 * n) for n in range(4)]  # Wednesdays
    made = [admitted(run, NORTH, day, rows(10.0), f"{day}") for day in days]
    assert table.inputs(run, [DAY]) == {DAY: sorted(made)}


def test_a_weighted_mean_of_two_subjects_needs_both_and_is_made_of_the_feeds_of_both(tmp_path: Path):
    people = feed("people", "people_present", ["area", "time", "people"], interval="hour_beginning")
    who = entry("people_present", "people", over_space={"as": "sum"}, unit="people", levels=("city", "district"))
    breathed = Entry.model_validate(
        {
            "derived": {"weighted_mean": {"of": "fine", "by": "who"}},
            "unit": "ug/m3",
            "possible": (0, 100),
            "title": "it",
            "formula": "so",
        }
    )
    entries = {"fine": ("air", FINE), "who": ("people", who), "breathed": ("exposure", breathed)}
    run = run_of(measuring(town(NORTH, people), entries), tmp_path)
    table = table_of(run, "exposure")
    assert ([one.name for one in table.needs if one.layer == "core"], table.metrics) == (
        ["north", "people"],
        ("breathed",),
    )
    north = admitted(run, NORTH, DAY, rows(10.0), "n1")
    assert table.inputs(run, [DAY]) == {}
    here = admitted(run, people, DAY, [{"area": "7011", "people": 5.0}], "p1")
    assert table.inputs(run, [DAY]) == {DAY: sorted([north, here])}
