"""kill -9 between any two steps of the way, and the run after it: the same as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.killed_run import DAYS, FEED, PHASES, small_city
from tests.worlds.command import Command
from tests.worlds.files import AIR_HEADER, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

PROGRAM = Path(__file__).with_name("killed_run.py")
NIGHT = ("nightly", "--city", "seoul", "--day", "2020-04-04")
FULL_PARTS = 17  # of a hundred moments each part has every seventeenth
TIMES = ("run_id", "recorded_at", "published_at")


class Runner:
    """A process that forks a child for each run."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0
        self.packs = small_seoul(root, FEED)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def run(
        self,
        home: Path,
        days: list[date],
        kill: int | None = None,
        kill_at: str | None = None,
        nth: int = 1,
        until: str = "publish",
        full_at: int | None = None,
    ) -> tuple[int, list[str]]:
        """Killed at step number `kill`, or at the nth step of the name `kill_at`, or not; ends after phase `until`. The
        disk is full from the content number `full_at` on."""
        self.count += 1
        steps = self.root / f"steps{self.count}"
        order = {
            "home": str(home),
            "packs": str(self.packs),
            "drop": str(self.root / "drop" / "seoul"),
            "days": [str(d) for d in days],
            "kill": kill,
            "kill_at": kill_at,
            "nth": nth,
            "until": until,
            "full_at": full_at,
            "steps": str(steps),
            "run_id": f"run{self.count}",
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self._answer()), steps.read_text().splitlines()

    def synced(self) -> int:
        """How often the last run waited for the disk."""
        return int((self.root / f"steps{self.count}.synced").read_text())

    def close(self) -> None:
        self.process.communicate(timeout=300)


def tables(home: Home, packs: Path) -> dict[str, list]:
    """The live rows of all tables of the lake."""
    found = {}
    for layer, name, schema in contracts(packs):
        rows = lake.scan(home.table("seoul", layer, name), schema).collect()
        found[f"{layer}.{name}"] = sorted(map(repr, rows.select(sorted(rows.columns)).rows()))
    return found


@cache
def contracts(packs: Path) -> list[tuple[str, str, pl.Schema]]:
    """Layer, name and schema of every table."""
    from assets.derive.tables import derived_tables

    city = small_city(packs)
    core = [("core", c.name, c.schema) for c in city.contracts.values()]
    return [*core, *((t.layer, t.name, t.contract.schema) for t in derived_tables(city))]


def published(home: Home) -> list:
    if not home.published_file.exists():
        return []
    with connect.open_published(home) as con:
        rows = con.execute("SELECT * EXCLUDE (run_id, published_at) FROM metric.value ORDER BY ALL").fetchall()
        areas = con.execute("SELECT count(*), sum(pm25_mean) FROM mart.area_day").fetchall()
        cores = con.execute("SELECT count(*), sum(pm25) FROM core.seoul_air_daily").fetchall()
    return [*rows, areas, cores]


def book(home: Home) -> dict[str, list]:
    """The ledger without what differs from run to run."""
    found = {}
    for name in ("batch", "verdict", "rule_result", "quarantine"):
        rows = ledger.read(home, name).drop(TIMES, strict=False).collect()
        found[name] = sorted(map(repr, rows.select(sorted(rows.columns)).rows()))
    publications = ledger.read(home, "publication").sort("version").collect()
    # the hash of the content is of the views too, which name the files of this home
    found["publication"] = publications.drop(*TIMES, "content_hash", strict=False).rows()
    history = ledger.read(home, "value_history").collect()
    found["value_history"] = sorted(map(repr, history.drop(TIMES, strict=False).rows()))
    return found


