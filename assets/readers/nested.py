"""Records with objects inside -> columns of text under dotted names: `pm25.value`, `parameter.units`.

A point is NAME.lon and NAME.lat. A text in several languages, as `[{"text": ..., "language": ...}]`, is NAME in the
first of them and NAME.LANGUAGE in each. Lists, other geometries, and what is deeper than DEEPEST stay JSON text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from assets.readers.json_records import column_keys, compact_json, objects_of, text_frame
from assets.readers.json_reply import reply_rows
from assets.readers.points import is_geometry, lon_lat
from assets.readers.rows import LINE, Rejects, drop_unnamed

Record = dict[str, Any]
DEEPEST = 12  # levels of objects that become names


def nested_rows(records: Sequence[Any], where: str, rejects: Rejects) -> tuple[pl.DataFrame, int]:
    """The rows of records, and how many are blank. What is no object is added to `rejects`.

    Raises PermanentFailure where two values of a record have one name, or there are far too many names.
    """
    lines, objects, blanks = objects_of(records, rejects)
    keys = column_keys(objects, where)
    if not any(isinstance(value, dict | list) for record in objects for value in record.values()):
        return drop_unnamed(text_frame(lines, objects, keys)), blanks
    raw = reply_rows([opened(record) for record in objects], where)
    at = pl.Series(LINE, lines, dtype=pl.Int64).gather(raw.frame[LINE] - 1)
    return drop_unnamed(raw.frame.with_columns(at)), blanks + raw.blank_rows


def opened(record: Record, depth: int = 1) -> Record:
    """A record as its columns are to be named, levels of objects kept."""
    found: Record = {}
    for name, value in record.items():
        if isinstance(value, list) and value and all(map(_is_text, value)):
            found[name] = value[0]["text"]
            found |= {f"{name}.{one['language']}": one["text"] for one in value}
        elif not isinstance(value, dict) or not value:
            found[name] = value
        elif is_geometry(value):
            place = lon_lat(value)
            found[name] = compact_json(value) if place is None else {"lon": place[0], "lat": place[1]}
        else:
            found[name] = opened(value, depth + 1) if depth < DEEPEST else compact_json(value)
    return found


def _is_text(one: Any) -> bool:
    if not isinstance(one, dict) or one.keys() != {"text", "language"}:
        return False
    return isinstance(one["text"], str) and isinstance(one["language"], str)
