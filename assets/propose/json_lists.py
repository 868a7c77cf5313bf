"""Which lists of a JSON document are tables: those of objects, also inside of records where these are of moments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

_DEEPEST = 6
_TIME_NAME = re.compile(r"(?i)time|date|epoch|^ts$|^at$")
_TIME = re.compile(r"[12]\d{3}[-/.]?\d\d[-/.]?\d\d")


def lists_in(value: Any, path: str = "", depth: int = _DEEPEST) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lists of objects at dotted paths. Of records that each have a list of moments, those of all together."""
    if isinstance(value, list):
        records = [one for one in value if isinstance(one, dict)]
        if not records or len(records) * 2 <= len(value):
            return
        inner = [*_moments(records, path, depth)]
        yield from inner or [(path, records)]
    elif isinstance(value, dict) and depth > 0:
        for key, one in value.items():
            if "." not in key and key:
                yield from lists_in(one, f"{path}.{key}" if path else key, depth - 1)


def _moments(records: Sequence[dict[str, Any]], path: str, depth: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    together: dict[str, list[Any]] = {}
    for record in records if depth > 0 else ():
        for key, one in record.items():
            if isinstance(one, list) and "." not in key and key:
                together.setdefault(key, []).extend(one)
    plain = any(not isinstance(one, list) for record in records for one in record.values())
    for key, values in together.items():
        for found, inner in lists_in(values, f"{path}.{key}" if path else key, depth - 1):
            if not plain or _timed(inner[0]):
                yield found, inner


def _timed(record: dict[str, Any]) -> bool:
    """Whether a record says a time."""
    return any(_TIME_NAME.search(key) or (isinstance(one, str) and _TIME.match(one)) for key, one in record.items())
