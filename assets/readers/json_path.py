"""Where the records of a JSON document are: a dotted path to a list, through lists, to one object, or to columns.

A path that goes through a list opens each of its elements: what else stands in an element is beside each record that
comes out of it, under the name of the list (`stations.name`), or bare where the list has no name. An object whose
values are all arrays of one length is a table by columns, `{"time": [...], "pm2_5": [...]}`; single values of the
object around it are beside each row, and units that it states (`hourly_units`) are NAME.unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assets.failures import PermanentFailure
from assets.readers.json_records import compact_json
from assets.readers.rows import without_addresses

Record = dict[str, Any]
_MOST_REPEATED = 50_000_000  # values that are written again beside records
_KEYS_OF_AN_ERROR = 8
_PROBLEM = frozenset(["type", "title", "status", "detail", "instance"])  # RFC 7807
_NO_UNITS = ("iso8601", "unixtime", "")  # formats of times


class Repeated:
    """Counts what is written again for each record, so that a small file cannot become a huge table."""

    def __init__(self, where: str) -> None:
        self.where, self.values = where, 0

    def take(self, around: Mapping[str, Any], rows: int) -> None:
        """These values for so many records. Raises PermanentFailure where they are too many in all."""
        self.values += (compact_json(around).count(",") + 1) * rows
        if self.values > _MOST_REPEATED:
            what = f"what stands around the records would be written more than {_MOST_REPEATED:,} times"
            raise PermanentFailure("FILE-JSON", what, self.where, "deliver fewer records in one file")


def records_at(document: Any, path: str | None, where: str) -> list[Any]:
    """The records at a dotted path. Raises PermanentFailure where there are none, or columns differ in length."""
    found = _walked(document, path.split(".") if path else [], "", {}, Repeated(where))
    error = path is None and isinstance(document, dict) and len(document) <= _KEYS_OF_AN_ERROR and _message(document)
    if found is None or error:
        raise _no_records(document, path, where)
    return found


def by_columns(value: Any) -> bool:
    """Whether an object is a table by columns: at least two arrays of plain values, and nothing else."""
    if not isinstance(value, dict) or len(value) < 2 or not all(isinstance(array, list) for array in value.values()):
        return False
    return any(value.values()) and not any(isinstance(one, list | dict) for array in value.values() for one in array)


def _walked(value: Any, keys: list[str], name: str, around: Record, repeated: Repeated) -> list[Any] | None:
    if keys and isinstance(value, list):
        parts = [_opened(one, keys, name, around, repeated) for one in value]
        found = [record for part in parts for record in part or ()]
        return found if any(part is not None for part in parts) or not value else None
    if keys:
        inner = value.get(keys[0]) if isinstance(value, dict) else None
        if len(keys) == 1 and by_columns(inner):
            assert isinstance(value, dict)
            assert isinstance(inner, dict)
            units = value.get(f"{keys[0]}_units")
            single = {key: one for key, one in value.items() if not isinstance(one, list | dict)}
            return _beside(_rows(inner, units, repeated.where), single | around, repeated)
        return _walked(inner, keys[1:], keys[0], around, repeated)
    if isinstance(value, list):
        return _beside(value, around, repeated)
    if by_columns(value):
        return _beside(_rows(value, None, repeated.where), around, repeated)
    if isinstance(value, dict) and value and not any(_has_objects(inner) for inner in value.values()):
        return _beside([value], around, repeated)
    return None


def _opened(one: Any, keys: list[str], name: str, around: Record, repeated: Repeated) -> list[Any] | None:
    """The records below an element of a list."""
    if not isinstance(one, dict):
        return [] if one is None else [one]
    if by_columns(one.get(keys[0])) and len(keys) == 1:
        return _walked(one, keys, "", around, repeated)
    rest = {key: inner for key, inner in one.items() if key != keys[0] and not _has_list(inner)}
    own = {f"{name}.{key}": inner for key, inner in rest.items()} if name else rest
    return _walked(one, keys, name, around | own, repeated)


def _beside(records: list[Any], around: Record, repeated: Repeated) -> list[Any]:
    """The records with what stands around them; a name that both have is the record's own."""
    if not around:
        return records
    repeated.take(around, len(records))
    return [_with(record, around) if isinstance(record, dict) else record for record in records]


def _with(record: Record, around: Record) -> Record:
    own = {f"outer.{key}" if key in record else key: value for key, value in around.items()}
    return {**own, **record}


def _rows(columns: Mapping[str, list[Any]], units: Any, where: str) -> list[Any]:
    lengths = {len(array) for array in columns.values()}
    if len(lengths) > 1:
        what = (
            f"its arrays differ in length ({min(lengths):,} to {max(lengths):,}), so it is unclear what stands together"
        )
        raise PermanentFailure("FILE-JSON", what, where, "have it delivered again, or as a list of records")
    said = {f"{name}.unit": unit for name, unit in units.items()} if isinstance(units, dict) else {}
    said = {name: unit for name, unit in said.items() if isinstance(unit, str) and unit not in _NO_UNITS}
    names = [*columns]
    return [dict(zip(names, values, strict=True)) | said for values in zip(*columns.values(), strict=True)]


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _has_list(value: Any) -> bool:
    """Whether a value is a list, or an object of lists."""
    return isinstance(value, list) or (isinstance(value, dict) and any(isinstance(v, list) for v in value.values()))


def _message(document: Mapping[str, Any]) -> str | None:
    """What a service says in place of records."""
    if document.keys() <= _PROBLEM and isinstance(document.get("detail", document.get("title")), str):
        return str(document.get("detail", document.get("title")))[:200]
    found = re.search(r'"(?:MESSAGE|message|errMsg|error)":"([^"]{1,200})"', compact_json(document)[:10_000])
    return None if found is None else found[1]


def _no_records(document: Any, path: str | None, where: str) -> PermanentFailure:
    top = f"the keys {sorted(document)[:10]}" if isinstance(document, dict) else f"a {type(document).__name__}"
    message = _message(document) if isinstance(document, dict) else None
    said = f"; it says {without_addresses(message)!r}" if message else ""
    what = f"there is no array of records at {path or 'the top level'!r}, the document has {top}{said}"
    return PermanentFailure(
        "FILE-JSON", what, where, "correct `records` in the layout, or ask the partner what changed"
    )
