"""Every model says everything: what a row is, and of each column what it means, in which unit, and what null is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

import assets.models
from assets.models import models
from quality.contract.models import SHARED, Model, ModelColumn, load_models
from quality.row_rules import split
from quality.units.conversion import conversion, known_units
from quality.units.gases import molar_mass
from quality.units.headers import wrong_unit
from quality.units.money import CURRENCY
from quality.units.unit import code_of
from tests.worlds.packs import seoul

FOLDER = Path(assets.models.__file__).parent
MODELS = models()
NAMES = (
    "place",
    "air_quality",
    "noise_level",
    "weather",
    "people_present",
    "boardings",
    "transit_timetable",
    "transit_calendar",
    "transit_supply",
    "shared_vehicles",
    "rentals",
    "road_traffic",
    "parking",
    "water_use",
    "water_level",
    "energy_use",
    "sales",
    "businesses",
    "prices",
    "residents",
    "dwellings",
    "dwelling_sales",
    "buildings",
    "facilities",
    "incidents",
    "requests",
    "search_interest",
    "budget",
    "platform",
)
LANGUAGES = {"en", "ko", "ja", "zh-Hant", "zh-Hans", "vi", "th", "mn", "ru", "kk", "id", "ms", "es", "pt"}
# What most feeds of a model deliver: a newcomer's headers are found in English, and Seoul's in Korean.
COMMON = {
    "air_quality": "place time pm25 pm10 o3 no2 so2 co aqi aqi_category main_pollutant",
    "noise_level": "place time laeq lamax lamin",
    "weather": "place time temperature temperature_min temperature_max humidity precipitation wind_speed"
    " wind_speed_max wind_direction gust_speed pressure illuminance uv_index visibility",
    "people_present": "area place time people passages",
    "boardings": "place line time boardings alightings",
    "shared_vehicles": "place time name vehicles_available docks_total lat lon",
    "rentals": "place time rentals returns",
    "road_traffic": "place time speed travel_time",
    "parking": "place time capacity occupied",
    "water_use": "place time volume",
    "water_level": "place time level",
    "energy_use": "area time energy customer_group",
    "sales": "area time industry amount payments",
    "businesses": "area time businesses openings closures",
    "prices": "place time good price",
    "residents": "area time residents households",
    "place": "place name area lat lon address valid_from valid_to",
    "dwelling_sales": "area time price floor_area floor built_year",
}
MIXTURES = {"nmhc", "thc", "voc"}  # of no molar mass: mass is not converted


def columns() -> Iterator[tuple[str, str, ModelColumn]]:
    """Model, column and what it is."""
    for name, model in MODELS.items():
        for column, what in model.columns.items():
            yield name, column, what


def written(name: str) -> dict[str, Any]:
    """A model's file as it is written."""
    return yaml.load((FOLDER / name).read_text("utf-8"), Loader=yaml.CSafeLoader)


