"""XLSX bytes -> rows of text, from the one sheet that is not empty.

No other formats (legacy .xls is refused), no types, no formulas: their stored results count. Rows and columns that are
hidden or filtered away are data like any other.
"""

from __future__ import annotations

import io
import re
import zipfile

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import (
    LINE,
    Formatted,
    RawRows,
    Rejects,
    blank,
    clean_name,
    column_names,
    drop_unnamed,
    is_header,
)
from assets.readers.xlsx_book import Sheet, column_number, sheets
from quality.contract.layout import Layout

MAX_CELLS = 50_000_000
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')


def read_xlsx(member: str, where: str, content: bytes, layout: Layout) -> RawRows:
    """The rows of the one sheet that holds data. Raises PermanentFailure when the file cannot be trusted."""
    _check_extent(where, content)
    try:
        filled = [sheet for sheet in sheets(content) if any(map(_any_value, sheet.cells.values()))]
    except (SyntaxError, ValueError, LookupError, zipfile.BadZipFile) as error:
        what = f"the spreadsheet cannot be read ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        raise PermanentFailure(
            "FILE-TRUNCATED", what, where, "open it, save it again as XLSX or CSV and deliver that"
        ) from error
    if not filled:
        raise PermanentFailure("FILE-EMPTY", "no sheet holds any value", where, "have it delivered again")
    if len(filled) > 1:
        hint = "leave the data in one sheet, or deliver one file per sheet"
        names = [sheet.name + " (hidden)" * sheet.hidden for sheet in filled]
        raise PermanentFailure("FILE-SHEETS", f"more than one sheet has values: {names}", where, hint)
    return _rows(member, where, filled[0], layout)


def _any_value(row: dict[int, str]) -> bool:
    return any(text.strip() for text in row.values())


def _grid(sheet: Sheet) -> pl.DataFrame:
    """All cells from the first row and column on; empty ones are null."""
    height = max(sheet.cells)
    width = max(max(row, default=-1) for row in sheet.cells.values()) + 1
    columns: list[list[str | None]] = [[None] * height for _ in range(width)]
    for line, row in sheet.cells.items():
        for column, text in row.items():
            columns[column][line - 1] = text
    return pl.DataFrame([pl.Series(f"_{number}", texts, dtype=pl.String) for number, texts in enumerate(columns)])


def _blank_rows(frame: pl.DataFrame) -> pl.Series:
    mask = pl.Series([True]).new_from_index(0, frame.height)
    for column in frame.iter_columns():
        mask = mask & blank(column)
    return mask


def _rows(member: str, where: str, found: Sheet, layout: Layout) -> RawRows:
    sheet = _grid(found)
    sheet = sheet.with_columns(pl.when(pl.all() != "").then(pl.all()))
    numbered = sheet.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LINE))
    numbered = numbered.slice(layout.skip_rows)
    empty = _blank_rows(numbered.drop(LINE))
    kept = numbered.filter(~empty)
    cells = list(kept.drop(LINE).row(0)) if kept.height else []
    names = column_names(cells, where)
    header = [clean_name(text) for text in cells]
    rows = kept.slice(1).rename(dict(zip(sheet.columns, names, strict=True)))
    again = [row for row in rows.filter(rows[names[0]].eq_missing(cells[0])).rows() if is_header(row[:-1], header)]
    rejects = Rejects()
    for row in again:
        text = ",".join(value or "" for value in row[:-1])
        rejects.add(row[-1], "ROW-HEADER", "the header again: two sheets were put into one", text)
    rows = rows.filter(~pl.col(LINE).is_in([row[-1] for row in again]))
    merged = f"{found.merged} merged ranges: only the first cell of each has a value"
    if found.covered:
        merged += f"; {found.covered} cells under them hold values that the sheet does not show, which are not read"
    return RawRows(
        drop_unnamed(rows),
        rejects.frame(),
        int(empty.sum()),
        member,
        None,
        typed=True,
        guesses=(merged,) if found.merged else (),
        unreadable=tuple((line, names[column]) for line, column in found.wrong),
        formatted=tuple(
            Formatted(names[column], pattern, tuple(line for line, _ in at), tuple(n for _, n in at) if coded else ())
            for (column, pattern, coded), at in found.formatted.items()
        ),
    )


def _check_extent(where: str, content: bytes) -> None:
    """A sheet with one value in its last cell is a few bytes in the file and 17 billion cells in memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not (name.startswith("xl/worksheets/") and name.endswith(".xml")):
                continue
            rows = columns = 0
            tail = b""
            with archive.open(name) as source:
                while piece := source.read(2**20):
                    for letters, row in _REFERENCE.findall(tail + piece):
                        rows, columns = max(rows, int(row)), max(columns, column_number(letters.decode()))
                    tail = piece[-16:]
            if rows * columns > MAX_CELLS:
                what = f"the sheet {name!r} spans {rows:,} rows and {columns:,} columns"
                hint = "delete the stray values far out in the sheet, or deliver CSV"
                raise PermanentFailure("FILE-BOMB", what, where, hint)
