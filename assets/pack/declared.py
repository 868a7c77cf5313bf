"""What a pack declares by name, parameters and tables: a name that it has not is a mistake with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import closest
from quality.contract.yaml_file import line_of

T = TypeVar("T")


class Declared(dict[str, T]):
    """What a pack declares by name. Raises ContractError, with file and line, for a name that it has not."""

    def __init__(self, values: Mapping[str, T], missing: Callable[[str, Collection[str]], Mistake]) -> None:
        """`missing` makes the mistake, of a name and those that there are."""
        super().__init__(values)
        self._missing = missing

    def __missing__(self, name: str) -> T:
        raise ContractError(self._missing(name, self.keys()))


def parameters_of(values: Mapping[str, Any], path: Path) -> Declared[Any]:
    """The parameters of a pack; `path` is its metrics.yaml."""
    return Declared(values, partial(_no_parameter, path))


def tables_of(values: Mapping[str, pl.DataFrame], folder: Path) -> Declared[pl.DataFrame]:
    """The further tables of a pack, one for each CSV in its folder."""
    return Declared(values, partial(_no_table, folder))


def _no_parameter(path: Path, name: str, there: Collection[str]) -> Mistake:
    near = closest(name, there)
    hint = f"rename {near}" if near else f"write `{name}: ...` below `parameters`"
    return Mistake(f"there is no parameter {name!r}", path, line_of(path, ("parameters",)), "parameters", hint)


def _no_table(folder: Path, name: str, there: Collection[str]) -> Mistake:
    near = closest(name, there)
    hint = f"rename {near}.csv" if near else "add the file beside areas.csv"
    return Mistake("there is no such file", folder / f"{name}.csv", hint=hint)
