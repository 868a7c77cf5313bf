"""The XML inside an XLSX file -> the cells of its sheets as texts, and which of them hold no value but an error.

By hand: libraries give null for #N/A and for a formula without a result, and 4213 for a code that is shown as 04213.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from assets.readers.xlsx_number import built_in, exact_number, number_text

_RELATION = "id"
_RANGE = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)")


@dataclass
class Sheet:
    """The cells of one sheet, by row (from 1) and column (from 0). `wrong`: cells that hold no value but an error."""

    name: str
    hidden: bool
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    wrong: list[tuple[int, int]] = field(default_factory=list)
    merged: int = 0  # ranges of merged cells
    covered: int = 0  # cells under them that hold a value nobody sees; they are `wrong`
    # numbers that a format shows otherwise, by column, pattern and whether the text is what is shown: line, number
    formatted: dict[tuple[int, str, bool], list[tuple[int, str]]] = field(default_factory=dict)


_kept: ContextVar[dict[bytes, tuple[Sheet, ...]] | None] = ContextVar("_kept", default=None)


@contextmanager
def books_kept() -> Iterator[None]:
    """In this block each workbook is read once, however often its sheets are asked for: nobody changes a sheet."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def sheets(content: bytes) -> Iterator[Sheet]:
    """The sheets of a workbook. Raises KeyError, ValueError or a ParseError where its parts do not fit together."""
    kept = _kept.get()
    if kept is None:
        yield from _sheets(content)
        return
    if content not in kept:
        kept[content] = tuple(_sheets(content))
    yield from kept[content]


def _sheets(content: bytes) -> Iterator[Sheet]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name.lower(): name for name in archive.namelist()}

        def part(path: str) -> bytes | None:
            name = parts.get(path.lower())
            return None if name is None else archive.read(name)

        workbook = ElementTree.fromstring(part("xl/workbook.xml") or b"")
        targets = _targets(part("xl/_rels/workbook.xml.rels") or b"")
        shared = _shared(part("xl/sharedStrings.xml"))
        formats = _formats(part("xl/styles.xml"))
        since_1904 = any(_attribute(e, "date1904") in ("1", "true") for e in workbook.iter() if _tag(e) == "workbookPr")
        for sheet in (e for e in workbook.iter() if _tag(e) == "sheet"):
            target = targets.get(_attribute(sheet, _RELATION) or "")
            if target == "":  # a sheet that is a chart, or a macro
                continue
            data = None if target is None else part(target)
            if data is None:
                raise KeyError(f"the sheet {sheet.get('name')!r} is not in the file")
            found = Sheet(sheet.get("name") or "", sheet.get("state", "visible") != "visible")
            _read_cells(found, data, _Cells(shared, formats, since_1904))
            yield found


@dataclass(frozen=True)
class _Cells:
    shared: list[str]
    formats: list[str]
    since_1904: bool

    def text(self, cell: Element) -> tuple[str | None, bool, tuple[str, bool, str] | None]:
        """The text of a cell, None for an empty one; whether it is an error in place of a value; where a format shows
        a number otherwise, the pattern, whether the text is what it shows, and the number."""
        text, wrong = self._plain(cell)
        if text is None or wrong or cell.get("t", "n") != "n" or cell.find("{*}is") is not None:
            return text, wrong, None
        style = int(cell.get("s", "0"))
        pattern = self.formats[style] if style < len(self.formats) else "General"
        try:
            written = number_text(text, pattern, since_1904=self.since_1904)
        except ValueError:
            return text, True, None
        if written.kind == "exact":
            return written.text, False, None
        return written.text, False, (pattern, written.kind == "coded", exact_number(text))

    def _plain(self, cell: Element) -> tuple[str | None, bool]:
        """The same, of a number as it is stored."""
        kind = cell.get("t", "n")
        value = formula = None
        for child in cell:
            tag = _tag(child)
            if tag == "v":
                value = child.text or ""
            elif tag == "f":
                formula = child.text or "(shared formula)"
            elif tag == "is":
                return _rich(child), False
        if kind == "e":
            return value or "#ERROR!", True
        if formula is not None and not value and kind != "str":
            return f"={formula}", True
        if not value:
            return None, False
        if kind == "s":
            return self.shared[int(value)], False
        if kind == "b":
            return ("true" if value.strip() in ("1", "true") else "false"), False
        if kind == "d":
            return value.replace("T", " "), False
        if kind == "str":
            return _unescaped(value), False
        return value.strip(), False


