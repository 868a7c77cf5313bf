"""A workbook that nobody has described: the sheets that hold tables, each with the layout under which it is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.named_twice import NAMED_TWICE, told_apart
from assets.propose.reading import RowsRead, read_with
from assets.propose.seen import Doubt
from assets.propose.table_seen import TableSeen, table_seen
from assets.propose.table_shape import TableShape, table_shape
from assets.propose.text_table import escaped
from assets.readers.rows import LINE
from assets.readers.xlsx_book import Sheet, books_kept, sheets

_HEAD, _TAIL = 300, 60


@books_kept()
def book_parts(file: Path, name: str, content: bytes, languages: Sequence[str]) -> list[TableSeen]:
    """The table of each sheet that has one. Raises PermanentFailure where none has."""
    try:
        filled = [sheet for sheet in sheets(content) if any(map(_any_value, sheet.cells.values()))]
    except (SyntaxError, ValueError, LookupError, zipfile.BadZipFile) as error:
        what = f"the spreadsheet cannot be read ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        raise PermanentFailure("FILE-TRUNCATED", what, name, "save it again as XLSX or CSV") from error
    if not filled:
        raise PermanentFailure("FILE-EMPTY", "no sheet holds any value", name, "have it delivered again")
    failure: FeedFailure | None = None
    parts = []
    for sheet in filled:
        alone = len(filled) == 1
        found = _read(name, content, sheet, {} if alone else {"sheet": sheet.name}, languages)
        if isinstance(found, FeedFailure):
            failure = found
            continue
        reading, doubts = found
        part = table_seen(file, "XLSX", reading, 1.0, doubts, head=_head(sheet, reading))
        names = tuple(one.name for one in filled)
        parts.append(part if alone else replace(part, sheet=sheet.name, sheets=names))
    if not parts:
        raise failure or PermanentFailure("FILE-LAYOUT", "no sheet holds a table", name, "deliver CSV with one header")
    return parts


def _head(sheet: Sheet, reading: RowsRead) -> str:
    """What stands before the header."""
    first = min([*reading.raw.frame[LINE], 50])
    grid = _grid(sheet)[: first - 1]
    return "\n".join(" ".join(filter(None, row)) for row in grid if any(row))[:2_000]


def _any_value(row: dict[int, str]) -> bool:
    return any(text.strip() for text in row.values())


def _read(
    name: str, content: bytes, sheet: Sheet, place: dict[str, Any], languages: Sequence[str]
) -> tuple[RowsRead, tuple[Doubt, ...]] | FeedFailure:
    grid = _grid(sheet)
    tail = grid[-_TAIL:] if len(grid) > _HEAD else []
    shape = table_shape(grid[:_HEAD], tail)
    if shape is None or (place and shape.width < 2):
        return PermanentFailure("FILE-LAYOUT", f"the sheet {sheet.name!r} holds no table", name, "deliver it as CSV")
    found: RowsRead | FeedFailure | None = None
    for keys, doubts in _layouts(shape, grid):
        found = read_with(name, content, {**place, **keys}, languages)
        if isinstance(found, RowsRead) and found.fits:
            return found, doubts
        again = {**place, **keys, "headers_repeat": True}
        if isinstance(found, RowsRead) and isinstance(found := read_with(name, content, again, languages), RowsRead):
            return found, doubts
    return (
        found
        if isinstance(found, FeedFailure)
        else PermanentFailure(
            "FILE-LAYOUT", f"the sheet {sheet.name!r} holds no rows under a header", name, "deliver it as CSV"
        )
    )


def _grid(sheet: Sheet) -> list[list[str]]:
    width = max((max(row, default=-1) for row in sheet.cells.values()), default=-1) + 1
    empty: dict[int, str] = {}
    return [
        [sheet.cells.get(line, empty).get(column, "") for column in range(width)]
        for line in range(1, max(sheet.cells) + 1)
    ]


def _layouts(shape: TableShape, grid: list[list[str]]) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    keys: dict[str, Any] = {}
    doubts = list[Doubt]()
    first = next((cell.strip() for cell in grid[shape.begin] if cell.strip()), "").split("\n")[0]
    before = [next((cell.strip() for cell in row if cell.strip()), "") for row in grid[: shape.begin]]
    if shape.header_rows and any(before) and len(first) > 1 and not any(text.startswith(first) for text in before):
        keys["skip_to"] = escaped(first)
    elif any(before):
        keys["skip_rows"] = shape.begin
    if shape.header_rows > 1:
        keys["header_rows"] = shape.header_rows
    if shape.header_rows == 0:
        keys["names"] = list(shape.names)
        doubts.append(Doubt(("files", "layout", "names"), "the sheet has no header: what are its columns?"))
    own = told_apart(grid[shape.begin : shape.begin + shape.header_rows])
    if own:
        keys |= {"header_rows": shape.header_rows, "names": own}
        doubts.append(Doubt(("files", "layout", "names"), NAMED_TWICE))
    if shape.units_row:
        keys["units_row"] = True
    if shape.footer:
        keys["footer"] = shape.footer
    yield keys, tuple(doubts)
    yield {key: value for key, value in keys.items() if key not in ("footer", "units_row")}, tuple(doubts)
