"""A backup while a night runs: what it restores is a home that the night could have left, and goes on from."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assets.publication.publish import publish_all
from tests.pipeline.killed_run import DAYS, FEED, Over, small_city, walk
from tests.pipeline.test_kill import State
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.files import AIR_HEADER, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul
from warehouse.backup import moment
from warehouse.backup.back_up import back_up
from warehouse.backup.restore import restore
from warehouse.backup.vault import Vault
from warehouse.failpoint import listening
from warehouse.home import Home

WAIT_S = 600


class Town:
    """A home with one day, and deliveries of three that wait for a night: one corrects it, one is held back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.yard = Yard(root)
        self.packs = small_seoul(root, FEED)
        self.city = small_city(self.packs)
        self.yard.put("air_daily/1.csv", csv_text(AIR_HEADER, air_rows(DAYS[:1])), "cp949")
        self.night(Home(root / "base"), DAYS[:1])
        rows = air_rows(DAYS, pm25=14)
        rows.append([f"{DAYS[2]:%Y%m%d}", "", *rows[0][2:]])
        self.yard.put("air_daily/2.csv", csv_text(AIR_HEADER, rows), "cp949")
        self.done = self.copy("done")
        self.night(self.done)

    def night(self, home: Home, days: list = DAYS, until: str = "") -> None:
        def begins(phase: str) -> None:
            if phase == until:
                raise Over

        walk(self.city, home, self.yard.drop, days, "run", begins)

    def copy(self, name: str) -> Home:
        return Home(Path(shutil.copytree(self.root / "base", self.root / name)))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


class Stepped:
    """A night in a thread of its own, which goes on from one of its steps to the next when it is told to."""

    def __init__(self, town: Town, home: Home) -> None:
        self.go, self.there = threading.Semaphore(0), threading.Semaphore(0)
        self.over = False
        self.thread = threading.Thread(target=self._run, args=(town, home))

    def _run(self, town: Town, home: Home) -> None:
        try:
            town.night(home, until="publish")  # a publication and the links of a backup wait for each other
        except Over:
            pass
        finally:
            self.over = True
            self.there.release()

    def at_step(self, _name: str) -> None:
        if threading.current_thread() is self.thread:
            self.there.release()
            assert self.go.acquire(timeout=WAIT_S)

    def step(self) -> None:
        """From where it is to its next step."""
        if not self.over:
            self.go.release()
            assert self.there.acquire(timeout=WAIT_S)


@contextmanager
def stepped(town: Town, home: Home) -> Iterator[Stepped]:
    night = Stepped(town, home)
    with listening(night.at_step):
        night.thread.start()
        assert night.there.acquire(timeout=WAIT_S)
        try:
            yield night
        finally:
            while not night.over:
                night.step()
            night.thread.join(WAIT_S)


@pytest.mark.holds(
    "attack 23",
    "A night goes on while its home is backed up, step by step: each backup is a home that a kill could have left.",
)
@pytest.mark.parametrize(("before", "each"), [(0, 1), (4, 1), (7, 1), (9, 2), (0, 3), (16, 1)])
def test_a_night_goes_on_while_its_home_is_backed_up(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int, each: int
):
    """`before`: steps of the night before the backup begins; `each`: while one part of the home is linked."""
    home = Home(Path(shutil.copytree(town.root / "base", tmp_path / "home")))
    link_part = moment._link_part
    with stepped(town, home) as night:
        for _ in range(before):
            night.step()

        def link_and_go_on(root: Path, part: Path, linked: Path) -> None:
            link_part(root, part, linked)
            for _ in range(each):
                night.step()

        monkeypatch.setattr(moment, "_link_part", link_and_go_on)
        back_up(home, vault := Vault(tmp_path / "backups"), madang="0")
    restore(vault, unchanged := Home(tmp_path / "unchanged"))
    publish_all(unchanged, [town.city], run_id="p")  # refuses what is live without a verdict
    restore(vault, again := Home(tmp_path / "again"))
    town.night(again)
    assert State.of(again, town.packs) == State.of(town.done, town.packs)


def test_the_next_night_of_a_restored_home_goes_on(tmp_path: Path):
    yard = Yard(tmp_path)
    yard.deliver(FEED)
    packs = small_seoul(tmp_path, FEED)
    command, disk = Command(yard.home.root, packs), tmp_path / "disk"
    night = ("nightly", "--city", "seoul", "--from-dir", yard.drop, "--day")
    with no_events():
        assert command(*night, str(DAYS[-1])).code == 0
        said = command("backup", disk)
        assert said.code == 0, said.err
        assert "files are private" in said.words
        before = command("status", "--json").out
        yard.home.root.rename(tmp_path / "lost")
        said = command("restore", disk)
        assert said.code == 0, said.err
        assert "all checksums hold" in said.words
        assert "publish" not in said.words  # it lies where it lay
        assert command("status", "--json").out == before
        said = command(*night, str(LAST))
        assert said.code == 0, said.err
        assert "published as version 2" in said.words
        assert command("restore", disk).code == 1
        assert len(command("restore", disk, "--list").out.splitlines()) == 1
