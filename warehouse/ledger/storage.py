"""How the ledger's tables lie on disk: many small appends, compacted into one file a month, and found again quickly.

Files that were compacted stay until maintenance removes them.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta import log
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action
from warehouse.delta.log import StoredTable
from warehouse.failpoint import failpoint
from warehouse.files import ANYBODY, is_as_written, make_folder, summing, sync
from warehouse.ledger.schema import LedgerTable

# A process reads the log since its last checkpoint once: with one every 10 entries it takes 10 ms, every 100 30 ms.
# Nobody looks at old states of a table to which rows are only added, so what a checkpoint contains goes after a day.
PROPERTIES = {
    "delta.checkpointInterval": "10",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}
COMPACT_AT = 100  # small files of a table: with so many an append compacts them, 50 ms that spare each reader 20
_UNCOMMITTED = 60.0  # seconds: an append writes its file and commits it in milliseconds
LARGE = 32 * 2**20  # bytes: such a file is not compacted again
_APPENDED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}-")
_COMPACTION = "compact"

Part: TypeAlias = tuple[str, ...]  # the values of the columns that `LedgerTable.part` names
T = TypeVar("T")


@dataclass(frozen=True)
class _Held:
    """The rows of a table in memory: of which files, all together, and by part. Replaced as a whole, never changed."""

    files: list[str]
    rows: pl.DataFrame
    parts: Mapping[Any, pl.DataFrame] | None  # None: nobody has asked for one


class LedgerFiles:
    """The files of one ledger table, and what this process has read of them."""

    def __init__(self, table: StoredTable, declaration: LedgerTable) -> None:
        self.table = table
        self.declaration = declaration
        self._held: _Held | None = None
        self._empty = pl.DataFrame(schema=declaration.schema)
        self._written: dict[str, pl.DataFrame] = {}  # by file, until they are with those held
        self._made: dict[tuple[Part, Hashable], tuple[pl.DataFrame, Any]] = {}  # from the rows of a part
        self._batches: dict[str, frozenset[str]] = {}  # file -> the batches it has rows of
        self._whole: tuple[list[str], list[str]] = [], []  # the files of the log, and those of them that can be read
        self._lost: dict[str, str] = {}  # the others, and what is wrong with them

    @property
    def path(self) -> Path:
        return self.table.path

    def live(self) -> list[str]:
        """Absolute paths of the files that hold the rows of the table now, without those that are lost. Raises
        DamagedLogError."""
        logged = self.table.live_files()
        if logged is not self._whole[0]:
            before = set(self._whole[1])
            self._lost = self._damaged(logged, before)
            self._whole = logged, [path for path in logged if path not in self._lost]
        return self._whole[1]

    @property
    def lost(self) -> dict[str, str]:
        """The files whose rows are lost, by path, and what is wrong with each. Raises DamagedLogError."""
        self.live()
        return self._lost

    def _damaged(self, paths: Sequence[str], before: Container[str]) -> dict[str, str]:
        """What is wrong with files that were not looked at `before`. Those that are held in memory are read by content,
        too: an edited one would say something else of what was judged."""
        new = [path for path in paths if path not in before]
        wrong = self.table.lost(new)
        if self.declaration.in_memory:
            changed = (p for p in new if p not in wrong and p not in self._written and is_as_written(Path(p)) is False)
            wrong |= dict.fromkeys(changed, "its content is another one than its name says")
        return wrong

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows as one file in one commit."""
        make_folder(self.path)
        name = write(self.path, frame, f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}")
        size = (self.path / name).stat().st_size
        if size >= LARGE:
            (self.path / name).rename(self.path / (name := name[:7] + name[17:]))  # named as if compacted
            sync(self.path)
        added = Changes([add_action(name, size, frame.height)])
        commit_changes(self.table, frame.schema, lambda _: added, properties=PROPERTIES)
        if self._held is not None:
            self._written[str(self.path / name)] = frame
        if "batch_id" in frame.columns:
            self._batches[str(self.path / name)] = frozenset(frame["batch_id"].unique())
        if sum(_is_append(path) for path in self.live()) >= COMPACT_AT:
            self.compact()

    def scan(self, files: Sequence[str] | None = None) -> pl.LazyFrame:
        """The rows of these files, or of all that are live, in no order."""
        paths, schema = list(self.live() if files is None else files), self.declaration.schema
        if not paths:
            return pl.LazyFrame(schema=schema)
        return pl.scan_parquet(paths, schema=schema, missing_columns="insert", extra_columns="ignore", glob=False)

    def in_memory(self) -> pl.DataFrame:
        """All rows, held in memory: only files that came since the last time are read."""
        return self._read().rows

    def part(self, part: Part) -> pl.DataFrame:
        """The rows of a part, in memory. The same frame, not a copy, until rows of this part come."""
        held = self._read()
        if held.parts is None:
            held = self._held = _Held(held.files, held.rows, self._parts(held.rows))
        return (held.parts or {}).get(part, self._empty)

    def made_of(self, part: Part, name: Hashable, make: Callable[[pl.DataFrame], T]) -> T:
        """What `make` makes of the rows of a part; it is called again only when rows of this part have come.

        `name` tells it from what else is made of the part.
        """
        rows = self.part(part)
        known = self._made.get((part, name))
        if known is None or known[0] is not rows:
            known = self._made[part, name] = rows, make(rows)
        return known[1]

    def _read(self) -> _Held:
        files, held = self.live(), self._held
        if held is not None and held.files is files:
            return held
        if held is not None and (before := set(held.files)) <= set(files):
            new = self._rows_of([file for file in files if file not in before])
            parts = None if held.parts is None else {**held.parts, **self._grown(held.parts, new)}
            held = _Held(files, _joined(held.rows, new), parts)
        else:
            held = _Held(files, self.scan(files).collect(), None)
        self._held = held
        return held

    def _rows_of(self, files: Sequence[str]) -> pl.DataFrame:
        """The rows of these files; those that this process wrote are at hand."""
        own = {file: rows for file in files if (rows := self._written.pop(file, None)) is not None}
        others = [file for file in files if file not in own]
        return pl.concat([*own.values(), *([self.scan(others).collect()] if others or not own else [])])

    def _parts(self, rows: pl.DataFrame) -> Mapping[Any, pl.DataFrame]:
        return rows.partition_by(self.declaration.part, as_dict=True, maintain_order=True)

    def _grown(self, parts: Mapping[Any, pl.DataFrame], new: pl.DataFrame) -> Mapping[Any, pl.DataFrame]:
        return {part: _joined(parts.get(part, self._empty), rows) for part, rows in self._parts(new).items()}

    def by_batch(self, batch_ids: Iterable[str]) -> dict[str, list[str]]:
        """Of these batches those that have rows here, each with its files. A file is looked into once."""
        files = self.live()
        if unread := [file for file in files if file not in self._batches]:
            rows = pl.scan_parquet(
                unread, schema={"batch_id": pl.String}, extra_columns="ignore", include_file_paths="_file", glob=False
            )
            batches = rows.unique().group_by("_file").agg("batch_id").collect()
            self._batches |= dict.fromkeys(unread, frozenset())
            self._batches |= {file: frozenset(ids) for file, ids in batches.iter_rows()}
        self._batches = {file: self._batches[file] for file in files}
        with_files = {wanted: [file for file in files if wanted in self._batches[file]] for wanted in set(batch_ids)}
        return {batch_id: holding for batch_id, holding in with_files.items() if holding}

    def compact(self, *, dry_run: bool = False) -> tuple[int, int]:
        """Turn the small files of each month into one. How many there were, and how many there are (or would be).

        The rows stay the same, so readers notice nothing, and an append at the same time does not conflict. Two that
        compact at the same time would both succeed in plain Delta, and the rows would be there twice (reproduced): a
        transaction number refuses the second, which then finds that its files are live no longer.
        """
        paths = [Path(path) for path in self.live()]
        groups = [(month, group) for month, group in by_month(paths) if len(group) > 1]
        after = len(paths) - sum(len(group) - 1 for _, group in groups)
        if not groups or dry_run:
            return len(paths), after
        replaced = {str(path) for _, group in groups for path in group}
        actions: list[AddAction | RemoveAction] = []
        for month, group in groups:
            frame = self.scan([str(path) for path in group]).collect().sort(self.declaration.order)
            actions += [remove_action(path.name, path.stat().st_size, data_change=False) for path in group]
            name = write(self.path, frame, month)
            actions.append(add_action(name, (self.path / name).stat().st_size, frame.height, data_change=False))

        def changes(live: Sequence[str]) -> Changes | None:
            return Changes(actions, [_COMPACTION]) if replaced <= set(live) else None

        done = commit_changes(self.table, self.declaration.schema, changes)
        return len(paths), after if done else len(paths)

    def rewrite(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Replace the files of which `change` makes other rows, and remove the old ones from the disk at once, with
        those that were compacted before: what is to go is in them, too. The only change of rows there is, for what was
        withdrawn."""
        replaced: list[Path] = []
        actions: list[AddAction | RemoveAction] = []
        for path in [Path(path) for path in self.live()]:
            rows = self.scan([str(path)]).collect()
            changed = change(rows)
            if not changed.equals(rows):
                replaced.append(path)
                actions.append(remove_action(path.name, path.stat().st_size))
                name = write(self.path, changed, path.name[:7])
                actions.append(add_action(name, (self.path / name).stat().st_size, changed.height))
        wanted = {str(path) for path in replaced}

        def changes(live: Sequence[str]) -> Changes | None:
            return Changes(actions, [_COMPACTION]) if wanted <= set(live) else None

        if actions and not commit_changes(self.table, self.declaration.schema, changes):
            self.rewrite(change)  # somebody has compacted them meanwhile
            return
        failpoint("ledger.rewritten")
        self._remove_unused()

    def _remove_unused(self) -> None:
        """Remove the files that were live and are no more, also of a process that was killed before it came to it, and
        those that were never committed. One of this moment may be about to be."""
        if not self.table.exists():
            return
        live, delta = set(self.live()), log.open_table(self.path)
        replaced = set(delta.vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False))
        for path in self.path.glob("*.parquet"):
            is_old = time.time() - path.stat().st_mtime > _UNCOMMITTED
            if str(path) not in live and (path.name in replaced or is_old):
                path.unlink(missing_ok=True)


def _joined(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    frame = pl.concat([before, after])
    return frame.rechunk() if frame.n_chunks() > 16 else frame


def by_month(paths: Iterable[Path]) -> list[tuple[str, list[Path]]]:
    """Files by the month in which their rows were written, in groups that do not become large; each large one alone."""
    groups: dict[str, list[list[Path]]] = {}
    sizes: dict[str, int] = {}
    alone: list[tuple[str, list[Path]]] = []
    for path in sorted(paths):
        stat = path.stat()
        named = re.match(r"\d{4}-\d\d", path.name)  # the first homes have names without a time
        month = named[0] if named else f"{datetime.fromtimestamp(stat.st_mtime, UTC):%Y-%m}"
        if stat.st_size >= LARGE:
            alone.append((month, [path]))
            continue
        if sizes.get(month, LARGE) >= LARGE:
            groups.setdefault(month, []).append([])
            sizes[month] = 0
        groups[month][-1].append(path)
        sizes[month] += stat.st_size
    return [(month, group) for month, parts in groups.items() for group in parts] + alone


def _is_append(path: str) -> bool:
    return _APPENDED.match(path.rsplit("/", 1)[-1]) is not None


def write(table: Path, frame: pl.DataFrame, prefix: str) -> str:
    """Rows as a file of the folder, on the disk. Its name: `<prefix>-<chance>-x<checksum>.parquet`."""
    with summing(table / f"{prefix}-{secrets.token_hex(8)}.parquet", ANYBODY) as writing:
        frame.write_parquet(writing.file, compression="zstd")
    return writing.path.name
