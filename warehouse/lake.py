"""The lake: Delta tables partitioned by `day`, and the only code that commits to them.

Files are written first, wait for the disk, and become visible by one Delta commit (5 ms for a file of any size). What
is live is what the Delta log says; a file that no log entry names was never published and is vacuumed later.
Whether a file may be committed is for the gate to decide, not for the lake.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from warehouse.damaged import DamagedHomeError
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action
from warehouse.delta.log import StoredTable
from warehouse.failpoint import failpoint
from warehouse.files import ANYBODY, OWNER_ONLY, SummedFile, is_as_written, make_folder, summing
from warehouse.modes import FOLDER, close, is_closed

DAY = "day"


class LostRowsError(DamagedHomeError):
    """Rows are live and cannot be read, as their file is lost or was changed."""


_PIECE = 4 * 2**20  # bytes of a file that are copied at a time


@dataclass(frozen=True)
class StagedFile:
    """A file of a batch that lies in its table's folder but is not live yet. `path` is relative to the table."""

    path: str
    day: date
    batch_id: str
    size_bytes: int
    rows: int


def stage_file(table: StoredTable, day: date, batch_id: str, frame: pl.DataFrame, part: int = 0) -> StagedFile:
    """Write rows of one day (any columns but `day`) once, where they will stay when they are committed.

    A batch of many rows is staged in parts, each with a number. The name carries the batch id and a checksum, so that
    no file that is live is ever written over. In a folder that is its owner's alone the file is so too.
    """
    with _staging(table, day, batch_id, part) as staging:
        write_rows(frame, staging.file)
    return _staged(table, staging.path, day, batch_id, frame.height)


def take_file(table: StoredTable, day: date, batch_id: str, source: Path, rows: int, part: int = 0) -> StagedFile:
    """The same of rows that `write_rows` wrote elsewhere. It is copied, as others may need it still: two processes may
    make the same batch at once, and who may read a file depends on where it lies."""
    with _staging(table, day, batch_id, part) as staging, source.open("rb") as written:
        shutil.copyfileobj(written, staging.file, _PIECE)
    return _staged(table, staging.path, day, batch_id, rows)


def write_rows(frame: pl.DataFrame, file: BinaryIO) -> None:
    """Rows of one day as a file of the lake holds them."""
    # level 1: 36 million readings take 20 CPU s instead of 23, and 8 % more room
    frame.drop(DAY, strict=False).write_parquet(file, compression="zstd", compression_level=1)


def _staging(table: StoredTable, day: date, batch_id: str, part: int) -> AbstractContextManager[SummedFile]:
    target = table.path / f"{DAY}={day.isoformat()}" / f"{batch_id}-{part:03d}.parquet"
    private = is_closed(table.path)
    make_folder(target.parent, FOLDER if private else 0o777)
    return summing(target, OWNER_ONLY if private else ANYBODY)


def _staged(table: StoredTable, target: Path, day: date, batch_id: str, rows: int) -> StagedFile:
    return StagedFile(target.relative_to(table.path).as_posix(), day, batch_id, target.stat().st_size, rows)


def commit(table: StoredTable, schema: pl.Schema, files: Sequence[StagedFile], metadata: Mapping[str, str]) -> bool:
    """Make `files` the only live files of their days, in one atomic commit. False if all were live already.

    Two writers that fill the same empty day would both succeed in plain Delta, and the rows would be
    there twice (reproduced). Each commit therefore raises a transaction number per day: the second
    writer is refused, looks again, and finds the batch there or replaces it.
    """
    wanted: dict[date, list[str]] = {}
    for file in files:
        wanted.setdefault(file.day, []).append(file.path)

    def changes(paths: Sequence[str]) -> Changes | None:
        live = _by_day(paths)
        days = {day for day, paths in wanted.items() if sorted(live.get(day, [])) != sorted(paths)}
        if not days:
            return None
        # a path is never removed and added in one commit, which the protocol forbids
        before = {path for day in days for path in live.get(day, [])}
        for file in files:
            if not (table.path / file.path).exists():  # a withdrawal took it
                raise FileNotFoundError(f"{table.path / file.path} was staged and is gone: the rows were withdrawn")
        after = {f.path for f in files if f.day in days}
        actions: list[AddAction | RemoveAction] = [_removed(table, path) for path in sorted(before - after)]
        actions += [_added(f) for f in files if f.path in after - before]
        return Changes(actions, [day.isoformat() for day in sorted(days)], metadata)

    # what is replaced depends on what is live: after another writer's commit it is worked out again
    committed = commit_changes(table, with_day(schema), changes, partition_by=[DAY], after_others=False)
    if committed and is_closed(table.path):
        close(table.path / "_delta_log")  # deltalake makes its files for whom the umask says
    return committed


def take_out(
    table: StoredTable, schema: pl.Schema, days: Collection[date], batches: Collection[str] | None = None
) -> int:
    """Make nothing live of these days, or of these batches of them, and remove their files, also those of earlier
    batches of these days and what was staged of them. How many files went. May be killed anywhere, and called again.

    A file of such a day that another process is staging may go, too: its commit then fails, as it finds none.
    """
    named = None if batches is None else set(batches)

    def goes(path: str) -> bool:
        folder, name = path.split("/")[-2:]
        day = date.fromisoformat(folder.removeprefix(f"{DAY}="))
        return day in days and (named is None or name.partition(".")[0].partition("-")[0] in named)

    def changes(paths: Sequence[str]) -> Changes | None:
        gone = sorted(path for live in _by_day(paths).values() for path in live if goes(path))
        actions: list[AddAction | RemoveAction] = [_removed(table, path) for path in gone]
        of_days = sorted({path.split("/", 1)[0].removeprefix(f"{DAY}=") for path in gone})
        return Changes(actions, of_days) if gone else None

    if table.exists() and commit_changes(table, with_day(schema), changes, partition_by=[DAY], after_others=False):
        failpoint("lake.taken_out")
        if is_closed(table.path):
            close(table.path / "_delta_log")
    removed = 0
    for day in days:
        for path in sorted((table.path / f"{DAY}={day.isoformat()}").glob("*.p*")):  # unfinished ones end with .part
            if goes(path.as_posix()):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def live_batches(table: StoredTable) -> dict[date, str]:
    """The batch that is live for each day; its files may be lost, see `lost_days`. Raises DamagedLogError."""
    return dict(table.from_live_files(_batch_by_day))  # a night asks 200 times


