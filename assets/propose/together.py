"""Which tables belong to one feed: those of the same columns, also where names drifted over the years."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from assets.propose.looks_like import is_figure, is_missing
from assets.propose.table_seen import TableSeen
from quality.text import normalised

_SAME = 0.6  # share of all names of two tables that both have
_SIMILAR = 0.6  # of two names


def alike_tables(parts: Sequence[TableSeen]) -> list[list[tuple[TableSeen, Mapping[str, str]]]]:
    """Tables that are alike, each with its names in those of the group's last: the newest has those of today."""
    found: list[list[TableSeen]] = []
    for part in parts:
        mates = next((mates for mates in found if same_columns(mates[-1], part) is not None), None)
        if mates is None:
            found.append([part])
        else:
            mates.append(part)
    return [[(part, same_columns(part, mates[-1]) or {}) for part in mates] for mates in found]


def same_columns(one: TableSeen, other: TableSeen) -> Mapping[str, str] | None:
    """Names of the first table -> those of the second; None where they are tables of different columns."""
    if (one.kind in ("CSV", "XLSX")) != (other.kind in ("CSV", "XLSX")):
        return None
    if "series" in one.keys or "series" in other.keys:
        alike = _frame(one.keys) == _frame(other.keys) and set(one.columns) == set(other.columns)
        return {name: name for name in one.columns} if alike else None
    if _made_up(one) or _made_up(other):
        return dict(zip(one.columns, other.columns, strict=True)) if len(one.columns) == len(other.columns) else None
    names, others = {_key(name): name for name in one.columns}, {_key(name): name for name in other.columns}
    found = {names[key]: others[key] for key in names if key in others}
    rest, mates = [n for n in one.columns if n not in found], [n for n in other.columns if n not in found.values()]
    if not rest and not mates:
        return found
    if one.file == other.file and one.place != other.place and rest and mates:
        return None  # sheets and members beside each other are called alike on purpose, or not at all
    found |= _drifted(one, other, rest, mates)
    left = [(one, name) for name in one.columns if name not in found]
    left += [(other, name) for name in other.columns if name not in found.values()]
    if any(not _figures(part, name) and not _always_empty(part, name) for part, name in left):
        return None  # a column of texts may be of the key
    union = len(found) + len(left)
    return found if len(found) >= _SAME * union else None


def _frame(keys: Mapping[str, Any]) -> tuple[Any, Any]:
    series = keys.get("series", {})
    return series.get("length"), series.get("step_minutes")


def _made_up(part: TableSeen) -> bool:
    return bool(part.keys.get("names")) and part.columns[0] == "column_1"


def _key(name: str) -> str:
    return re.sub(r"[\s\"']", "", normalised(name)).casefold()


def _drifted(one: TableSeen, other: TableSeen, rest: Sequence[str], mates: Sequence[str]) -> dict[str, str]:
    """Names that are another way to say the same: at the same place among as many columns, or similar."""
    found: dict[str, str] = {}
    if len(one.columns) == len(other.columns) and len(rest) <= len(one.columns) / 2:
        pairs = [(name, mate) for name, mate in zip(one.columns, other.columns, strict=True) if name in rest]
        found |= {n: m for n, m in pairs if m in mates and _likeness(n, m) >= 0.4 and _alike(one, n, other, m)}
    for name in rest:
        free = [mate for mate in mates if mate not in found.values()]
        best = max(free, key=lambda mate: _likeness(name, mate), default=None)
        if name not in found and best and _likeness(name, best) >= _SIMILAR and _alike(one, name, other, best):
            found[name] = best
    return found


def _likeness(name: str, other: str) -> float:
    bare, mate = (re.sub(r"[(\[].*?[)\]]", "", _key(text)) for text in (name, other))
    digits = re.findall(r"\d+", bare) == re.findall(r"\d+", mate)
    return SequenceMatcher(None, bare, mate).ratio() if digits else 0.0


def _alike(one: TableSeen, name: str, other: TableSeen, mate: str) -> bool:
    return _figures(one, name) == _figures(other, mate) or _always_empty(one, name) or _always_empty(other, mate)


def _cells(part: TableSeen, name: str) -> list[str]:
    return [text for text in part.rows[name].head(200).drop_nulls() if not is_missing(text)]


def _figures(part: TableSeen, name: str) -> bool:
    cells = _cells(part, name)
    return bool(cells) and sum(map(is_figure, cells)) >= 0.8 * len(cells)


def _always_empty(part: TableSeen, name: str) -> bool:
    return not _cells(part, name)
