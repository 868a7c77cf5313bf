"""The cells of a sheet -> its table: what stands before and after it, its header, its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from assets.readers.header import header_names, other_layout, units_said
from assets.readers.rows import LINE, Rejects, blank, clean_name, is_header
from quality.contract.layout import Layout

_FIRST = "_first"  # the first text of a row


@dataclass(frozen=True)
class SheetTable:
    """The rows of a table under its names, and what is no row of it."""

    names: list[str]
    rows: pl.DataFrame
    rejects: pl.DataFrame
    blank_rows: int
    left_out: tuple[tuple[str, int], ...]
    head: str  # the texts before the header
    units: tuple[tuple[str, str], ...]  # column and unit, where a row names them


def sheet_table(numbered: pl.DataFrame, layout: Layout, where: str) -> SheetTable:
    """`numbered` holds all cells of a sheet and LINE. Raises PermanentFailure where it is not as the layout says."""
    missing = len(layout.names) - (numbered.width - 1)  # columns at the end without any value
    empty_columns = [pl.lit(None, pl.String).alias(f"_empty_{number}") for number in range(missing)]
    numbered = numbered.select(pl.exclude(LINE), *empty_columns, LINE)
    cells = numbered.columns[:-1]
    numbered = numbered.with_columns(pl.coalesce(pl.col(cells).str.strip_chars().replace("", None)).alias(_FIRST))
    begin = _begin(numbered, layout, where)
    before, rest = numbered.head(begin), numbered.slice(begin)
    left_out: dict[str, int] = {}
    empty = _blank_rows(rest.select(cells))
    kept = rest.filter(~empty)
    remarks = kept.head(0)
    if layout.comment_prefix is not None:
        remarks = kept.filter(pl.col(_FIRST).str.starts_with(layout.comment_prefix))
        kept = kept.filter(~pl.col(_FIRST).str.starts_with(layout.comment_prefix))
        left_out["comment_prefix"] = remarks.height
    header = kept.head(layout.header_lines).select(cells).rows()
    names = _names(header, layout, where, len(cells))
    kept = kept.slice(layout.header_lines)
    if layout.header_lines == 0 and kept.height and is_header(kept.select(cells).row(0), list(layout.names)):
        header, kept = [kept.select(cells).row(0)], kept.slice(1)
    units: tuple[tuple[str, str], ...] = ()
    if layout.units_row and kept.height:
        units = units_said(names, kept.select(cells).row(0), layout, where)
        kept, left_out["units_row"] = kept.slice(1), 1
    end = _end(kept, layout, where)
    left_out["footer"] = kept.height - end
    rows = kept.head(end).drop(_FIRST).rename(dict(zip(cells, names, strict=False)))
    again = _again(rows, names, header)
    rejects = Rejects()
    if layout.headers_repeat:
        left_out["headers_repeat"] = len(again)
    else:
        for row in again:
            text = ",".join(value or "" for value in row[:-1])
            rejects.add(int(row[-1]), "ROW-HEADER", "the header again: two sheets were put into one", text)
    rows = rows.filter(~pl.col(LINE).is_in([row[-1] for row in again]))
    head = "\n".join(
        " ".join(filter(None, row)) for row in [*before.select(cells).rows(), *remarks.select(cells).rows()]
    )
    counted = tuple((key, number) for key, number in left_out.items() if number)
    return SheetTable(names, rows, rejects.frame(), int(empty.sum()), counted, head, units)


def _blank_rows(frame: pl.DataFrame) -> pl.Series:
    mask = pl.Series([True]).new_from_index(0, frame.height)
    for column in frame.iter_columns():
        mask = mask & blank(column)
    return mask


def _begin(numbered: pl.DataFrame, layout: Layout, where: str) -> int:
    if layout.skip_to is None:
        return layout.skip_rows
    at = _first(numbered[_FIRST], layout.skip_to)
    if at is None:
        raise other_layout(f"no row begins as `skip_to` {layout.skip_to!r} says", where)
    return at


def _end(kept: pl.DataFrame, layout: Layout, where: str) -> int:
    if isinstance(layout.footer, int):
        if layout.footer > kept.height:
            raise other_layout(f"there are fewer rows than the {layout.footer} of `footer`", where)
        return kept.height - layout.footer
    found = _first(kept[_FIRST], layout.footer)
    return kept.height if found is None else found


def _first(texts: pl.Series, pattern: str) -> int | None:
    begins = re.compile(pattern)
    return next((at for at, text in enumerate(texts) if text is not None and begins.match(text)), None)


def _names(header: Sequence[Sequence[str | None]], layout: Layout, where: str, cells: int) -> list[str]:
    """A name for each column of the sheet; those behind the ones that `names` gives have to be empty."""
    names = header_names(header, layout, where)
    return [*names, *(f"_unnamed_{position}" for position in range(len(names) + 1, cells + 1))]


def _again(rows: pl.DataFrame, names: Sequence[str], header: Sequence[Sequence[str | None]]) -> list[tuple[str, ...]]:
    """The rows that are a row of the header once more."""
    found = []
    for known in header:
        cleaned = [clean_name(text) for text in known]
        alike = rows.filter(rows[names[0]].eq_missing(pl.lit(known[0])))
        found += [row for row in alike.rows() if is_header(row[:-1], cleaned)]
    return found
