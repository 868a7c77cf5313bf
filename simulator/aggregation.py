"""How readings become those of a longer interval, and how parts become a whole. The only place that knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

Combine = Callable[[pl.Expr], pl.Expr]


def _energy(level: pl.Expr) -> pl.Expr:
    """Levels of sound are means of energy: 50 dB and 70 dB make 67 dB."""
    return 10 * ((10 ** (level / 10)).mean()).log10()


def _circular(direction: pl.Expr) -> pl.Expr:
    """The mean direction: 350 and 10 degrees make 0."""
    angle = direction.radians()
    return pl.arctan2(angle.sin().mean(), angle.cos().mean()).degrees() % 360


@dataclass(frozen=True)
class How:
    """What becomes of the values of one column. A column may have a number of people: their mean over the hours, their
    sum over the areas."""

    over_time: Combine
    of_parts: Combine


def _total(values: pl.Expr) -> pl.Expr:
    return values.sum()


def _mean(values: pl.Expr) -> pl.Expr:
    return values.mean()


def _greatest(values: pl.Expr) -> pl.Expr:
    return values.max()


def _least(values: pl.Expr) -> pl.Expr:
    return values.min()


def _last(values: pl.Expr) -> pl.Expr:
    return values.last()


SUM = How(_total, _total)  # counts, rain, energy
MEAN = How(_mean, _mean)  # concentrations, temperatures
LEVEL = How(_energy, _energy)  # dB
DIRECTION = How(_circular, _circular)
MOST = How(_greatest, _greatest)
LEAST = How(_least, _least)
LAST = How(_last, _last)  # words, prices
PRESENT = How(_mean, _total)  # people, power: so many at a time, and together those of all parts
PEAK = How(_greatest, _total)  # the most at a time, where all parts peak together
TROUGH = How(_least, _total)
STOCK = How(_last, _total)  # what is there at the end: capacity, meters


def longer(rows: pl.DataFrame, by: Sequence[str], how: Mapping[str, How]) -> pl.DataFrame:
    """Rows of several times as one for each `by`, in the order of their first ones."""
    return _grouped(rows, by, [way.over_time(pl.col(name)).alias(name) for name, way in how.items()])


def together(rows: pl.DataFrame, by: Sequence[str], how: Mapping[str, How]) -> pl.DataFrame:
    """Rows of several parts as one for each `by`, in the order of their first ones."""
    return _grouped(rows, by, [way.of_parts(pl.col(name)).alias(name) for name, way in how.items()])


def _grouped(rows: pl.DataFrame, by: Sequence[str], values: Sequence[pl.Expr]) -> pl.DataFrame:
    return rows.group_by(by, maintain_order=True).agg(values) if by else rows.select(values)
