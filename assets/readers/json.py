"""JSON and GeoJSON text -> rows of text, also for records that carry whole series of values.

No types and no rules; numbers keep the digits of the source (1.10 stays 1.10).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import (
    LINE,
    Layout,
    RawRows,
    Rejects,
    SeriesLayout,
    clean_name,
    drop_unnamed,
    without_addresses,
)

_LITERAL_CUT = ("Expecting value", "Invalid \\", "Invalid control")


class Number(str):
    """The digits of a JSON number, told apart from a JSON string."""

    __slots__ = ()


def compact(value: Any) -> str:
    """JSON text without spaces; numbers as they were delivered, which json.dumps can not do."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact(str(key))}:{compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def cell(value: Any) -> str | None:
    """A value as text: scalars as written, nested values as compact JSON, empty text and null as null."""
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, str) else compact(value)


def read_json(member: str, where: str, text: str, layout: Layout, encoding: str) -> RawRows:
    document = _parse(text, where)
    rejects = Rejects()
    if layout.kind == "geojson":
        frame, blanks = _features(document, where, rejects)
    else:
        records = _find(document, layout.records, where)
        if layout.series:
            frame, blanks = _series(records, layout.series, where, _start(member, where, layout.series), rejects)
        else:
            frame, blanks = _flat(records, where, rejects)
    return RawRows(frame, rejects.frame(), blanks, member, encoding)


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)
    except RecursionError as error:
        hint = "this is no data feed; ask the partner what it is"
        raise PermanentFailure("FILE-JSON", "values are nested too deep", where, hint) from error
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        cut = (
            not rest
            or error.msg.startswith("Unterminated string")
            or re.fullmatch(r"[.eE][+-]?", rest) is not None  # in the middle of a number
            or (len(rest) <= 12 and error.msg.startswith(_LITERAL_CUT) and not rest.endswith(("}", "]")))
        )
        place = f"line {error.lineno}, column {error.colno}"
        if cut:
            what = f"the JSON ends in the middle ({place}), so it was cut short"
            hint = "have it delivered again and compare the size with the sender's"
            raise PermanentFailure("FILE-TRUNCATED", what, where, hint) from error
        hint = "have it delivered as one JSON document (not one per line), checked with a JSON validator"
        raise PermanentFailure("FILE-JSON", f"it is not valid JSON: {error.msg} at {place}", where, hint) from error


def _find(document: Any, path: str | None, where: str) -> list[Any]:
    found = document
    for key in path.split(".") if path else ():
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    top = f"the keys {sorted(document)[:10]}" if isinstance(document, dict) else f"a {type(document).__name__}"
    message = re.search(r'"(?:MESSAGE|message|errMsg|error)":"([^"]{1,200})"', compact(document)[:10_000])
    said = f"; it says {without_addresses(message[1])!r}" if message else ""
    what = f"there is no array of records at {path or 'the top level'!r}, the document has {top}{said}"
    raise PermanentFailure("FILE-JSON", what, where, "correct `records` in the layout, or ask the partner what changed")


def _objects(records: Iterable[Any], rejects: Rejects) -> tuple[list[int], list[dict[str, Any]], int]:
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
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not an object with named values", compact(record))
    return lines, objects, blanks


def _keys(objects: Iterable[dict[str, Any]], where: str) -> dict[str, str]:
    """Source key -> column name, in the order of first sight."""
    keys = {key: clean_name(key) for key in dict.fromkeys(key for record in objects for key in record)}
    names = list(keys.values())
    twice = sorted({name for name in names if names.count(name) > 1 or name in (LINE, "")})
    if twice:
        hint = "give every value its own name"
        what = f"names occur twice, are empty or reserved: {twice[:10]}"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", what, where, hint)
    return keys


def _frame(lines: Sequence[int], objects: Sequence[dict[str, Any]], keys: dict[str, str]) -> pl.DataFrame:
    columns = {
        name: pl.Series(name, [cell(record.get(key)) for record in objects], dtype=pl.String)
        for key, name in keys.items()
    }
    return pl.DataFrame({**columns, LINE: pl.Series(LINE, lines, dtype=pl.Int64)})


def _flat(records: list[Any], where: str, rejects: Rejects) -> tuple[pl.DataFrame, int]:
    lines, objects, blanks = _objects(records, rejects)
    return drop_unnamed(_frame(lines, objects, _keys(objects, where))), blanks


