"""What the private tables of the lake say of cells, kept by month: of three years a release would read a file a day.

A month is found again under a name that is made, with the key of the home, of the batches of its days in each table, of
what is made of their rows and of the code that makes it. A batch is its inputs: of the same ones it has the same rows.
A file whose bytes are others than its name says is made again, and so is all of it once rows are taken out of the home
(`assets/removal/forget.py` knows the folder).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl

from assets.derive.rows_for_cells import ROWS, PrivateRows
from assets.derive.said_of_cells import SaidOfCells, said_of_cells
from assets.disclosure.rules import FOLDER
from assets.publication.snapshot import Snapshot
from assets.tiers.verdicts_before import decided_by
from warehouse.files import checksum, is_as_written, unfinished_name
from warehouse.home import Home
from warehouse.modes import make_private_folder

_PARTS = ("c", "b")  # of a month: its cells, and what is published beside them


class _OfMonth(NamedTuple):
    """A table in one month."""

    rows: PrivateRows
    batches: Mapping[date, str]
    name: str


def live_rows(snapshot: Snapshot, rows: PrivateRows) -> pl.LazyFrame:
    """What the live rows of a table say, read from the lake: ROWS."""
    days = snapshot.batches.get((rows.contract.layer, rows.contract.name))
    return rows.made(snapshot.read(rows.contract, days)) if days else pl.LazyFrame(schema=ROWS)


class KeptRows:
    """The rows of one city, as they are live."""

    def __init__(self, home: Home, snapshot: Snapshot, key: bytes) -> None:
        self._snapshot, self._key = snapshot, key
        self._folder = home.root / FOLDER / "rows" / snapshot.city.name
        make_private_folder(self._folder, home.root)
        self._used = set[Path]()
        self._there = {path.name.partition("-")[0]: path for path in self._folder.glob("*.parquet")}

    def find(self, tables: Iterable[PrivateRows]) -> list[SaidOfCells]:
        """What the tables say, of months that are as they were from what is kept."""
        months = dict[date, list[_OfMonth]]()
        for rows in tables:
            live = self._snapshot.batches.get((rows.contract.layer, rows.contract.name), {})
            for month, own in groupby(sorted(live), lambda day: day.replace(day=1)):
                months.setdefault(month, []).append(self._named(rows, {day: live[day] for day in own}))
        return [self._month(own) for own in months.values()]

    def prune(self) -> None:
        """Remove what was not asked for."""
        for other in set(self._folder.iterdir()) - self._used:
            other.unlink()

    def _named(self, rows: PrivateRows, batches: Mapping[date, str]) -> _OfMonth:
        said = decided_by(rows.contract.layer, rows.contract.name, rows.said, repr(sorted(batches.items())))
        return _OfMonth(rows, batches, self._name(said))

    def _name(self, said: str) -> str:
        return blake2b(said.encode(), digest_size=16, key=self._key[:64]).hexdigest()

    def _month(self, tables: Sequence[_OfMonth]) -> SaidOfCells:
        every, name = partial(self._every, tables), self._name(" ".join(one.name for one in tables))
        self._used.update(path for one in tables if (path := self._there.get(one.name)) is not None)
        kept = [self._kept(f"{name}{part}") for part in _PARTS]
        if None in kept:
            made = said_of_cells(every())
            kept = [self._written(rows, f"{name}{part}") for part, rows in zip(_PARTS, made[:2], strict=True)]
        cells, beside = (pl.scan_parquet(path) for path in kept if path is not None)
        return SaidOfCells(cells, beside, every)

    def _every(self, tables: Sequence[_OfMonth]) -> pl.LazyFrame:
        """All rows of a month: of a day that changed those of one table are others."""
        return pl.concat(pl.scan_parquet(self._of_table(one)) for one in tables)

    def _of_table(self, one: _OfMonth) -> Path:
        if (kept := self._kept(one.name)) is not None:
            return kept
        return self._written(one.rows.made(self._snapshot.read(one.rows.contract, one.batches)), one.name)

    def _kept(self, name: str) -> Path | None:
        """The file with this name, as it was written."""
        kept = self._there.get(name)
        if kept is None or not is_as_written(kept):
            return None
        self._used.add(kept)
        return kept

    def _written(self, rows: pl.LazyFrame, name: str) -> Path:
        unfinished = unfinished_name(self._folder / name)
        rows.collect().write_parquet(unfinished, compression="lz4")  # read in half of the time that zstd takes
        kept = unfinished.replace(self._folder / f"{name}-x{checksum(unfinished)}.parquet")
        self._used.add(kept)
        return kept
