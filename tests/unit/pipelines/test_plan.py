"""What a night has to do."""

from datetime import timedelta
from pathlib import Path

from assets.context import RunContext
from assets.derive.build import build, days_to_build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from pipelines.plan import Group, later_days, plan, plan_backfill
from tests.worlds.derived_town import admitted, measuring, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town
from tests.worlds.towns import DAY, FEEDS, TODAY, Towns

STOPS = """
title: Stops
purpose: Stops of the buses
owner: Department of Buses
licence: public
implements: place
reference_since: 2026-01-01
files: {paths: ["stops/*.csv"]}
columns: {place: id, name: name}
"""


def fetched(root: Path, *feeds: str) -> RunContext:
    """The run of a town that has these feeds; all of their files are fetched and read."""
    town = Towns(root)
    pack = town.add("busan", [feed for feed in feeds if feed in FEEDS])
    if "stops" in feeds:
        (pack / "feeds" / "stops.yaml").write_text(STOPS)
        (root / "drop" / "busan" / "stops").mkdir(parents=True)
        (root / "drop" / "busan" / "stops" / "stops.csv").write_text("id,name\nA,Harbour\n")
    (city,) = town.load().cities
    run = RunContext(town.home, city, "files", "1", TODAY, root / "drop" / "busan")
    for contract in city.contracts.values():
        read_new(run, contract, fetch(run, contract, []))
    return run


def test_a_register_that_no_table_is_made_with_is_built_once(tmp_path: Path):
    run = fetched(tmp_path, "stops")
    assert plan(run, DAY) == [Group(DAY, DAY, ("stops",))]
    ingest.ingest(run, run.city.contracts["stops"], [DAY])
    assert plan(run, DAY) == []


def test_a_new_register_is_built_with_the_first_days(tmp_path: Path):
    assert plan(fetched(tmp_path, "air", "stops"), DAY) == [Group(DAY, DAY, ("stops", "air"))]


def test_a_backfill_takes_what_is_left_to_do_and_nothing_where_all_is_settled(tmp_path: Path):
    run, week = fetched(tmp_path, "air", "stops"), DAY - timedelta(days=6)
    assert plan_backfill(run, week, DAY) == [Group(DAY, DAY, ("stops", "air"))]
    ingest.ingest(run, run.city.contracts["stops"], [DAY])
    assert plan_backfill(run, week, DAY) == [Group(DAY, DAY, ("air",))]
    assert plan_backfill(run, week, DAY - timedelta(days=1)) == []  # it has no such day
    ingest.ingest(run, run.city.contracts["air"], [DAY])
    left = [table for table in derived_tables(run.city) if days_to_build(run, table, [DAY])]
    assert plan_backfill(run, week, DAY) == ([Group(DAY, DAY, ("air",))] if left else [])
    for table in derived_tables(run.city):
        build(run, table, [DAY])
    assert plan_backfill(run, week, DAY) == []


def test_a_day_that_comes_late_makes_those_again_that_look_back_on_it(tmp_path: Path):
    """Ozone of DAY was made without the hours of the day before; of the day after that nothing is to be made."""
    hours = feed("hours", "air_quality", ["place", "time", "o3"], network="reference", interval="hour_beginning")
    steps = [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max"}]
    ozone = entry(value="o3", over_time=steps, periods={"month": {}})
    run = run_of(measuring(town(hours), {"ozone": ("air", ozone)}), tmp_path)
    table, before, after = table_of(run, "air"), DAY - timedelta(days=1), DAY + timedelta(days=1)
    for day in (DAY, after):
        admitted(run, hours, day, [{"place": "p", "o3": 0.03}], f"{day}")
    build(run, table, [DAY, after])
    late = [Group(before, before, ("hours",))]
    assert later_days(run, late) == []  # it has not come
    admitted(run, hours, before, [{"place": "p", "o3": 0.09}], "late")
    build(run, table, [before])
    ((group, keys),) = later_days(run, late)
    assert (group, [key.path[-1] for key in keys]) == (Group(DAY, DAY, ("hours",)), ["air", "air_period"])
    build(run, table, [DAY])
    assert later_days(run, late) == []


def test_a_day_that_comes_late_makes_those_again_for_which_it_says_what_is_usual(tmp_path: Path):
    """Three Mondays to Wednesdays say what is usual on Thursday; the Tuesday comes after it. Of PM2.5, which is watched
    by month, Thursday would be made again with Tuesday: what that says of its places is an input of it."""
    air = feed("air", "air_quality", ["place", "time", "o3"], network="reference")
    run = run_of(measuring(town(air), {"fine": ("air", entry(value="o3"))}), tmp_path)
    table = table_of(run, "air")
    monday = DAY - timedelta(days=DAY.weekday())
    days = [monday + timedelta(days=number) for number in range(4)]
    for day in (days[0], days[2], days[3]):
        admitted(run, air, day, [{"place": "p", "o3": 0.03}], f"{day}")
    build(run, table, days)
    admitted(run, air, days[1], [{"place": "p", "o3": 0.03}, {"place": "q", "o3": 0.03}], "late")
    build(run, table, [days[1]])
    assert [group.first for group, _ in later_days(run, [Group(days[1], days[1], ("air",))])] == [days[3]]
