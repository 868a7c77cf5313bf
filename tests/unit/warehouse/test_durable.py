"""What is called committed is on the disk: a file's content before its name, its name before the ledger says so."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.support.paths import REPOSITORY
from warehouse import lake, landing
from warehouse.files import make_folder, write_atomically
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import beside, folder
from warehouse.published.export.folder import new_folder
from warehouse.published.place import tier_folder
from warehouse.put_in_place import put_in_place

DAY = date(2026, 11, 1)
SCHEMA = pl.Schema({"day": pl.Date, "a": pl.Int64})
ROWS = pl.DataFrame({"day": [DAY], "a": [1]}, schema=SCHEMA)
PUT = {"link", "replace", "rename"}  # the calls that give a file a name


@dataclass
class Recorded:
    """What a process asked of the disk. `unsynced`: names that were given to a content that was not on the disk."""

    synced: dict[int, tuple[int, int]] = field(default_factory=dict)  # inode -> size, time of the last change
    open_folders: set[Path] = field(default_factory=set)  # with names that are not on the disk yet
    puts: list[Path] = field(default_factory=list)
    unsynced: list[Path] = field(default_factory=list)
    early: list[tuple[Path, Path]] = field(default_factory=list)  # entry of a log, folder that it was ahead of

    def fsync(self, number: int) -> None:
        stat = os.fstat(number)
        self.synced[stat.st_ino] = stat.st_size, stat.st_mtime_ns
        self.open_folders -= {path for path in self.open_folders if path.exists() and path.stat().st_ino == stat.st_ino}

    def put(self, source: Path, target: Path) -> None:
        if source.is_dir():
            inside = [path for path in source.rglob("*") if not path.is_symlink()]
        else:
            inside = [] if source.is_symlink() else [source]
        for path in inside:
            stat = path.stat()
            known = self.synced.get(stat.st_ino)
            if known is None or (path.is_file() and known != (stat.st_size, stat.st_mtime_ns)):
                self.unsynced.append(target)
        if target.parent.name == "_delta_log":
            self.early += [(target, path) for path in self.open_folders]
        self.puts.append(target)
        self.open_folders.add(target.parent)


@contextmanager
def recording() -> Iterator[Recorded]:
    found = Recorded()
    with pytest.MonkeyPatch.context() as patch:
        fsync = os.fsync

        def synced(handle: int) -> None:
            fsync(handle)
            found.fsync(handle)

        patch.setattr(os, "fsync", synced)
        for name in PUT:
            original = getattr(os, name)

            def named(source: str, target: str, *, _original: Callable[..., None] = original, **more: object) -> None:
                found.put(Path(source), Path(target))
                _original(source, target, **more)

            patch.setattr(os, name, named)
        yield found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a home")


def _published(home: Home) -> None:
    with folder.locked(home):
        file = folder.unfinished(home)
        file.write_bytes(b"x")
        folder.install(home, file, 1)


def _site(home: Home) -> None:
    tier = tier_folder(home, "open")
    made = make(home.root / "made")
    beside.keep_site(made, beside.site_folder(tier, 1, "code"))
    beside.show_site(tier, beside.site_folder(tier, 1, "code"))
    more = home.root / "more"
    (more / "data").mkdir(parents=True)
    (more / "new.html").write_text("new")
    os.link(beside.site_folder(tier, 1, "code") / "index.html", more / "data" / "index.html")
    beside.keep_site(more, beside.site_folder(tier, 2, "code"), linked={"data/index.html"})


def make(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "index.html").write_text("x")
    return path


def _lake(home: Home) -> None:
    for number in range(2):
        table = home.table("seoul", "core", "t")
        day = date(2026, 11, 1 + number)
        staged = lake.stage_file(table, day, f"b{number}", ROWS.with_columns(day=pl.lit(day)))
        lake.commit(table, SCHEMA, [staged], {})


def _ledger(home: Home) -> None:
    for number in range(12):  # with a checkpoint, which deltalake makes
        ledger.append(home, "run", [{"run_id": str(number)}])
    home.ledger("run").compact()


def _landing(home: Home) -> None:
    landing.land(home, "seoul", "f", DAY, b"bytes", {})


def _in_place(home: Home) -> None:
    for _ in range(2):
        put_in_place(make(home.root / "made"), home.root / "there")


def _parsed(home: Home) -> None:
    make_folder(home.root / "a" / "b")
    write_atomically(home.root / "a" / "b" / "c", b"x")


def _export(home: Home) -> None:
    with new_folder(home.root / "out") as unfinished:
        make(unfinished / "there")


WRITERS = (_export, _published, _site, _lake, _ledger, _landing, _in_place, _parsed)
# every module of warehouse/ that gives a file a name -> the test of it
PLACES = {
    "warehouse/delta/entry.py": _lake,
    "warehouse/files.py": _landing,
    "warehouse/ledger/storage.py": _ledger,
    "warehouse/published/beside.py": _site,
    "warehouse/published/export/folder.py": _export,
    "warehouse/published/folder.py": _published,
    "warehouse/put_in_place.py": _in_place,
}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.holds(
    "attack 15",
    "Content is on the disk before its name, its name before the ledger speaks of it: recorded for every writer.",
)
def test_content_is_on_the_disk_before_its_name_and_its_name_before_the_next_entry(
    home: Home, write: Callable[[Home], None]
):
    with recording() as found:
        write(home)
    assert found.puts
    assert found.unsynced == []
    assert found.early == []
    assert found.open_folders == set(), "the last names are not on the disk"


def test_a_file_that_a_kept_site_has_is_not_written_to_the_disk_again(home: Home):
    """Of 3,400 files of a site most are linked: to wait for each of them again took as long as all that is new."""
    tier = tier_folder(home, "open")
    first, second = (beside.site_folder(tier, number, "code") for number in (1, 2))
    beside.keep_site(make(home.root / "made"), first)
    more = make(home.root / "more")
    (more / "data").mkdir()
    os.link(first / "index.html", more / "data" / "same.html")
    with recording() as found:
        beside.keep_site(more, second, linked={"data/same.html"})
    inodes = {path: path.stat().st_ino for path in (second, *second.rglob("*"))}
    assert {path.name for path, inode in inodes.items() if inode not in found.synced} == {"same.html"}
    assert [path for path in second.rglob("*") if path.is_file() and path.stat().st_mode & 0o222] == []


@pytest.mark.holds(
    "attack 17", "The newest kept version is a copy of the published file: damage in place takes one of them."
)
def test_the_kept_version_is_no_link_to_the_published_file(home: Home):
    _published(home)
    assert home.published_file.stat().st_nlink == 1
    assert folder.version_files(home)[1].read_bytes() == home.published_file.read_bytes()


def test_each_place_that_gives_a_file_a_name_is_looked_at():
    found = set[str]()
    for path in sorted((REPOSITORY / "warehouse").rglob("*.py")):
        if path.parent.name == "backup":  # it lies outside the home, is synced there, and no ledger speaks of it
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _names(node):
                found.add(path.relative_to(REPOSITORY).as_posix())
    assert found == PLACES.keys()
    assert set(PLACES.values()) <= set(WRITERS)


def _names(call: ast.Call) -> bool:
    """Is it os.link, os.replace, Path.rename or the like? str.replace has two arguments, those of a path one."""
    assert isinstance(call.func, ast.Attribute)
    of_os = isinstance(call.func.value, ast.Name) and call.func.value.id == "os"
    of_path = call.func.attr in {"rename", "replace", "hardlink_to"} and len(call.args) == 1 and not call.keywords
    return call.func.attr in PUT | {"hardlink_to"} and (of_os or of_path)


def test_a_folder_is_on_the_disk_before_something_is_in_it(home: Home):
    with recording() as found:
        make_folder(home.root / "a" / "b")
        inodes = [home.root.parent.stat().st_ino, home.root.stat().st_ino, (home.root / "a").stat().st_ino]
    assert set(inodes) <= found.synced.keys()
    shutil.rmtree(home.root)
