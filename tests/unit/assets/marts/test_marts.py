"""Marts of any feed that has the model: people by area and hour, passengers by line and day."""

from datetime import date, datetime

import pytest

from assets.mart import mart_contract
from assets.marts.population_area_hour import population_area_hour
from assets.marts.transit_line_day import transit_line_day
from assets.metrics.observing import observe
from tests.worlds.measuring_town import feed, town
from tests.worlds.observed_rows import rows

DAY = date(2024, 3, 1)
ONE, HALF = datetime(2024, 3, 1, 1), datetime(2024, 3, 1, 1, 30)  # noqa: DTZ001


def people(interval="hour_beginning", columns=("area", "time", "people_group", "people")):
    return feed("crowd", "people_present", list(columns), interval=interval)


def made(contract, **columns):
    found = population_area_hour(
        {"people_present": (observe(contract, town(contract), rows(contract, [DAY], **columns), [DAY], {}),)}, town()
    )
    return {
        (row["area"], row["starts_at"].hour, row["population_group"]): (row["area_level"], row["people"], row["places"])
        for row in found.iter_rows(named=True)
    }


def test_people_of_neighbourhoods_are_added_up_for_each_area_above_them_and_for_the_city():
    found = made(
        people(),
        area=["70110101", "701102", "7011", "7012001", "9999"],
        time=[ONE] * 5,
        people_group=["total"] * 5,
        people=[10.0, 20.0, 5.0, 100.0, 1000.0],
    )
    assert found == {
        ("70", 1, "total"): ("city", 1135.0, 5),  # the one of no known area counts for the city
        ("7011", 1, "total"): ("district", 35.0, 3),
        ("701101", 1, "total"): ("ward", 10.0, 1),
        ("701102", 1, "total"): ("ward", 20.0, 1),
        ("7012", 1, "total"): ("district", 100.0, 1),
    }


def test_readings_within_an_hour_are_a_mean_at_their_place_and_groups_stay_apart():
    contract = people("instant")
    found = made(
        contract,
        area=["7011", "7011", "7011", "7012", "7012"],
        time=[ONE, HALF, ONE, ONE, HALF],
        people_group=["a", "a", "b", "a", "a"],
        people=[10.0, 20.0, 7.0, 1.0, None],
    )
    # 15 of the one and 1 of the other; the reading without a number is none
    assert found["70", 1, "a"] == ("city", 16.0, 2)
    assert found["70", 1, "b"] == ("city", 7.0, 1)


def test_a_feed_without_groups_has_the_total():
    found = made(people(columns=("area", "time", "people")), area=["7012"], time=[ONE], people=[3.0])
    assert set(found) == {("70", 1, "total"), ("7012", 1, "total")}


@pytest.mark.parametrize(
    ("groups", "boardings"),
    [([None, None, None], 60), (["adult", "child", "total"], 30), (["adult", "child", "senior"], 60)],
)
def test_passengers_are_added_up_by_line_and_the_total_of_groups_is_not_added_to_them(groups, boardings):
    columns = ["place", "line", "time", "people_group", "boardings"]
    contract = feed("bus", "boardings", columns, interval="hour_beginning")
    given = rows(contract, [DAY], place=["s", "t", "s"], line=["1"] * 3, people_group=groups, boardings=[10, 20, 30])
    found = transit_line_day({"boardings": (observe(contract, town(contract), given, [DAY], {}),)}, town(contract))
    (row,) = found.to_dicts()
    assert (row["line"], row["boardings"], row["alightings"]) == ("1", boardings, None)


def test_a_line_of_which_nobody_was_counted_is_not_there():
    contract = feed("bus", "boardings", ["place", "line", "time", "boardings", "alightings"])
    given = rows(contract, [DAY], place=["s", "t"], line=["1", "2"], boardings=[None, 4], alightings=[None, 3])
    found = transit_line_day({"boardings": (observe(contract, town(contract), given, [DAY], {}),)}, town(contract))
    assert found.to_dicts() == [
        {"day": DAY, "line": "2", "boardings": 4, "alightings": 3, "stations": 1, "feed": "bus"}
    ]


@pytest.mark.parametrize("name", ["population_area_hour", "transit_line_day"])
def test_a_mart_has_the_columns_of_its_contract(name):
    contract = mart_contract(name)
    if name == "population_area_hour":
        one = people()
        given = rows(one, [DAY], area=["7011"], time=[ONE], people_group=["total"], people=[1.0])
        found = population_area_hour({"people_present": (observe(one, town(one), given, [DAY], {}),)}, town(one))
    else:
        one = feed("bus", "boardings", ["place", "line", "time", "boardings"])
        given = rows(one, [DAY], place=["s"], line=["1"], boardings=[1])
        found = transit_line_day({"boardings": (observe(one, town(one), given, [DAY], {}),)}, town(one))
    wanted = dict(contract.schema)
    assert dict(found.select(list(wanted)).schema) == wanted
    assert found.width == len(wanted)
