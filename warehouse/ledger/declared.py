"""How a table of the ledger is declared: columns with their meanings, and how its rows are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

TEXTS = pl.List(pl.String)
TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class LedgerColumn:
    """A column of a ledger table. `meaning`: one line for the data dictionary."""

    name: str
    dtype: Any  # Polars type, or its class
    meaning: str


@dataclass(frozen=True)
class LedgerTable:
    """A table of the ledger.

    `order`: by which rows are sorted in a compacted file; rows that are asked for together, and that compress well,
    lie beside each other. `in_memory`: each process keeps all rows in memory. Such tables are asked for hundreds of
    times a night, and are small: 100 rows a night, where there are 650 of rule results. `part`: the columns by which
    rows in memory are also kept apart, so that a step looks at those of its feed or table alone.
    """

    name: str
    columns: tuple[LedgerColumn, ...]
    order: tuple[str, ...]
    in_memory: bool = False
    part: tuple[str, ...] = ()

    @cached_property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What each column holds, in one line."""
        return {column.name: column.meaning for column in self.columns}

    def row(self, **values: Any) -> dict[str, Any]:
        """A row with these values, and null in all other columns. Raises KeyError for a column there is not."""
        for name in values:
            if name not in self.meanings:
                raise KeyError(f"ledger.{self.name} has no column {name}")
        return dict.fromkeys(self.meanings) | values

    def frame(self, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
        """Rows as a table of the declared types; a column that a row lacks is null there."""
        return pl.DataFrame(rows, schema=self.schema)

    def read_back(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows that were published, as they were: a published instant is in UTC and does not say so in its type."""
        return frame.select(pl.col(name).cast(dtype) for name, dtype in self.schema.items())
