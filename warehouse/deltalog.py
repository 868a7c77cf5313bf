"""Reading what is live in a Delta table, without opening it again while its log has not grown.

Opening a table takes 8 ms, and a night asks a thousand times; listing its log takes 0.05 ms.
"""

from __future__ import annotations

import os
from pathlib import Path

from deltalake import DeltaTable

_known: dict[Path, tuple[str, list[str]]] = {}


def live_uris(table: Path) -> list[str]:
    """URIs of the files that are live now; none if there is no table yet."""
    newest = _newest(table)
    if newest is None:
        return []
    before = _known.get(table)
    if before is not None and before[0] == newest:
        return before[1]
    uris = DeltaTable(table).file_uris()
    _known[table] = (newest, uris)
    return uris


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
