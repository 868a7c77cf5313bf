"""Which derived tables a city can have, in which order, and what they are made from."""

from dataclasses import replace
from pathlib import Path

from assets import marts
from assets.derive.marts import MartTable
from assets.derive.parts import (
    can_be_had,
    feeds_of,
    feeds_of_metrics,
    found_of_all,
    marts_of_metrics,
    why_not_had,
    with_parts,
)
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.mart import declared_marts
from assets.metrics.entry import Entry
from assets.pack.city import load_city
from assets.watch.watched import watched_columns
from tests.support.paths import CITIES
from tests.worlds.measuring_town import entry, feed, town
from tests.worlds.packs import seoul

TABLES = {(table.layer, table.name): table for table in derived_tables(seoul())}
AIR = feed("air", "air_quality", ["place", "time", "pm25", "pm10"])
PARTS = {"pm25_24h": "fine", "pm10_24h": "coarse", "so2_1h": "sulphur"}
INDEX = {"index": {"standard": "kr.cai", "of": PARTS}}
MEAN = {"weighted_mean": {"of": "fine", "by": "residents"}}


def derived(how: dict[str, object]) -> Entry:
    """An entry that is made of others."""
    said = {"unit": "index", "possible": (0, 500), "title": "it", "formula": "so"}
    return Entry.model_validate({"derived": how} | said)


ENTRIES = {
    "fine": entry(),
    "coarse": entry(value="pm10"),
    "sulphur": entry(value="so2"),
    "breathed": derived(MEAN),
    "index": derived(INDEX),
    "doubled": derived({"ratio": ("index", "sulphur")}),
    "itself": derived({"ratio": ("itself", "fine")}),
}


def test_every_mart_has_its_contract_and_every_contract_its_mart():
    contracts = {path.name.removesuffix(".odcs.yaml") for path in Path(marts.__path__[0]).glob("*.odcs.yaml")}
    assert set(declared_marts()) == contracts


def test_seoul_has_all_marts_and_every_metric_that_it_has_chosen():
    switched_on = {"correction_basis", "corrected_day"}  # of `corrections` of a pack, and Seoul corrects nothing
    assert {name for layer, name in TABLES if layer == "mart"} == set(declared_marts()) - switched_on
    made = {name for table in TABLES.values() if isinstance(table, SubjectTable) for name in table.metrics}
    longer = (table for table in TABLES.values() if isinstance(table, PeriodTable))
    made |= {rollup.metric for table in longer for rollups in table.rollups.values() for rollup in rollups}
    never = {name for name, choice in seoul().choices.items() if choice.does_not_occur is not None}
    assert set(seoul().metrics) - made == never


def test_a_table_comes_after_those_it_needs():
    known = {("core", name) for name in seoul().contracts}
    for table in derived_tables(seoul()):
        assert {(c.layer, c.name) for c in (*table.needs, *table.uses)} <= known, table.name
        known.add((table.layer, table.name))


def test_feeds_are_those_that_a_table_is_made_from_in_the_end():
    sensors = {"sdot_env", "sdot_ref", "boundaries"}
    # what is watched of other networks says what its values are worth
    beside = {name for name, one in seoul().contracts.items() if set(one.models) & watched_columns().keys()}
    for table in ("street_sensors", "street_sensors_period"):
        assert sensors <= TABLES["metric", table].feeds <= sensors | beside
    exposure = {"air_daily", "living_population"}
    assert exposure <= TABLES["metric", "exposure"].feeds <= exposure | beside | {"boundaries", "sdot_ref"}


def test_a_city_has_the_tables_of_its_feeds_and_of_its_metrics():
    city = seoul()
    air = {name: metric for name, metric in city.metrics.items() if metric.subject == "air_quality"}
    small = replace(city, contracts={"air_daily": city.contracts["air_daily"]}, metrics=air)
    found = [(type(t), t.name) for t in derived_tables(small) if not isinstance(t, MartTable)]
    assert found == [(SubjectTable, "air_quality"), (PeriodTable, "air_quality_period")]
    sensed = {"air_quality", "noise_level", "weather"}
    without = replace(city, contracts={n: c for n, c in city.contracts.items() if not sensed & set(c.models)})
    assert not {"street_sensors", "noise_level", "street_sensors_period"} & {t.name for t in derived_tables(without)}


def test_a_longer_period_has_its_daily_values_computed_where_those_are_not_chosen():
    city = seoul()
    yearly = replace(city, metrics={"pm25_annual_mean": city.metrics["pm25_annual_mean"]})
    daily = next(table for table in derived_tables(yearly) if isinstance(table, SubjectTable))
    assert (daily.name, daily.metrics) == ("air_quality", ("pm25_mean",))


def test_the_tables_of_a_city_are_found_once():
    assert derived_tables(seoul()) is derived_tables(seoul())
    assert derived_tables(replace(seoul())) is not derived_tables(seoul())


def test_what_an_entry_is_made_of_comes_before_it():
    assert with_parts(["doubled", "fine"], ENTRIES) == ("fine", "coarse", "sulphur", "index", "doubled")
    assert with_parts(["itself"], ENTRIES) == ("fine", "itself")


def test_an_index_is_made_of_the_parts_that_can_be_had_and_all_else_of_all():
    city = town(AIR)
    had = [name for name in ENTRIES if can_be_had(name, ENTRIES, city)]
    assert had == ["fine", "coarse", "breathed", "index"]
    assert not any(can_be_had(name, ENTRIES, town()) for name in ENTRIES)
    assert found_of_all("index", ENTRIES, lambda name: frozenset({name})) == {"fine", "coarse", "sulphur"}
    assert why_not_had("doubled", ENTRIES, city) == "air cannot give it: there is no column so2"
    assert why_not_had("index", ENTRIES, city) == ""
    assert why_not_had("index", ENTRIES, town()) == "no feed of model air_quality"


def test_of_each_group_of_feeds_one_is_enough():
    feeds = feeds_of_metrics(seoul())
    assert feeds["pm25_living_population_weighted"] == (("air_daily",), ("living_population",))
    assert feeds["pm25_annual_mean"] == feeds["cai"] == (("air_daily",),)
    assert feeds_of_metrics(replace(seoul(), contracts={}))["cai"] == ()


def test_a_metric_names_all_feeds_of_which_its_mart_reads_rows():
    """Of the legal decline test the one feed of residents by year stood there alone, and no register."""
    city, made = seoul(), marts_of_metrics(seoul())
    of_marts = {metric: made[metric] for metric in city.metrics if made[metric] and feeds_of(city, metric)}
    assert len(of_marts) > 20
    for metric, its in of_marts.items():
        read = {feed.name for one in its if not one.mart.by_quantity for feed in one.feeds_read}
        assert read <= feeds_of(city, metric), metric
    registers = {"residents_history", "businesses_history", "building_register"}
    assert feeds_of(city, "decline_legal_test") == {"residents_year", *registers}
    assert feeds_of(city, "land_near_stops") == {"bus_stops", "boundaries"}
    assert feeds_of(city, "pm25_mean") == {"air_daily"}  # what says alone where its places stand is not among them


def test_a_metric_of_supply_names_the_timetable_that_says_what_runs_where():
    manila = load_city(CITIES / "manila")
    assert feeds_of(manila, "transit_stops") == {"gtfs_days", "gtfs_timetable"}
