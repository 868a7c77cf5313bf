"""Workbooks of Excel 97 to 2003 (.xls): bytes -> the cells of their sheets as texts.

Portals of Korea still hand them out. A library reads them: what a number looks like on the screen is not known, so that
cells have their stored values. XLSX and the table in a sheet are read elsewhere.
"""

from __future__ import annotations

import fastexcel

from assets.failures import PermanentFailure
from assets.readers.xlsx_book import Sheet

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also .doc, .ppt and XLSX with a password


def old_book(where: str, content: bytes) -> tuple[Sheet, ...]:
    """The sheets of an .xls. Raises PermanentFailure for any other document of that kind of file."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise PermanentFailure("FILE-ENCRYPTED", "the document has a password", where, "deliver it without a password")
    try:
        book = fastexcel.read_excel(content)
        return tuple(
            _sheet(book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")) for name in book.sheet_names
        )
    except fastexcel.FastExcelError as error:
        what = "it is a legacy Office document (.xls, .doc) that cannot be read"
        raise PermanentFailure("FILE-BINARY", what, where, "save it as XLSX or CSV") from error


def _sheet(read: fastexcel.ExcelSheet) -> Sheet:
    columns = read.to_polars().get_columns()
    found = Sheet(read.name, read.visible != "visible")
    for line, texts in enumerate(zip(*columns, strict=True), 1):
        found.cells[line] = {number: text for number, text in enumerate(texts) if text is not None}
    return found
