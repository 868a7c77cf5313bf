"""A condition on readings, taken apart: what has to hold all, and what of it is decided before a reading is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import polars as pl

from assets.metrics.sql import expression_of, names_in, parameters_in, with_parameters

_SIGNS = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\(|\)|\b(?:and|or)\b""", re.IGNORECASE)


def conjuncts(where: str) -> list[str]:
    """The parts of a condition (Polars SQL, may be empty) that have to hold all; one with an OR is its only part."""
    cut, depth = [0], 0
    for found in _SIGNS.finditer(where):
        sign = found[0].lower()
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and sign == "or":
            return [where]
        if depth == 0 and sign == "and":
            cut += [found.start(), found.end()]
    parts = list[str]()
    for piece in (where[begin:end] for begin, end in zip(cut[::2], [*cut[1::2], len(where)], strict=True)):
        if parts and not _is_whole(parts[-1]):  # the AND was that of BETWEEN 1 AND 2
            parts[-1] += f"AND{piece}"
        elif piece.strip():
            parts.append(piece)
    return parts


def holds_of(part: str, known: Mapping[str, Any], types: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether a part holds of every reading that has these values (None: nothing) in the columns it reads.

    types: Polars types of the columns. A part with a parameter that the pack lacks is taken to hold: where the
    expression is tried, that is said.
    """
    if not set(parameters_in(part)) <= parameters.keys():
        return True
    of_columns = tuple((name, value, types[name]) for name, value in known.items())
    return _holds(_Asked(with_parameters(part, parameters), of_columns, part, parameters))


@dataclass(frozen=True)
class _Asked:
    """A question of `holds_of`: the same one has the same text with its parameters in it, and the same columns."""

    filled: str
    of_columns: tuple[tuple[str, Any, Any], ...]  # name, value, type
    part: str = field(compare=False)
    parameters: Mapping[str, Any] = field(compare=False)


@lru_cache(maxsize=1024)  # which feeds give 80 metrics asks 527 questions, 79 different ones: 0.1 s of CPU
def _holds(asked: _Asked) -> bool:
    reading = pl.DataFrame(
        {name: [value] for name, value, _ in asked.of_columns}, schema={name: of for name, _, of in asked.of_columns}
    )
    try:
        return reading.filter(expression_of(asked.part, asked.parameters)).height > 0
    except pl.exceptions.PolarsError:
        return False


def may_be(where: str | None, column: str, value: str | None, parameters: Mapping[str, Any]) -> bool:
    """Whether a reading with this text in a column may be among those that a condition asks for."""
    asked = (part for part in conjuncts(where or "") if names_in(part) == [column])
    return all(holds_of(part, {column: value}, {column: pl.String()}, parameters) for part in asked)


def _is_whole(part: str) -> bool:
    try:
        names_in(part)
    except ValueError:
        return False
    return True
