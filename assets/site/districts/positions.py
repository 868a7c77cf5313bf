"""Where an area stands among the others of its city, and where that cannot be said. In rows of metric.latest.

Values stand beside each other that are of the same period and were made in the same way. A metric of comparability X0
stands beside nothing, not even the city's own areas (docs/benchmark.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.site.figures.dots import ranks

Row = Mapping[str, Any]
_SAME = ("period", "period_start", "method", "standard", "unit")


@dataclass(frozen=True)
class Position:
    """rank: 1 is the best where one way is better, else the highest; empty: it has none. why: then, a key of messages:
    relative, absent, other_period, other_method, alone."""

    rank: str
    among: int
    why: str = ""


def positions_of(rows: Sequence[Row], shown: Mapping[str, str]) -> dict[str, Position]:
    """By area, where each stands. rows: of one metric, a row for each area; shown: by area, its value as it is read."""
    there = [row for row in rows if row["value"] is not None]
    group = _largest([row for row in there if row["comparability"] != "X0"])
    if group:
        lower = group[0]["direction"] == "lower"
        group = sorted(group, key=lambda row: (row["value"] if lower else -row["value"], row["area"]))
    found = {row["area"]: Position("", 0, _why_not(row, group)) for row in rows}
    if len(group) > 1:
        for row, rank in zip(group, ranks([shown[row["area"]] for row in group]), strict=True):
            found[row["area"]] = Position(rank, len(group))
    return found


def _largest(rows: Sequence[Row]) -> list[Row]:
    """The rows that most others are like; of groups that are as large, the newest."""
    counted = Counter(_key(row) for row in rows)
    if not counted:
        return []
    key = max(counted, key=lambda one: (counted[one], *map(str, (one[1], *one))))
    return [row for row in rows if _key(row) == key]


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _SAME)


def _why_not(row: Row, group: Sequence[Row]) -> str:
    if row["value"] is None:
        return "absent"
    if row["comparability"] == "X0":
        return "relative"
    if row in group:
        return "alone"
    same_period = [row[name] for name in _SAME[:2]] == [group[0][name] for name in _SAME[:2]]
    return "other_method" if same_period else "other_period"
