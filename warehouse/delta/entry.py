"""An entry of a Delta table's log, as the protocol has it: a line of JSON for each action, under a number never taken.

deltalake takes 5 ms of CPU for a commit and 3 to learn of it afterwards, on threads of its own. A night commits 200
times, nearly always one file to a table of which this process knows the newest entry. Who writes the entry that follows
has seen all that other writers did: of two that write the same entry, one finds it there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deltalake.transaction import AddAction, RemoveAction

from warehouse.files import ANYBODY, sync, unfinished_name

LINES = "madangLines"  # in the first line: how many there are, so that an entry that breaks off after one is found
_READER, _WRITER = 1, 2  # versions of the protocol that ask for nothing but what is done here


def entry_path(table: Path, version: int) -> Path:
    """Where the log of the table in this folder has its entry `version`."""
    return table / "_delta_log" / f"{version:020d}.json"


def checkpoint_every(protocol: Any, configuration: Mapping[str, str]) -> int | None:
    """After how many entries a checkpoint is due, by the table's properties; None where its protocol asks for more of a
    writer than is done here."""
    if (protocol.min_reader_version, protocol.min_writer_version) != (_READER, _WRITER):
        return None
    return int(configuration.get("delta.checkpointInterval", "100"))


def add_entry(
    table: Path,
    version: int,
    actions: Iterable[AddAction | RemoveAction],
    transactions: Mapping[str, int],
    metadata: Mapping[str, str],
    partition_by: Sequence[str],
) -> bool:
    """Add entry `version`, whole or not at all; it is on the disk when this returns. False if it is there already:
    another writer was faster."""
    now = int(time.time() * 1000)
    parameters = {"mode": "Append", "partitionBy": json.dumps(list(partition_by))}
    info: dict[str, Any] = {**metadata, "timestamp": now, "operation": "WRITE", "operationParameters": parameters}
    info["engineInfo"] = "madang"
    lines: list[dict[str, Any]] = [{"commitInfo": info}]
    lines += [_line(action) for action in actions]
    lines += [{"txn": {"appId": name, "version": number, "lastUpdated": now}} for name, number in transactions.items()]
    info[LINES] = len(lines)
    target = entry_path(table, version)
    unfinished = unfinished_name(target)
    try:
        with open(unfinished, "xb", opener=lambda path, flags: os.open(path, flags, ANYBODY)) as file:
            file.write("\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, target)  # unlike a rename, it fails where there is one
        sync(target.parent)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _line(action: AddAction | RemoveAction) -> dict[str, Any]:
    common = {
        "path": quote(action.path, safe="/="),
        "partitionValues": dict(action.partition_values or {}),
        "size": action.size,
        "dataChange": action.data_change,
    }
    if isinstance(action, AddAction):
        return {"add": common | {"modificationTime": action.modification_time, "stats": action.stats}}
    return {"remove": common | {"deletionTimestamp": action.deletion_timestamp, "extendedFileMetadata": True}}
