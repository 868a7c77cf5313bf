"""Keeping a home healthy over years: folding, checkpoints of the logs, and removing what nothing needs any more.

May be run at any time, beside a night too, and killed anywhere: each part does whole steps, and the next run goes on.
Never touched are landing, what is live, what a kept published version names, and what is younger than the retention.
Dagster's own store is kept in order in pipelines/maintenance.py.
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
from deltalake import DeltaTable

from warehouse.delta import log as deltalog
from warehouse.home import Home
from warehouse.ledger import ledger, storage
from warehouse.published import connect, versions

RETENTION = timedelta(days=30)
UNUSED = timedelta(days=7)  # of the parsed deliveries: each can be parsed again
LAKE_PROPERTIES = {"delta.deletedFileRetentionDuration": f"interval {RETENTION.days} days"}
_SQL = """
    SELECT sql FROM duckdb_views() WHERE database_name = 'kept' AND NOT internal
    UNION ALL
    SELECT macro_definition FROM duckdb_functions() WHERE database_name = 'kept' AND macro_definition IS NOT NULL"""
_FILE = re.compile(r"[^/'\"\\\s]+\.parquet")


@dataclass(frozen=True)
class Done:
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


def fold(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> Done:
    """The small files that the ledger was appended in become one for each table and month. None is removed here."""
    del retention
    before = after = size_before = size_after = 0
    for name in ledger.TABLES:
        table = home.ledger(name)
        if not deltalog.exists(table):
            continue
        size_before += _size(storage.live(table))
        was, now = storage.fold(table, ledger.schema(name), ledger.ORDER[name], dry_run=dry_run)
        before, after = before + was, after + now
        size_after += _size(storage.live(table))
    return Done("fold", "live files of the ledger", before, after, size_before, size_after)


def logs(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> Done:
    """The log of each table is summed up, and entries go that are summed up and older than the table keeps them.

    A month in the lake, a day in the ledger, to which 200 entries are added a night.
    """
    del retention
    before = after = size_before = size_after = 0
    for table in tables(home):
        entries = _entries(table)
        before, size_before = before + len(entries), size_before + _size(entries)
        delta = deltalog.open_table(table)
        if not dry_run:
            _set(delta, storage.PROPERTIES if table.parent == home.lake / "ledger" else LAKE_PROPERTIES)
            if not (table / "_delta_log" / f"{delta.version():020d}.checkpoint.parquet").exists():
                delta.create_checkpoint()
            delta.cleanup_metadata()
        entries = _entries(table)
        after, size_after = after + len(entries), size_after + _size(entries)
    note = "which entries would go is only known once a log is summed up" if dry_run else ""
    return Done("logs", "entries of the tables' logs", before, after, size_before, size_after, note)


def vacuum(home: Home, retention: timedelta = RETENTION, *, dry_run: bool = False) -> Done:
    """Files of lake and ledger go that are neither live nor named by a kept published file, and are old enough.

    Old enough by their own time, for a run may have staged them and not committed yet, and by the time at which
    they were replaced, for somebody may still read them.
    """
    before = size_before = gone = size_gone = 0
    note = ""
    try:
        named = _named(home)
    except connect.UnreadableError as error:
        named, note = None, f"nothing was removed, for what a published file needs is not known: {error}"
    for table in tables(home):
        files = [path for path in table.rglob("*") if path.is_file() and "_delta_log" not in path.parts]
        before, size_before = before + len(files), size_before + _size(files)
        if named is None:
            continue
        for path in _dead(table, retention):
            if path.name not in named and (size := _remove(path, retention, dry_run)) is not None:
                gone, size_gone = gone + 1, size_gone + size
    return Done("vacuum", "files of lake and ledger", before, before - gone, size_before, size_before - size_gone, note)


def parsed(home: Home, retention: timedelta = UNUSED, *, dry_run: bool = False) -> Done:
    """Parsed deliveries that nobody has used for a while go; they are parsed again when they are needed."""
    entries: dict[Path, list[Path]] = {}
    for path in home.parsed.rglob("*"):
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
    return Done("parsed", "parsed deliveries", before, before - gone, size_before, size_before - size_gone)


PARTS: dict[str, Callable[..., Done]] = {"fold": fold, "logs": logs, "vacuum": vacuum, "parsed": parsed}


def tables(home: Home) -> Iterator[Path]:
    """Every Delta table of a home: the ledger's and the lake's."""
    for log in sorted([*home.lake.glob("ledger/*/_delta_log"), *home.lake.glob("*/*/*/_delta_log")]):
        if deltalog.exists(log.parent):
            yield log.parent


def _named(home: Home) -> set[str]:
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
                raise connect.explained(path, error) from error
            except connect.UnreadableError:
                if path.exists():  # else there is none yet, or a publication has removed it in this moment
                    raise
    if pattern := next((name for name in named if set(name) & set("*?[")), None):
        raise connect.UnreadableError(f"a view names no files but the pattern {pattern}")
    return named


def _dead(table: Path, retention: timedelta) -> list[Path]:
    """What deltalake would remove: files that are not live, old enough, also those that were never committed."""
    hours = int(retention.total_seconds() // 3600)
    delta = deltalog.open_table(table)
    names = delta.vacuum(retention_hours=hours, dry_run=True, enforce_retention_duration=False, full=True)
    live = set(deltalog.paths_of(delta, table))
    return [path for name in names if str(path := table / name) not in live]


def _remove(path: Path, retention: timedelta | None, dry_run: bool) -> int | None:
    """Its size, or None if it is gone or has become young since it was looked at: a run stages its batch again."""
    stat = _stat(path)
    if stat is None or (retention is not None and stat.st_mtime > time.time() - retention.total_seconds()):
        return None
    if not dry_run:
        path.unlink(missing_ok=True)
    return stat.st_size


def _set(delta: DeltaTable, wanted: dict[str, str]) -> None:
    if wanted.items() - delta.metadata().configuration.items():
        delta.alter.set_table_properties(wanted)


def _entries(table: Path) -> list[Path]:
    return [path for path in (table / "_delta_log").iterdir() if path.suffix == ".json"]


def _size(paths: list[str] | list[Path]) -> int:
    return sum(stat.st_size for path in paths if (stat := _stat(Path(path))) is not None)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
