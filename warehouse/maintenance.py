"""Keeping a home healthy over years: compaction, checkpoints of the logs, and removing what nothing needs any more.

May be run at any time, beside a night too, and killed anywhere: each part does whole steps, and the next run goes on.
Never touched are what has landed, what is live, what a kept published version names, and what is younger than the
retention.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from warehouse import modes
from warehouse.delta import log
from warehouse.delta.commit import set_properties
from warehouse.delta.log import StoredTable
from warehouse.files import UNFINISHED
from warehouse.home import Home
from warehouse.ledger import storage
from warehouse.ledger.schema import TABLES
from warehouse.published import connect, versions

RETENTION = timedelta(days=30)
UNUSED = timedelta(days=7)  # of the parsed deliveries: each can be parsed again
ABANDONED = timedelta(days=1)  # files in the making: nobody writes one for so long
LAKE_PROPERTIES = {"delta.deletedFileRetentionDuration": f"interval {RETENTION.days} days"}
_SQL = """
    SELECT sql FROM duckdb_views() WHERE database_name = 'kept' AND NOT internal
    UNION ALL
    SELECT macro_definition FROM duckdb_functions() WHERE database_name = 'kept' AND macro_definition IS NOT NULL"""
_FILE = re.compile(r"[^/'\"\\\s]+\.parquet")


@dataclass(frozen=True)
class MaintenanceResult:
    """What one part has done, or would do: files and bytes that lay there before, and that lie there after."""

    part: str
    what: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    note: str = ""  # why something was left as it is

    @property
    def files_gone(self) -> int:
        return max(0, self.files_before - self.files_after)

    @property
    def bytes_gone(self) -> int:
        return max(0, self.bytes_before - self.bytes_after)


def compact(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> MaintenanceResult:
    """The ledger's small files become one for each table and month. None is removed here."""
    del retention
    before = after = size_before = size_after = 0
    for name in TABLES:
        files = home.ledger(name)
        if not files.table.exists():
            continue
        size_before += _size(files.live())
        was, now = files.compact(dry_run=dry_run)
        before, after = before + was, after + now
        size_after += _size(files.live())
    return MaintenanceResult("compact", "live files of the ledger", before, after, size_before, size_after)


