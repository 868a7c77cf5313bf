"""JSON replies of services: slicing an envelope without parsing its rows, and rows as text, fast.

Numbers keep the digits of the source.
"""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_records import cell, compact_json, decoded, refuse_many_names
from assets.readers.rows import LINE, RawRows, Rejects, clean_name

BOM = b"\xef\xbb\xbf"
Slices = dict[str, msgspec.Raw]
_LONGEST = 18  # digits of a count that is worth reading
_NOTHING = (b"", b"null", b'""')
_object = msgspec.json.Decoder(Slices)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()
_raw = msgspec.json.Decoder(msgspec.Raw)


class NotJsonError(ValueError):
    """The text is not what was looked for: `cut` when it ends in the middle, else another kind or no JSON at all."""

    def __init__(self, message: str, *, cut: bool) -> None:
        super().__init__(message)
        self.cut = cut


def objects(content: bytes | msgspec.Raw) -> Slices:
    """The members of a JSON object, each as the bytes it was written in. Raises NotJsonError."""
    return _decode(_object, content)


def array(content: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The elements of a JSON array, each as the bytes it was written in. Raises NotJsonError."""
    return _decode(_array, content)


def value(content: bytes | msgspec.Raw | None, default: Any = None) -> Any:
    """A small JSON value, decoded. Raises NotJsonError."""
    return default if content is None else _decode(_any, content)


def whole(found: Any) -> int | None:
    """A count as services write it, a number or its digits as text; None where it is neither, or of no use."""
    if not isinstance(found, int | str) or isinstance(found, bool):
        return None
    if isinstance(found, int):
        return found if found >= 0 else None
    return int(found) if len(found) <= _LONGEST and found.isascii() and found.isdigit() else None


def begins_with(content: bytes) -> bytes:
    """The first character of a text, without byte order mark and white space."""
    return content[:4096].removeprefix(BOM).lstrip()[:1] or content.removeprefix(BOM).lstrip()[:1]


def row_keys(rows: bytes | msgspec.Raw, own: str | None = None) -> tuple[str | bytes, ...]:
    """What tells the elements of an array apart: the text under `own`; without it, a hash of the whole element.

    Raises NotJsonError.
    """
    elements = array(rows)
    ids = [b""] * len(elements)
    if own is not None:
        try:
            ids = [bytes(row.key) for row in _ids(own).decode(rows)]
        except (msgspec.MsgspecError, UnicodeDecodeError):  # not all are objects
            ids = [_id_of(element, own) for element in elements]
    return tuple(
        _text_of(found) if found not in _NOTHING else hashlib.blake2b(element, digest_size=16).digest()
        for found, element in zip(ids, elements, strict=True)
    )


def _id_of(element: msgspec.Raw, own: str) -> bytes:
    try:
        return bytes(objects(element).get(own, b""))
    except NotJsonError:
        return b""


def _text_of(found: bytes) -> str:
    """An id as text: 7 and "7" are one."""
    decoded = value(found) if found[:1] == b'"' else None
    return decoded if isinstance(decoded, str) else found.decode()


@functools.cache
def _ids(own: str) -> msgspec.json.Decoder[Any]:
    """Finds the member `own` of each object, and no other."""
    return msgspec.json.Decoder(
        list[msgspec.defstruct("Row", [("key", msgspec.Raw, msgspec.field(name=own, default=msgspec.Raw(b"")))])]
    )


def exact(content: bytes | msgspec.Raw) -> Any:
    """Any JSON value, decoded, its numbers as texts with the digits of the source.

    Raises NotJsonError, also where an object has a name twice: which of the two values counts, nobody knows.
    """
    raw = bytes(content)
    _decode(_raw, raw)
    try:
        return decoded(raw.removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error), cut=False) from None


def _decode(decoder: msgspec.json.Decoder[Any], content: bytes | msgspec.Raw) -> Any:
    try:
        if isinstance(content, bytes):
            content.decode()  # msgspec does not look into texts that it slices
            content = content.removeprefix(BOM)  # PHP files saved with one answer with one
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        raise NotJsonError(str(error), cut=False) from error
    except UnicodeDecodeError as error:
        raise NotJsonError("it is not UTF-8", cut="unexpected end" in error.reason) from None
    except msgspec.DecodeError as error:
        raise NotJsonError(str(error), cut="truncated" in str(error)) from error
    except RecursionError:
        raise NotJsonError("values are nested too deep", cut=False) from None


def text_rows(content: bytes | msgspec.Raw, member: str) -> RawRows:
    """An array of flat or nested objects -> rows of text; nested objects under dotted names, lists as JSON text."""
    records = exact(content)
    if not isinstance(records, list):
        raise NotJsonError(f"it is no array but {type(records).__name__}", cut=False)
    frame = _flat_rows(records)
    if frame is None:
        return reply_rows(records, member)
    lines = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(LINE)
    return RawRows(frame.with_columns(lines), Rejects().frame(), 0, member, "utf-8", typed=True)


def _flat_rows(records: Sequence[Any]) -> pl.DataFrame | None:
    """Column by column where all records are flat and have the same names, as tables of a portal are, three times
    as fast as row by row; None where that cannot be had."""
    first = records[0] if records else None
    if not isinstance(first, dict) or not first or LINE in first or any(clean_name(n) != n for n in first):
        return None
    names = first.keys()
    if any(type(record) is not dict or record.keys() != names for record in records):
        return None
    try:
        columns = [pl.Series(name, [record[name] for record in records], dtype=pl.String) for name in names]
    except TypeError:  # true and false, lists and objects
        return None
    found = pl.DataFrame(columns).select(pl.all().replace({"": None}))
    blank = found.select(pl.all_horizontal(pl.all().is_null()).any()).item()
    return None if blank else found


def reply_rows(records: Sequence[Any], member: str) -> RawRows:
    """Decoded records -> rows of text. What is no object with named values is a reject."""
    rejects, lines, flat, blanks = Rejects(), [], [], 0
    nested: list[tuple[dict[str, str | None], dict[str, dict[str, Any]]]] = []
    for line, record in enumerate(records, 1):
        if not isinstance(record, dict):
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not an object with named values", str(record))
            continue
        inner: dict[str, dict[str, Any]] = {}
        pairs = _flat(record, "", inner)
        refuse_many_names(pairs, 1, member)
        row = {clean_name(key): text for key, text in pairs}
        if len(row) < len(pairs):
            _refuse_twice(pairs, member)
        if all(text is None for text in row.values()):
            blanks += 1
            continue
        lines.append(line)
        flat.append(row)
        if inner:
            nested.append((row, inner))
    names = list(dict.fromkeys(name for row in flat for name in row))
    refuse_many_names(names, len(flat), member)
    _show_objects(set(names), nested)
    if LINE in names:
        hint = "tell the developers; a column of this name is used inside"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", f"a value is named {LINE}", member, hint)
    columns: dict[str, Any] = {n: pl.Series(n, [row.get(n) for row in flat], dtype=pl.String) for n in names}
    frame = pl.DataFrame({**columns, LINE: pl.Series(LINE, lines, dtype=pl.Int64)})
    return RawRows(frame, rejects.frame(), blanks, member, "utf-8", typed=True)


def _flat(record: dict[str, Any], prefix: str, inner: dict[str, dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Name and text of each value; the objects on the way are noted in `inner`."""
    pairs: list[tuple[str, str | None]] = []
    for key, item in record.items():
        if isinstance(item, dict) and item:
            inner[clean_name(prefix + key)] = item
            pairs += _flat(item, f"{prefix}{key}.", inner)
        else:
            pairs.append((prefix + key, cell(item)))
    return pairs


def _show_objects(names: set[str], nested: Sequence[tuple[dict[str, str | None], dict[str, dict[str, Any]]]]) -> None:
    """Where other rows have one value and this one has an object, it keeps its JSON text: it is not without a value."""
    for row, inner in nested:
        for name in names.intersection(inner):
            row[name] = compact_json(inner[name])


def _refuse_twice(pairs: Sequence[tuple[str, str | None]], member: str) -> None:
    times = Counter(clean_name(key) for key, _ in pairs)
    twice = sorted(name for name in times if times[name] > 1)
    hint = "give every value its own name"
    raise PermanentFailure("FILE-DUPLICATE-COLUMN", f"a row has names twice: {twice[:10]}", member, hint)
