"""The real nights of Seoul, each run once per session; the tests look at what they left behind."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from pipelines import runner
from pipelines.settings import Settings
from tests.support.paths import REAL_DATA, SEOUL
from tests.worlds.command import Command, Said
from tests.worlds.events import no_events
from tests.worlds.packs import small_seoul
from tests.worlds.shared import note
from warehouse.format import open_home
from warehouse.published import connect

# A month with a day that is held back and days without noise; the days around the bicycles' gap; the days on which the
# globe thermometers fall. The benchmark runs all five months.
PERIODS = tuple(
    [first + timedelta(days=n) for n in range(count)]
    for first, count in ((date(2020, 4, 1), 33), (date(2020, 5, 29), 7), (date(2020, 6, 28), 7))
)


@dataclass
class Yard:
    """A home and a drop folder, the product run on them, and what is to be seen afterwards."""

    home: Path
    drop: Path
    packs: Path  # the repository's, or a folder with a Seoul of some feeds only
    keeps_events: bool = False  # Dagster's, on disk

    @property
    def settings(self) -> Settings:
        return Settings(home_dir=self.home, drop_dir=self.drop, cities_dir=self.packs)

    @cached_property
    def city(self) -> City:
        return load_city(self.packs / "seoul")

    def night(self, day: str) -> runner.Result:
        return self._run(day, day, backfill=False)

    def backfill(self, first: str, last: str) -> runner.Result:
        return self._run(first, last, backfill=True)

    def _run(self, first: str, last: str, *, backfill: bool) -> runner.Result:
        days = (date.fromisoformat(first), date.fromisoformat(last))
        with nullcontext() if self.keeps_events else no_events():
            return runner.run(self.settings, self.city, *days, backfill=backfill)

    def core_tables(self, days: list[date]) -> None:
        """What a night does to these days of its feeds, without Dagster and without metrics; no gate may close."""
        home = open_home(self.settings.home, create=True)
        run = RunContext(home=home, city=self.city, source="files", run_id="core", today=days[-1], drop=self.drop)
        for contract in self.city.contracts.values():
            read_new(run, contract, fetch(run, contract, []))
            assert ingest.ingest(run, contract, days).closed == []
        publish_all(home, [self.city], run_id="core")

    @property
    def madang(self) -> Command:
        """The command on this home."""
        return Command(self.home, self.packs)

    def sql(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows of the published file."""
        with connect.open_published(self.settings.home) as con:
            found = con.execute(query, parameters)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def value(self, metric: str, day: str, area: str = "11") -> dict[str, Any]:
        query = "FROM metric.value WHERE metric = ? AND period_start = ? AND area = ?"
        (row,) = self.sql(query, metric, date.fromisoformat(day), area)
        return row

    def values(self, where: str = "true") -> list[tuple[Any, ...]]:
        """metric.value with who first published it and when, in a fixed order."""
        return [tuple(r.values()) for r in self.sql(f"FROM metric.value WHERE {where} ORDER BY ALL")]

    def tables(self) -> list[Path]:
        """All Delta tables but `attempt`, to which every fetch adds what it found, and `run`, which has every run."""
        lake = self.settings.home.lake
        found = sorted(log.parent for log in lake.rglob("_delta_log") if log.is_dir())
        return [table for table in found if table not in (lake / "ledger" / "attempt", lake / "ledger" / "run")]

    def state(self) -> dict[str, tuple[int, dict[str, tuple[int, str]]]]:
        """Version of every Delta table, and size and hash of every file that is live in it."""
        lake, state = self.settings.home.lake, {}
        for table in self.tables():
            delta = DeltaTable(table)
            contents = {uri: Path(uri).read_bytes() for uri in sorted(delta.file_uris())}
            files = {uri: (len(data), hashlib.sha256(data).hexdigest()) for uri, data in contents.items()}
            state[str(table.relative_to(lake))] = (delta.version(), files)
        return state


@dataclass
class Nights:
    """2020-04-02 on an empty home, 04-03, and 04-03 again."""

    yard: Yard
    first: Said
    second: runner.Result
    again: Said
    values: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)


@dataclass
class Backfill:
    """April in one command, then two weeks of summer; and the first command again."""

    yard: Yard
    first: runner.Result
    later: list[runner.Result]
    again: runner.Result
    values: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def data() -> Path:
    if not (REAL_DATA / "seoul").is_dir():
        pytest.skip("no real files here (set MADANG_REAL_DATA)")
    return REAL_DATA


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Callable[..., Yard]]:
    """Makes a home; its drop folder is the real one, or a new one with copies of the files named.

    With `feeds`, the pack has no others: what a test does not look at costs it nothing.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MADANG_HOME", "MADANG_DROP", "MADANG_CITIES", "MADANG_SOURCE"):
            patch.delenv(name, raising=False)

        def make(*files: str, feeds: tuple[str, ...] = ()) -> Yard:
            root = tmp_path_factory.mktemp("yard")
            drop = data / "seoul"
            if files:
                drop = root / "drop" / "seoul"
                drop.mkdir(parents=True)
                (root / "drop" / "korea").mkdir()  # where the national feeds are looked for
                deliver(drop, *files)
            return Yard(root / "home", drop, small_seoul(root, *feeds) if feeds else SEOUL.parent)

        yield make


def deliver(drop: Path, *files: str) -> None:
    """Copy files (patterns below the real data) to where their feeds look for them."""
    for pattern in files:
        found = sorted(REAL_DATA.glob(pattern))
        assert found, pattern
        for path in found:
            target = drop.parent / path.relative_to(REAL_DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


@pytest.fixture(scope="session")
def delivered(data: Path) -> Callable[..., None]:
    """A partner puts more files into a yard's drop folder."""
    return lambda yard, *files: deliver(yard.drop, *files)


@pytest.fixture(scope="session")
def nights(yard: Callable[..., Yard], tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The documents are tested on the home that this leaves."""
    with note(tmp_path_factory, "two_nights") as home:
        made = _nights(yard())
        home.write_text(str(made.yard.home))
    return made


def _nights(here: Yard) -> Nights:
    here.keeps_events = True
    drop = ("--from-dir", str(here.drop))
    first = here.madang.process("nightly", "--city", "seoul", "--day", "2020-04-02", "--language", "en", *drop)
    values, states = {"first": here.values()}, {}
    second = here.night("2020-04-03")
    values["second"], states["second"] = here.values(), here.state()
    again = here.madang("nightly", "--city", "seoul", "--day", "2020-04-03", *drop)
    values["again"], states["again"] = here.values(), here.state()
    return Nights(here, first, second, again, values, states)


@pytest.fixture(scope="session")
def backfill(yard: Callable[..., Yard]) -> Backfill:
    here = yard(feeds=("sdot_env", "sdot_ref", "boundaries", "air_daily", "bike_daily"))
    first, *later = [here.backfill(str(days[0]), str(days[-1])) for days in PERIODS]
    values, states = {"first": here.values()}, {"first": here.state()}
    again = here.backfill(str(PERIODS[0][0]), str(PERIODS[0][-1]))
    values["again"], states["again"] = here.values(), here.state()
    return Backfill(here, first, later, again, values, states)
