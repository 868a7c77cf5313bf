"""Exposure formulas: what a value means for people - weighting, rates per inhabitant, coverage.

What belongs here: formulas that join a quantity with a population or another weight, as pure Polars
expressions. Which population (registered, living, resident at night) is the caller's choice, named there.

A non-finite number counts as null throughout. A negative population or count is a fault upstream; it gives
null rather than a plausible-looking rate.
"""

import polars as pl


def _number(value: pl.Expr) -> pl.Expr:
    number = value.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def _any_negative(weight: pl.Expr) -> pl.Expr:
    return (weight.cast(pl.Float64) < 0).any()


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    part, whole = _number(part), _number(whole)
    return pl.when((part >= 0) & (whole > 0)).then(part / whole)


def weighted_mean(value: pl.Expr, weight: pl.Expr) -> pl.Expr:
    """Weighted mean in the unit of `value`, Float64: an aggregate over the rows of a group.

    Formula: sum(w*x)/sum(w) over rows where both are known; for people and PM2.5 this is SDG 11.6.2.
    A null value takes its weight out too (otherwise it would count as zero), and a null weight its value. No
    weight left, or a total of zero: null. Any negative weight in the group, even beside a null value: null.
    The unit of the weight cancels. Report `covered_share` beside it: dropping rows moves the mean to the rest.
    """
    number, share = _number(value), _number(weight)
    known = pl.when(number.is_not_null()).then(share)
    total = known.sum()
    return pl.when(~_any_negative(weight) & (total > 0)).then((number * known).sum() / total)


def per_100k(count: pl.Expr, population: pl.Expr) -> pl.Expr:
    """Rate per 100,000 inhabitants, Float64, row by row.

    Formula: count/population*100000. Source: ISO 37120 and U4SSC indicators "per 100 000".
    Needs count >= 0 and population > 0; otherwise, or with either null: null (no people, no rate - not zero).
    """
    return _ratio(count, population) * 100_000


def per_inhabitant(count: pl.Expr, population: pl.Expr) -> pl.Expr:
    """Amount per inhabitant in the unit of `count`, Float64, row by row.

    Formula: count/population (ISO 37120 "per capita"). Range and nulls as `per_100k`. The period is that of
    the count: a yearly figure needs a full year of it.
    """
    return _ratio(count, population)


def covered_share(weight: pl.Expr, valid: pl.Expr) -> pl.Expr:
    """Share (0..1, Float64) of the weight that carries a valid value: an aggregate over the rows of a group.

    Formula: sum(w where valid)/sum(w); `valid` is Boolean and null counts as not valid.
    Rows of null weight belong to neither sum. Total weight zero or none: null. Any negative weight: null.
    """
    share = _number(weight)
    total = share.sum()
    covered = pl.when(valid).then(share).sum()
    return pl.when(~_any_negative(weight) & (total > 0)).then(covered / total)
