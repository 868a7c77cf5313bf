"""What a bite is - a change of a good day that breaks a rule - and the changes that bites are made of.

Bites of rules that say themselves what breaks them are made of the rule. The others are in tests/bite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice, repeat
from typing import Any

import polars as pl

from quality.contract.generated_rules import BETWEEN, NOT_NULL
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gave_way import GaveWay
from tests.worlds.good_days import Day

Change = Callable[[Day], Day]
Values = Callable[[pl.DataFrame], Iterator[Any]]  # of rows: one value for each


@dataclass(frozen=True)
class Bite:
    """A change that breaks a rule, and what the ledger has to say about it.

    broken: rows that break a row rule or a rule about the table. seen: the figure that breaks a rule about
    the day. also: codes of other rules that fail with it.
    """

    change: Change
    broken: int | None = None
    seen: float | None = None
    also: Sequence[str] = ()


# --- changes ------------------------------------------------------------------------------------------------


def put(at: int = 0, **columns: Sequence[Any]) -> Change:
    """Other values in the rows from `at` on, as many as are given."""

    def change(day: Day) -> Day:
        rows = day.rows
        for name, values in columns.items():
            new = rows[name].to_list()
            new[at : at + len(values)] = values
            rows = rows.with_columns(pl.Series(name, new, dtype=rows.schema[name]))
        return day.but(rows=rows)

    return change


def add(**columns: Any) -> Change:
    """One row more, like the last one but for these columns."""

    def change(day: Day) -> Day:
        row = day.rows.tail(1).with_columns(
            pl.lit(value, day.rows.schema[name]).alias(name) for name, value in {"_line": 9_999, **columns}.items()
        )
        return day.but(rows=pl.concat([day.rows, row]))

    return change


def turn(**columns: pl.Expr) -> Change:
    """Columns computed anew from the others; `_line` counts from 2."""
    return lambda day: day.but(rows=day.rows.with_columns(**columns))


def first(n: int) -> Change:
    return lambda day: day.but(rows=day.rows.head(n))


def without(condition: pl.Expr) -> Change:
    return lambda day: day.but(rows=day.rows.remove(condition))


def twin(column: str, one: int = 0, other: int = 1) -> Change:
    """Two rows of one key: the other row takes over the key column in which it differs."""
    return lambda day: put(other, **{column: [day.rows[column][one]]})(day)


def then(*changes: Change) -> Change:
    def change(day: Day) -> Day:
        for one in changes:
            day = one(day)
        return day

    return change


# --- bites that follow from the rules -----------------------------------------------------------------------


def of_rules(contract: Contract, good: Day, at: int = 0, *, added: bool = False) -> dict[str, Bite]:
    """The bites of a feed's generated rules and of its rules about ranges, pairs and required values.

    They break one row more than a rule tolerates, and each value by as little as is stored: limits and tolerance are
    those of the rule. at: the first row they break. added: one row more, the only broken one, in place of those.
    """
    found = _generated(contract, good)
    for rule in (rule for rule in contract.rules if rule.scope == "row"):
        n = least_above(rule.tolerance, good.rows.height + added)
        broken = _broken(rule, contract)
        if broken is not None:
            column, values = broken
            found[rule.code] = Bite(_with_values(column, values, n, None if added else at), broken=n)
    return found


def _with_values(column: str, values: Values, n: int, at: int | None) -> Change:
    """n values in the rows from `at` on, or one in a row more where that is None."""

    def change(day: Day) -> Day:
        some = list(islice(values(day.rows[at or 0 :]), n))
        return (add(**{column: some[0]}) if at is None else put(at, **{column: some}))(day)

    return change


def least_above(share: float, of: int) -> int:
    """The least number that is above a share of others."""
    return int(round(share * of, 6)) + 1


def _broken(rule: Rule, contract: Contract) -> tuple[str, Values] | None:
    """The column and, row by row, the values that break a rule; None where the rule does not say them."""
    kwargs = rule.kwargs
    if rule.expectation == NOT_NULL:
        return kwargs["column"], lambda _: repeat(None)
    if rule.expectation == BETWEEN:
        step = _whole if contract.schema[kwargs["column"]].is_integer() else _little
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        outside = [] if low is None else [low if kwargs.get("strict_min") else step(low, -1)]
        outside += [] if high is None else [step(high, 1)]
        return kwargs["column"], lambda _: cycle(outside)
    if "column_A" in kwargs:
        above, below = kwargs["column_A"], kwargs["column_B"]
        if below in contract.key:  # the key stays what it is
            return above, lambda rows: (value - _MORE[type(value)] for value in rows[below])
        return below, lambda rows: (value + _MORE[type(value)] for value in rows[above])
    return None


_MORE = {int: 1, float: 0.1, datetime: timedelta(hours=1)}


def _whole(limit: float, sign: int) -> int:
    return int(limit) + sign


def _little(limit: float, sign: int) -> float:
    return limit + sign * 1e-9 * max(1.0, abs(limit))


def _generated(contract: Contract, good: Day) -> dict[str, Bite]:
    """The rules every feed has, but those of its columns."""
    prefix, cells = contract.prefix, good.rows.height * sum(1 for one in contract.delivered if not one.key)
    few = least_above(0.01, cells)

    def again(day: Day) -> Day:
        key = {name: day.rows[name][0] for name in contract.key}
        if day.rows.height == 1:
            return add(**key)(day)
        return put(1, **{name: [value] for name, value in key.items()})(day)

    return {
        f"{prefix}-000": Bite(first(0), seen=0),
        f"{prefix}-001": Bite(lambda day: day.but(unreadable_rows=0.0101), seen=0.0101),
        f"{prefix}-002": Bite(lambda day: day.but(unreadable_cells=few), seen=few / cells),
        f"{prefix}-003": Bite(again, broken=2),
        f"{prefix}-outside": Bite(lambda day: day.but(rows_outside=1), seen=1),
        # as many rows as there are of the day gave way
        f"{prefix}-repeated": Bite(lambda day: day.but(gave_way=GaveWay(repeated=day.rows.height)), seen=0.5),
        f"{prefix}-contradicted": Bite(lambda day: day.but(gave_way=GaveWay(contradicted=day.rows.height)), seen=0.5),
        f"{prefix}-conflicting": Bite(lambda day: day.but(conflicting=3), seen=3),
    }


def derived(prefix: str, again: Change) -> dict[str, Bite]:
    """-000 and -003 of a mart or metric."""
    return {f"{prefix}-000": Bite(first(0), seen=0), f"{prefix}-003": Bite(again, broken=2)}


def lows_and_highs(low: float, high: float, n: int, column: str) -> Bite:
    """n rows outside a range, on both sides, so that a count of n shows that both limits hold."""
    return Bite(put(**{column: ([low, high] * n)[:n]}), broken=n)
