"""A key that makes each row of the sample unique, or a doubt that says that none was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.propose.cells import Cells
from assets.propose.entries import own_name
from assets.propose.seen import Doubt, Look
from assets.propose.tried import Tried, same_keys, tried
from quality.contract.models import Model

_FEW, _PARTS = 0.001, 0.02  # shares of repeated keys: none that matter, and parts or repeated deliveries

_MOST_TOGETHER = 4  # columns that tell rows apart only together


def some_key(columns: dict[str, Any], cells: Mapping[str, Cells], taken: Mapping[str, str]) -> Doubt | None:
    """Makes columns part of a key where there is none: one whose texts are all different, else all texts and codes.

    `columns` are those of the file, which are changed; `taken`: columns of models, by the name as delivered.
    """
    texts = [name for name, column in cells.items() if not column.numeric or column.coded or column.whole]
    filled = [name for name in texts if cells[name].texts.null_count() == 0 and name not in taken]
    unique = [
        name
        for name in texts
        if cells[name].distinct == cells[name].texts.len() and cells[name].texts.null_count() == 0
    ]
    unique.sort(key=lambda name: re.search(r"(?i)id$|code|코드|번호", name) is None)
    chosen = (
        unique[:1]
        or [name for name in filled if cells[name].distinct > 1 and not cells[name].numeric][:6]
        or filled[:1]
    )
    for name in chosen:
        own = next((one for one, said in columns.items() if isinstance(said, dict) and said["from"] == name), None)
        said = cells[name].header.said
        entry = {"from": name, "type": "string", "meaning": f"{said}, as delivered"}
        columns[own or own_name(said, columns)] = (columns[own] if own else entry) | {"key": True}
        if own and columns[own].get("type") in ("number", "integer"):
            columns[own] = entry | {"key": True}
    return (
        Doubt(("columns",), f"Are these the columns that make a row unique: {', '.join(chosen)}?") if chosen else None
    )


def with_key(
    found: Tried, cells: Mapping[str, Cells], seen: Look, name: str, models: Mapping[str, Model], zone: str
) -> Tried:
    """The same with a key that is unique in the sample, where one column or two make it so."""
    again = same_keys(found.contract, found.parsed.rows)
    if again <= _FEW:
        return found
    if again <= _PARTS:
        text = f"{again:.1%} of the rows have the key of another: are they parts (`combine: sum`), or corrections?"
        found.doubts.append(Doubt(("columns",), text))
        return found
    best = found
    for column in _candidates(found, cells):
        new = _extended(best.document, column, cells, best)
        try:
            attempt = tried(new, seen, name, models, zone)
        except PermanentFailure:
            continue
        share = same_keys(attempt.contract, attempt.parsed.rows)
        if share < 0.5 * same_keys(best.contract, best.parsed.rows):
            attempt.doubts = [
                *best.doubts,
                *attempt.doubts,
                Doubt(("columns",), f"{column} is part of the key: without it rows are not unique."),
            ]
            best = attempt
        if share <= _FEW:
            return best
    best = _with_several(best, cells, seen, name, models, zone)
    left = same_keys(best.contract, best.parsed.rows)
    if left > _FEW:
        best.doubts.append(
            Doubt(("columns",), f"{left:.0%} of the rows have the key of another: which column tells them apart?")
        )
    return best


def _with_several(
    found: Tried, cells: Mapping[str, Cells], seen: Look, name: str, models: Mapping[str, Model], zone: str
) -> Tried:
    """The same with a key of the few columns that tell rows apart only together."""
    if same_keys(found.contract, found.parsed.rows) <= _FEW:
        return found
    columns = _together(found, cells)
    if not columns:
        return found
    new = found.document
    for column in columns:
        new = _extended(new, column, cells, found)
    try:
        attempt = tried(new, seen, name, models, zone)
    except PermanentFailure:
        return found
    if same_keys(attempt.contract, attempt.parsed.rows) > _FEW:
        return found
    text = f"{' and '.join(columns)} are part of the key: without them rows are not unique."
    attempt.doubts = [*found.doubts, *attempt.doubts, Doubt(("columns",), text)]
    return attempt


def _together(found: Tried, cells: Mapping[str, Cells]) -> list[str]:
    """The fewest columns that make the delivered texts of a key unique, one after the other; none where none do."""
    of_key = {s for c in found.contract.columns if c.name in found.contract.key for s in c.spec.sources}
    joined = found.document["files"].get("layout", {}).get("join", {})
    of_key |= {name for new in of_key & joined.keys() for name in re.findall(r"\{([^{}]+)\}", joined[new])}
    texts = {name: column.texts for name, column in cells.items() if name in of_key}
    codes = [name for name, column in cells.items() if column.whole and column.distinct <= 200]
    others = [name for name in dict.fromkeys([*_candidates(found, cells), *codes]) if name not in texts][:16]
    frame = pl.DataFrame({**texts, **{name: cells[name].texts for name in others}})
    if frame.is_empty():
        return []

    def unlike(names: list[str]) -> float:
        return frame.select(*texts, *names).n_unique() / frame.height if texts or names else 0.0

    chosen = list[str]()
    while others and unlike(chosen) < 1 - _FEW and len(chosen) < _MOST_TOGETHER:
        best = max(others, key=lambda one: unlike([*chosen, one]))
        chosen.append(best)
        others.remove(best)
    for one in list(chosen):
        rest = [name for name in chosen if name != one]
        chosen = rest if unlike(rest) >= 1 - _FEW else chosen
    return chosen if unlike(chosen) >= 1 - _FEW else []


def _candidates(found: Tried, cells: Mapping[str, Cells]) -> list[str]:
    """Delivered columns that may tell rows apart: texts and codes that have few empty cells, the fewest texts first."""
    key = set(found.contract.key)
    used = {source for column in found.contract.columns if column.name in key for source in column.spec.sources}
    some = [
        name
        for name, column in cells.items()
        if name not in used
        and column.distinct > 1
        and column.texts.null_count() <= 0.01 * column.texts.len()
        and (not column.numeric or column.coded or (column.whole and column.distinct <= 200))
    ]
    return sorted(some, key=lambda name: (cells[name].numeric, cells[name].distinct))[:12]


def _extended(document: dict[str, Any], column: str, cells: Mapping[str, Cells], found: Tried) -> dict[str, Any]:
    """The document with a column of its own in the key."""
    columns = dict(document["columns"])
    own = next(
        (
            one
            for one, said in columns.items()
            if isinstance(said, dict) and said.get("type") and said["from"] == column
        ),
        None,
    )
    said = cells[column].header.said
    new = own or own_name(said, [*columns, *(c.name for c in found.contract.columns)])
    columns[new] = {"from": column, "type": "string", "meaning": f"{said}, as delivered", "key": True}
    return document | {"columns": columns}
