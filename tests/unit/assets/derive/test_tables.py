"""Which derived tables a city can have, in which order, and what they are made from."""

from dataclasses import replace
from pathlib import Path

from assets import marts
from assets.derive.daily import DailyTable
from assets.derive.periods import PeriodTable
from assets.derive.tables import declared_marts, declared_subjects, derived_tables
from assets.metrics.model import definition_files, metric_definitions
from tests.worlds.packs import seoul

TABLES = {(table.layer, table.name): table for table in derived_tables(seoul())}


def test_every_mart_has_its_contract_and_every_contract_its_mart():
    contracts = {path.name.removesuffix(".odcs.yaml") for path in Path(marts.__path__[0]).glob("*.odcs.yaml")}
    assert set(declared_marts()) == contracts


def test_every_subject_has_its_definitions_and_its_measures():
    assert set(declared_subjects()) == {path.stem for path in definition_files()}
    assert {definition.subject for definition in metric_definitions().values()} == set(declared_subjects())


def test_seoul_has_all_that_the_platform_can_make():
    made = {name for layer, name in TABLES if layer == "mart"}
    assert made == set(declared_marts())
    assert {name for layer, name in TABLES if layer == "metric"} == {
        *declared_subjects(),
        *("air_period", "environment_period", "transit_period"),
    }


def test_a_table_comes_after_those_it_needs():
    known = {("core", name) for name in seoul().contracts}
    for table in derived_tables(seoul()):
        assert {(c.layer, c.name) for c in (*table.needs, *table.uses)} <= known, table.name
        known.add((table.layer, table.name))


def test_feeds_are_those_that_a_table_is_made_from_in_the_end():
    sensors = {"sdot_env", "sdot_ref", "boundaries"}
    assert TABLES["mart", "environment_area_day"].feeds == sensors
    assert TABLES["metric", "environment"].feeds == sensors
    assert TABLES["metric", "environment_period"].feeds == sensors
    assert TABLES["metric", "exposure"].feeds == {"air_daily", "living_population"}


def test_every_metric_needs_feeds_that_its_table_is_made_from():
    for definition in metric_definitions().values():
        assert set(definition.feeds) <= TABLES["metric", definition.subject].feeds, definition.metric


def test_a_city_has_the_tables_of_its_feeds_and_of_its_metrics():
    city = seoul()
    air = {name: d for name, d in city.definitions.items() if d.subject == "air" and d.period != "month"}
    small = replace(city, contracts={"air_daily": city.contracts["air_daily"]}, definitions=air)
    tables = derived_tables(small)
    assert [(type(t), t.name) for t in tables] == [
        (DailyTable, "air_area_day"),
        (DailyTable, "air"),
        (PeriodTable, "air_period"),
    ]
    without = replace(city, contracts={n: c for n, c in city.contracts.items() if n != "boundaries"})
    assert not {"environment_area_day", "environment", "environment_period"} & {t.name for t in derived_tables(without)}


def test_the_tables_of_a_city_are_found_once():
    assert derived_tables(seoul()) is derived_tables(seoul())
    assert derived_tables(replace(seoul())) is not derived_tables(seoul())
