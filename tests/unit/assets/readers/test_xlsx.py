"""Spreadsheets to rows of text, and those that cannot be read."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from assets.readers import xlsx
from assets.readers.read import Layout
from tests.support.readers import JSON, fails, read, rejects, zipped


def _xlsx(**sheets: dict[tuple[int, int], object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        for (row, column), value in cells.items():
            sheet.write(row, column, value)
    book.close()
    return out.getvalue()


def _grid(*rows: list[object], top: int = 0) -> dict[tuple[int, int], object]:
    return {(top + y, x): value for y, row in enumerate(rows) for x, value in enumerate(row) if value is not None}


def test_xlsx_by_its_bytes_with_true_row_numbers() -> None:
    grid = _grid([" 일자 ", "건수", None], [20140101, 1.5, None], [None, None], ["x", True, " y "], top=3)
    for name in ("a.xlsx", "a.csv"):
        rows = read(_xlsx(First={}, Data=grid, Last={}), name=name)
        assert rows.frame.rows() == [("20140101", "1.5", None, 5), ("x", "true", " y ", 7)]
        assert rows.frame.columns == ["일자", "건수", "_unnamed_3", "_line"]
        assert (rows.blank_rows, rows.rejects.height, rows.encoding) == (4, 0, None)
    rows = read(_xlsx(Data=_grid(["notes"], ["a", "b"], ["1", "2"])), Layout(skip_rows=1))
    assert rows.frame.rows() == [("1", "2", 3)]


def test_xlsx_header_again_and_in_a_zip() -> None:
    rows = read(zipped({"in.xlsx": _xlsx(A=_grid(["a", "b"], [1, 2], ["a", "b"], [3, 4]))}), name="x.zip")
    assert (rows.frame["_line"].to_list(), rejects(rows), rows.member) == (
        [2, 4],
        [(3, "ROW-HEADER")],
        "in.xlsx",
    )


def test_xlsx_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a.xlsx"
    good = _xlsx(A=_grid(["a"], [1]))
    fails("FILE-SHEETS", _xlsx(A=_grid(["a"]), B={}, C=_grid(["c"])), "['A', 'C']", "one sheet", name=name)
    fails("FILE-EMPTY", _xlsx(A={}, B=_grid([" "])), "no sheet", name=name)
    fails("FILE-TRUNCATED", good[: len(good) // 2], "compare the size", name=name)
    fails("FILE-DUPLICATE-COLUMN", _xlsx(A=_grid(["a", "a"], [1, 2])), "own name", name=name)
    fails("FILE-NO-HEADER", _xlsx(A=_grid([20200101, 5], [20200102, 6])), "skip_rows", name=name)
    fails("FILE-BINARY", good, "spreadsheet, not json", layout=JSON, name=name)
    fails(
        "FILE-BINARY",
        zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "XLSX",
        name="a.docx",
    )
    far = _xlsx(A={(0, 0): "a", (1_048_575, 16_383): "b"})
    fails("FILE-BOMB", far, "1,048,576 rows and 16,384 columns", "CSV", name=name)
    broken = zipped({"xl/workbook.xml": b"<workbook", "[Content_Types].xml": b"<x"})
    fails("FILE-TRUNCATED", broken, "save it again", name=name)
    monkeypatch.setattr(xlsx, "MAX_CELLS", 1)
    fails("FILE-BOMB", good, name=name)
