"""Spreadsheets to rows of text, and those that cannot be read."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from assets.readers import xlsx
from assets.readers.xlsx_number import number_text
from quality.contract.layout import Layout
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


def _formatted(*cells: tuple[object, str]) -> bytes:
    """One column with a value and a number format in each row."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "value")
    for row, (value, pattern) in enumerate(cells, 1):
        sheet.write(row, 0, value, book.add_format({"num_format": pattern}))
    book.close()
    return out.getvalue()


def _changed(content: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The workbook with other XML in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for before, after in changes:
        assert before.encode() in members[part]
        members[part] = members[part].replace(before.encode(), after.encode())
    return zipped(members)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        (4213, "00000", "04213"),
        (4213, "000-00", "042-13"),
        (1234567, "000-00", "12345-67"),
        (21, '0"명"', "21"),
        (21, "0", "21"),
        (1234567.5, "#,##0", "1234567.5"),
        (0.45, "0%", "0.45"),
        (0.45, "00.0", "0.45"),
        (12, "₩#,##0;[Red]-₩#,##0", "12"),
        (-4213, "00000", "-4213"),
        (0.1 + 0.2, "0.0", "0.3"),
        (1e-7, "0.00E+00", "0.0000001"),
        (17, "@", "17"),
        (True, "0", "true"),
        (0.5, "h:mm", "12:00"),
        (0.5, "h:mm:ss", "12:00:00"),
        (0.75 + 30 / 86_400, "h:mm", "18:00:30"),
        (1.25, "[h]:mm", "30:00"),
        (45000, "yyyy-mm-dd", "2023-03-15 00:00:00"),
        (45000, "[$-409]d. mmm yyyy;@", "2023-03-15 00:00:00"),
        (45000, 'yyyy"년" m"월"', "2023-03-15 00:00:00"),
        (45000.5, "yyyy-mm-dd h:mm", "2023-03-15 12:00:00"),
        (45000.5, "h:mm", "2023-03-15 12:00:00"),
        (1, "yyyy-mm-dd", "1900-01-01 00:00:00"),
        (60, "yyyy-mm-dd", "60"),
        (0, "yyyy-mm-dd", "0"),
        (61, "mmmm", "1900-03-01 00:00:00"),
    ],
)
def test_a_number_is_exact_or_a_code_date_or_time(value: object, pattern: str, text: str) -> None:
    assert read(_formatted((value, pattern)), name="a.xlsx").frame["value"].to_list() == [text]


def test_days_since_1904() -> None:
    book = _changed(_formatted((43538, "yyyy-mm-dd")), "xl/workbook.xml", ("<workbookPr", '<workbookPr date1904="1"'))
    assert read(book, name="a.xlsx").frame["value"].to_list() == ["2023-03-15 00:00:00"]


def test_long_numbers_come_as_they_are_stored() -> None:
    book = _formatted((123, "0"), (124, "0"), (125, "0"))
    stored = ["12345678901234567", "1.2345678901234568E+17", "1e400"]
    book = _changed(
        book, SHEET, *((f"<v>{n}</v>", f"<v>{s}</v>") for n, s in zip((123, 124, 125), stored, strict=True))
    )
    rows = read(book, name="a.xlsx")
    assert (rows.frame["value"].to_list(), rows.unreadable) == (stored, ((4, "value"),))


def test_errors_and_formulas_without_a_result_are_no_values() -> None:
    book = _xlsx(A=_grid(["name", "n"], ["a", 801], ["b", 802], ["c", 803], ["d", 804], ["e", 805], ["f", 806]))
    book = _changed(
        book,
        SHEET,
        ('<c r="B2"><v>801</v></c>', '<c r="B2" t="e"><v>#N/A</v></c>'),
        ('<c r="B3"><v>802</v></c>', '<c r="B3"><f>A1*2</f></c>'),
        ('<c r="B4"><v>803</v></c>', '<c r="B4"><f t="shared" si="0"/><v></v></c>'),
        ('<c r="B5"><v>804</v></c>', '<c r="B5"><f>A1*2</f><v>8</v></c>'),
        ('<c r="B6"><v>805</v></c>', '<c r="B6" t="str"><f>""</f><v></v></c>'),
        ('<c r="B7"><v>806</v></c>', '<c r="B7" t="d"><v>2026-07-21T05:00:00</v></c>'),
    )
    rows = read(book, name="a.xlsx")
    assert rows.frame["n"].to_list() == ["#N/A", "=A1*2", "=(shared formula)", "8", None, "2026-07-21 05:00:00"]
    assert rows.unreadable == ((2, "n"), (3, "n"), (4, "n"))


