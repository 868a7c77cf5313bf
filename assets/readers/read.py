"""The readers' front door: bytes as delivered -> rows of text; decides by the bytes what they are.

No types, units or rules (contract), no fetching (connectors), no storage (landing).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from assets.failures import PermanentFailure
from assets.readers import gtfs
from assets.readers.containers import Member, unpack
from assets.readers.csv import read_csv
from assets.readers.csv_text import table_text
from assets.readers.encodings.decide import Decided, as_utf8
from assets.readers.encodings.refusals import refuse_utf32
from assets.readers.fixed_width import read_fixed_width
from assets.readers.header import with_values
from assets.readers.json import read_json
from assets.readers.reshape import at_once, reshaped
from assets.readers.rows import RawRows, Watch, without_addresses
from assets.readers.xls import OLE
from assets.readers.xlsx import read_xlsx
from quality.contract.layout import Layout

_BINARY = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PAR1": "Parquet",
    b"MZ\x90": "a program",
}
_AGAIN = "have it delivered again and compare the size with the sender's"


def read_rows(
    name: str,
    content: bytes,
    layout: Layout,
    numbers: Collection[str] = (),
    missing: Collection[str] = (),
    watch: Watch | None = None,
) -> list[RawRows]:
    """The rows of each file in a delivery, as its layout makes them: one result per member of a container.

    Rows of CSV in which each of the columns `numbers` is plainly a number are read so, the others as text. `missing`
    are texts that stand for no value in a sum; `watch` is shown everything that was read before it is reshaped.

    Raises PermanentFailure when a file as a whole cannot be trusted; then nothing of the delivery comes
    back, so that nothing is half-read. Rows that cannot be read do not stop the others: see `rejects`.
    """
    read = read_members(name, content, layout, at_once(layout, numbers), watch or Watch())
    return [reshaped(raw, layout, missing) for raw in read]


def read_members(
    name: str, content: bytes, layout: Layout, numbers: Collection[str] = (), watch: Watch | None = None
) -> list[RawRows]:
    """The same before any row is reshaped."""
    watch = watch or Watch()
    if layout.kind == "gtfs":
        return [_timetable(name, unpack(name, content, languages=layout.languages), layout, watch)]
    members = list(_meant(name, unpack(name, content, languages=layout.languages), layout.member, watch))
    found = [rows for member in members for rows in _member(name, member, layout, numbers, watch)]
    for rows in found:
        watch.read(rows)
    return found


def _meant(delivery: str, members: Iterable[Member], wanted: str | None, watch: Watch) -> Iterator[Member]:
    """The members whose name or whole path matches; a delivery that is no container is meant itself."""
    names, found = list[str](), 0
    for member in members:
        names.append(member.name)
        watch.named(member.name)
        tails = (member.name.lower(), re.split(r"[/\\]", member.name)[-1].lower())
        if wanted is None or member.name == delivery or any(fnmatchcase(tail, wanted.lower()) for tail in tails):
            found += 1
            yield member
        else:
            watch.beside(member)
    if not found:
        hint = "correct `member` in the layout of the contract, or ask the sender what changed"
        what = f"no file in it matches `member` {wanted!r}"
        raise PermanentFailure("FILE-MEMBER", what, delivery, hint).quoting(f"; it holds {names[:8]}")


_GTFS = Layout(encodings=("utf-8",))  # the format allows no other


def _timetable(delivery: str, members: Iterable[Member], layout: Layout, watch: Watch) -> RawRows:
    """The table of a timetable that the layout wants: all its tables together are one delivery."""
    wanted, tables, names = layout.table or gtfs.TIMETABLE, dict[str, RawRows](), list[str]()
    for member in members:
        watch.named(member.name)
        table = gtfs.table_of_member(member)
        if table in gtfs.tables_read(wanted) and not gtfs.empty_is_none(table, member):
            names.append(table)
            (tables[table],) = _member(delivery, member, _GTFS, (), watch)
            watch.read(tables[table])
        elif table is None or not gtfs.is_known(table):
            watch.beside(member)
    gtfs.refuse_twice(names, delivery)
    return gtfs.as_wanted(wanted, tables, delivery)


def _member(delivery: str, member: Member, layout: Layout, numbers: Collection[str], watch: Watch) -> list[RawRows]:
    where = delivery if member.name == delivery else f"{delivery} > {member.name}"
    if member.kind == "xlsx" or member.content.startswith(OLE):
        if layout.kind != "table":
            hint = f"deliver {layout.kind}, or set kind 'table' in the layout"
            raise PermanentFailure("FILE-BINARY", f"it is a spreadsheet, not {layout.kind}", where, hint)
        if layout.sheet is not None:
            watch.beside(member)
        else:
            watch.workbook(member)
        found = read_xlsx(member.name, where, member.content, layout)
        return [with_values(rows, layout, delivery, head) for rows, head in found]
    _refuse_binary(where, member.content)
    text = as_utf8(where, member.content, layout.languages, layout.encodings)
    if layout.kind != "table":
        watch.document(member.name, text.data.decode("utf-8", "ignore"))
    rows, head = _text_rows(where, member, text, layout, numbers)
    rows = with_values(rows, layout, delivery, head)
    return [replace(rows, guesses=(text.guess, *rows.guesses)) if text.guess else rows]


def _text_rows(
    where: str, member: Member, text: Decided, layout: Layout, numbers: Collection[str]
) -> tuple[RawRows, str]:
    """The rows of a text, and what stands before its header."""
    data, encoding = text.data, text.encoding
    start = data[:4096].lstrip()
    if not start and not data.strip():
        what = "it has 0 bytes" if not member.content else "it holds only white space"
        raise PermanentFailure("FILE-EMPTY", what, where, _AGAIN)
    if start.startswith(b"<"):
        _refuse_markup(where, data)
    if layout.kind != "table":
        return read_json(member.name, where, data.decode("utf-8"), layout, encoding), ""
    if start[:1] in (b"{", b"[") and data.rstrip()[-1:] in (b"}", b"]"):
        said = without_addresses(start[:80].decode("utf-8", "ignore"))
        hint = "set kind 'json' in the layout, or ask for the table (services answer errors in JSON)"
        raise PermanentFailure("FILE-JSON", f"it is JSON, not a table: {said!r}", where, hint)
    table = table_text(data, layout, where)
    if layout.widths:
        return replace(read_fixed_width(member.name, table, layout, where), encoding=encoding), table.head
    # where the comma may be the decimal sign, what a point means is asked of the texts
    numbers = () if layout.delimiter == ";" else numbers
    rows = read_csv(member.name, table, layout, where, numbers)
    return replace(rows, encoding=encoding, separator=layout.delimiter), table.head


def _refuse_binary(where: str, content: bytes) -> None:
    for magic, label in _BINARY.items():
        if content.startswith(magic):
            raise PermanentFailure("FILE-BINARY", f"it is {label}", where, "save the data as XLSX or CSV")
    refuse_utf32(where, content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    at = content.find(b"\0")
    if at >= 0:
        # A disk that was full or lost power leaves files that are NULs from some byte on.
        what = f"it holds a NUL at byte {at:,}, so it is not text or was damaged"
        raise PermanentFailure("FILE-BINARY", what, where, "save it as XLSX or CSV and deliver it again")


def _refuse_markup(where: str, data: bytes) -> None:
    """Portals answer errors as an HTML page or XML with status 200, and it is saved under the right name."""
    head = data[:20_000].decode("utf-8", "ignore").strip()
    known = re.match(r"(?i)<(!doctype|html|head|body|table|\?xml|!--)", head)
    if not known and not data.rstrip().endswith(b">"):
        return  # tables whose first column is named like <DATE>
    said = re.search(
        r"(?is)<(title|h1|message|errmsg|returnAuthMsg|resultMsg)\b[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,120})",
        head,
    )
    message = f" that says {without_addresses(said[2].strip())!r}" if said else ""
    what = f"it is an HTML or XML page{message}, not data"
    hint = "look at the message, check the request or the key, or ask the partner for the file itself"
    raise PermanentFailure("FILE-HTML", what, where, hint)