def test_all_models_are_there() -> None:
    assert sorted(MODELS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_what_it_is(name: str) -> None:
    model = MODELS[name]
    assert model.title[0].isupper()
    assert not model.title.endswith(".")
    assert model.about.strip().endswith(".")
    assert model.row[0].islower()
    assert model.key, "no column tells its rows apart"
    assert "smart_data_model" in written(f"{name}.yaml"), "say the entity, or that there is none: null"


def test_every_column_says_what_it_is() -> None:
    for name, column, what in columns():
        where = f"{name}.{column}"
        assert what.meaning[0].isupper(), where
        assert not what.meaning.endswith("."), where
        assert what.null or what.required, where
        if what.type in ("number", "integer"):
            assert what.range is not None, f"{where}: what can it not be?"
            assert what.unit, where
        else:
            assert what.unit is None, where
        assert what.substance is None or what.unit == "ppm", where
        assert what.unit != "ppm" or what.substance is not None or column in MIXTURES, f"{where}: of which gas?"
    unclear = [f"{n}.{c}" for n, c, what in columns() if what.required != (c == "time") and not what.key]
    assert unclear == [], "a feed may lack any value but its time and its key"


def test_a_name_means_the_same_in_all_models() -> None:
    said: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for _, column, what in columns():
        said[column].add((what.type, what.unit, what.substance, what.meaning))
    assert {column: found for column, found in said.items() if len(found) > 1} == {}


def test_every_column_of_a_model_with_an_entity_says_its_attribute_or_that_there_is_none() -> None:
    shared = written(str(SHARED))
    for name in NAMES:
        document = written(f"{name}.yaml")
        for column, own in document["columns"].items():
            said = "attribute" in ({**shared.get(column, {}), **(own or {})})
            assert said == (document["smart_data_model"] is not None), f"{name}.{column}"


def test_headers_are_of_known_languages_and_stand_once() -> None:
    for name, column, what in columns():
        where = f"{name}.{column}"
        assert what.synonyms.keys() <= LANGUAGES, where
        for language, headers in what.synonyms.items():
            assert headers, where
            assert len(set(headers)) == len(headers), f"{where}: {language} {sorted(headers)}"
            assert all(header == header.strip() and header for header in headers), where


@pytest.mark.parametrize("name", COMMON)
def test_what_is_commonly_delivered_is_known_in_english_and_korean(name: str) -> None:
    found = MODELS[name].columns
    missing = [c for c in COMMON[name].split() if not {"en", "ko"} <= found[c].synonyms.keys()]
    assert missing == []


# One header may be either: a name stands for the place where there is no code, and an index is written under the name
# of its pollutant. Whoever maps a file has to look at the values.
EITHER = (
    {"place", "name"},
    {"place", "area"},
)


def test_two_columns_of_a_model_share_a_header_only_where_it_may_be_either() -> None:
    for name, model in MODELS.items():
        places: dict[str, set[str]] = defaultdict(set)
        for column, what in model.columns.items():
            for header in {header for headers in what.synonyms.values() for header in headers}:
                places[header].add(column)
        unclear = {h: sorted(f) for h, f in places.items() if len(f) > 1 and f not in EITHER and not _index(f)}
        assert unclear == {}, name


def _index(found: set[str]) -> bool:
    return len(found) == 2 and {f"aqi_{column}" for column in found} & found != set()


def test_names_of_columns_need_no_quotes() -> None:
    with duckdb.connect() as con:
        for _, column, _ in columns():
            con.sql(f"SELECT {column} FROM (SELECT 1 AS {column}) WHERE {column} = 1 GROUP BY {column}")
    names = sorted({column for _, column, _ in columns()})
    frame = pl.DataFrame({name: [1] for name in names})
    assert frame.sql(f"SELECT {', '.join(names)} FROM self").columns == names


def test_rules_have_stable_names() -> None:
    for name, model in MODELS.items():
        found = [rule.name for rule in model.rules]
        assert len(set(found)) == len(found), name
        for rule in model.rules:
            assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", rule.name), rule.name
            compared = {(model.columns[column].type, model.columns[column].unit) for column in rule.not_below}
            assert len({kind.replace("integer", "number") for kind, _ in compared}) == 1, f"{name}: {rule.name}"
            assert len({unit for _, unit in compared}) == 1, f"{name}: {rule.name} compares {compared}"


def test_what_a_model_says_holds_together(tmp_path: Path) -> None:
    text = """
        title: T
        row: one
        about: A.
        time: {time}
        columns:
          time: {{type: timestamp, required: true, key: true, meaning: When}}
          {column}
    """
    for time, column, said in (
        ("register", "", "a register has no column 'time'"),
        ("instant", "Pm: {type: string, meaning: x, 'null': y}", "a name is of small letters"),
        ("instant", "day: {type: date, meaning: x, 'null': y}", "and none of"),
        ("instant", "x: {type: number, meaning: x, 'null': y}", "a number needs a unit"),
        ("instant", "x: {type: string, meaning: x}", "say in `null`"),
        ("instant", "x: {type: number, unit: m, meaning: x, key: true, 'null': y, range: {least: 0}}", "quarantine"),
        ("instant", "x: {type: number, unit: m, meaning: x, 'null': y, range: {least: 2, most: 1}}", "has no values"),
        ("instant", "x: {type: string, meaning: x, 'null': y, attribute_unit: m}", "are of an `attribute`"),
    ):  # fmt: skip
        (tmp_path / "bad.yaml").write_text(text.format(time=time, column=column), "utf-8")
        with pytest.raises(ValueError, match=re.escape(said)):
            load_models(tmp_path)


def test_a_shared_column_is_completed_by_the_model(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / SHARED).write_text(
        "place: {type: string, meaning: P, 'null': none, synonyms: {en: [a], ko: [k]}}", "utf-8"
    )
    (tmp_path / "one.yaml").write_text(
        "{title: T, row: r, about: A., time: register, columns: {place: {key: true, synonyms: {en: [b]}}}}", "utf-8"
    )
    model: Model = load_models(tmp_path)["one"]
    assert model.columns["place"].synonyms == {"en": ("a", "b"), "ko": ("k",)}
    assert model.key == ("place",)


# Units of what is counted, for which UN/CEFACT has no code of its own.
WITHOUT_A_CODE = {"households", "index", "payments", "places", "vehicles", "vehicles/h", CURRENCY}


def test_units_are_known_and_have_a_code() -> None:
    units = {what.unit for _, _, what in columns() if what.unit is not None}
    assert {unit for unit in units if code_of(unit) is None} == WITHOUT_A_CODE
    for unit in sorted(units - {CURRENCY}):
        assert known_units(unit)[0].label == unit, "a model writes the unit as the table does"


def test_what_a_data_model_delivers_can_be_converted() -> None:
    for name, column, what in columns():
        if what.attribute_unit is not None:
            assert what.unit is not None
            assert conversion(what.attribute_unit, what.unit), f"{name}.{column}"


def test_gases_have_a_molar_mass() -> None:
    for name, column, what in columns():
        assert what.substance is None or molar_mass(what.substance) is not None, f"{name}.{column}"


def test_no_name_ends_as_another_unit_does() -> None:
    for name, column, what in columns():
        unit = "KRW" if what.unit == CURRENCY else what.unit
        assert wrong_unit(column, unit, ()) is None, f"{name}.{column}"


@pytest.mark.parametrize("feed", ["energy_meters", "water_meters"])
def test_more_smart_meters_than_meters_are_not_counted(feed: str):
    """20 smart of 10 meters were 200 % of a district, which cannot be, and 56 % of a city that has 50 %."""
    contract = seoul().contracts[feed]
    rows = [(10, 20), (10, 5), (10, None)]
    frame = pl.DataFrame([{"customers": all_, "smart_meters": smart} for all_, smart in rows]).select(
        pl.col(name).cast(dtype) if name in ("customers", "smart_meters") else pl.lit(None, dtype).alias(name)
        for name, dtype in contract.schema.items()
    )
    pair = [rule for rule in contract.rules if rule.code.endswith("-customers-not-below-smart-meters")]
    frame = frame.with_columns(day=date(2026, 5, 1), _sha256=pl.lit("f"), _line=pl.int_range(pl.len(), dtype=pl.Int64))
    found = split(frame, contract.model_copy(update={"rules": tuple(pair)}))
    assert found.kept.select("customers", "smart_meters").rows() == [(None, None), (10, 5), (10, None)]
    assert found.nullified["value"].to_list() == ["10", "20"]


def test_a_row_of_which_no_value_may_be_null_is_held_back():
    """A sale is no half of one: more cancelled than there were is no row to count."""
    rules = {rule.name: rule.on_fail for rule in MODELS["dwelling_sales"].rules}
    assert rules["sales-not-below-cancelled"] == "quarantine"
