"""Dates and times that cannot be those of their row: a wrong calendar or a wrong century beside a day that is right."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from quality.contract.columns import DAY, Column
from quality.contract.model import Contract

_LEAST_YEAR, _MOST = 1800, timedelta(days=50 * 366)
_BESIDE = timedelta(days=2)  # a time of the key is of the row's day: clocks and zones differ by no more
_CALENDARS = {543: " (this looks like years of the Buddhist era, 543 too many)"}


def without_far_times(
    contract: Contract, typed: pl.DataFrame, delivered: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[str, pl.Series, pl.Series]], list[str]]:
    """The typed rows without such values; by column, where these stood and their delivered texts; and sentences.

    Far is a value before 1800 or later than 50 years after its row's day; a time of the key, more than two days after
    it (`ahead_days` more).
    """
    found, sentences = [], []
    dated = {DAY, contract.column(DAY).spec.of}
    for column in contract.columns:
        if column.type in ("date", "timestamp") and column.spec.of is None and column.name not in dated:
            far = _far(contract, column, typed)
            if far is not None:
                at = far.arg_true()
                years = typed[column.name].filter(far).dt.year() - typed[DAY].filter(far).dt.year()
                looks = next((words for gap, words in _CALENDARS.items() if (years == gap).any()), "")
                sentences.append(f"{column.name}: a time that is far from the day of its row{looks} is not read")
                found.append((column.name, at, delivered[column.name].gather(at)))
                typed = typed.with_columns(pl.when(~far).then(pl.col(column.name)).alias(column.name))
    return typed, found, sentences


def _far(contract: Contract, column: Column, typed: pl.DataFrame) -> pl.Series | None:
    """Where values are far; None where none is."""
    values, days, most = typed[column.name], typed[DAY], _MOST
    if column.key and column.type == "timestamp" and contract.reference_since is None:
        most = _BESIDE + timedelta(days=contract.ahead_days)
    ends, first = pl.Series([values.min(), values.max()], dtype=values.dtype).cast(pl.Date), days.min()
    lowest, highest = ends
    if lowest is None or first is None:
        return None
    if lowest.year >= _LEAST_YEAR and highest <= first + most:  # type: ignore[operator]
        return None
    far = ((values.cast(pl.Date) - days > most) | (values.dt.year() < _LEAST_YEAR)).fill_null(value=False)
    return far if far.any() else None
