"""A delivery of one column `x`, as the parser reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.ingest import parse
from assets.readers.rows import RawRows, Rejects
from quality.contract.columns import Column, ColumnSpec
from quality.contract.model import Contract


@dataclass(frozen=True)
class Cells:
    """What the cells became, the texts of those that could not be read, and what was decided from them."""

    values: list[Any]
    unreadable: list[str]
    guesses: tuple[str, ...]
    normalised: int


def one_column(kind: str, *, key: bool = False, **spec: Any) -> Contract:
    """A contract of a column `x` of this type, a number and a day."""
    columns = (
        Column(name="n", type="integer", description="n", key=True, spec=ColumnSpec(sources=("n",))),
        Column(name="day", type="date", description="d", spec=ColumnSpec(sources=("day",))),
        Column.model_validate(
            {"name": "x", "type": kind, "description": "x", "key": key, "spec": ColumnSpec(sources=("x",), **spec)}
        ),
    )
    about = dict.fromkeys(("name", "version", "title", "description", "owner", "licence", "grain"), "t")
    return Contract(**about, prefix="T", columns=columns, rules=())


def read_cells(
    cells: Sequence[str | None],
    kind: str,
    *,
    key: bool = False,
    typed: bool = False,
    separator: str = ",",
    **spec: Any,
) -> Cells:
    """The cells of a column of this type, in one delivery."""
    contract = one_column(kind, key=key, **spec)
    rows = pl.DataFrame(
        {"n": [str(n) for n in range(len(cells))], "day": "2026-07-21", "x": cells, "_line": range(1, len(cells) + 1)},
        schema={"n": pl.String, "day": pl.String, "x": pl.String, "_line": pl.Int64},
    )
    raw = RawRows(rows, Rejects().frame(), 0, "t", "utf-8", typed=typed, separator=separator)
    found = parse.parse(contract, "t", "0" * 64, [raw])
    return Cells(found.rows["x"].to_list(), found.cells["value"].to_list(), found.guesses, found.cells_normalised)
