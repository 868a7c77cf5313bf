"""What Dagster's page of a check says."""

from pathlib import Path

import dagster as dg

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
    results = {one.check_name: one for one in asset_checks.results(run.home, contract, dg.AssetKey("air"), outcomes)}
    found = {name: value.value for name, value in results["well_formed"].metadata.items()}
    assert not results["well_formed"].passed
    assert (found["code"], found["severity"], found["rows_evaluated"]) == ("AIR-repeated", "warning", 2)