def checkpoint(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> MaintenanceResult:
    """Each table's log gets a checkpoint, and entries go that it contains and that are older than the table keeps them.

    A month in the lake, a day in the ledger, to which 200 entries are added a night.
    """
    del retention
    before = after = size_before = size_after = 0
    for table in delta_tables(home):
        entries = _entries(table)
        before, size_before = before + len(entries), size_before + _size(entries)
        if not dry_run:
            in_ledger = table.path.parent == home.lake / "ledger"
            set_properties(table, storage.PROPERTIES if in_ledger else LAKE_PROPERTIES)
            delta = log.open_table(table.path)
            if not (table.path / "_delta_log" / f"{delta.version():020d}.checkpoint.parquet").exists():
                delta.create_checkpoint()
            delta.cleanup_metadata()
            if modes.is_closed(table.path):
                modes.close(table.path / "_delta_log")
        entries = _entries(table)
        after, size_after = after + len(entries), size_after + _size(entries)
    note = "which entries would go is only known once there is a checkpoint" if dry_run else ""
    return MaintenanceResult("checkpoint", "entries of the tables' logs", before, after, size_before, size_after, note)


def vacuum(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> MaintenanceResult:
    """Files of lake and ledger go that are neither live nor named by a kept published file, and are old enough.

    Old enough by their own time, for a run may have staged them and not committed yet, and by the time at which
    they were replaced, for somebody may still read them.
    """
    before = size_before = gone = size_gone = 0
    note = ""
    try:
        named = _named_by_published_files(home)
    except connect.UnreadableError as error:
        named, note = None, f"nothing was removed: which files a published file needs is not known: {error}"
    for table in delta_tables(home):
        files = [path for path in table.path.rglob("*") if path.is_file() and "_delta_log" not in path.parts]
        before, size_before = before + len(files), size_before + _size(files)
        if named is None:
            continue
        for path in _unneeded(table, retention):
            if path.name not in named and (size := _remove(path, retention, dry_run)) is not None:
                gone, size_gone = gone + 1, size_gone + size
    after, size_after = before - gone, size_before - size_gone
    return MaintenanceResult("vacuum", "files of lake and ledger", before, after, size_before, size_after, note)


def parse_cache(home: Home, retention: timedelta = UNUSED, *, dry_run: bool = False) -> MaintenanceResult:
    """Parsed deliveries that nobody has used for a while go; they are parsed again when they are needed."""
    entries: dict[Path, list[Path]] = {}
    for path in home.parse_cache.rglob("*"):
        if path.is_file():
            entries.setdefault(path.with_suffix(""), []).append(path)
    before = size_before = gone = size_gone = 0
    for files in entries.values():
        before, size_before = before + len(files), size_before + _size(files)
        used = max((max(s.st_mtime, s.st_atime) for path in files if (s := _stat(path)) is not None), default=0.0)
        if used > time.time() - retention.total_seconds():
            continue
        for path in sorted(files, key=lambda path: path.suffix != ".json"):  # without its facts it is not found
            if (size := _remove(path, None, dry_run)) is not None:
                gone, size_gone = gone + 1, size_gone + size
    after, size_after = before - gone, size_before - size_gone
    return MaintenanceResult("parse_cache", "parsed deliveries", before, after, size_before, size_after)


def private_modes(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> MaintenanceResult:
    """Private folders and their files become their owner's alone: other programs make theirs for whom the umask says,
    Dagster its store and somebody the copy that was put back from a backup."""
    del retention
    paths = [path for folder in modes.private_folders(home) for path in (folder, *folder.rglob("*"))]
    opened = [path for path in paths if not modes.is_closed(path)]
    if not dry_run:
        for path in opened:
            modes.close(path)
    files = [path for path in paths if path.is_file()]
    size = _size(files)
    note = f"{len(opened):,} were open to others" if opened else ""
    what = "files of private folders"
    return MaintenanceResult("private_modes", what, len(files), len(files), size, size, note)


def abandoned(home: Home, retention: timedelta = ABANDONED, *, dry_run: bool = False) -> MaintenanceResult:
    """Files in the making go of which the writer was killed, wherever they lie: no reader looks at them. Those of lake
    and ledger are for `vacuum`."""
    del retention
    lying = [
        path for path in home.root.rglob(f"*{UNFINISHED}") if path.is_file() and not path.is_relative_to(home.lake)
    ]
    size_before = _size(lying)
    gone = [size for path in lying if (size := _remove(path, ABANDONED, dry_run)) is not None]
    what, after = "unfinished files", len(lying) - len(gone)
    return MaintenanceResult("unfinished", what, len(lying), after, size_before, size_before - sum(gone))


PARTS: dict[str, Callable[..., MaintenanceResult]] = {
    "compact": compact,
    "checkpoint": checkpoint,
    "vacuum": vacuum,
    "parse_cache": parse_cache,
    "private_modes": private_modes,
    "unfinished": abandoned,
}


def delta_tables(home: Home) -> Iterator[StoredTable]:
    """Every Delta table of a home: the ledger's and the lake's."""
    for folder in sorted([*home.lake.glob("ledger/*/_delta_log"), *home.lake.glob("*/*/*/_delta_log")]):
        table = home.stored(folder.parent)
        if table.exists():
            yield table


def _named_by_published_files(home: Home) -> set[str]:
    """Names of the files that the views of the published file and of the kept versions name. Raises UnreadableError.

    Names without their folders: they are unique, and a home that was moved still has its old paths in old versions.
    """
    named: set[str] = set()
    with connect.connect() as con:
        for path in [*versions.version_files(home).values(), home.published_file]:
            try:
                connect.attach(con, path, "kept")
                for (sql,) in con.execute(_SQL).fetchall():
                    named.update(_FILE.findall(sql))
                con.execute("DETACH kept")
            except duckdb.Error as error:
                raise connect.opening_error(path, error) from error
            except connect.UnreadableError:
                if path.exists():  # else there is none yet, or a publication has removed it in this moment
                    raise
    if pattern := next((name for name in named if set(name) & set("*?[")), None):
        raise connect.UnreadableError(f"a view names no files but the pattern {pattern}")
    return named


def _unneeded(table: StoredTable, retention: timedelta) -> list[Path]:
    """What deltalake would remove: files that are not live, old enough, also those that were never committed."""
    hours = int(retention.total_seconds() // 3600)
    delta = log.open_table(table.path)
    names = delta.vacuum(retention_hours=hours, dry_run=True, enforce_retention_duration=False, full=True)
    live = set(log.paths_of(delta, table.path))
    return [path for name in names if str(path := table.path / name) not in live]


def _remove(path: Path, retention: timedelta | None, dry_run: bool) -> int | None:
    """Its size, or None if it is gone or has become young since it was looked at: a run stages its batch again."""
    stat = _stat(path)
    if stat is None or (retention is not None and stat.st_mtime > time.time() - retention.total_seconds()):
        return None
    if not dry_run:
        path.unlink(missing_ok=True)
    return stat.st_size


def _entries(table: StoredTable) -> list[Path]:
    return [path for path in (table.path / "_delta_log").iterdir() if path.suffix == ".json"]


def _size(paths: list[str] | list[Path]) -> int:
    return sum(stat.st_size for path in paths if (stat := _stat(Path(path))) is not None)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
