"""JSON replies of services: slicing an envelope without parsing its rows, and rows as text, fast.

`pl.read_json` with a schema of texts reads about a million rows a CPU-second where `json.loads` reads 83,000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_rows import _Number as Number
from assets.readers.json_rows import cell
from assets.readers.rows import LINE, RawRows, Rejects, clean_name

BOM = b"\xef\xbb\xbf"
Slices = dict[str, msgspec.Raw]
_object = msgspec.json.Decoder(Slices)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()
_raw = msgspec.json.Decoder(msgspec.Raw)
# a number after a name; inside a text the quote before the colon would be escaped
_NUMBER = re.compile(rb'(?<!\\)("\s*:\s*)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}])')


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
    """A count as services write it, a number or its digits as text; None where it is neither."""
    return int(found) if str(found).isascii() and str(found).isdigit() else None


def exact(content: bytes | msgspec.Raw) -> Any:
    """Any JSON value, decoded, its numbers as texts with the digits of the source. Raises NotJsonError."""
    raw = bytes(content)
    _decode(_raw, raw)
    try:
        return json.loads(raw.removeprefix(BOM), parse_float=Number, parse_int=Number)
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
    raw = bytes(content)
    frame = _fast(raw)
    if frame is not None:
        lines = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(LINE)
        return RawRows(frame.with_columns(lines), Rejects().frame(), 0, member, "utf-8")
    return rows_of(exact(raw), member)


def _fast(raw: bytes) -> pl.DataFrame | None:
    """Polars' reader, where all objects are flat and have the same names; None where that can not be had."""
    elements = array(raw)
    if not elements or raw.count(b"{") != len(elements) or raw.count(b"[") != 1:
        return None
    try:
        names = list(objects(elements[0]))
    except NotJsonError:
        return None
    if not names or LINE in names or any(clean_name(n) != n or '"' in n or "\\" in n for n in names):
        return None
    # Each name has its colon as often as there are objects, and nothing else has one. Counting the names alone is
    # not enough: a value that reads like a name ({"a": "b"}) makes up for an object without it.
    colons = [raw.count(f'"{n}":'.encode()) + raw.count(f'"{n}" :'.encode()) for n in names]
    if any(found != len(elements) for found in colons):
        return None
    if raw.count(b'":') + raw.count(b'" :') != len(elements) * len(names):
        return None
    try:
        # as texts, numbers keep their digits: Polars makes 1.10 into 1.1 and 1e5 into 100000
        frame = pl.read_json(_NUMBER.sub(rb'\1"\2"', raw), schema=dict.fromkeys(names, pl.String))
    except pl.exceptions.PolarsError:
        return None
    found = frame.select(pl.all().replace({"": None}))
    blank = found.select(pl.all_horizontal(pl.all().is_null()).any()).item()
    return None if blank or found.height != len(elements) else found


def rows_of(records: Sequence[Any], member: str) -> RawRows:
    """Decoded records -> rows of text. What is no object with named values is a reject."""
    rejects, lines, flat, blanks = Rejects(), [], [], 0
    for line, record in enumerate(records, 1):
        if not isinstance(record, dict):
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not an object with named values", str(record))
            continue
        row = {clean_name(key): text for key, text in _flat(record, "")}
        if all(text is None for text in row.values()):
            blanks += 1
            continue
        lines.append(line)
        flat.append(row)
    names = list(dict.fromkeys(name for row in flat for name in row))
    if LINE in names:
        hint = "tell the developers; a column of this name is used inside"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", f"a value is named {LINE}", member, hint)
    columns: dict[str, Any] = {n: pl.Series(n, [row.get(n) for row in flat], dtype=pl.String) for n in names}
    frame = pl.DataFrame({**columns, LINE: pl.Series(LINE, lines, dtype=pl.Int64)})
    return RawRows(frame, rejects.frame(), blanks, member, "utf-8")


def _flat(record: dict[str, Any], prefix: str) -> list[tuple[str, str | None]]:
    pairs: list[tuple[str, str | None]] = []
    for key, item in record.items():
        if isinstance(item, dict):
            pairs += _flat(item, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, cell(item)))
    return pairs
