"""Columns that are one column under two names: the one stands in some files, the other in the rest."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import polars as pl

from assets.propose.names import header_of
from assets.propose.seen import Look
from assets.propose.vocabulary import Vocabulary
from assets.readers.rows import blank

_LEAST_TOGETHER = 0.8  # share of the rows in which one of both says something


def united(seen: Look, vocabulary: Vocabulary) -> Look:
    """The look with such columns as one; its other names are in `also`."""
    for one, other in combinations(
        sorted(seen.sometimes.intersection(seen.rows.columns), key=seen.rows.columns.index), 2
    ):
        if one not in seen.rows.columns or other not in seen.rows.columns:
            continue
        first, second = (~blank(seen.rows[name]) for name in (one, other))
        apart = not (first & second).any() and first.any() and second.any()
        if (
            apart
            and int((first | second).sum()) >= _LEAST_TOGETHER * seen.rows.height
            and _alike(one, other, vocabulary)
        ):
            seen = _as_one(seen, one, other)
    return seen


def _alike(one: str, other: str, vocabulary: Vocabulary) -> bool:
    """Whether the names may mean one column of a model."""
    meant = [{(m.model, m.column) for m in vocabulary.meanings(header_of(name))} for name in (one, other)]
    return bool(meant[0] & meant[1])


def _as_one(seen: Look, one: str, other: str) -> Look:
    rows = seen.rows.with_columns(pl.coalesce(one, other).alias(one)).drop(other)
    names = (*seen.also.get(one, ()), other, *seen.also.get(other, ()))
    also = {name: others for name, others in seen.also.items() if name != other} | {one: tuple(dict.fromkeys(names))}
    return replace(seen, rows=rows, also=also, sometimes=seen.sometimes - {one, other})
