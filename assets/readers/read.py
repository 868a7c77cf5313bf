"""The readers' front door: bytes as delivered -> rows of text; decides by the bytes what they are.

No types, units or rules (contract), no fetching (connectors), no storage (landing).
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Mapping
from typing import Any

from assets.failures import PermanentFailure
from assets.readers.containers import Member, unpack
from assets.readers.csv import read_csv
from assets.readers.json import read_json
from assets.readers.rows import Layout, RawRows, SeriesLayout, without_addresses
from assets.readers.xlsx import read_xlsx

__all__ = ["Layout", "RawRows", "SeriesLayout", "layout", "read_rows"]

_PIECE = 16 * 2**20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PAR1": "Parquet",
    b"MZ\x90": "a program",
}
_AGAIN = "have it delivered again and compare the size with the sender's"


def layout(options: Mapping[str, Any]) -> Layout:
    """The layout that a contract describes."""
    known = dict(options)
    if "series" in known:
        known["series"] = SeriesLayout(**known["series"])
    if "encodings" in known:
        known["encodings"] = tuple(known["encodings"])
    return Layout(**known)


def read_rows(name: str, content: bytes, layout: Layout, numbers: Collection[str] = ()) -> list[RawRows]:
    """The rows of each file in a delivery: one result per member of a container (zip, tar, gz, zst).

    Rows of CSV in which each of the columns `numbers` is plainly a number are read so, the others as text.

    Raises PermanentFailure when a file as a whole cannot be trusted; then nothing of the delivery comes
    back, so that nothing is half-read. Rows that cannot be read do not stop the others: see `rejects`.
    """
    return [_member(name, member, layout, numbers) for member in unpack(name, content)]


def _member(delivery: str, member: Member, layout: Layout, numbers: Collection[str]) -> RawRows:
    where = delivery if member.name == delivery else f"{delivery} > {member.name}"
    if member.kind == "xlsx":
        if layout.kind != "table":
            hint = f"deliver {layout.kind}, or set kind 'table' in the layout"
            raise PermanentFailure("FILE-BINARY", f"it is a spreadsheet, not {layout.kind}", where, hint)
        return read_xlsx(member.name, where, member.content, layout)
    _refuse_binary(where, member.content, layout)
    data, encoding = _as_utf8(where, member.content, layout.encodings)
    start = data[:4096].lstrip()
    if not start and not data.strip():
        what = "it has 0 bytes" if not member.content else "it holds only white space"
        raise PermanentFailure("FILE-EMPTY", what, where, _AGAIN)
    if start.startswith(b"<"):
        _refuse_markup(where, data)
    if layout.kind != "table":
        return read_json(member.name, where, data.decode("utf-8"), layout, encoding)
    if start[:1] in (b"{", b"[") and data.rstrip()[-1:] in (b"}", b"]"):
        said = without_addresses(start[:80].decode("utf-8", "ignore"))
        hint = "set kind 'json' in the layout, or ask for the table (services answer errors in JSON)"
        raise PermanentFailure("FILE-JSON", f"it is JSON, not a table: {said!r}", where, hint)
    return read_csv(member.name, where, data, layout, encoding, numbers)


def _refuse_binary(where: str, content: bytes, layout: Layout) -> None:
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise PermanentFailure(
                "FILE-ENCRYPTED", "the document has a password", where, "deliver it without a password"
            )
        what = "it is a legacy Office document (.xls, .doc)"
        raise PermanentFailure("FILE-BINARY", what, where, "save it as XLSX or CSV")
    for magic, label in _BINARY.items():
        if content.startswith(magic):
            raise PermanentFailure("FILE-BINARY", f"it is {label}", where, "save the data as XLSX or CSV")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if any(codecs.lookup(encoding).name.startswith("utf-16") for encoding in layout.encodings):
            return
        hint = "save it as UTF-8, or add 'utf-16' to the encodings in the layout"
        raise PermanentFailure("FILE-ENCODING", "it is UTF-16 text ('Unicode text' of Excel)", where, hint)
    at = content.find(b"\0")
    if at >= 0:
        # A disk that was full or lost power leaves files that are NULs from some byte on.
        what = f"it holds a NUL at byte {at:,}, so it is not text or was damaged"
        raise PermanentFailure("FILE-BINARY", what, where, "save it as XLSX or CSV and deliver it again")


def _as_utf8(where: str, content: bytes, encodings: tuple[str, ...]) -> tuple[bytes, str]:
    """The text as UTF-8 without BOM, and the first encoding in which all of it is valid.

    On the whole file, strictly: the first Korean letter of a CP949 file may come after megabytes of ASCII.
    """
    tried: list[str] = []
    for encoding in encodings:
        name = codecs.lookup(encoding).name.removesuffix("-sig")  # a BOM is taken off below
        plain = name in ("utf-8", "ascii")
        if plain and content.isascii():  # eight times faster than decoding it
            return content, encoding
        decoder = codecs.getincrementaldecoder(name)("strict")
        whole = io.BytesIO()
        for at in range(0, len(content) or 1, _PIECE):
            piece, last = content[at : at + _PIECE], at + _PIECE >= len(content)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, last)
            except UnicodeDecodeError as error:
                offset = at - pending + error.start
                if plain and error.reason == "unexpected end of data" and not content[:offset].isascii():
                    what = f"it ends in the middle of a character (byte {offset:,}), so it was cut short"
                    raise PermanentFailure("FILE-TRUNCATED", what, where, _AGAIN) from error
                tried.append(f"{encoding} fails at byte {offset:,} (0x{content[offset]:02x})")
                break
            if not plain:
                whole.write(text.encode("utf-8"))
        else:
            data = content if plain else whole.getvalue()
            return data.removeprefix(codecs.BOM_UTF8), encoding
    hint = "have it saved as UTF-8, or add its encoding to the layout"
    raise PermanentFailure("FILE-ENCODING", "its text cannot be decoded: " + ", ".join(tried), where, hint)


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
