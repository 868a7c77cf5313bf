"""The way up to the gate: blocks of rows -> the row rules -> files that lie in their table's folder, not live yet.

Whether they become live is decided in gated.py; what a row rule does is in rules.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from quality import row_rules
from quality.contract.model import Contract
from warehouse import lake
from warehouse.delta.log import StoredTable

PART_ROWS = 500_000  # rows that wait in memory until they are written: 90 MB of a wide table


@dataclass(frozen=True)
class Block:
    """Some of the rows that ask to be let in: contract columns plus `_sha256` and `_line` (origin).

    `superseded`: rows of the day that a better row of the same key replaced. `cells`: values that could
    not be read as their type (day, rule, column, value, _sha256, _line); they are null in `rows`.
    """

    rows: pl.DataFrame
    superseded: Mapping[date, int] = field(default_factory=dict)
    cells: pl.DataFrame | None = None


@dataclass(frozen=True)
class Incoming:
    """Everything of some days that asks to be let in. The blocks are taken one by one, so that a night of 36 million
    readings is in memory a few at a time.

    `rows_read` was counted where the rows were read; without it the blocks' own rows count.
    """

    blocks: Iterable[Block]
    rows_read: Mapping[date, int] | None = None
    unreadable_rows: Mapping[date, float] = field(default_factory=dict)


class UnbalancedError(RuntimeError):
    """Rows were lost or doubled on the way to the gate. Nothing was committed."""


def stage(
    table: StoredTable, contract: Contract, incoming: Incoming, ids: Mapping[date, str]
) -> tuple[dict[date, list[lake.StagedFile]], row_rules.Tally, Counter[date]]:
    """Split the blocks one by one and stage what is kept. Raises UnbalancedError if rows are lost on the way."""
    days = list(ids)
    parts = [row_rules.split(pl.DataFrame(schema={**contract.schema, **row_rules.ORIGIN_SCHEMA}), contract)]
    unreadable = [row_rules.empty_cells()]
    rows_read, superseded = Counter(dict.fromkeys(days, 0)), Counter(dict.fromkeys(days, 0))
    with _Staging(table, contract.schema, ids) as staging:
        for block in _ahead(incoming.blocks):
            if block.rows["day"].null_count():
                text = "rows without a day can not be judged; keep them under their delivery"
                raise ValueError(f"{contract.name}: {text}")
            foreign = not set(block.rows["day"].unique()) <= set(days)
            rows = block.rows.filter(pl.col("day").is_in(days)) if foreign else block.rows
            split = row_rules.split(rows, contract)
            staging.add(split.kept)
            parts.append(replace(split, kept=split.kept.clear()))
            unreadable += [] if block.cells is None else [block.cells.filter(pl.col("day").is_in(days))]
            rows_read.update(dict(split.days.iter_rows()))
            superseded.update({day: n for day, n in block.superseded.items() if day in ids})
        files = staging.finish()
    expected = incoming.rows_read
    if wrong := [d for d in days if expected is not None and expected[d] != rows_read[d] + superseded[d]]:
        day = wrong[0]
        found = f"{rows_read[day]:,} arrived and {superseded[day]:,} were superseded"
        raise UnbalancedError(f"{contract.name} {day}: of {(expected or {})[day]:,} rows read {found}")
    rows_kept = {day: sum(file.rows for file in files[day]) for day in days}
    tally = row_rules.Tally.of(parts, pl.concat(unreadable), rows_read, rows_kept)
    return files, tally, superseded


def _ahead(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, the next of which is fetched from disk while one is worked on."""
    waiting = iter(blocks)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, waiting, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, waiting, None)
            yield block


class _Staging:
    """Kept rows on their way into files: parts of a batch, written as soon as enough rows wait, while others come."""

    def __init__(self, table: StoredTable, schema: pl.Schema, ids: Mapping[date, str]) -> None:
        self.table, self.schema, self.ids = table, schema, ids
        self.waiting: dict[date, list[pl.DataFrame]] = {day: [] for day in ids}
        self.rows = Counter(dict.fromkeys(ids, 0))
        self.files: dict[date, list[Future[lake.StagedFile]]] = {day: [] for day in ids}
        self.writer = ThreadPoolExecutor(1)

    def __enter__(self) -> _Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.shutdown(cancel_futures=True)

    def add(self, kept: pl.DataFrame) -> None:
        one = kept.height and kept["day"].min() == kept["day"].max()
        parts = {kept["day"][0]: kept} if one else {k[0]: p for k, p in kept.partition_by("day", as_dict=True).items()}
        for day, part in parts.items():
            self.waiting[day].append(part)
            self.rows[day] += part.height
        while self.rows.total() >= PART_ROWS:
            self._write(self.rows.most_common(1)[0][0])

    def finish(self) -> dict[date, list[lake.StagedFile]]:
        """The files of each day; a day without a row has one without a row."""
        for day in self.ids:
            if self.rows[day] or not self.files[day]:
                self._write(day)
        return {day: [file.result() for file in files] for day, files in self.files.items()}

    def _write(self, day: date) -> None:
        for before in self.files[day][-1:]:
            before.result()  # one is written and one waits: no more than that is in memory
        rows = pl.concat([pl.DataFrame(schema=self.schema), *self.waiting[day]])
        self.files[day].append(
            self.writer.submit(lake.stage, self.table, day, self.ids[day], rows, len(self.files[day]))
        )
        self.waiting[day], self.rows[day] = [], 0