def test_rich_texts_inline_texts_and_signs_that_xml_does_not_allow() -> None:
    book = _xlsx(A=_grid(["a"], [801], ["x_x000D_y"], [803], ["x\x07y"]))
    inline = "<is><r><t>강</t></r><r><t>남</t></r><rPh><t>reading aid</t></rPh></is>"
    book = _changed(
        book,
        SHEET,
        ('<c r="A2"><v>801</v></c>', f'<c r="A2" t="inlineStr">{inline}</c>'),
        ('<c r="A4"><v>803</v></c>', '<c t="inlineStr"><is><t xml:space="preserve"> z </t></is></c>'),
    )
    assert read(book, name="a.xlsx").frame["a"].to_list() == ["강남", "x_x000D_y", " z ", "x\x07y"]


def test_merged_and_hidden_cells_stay_where_they_are() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["station", "n"])
    sheet.merge_range("A2:A3", "A")
    sheet.write_column(1, 1, [1, 2, 3])
    sheet.write(3, 0, "B")
    sheet.set_row(3, None, None, {"hidden": True})
    list_of_words = book.add_worksheet("List")
    list_of_words.hide()
    book.close()
    rows = read(out.getvalue(), name="a.xlsx")
    assert rows.frame.rows() == [("A", "1", 2), (None, "2", 3), ("B", "3", 4)]
    assert rows.guesses == ("1 merged ranges: only the first cell of each has a value",)


def test_a_hidden_sheet_with_values_is_named() -> None:
    book = _changed(
        _xlsx(A=_grid(["a"]), B=_grid(["b"])), "xl/workbook.xml", ('name="B"', 'name="B" state="veryHidden"')
    )
    fails("FILE-SHEETS", book, "B (hidden)", name="a.xlsx")


@pytest.mark.parametrize(
    ("value", "pattern", "text", "kind"),
    [
        (4213, "General", "4213", "exact"),
        (4213, "0", "4213", "exact"),
        (4213.5, "0_ ", "4213.5", "exact"),
        (213, "#,##0", "213", "exact"),
        (4213, "#,##0", "4213", "otherwise"),
        (4213, "00000", "04213", "exact"),
        (4213, "000-00", "042-13", "coded"),
        (4213, '00"-"00', "42-13", "coded"),
        (17, '00000"0"', "000170", "coded"),
        (17, "[Red]00000", "00017", "exact"),
        (-17, "00000", "-17", "otherwise"),
        (17.5, "00000", "17.5", "otherwise"),
        (17, "#00000", "17", "otherwise"),
        (17, "##00000", "17", "otherwise"),
        (17, "0###", "17", "otherwise"),
        (17, "000,000", "17", "otherwise"),
        (17, "00/00", "17", "otherwise"),
        (17, "*000", "17", "otherwise"),
        (17, "00.0", "17", "otherwise"),
        (17, "0%", "17", "otherwise"),
        (17, '"N"0', "17", "otherwise"),
        (21, "[DBNum1]000", "21", "otherwise"),
        (17, "[$A-409]000", "17", "otherwise"),
        (17, "0;0", "17", "otherwise"),
        (17, "General;@", "17", "otherwise"),
        (212345678, "[<=99999999]0000-0000;000-0000-0000", "212345678", "otherwise"),
        (17, '[>99]00000;"N"000', "17", "otherwise"),
        (0, "[=0]00;000", "0", "otherwise"),
        (17, "[>99]000", "17", "otherwise"),
    ],
)
def test_what_a_format_shows_is_the_number_a_code_or_not_known(
    value: float, pattern: str, text: str, kind: str
) -> None:
    assert number_text(str(value), pattern) == (text, kind)


def test_values_under_merged_cells_are_seen_by_nobody() -> None:
    book = _xlsx(A=_grid(["station", "n"], ["A", 7], ["B", 801], ["C", 802]))
    book = _changed(
        book, SHEET, ("</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>')
    )
    rows = read(book, name="a.xlsx")
    assert rows.frame["n"].to_list() == ["7", "801 (hidden under the merged cells B2:B3)", "802"]
    assert rows.unreadable == ((3, "n"),)
    assert "1 cells under them hold values that the sheet does not show" in rows.guesses[0]


def test_a_formula_with_an_empty_text_has_a_result() -> None:
    book = _xlsx(A=_grid(["name", "n"], ["a", 801], ["b", 802]))
    formula = '<f>IF(A1="","",1)</f>'
    book = _changed(
        book,
        SHEET,
        ('<c r="B2"><v>801</v></c>', f'<c r="B2" t="str">{formula}<v/></c>'),
        ('<c r="B3"><v>802</v></c>', f'<c r="B3" t="str">{formula}</c>'),
    )
    rows = read(book, name="a.xlsx")
    assert (rows.frame["n"].to_list(), rows.unreadable) == ([None, None], ())