def live_files(table: StoredTable, days: Iterable[date] | None = None) -> list[Path]:
    """Absolute paths of the live files, by day."""
    wanted = None if days is None else set(days)
    live = _by_day(table.live_files())
    return [table.path / path for day in sorted(live) if wanted is None or day in wanted for path in sorted(live[day])]


def lost_days(table: StoredTable, days: Iterable[date] | None = None, *, by_content: bool = False) -> dict[date, str]:
    """The days, of all or of the given ones, of which a live file is gone, or is not what it was when it was committed:
    the file and what is wrong with it. `by_content`: each file is read and its checksum compared. Raises
    DamagedLogError."""
    wanted, folder = None if days is None else set(days), str(table.path)
    live = _by_day(table.live_files())  # on strings: a home of three years has 32,000 files
    paths = [
        f"{folder}/{path}" for day in sorted(live) if wanted is None or day in wanted for path in sorted(live[day])
    ]
    wrong = table.lost(paths)
    if by_content:
        changed = (path for path in paths if path not in wrong and is_as_written(Path(path)) is False)
        wrong |= dict.fromkeys(changed, "its content is another one than its name says")
    return {day: f"{files[0]}: {wrong[str(table.path / files[0])]}" for day, files in sorted(_by_day(wrong).items())}


def files_of_batch(table: StoredTable, day: date, batch_id: str) -> list[Path]:
    """The files of a batch that are still there, by number: those that are live, or else of each number the last that
    was staged. None of them need be whole."""
    live = [path for path in live_files(table, [day]) if path.name.startswith(f"{batch_id}-")]
    return live or staged_files(table, day, batch_id)


def staged_files(table: StoredTable, day: date, batch_id: str) -> list[Path]:
    """The files of a batch that lie there, of each number the last that was staged, whatever the log says."""
    there = (table.path / f"{DAY}={day.isoformat()}").glob(f"{batch_id}-*.parquet")
    by_age = sorted(there, key=lambda path: path.stat().st_mtime_ns)
    newest = {path.name.split("-")[1].partition(".")[0]: path for path in by_age}
    return [newest[number] for number in sorted(newest)]


def scan(table: StoredTable, schema: pl.Schema, days: Iterable[date] | None = None) -> pl.LazyFrame:
    """The live rows of a table (all days or the given ones) in the columns of `schema`, `day` included.

    A column that an older file lacks is null there; a table that does not exist yet is empty. Raises DamagedHomeError.
    """
    wanted = live_files(table, days)
    for path, why in table.lost(map(str, wanted)).items():
        raise LostRowsError(f"the rows in {path} are lost: {why}")
    return scan_files(wanted, schema)


def scan_files(files: list[Path], schema: pl.Schema) -> pl.LazyFrame:
    """The rows of these files of a table, live or only staged, in the columns of `schema`, `day` included."""
    full = with_day(schema)
    if not files:
        return pl.LazyFrame(schema=full)
    return pl.scan_parquet(
        files,
        schema=full,
        hive_partitioning=True,
        hive_schema=pl.Schema({DAY: pl.Date()}),
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,
    ).select(full.names())


def with_day(schema: pl.Schema) -> pl.Schema:
    """The columns in the order in which rows are read: the day comes last."""
    return pl.Schema({**{name: dtype for name, dtype in schema.items() if name != DAY}, DAY: pl.Date()})


def _batch_by_day(paths: Iterable[str]) -> dict[date, str]:
    """A file is named `<batch id>-<number>-x<checksum>.parquet`, by earlier versions without the last part, and all
    live files of a day are of one batch."""
    return {
        day: files[0].rsplit("/", 1)[1].partition(".")[0].partition("-")[0] for day, files in _by_day(paths).items()
    }


def _by_day(paths: Iterable[str]) -> dict[date, list[str]]:
    """Paths relative to the table, by day. On strings: a table of three years has a thousand paths."""
    live: dict[date, list[str]] = {}
    for path in paths:
        _, folder, name = path.rsplit("/", 2)
        live.setdefault(date.fromisoformat(folder.removeprefix(f"{DAY}=")), []).append(f"{folder}/{name}")
    return live


def added(table: StoredTable, path: Path, day: date, rows: int) -> AddAction:
    """What makes a file of the table live that lies there already: for the repair of a log, and nobody else."""
    name = path.relative_to(table.path).as_posix()
    return add_action(name, path.stat().st_size, rows, partition={DAY: day.isoformat()})


def _added(file: StagedFile) -> AddAction:
    return add_action(file.path, file.size_bytes, file.rows, partition={DAY: file.day.isoformat()})


def _removed(table: StoredTable, path: str) -> RemoveAction:
    day = path.split("/", 1)[0].removeprefix(f"{DAY}=")
    stat = table.path / path
    size = stat.stat().st_size if stat.exists() else 0  # a process that takes it out was killed in between
    return remove_action(path, size, partition={DAY: day})
