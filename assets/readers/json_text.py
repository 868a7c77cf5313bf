"""JSON replies of services: slicing an envelope without parsing its rows, and rows as text, fast.

`pl.read_json` with a schema of texts reads about a million rows a CPU-second where `json.loads` reads 83,000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_rows import Number, cell
from assets.readers.rows import LINE, RawRows, Rejects, clean_name

BOM = b"\xef\xbb\xbf"
Slices = dict[str, msgspec.Raw]
_object = msgspec.json.Decoder(Slices)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()
_raw = msgspec.json.Decoder(msgspec.Raw)
# A number after a name. Where a text has a quote in it, `\":1` may be part of that text: then the careful one, at
# half the speed.
_NUMBER = re.compile(rb'"(\s*:\s*)(-?\d[\d.eE+-]*)')
_NUMBER_AMONG_QUOTES = re.compile(rb'(?<!\\)"(\s*:\s*)(-?\d[\d.eE+-]*)(?=\s*[,}])')


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


@lru_cache(maxsize=64)
def _rows_with(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Accepts an array of objects that have exactly these names, each with one value that is no list or object."""
    fields = {f"f{number}": name for number, name in enumerate(names)}
    scalar = str | int | float | bool | None
    row = msgspec.defstruct("Row", [(f, scalar) for f in fields], rename=fields, forbid_unknown_fields=True)
    return msgspec.json.Decoder(list[row])


def _fast(raw: bytes) -> pl.DataFrame | None:
    """Polars' reader, where all objects are flat and have the same names; None where that can not be had."""
    elements = array(raw)
    if not elements:
        return None
    try:
        names = tuple(objects(elements[0]))
        if not names or LINE in names or any(clean_name(n) != n or '"' in n or "\\" in n for n in names):
            return None
        _rows_with(names).decode(raw)
    except (NotJsonError, msgspec.MsgspecError):
        return None
    try:
        # as texts, numbers keep their digits: Polars makes 1.10 into 1.1 and 1e5 into 100000
        number = _NUMBER_AMONG_QUOTES if b'\\"' in raw else _NUMBER
        texts = number.sub(rb'"\1"\2"', raw)
        frame = pl.read_json(texts, schema=dict.fromkeys(names, pl.String))
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
