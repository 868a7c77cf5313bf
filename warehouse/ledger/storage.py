"""How the ledger's tables lie on disk: many small appends, compacted into one file a month, and found again quickly.

Files that were compacted stay until maintenance removes them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta import log
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action
from warehouse.delta.log import StoredTable
from warehouse.ledger.schema import LedgerTable

# A commit reads the log since its last checkpoint: with one every 10 entries it takes 10 ms, every 100 30 ms. Nobody
# looks at old states of a table to which rows are only added, so what a checkpoint contains goes after a day.
PROPERTIES = {
    "delta.checkpointInterval": "10",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}
COMPACT_AT = 100  # small files of a table: with so many an append compacts them, 50 ms that spare each reader 20
LARGE = 32 * 2**20  # bytes: such a file is not compacted again
_APPENDED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}-")
_COMPACTION = "compact"


class LedgerFiles:
    """The files of one ledger table, and what this process has read of them."""

    def __init__(self, table: StoredTable, declaration: LedgerTable) -> None:
        self.table = table
        self.declaration = declaration
        self._rows: tuple[list[str], pl.DataFrame] | None = None
        self._batches: dict[str, frozenset[str]] = {}  # file -> the batches it has rows of

    @property
    def path(self) -> Path:
        return self.table.path

    def live(self) -> list[str]:
        """Absolute paths of the files that hold the rows of the table now."""
        return self.table.live_files()

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows as one file in one commit."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = write(self.path, frame, f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}")
        size = (self.path / name).stat().st_size
        if size >= LARGE:
            (self.path / name).rename(self.path / (name := f"{name[:7]}-{name[-21:]}"))  # named as if compacted
        added = Changes([add_action(name, size, frame.height)])
        commit_changes(self.table, frame.schema, lambda _: added, properties=PROPERTIES)
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
        files = self.live()
        if self._rows is not None and self._rows[0] is files:
            return self._rows[1]
        if self._rows is not None and set(self._rows[0]) <= set(files):
            before = set(self._rows[0])
            frame = pl.concat([self._rows[1], self.scan([file for file in files if file not in before]).collect()])
            frame = frame.rechunk() if frame.n_chunks() > 16 else frame
        else:
            frame = self.scan(files).collect()
        self._rows = files, frame
        return frame

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
        delta = self.table.opened()
        if delta is None:
            return 0, 0
        paths = [Path(path) for path in log.paths_of(delta, self.path)]
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

        def changes(now: DeltaTable) -> Changes | None:
            live = set(log.paths_of(now, self.path))
            return Changes(actions, [_COMPACTION]) if replaced <= live else None

        done = commit_changes(self.table, self.declaration.schema, changes)
        return len(paths), after if done else len(paths)


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
    name = f"{prefix}-{secrets.token_hex(8)}.parquet"
    frame.write_parquet(table / name, compression="zstd")
    return name
