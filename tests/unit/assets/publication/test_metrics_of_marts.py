"""Why a metric of a mart has no value: the reason of the feed behind it, or how much of it there was."""

from __future__ import annotations

import pytest

from assets.context import RunContext
from assets.derive.build import build, days_to_build
from assets.derive.tables import derived_tables
from tests.worlds import towns as worlds
from tests.worlds.towns import AIR, DAY, TODAY, Towns
from warehouse.ledger import ledger

ROADS = """
title: Roads by hour
purpose: Speeds of links
owner: Department of Roads
licence: public
implements: [road_traffic]
interval: hour_beginning
files: {paths: ["roads/*.csv"]}
columns: {place: link, length: metres, speed: kmh, time: {from: at, format: "%Y-%m-%d %H:%M"}}
"""
GATES = """
title: Gates of stations
purpose: Passengers by day
owner: Metro
licence: public
implements: boardings
interval: day
files: {paths: ["gates/*.csv"]}
columns: {place: stop, boardings: n, time: {from: at, format: "%Y-%m-%d"}}
"""
TWO_HOURS = "link,metres,kmh,at\nL,500,50,2026-03-02 06:00\nL,500,4{n},2026-03-02 07:00\n"
METRICS = ["congested_hours_day", "road_speed_mean", "travel_time_index", "pm25_mean"]


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """A town whose roads have two hours of a day, one whose roads did not come, and one that measures none."""
    made = Towns(tmp_path_factory.mktemp("marts"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(worlds.FILES, "roads", TWO_HOURS)
        patch.setitem(worlds.FILES, "gates", "stop,n,at\nA,500,2026-03-02\n")
        for name in ("few", "late", "none"):
            feeds = ("air",) if name == "none" else ("air", "roads")
            made.add(name, feeds, texts={"air": AIR, "roads": ROADS}, metrics=METRICS)
        made.add("silent", ("air", "gates"), texts={"air": AIR, "gates": GATES}, metrics=["transit_recovery"])
    (made.root / "drop" / "late" / "roads" / "march.csv").unlink()
    packs = made.load()
    for city in packs.cities:
        made.build(city)
        run = RunContext(home=made.home, city=city, source="files", drop=made.root, run_id="d", today=TODAY)
        for table in derived_tables(city):
            build(run, table, [DAY])
    made.publish(packs)
    return made


def why(towns: Towns, city: str, metric: str) -> list[tuple[str, str]]:
    query = "SELECT period_start::VARCHAR, reason FROM metric.value WHERE city = '{}' AND metric = '{}' ORDER BY 1"
    return towns.rows(query.format(city, metric))


def test_it_says_how_many_hours_or_days_there_were(towns: Towns) -> None:
    (day,) = why(towns, "few", "congested_hours_day")
    assert day == (str(DAY), "2 of 16 hours are valid (needs 75 %)")
    assert why(towns, "few", "travel_time_index") == [("2026-03-01", "0 of 90 days are valid (needs 75 %)")]


def test_it_says_what_became_of_the_feed_behind_it(towns: Towns) -> None:
    assert why(towns, "late", "congested_hours_day") == [(str(DAY), "no delivery of roads covers this day")]
    (month,) = why(towns, "late", "travel_time_index")
    assert month == ("2026-02-01", "no delivery of roads covers this day")  # the newest month that is over
    assert why(towns, "late", "road_speed_mean") == [(str(DAY), "no delivery of roads covers this day")]


def test_it_says_that_the_city_has_no_such_feed(towns: Towns) -> None:
    for metric, mart in (("congested_hours_day", "road_link_day"), ("travel_time_index", "road_link_month")):
        reasons = {reason for _, reason in why(towns, "none", metric)}
        said = f"this city cannot have it: the mart {mart} cannot be made: no feed of model road_traffic"
        assert reasons == {said}


def test_a_mart_that_has_nothing_to_say_closes_no_gate(towns: Towns) -> None:
    """Without base years in the pack there are no rows: that is settled, and is said of the metric."""
    verdicts = ledger.read(towns.home, "verdict").collect()
    of_mart = verdicts.filter(city="silent", table_name="transit_recovery_week").select("day", "verdict")
    assert of_mart.rows() == [(DAY, "PASS")]
    assert why(towns, "silent", "transit_recovery") == [
        (str(DAY), "gates has nothing for this area where base = 'first'")
    ]
    (city,) = [city for city in towns.load().cities if city.name == "silent"]
    run = RunContext(home=towns.home, city=city, source="files", drop=towns.root, run_id="again", today=TODAY)
    assert [table.name for table in derived_tables(city) if days_to_build(run, table, [DAY])] == []
