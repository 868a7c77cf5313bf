"""XLSX or XLS bytes -> rows of text, from the one sheet that is not empty.

No other formats, no types, no formulas: their stored results count. Rows and columns that are hidden or filtered away
are data like any other.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from fnmatch import fnmatchcase

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import LINE, Formatted, RawRows, drop_unnamed
from assets.readers.xls import OLE, old_book
from assets.readers.xlsx_book import Sheet, column_number, sheets
from assets.readers.xlsx_table import sheet_table
from quality.contract.layout import Layout
from quality.text import normalised

MAX_CELLS = 50_000_000
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')


def read_xlsx(member: str, where: str, content: bytes, layout: Layout) -> list[tuple[RawRows, str]]:
    """The rows of each sheet that the layout means, else of the one that holds data, and what stands before its header.

    Raises PermanentFailure when the file cannot be trusted.
    """
    try:
        found = list(enumerate(_sheets_of(where, content), 1))
    except (SyntaxError, ValueError, LookupError, zipfile.BadZipFile) as error:
        what = f"the spreadsheet cannot be read ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        raise PermanentFailure(
            "FILE-TRUNCATED", what, where, "open it, save it again as XLSX or CSV and deliver that"
        ) from error
    filled = [(number, sheet) for number, sheet in found if any(map(_any_value, sheet.cells.values()))]
    if not filled:
        raise PermanentFailure("FILE-EMPTY", "no sheet holds any value", where, "have it delivered again")
    meant = [sheet for number, sheet in filled if _meant(layout.sheet, number, sheet.name)]
    if not meant:
        what = f"`sheet` {layout.sheet!r} is none of its sheets that have values"
        hint = "correct `sheet` in the layout, or ask the sender what changed"
        raise PermanentFailure("FILE-SHEETS", what, where, hint).quoting(f", {[sheet.name for _, sheet in filled]}")
    if layout.sheet is None and len(meant) > 1:
        hint = "say which is meant with `sheet` in the layout, or leave the data in one"
        names = [sheet.name + " (hidden)" * sheet.hidden for sheet in meant]
        raise PermanentFailure("FILE-SHEETS", f"more than one sheet has values: {names}", where, hint)
    if layout.sheet is None:
        return [_rows(member, where, meant[0], layout)]
    return [_rows(f"{member} > {sheet.name}", f"{where} > {sheet.name}", sheet, layout) for sheet in meant]


def _sheets_of(where: str, content: bytes) -> Iterable[Sheet]:
    if content.startswith(OLE):
        return old_book(where, content)
    _check_extent(where, content)
    return sheets(content)


def _meant(wanted: str | int | None, number: int, name: str) -> bool:
    if isinstance(wanted, int):
        return wanted == number
    return wanted is None or fnmatchcase(normalised(name).lower(), normalised(wanted).lower())


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


def _rows(member: str, where: str, found: Sheet, layout: Layout) -> tuple[RawRows, str]:
    sheet = _grid(found)
    sheet = sheet.with_columns(pl.when(pl.all() != "").then(pl.all()))
    numbered = sheet.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LINE))
    table = sheet_table(numbered, layout, where)
    merged = f"{found.merged} merged ranges: only the first cell of each has a value"
    if found.covered:
        merged += f"; {found.covered} cells under them hold values that the sheet does not show, which are not read"
    names = table.names
    raw = RawRows(
        drop_unnamed(table.rows),
        table.rejects,
        table.blank_rows,
        member,
        None,
        typed=True,
        guesses=(merged,) if found.merged else (),
        unreadable=tuple((line, names[column]) for line, column in found.wrong),
        formatted=tuple(
            Formatted(names[column], pattern, tuple(line for line, _ in at), tuple(n for _, n in at) if coded else ())
            for (column, pattern, coded), at in found.formatted.items()
        ),
        left_out=table.left_out,
        units=table.units,
    )
    return raw, table.head


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
