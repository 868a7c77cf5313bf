"""The limit in force on a day, and that of each row of a frame by its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from assets.standards.choice import NOTHING_CHOSEN, StandardChoice
from assets.standards.concentrations import concentrations
from assets.standards.edition import Edition
from assets.standards.limit import Limit, named_limits
from assets.standards.standards import file_and_name, limit_editions


def limit(name: str, day: date, choice: StandardChoice = NOTHING_CHOSEN) -> Limit | None:
    """The limit in force on a day, such as kr.pm25_24h; None where no edition of it was in force then.

    Raises ContractError, with the nearest name, where there is no such limit.
    """
    editions = limit_editions(name, choice)
    found = (_of(name, key, choice) for key, edition in editions.items() if edition.in_force(day))
    return next(found, None)


def limit_in(found: Limit, unit: str, choice: StandardChoice = NOTHING_CHOSEN) -> Limit:
    """The same limit in another unit. Raises ContractError where it cannot be had in it."""
    how = concentrations(found.unit, unit, found.pollutant, found.edition.partition(".")[0], choice)
    return replace(found, value=how.of(found.value), unit=unit)


def limit_by_day(
    name: str, day: pl.Expr, unit: str, choice: StandardChoice = NOTHING_CHOSEN
) -> tuple[pl.Expr, pl.Expr]:
    """The limit in force on each row's day, in `unit` (Float64), and its edition (String); null where there is none.

    Raises ContractError where there is no such limit, or it cannot be had in this unit.
    """
    editions = limit_editions(name, choice)
    found = {key: limit_in(_of(name, key, choice), unit, choice) for key in editions}
    value = by_day(editions, {key: pl.lit(one.value) for key, one in found.items()}, day, pl.lit(None, pl.Float64))
    return value, by_day(editions, {key: pl.lit(key) for key in found}, day, pl.lit(None, pl.String))


def by_day(editions: Mapping[str, Edition], values: Mapping[str, pl.Expr], day: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    """The value of the edition in force on each row's day; `otherwise` where none was."""
    for key, edition in editions.items():
        holds = pl.lit(True)
        if edition.from_ is not None:
            holds = holds & (day >= edition.from_)
        if edition.to is not None:
            holds = holds & (day <= edition.to)
        otherwise = pl.when(holds).then(values[key]).otherwise(otherwise)
    return otherwise


def _of(name: str, key: str, choice: StandardChoice) -> Limit:
    return named_limits(key, limit_editions(name, choice)[key])[file_and_name(name, choice)[1]]
