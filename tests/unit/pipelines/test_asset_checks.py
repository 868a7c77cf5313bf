"""What Dagster's page of a check says."""

from pathlib import Path

import dagster as dg
import pytest

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from pipelines import asset_checks
from tests.worlds.towns import DAY, TODAY, Towns


def test_a_check_of_several_rules_says_which_is_broken_and_how_severe_that_is(tmp_path: Path):
    town = Towns(tmp_path)
    town.add("busan")
    path = tmp_path / "drop" / "busan" / "air" / "march.csv"
    path.write_text(path.read_text() + "N,2026-03-02 00:00,1\n")  # a line that is there again: a warning
    (city,) = town.load().cities
    run, contract = RunContext(town.home, city, "files", "1", TODAY, tmp_path / "drop" / "busan"), city.contracts["air"]
    read_new(run, contract, fetch(run, contract, []))
    outcomes = ingest.ingest(run, contract, [DAY]).outcomes
    evaluated = asset_checks.results_of_days(run.home, contract, dg.AssetKey("air"), outcomes)
    results = {one.check_name: one for one in evaluated}
    found = {name: value.value for name, value in results["well_formed"].metadata.items()}
    assert not results["well_formed"].passed
    assert (found["code"], found["severity"], found["rows_evaluated"]) == ("AIR-repeated", "warning", 2)
    assert "AIR-repeated" in (results["well_formed"].description or "")
    assert results["well_formed"].partition == str(DAY)


@pytest.mark.parametrize(
    ("code", "title", "name"),
    [
        (
            "MET-102",
            "No value is impossible; each that is was held back",
            "MET_102__No_value_is_impossible_each_that_is_was_held_back",
        ),
        ("CO-range", "co lies in 0..50 ppm (it was 400)", "CO_range__co_lies_in_0_to_50_ppm"),
        ("A-b", "ж", "A_b"),
        ("A-b", "word " * 30, "A_b__" + "_".join(["word"] * 12)),
        ("A-b", "w" * 90, "A_b__" + "w" * 60),
    ],
    ids=["sentence", "range and aside", "no letters", "long", "one long word"],
)
def test_a_check_is_named_by_the_code_and_the_title_of_its_rule(code: str, title: str, name: str):
    assert asset_checks.check_name(code, title) == name
