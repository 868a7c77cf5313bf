"""Two documents beside each other: what only one of them has, and what is different, with the place in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What the parts of a place are called where something with a name stands below them.
_KINDS: Mapping[str, str] = {
    "feeds": "feed",
    "columns": "column",
    "rules": "rule",
    "metrics": "metric",
    "areas": "area",
    "models": "model",
    "standards": "standard",
    "entries": "metric of Madang",
    "editions": "edition",
    "tables": "table",
    "rows": "row",
    "parameters": "parameter",
    "figures": "expected figure",
    "own_metrics": "metric of its own",
}
_LONGEST = 120  # signs of a value in a sentence
_MISSING = object()


@dataclass(frozen=True)
class DocumentDifference:
    """One place at which two documents differ. `one`, `other`: what stands there, as text; None: nothing does."""

    place: Sequence[str]
    one: str | None
    other: str | None

    def said(self, one: str, other: str) -> str:
        """In words; `one` and `other` are what the documents are called, as in `here`."""
        where = place_in_words(self.place)
        if self.one is None:
            return f"{where}: only in {other}" + ("" if self.other in (None, "") else f" ({self.other})")
        if self.other is None:
            return f"{where}: only in {one}" + ("" if self.one == "" else f" ({self.one})")
        return f"{where}: {self.one} in {one}, {self.other} in {other}"


def differences_between(one: Any, other: Any, place: Sequence[str] = ()) -> Iterator[DocumentDifference]:
    """In what two documents of mappings, lists and values differ, in the order of their keys."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*map(str, one), *map(str, other)}):
            left, right = one.get(key, _MISSING), other.get(key, _MISSING)
            yield from differences_between(left, right, (*place, key))
    elif one is _MISSING or other is _MISSING:
        yield DocumentDifference(place, _shown(one), _shown(other))
    elif one != other:
        yield DocumentDifference(place, _shown(one) or "nothing", _shown(other) or "nothing")


def place_in_words(place: Sequence[str]) -> str:
    """("feeds", "air", "columns", "pm25", "unit") as "feed air, column pm25, unit"."""
    words, parts = list[str](), list(place)
    while parts:
        part = parts.pop(0)
        if part in _KINDS and parts:
            words.append(f"{_KINDS[part]} {parts.pop(0)}")
        else:
            words.append(part.replace("_", " "))
    return ", ".join(words)


def _shown(value: Any) -> str | None:
    """A value as a sentence has it; of a mapping only that it is there. None: it is not."""
    if value is _MISSING:
        return None
    if isinstance(value, Mapping):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
