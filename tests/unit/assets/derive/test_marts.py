"""Marts of a city: of each feed that gives one, on the days that it has."""

from datetime import date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from assets.derive.build import build
from assets.derive.tables import derived_tables
from tests.worlds.derived_town import admitted, opened, run_of, table_of
from tests.worlds.measuring_town import feed, outlines, town

DAY, LATER = date(2024, 3, 1), date(2024, 3, 2)
GATES = ["place", "line", "time", "boardings", "alightings"]
METRO, BUS = feed("metro", "boardings", GATES), feed("bus", "boardings", GATES[:4], interval="hour_beginning")


def gate(line="1", boardings=5, alightings=5, hour=0, day=DAY):
    return {
        "place": "s",
        "line": line,
        "boardings": boardings,
        "alightings": alightings,
        "time": datetime.combine(day, time(hour)),
    }


def marts(*feeds):
    return [table.name for table in derived_tables(town(*feeds)) if table.layer == "mart"]


def test_a_city_has_the_marts_that_one_of_its_feeds_gives():
    people = ["area", "time", "people"]
    assert marts(METRO) == marts(BUS) == ["transit_line_day", "transit_recovery_week"]
    assert marts(feed("b", "boardings", ["line", "time", "boardings"])) == ["transit_recovery_week"]  # no stations
    assert marts(feed("b", "boardings", GATES, interval="month")) == []
    assert marts(feed("p", "people_present", people, interval="hour_ending")) == [
        "night_presence",
        "people_area_month",
        "population_area_hour",
    ]
    assert marts(feed("p", "people_present", people)) == []  # of days


def test_a_day_is_made_of_the_feeds_that_have_it_and_again_when_another_one_comes(tmp_path: Path):
    run = run_of(town(METRO, BUS), tmp_path)
    table = table_of(run, "transit_line_day")
    first = admitted(run, METRO, DAY, [gate()], "a")
    admitted(run, METRO, LATER, [gate(day=LATER)], "b")
    assert table.inputs(run, [DAY, LATER, date(2024, 3, 3)]).keys() == {DAY, LATER}
    assert opened(build(run, table, [DAY, LATER]).outcomes) == [(DAY, "PASS"), (LATER, "PASS")]
    second = admitted(run, BUS, DAY, [gate(hour=7), gate(hour=8)], "c")
    assert table.inputs(run, [DAY]) == {DAY: [first, second]}
    again = build(run, table, [DAY, LATER]).outcomes
    assert opened([one for one in again if one.new]) == [(DAY, "PASS")]
    rows = table.rows(run, [DAY]).sort("feed").select("feed", "line", "boardings", "alightings", "stations").rows()
    assert rows == [("bus", "1", 10, None, 1), ("metro", "1", 5, 5, 1)]  # two operators may have a line 1


@pytest.mark.parametrize(("classification", "verdict"), [("public", "PASS"), ("private-aggregate", "BLOCK")])
def test_a_sum_of_three_people_is_held_back_where_the_feed_is_private(tmp_path: Path, classification, verdict):
    columns = ["area", "time", "people"]
    people = feed("p", "people_present", columns, interval="hour_beginning", classification=classification)
    run = run_of(town(people), tmp_path)
    table = table_of(run, "population_area_hour")
    admitted(run, people, DAY, [{"area": "7011", "people": 3.0}, {"area": "7012", "people": 9.0}], "a")
    assert opened(build(run, table, [DAY]).outcomes) == [(DAY, verdict)]
    assert table.contract.private is (classification != "public")


def test_registers_and_outlines_are_inputs_of_what_stands_in_them(tmp_path: Path):
    lines = outlines("lines")
    sites = feed("sites", "people_present", ["area", "place", "time", "people", "lat", "lon"], interval="instant")
    coded = feed("coded", "people_present", ["area", "time", "people"], interval="hour_beginning")
    run = run_of(town(lines, sites, coded), tmp_path)
    table = table_of(run, "population_area_hour")
    square = '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}'
    shape = admitted(run, lines, date(2020, 1, 1), [{"boundary_code": "a", "geometry": square}], "l")
    inside = admitted(run, sites, DAY, [{"area": "x", "place": "p", "people": 8.0, "lat": 0.5, "lon": 0.5}], "s")
    other = admitted(run, coded, LATER, [{"area": "7012", "people": 9.0}], "c")
    assert table.inputs(run, [DAY, LATER]) == {DAY: [inside, shape], LATER: [other]}
    made = table.rows(run, [DAY, LATER]).filter(pl.col("area_level") == "district")
    assert sorted(made.select("area", "people").rows()) == [("7011", 8.0), ("7012", 9.0)]
