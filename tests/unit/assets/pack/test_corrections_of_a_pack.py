"""`corrections` of metrics.yaml: what a pack can say, and the sentence with which the rest is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.check.check import check_pack
from assets.check.corrections import correction_mistakes_of_pack
from assets.pack.city import load_city, read_pack
from assets.pack.corrections import Correction, corrected_from, corrections_of, witnessed_by
from quality.contract.mistakes import ContractError
from tests.worlds.packs import seoul, small_seoul

LINEAR = {"network": "low_cost", "quantity": "pm25", "by": "linear", "witness": "reference", "days": 30}
HUMIDITY = {"network": "low_cost", "quantity": "pm25", "by": "humidity"}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_seoul(tmp_path_factory.mktemp("corrections"), "sdot_env", "sdot_ref", "air_daily") / "seoul"


def choosing(pack: Path, corrections: Any) -> None:
    path = pack / "metrics.yaml"
    path.write_text(yaml.safe_dump({"metrics": {"pm25_mean": {}}, "corrections": corrections}), "utf-8")


def said_of(pack: Path, *corrections: dict[str, Any]) -> str:
    """What is said of a pack with these corrections; empty: nothing."""
    choosing(pack, list(corrections))
    read = read_pack(pack)
    found = [*read.mistakes, *correction_mistakes_of_pack(read)]
    assert all(mistake.key.startswith("corrections") for mistake in found)
    return "; ".join(f"{mistake.key}: {mistake.what}; {mistake.hint}" for mistake in found)


def test_no_pack_corrects_anything_that_does_not_say_so():
    assert seoul().corrections == ()


@pytest.mark.parametrize(
    ("correction", "version"),
    [(LINEAR, "linear 2 by reference over 30 days"), (HUMIDITY, "humidity us_epa_2021")],
)
def test_a_correction_says_its_version(pack: Path, correction: dict[str, Any], version: str):
    assert said_of(pack, correction) == ""
    (found,) = load_city(pack).corrections
    assert found.version == version


def test_what_the_provider_corrects_is_corrected_from_its_raw_column():
    sensors, air = seoul().contracts["sdot_env"], seoul().contracts["air_daily"]
    linear = Correction(**LINEAR)
    assert corrected_from(sensors, "pm25") == "pm25_raw"
    assert corrected_from(sensors, "temperature") == "temperature"
    assert corrected_from(seoul().contracts["sdot_ref"], "pm25") is None  # a register
    assert corrections_of(sensors, [linear]) == (linear,)
    assert (corrections_of(air, [linear]), witnessed_by(air, [linear])) == ((), (linear,))


@pytest.mark.parametrize(
    ("corrections", "said"),
    [
        ([LINEAR, HUMIDITY], "pm25 of the network low_cost has two, linear and humidity"),
        ([LINEAR, LINEAR | {"days": 60}], "two, linear and linear; two corrections are never mixed"),
        ([HUMIDITY | {"witness": "reference"}], "a formula that nothing is fitted to"),
        ([HUMIDITY | {"quantity": "pm10"}], "is a formula of pm25, and of no pm10"),
        ([{**LINEAR, "witness": None}], "needs a `witness`"),
        ([{**LINEAR, "days": None}], "and `days`, from 30 to 90"),
        ([LINEAR | {"days": 29}], "30"),
        ([LINEAR | {"days": 91}], "90"),
        ([LINEAR | {"witness": "low_cost"}], "low_cost is no witness of itself"),
        ([LINEAR | {"network": "reference", "witness": "low_cost"}], "the network reference is calibrated"),
        ([LINEAR | {"network": "crowd", "witness": "low_cost"}], "low_cost is no witness, as nobody calibrates it"),
        ([LINEAR | {"witness": "modelled"}], "modelled is no witness"),
        ([LINEAR | {"network": "crowd"}], "no feed is of the network crowd; there are: low_cost, reference"),
        ([LINEAR | {"quantity": "pm2"}], "no feed of the network low_cost has a column 'pm2'; write pm25"),
        (
            [LINEAR | {"quantity": "laeq"}],
            "no feed of the network reference has laeq; take the correction out: no calibrated",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_a_sentence(pack: Path, corrections: list[dict[str, Any]], said: str):
    assert said in said_of(pack, *corrections)


def test_two_corrections_of_one_quantity_are_said_under_their_key_once(pack: Path):
    assert said_of(pack, LINEAR, LINEAR | {"days": 60}).startswith("corrections: pm25 of the network low_cost has two")


def test_a_pack_with_two_corrections_of_one_quantity_is_not_read(pack: Path):
    said_of(pack, LINEAR, HUMIDITY)
    with pytest.raises(ContractError, match="take one of them out"):
        load_city(pack)


def test_humidity_is_not_made_up_where_a_feed_has_none(pack: Path, tmp_path: Path):
    other = small_seoul(tmp_path, "sdot_env", "sdot_ref") / "seoul"
    path = other / "feeds" / "sdot_env.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    document["columns"].pop("humidity")
    document["columns"]["temperature"].pop("zero_is_missing_with")
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    assert "no humidity of the model weather stands in sdot_env" in said_of(other, HUMIDITY)


def test_corrections_of_nothing_are_no_corrections(pack: Path):
    choosing(pack, None)
    assert load_city(pack).corrections == ()


def test_the_check_of_a_pack_finds_them(pack: Path):
    choosing(pack, [LINEAR | {"quantity": "pm2"}])
    assert [mistake.key for mistake in check_pack(pack)] == ["corrections.0.quantity"]
