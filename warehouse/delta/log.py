"""Reading what is live in a Delta table, without opening it again while its log has not grown.

A night asks a thousand times. Opening a table takes 3 to 20 ms, the more the longer its log; asking the disk
whether there is a newer entry takes 0.01 ms, and reading the one that came 0.05 ms. Nothing is written here.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable

LOOKED = 3600.0  # seconds


@dataclass
class _At:
    """A table at one entry of its log, and when it was last found there.

    Entries are removed a day after they came at the earliest (upkeep.py): of one that was the newest an hour ago, the
    next is still there if there is a next.
    """

    version: int
    entry: tuple[int, int]  # time and inode of the entry: they differ in a table made anew under the same path
    looked: float

    def stands(self, table: Path) -> bool:
        now = time.monotonic()
        if now - self.looked > LOOKED or _entry(table, self.version) != self.entry:
            return False
        self.looked = now
        return True


_seen: dict[Path, tuple[_At, list[str]]] = {}
_handles: dict[Path, tuple[_At, DeltaTable]] = {}


def live_paths(table: Path) -> list[str]:
    """Paths of the files that are live now; none if there is no table yet. The same list while nothing changes."""
    before = _seen.get(table)
    if before is not None and before[0].stands(table):
        if _entry(table, before[0].version + 1) is None:
            return before[1]
        seen = _followed(table, *before)
    else:
        delta = handle(table)
        if delta is None:
            return []
        paths = paths_of(delta, table)
        entry = _entry(table, delta.version())
        if entry is None:  # only its checkpoint is left
            return paths
        seen = _At(delta.version(), entry, time.monotonic()), paths
    _seen[table] = seen
    return seen[1]


def exists(table: Path) -> bool:
    return (table / "_delta_log").is_dir() and DeltaTable.is_deltatable(table.as_uri())


def open_table(table: Path) -> DeltaTable:
    """The table as deltalake wants it named: by URI, or paths with spaces or Korean letters go wrong."""
    return DeltaTable(table.as_uri())


def handle(table: Path) -> DeltaTable | None:
    """The open table, brought up to date; kept for the next time. None if there is no table yet."""
    kept = _handles.get(table)
    if kept is not None and kept[0].stands(table):
        delta = kept[1]
        delta.update_incremental()
    elif exists(table):
        delta = open_table(table)
    else:
        return None
    entry = _entry(table, delta.version())
    if entry is not None:
        _handles[table] = _At(delta.version(), entry, time.monotonic()), delta
    return delta


def paths_of(delta: DeltaTable, table: Path) -> list[str]:
    """Paths of the live files; deltalake gives them percent-encoded."""
    depth = 2 if delta.metadata().partition_columns else 1
    return [str(table / "/".join(unquote(uri).rsplit("/", depth)[1:])) for uri in delta.file_uris()]


def _followed(table: Path, before: _At, live: list[str]) -> tuple[_At, list[str]]:
    """What the entries since `before` have added and taken away."""
    paths, version, entry = dict.fromkeys(live), before.version, before.entry
    while (found := _entry(table, version + 1)) is not None:
        version, entry = version + 1, found
        actions = [json.loads(line) for line in _path(table, version).read_text(encoding="utf-8").splitlines()]
        for action in actions:
            if "remove" in action:
                paths.pop(str(table / unquote(action["remove"]["path"])), None)
        paths |= {str(table / unquote(a["add"]["path"])): None for a in actions if "add" in a}
    return _At(version, entry, time.monotonic()), list(paths)


def _entry(table: Path, version: int) -> tuple[int, int] | None:
    try:
        stat = _path(table, version).stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_ino


def _path(table: Path, version: int) -> Path:
    return table / "_delta_log" / f"{version:020d}.json"
