"""A table as a spreadsheet (XLSX), all of its cells texts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from quality.contract.layout import Layout
from simulator.deliver.table import Row, Table

_SAVED = (2020, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def as_workbook(table: Table, layout: Layout) -> bytes:
    """The table on the sheet that the layout means."""
    before = layout.sheet - 1 if isinstance(layout.sheet, int) else 0
    name = layout.sheet if isinstance(layout.sheet, str) else "data"
    name = re.sub(r"\[(.)[^]]*\]", r"\1", name).replace("*", "1").replace("?", "1")[:31]
    names = [*(f"empty{number}" for number in range(before)), name]
    rows: list[Row] = [
        *([line] for line in table.head),
        *table.header,
        *table.rows,
        *([line] for line in table.footer),
    ]
    pages = [_page([]) for _ in range(before)] + [_page(rows)]
    numbered = list(enumerate(names, 1))
    parts = {
        "[Content_Types].xml": _types(len(pages)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(numbered),
        "xl/_rels/workbook.xml.rels": _relations([("worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered]),
        **{f"xl/worksheets/sheet{number}.xml": page for number, page in enumerate(pages, 1)},
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(zipfile.ZipInfo(part, _SAVED), f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return written.getvalue()


def _types(pages: int) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for number in range(1, pages + 1)
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{sheets}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _book(names: Iterable[tuple[int, str]]) -> str:
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in names)
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _page(rows: Sequence[Row]) -> str:
    lines = "".join(
        f'<row r="{at}">{"".join(_cell(at, place, text) for place, text in enumerate(row) if text)}</row>'
        for at, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(row: int, place: int, text: str) -> str:
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f'<c r="{letters}{row}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
