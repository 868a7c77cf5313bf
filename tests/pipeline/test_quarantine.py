"""What is held back is work: it is counted with reasons, exported, and judged again from landing after a correction."""

from __future__ import annotations

import json
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from assets.ingest import parse_cache
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.files import AIR_HEADER, DAYS, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul
from warehouse.ledger import ledger

CITY = ("--city", "seoul")
RULE = "AIR-co-range"
NIGHT = ("nightly", *CITY, "--day", str(LAST))
FILTERS = (*CITY, "--feed", "air_daily", "--day", str(LAST), "--rule", RULE)


def delivered(root: Path) -> tuple[Yard, Command]:
    """Air of four days, of which the last has one value beyond the range of its column, and one row without a day."""
    yard = Yard(root)
    rows = air_rows(DAYS)
    rows[-1][4] = 60  # ppm; up to 50
    rows.append(["2020-13-45", *rows[-1][1:]])
    yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, rows), "cp949")
    return yard, Command(yard.home.root, small_seoul(root, "air_daily"))


@pytest.fixture(scope="module")
def night_of_air(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a night of it. Nobody changes it: tests work on a copy."""
    root = tmp_path_factory.mktemp("held")
    yard, command = delivered(root)
    with no_events():
        said = command(*NIGHT, "--from-dir", yard.drop)
    assert said.code == 0, said.err
    return root


@pytest.fixture
def command(night_of_air: Path, tmp_path: Path) -> Iterator[Command]:
    shutil.copytree(night_of_air, tmp_path / "own", symlinks=True)
    with no_events():
        yield Command(tmp_path / "own" / "home", tmp_path / "own" / "cities")


def correct(command: Command, most: int) -> None:
    """Correct the rule: what the column may hold."""
    feed = feed_of(command)
    feed.write_text(feed.read_text("utf-8").replace("range: {most: 50,", f"range: {{most: {most},"), "utf-8")


def feed_of(command: Command) -> Path:
    assert command.packs is not None
    return command.packs / "seoul" / "feeds" / "air_daily.yaml"


def listed(command: Command, *words: str) -> list[dict[str, object]]:
    return json.loads(command("quarantine", "list", *words, "--json").out)


def most_co(command: Command) -> float:
    said = command("sql", f"SELECT max(co) AS most FROM core.seoul_air_daily WHERE day = DATE '{LAST}'", "--json")
    return json.loads(said.out)[0]["most"]


def test_what_is_held_back_is_counted_with_its_reason(command: Command):
    (cell, undated) = sorted(listed(command), key=lambda row: str(row["rule"]), reverse=True)
    assert (cell["rule"], cell["count"], cell["fate"], cell["scope"]) == (RULE, 1, "held", "cell")
    assert "co" in str(cell["reason"])
    assert (undated["scope"], undated["count"]) == ("row", 1)
    assert listed(command, *FILTERS) == [cell]
    assert RULE in command("quarantine", "list").out


def test_a_corrected_rule_releases_what_it_held_and_the_ledger_says_under_which_rules(command: Command):
    held_under = json.loads(command("quarantine", "show", *FILTERS, "--json").out)[0]["contract_hash"]
    before = most_co(command)
    correct(command, 100)
    said = command("quarantine", "replay", *FILTERS, "--json")
    assert said.code == 0, said.err
    (told,) = json.loads(said.out)
    assert (told["held"], told["released"], told["still_held"]) == (1, 1, 0)
    assert told["held_under"] == held_under != told["judged_under"]
    assert most_co(command) > before
    assert listed(command, *FILTERS) == []
    (row,) = json.loads(command("quarantine", "show", *FILTERS, "--all", "--json").out)
    assert (row["fate"], row["contract_hash"], row["judged_under"]) == ("released", held_under, told["judged_under"])


def test_what_still_breaks_the_rules_is_still_held_and_counted_once(command: Command):
    correct(command, 55)
    (told,) = json.loads(command("quarantine", "replay", *FILTERS, "--json").out)
    assert (told["held"], told["released"], told["still_held"]) == (1, 0, 1)
    assert [row["count"] for row in listed(command, *FILTERS)] == [1]
    assert [row["fate"] for row in listed(command, *FILTERS, "--all")] == ["again", "held"]


def test_a_corrected_parser_has_the_same_rows_judged_again(command: Command, monkeypatch: pytest.MonkeyPatch):
    """The contract is as it was: that other code read the delivery is what makes the batch another one."""
    (nothing,) = json.loads(command("quarantine", "replay", *FILTERS, "--json").out)
    assert (nothing["released"], nothing["still_held"], nothing["judged_under"]) == (0, 1, None)
    monkeypatch.setattr(parse_cache, "reading_version", lambda: "corrected")
    for _ in range(2):  # the second has nothing left to do
        (told,) = json.loads(command("quarantine", "replay", *FILTERS, "--json").out)
        assert told["still_held"] == 1
    batches = ledger.read(Yard(command.home.parent).home, "batch").filter(pl.col("table_name") == "air_daily").collect()
    assert batches.filter(pl.col("layer") == "core", pl.col("day") == LAST).height == 2
    assert batches.filter(pl.col("layer") == "delivery").height == 2
    assert [row["count"] for row in listed(command)] == [1, 1]
    with no_events():
        again = command(*NIGHT, "--from-dir", command.home.parent / "drop" / "seoul")
    assert again.code == 0
    assert "nothing new" in again.out


@pytest.mark.parametrize(
    "step",
    [
        "gate.committed",
        *(pytest.param(n, marks=pytest.mark.weekly) for n in ("ingest.read", "gate.judged", "publish.built")),
    ],
)
def test_a_replay_that_was_killed_goes_on(command: Command, step: str):
    correct(command, 100)
    assert command.process("quarantine", "replay", *FILTERS, MADANG_FAILPOINT=step).code == -signal.SIGKILL
    said = command("quarantine", "replay", *CITY, "--json")
    assert said.code == 0, said.err
    assert most_co(command) > 1
    assert listed(command, *FILTERS) == []


def test_nothing_to_replay_is_one_sentence(command: Command):
    said = command("quarantine", "replay", *CITY, "--rule", "zzz")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("madang: nothing is held back")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_an_export_is_its_owners_alone_and_has_all_rows(command: Command, tmp_path: Path, ending: str):
    file = tmp_path / f"held{ending}"
    said = command("quarantine", "export", file)
    assert said.code == 0, said.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = pl.read_csv(file) if ending == ".csv" else pl.read_parquet(file)
    assert sorted(rows["scope"]) == ["cell", "row"]
    assert rows.filter(pl.col("scope") == "cell")["line"].to_list() == [157]
    again = command("quarantine", "export", file)
    assert (again.code, len(again.err.splitlines())) == (2, 1)
    inside = command("quarantine", "export", command.home / f"held{ending}")
    assert inside.code == 2
    assert not (command.home / f"held{ending}").exists()


def test_an_export_leaves_out_what_stands_in_private_rows(command: Command, tmp_path: Path):
    feed = feed_of(command)
    feed.write_text(feed.read_text("utf-8").replace("  co: {", "  co: {classification: restricted, "), "utf-8")
    masked, whole = tmp_path / "masked.csv", tmp_path / "whole.csv"
    said = command("quarantine", "export", masked)
    assert "air_daily (seoul)" in said.words
    assert "20200404" not in masked.read_text("utf-8")
    assert command("quarantine", "export", whole, "--private").code == 0
    assert "20200404" in whole.read_text("utf-8")
