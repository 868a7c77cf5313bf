"""XLSX bytes -> rows of text, from the one sheet that is not empty.

No other formats (legacy .xls is refused), no types, no formulas: their stored results count.
"""

from __future__ import annotations

import io
import re
import zipfile

import fastexcel
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import (
    LINE,
    Layout,
    RawRows,
    Rejects,
    blank,
    clean_name,
    column_names,
    drop_unnamed,
    is_header,
)

MAX_CELLS = 50_000_000
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')


def read_xlsx(member: str, where: str, content: bytes, layout: Layout) -> RawRows:
    """The rows of the one sheet that holds data. Raises PermanentFailure when the file cannot be trusted."""
    _check_extent(where, content)
    try:
        book = fastexcel.read_excel(content)
        sheets = {name: _sheet(book, name) for name in book.sheet_names}
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        what = f"the spreadsheet cannot be read ({str(error).splitlines()[0]})"
        raise PermanentFailure(
            "FILE-TRUNCATED", what, where, "open it, save it again as XLSX or CSV and deliver that"
        ) from error
    filled = {name: frame for name, frame in sheets.items() if frame.height and not _blank_rows(frame).all()}
    if not filled:
        raise PermanentFailure("FILE-EMPTY", "no sheet holds any value", where, "have it delivered again")
    if len(filled) > 1:
        hint = "leave the data in one sheet, or deliver one file per sheet"
        raise PermanentFailure("FILE-SHEETS", f"more than one sheet has values: {list(filled)}", where, hint)
    return _rows(member, where, next(iter(filled.values())), layout)


def _sheet(book: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    # skip_rows=0 looks idle but is not: without it empty rows at the top vanish and row numbers are wrong.
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    return sheet.to_polars() if sheet.height and sheet.width else pl.DataFrame()


def _blank_rows(frame: pl.DataFrame) -> pl.Series:
    mask = pl.Series([True]).new_from_index(0, frame.height)
    for column in frame.iter_columns():
        mask = mask & blank(column)
    return mask


def _rows(member: str, where: str, sheet: pl.DataFrame, layout: Layout) -> RawRows:
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
    return RawRows(drop_unnamed(rows), rejects.frame(), int(empty.sum()), member, None, typed=True)


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
                        rows, columns = max(rows, int(row)), max(columns, _column(letters))
                    tail = piece[-16:]
            if rows * columns > MAX_CELLS:
                what = f"the sheet {name!r} spans {rows:,} rows and {columns:,} columns"
                hint = "delete the stray values far out in the sheet, or deliver CSV"
                raise PermanentFailure("FILE-BOMB", what, where, hint)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
