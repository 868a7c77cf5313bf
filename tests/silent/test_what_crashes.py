"""A crash anywhere in a step is in `madang status` and in the ledger, and the next run that works takes it away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.pack.city import City, load_city
from pipelines import asset_checks, asset_factory
from pipelines.partitions import daily
from pipelines.resources import Platform
from pipelines.status import UNFINISHED, TableStatus, statuses
from tests.worlds.command import Command
from tests.worlds.files import LAST, Yard
from tests.worlds.packs import small_seoul
from warehouse.failpoint import listening
from warehouse.ledger import ledger

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SECRET = "Kim-Secret-7345"
STEPS = ("raw", "core", "metric")
AFTER_THE_VERDICT = ("gate.ledger_verdict", "gate.judged", "gate.committed")
OFTEN = {"gate.staged", "gate.audited", "gate.recorded", "ingest.read", *AFTER_THE_VERDICT}


class Town:
    """A home and a city of one feed; its steps run without plan and publication."""

    def __init__(self, root: Path, packs: Path) -> None:
        self.yard, self.packs = Yard(root), packs
        self.yard.deliver("bike_daily")

    @property
    def city(self) -> City:
        return _city(self.packs)

    def run(self, stop: Callable[[str], None] = lambda _: None) -> dg.ExecuteInProcessResult:
        with listening(stop):
            return dg.materialize(
                asset_factory.assets_of(self.city, daily(self.city, self.city.config.first_day)),
                partition_key=str(LAST),
                resources={"platform": Platform(home=self.yard.home, source="files", drop_dir=str(self.yard.drop))},
                instance=dg.DagsterInstance.ephemeral(),
                run_config=QUIET,
                raise_on_error=False,
            )

    @property
    def broken(self) -> list[TableStatus]:
        return [row for row in statuses(self.yard.home, self.city) if row.is_broken]

    def command(self, *words: str) -> Any:
        return Command(self.yard.home.root, self.packs)(*words)

    def told(self) -> str:
        """All that the ledger tells of what went wrong."""
        attempts = ledger.read(self.yard.home, "attempt").filter(pl.col("status") == "failed").collect()
        return self.command("ledger", "--json").out + str(attempts["detail"].to_list())


@cache
def _city(packs: Path) -> City:
    """It is asked for four times a run, and no test changes a pack."""
    return load_city(packs / "seoul")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = small_seoul(tmp_path_factory.mktemp("packs"), "bike_daily")
    (found / "seoul" / "metrics.yaml").write_text("metrics:\n  bike_rentals_per_100k: {}\n")
    return found


@pytest.fixture
def town(tmp_path: Path, packs: Path) -> Town:
    return Town(tmp_path, packs)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory, packs: Path) -> list[str]:
    """The failpoints of a run, in order."""
    passed: list[str] = []
    assert Town(tmp_path_factory.mktemp("whole"), packs).run(passed.append).success
    return passed


class Stop:
    """Raises at the nth failpoint."""

    def __init__(self, number: int, error: BaseException) -> None:
        self.left, self.error = number, error

    def __call__(self, _: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


@pytest.mark.parametrize("seldom", [False, pytest.param(True, marks=pytest.mark.weekly)])
def test_a_crash_at_any_moment_of_a_step_is_told(tmp_path: Path, packs: Path, moments: list[str], seldom: bool):
    """One after the other, an exception and a panic in turn."""
    assert set(moments) >= OFTEN
    first = {moment: number for number, moment in reversed([*enumerate(moments, 1)])}  # of the feed's own table
    for moment, number in first.items():
        if (moment not in OFTEN) != seldom:
            continue
        town = Town(tmp_path / str(number), packs)
        error = (RuntimeError, pl.exceptions.PanicException)[number % 2](f"planted at {moment}")
        town.run(Stop(number, error))
        (row,) = town.broken
        said = town.command("status")
        assert said.code == 3, moment
        assert town.told().count("unfinished" if row.unfinished else f"planted at {moment}") >= 1, moment
        assert row.reason.endswith(UNFINISHED) or f"planted at {moment}" in said.words, (moment, said.out)
        assert row.unfinished <= (moment in AFTER_THE_VERDICT), moment
        if moment not in (*AFTER_THE_VERDICT, "ingest.read", "gate.staged", "gate.recorded"):
            continue  # the run that follows is half of the time of this test
        assert town.run().success, moment
        assert town.broken == [], moment
        assert "unfinished" not in town.command("ledger", "--json").out


PLACES = [
    ("assets.ingest.fetch", "Deliveries"),
    ("assets.ingest.parse", "parse"),
    ("warehouse.landing", "land"),
    ("assets.ingest.ingest", "Batches"),
    ("quality.gate", "stage"),
    ("quality.judge", "audit"),
    ("warehouse.lake", "commit"),
    ("assets.derive.build", "_inputs"),
    ("pipelines.asset_checks", "results_of_days"),
]


class Broken:
    """Whatever is asked of it raises."""

    def __getattr__(self, name: str) -> Any:
        raise pl.exceptions.PanicException(f"planted {SECRET}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise pl.exceptions.PanicException(f"planted {SECRET}")


@pytest.fixture(scope="module")
def private_packs(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("private") / "packs"
    shutil.copytree(packs, own)
    contract = own / "seoul" / "feeds" / "bike_daily.yaml"
    text = contract.read_text("utf-8")
    contract.write_text(text.replace("prefix: BIKE", "classification: private-aggregate\nprefix: BIKE"), "utf-8")
    assert load_city(own / "seoul").contracts["bike_daily"].private
    return own


def test_a_crash_in_any_part_of_a_step_is_told(
    tmp_path: Path, packs: Path, private_packs: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every second feed is private: of it without a word of the error. The run that follows mends the first two."""
    for number, (module, name) in enumerate(PLACES):
        private = bool(number % 2)
        town = Town(tmp_path / f"{module}.{name}", private_packs if private else packs)
        with monkeypatch.context() as patch:
            patch.setattr(f"{module}.{name}", Broken())
            town.run()
        said = town.command("status")
        assert said.code == 3, (module, name, said.out)
        told = town.told() + said.out + said.err
        assert "PanicException" in told or UNFINISHED in said.words, (module, name, told)
        assert (SECRET in told) <= (not private), (module, name)
        if number < 2:
            assert town.run().success, (module, name)
            assert town.broken == [], (module, name)


def test_a_crash_costs_no_value_that_was_good(town: Town, monkeypatch: pytest.MonkeyPatch):
    assert town.run().success
    live = ledger.newest_verdicts(town.yard.home, "seoul").select("batch_id").collect()
    with monkeypatch.context() as patch:
        patch.setattr(asset_checks, "results_of_days", Broken())
        town.run()
    assert {row.layer for row in town.broken} == {"core"}
    assert json.loads(town.command("status", "--json").out)
    assert town.run().success
    assert town.broken == []
    assert live.height == ledger.newest_verdicts(town.yard.home, "seoul").collect().height
