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
Used = Callable[[], Collection[str]]  # the names that somebody reads; asked for once something is wrong


class Declared(dict[str, T]):
    """What a pack declares by name. Raises ContractError, with file and line, for a name that it has not."""

    def __init__(self, values: Mapping[str, T], missing: Callable[[str, Collection[str]], Mistake], used: Used) -> None:
        """`missing` makes the mistake, of a name and those that nobody reads: one of them may be meant by it."""
        super().__init__(values)
        self._missing, self._used = missing, used

    def __missing__(self, name: str) -> T:
        raise ContractError(self.mistake(name))

    def mistake(self, name: str) -> Mistake:
        """What is to be said of a name that is not there."""
        used = self._used()
        return self._missing(name, [other for other in self if other not in used])


def parameters_of(values: Mapping[str, Any], path: Path, used: Used) -> Declared[Any]:
    """The parameters of a pack; `path` is its metrics.yaml."""
    return Declared(values, partial(_no_parameter, path), used)


def parameters_to_write(values: Mapping[str, Any]) -> Declared[Any]:
    """The parameters of a pack for whoever writes an entry of its own: there a name may be a slip of any of them."""
    return Declared(values, _not_written, frozenset)


def tables_of(values: Mapping[str, pl.DataFrame], folder: Path, used: Used) -> Declared[pl.DataFrame]:
    """The further tables of a pack, one for each CSV in its folder."""
    return Declared(values, partial(_no_table, folder), used)


def _no_parameter(path: Path, name: str, unread: Collection[str]) -> Mistake:
    near = closest(name, unread)
    hint = f"rename {near} below `parameters`" if near else f"write `{name}: ...` below `parameters`"
    return Mistake(f"there is no parameter {name!r}", path, line_of(path, ("parameters",)), "parameters", hint)


def _not_written(name: str, there: Collection[str]) -> Mistake:
    near = closest(name, there)
    new = f"`{name}: ...` below `parameters` in metrics.yaml"
    return Mistake(f"there is no parameter {name!r}", hint=f"write {near} here, or {new}" if near else f"write {new}")


def _no_table(folder: Path, name: str, unread: Collection[str]) -> Mistake:
    near = closest(name, unread)
    hint = f"rename {near}.csv" if near else "add the file beside areas.csv"
    return Mistake("there is no such file", folder / f"{name}.csv", hint=hint)
