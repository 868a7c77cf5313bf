"""Marts of several quantities in a city of which one rests on a private feed: two tables, and which metrics read which.

What becomes of them through a home, in the open file and its pages: tests/unit/assets/tiers/test_private_quantities.py.
"""

from dataclasses import replace

import pytest

from assets.derive.parts import feeds_of, feeds_of_metrics, marts_of_metrics
from assets.derive.private_cells import cells_of_metrics
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.mart import declared_marts, marts_of_tables, private_table
from assets.metrics.fed_marts import fed_marts
from assets.metrics.flags import flags_of
from assets.metrics.held import held_against_what
from assets.pack.corrections import Correction
from assets.tiers.recipients import private_metrics
from pipelines.column_lineage import column_lineage
from tests.worlds.derived_town import measuring
from tests.worlds.measuring_town import entry, feed, outlines, town

AIR, SOUND = ["place", "time", "pm25", "area"], ["place", "time", "laeq", "area"]
HIDDEN = "private-aggregate"
STATIONS = feed("stations", "air_quality", AIR, network="reference")
SENSORS = feed("sensors", "air_quality", AIR, network="low_cost")
OWN_SENSORS = feed("own_sensors", "air_quality", AIR, network="low_cost", classification=HIDDEN)
NOISE = feed("noise", "noise_level", SOUND, network="low_cost")
OWN_NOISE = feed("own_noise", "noise_level", SOUND, network="low_cost", classification=HIDDEN)
HEALTH = {"observes": "place_health", "value": "CASE WHEN agrees THEN 100 ELSE 0 END", "unit": "%"}
ENTRIES = {
    "fine": entry(where="network = 'low_cost'"),
    "loud": entry("noise_level", "laeq", unit="dB"),
    "trusted_air": entry(where="quantity = 'pm25'", **HEALTH),
    "trusted_sound": entry(where="quantity = 'laeq'", **HEALTH),
    "trusted": entry(**HEALTH),
}
WATCH = ("place_day", "network_day", "network_agreement", "place_health")


def city(*feeds):
    return measuring(town(*feeds), {name: ("air", one) for name, one in ENTRIES.items()})


def air_of(of):
    (table,) = [one for one in derived_tables(of) if isinstance(one, SubjectTable)]
    return table


def sides(of):
    """By table its quantities, and the feeds that it is made from."""
    return {
        name: (None if fed.quantities is None else set(fed.quantities), {one.name for one in fed.feeds_behind})
        for name, fed in fed_marts(of).items()
    }


@pytest.mark.parametrize(
    ("feeds", "shown", "hidden"),
    [
        ((STATIONS, SENSORS, OWN_NOISE), ("pm25", {"stations", "sensors"}), ("laeq", {"own_noise"})),
        ((STATIONS, OWN_SENSORS, NOISE), ("laeq", {"noise"}), ("pm25", {"stations", "own_sensors"})),
    ],
    ids=["sound", "air"],
)
def test_each_mart_of_the_watch_has_a_table_of_public_and_one_of_private_quantities(feeds, shown, hidden):
    found = sides(city(*feeds))
    assert found.keys() == {*WATCH, *map(private_table, WATCH)}
    for name in WATCH:
        assert found[name] == ({shown[0]}, shown[1])
        assert found[private_table(name)] == ({hidden[0]}, hidden[1])
    marts = fed_marts(city(*feeds))
    assert {name for name, fed in marts.items() if fed.contract.private} == set(map(private_table, WATCH))
    for name, fed in marts.items():  # a table reads those of its own side alone
        assert {one.contract.private for one in fed.marts.values()} <= {fed.contract.private}, name


def test_a_quantity_of_a_public_and_of_a_private_feed_is_private():
    found = fed_marts(city(STATIONS, SENSORS, OWN_SENSORS))
    assert set(found) == set(WATCH)
    assert all(fed.contract.private and fed.quantities is None for fed in found.values())
    both = feed("both", "air_quality", [*AIR, "pm10"], network="low_cost")
    marts = sides(city(both, OWN_SENSORS))
    assert marts["place_day"] == ({"pm10"}, {"both"})
    assert marts["place_day_of_private"] == ({"pm25"}, {"both", "own_sensors"})


def test_where_all_is_public_or_all_is_private_there_is_one_table():
    for feeds in ((STATIONS, SENSORS, NOISE), (OWN_SENSORS, OWN_NOISE)):
        found = fed_marts(city(*feeds))
        assert set(found) <= set(WATCH)
        assert all(fed.quantities is None for fed in found.values())


