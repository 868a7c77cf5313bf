"""kill -9 at every failpoint of a release: whoever reads then finds a whole site, and the next release finishes it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assets.site.build import MANIFEST
from tests.support.thirds import in_thirds
from tests.worlds.shared_city import FIRST, OPEN_ALONE, DecidedCells, SharedCity, shared_city
from warehouse.failpoint import LOG_VARIABLE, VARIABLE
from warehouse.home import Home
from warehouse.published import connect, folder

PROGRAM = Path(__file__).with_name("killed_release.py")
Release = Callable[..., int]


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    asked, answers = process.stdin, process.stdout
    assert asked is not None
    assert answers is not None
    assert answers.readline().strip() == "ready"

    def run(world: SharedCity, **environment: str) -> int:
        order = {"home": str(world.home.root), "pack": str(world.city.folder), "environment": environment}
        asked.write(json.dumps(order) + "\n")
        asked.flush()
        return int(answers.readline())

    yield run
    process.communicate(timeout=300)


def state(world: SharedCity) -> tuple[int, int]:
    """The release of the file and that of its site, which is whole."""
    site = world.tier().published / "site"
    manifest = json.loads((site / MANIFEST).read_text("utf-8"))
    there = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("*") if path.is_file()}
    assert {path: size for path, size in there.items() if path != MANIFEST} == {
        path: size for path, (_, size) in manifest["files"].items()
    }
    with connect.open_file(world.tier().published_file) as con:
        ((file,),) = con.execute("SELECT version FROM ledger.release").fetchall()
    return file, manifest["release"]


@in_thirds
def test_a_release_killed_anywhere_shows_a_whole_site_and_the_next_one_finishes_it(
    tmp_path: Path, release: Release, third: int
):
    world = shared_city(tmp_path / "world", OPEN_ALONE, days=2)
    assert release(world) == 0
    world.nights(FIRST + timedelta(days=2))
    world.publish("run-2")
    log = tmp_path / "log"

    def copy(name: str) -> SharedCity:
        shutil.copytree(world.home.root, tmp_path / name, symlinks=True)
        home = Home(tmp_path / name)
        return SharedCity(home, world.city, DecidedCells(home))

    assert release(copy("whole"), **{LOG_VARIABLE: str(log)}) == 0
    places = log.read_text().splitlines()
    first, last = places.index("release.intended"), places.index("release.installed", places.index("site.shown"))
    assert {"site.made", "site.kept", "publish.swapped", "site.shown", "site.leaving"} <= set(places[first : last + 1])
    for name in list(dict.fromkeys(places[first : last + 1]))[third::3]:
        number = places.index(name, first)
        killed = copy(f"killed{number}")
        assert release(killed, **{VARIABLE: f"#{number + 1}"}) == -signal.SIGKILL, number
        file, site = state(killed)
        assert site in (1, file), places[number]
        assert release(killed) == 0, places[number]
        file, site = state(killed)
        assert site == file, places[number]
        assert file >= 2, places[number]  # the number of a file that was kept and never in place is not used again
        left = [path.name for path in killed.tier().published.iterdir()]
        assert sorted(left) == [".lock", "madang.duckdb", "site", "versions"], places[number]
        assert sorted(folder.version_files(killed.tier()))[-1] == file
        assert len(list(killed.tier().versions.glob("*.site"))) == 1
        shutil.rmtree(killed.home.root)
