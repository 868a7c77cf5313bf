"""Which columns of which models are watched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from assets.models import models
from quality.contract.watch import ColumnWatch


@cache
def watched_columns() -> Mapping[str, Mapping[str, ColumnWatch]]:
    """By model, its watched columns and how; models without one are not there."""
    found = {
        name: {column: said.watch for column, said in model.columns.items() if said.watch is not None}
        for name, model in models().items()
    }
    return {name: columns for name, columns in found.items() if columns}


@cache
def watch_of(quantity: str) -> ColumnWatch:
    """How the column of this name is watched: one name means one quantity. KeyError where none is."""
    return {column: watch for columns in watched_columns().values() for column, watch in columns.items()}[quantity]


@cache
def unit_watched(quantity: str) -> str:
    """The unit in which the watched column of this name is stored. KeyError where none is watched."""
    units = {
        column: models()[name].columns[column].unit for name, columns in watched_columns().items() for column in columns
    }
    return units[quantity] or ""
