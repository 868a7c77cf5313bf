"""Which pieces of a proposed feed agree with the truth about the same files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.models import models
from quality.contract.columns import Column
from quality.units.unit import units_of
from tests.support.proposals.reading import Read
from tests.support.proposals.truth import TrueFeed

_NUMBERS = ("number", "integer")


@dataclass(frozen=True)
class Pieces:
    """What was compared; each name is one of the truth's columns."""

    models: bool
    interval: bool  # also that a register is one
    rows: bool  # the same rows, out of the same lines
    columns: Mapping[str, bool]  # whether it stands in the right delivered column
    units: Mapping[str, bool]  # of the numbers among them
    typed: Mapping[str, bool]  # whether all values are the same in the end
    extra: tuple[str, ...]  # columns of models that are none there

    @property
    def right(self) -> bool:
        """Whether nothing has to be changed."""
        return self.models and self.interval and self.rows and all(self.typed.values()) and not self.extra


def compared(truth: TrueFeed, true: Read, proposed: Read) -> Pieces:
    """`true` and `proposed`: the same files, read under the one and under the other."""
    columns = {name: _stands_right(name, truth, true, proposed) for name in truth.document["columns"]}
    named = {column.name: _counterpart(name, true, proposed) for name, column in _columns(true, columns).items()}
    units = {
        name: _unit(column) == _unit(other)
        for name, column in _columns(true, columns).items()
        if column.type in _NUMBERS and (other := named[name]) is not None and columns[name]
    }
    proposed_models = frozenset(_models(proposed.document))
    of_models = {
        column.name
        for column in (proposed.contract.columns if proposed.contract else ())
        if column.name in _model_columns(truth, proposed) and column.spec.of is None and column.name != "day"
    }
    return Pieces(
        models=frozenset(truth.models) <= proposed_models <= frozenset(truth.models) | truth.also,
        interval=_interval(proposed.document) in {_interval(true.document), *truth.intervals},
        rows=_lines(true).equals(_lines(proposed)),
        columns=columns,
        units=units,
        typed={name: _same_values(name, truth, true, proposed) for name in columns},
        extra=tuple(sorted(of_models - set(columns) - truth.may)),
    )


def _interval(document: Mapping[str, Any]) -> str:
    return "register" if document.get("reference_since") else str(document.get("interval"))


def _models(document: Mapping[str, Any]) -> tuple[str, ...]:
    said = document.get("implements") or ()
    return (said,) if isinstance(said, str) else tuple(said)


def _model_columns(truth: TrueFeed, proposed: Read) -> set[str]:
    names = {*truth.models, *_models(proposed.document)}
    return {column for name in names if name in models() for column in models()[name].columns}


def _columns(read: Read, names: Mapping[str, Any]) -> dict[str, Column]:
    return {column.name: column for column in (read.contract.columns if read.contract else ()) if column.name in names}


def _counterpart(name: str, true: Read, proposed: Read) -> Column | None:
    """The proposed column of this name; of one that no model has the one that stands in the same delivered column."""
    if proposed.contract is None:
        return None
    assert true.contract is not None
    column = true.contract.column(name)
    own = "type" in _entry(true.document, name)
    found = [c for c in proposed.contract.columns if c.name == name and c.spec.of is None]
    if not found and own:
        found = [c for c in proposed.contract.columns if set(c.spec.sources) & set(column.spec.sources)]
    return found[0] if found and (not own or found[0].key or not column.key) else None


def _entry(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    entry = document["columns"][name]
    return entry if isinstance(entry, Mapping) else {}


def _unit(column: Column) -> Any:
    if column.spec.unit_from:
        return "by row"
    text = column.spec.delivered_unit or column.spec.unit
    found = units_of(text) if text else ()
    return (found[0].scale, found[0].atoms) if found else text


def _lines(read: Read) -> pl.DataFrame:
    """How many rows became of each line."""
    return read.texts(()).group_by("_file", "_line").len().sort("_file", "_line")


def _stands_right(name: str, truth: TrueFeed, true: Read, proposed: Read) -> bool:
    """Whether the texts of the column are the same on all lines that both have; of times, whether the values are."""
    other = _counterpart(name, true, proposed)
    if other is None:
        return False
    if name in truth.free:
        return True
    assert true.contract is not None
    if name == "time" and proposed.failure is None:
        return _same_values(name, truth, true, proposed)
    ours, theirs = true.texts(true.contract.column(name).spec.sources), proposed.texts(other.spec.sources)
    both = ours.join(theirs, on=["_file", "_line"], how="semi").sort(pl.all())
    return both.height > 0 and both.equals(theirs.join(ours, on=["_file", "_line"], how="semi").sort(pl.all()))


def _same_values(name: str, truth: TrueFeed, true: Read, proposed: Read) -> bool:
    other = _counterpart(name, true, proposed)
    if proposed.failure is not None or other is None:
        return False
    theirs = proposed.typed([other.name]).rename({other.name: "value"})
    if name in truth.free:
        return theirs["value"].null_count() == 0
    return same(true.typed([name]).rename({name: "value"}), theirs)


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    """Whether _file, _line and value are the same, but for the last digits of a number."""
    frames = [
        frame.with_columns(_number(frame).alias("value")).sort("_file", "_line", "value", nulls_last=True)
        for frame in (ours, theirs)
    ]
    return frames[0].equals(frames[1])


def _number(frame: pl.DataFrame) -> pl.Expr:
    value = pl.col("value")
    return value.cast(pl.Float64).round_sig_figs(9) if frame["value"].dtype.is_numeric() else value.cast(pl.String)