def test_what_says_where_places_stand_makes_their_quantities_private():
    nodes = feed("nodes", "place", ["place", "lat", "lon"], classification=HIDDEN)
    placed = feed("placed", "noise_level", ["place", "time", "laeq"], network="low_cost", register="nodes")
    found = sides(city(STATIONS, placed, nodes, outlines("shapes")))
    assert found["place_day"] == ({"pm25"}, {"stations"})
    assert found["place_health"] == ({"pm25"}, {"stations"})  # nor since when a place of that name stands there
    assert found["place_health_of_private"] == ({"laeq"}, {"placed", "nodes", "shapes"})
    other = feed("other", "place", ["place", "lat", "lon"], classification=HIDDEN)  # of no watched place
    assert sides(city(STATIONS, other))["place_health"] == (None, {"stations"})


def test_corrections_go_by_quantity_too():
    own = {"raw": {"from": "raw", "type": "number", "unit": "ug/m3", "meaning": "raw"}}
    corrected = {"implements": "air_quality", "columns": ["place", "time", "area"], "network": "low_cost"}
    fine = feed("fine", **corrected, own={**own, "pm25": {"from": "pm25", "corrects": "raw"}})
    coarse = feed(
        "coarse", **corrected, own={**own, "pm10": {"from": "pm10", "corrects": "raw"}}, classification=HIDDEN
    )
    by_line = Correction(network="low_cost", quantity="pm25", by="linear", witness="reference", days=30)
    found = sides(replace(city(STATIONS, fine, coarse), corrections=(by_line,)))
    for name in ("correction_day", "correction_change"):
        assert found[name] == ({"pm25"}, {"fine"})
        assert found[private_table(name)] == ({"pm10"}, {"coarse"})
    for name in ("correction_basis", "corrected_day"):
        assert found[name][1] == {"stations", "fine"}
        assert private_table(name) not in found


def test_public_values_take_what_the_watch_says_of_them_and_private_ones_what_it_says_of_theirs():
    of = city(STATIONS, SENSORS, OWN_NOISE)
    assert [one.mart.contract.name for one in held_against_what(ENTRIES["fine"], of)] == ["network_agreement"]
    assert [one.mart.contract.name for one in flags_of(ENTRIES["fine"], of)] == ["place_health"]
    table = air_of(of)
    read = {name: {one.contract.name for one in readings} for name, readings in table.readings.items()}
    assert read["fine"] == {"sensors", "network_agreement", "place_health"}
    assert read["loud"] == {"own_noise", "network_agreement_of_private", "place_health_of_private"}
    assert read["trusted_air"] == {"place_health"}
    assert read["trusted_sound"] == {"place_health_of_private"}
    assert read["trusted"] == {"place_health", "place_health_of_private"}
    assert private_metrics(of) == {"loud", "trusted_sound", "trusted"}
    assert {name for name, rests in cells_of_metrics(of).items() if rests} == {"loud", "trusted_sound", "trusted"}
    assert not table.only(["fine", "trusted_air"]).feeds & {"own_noise"}
    assert feeds_of(of, "trusted_air") == {"sensors", "stations"}
    assert feeds_of_metrics(of)["trusted"] == (("stations", "sensors", "own_noise"),)
    assert [one.contract.name for one in marts_of_metrics(of)["trusted"]] == ["place_health", "place_health_of_private"]


def test_a_public_value_whose_quantity_is_private_by_another_feed_does_without_the_watch():
    crowd = feed("crowd", "air_quality", AIR, network="crowd", classification=HIDDEN)
    of = city(STATIONS, SENSORS, crowd)
    table = air_of(of)
    assert [one.contract.name for one in table.readings["fine"]] == ["sensors"]


def test_no_public_table_names_a_private_one_in_its_lineage():
    of = city(STATIONS, SENSORS, OWN_NOISE)
    of = replace(of, metrics={name: of.metrics[name] for name in ("fine", "trusted_air")})
    tables = derived_tables(of)
    hidden = {"own_noise", *(one.name for one in tables if one.contract.private)}
    assert hidden == {"own_noise", *map(private_table, WATCH)}
    for table in (one for one in tables if not one.contract.private):
        deps = column_lineage(of, table).deps_by_column.values()
        assert hidden.isdisjoint(dep.asset_key.path[-1] for of_column in deps for dep in of_column), table.name
        assert hidden.isdisjoint({*table.feeds, *(one.name for one in (*table.needs, *table.uses))}), table.name


def test_each_table_of_a_mart_is_known_by_its_name():
    own = {name for name, mart in declared_marts().items() if mart.by_quantity}
    assert own == {*WATCH, "correction_day", "correction_change", "correction_basis", "corrected_day"}
    assert marts_of_tables() == {name: name for name in declared_marts()} | {private_table(name): name for name in own}
