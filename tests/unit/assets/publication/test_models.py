"""model.<name>: the union of the public feeds of all cities that implement a model."""

from datetime import date, datetime
from pathlib import Path

import pytest

from assets.models import models
from assets.publication.columns import currency_of_feed, model_table
from quality.load import load
from tests.worlds.towns import AIR, FEEDS, Towns
from warehouse.published import dictionary

ROWS = (
    "SELECT city, feed, network, interval, place, time, time_utc, day, pm25, pm10 FROM model.air_quality ORDER BY ALL"
)


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """One town with a station and sensors, one with a station, one whose station is private."""
    towns = Towns(tmp_path_factory.mktemp("towns"))
    towns.add("east", ("air", "sensors"), number=3)
    towns.add("west", number=7)
    towns.add("shut", texts={"air": AIR + "classification: restricted\n"}, number=5)
    assert towns.night().broken == {}
    return towns


def instants(*texts: str) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(text) for text in texts)


def test_rows_of_all_cities_stand_in_one_shape_and_unit(towns: Towns):
    first, last = instants("2026-03-02", "2026-03-01 15:00"), instants("2026-03-02 23:00", "2026-03-02 14:00")
    day = date(2026, 3, 2)
    air = ("air", "reference", "hour", "N")
    sensors = ("sensors", "low_cost", "hour", "L1")
    assert towns.rows(ROWS) == [
        ("east", *air, *first, day, 3.0, None),
        ("east", *air, *last, day, 3.5, None),
        ("east", *sensors, *first, day, None, 30.0),
        ("east", *sensors, *last, day, None, 30.0),
        ("west", *air, *first, day, 7.0, None),
        ("west", *air, *last, day, 7.5, None),
    ]
    assert towns.rows("SELECT city, feed, temperature FROM model.weather ORDER BY time") == [
        ("east", "sensors", 8.5),
        ("east", "sensors", 9.5),
    ]


def test_only_models_that_a_public_feed_implements_are_there(towns: Towns):
    assert towns.relations("core", "model") == [
        "core.east_air",
        "core.east_sensors",
        "core.west_air",
        "model.air_quality",
        "model.reading_qc",
        "model.weather",
    ]


def test_every_column_of_the_model_is_there_with_its_type_and_a_comment(towns: Towns):
    for name in ("air_quality", "weather"):
        spec = model_table(models()[name])
        assert set(models()[name].columns) <= set(spec.names)
        assert [row[:2] for row in towns.rows(f"DESCRIBE model.{name}")] == list(spec.types.items())
    assert dictionary.undocumented(towns.home.published_file) == []
    page = dictionary.dictionary_page(towns.home.published_file)
    assert "### model.air_quality" in page
    assert "| `pm25` | DOUBLE | Mass of particles of up to 2.5 micrometres in a volume of air [ug/m3]. Null:" in page


def test_the_union_says_in_which_currency_amounts_are(tmp_path: Path):
    said = "title: S\npurpose: S\nowner: o\nlicence: l\nimplements: [{model}]\ninterval: day\nfiles: {{paths: [x]}}\n"
    time = "columns:\n  time: {from: day, format: '%Y-%m-%d'}\n"
    for model, columns, currency in (
        ("sales", "  amount: {from: sum, unit: million VND}\n", {"currency": "VND"}),
        ("sales", "  payments: count\n", {}),
        ("sales", "  amount: {from: sum, unit: KRW}\n  currency: code\n", {}),
        ("sales", "  amount_min: {from: a, unit: KRW}\n  amount_max: {from: b, unit: USD}\n", {}),
        ("rentals", "  rentals: count\n", {}),
    ):
        path = tmp_path / "feed.yaml"
        path.write_text(said.format(model=model) + time + columns)
        contract = load(path, "Asia/Ho_Chi_Minh", models())
        assert currency_of_feed(contract, models()[model]) == currency, columns


def test_every_model_can_be_published():
    for model in models().values():
        spec = model_table(model)
        assert spec.names[:4] == ("city", "feed", "network", "interval")
        assert "day" in spec.names


def test_nothing_new_is_no_version_and_a_model_goes_with_its_last_feed(tmp_path: Path):
    towns = Towns(tmp_path)
    pack = towns.add("east", ("air", "sensors"))
    towns.night()
    assert not towns.publish().changed
    (pack / "feeds" / "sensors.yaml").unlink()
    assert towns.publish().changed
    assert towns.relations("core", "model") == ["core.east_air", "model.air_quality", "model.reading_qc"]
    assert {row[3] for row in towns.rows(ROWS)} == {"hour"}
    (pack / "feeds" / "air.yaml").write_text(FEEDS["air"].replace("pm25: {from: fine", "pm10: {from: fine"))
    towns.night()
    assert [row[-2:] for row in towns.rows(ROWS)] == [(None, 1.0), (None, 1.5)]
