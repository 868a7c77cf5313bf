"""The folder of published files: the lock, files in the making, the versions that are kept, and the swap."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.failpoint import failpoint
from warehouse.files import make_folder, sync
from warehouse.published import connect
from warehouse.published.place import FileFolder

UNFINISHED = ".next-"  # files in the making, in both folders; readers and `versions` never look at them


@contextmanager
def locked(home: FileFolder) -> Iterator[None]:
    """One publisher at a time, over all processes; the system gives the lock back when one is killed.

    Files in the making that lie there once the lock is held belong to nobody alive: they are removed.
    Their process ids are not asked: in containers a dead publisher often had the number of the next one.
    """
    make_folder(home.versions)
    with (home.published / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _sweep(home)
        try:
            yield
        finally:
            _sweep(home)


@contextmanager
def turn(home: FileFolder) -> Iterator[None]:
    """The right to make the next file, from what is read for it to its end; over all processes, as `locked`.

    Else of two nights that end at once the one that read first and publishes last would take out what the other
    brought.
    """
    home.published.mkdir(parents=True, exist_ok=True)
    with (home.published / ".turn").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def releasing(home: FileFolder) -> Iterator[None]:
    """The right to change the files of tiers; over all processes. Who holds a `turn` may ask for it, not the other way
    round."""
    home.published.mkdir(parents=True, exist_ok=True)
    with (home.published / ".tiers").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unfinished(home: FileFolder) -> Path:
    """A name for a file in the making, never used before."""
    return home.published / f"{UNFINISHED}{os.getpid()}-{secrets.token_hex(4)}.duckdb"


def write_afresh(home: FileFolder, file: Path) -> None:
    """Replace a file in the making by one with the same content and nothing else: blocks that DuckDB uses no more keep
    what was in them."""
    fresh = unfinished(home)
    with connect.connect() as con:
        connect.attach(con, file, "before")
        con.execute(f"ATTACH {connect.literal(str(fresh))} AS fresh")
        con.execute("COPY FROM DATABASE before TO fresh")  # 30 s for 1.15 GB
        con.execute("CHECKPOINT fresh; DETACH fresh; DETACH before")
    fresh.replace(file)


def attach_live(con: duckdb.DuckDBPyConnection, home: FileFolder, alias: str) -> None:
    """Attach the published file, or a copy while somebody has it open for writing: that must not stop us."""
    try:
        connect.attach(con, home.published_file, alias)
    except connect.BusyError:
        copy = unfinished(home)
        shutil.copyfile(home.published_file, copy)
        connect.attach(con, copy, alias)


def version_files(home: FileFolder) -> dict[int, Path]:
    """The files kept, by version."""
    return {int(path.stem): path for path in sorted(home.versions.glob("[0-9]*.duckdb"))}


def install(home: FileFolder, file: Path, version: int) -> None:
    """Keep `file` as `version` and put it in the place of the published file; both are on the disk when this returns.
    Readers keep what they have."""
    # Not writable: whoever opens it to write would lock all readers out.
    file.chmod(file.stat().st_mode & 0o555)
    sync(file)
    failpoint("publish.synced")
    kept = unfinished(home)
    shutil.copy2(file, kept)  # no link: what damages the one in its place would damage the other
    sync(kept)
    os.replace(kept, home.versions / f"{version:06d}.duckdb")
    sync(home.versions)
    failpoint("publish.kept")
    os.replace(file, home.published_file)
    failpoint("publish.swapped")
    sync(home.published)
    failpoint("publish.folder_synced")


def prune(home: FileFolder, keep: int) -> None:
    """Remove all but the newest versions. The live one is the newest: a rollback is a version too."""
    for path in list(version_files(home).values())[:-keep]:
        path.unlink()


def _sweep(home: FileFolder) -> None:
    for path in home.published.glob(f"{UNFINISHED}*"):
        if path.is_dir() and not path.is_symlink():  # where DuckDB spilled to, or a site
            shutil.rmtree(path)
        else:
            path.unlink()
