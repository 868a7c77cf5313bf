"""Decoded JSON records -> columns of text. Numbers keep the digits of the source (1.10 stays 1.10)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence, Sized
from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import LINE, MOST_COLUMNS, Rejects, clean_name

# Of a staircase, whose records have one name each, 16,000 records took 20 s and 2 GB.
_MANY_NAMES, _MOST_CELLS = 1_000, 20_000_000


class Number(str):
    """The digits of a JSON number, told apart from a JSON string."""

    __slots__ = ()


class AmbiguousJsonError(ValueError):
    """JSON that can be decoded in more than one way, or into what is no text."""


_HALF_SIGN = re.compile(r"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]")


def decoded(text: str | bytes) -> Any:
    """A JSON document, its numbers as texts with the digits of the source.

    Raises JSONDecodeError, and AmbiguousJsonError where an object has a name twice (which value would count?) or a text
    holds half of a sign.
    """
    halves = text.find("\\u") >= 0 if isinstance(text, str) else text.find(b"\\u") >= 0
    if halves and _HALF_SIGN.search((text if isinstance(text, str) else text.decode()).replace("\\\\", "")):
        raise AmbiguousJsonError("a text in it holds half of a sign (\\ud800 to \\udfff), which is no text")
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_distinct)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise AmbiguousJsonError(f"an object in it has the name {twice!r} twice; it is unclear which value counts")
    return found


def compact_json(value: Any) -> str:
    """JSON text without spaces; numbers as they were delivered, which json.dumps cannot do."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact_json(str(key))}:{compact_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact_json, value)) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def cell(value: Any) -> str | None:
    """A value as text: scalars as written, nested values as compact JSON, empty text and null as null."""
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, str) else compact_json(value)


def objects_of(records: Iterable[Any], rejects: Rejects) -> tuple[list[int], list[dict[str, Any]], int]:
    """The records that are objects with a value, where they stand (from 1), and the number of blank ones.

    What is no object is added to `rejects`.
    """
    lines, objects, blanks = [], [], 0
    for line, record in enumerate(records, 1):
        if isinstance(record, dict):
            if all(value is None or (isinstance(value, str) and not value.strip()) for value in record.values()):
                blanks += 1
            else:
                lines.append(line)
                objects.append(record)
        elif record is None:
            blanks += 1
        else:
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not an object with named values", compact_json(record))
    return lines, objects, blanks


def column_keys(objects: Sequence[dict[str, Any]], where: str) -> dict[str, str]:
    """Source key -> column name, in the order of first sight.

    Raises PermanentFailure if two keys mean one column.
    """
    found = dict.fromkeys(key for record in objects for key in record)
    refuse_many_names(found, len(objects), where)
    keys = {key: clean_name(key) for key in found}
    twice = sorted(name for name, times in Counter(keys.values()).items() if times > 1 or name in (LINE, ""))
    if twice:
        hint = "give every value its own name"
        what = f"names occur twice, are empty or reserved: {twice[:10]}"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", what, where, hint)
    return keys


def refuse_many_names(names: Sized, rows: int, where: str) -> None:
    """Raises PermanentFailure where records have so many different names that these are values themselves."""
    if len(names) > MOST_COLUMNS or (len(names) > _MANY_NAMES and len(names) * rows > _MOST_CELLS):
        what = f"its records have {len(names):,} different names, so values stand where names should"
        hint = "have it delivered as records that all have the same few names"
        raise PermanentFailure("FILE-JSON", what, where, hint)


def text_frame(lines: Sequence[int], objects: Sequence[dict[str, Any]], keys: dict[str, str]) -> pl.DataFrame:
    """The values under these keys as text columns, and where each record stands."""
    columns = {
        name: pl.Series(name, [cell(record.get(key)) for record in objects], dtype=pl.String)
        for key, name in keys.items()
    }
    return pl.DataFrame({**columns, LINE: pl.Series(LINE, lines, dtype=pl.Int64)})
