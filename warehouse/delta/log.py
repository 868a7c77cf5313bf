"""Reading what is live in a Delta table, without opening it again while its log has not grown.

A night asks a thousand times. Opening a table takes 3 to 20 ms, the more the longer its log; asking the disk
whether there is a newer entry takes 0.01 ms, and reading the one that came 0.05 ms. Nothing is written here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from warehouse.damaged import DamagedHomeError
from warehouse.delta.entry import LINES, checkpoint_every, entry_path

TRUSTED_FOR = 3600.0  # seconds
LONGEST = 120  # characters of an error of deltalake: it writes out what it has in memory
T = TypeVar("T")


class DamagedLogError(DamagedHomeError):
    """What is live in a table is not known, as its log cannot be read."""


@dataclass
class _Position:
    """An entry of a table's log up to which this process has read, and when it last found that entry in place.

    Maintenance removes entries a day after they came at the earliest: of an entry that was the newest an hour ago,
    the next is still there if there is a next.
    """

    version: int
    entry: tuple[int, int]  # time and inode of the entry: they differ in a table created again under the same path
    confirmed: float  # on the monotonic clock

    def still_valid(self, table: Path) -> bool:
        now = time.monotonic()
        if now - self.confirmed > TRUSTED_FOR or _entry(table, self.version) != self.entry:
            return False
        self.confirmed = now
        return True


@dataclass(frozen=True)
class _Description:
    """What deltalake says of a table beside its files."""

    opened: DeltaTable
    columns: frozenset[str]
    checkpoint_every: int | None  # entries; None: deltalake has to write them all

    @classmethod
    def of(cls, delta: DeltaTable) -> _Description:
        columns = frozenset(column.name for column in delta.schema().fields)
        return cls(delta, columns, checkpoint_every(delta.protocol(), delta.metadata().configuration))


@dataclass(frozen=True)
class TableState:
    """A table as the entry `version` of its log leaves it. `live` are absolute paths of its files."""

    version: int
    live: list[str]
    description: _Description
    numbers: Mapping[str, int]  # of transactions, in entries that deltalake may not have read

    @property
    def columns(self) -> frozenset[str]:
        """The names of the table's columns."""
        return self.description.columns

    def transaction(self, name: str) -> int:
        """The number of the last transaction of this name; 0 before the first."""
        return max(self.description.opened.transaction_version(name) or 0, self.numbers.get(name, 0))

    def can_be_followed(self) -> bool:
        """Whether the next entry may be written without deltalake: no checkpoint is due with it. With ten entries for a
        checkpoint deltalake makes them of the entries 9, 19 and so on."""
        every = self.description.checkpoint_every
        return every is not None and (self.version + 2) % every > 0


