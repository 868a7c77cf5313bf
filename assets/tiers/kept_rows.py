"""What the private tables of the lake say of cells, kept by month: of three years a release would read a file a day.

A month is found again under a name that is made, with the key of the home, of the batches of its days, of what is made
of their rows and of the code that makes it. A batch is its inputs: of the same ones it has the same rows. A file whose
bytes are others than its name says is made again, and so is all of it once rows are taken out of the home
(`assets/removal/forget.py` knows the folder).
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

import polars as pl

from assets.derive.rows_for_cells import ROWS, PrivateRows
from assets.disclosure.rules import FOLDER
from assets.publication.snapshot import Snapshot
from assets.tiers.verdicts_before import decided_by
from warehouse.files import checksum, is_as_written, unfinished_name
from warehouse.home import Home
from warehouse.modes import make_private_folder


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

    def find(self, rows: PrivateRows) -> pl.LazyFrame:
        """The same, of months that are as they were from what is kept."""
        live = self._snapshot.batches.get((rows.contract.layer, rows.contract.name), {})
        days = groupby(sorted(live), lambda day: day.replace(day=1))
        frames = [pl.scan_parquet(self._month(rows, {day: live[day] for day in own})) for _, own in days]
        return pl.concat([pl.LazyFrame(schema=ROWS), *frames])

    def prune(self) -> None:
        """Remove what was not asked for."""
        for other in set(self._folder.iterdir()) - self._used:
            other.unlink()

    def _month(self, rows: PrivateRows, batches: dict[date, str]) -> Path:
        said = decided_by(rows.contract.layer, rows.contract.name, rows.said, repr(sorted(batches.items())))
        name = blake2b(said.encode(), digest_size=16, key=self._key[:64]).hexdigest()
        kept = self._there.get(name)
        if kept is None or not is_as_written(kept):
            kept = self._written(rows.made(self._snapshot.read(rows.contract, batches)), name)
        self._used.add(kept)
        return kept

    def _written(self, rows: pl.LazyFrame, name: str) -> Path:
        unfinished = unfinished_name(self._folder / name)
        rows.collect().write_parquet(unfinished)
        kept = self._folder / f"{name}-x{checksum(unfinished)}.parquet"
        return unfinished.replace(kept)
