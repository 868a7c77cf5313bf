"""Reading what is live in a Delta table, without opening it again while its log has not grown.

Opening a table takes 8 ms, and a night asks a thousand times; listing its log takes 0.05 ms.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable

_known: dict[Path, tuple[str, list[str]]] = {}


def live_paths(table: Path) -> list[str]:
    """Paths of the files that are live now; none if there is no table yet."""
    newest = _newest(table)
    if newest is None:
        return []
    before = _known.get(table)
    if before is not None and before[0] == newest:
        return before[1]
    paths = paths_of(open_table(table), table)
    _known[table] = (newest, paths)
    return paths


def open_table(table: Path) -> DeltaTable:
    """The table as deltalake wants it named: by URI, or paths with spaces or Korean letters go wrong."""
    return DeltaTable(table.as_uri())


def paths_of(delta: DeltaTable, table: Path) -> list[str]:
    """Paths of the live files; deltalake gives them percent-encoded."""
    depth = 2 if delta.metadata().partition_columns else 1
    return [str(table / "/".join(unquote(uri).rsplit("/", depth)[1:])) for uri in delta.file_uris()]


def _newest(table: Path) -> str | None:
    """Name and time of the newest log entry: they change with every commit, and with a table made anew."""
    try:
        entries = [e for e in os.scandir(table / "_delta_log") if e.name.endswith(".json")]
    except FileNotFoundError:
        return None
    if not entries:
        return None
    last = max(entries, key=lambda e: e.name)
    stat = last.stat()
    return f"{last.name}:{stat.st_mtime_ns}:{stat.st_ino}"
