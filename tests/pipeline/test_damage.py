"""Damage costs only what is damaged: its days are closed with a reason, all else is published, and a night judges them
again from what landed."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.worlds.command import Command, Said
from tests.worlds.events import no_events
from tests.worlds.files import DAYS, LAST, Yard
from tests.worlds.packs import small_seoul
from warehouse.failpoint import listening
from warehouse.home import Home
from warehouse.published import connect

METRIC = "bike_rentals_per_100k"
BACKFILL = ("backfill", "--city", "seoul", "--from", str(DAYS[0]), "--to", str(LAST))
CORE, VALUES = "seoul/core/bike_daily", "seoul/metric/rentals"


@dataclass
class Night:
    """A home after a backfill of four days, as a copy that a test may damage."""

    command: Command
    drop: Path

    @property
    def home(self) -> Home:
        return Home(self.command.home)

    def run(self, *words: str) -> Said:
        with no_events():
            said = self.command(*words)
        assert "Traceback" not in said.err + said.out, said.err
        return said

    def again(self) -> Said:
        return self.run(*BACKFILL, "--from-dir", str(self.drop))

    def sql(self, query: str) -> list[tuple]:
        with connect.open_published(self.home) as con:
            return con.execute(query).fetchall()

    def values(self) -> dict[str, tuple[float | None, str | None]]:
        rows = self.sql(f"SELECT period_start, value, reason FROM metric.value WHERE metric = '{METRIC}'")
        return {str(day): (value, reason) for day, value, reason in rows}

    def status(self) -> dict[str, dict]:
        return {row["table_name"]: row for row in json.loads(self.run("status", "--json").out)}

    def live(self, table: str, day: object = LAST) -> Path:
        city, layer, name = table.split("/")
        (path,) = (
            self.home.table(city, layer, name).live_files()[-1:]
            if day is None
            else [p for p in self.home.table(city, layer, name).live_files() if f"day={day}" in p]
        )
        return Path(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Night:
    root = tmp_path_factory.mktemp("whole")
    yard = Yard(root)
    yard.deliver("bike_daily")
    found = Command(yard.home.root, small_seoul(root, "bike_daily"))
    assert found.packs is not None
    (found.packs / "seoul" / "metrics.yaml").write_text(f"metrics:\n  {METRIC}: {{}}\n")
    night = Night(found, yard.drop)
    said = night.again()
    assert said.code == 0, said
    return night


@pytest.fixture
def night(made: Night, tmp_path: Path) -> Night:
    shutil.copytree(made.command.home, tmp_path / "home", symlinks=True)
    night = Night(Command(tmp_path / "home", made.command.packs), made.drop)
    assert night.run("publish").code == 0  # the views hold full paths
    return night


def truncated(path: Path) -> None:
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[: len(content) // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(content)


HARM: dict[str, Callable[[Path], None]] = {"truncated": truncated, "gone": Path.unlink, "flipped": flipped}


@pytest.mark.parametrize("harm", ["truncated", "gone"])
@pytest.mark.holds(
    "attack 13",
    "A lost, truncated or changed file of the lake closes its day alone, with the reason; all else is published.",
)
def test_a_lost_file_of_values_closes_its_day(night: Night, harm: str):
    before = night.values()
    HARM[harm](night.live(VALUES))
    said = night.run("publish")
    assert said.code == 3, said
    assert "madang doctor" in said.err
    after = night.values()
    assert after[str(LAST)][0] is None
    assert "damaged" in str(after[str(LAST)][1])
    assert {day: v for day, v in after.items() if day != str(LAST)} == {
        day: v for day, v in before.items() if day != str(LAST)
    }
    row = night.status()["rentals"]
    assert (row["verdict"], str(row["newest_day"])) == ("ERROR", str(LAST))
    assert "madang doctor" in row["reason"]
    rows = night.sql("SELECT verdict, reason FROM ledger.verdict WHERE table_name = 'rentals' ORDER BY recorded_at")
    assert rows[-1][0] == "ERROR"
    again = night.run("publish")
    assert again.code == 3, again
    assert "nothing new" in again.out, again
    assert night.sql("SELECT count(*) FROM ledger.verdict") == night.sql("SELECT count(*) FROM ledger.verdict")
    healed = night.again()
    assert healed.code == 0, healed
    assert night.values() == before
    assert night.status()["rentals"]["verdict"] == "PASS"


@pytest.mark.parametrize("harm", ["truncated", "gone"])
def test_a_lost_file_of_a_feed_closes_its_day_and_no_value(night: Night, harm: str):
    before = night.values()
    HARM[harm](night.live(CORE, DAYS[1]))
    said = night.run("publish")
    assert said.code == 3, said
    assert "madang doctor" in said.err, said
    assert night.values() == before
    assert night.sql("SELECT count(DISTINCT day) FROM core.seoul_bike_daily") == [(3,)]
    assert night.again().code == 0
    assert night.sql("SELECT count(DISTINCT day) FROM core.seoul_bike_daily") == [(4,)]
    assert night.values() == before


@pytest.mark.parametrize("harm", list(HARM))
@pytest.mark.holds(
    "attack 17", "A damaged published file is made again by the next publication, with the same values and history."
)
def test_a_damaged_published_file_is_made_again(night: Night, harm: str):
    before, history = night.values(), night.sql("SELECT count(*) FROM metric.history")
    HARM[harm](night.home.published_file)
    said = night.run("publish")
    if harm == "gone":
        assert said.code == 0, said
    else:
        assert said.code == 3, said
        assert "published file was damaged" in said.err
        assert "madang doctor" in said.err
    assert (night.values(), night.sql("SELECT count(*) FROM metric.history")) == (before, history)
    assert night.run("publish").code == 0


@pytest.mark.parametrize("name", ["batch", "verdict"])
@pytest.mark.holds(
    "attack 14", "Without a table of its ledger a home changes nothing: one sentence, exit 1, and how to go on."
)
def test_without_a_table_of_the_ledger_nothing_is_changed(night: Night, name: str):
    shutil.rmtree(night.home.lake / "ledger" / name)
    before = night.home.published_file.read_bytes()
    for said in (night.run("publish"), night.again()):
        assert said.code == 1, said
        assert f"ledger.{name} is gone" in said.err
        assert "madang doctor" in said.err
        assert "madang repair" in said.err
        assert len(said.err.splitlines()) == 1
    assert night.home.published_file.read_bytes() == before
    assert not (night.home.lake / "ledger" / name).exists()


@pytest.mark.parametrize(("name", "harm"), list(zip(("attempt", "batch", "verdict"), HARM, strict=True)))
@pytest.mark.holds(
    "attack 14", "A lost or edited file of the ledger closes the days that it spoke of; a backfill judges them again."
)
def test_a_lost_file_of_the_ledger_closes_its_days(night: Night, name: str, harm: str):
    before = night.values()
    files = sorted(night.home.ledger(name).live(), key=lambda path: Path(path).stat().st_size)
    HARM[harm](Path(files[-1]))
    said = night.run("publish")
    assert said.code == 3, said
    assert f"ledger.{name}" in said.err
    assert "madang doctor" in said.err
    night.again()
    night.run("publish")
    assert night.values() == before


@pytest.mark.parametrize(("table", "harm"), [(CORE, "truncated"), (VALUES, "gone")])
@pytest.mark.holds(
    "attack 13", "A broken entry of a table's log closes that table, with the reason; all else is published."
)
def test_a_broken_log_closes_its_table(night: Night, table: str, harm: str):
    before = night.values()
    HARM[harm](sorted((night.home.lake / table / "_delta_log").glob("*.json"))[0])
    said = night.run("publish")
    assert said.code == 3, said
    assert "madang doctor" in said.err, said
    after = night.values()
    if table == CORE:
        assert after == before
    else:
        assert all(value is None and "log" in str(reason) for value, reason in after.values()), after
    assert night.status()[table.rpartition("/")[2]]["verdict"] == "ERROR"
    said = night.again()
    assert said.code == 3, said
    assert "madang doctor" in said.err, said


PARTS: dict[str, Callable[[Night], Path]] = {
    "feed": lambda night: night.live(CORE, DAYS[1]),
    "values": lambda night: night.live(VALUES),
    "log of a feed": lambda night: sorted((night.home.lake / CORE / "_delta_log").glob("*.json"))[-1],
    "log of values": lambda night: sorted((night.home.lake / VALUES / "_delta_log").glob("*.json"))[0],
    "batch": lambda night: _largest(night, "batch"),
    "verdict": lambda night: _largest(night, "verdict"),
    "attempt": lambda night: _largest(night, "attempt"),
    "quarantine": lambda night: _largest(night, "rule_result"),
    "log of verdicts": lambda night: sorted((night.home.lake / "ledger/verdict/_delta_log").glob("*.json"))[0],
    "log of batches": lambda night: sorted((night.home.lake / "ledger/batch/_delta_log").glob("*.json"))[-1],
    "published": lambda night: night.home.published_file,
    "version": lambda night: sorted(night.home.versions.glob("*.duckdb"))[-1],
}


def _largest(night: Night, name: str) -> Path:
    return Path(max(night.home.ledger(name).live(), key=lambda path: Path(path).stat().st_size))


# Of each kind one: a file, a log, the ledger's own, what is published. Each costs two repairs and five runs more.
IN_THE_SUITE = {"feed", "log of values", "verdict", "log of batches", "published", "version"}


@pytest.mark.parametrize(
    ("part", "harm"),
    [
        pytest.param(part, harm, marks=() if part in IN_THE_SUITE else pytest.mark.weekly)
        for part, harm in zip(PARTS, itertools.cycle(HARM), strict=False)
    ],
)
@pytest.mark.holds(
    "attack 13",
    "`madang doctor` finds what is damaged; `madang repair` makes it again from what landed, and all is as before.",
)
def test_what_is_damaged_is_found_and_repaired(night: Night, part: str, harm: str):
    before = night.values()
    HARM[harm](PARTS[part](night))
    found = night.run("doctor")
    assert found.code == 1, found
    assert "costs:" in found.out
    (*_, said) = json.loads(night.run("doctor", "--json").out)
    assert said["what"]
    repaired = night.run("repair")
    assert repaired.code == 0, repaired
    if part == "version":
        Path(said["where"]).unlink(missing_ok=True)
    assert night.run("publish").code in (0, 3)
    assert night.run("publish").code == 0
    assert night.values() == before
    found = night.run("doctor")
    assert (found.code, found.out) == (0, "nothing is damaged\n"), found
    again = night.run("repair")
    assert again.code == 0
    assert "nothing is damaged" in again.out
    assert night.again().code == 0
    assert night.values() == before


@pytest.mark.holds(
    "attack 13", "A repair that is killed at any of its steps goes on from there, and ends as one that was left alone."
)
def test_a_repair_that_is_killed_goes_on(night: Night):
    before = night.values()
    for part in ("feed", "log of values", "verdict"):
        PARTS[part](night).unlink()
    steps = ("repair.ledger_written", "repair.ledger", "repair.rebuilt", "repair.log", "repair.closed", "repair.judged")
    for step in steps:
        passed = list[str]()

        def stop(name: str, wanted: str = step, passed: list[str] = passed) -> None:
            if name == wanted:
                passed.append(name)
                raise KilledError

        with pytest.raises(KilledError), listening(stop):
            night.run("repair")
        assert passed == [step]
    assert night.run("repair").code == 0
    assert night.run("publish").code == 0
    assert night.run("doctor").code == 0
    assert night.values() == before


def test_what_landed_and_is_lost_is_said_and_costs_no_value(night: Night):
    before = night.values()
    for path in night.home.landing.glob("seoul/bike_daily/*/*.zst"):
        path.unlink()
    night.live(CORE, DAYS[1]).unlink()
    shutil.rmtree(night.home.parse_cache)
    found = night.run("doctor")
    assert found.code == 1
    assert "it landed, and is gone" in found.out
    said = night.run("repair", "--city", "seoul", "--table", "bike_daily", "--day", str(DAYS[1]))
    assert said.code == 3, said
    assert "could not be brought back" in said.err
    assert "LANDING-LOST" in said.err
    assert night.run("publish").code == 3
    assert night.values() == before


class KilledError(BaseException):
    """As a signal that nobody hears."""