def _features(document: Any, where: str, rejects: Rejects) -> tuple[pl.DataFrame, int]:
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    features = document.get("features") if isinstance(document, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        what = f"it is not a GeoJSON FeatureCollection (its type is {kind!r})"
        hint = "have it exported as GeoJSON FeatureCollection, not as TopoJSON or a single geometry"
        raise PermanentFailure("FILE-JSON", what, where, hint)
    lines, objects = [], []
    for line, feature in enumerate(features, 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        properties = (feature.get("properties") or {}) if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not a feature with properties", compact(feature))
        elif not isinstance(geometry, dict) or not (geometry.get("coordinates") or geometry.get("geometries")):
            rejects.add(line, "ROW-NO-GEOMETRY", "this feature has no geometry", compact(feature))
        elif "geometry" in properties:
            hint = "rename that property"
            raise PermanentFailure("FILE-DUPLICATE-COLUMN", "a property is named 'geometry'", where, hint)
        else:
            own = {} if "id" in properties or feature.get("id") is None else {"id": feature["id"]}
            lines.append(line)
            objects.append({**own, **properties, "geometry": geometry})
    keys = {key: name for key, name in _keys(objects, where).items() if key != "geometry"}
    return _frame(lines, objects, {**keys, "geometry": "geometry"}), 0


def _start(member: str, where: str, series: SeriesLayout) -> datetime:
    """The date is in the name only: the file of living population has no time stamp inside."""
    for name in (member, where):
        if found := re.search(series.start_pattern, name):
            try:
                return datetime.strptime(found[1], series.start_format)  # noqa: DTZ007 - local time, as delivered
            except (ValueError, TypeError):
                continue
    what = f"its name does not give a start date ({series.start_pattern!r} as {series.start_format!r})"
    raise PermanentFailure("FILE-NAME", what, where, "deliver it under the agreed name, or correct start_pattern")


def _series(
    records: list[Any], series: SeriesLayout, where: str, start: datetime, rejects: Rejects
) -> tuple[pl.DataFrame, int]:
    """One row per (record, array, index); a wrong array is one reject, the others of the record are kept."""
    lines, objects, blanks = _objects(records, rejects)
    present = [name for name in series.arrays if any(name in record for record in objects)]
    if objects and not present:
        what = f"no record has any of the arrays {sorted(series.arrays)}"
        raise PermanentFailure("FILE-NO-HEADER", what, where, "correct `arrays` in the layout, or ask what changed")
    keys = {key: name for key, name in _keys(objects, where).items() if key not in series.arrays}
    outputs = [series.label_column, series.time_column, series.value_column]
    if taken := sorted(set(outputs) & set(keys.values())):
        hint = "choose other names for label_column, value_column, time_column in the layout"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", f"the records already have {taken}", where, hint)
    owners: list[int] = []
    labels: list[str] = []
    values: list[str | None] = []
    for owner, record in enumerate(objects):
        for name in present:
            array = record.get(name)
            reason = _wrong(array, series.length)
            if reason:
                rejects.add(lines[owner], "ROW-ARRAY", f"array {name!r} {reason}", compact(record))
                continue
            owners.append(owner)
            labels.append(series.arrays[name])
            values.extend(map(cell, array))  # type: ignore[arg-type]
    times = [(start + timedelta(minutes=series.step_minutes * step)).isoformat() for step in range(series.length)]
    rows = np.repeat(np.arange(len(owners)), series.length)
    frame = pl.DataFrame(
        {
            series.label_column: pl.Series(labels, dtype=pl.String)[rows],
            series.time_column: pl.Series(times, dtype=pl.String)[np.tile(np.arange(series.length), len(owners))],
            series.value_column: pl.Series(values, dtype=pl.String),
        }
    )
    scalars = _frame(lines, objects, keys)[np.repeat(np.array(owners, dtype=np.int64), series.length)]
    return pl.concat([scalars.drop(LINE), frame, scalars.select(LINE)], how="horizontal"), blanks


def _wrong(array: Any, length: int) -> str | None:
    if not isinstance(array, list):
        return "is missing" if array is None else "is not an array"
    if len(array) != length:
        return f"has {len(array)} values instead of {length}"
    return "holds nested values" if any(isinstance(value, (list, dict)) for value in array) else None
