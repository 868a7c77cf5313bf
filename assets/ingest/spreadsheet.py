"""Cells of a spreadsheet that are one thing in a column of text and another in a column of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from assets.readers.rows import LINE, RawRows
from quality.contract.model import Contract

_TEXTS = ("string", "array")


@dataclass(frozen=True)
class WrongTexts:
    """Lines of a column of text, under the contract's name, that hold no text; `why` is said beside the cell."""

    column: str
    lines: tuple[int, ...]
    why: str = ""


def wrong_texts(contract: Contract, raw: RawRows) -> tuple[WrongTexts, ...]:
    """Cells of columns of text that hold an error, as #N/A is no station, or a number that its format shows otherwise.

    In other columns an error is no value anyway, and a number is what is stored.
    """
    found = []
    for column in contract.columns:
        if column.type not in _TEXTS:
            continue
        lines = tuple(line for line, source in raw.unreadable if source in column.spec.sources)
        found += [WrongTexts(column.name, lines)] if lines else []
        for cells in raw.formatted:
            if cells.column in column.spec.sources and not cells.stored:
                why = f" (shown by the format {cells.pattern}; format the column as text)"
                found.append(WrongTexts(column.name, cells.lines, why))
    return tuple(found)


def without_errors(
    typed: pl.DataFrame, frame: pl.DataFrame, wrong: tuple[WrongTexts, ...]
) -> tuple[pl.DataFrame, list[tuple[str, pl.Series, pl.Series]]]:
    """The columns of text without those cells; by name, where these stood and what they say."""
    found = []
    for cells in wrong:
        name = cells.column
        held = frame[LINE].is_in(cells.lines) & typed[name].is_not_null()  # a text that means "missing" is none
        if held.any():
            at = held.arg_true()
            found.append((name, at, frame[name].gather(at) + cells.why))
            typed = typed.with_columns(pl.when(~held).then(pl.col(name)).alias(name))
    return typed, found


def with_numbers(contract: Contract, frame: pl.DataFrame, raw: RawRows) -> pl.DataFrame:
    """Columns of numbers with what is stored, where the frame has what a format shows: 17, not 000170."""
    for column in contract.columns:
        if column.type not in ("number", "integer"):
            continue
        for cells in raw.formatted:
            if cells.column in column.spec.sources and cells.stored:
                stored = pl.col(LINE).replace_strict(cells.lines, cells.stored, default=None, return_dtype=pl.String)
                frame = frame.with_columns(pl.coalesce(stored, column.name).alias(column.name))
    return frame