def _read_cells(sheet: Sheet, data: bytes, cells: _Cells) -> None:
    line, ranges = 0, list[str]()
    for _, element in ElementTree.iterparse(io.BytesIO(data)):
        tag = _tag(element)
        if tag == "mergeCell":
            ranges.append(element.get("ref") or "")
        if tag != "row":
            continue
        line = int(element.get("r") or line + 1)
        row: dict[int, str] = {}
        column = -1
        for cell in element:
            if _tag(cell) != "c":
                continue
            reference = cell.get("r")
            column = column + 1 if reference is None else column_number(reference.rstrip("0123456789")) - 1
            text, wrong, formatted = cells.text(cell)
            if text is not None:
                row[column] = text
            if wrong:
                sheet.wrong.append((line, column))
            if formatted is not None:
                pattern, coded, number = formatted
                sheet.formatted.setdefault((column, pattern, coded), []).append((line, number))
        sheet.cells[line] = row
        element.clear()
    _uncover(sheet, ranges)


def _uncover(sheet: Sheet, ranges: list[str]) -> None:
    """Values under merged cells are seen by nobody: they are marked, as text, so that no column takes them."""
    sheet.merged = len(ranges)
    for merged in ranges:
        found = _RANGE.fullmatch(merged)
        if found is None:
            continue
        first, last = column_number(found[1]) - 1, column_number(found[3]) - 1
        top, bottom = int(found[2]), int(found[4])
        for line in range(top, min(bottom, max(sheet.cells, default=0)) + 1):
            row = sheet.cells.get(line, {})
            for column in sorted(row):
                if first <= column <= last and (line, column) != (top, first) and row[column].strip():
                    row[column] = f"{row[column]} (hidden under the merged cells {merged})"
                    sheet.wrong.append((line, column))
                    sheet.covered += 1


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _targets(relations: bytes) -> dict[str, str]:
    """Path of each part that the workbook names, by the id of the relation."""
    found = ElementTree.fromstring(relations)
    return {
        str(e.get("Id")): posixpath.normpath(posixpath.join("/xl", str(e.get("Target")))).lstrip("/")
        for e in found
        if str(e.get("Type")).endswith("/worksheet")
    } | {str(e.get("Id")): "" for e in found if not str(e.get("Type")).endswith("/worksheet")}


def _shared(part: bytes | None) -> list[str]:
    return [] if part is None else [_rich(e) for e in ElementTree.fromstring(part) if _tag(e) == "si"]


def _formats(part: bytes | None) -> list[str]:
    """The number format of each style of a cell."""
    if part is None:
        return []
    styles = ElementTree.fromstring(part)
    own = {int(e.get("numFmtId", "0")): str(e.get("formatCode")) for e in styles.iter() if _tag(e) == "numFmt"}
    used = next((e for e in styles if _tag(e) == "cellXfs"), None)
    numbers = [int(e.get("numFmtId", "0")) for e in (used if used is not None else [])]
    return [own.get(number, built_in(number)) for number in numbers]


def _rich(element: Element) -> str:
    """The text of a string, its parts of different looks put together, without the reading aids of Japanese."""
    texts = []
    for child in element:
        if _tag(child) == "t":
            texts.append(child.text or "")
        elif _tag(child) == "r":
            texts += [part.text or "" for part in child if _tag(part) == "t"]
    return _unescaped("".join(texts))


def _unescaped(text: str) -> str:
    """`_x000D_` stands for a sign that XML does not allow."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _tag(element: Element) -> str:
    return _local(element.tag)


@cache
def _local(tag: str) -> str:
    """Without its name space: there are two of them, and some programs use a third."""
    return tag.rpartition("}")[2]


def _attribute(element: Element, name: str) -> str | None:
    """The value of an attribute, in whatever name space."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)
