"""A look at what no layout describes: a delivery that cannot be read, a file of an archive that is not meant.

It lands as evidence, or beside what is meant, and so it is looked at as well: as the table, the JSON, the XML, the
workbook or the Parquet that it is, and as plain text where it is none of these. Pictures, PDF and what has a password
say nothing that could be read here.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from defusedxml import ElementTree

from assets.failures import FeedFailure
from assets.personal.found import NOT_SEEN, Personal
from assets.personal.look import Looker
from assets.readers.containers import LIMITS, Limits, Member, unpack
from assets.readers.encodings.decide import as_utf8
from assets.readers.xls import OLE, old_book
from assets.readers.xlsx_book import Sheet, sheets

_MOST = 8 * 2**20  # bytes of a text of which the table is looked at; behind it the text alone
_MOST_VALUES = 500_000
IN_ITS_NAMES = "the name of a file or sheet in it"
_CONTACTS = 3  # different ones: a page of errors or a sheet of notes names somebody to write to


def personal_unread(
    looker: Looker, name: str, content: bytes, languages: Sequence[str], limits: Limits = LIMITS
) -> Personal | None:
    """The first that is found in a delivery of which nothing is known."""
    part = "a delivery that could not be read"
    try:
        for member in unpack(name, content, limits, languages=languages):
            found = looker.in_name(member.name, IN_ITS_NAMES) or personal_member(looker, member, languages, part)
            if found is not None:
                return found
    except FeedFailure as error:  # damaged, or has a password: what stands in its bytes
        loose = replace(looker, contacts=_CONTACTS)
        found = loose.in_texts(_pieces(content.decode("utf-8", "ignore")), part)
        if found is None and error.code in NOT_SEEN:
            return Personal("what nobody can look into", part=part, code=error.code)
        return found
    return None


def personal_member(looker: Looker, member: Member, languages: Sequence[str], part: str) -> Personal | None:
    """The first that is found in a file whose layout nobody knows."""
    loose = replace(looker, contacts=_CONTACTS)
    for frame in _frames(member, languages):
        if isinstance(frame, pl.Series):
            found = loose.in_texts(frame, part)
        else:
            found = next(loose.in_columns(frame.rows, part), None)
            found = found or (
                loose.alone_in_cells(frame.rows, part) if frame.has_cells and not looker.timetable else None
            )
        if found is not None:
            return found
    return personal_sheet_names(looker, member)


def personal_sheet_names(looker: Looker, member: Member) -> Personal | None:
    """What the names of the sheets of a workbook say; None of any other file."""
    try:
        names = [sheet.name for sheet in _sheets_of(member)]
    except _DAMAGED:
        return None
    return next((found for name in names if (found := looker.in_name(name, IN_ITS_NAMES)) is not None), None)


@dataclass(frozen=True)
class _Rows:
    """has_cells: they are of a table. What a document or a page names under a name may be whom to write to."""

    rows: pl.DataFrame
    has_cells: bool = True


_DAMAGED = (FeedFailure, KeyError, ValueError, ElementTree.ParseError)


def _sheets_of(member: Member) -> Iterable[Sheet]:
    if member.kind == "xlsx":
        return sheets(member.content)
    return old_book(member.name, member.content) if member.content.startswith(OLE) else ()


def _frames(member: Member, languages: Sequence[str]) -> Iterator[_Rows | pl.Series]:
    content = member.content
    if member.kind == "xlsx" or content.startswith(OLE):
        yield from _of_sheets(member)
    elif content.startswith(b"PAR1"):
        yield from _of_parquet(content)
    else:
        text = _text(member, languages)
        if text is not None:
            yield from _of_text(text)


def _of_sheets(member: Member) -> Iterator[_Rows | pl.Series]:
    try:
        for sheet in _sheets_of(member):
            yield from _of_sheet(sheet)
    except _DAMAGED:
        return


def _of_sheet(sheet: Sheet) -> Iterator[_Rows | pl.Series]:
    if not sheet.cells:
        return
    width = 1 + max(max(row) for row in sheet.cells.values() if row)
    rows = [[row.get(at) for at in range(width)] for _, row in sorted(sheet.cells.items())]
    yield from _table(rows)


def _table(rows: list[list[str | None]]) -> Iterator[_Rows | pl.Series]:
    """Rows of which the first that is filled most is the header."""
    if not rows:
        return
    filled = [sum(bool(cell) for cell in row) for row in rows[:20]]
    at = filled.index(max(filled))
    names = dict[str, None]()
    for position, cell in enumerate(rows[at], 1):
        name = (cell or "").strip() or f"_unnamed_{position}"
        names[name if name not in names else f"{name} {position}"] = None
    below = [[cell or None for cell in row] for row in rows[at + 1 :]]
    yield _Rows(pl.DataFrame(below, schema=dict.fromkeys(names, pl.String), orient="row"))
    yield pl.Series([cell for row in rows[:at] for cell in row if cell], dtype=pl.String)


def _of_parquet(content: bytes) -> Iterator[_Rows]:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except Exception:  # whatever a damaged file makes of the reader, it says nothing
        return
    for name, dtype in list(frame.schema.items()):
        if isinstance(dtype, pl.Struct):
            frame = frame.unnest(name, separator=".")
    kept = [
        pl.col(name) if dtype == pl.String or dtype.is_numeric() else _as_text(name, dtype)
        for name, dtype in frame.schema.items()
    ]
    yield _Rows(frame.select(kept))


def _as_text(name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if isinstance(dtype, pl.List | pl.Array):
        return pl.col(name).cast(pl.List(pl.String), strict=False).list.join(" ", ignore_nulls=True)
    if dtype == pl.Binary:
        return pl.col(name).cast(pl.String, strict=False)
    return pl.col(name).cast(pl.String, strict=False)


def _text(member: Member, languages: Sequence[str]) -> str | None:
    try:
        return as_utf8(member.name, member.content, languages, ()).data.decode("utf-8", "ignore")
    except FeedFailure:
        return member.content.decode("utf-8", "ignore")


def _of_text(text: str) -> Iterator[_Rows | pl.Series]:
    head = text[:_MOST]
    start = head.lstrip("\ufeff \r\n\t")[:1]
    if start in ("{", "["):
        yield from _of_json(head)
    elif start == "<":
        yield from _of_xml(text)
    else:
        yield from _of_lines(head)
    yield _pieces(text)


def _pieces(text: str) -> pl.Series:
    return pl.Series(text.splitlines() or [text], dtype=pl.String)


def _of_json(text: str) -> Iterator[_Rows]:
    """Every value under the name that it has, whatever it is nested in."""
    documents = list[Any]()
    try:
        documents.append(json.loads(text.lstrip("\ufeff")))
    except (ValueError, RecursionError):
        for line in text.splitlines():
            try:
                documents.append(json.loads(line))
            except (ValueError, RecursionError):
                continue
    columns = dict[str, list[str]]()
    waiting, seen = documents, 0
    while waiting and seen < _MOST_VALUES:
        value = waiting.pop()
        if isinstance(value, dict):
            members = list(value.items())
        else:
            members = [("", one) for one in value] if isinstance(value, list) else []
        for name, one in members:
            seen += 1
            if isinstance(one, dict | list):
                waiting.append(one)
            elif one is not None:
                columns.setdefault(_whole_signs(str(name)), []).append(_whole_signs(str(one)))
    yield from (_Rows(pl.DataFrame({name: texts}), has_cells=False) for name, texts in columns.items() if name)


def _whole_signs(text: str) -> str:
    """Without halves of signs, which JSON can write and no text can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _of_xml(text: str) -> Iterator[_Rows]:
    columns = dict[str, list[str]]()
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff \r\n\t"))
    except (ElementTree.ParseError, ValueError):
        return
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        pairs = [(name, element.text), *((key.rpartition("}")[2], said) for key, said in element.attrib.items())]
        for key, said in pairs:
            if said and said.strip():
                columns.setdefault(key, []).append(said.strip())
    yield from (_Rows(pl.DataFrame({name: texts}), has_cells=False) for name, texts in columns.items())


def _of_lines(text: str) -> Iterator[_Rows | pl.Series]:
    """A table, by the sign that stands as often in one line as in the next."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    counts = {sign: [line.count(sign) for line in lines] for sign in ",;\t|"}
    sign = max(counts, key=lambda one: sorted(counts[one])[len(counts[one]) // 2] if counts[one] else 0)
    if not lines or not max(counts[sign]):
        if lines:
            yield from _table([[line] for line in text.splitlines()])
        return
    try:
        rows = [list[str | None](row) for row in csv.reader(io.StringIO(text), delimiter=sign)]
    except csv.Error:
        return
    width = max(map(len, rows))
    yield from _table([[*row, *[None] * (width - len(row))] for row in rows])