@dataclass(frozen=True)
class State:
    """All that is live in a home, all that is published from it, and all that is written down."""

    tables: dict[str, list]
    published: list
    book: dict[str, list]

    @classmethod
    def of(cls, home: Home, packs: Path) -> State:
        """As it is now."""
        return cls(tables(home, packs), published(home), book(home))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    found = Runner(tmp_path_factory.mktemp("killed"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def base(runner: Runner) -> Path:
    """A home in which the first day is done; then a delivery corrects it, brings a good day and one to hold back."""
    yard = Yard(runner.root)
    first = yard.put("air_daily/1.csv", csv_text(AIR_HEADER, air_rows(DAYS[:1])), "cp949")
    os.utime(first, (0, 0))  # it lay there long enough: whether a later run reads it again is no matter of seconds
    home = runner.root / "base"
    code, _ = runner.run(home, DAYS[:1])
    assert code == 0
    rows = air_rows(DAYS, pm25=14)
    rows[3][3] = 5  # ozone out of range: the cell is voided
    rows.append([f"{DAYS[2]:%Y%m%d}", "", *rows[0][2:]])  # no station: the row is held back, and with it the day
    rows.append(["someday", *rows[0][1:]])  # no day: kept under the delivery
    yard.put("air_daily/2.csv", csv_text(AIR_HEADER, rows), "cp949")
    return home


@pytest.fixture(scope="module")
def undisturbed(runner: Runner, base: Path) -> tuple[Home, list[str]]:
    home = shutil.copytree(base, runner.root / "undisturbed")
    code, steps = runner.run(home, DAYS)
    assert code == 0
    live = lake.scan(Home(home).table("seoul", "core", "air_daily"), pl.Schema({"pm25": pl.Float64})).collect()
    assert live.group_by("day").agg(pl.len(), pl.min("pm25")).sort("day").rows() == [
        (DAYS[0], 39, 15),
        (DAYS[1], 39, 16),
    ]
    return Home(home), steps


def test_steps_cover_the_whole_way(undisturbed):
    _, steps = undisturbed
    by_phase = {phase: [s.split(": ")[1] for s in steps if s.startswith(phase)] for phase in PHASES}
    assert len(steps) == sum(map(len, by_phase.values()))
    assert by_phase["fetch"] == ["begun", "landed", "read"]
    gate = [
        "staged",
        "audited",
        "ledger_quarantine",
        "ledger_rule_result",
        "ledger_verdict",
        "judged",
        "committed",
        "recorded",
    ]
    assert [s for s in by_phase["core"] if s in gate] == gate
    assert by_phase["core"] == by_phase["metric"]
    assert by_phase["publish"][0] == "locked"
    assert by_phase["publish"][-2:] == ["pruned", "recorded"]


@pytest.fixture(scope="module")
def homes(runner: Runner, base: Path, undisturbed) -> dict[str, Path]:
    """Before each phase and after the last: what stands after an undisturbed run that ended with the phase before."""
    found = {PHASES[0]: base}
    for phase, following in pairwise(PHASES):
        found[following] = Path(shutil.copytree(found[phase], runner.root / f"before_{following}"))
        assert runner.run(found[following], DAYS, until=phase)[0] == 0
    return found | {AFTER: undisturbed[0].root}


# The gate is the same code for a metric as for core, where a run is killed at each of its steps, and
# tests of the publication kill it at each of its own: here are the steps at which what stands before them matters.
CHOSEN = {
    "metric": {"staged", "judged", "committed"},
    "publish": {"locked", "built", "swapped", "values_recorded", "recorded"},
}
AFTER = "after"
# The way goes on to its end after the kill that leaves most undone: later phases read what this one has left.
WHOLE_WAY = {"fetch": "landed", "core": "committed", "metric": "committed"}


@pytest.mark.parametrize("phase", PHASES)
def test_kill_at_each_step_then_run_again(runner: Runner, homes: dict[str, Path], undisturbed, phase: str):
    """The next run leaves what an undisturbed one does: after this phase, and once for each phase after all of them."""
    steps = [step for step in undisturbed[1] if step.startswith(phase)]
    following = [*PHASES, AFTER][PHASES.index(phase) + 1]
    before, after, end = (State.of(Home(homes[name]), runner.packs) for name in (phase, following, AFTER))
    whole_way = {f"{phase}: {WHOLE_WAY[phase]}"} if phase in WHOLE_WAY else set()
    for number, step in enumerate(steps):
        name = step.split(": ")[1]
        if name not in CHOSEN.get(phase, {name}):
            continue
        home = Home(Path(shutil.copytree(homes[phase], runner.root / "killed")))
        code, seen = runner.run(home.root, DAYS, kill_at=step, nth=steps[: number + 1].count(step))
        assert (code, seen[-1]) == (-signal.SIGKILL, step)
        for table, rows in tables(home, runner.packs).items():
            assert rows in (before.tables[table], after.tables[table]), f"{step}: {table} is half done"
        assert published(home) in (before.published, after.published), f"{step}: half a publication"
        wanted, until = (end, PHASES[-1]) if step in whole_way else (after, phase)
        whole_way.discard(step)
        assert runner.run(home.root, DAYS, until=until)[0] == 0, step
        found = State.of(home, runner.packs)
        assert found.tables == wanted.tables, step
        assert found.published == wanted.published, step
        for table, rows in found.book.items():
            assert rows == wanted.book[table], f"{step}: ledger.{table}"
        shutil.rmtree(home.root)
    assert whole_way == set()


def test_killed_again_and_again(runner: Runner, base: Path, undisturbed):
    """Killed at every third step of what is left, run after run, until one gets through."""
    whole, _ = undisturbed
    home = Home(Path(shutil.copytree(base, runner.root / "again")))
    code = -signal.SIGKILL
    for kill in (1, 4, 7, 12, 15, 20, None):
        code, _ = runner.run(home.root, DAYS, kill=kill)
    assert code == 0
    assert tables(home, runner.packs) == tables(whole, runner.packs)
    assert book(home) == book(whole)
    assert published(home) == published(whole)


# A whole night -----------------------------------------------------------------------------------------------


# Of each feed one of days, and a longer one: with all that Seoul has chosen these four nights were 60 s of CPU.
FEW_NAMES = ("bike_rentals_per_100k", "air_temperature_mean", "air_temperature_mean_month")
FEW = "metrics:\n" + "".join(f"  {name}: {{}}\n" for name in FEW_NAMES)


def values(home: Home) -> list:
    with connect.open_published(home) as con:
        return con.execute("SELECT * EXCLUDE (run_id, published_at) FROM metric.value ORDER BY ALL").fetchall()


def test_kill_a_whole_night(tmp_path: Path):
    yard = Yard(tmp_path)
    yard.deliver("bike_daily", "weather_daily")
    packs = small_seoul(tmp_path, "bike_daily", "weather_daily")
    (packs / "seoul" / "metrics.yaml").write_text(FEW)

    def killed(home: Path, until: str) -> int:
        command = Command(home, packs)
        with command.start(*NIGHT, "--from-dir", yard.drop, "--json") as process:
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith(until):
                    process.kill()
        return process.returncode

    whole = Command(tmp_path / "whole", packs)(*NIGHT, "--from-dir", yard.drop)
    assert whole.code == 0, whole.err
    for until in ("building", "publishing"):
        assert killed(tmp_path / "killed", until) == -signal.SIGKILL
    last = Command(tmp_path / "killed", packs)(*NIGHT, "--from-dir", yard.drop)
    assert last.code == 0, last.err
    found = values(Home(tmp_path / "killed"))
    assert found == values(Home(tmp_path / "whole"))
    assert all(any(name in row for row in found) for name in FEW_NAMES)
    batches = ledger.read(Home(tmp_path / "killed"), "batch").collect()
    assert batches["batch_id"].is_unique().all()


@pytest.mark.holds("attack 18", "A disk that is full at any moment at which a night writes: the next night is as ever.")
@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.weekly) for n in range(1, FULL_PARTS))])
def test_a_disk_that_is_full_at_any_writer(runner: Runner, base: Path, undisturbed, part: int):
    """What was open stays open, nothing is half done, and the run that has room again ends as an undisturbed one."""
    home, wanted = Home(runner.root / "full"), State.of(undisturbed[0], runner.packs)
    shutil.copytree(base, home.root)
    assert runner.run(home.root, DAYS)[0] == 0
    writes = runner.synced()
    for number in range(1 + part, writes + 1, FULL_PARTS):
        shutil.rmtree(home.root)
        shutil.copytree(base, home.root)
        assert runner.run(home.root, DAYS, full_at=number)[0] == 1, f"write {number} of {writes}"
        assert runner.run(home.root, DAYS)[0] == 0, f"write {number} of {writes}"
        found = State.of(home, runner.packs)
        assert found.tables == wanted.tables, f"write {number} of {writes}"
        assert found.published == wanted.published, f"write {number} of {writes}"
    shutil.rmtree(home.root)
