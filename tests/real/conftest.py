"""The real nights of Seoul, each run once per session; the tests look at what they left behind."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from deltalake import DeltaTable
from typer.testing import CliRunner

from assets.pack.city import City
from pipelines import runner
from pipelines.cli import main
from pipelines.settings import Settings
from tests.support.paths import REAL_DATA, REPOSITORY
from tests.worlds.packs import seoul
from warehouse.published import connect

LAST = date(2020, 8, 31)


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    text: str

    @property
    def words(self) -> str:
        """The text without the line breaks of the terminal."""
        return " ".join(self.text.split())


@dataclass
class Yard:
    """A home and a drop folder, the product run on them, and what is to be seen afterwards."""

    home: Path
    drop: Path
    city: City
    keeps_events: bool = False  # Dagster's store on disk: most of the time of a backfill goes into its SQLite files

    @property
    def settings(self) -> Settings:
        return Settings(home_dir=self.home, drop_dir=self.drop)

    def night(self, day: str) -> runner.Result:
        return self._run(day, day, backfill=False)

    def backfill(self, first: str, last: str) -> runner.Result:
        return self._run(first, last, backfill=True)

    def _run(self, first: str, last: str, *, backfill: bool) -> runner.Result:
        days = (date.fromisoformat(first), date.fromisoformat(last))
        with pytest.MonkeyPatch.context() as patch:
            if not self.keeps_events:
                patch.setattr(runner, "instance", lambda _settings: dg.DagsterInstance.ephemeral())
            return runner.run(self.settings, self.city, *days, backfill=backfill)

    def madang(self, *arguments: str) -> Said:
        """The command on this home, in this process."""
        done = CliRunner().invoke(main.app, [*arguments, "--home", str(self.home)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.output)

    def madang_process(self, *arguments: str) -> Said:
        """The command as a user runs it, in a process of its own."""
        command = [
            sys.executable,
            "-c",
            "from pipelines.cli.main import main; main()",
            *arguments,
            "--home",
            str(self.home),
        ]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False)
        return Said(done.returncode, done.stdout + done.stderr)

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
        """All Delta tables but `attempt`, to which every fetch adds what it found."""
        lake = self.settings.home.lake
        found = sorted(log.parent for log in lake.rglob("_delta_log") if log.is_dir())
        return [table for table in found if table != lake / "ledger" / "attempt"]

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
    """Five months in one command, and the same command again."""

    yard: Yard
    first: runner.Result
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
    """Makes a home; its drop folder is the real one, or a new one with copies of the files named."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):  # runner.instance() sets them
            patch.setenv(name, os.environ.get(name, ""))
        for name in ("MADANG_HOME", "MADANG_DROP", "MADANG_CITIES", "MADANG_SOURCE"):
            patch.delenv(name, raising=False)

        def make(*files: str) -> Yard:
            root = tmp_path_factory.mktemp("yard")
            drop = data / "seoul"
            if files:
                drop = root / "drop" / "seoul"
                drop.mkdir(parents=True)
                (root / "drop" / "korea").mkdir()  # where the national feeds are looked for
                deliver(drop, *files)
            return Yard(root / "home", drop, seoul())

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
def nights(yard: Callable[..., Yard]) -> Nights:
    here = yard()
    here.keeps_events = True
    drop = ("--from-dir", str(here.drop))
    first = here.madang_process("nightly", "--city", "seoul", "--day", "2020-04-02", *drop)
    values, states = {"first": here.values()}, {}
    second = here.night("2020-04-03")
    values["second"], states["second"] = here.values(), here.state()
    again = here.madang("nightly", "--city", "seoul", "--day", "2020-04-03", *drop)
    values["again"], states["again"] = here.values(), here.state()
    return Nights(here, first, second, again, values, states)


@pytest.fixture(scope="session")
def backfill(yard: Callable[..., Yard]) -> Backfill:
    here = yard()
    here.keeps_events = True
    first = here.backfill("2020-04-01", str(LAST))
    values, states = {"first": here.values()}, {"first": here.state()}
    here.keeps_events = False
    again = here.backfill("2020-04-01", str(LAST))
    values["again"], states["again"] = here.values(), here.state()
    return Backfill(here, first, again, values, states)
