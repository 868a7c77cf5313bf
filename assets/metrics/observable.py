"""What an entry can observe, a model or a mart, and the columns that its rows have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from assets.mart import declared_marts, mart_contract
from assets.models import models


class ObservableColumn(NamedTuple):
    """A column of a model or a mart: its Polars type, and the unit of a number."""

    dtype: Any
    unit: str | None


@cache
def observable_columns(name: str) -> Mapping[str, ObservableColumn]:
    """The columns of a model or mart of this name; none of one that there is not."""
    if name in models():
        return {column: ObservableColumn(said.dtype, said.unit) for column, said in models()[name].columns.items()}
    if name in declared_marts():
        return {one.name: ObservableColumn(one.dtype, one.spec.unit) for one in mart_contract(name).columns}
    return {}


def observables() -> tuple[str, ...]:
    """The names of all models and marts."""
    return (*models(), *declared_marts())