class StoredTable:
    """A Delta table in its folder, with what this process has read of its log. There may be no table yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._live: tuple[_Position, list[str]] | None = None
        self._description: _Description | None = None  # None: not known for the log as it was last read
        self._numbers: Mapping[str, int] = {}  # of transactions, in the entries that were followed
        self._sizes: dict[str, int] = {}  # in bytes of the files that are or were live
        self._opened: tuple[_Position, DeltaTable] | None = None
        self._derived: dict[Callable[[list[str]], Any], tuple[list[str], Any]] = {}

    def exists(self) -> bool:
        return is_table(self.path)

    def live_files(self) -> list[str]:
        """Absolute paths of the files that are live now. The same list, not a copy, while nothing changes.

        Raises DamagedLogError.
        """
        if self._live is not None and self._live[0].still_valid(self.path):
            if _entry(self.path, self._live[0].version + 1) is None:
                return self._live[1]
            followed = _followed(self.path, *self._live)
            self._live, self._numbers = (followed.position, followed.live), {**self._numbers, **followed.numbers}
            self._sizes |= followed.sizes
            if followed.described:
                self._description = None
            return followed.live
        self._description, self._numbers = None, {}
        if (whole := _from_the_beginning(self.path)) is not None:
            self._live, self._numbers = (whole.position, whole.live), whole.numbers
            self._sizes = dict(whole.sizes)
            return whole.live
        delta = self.opened()
        if delta is None:
            self._live = None
            return []
        self._sizes = sizes_of(delta, self.path)
        paths = list(self._sizes)
        entry = _entry(self.path, delta.version())
        # no entry: only its checkpoint is left
        self._live = (_Position(delta.version(), entry, time.monotonic()), paths) if entry is not None else None
        return paths

    def sizes(self) -> Mapping[str, int]:
        """The live files and their sizes in bytes, as they were when they were committed. Raises DamagedLogError."""
        return {path: self._sizes[path] for path in self.live_files()}

    def lost(self, paths: Iterable[str]) -> dict[str, str]:
        """Of these live files those that are not there, or not as large as they were: what is wrong with each. What
        else may be wrong with them only their checksums tell."""
        found = dict[str, str]()
        for path in paths:
            try:
                size = os.stat(path).st_size
            except FileNotFoundError:
                found[path] = "it is gone"
            else:
                if size != self._sizes[path]:
                    found[path] = f"it has {size:,} bytes, and had {self._sizes[path]:,}"
        return found

    def from_live_files(self, compute: Callable[[list[str]], T]) -> T:
        """`compute` of the live files; it is called again only when they have changed."""
        paths = self.live_files()
        known = self._derived.get(compute)
        if known is None or known[0] is not paths:
            known = self._derived[compute] = paths, compute(paths)
        return known[1]

    def state(self) -> TableState | None:
        """The table as it is now, for a commit that follows; None if there is none yet."""
        live = self.live_files()
        if self._description is None:
            delta = self.opened()
            self._description = None if delta is None else _Description.of(delta)
        if self._description is None:
            return None
        if self._live is None:  # only its checkpoint is left: what was opened now may be newer than what was read
            opened = self._description.opened
            return TableState(opened.version(), paths_of(opened, self.path), self._description, self._numbers)
        return TableState(self._live[0].version, live, self._description, self._numbers)

    def opened(self) -> DeltaTable | None:
        """The open table, brought up to date; None if there is no table yet. It stays open for the next time.

        Raises DamagedLogError.
        """
        if self._opened is not None and self._opened[0].still_valid(self.path):
            delta = self._opened[1]
            try:
                delta.update_incremental()
            except DeltaError as error:
                raise _damaged(self.path, error) from error
        elif self.exists():
            delta = open_table(self.path)
        else:
            return None
        entry = _entry(self.path, delta.version())
        if entry is not None:
            self._opened = _Position(delta.version(), entry, time.monotonic()), delta
        return delta


def is_table(path: Path) -> bool:
    """Whether a Delta table lies in this folder, whatever can be read of it: one that has lost its first entries is no
    place for a new one."""
    try:
        return any(name.endswith((".json", ".parquet")) for name in os.listdir(path / "_delta_log"))
    except FileNotFoundError:
        return False


def open_table(path: Path) -> DeltaTable:
    """The table as deltalake wants it named: by URI, or paths with spaces or Korean letters go wrong. Raises
    DamagedLogError."""
    try:
        return DeltaTable(path.as_uri())
    except (DeltaError, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def sizes_of(delta: DeltaTable, table: Path) -> dict[str, int]:
    """Absolute paths of the live files, with their sizes in bytes; deltalake gives the paths percent-encoded."""
    added = pl.DataFrame(delta.get_add_actions())
    return {str(table / unquote(path)): size for path, size in added.select("path", "size_bytes").iter_rows()}


def paths_of(delta: DeltaTable, table: Path) -> list[str]:
    """Absolute paths of the live files."""
    return list(sizes_of(delta, table))


def _damaged(table: Path, error: Exception) -> DamagedLogError:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    said = first if len(first) <= LONGEST else f"{first[:LONGEST]}..."
    return DamagedLogError(f"the log of the table {table} cannot be read: {said}")


@dataclass(frozen=True)
class _Followed:
    """What entries of a log have made of a table."""

    position: _Position
    live: list[str]
    sizes: Mapping[str, int]  # by path, of what was added
    numbers: Mapping[str, int]  # of transactions
    described: bool  # one of them describes the table again


def _from_the_beginning(table: Path) -> _Followed | None:
    """What all entries have added and taken away, where each of them is there and there is no checkpoint yet: deltalake
    takes 3 ms to open a table, and a home has 60."""
    first = _entry(table, 0)
    if first is None:
        return None
    names = os.listdir(table / "_delta_log")
    if "_last_checkpoint" in names:
        return None
    entries = [name for name in names if name.endswith((".json", ".parquet"))]
    whole = _followed(table, _Position(-1, first, time.monotonic()), [])
    return whole if whole.position.version + 1 >= len(entries) else None


def _followed(table: Path, before: _Position, live: list[str]) -> _Followed:
    """What the entries since `before` have added and taken away; and whether one of them describes the table again."""
    paths, version, entry, described = dict.fromkeys(live), before.version, before.entry, False
    numbers, sizes, folder = dict[str, int](), dict[str, int](), str(table)
    while (following := _entry(table, version + 1)) is not None:
        version, entry = version + 1, following
        actions = _actions(entry_path(table, version))
        for action in actions:
            if "remove" in action:
                paths.pop(_in_table(folder, action["remove"]["path"]), None)
        added = {_in_table(folder, a["add"]["path"]): a["add"]["size"] for a in actions if "add" in a}
        paths |= dict.fromkeys(added)
        sizes |= added
        numbers |= {a["txn"]["appId"]: a["txn"]["version"] for a in actions if "txn" in a}
        described |= any("metaData" in action or "protocol" in action for action in actions)
    return _Followed(_Position(version, entry, time.monotonic()), list(paths), sizes, numbers, described)


def _in_table(folder: str, path: str) -> str:
    """The absolute path of a file that an entry names. On strings: a home of three years has 32,000 files."""
    named = unquote(path)
    return named if named.startswith("/") else f"{folder}/{named}"


def _actions(entry: Path) -> list[dict[str, Any]]:
    content = entry.read_bytes()
    try:
        lines = content.decode().split("\n")  # str.splitlines ends lines within a text, too
        actions = [json.loads(line) for line in lines if line.strip()]
        said = next((action["commitInfo"].get(LINES) for action in actions if "commitInfo" in action), None)
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedLogError(f"{entry} is no entry of the log of a Delta table: {error}") from error
    if not actions or said not in (None, len(actions)):
        raise DamagedLogError(f"{entry}, an entry of the log of a Delta table, breaks off after {len(actions)} lines")
    return actions


def _entry(table: Path, version: int) -> tuple[int, int] | None:
    try:
        stat = entry_path(table, version).stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_ino
