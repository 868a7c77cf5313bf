"""What a bite is - a change of a good day that breaks a rule - and the changes that bites are made of.

Bites of rules that say themselves what breaks them are made of the rule. The others are in tests/bite.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from math import ceil, floor
from typing import Any

import polars as pl

from quality.clock_changes import codes
from quality.contract.generated_rules import BETWEEN, NOT_NULL
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gave_way import GaveWay
from tests.worlds.good_days import Day

Change = Callable[[Day], Day]
Values = Callable[[pl.DataFrame], Mapping[str, Sequence[Any]]]  # of rows: columns with one value for each


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
    """The bites of a feed's generated rules, of its rules about single rows, and of those that count what is there.

    They break one row more than a rule tolerates, and each value by as little as is stored: limits and tolerance are
    those of the rule. at: the first row they break. added: one row more, the only broken one, in place of those.
    """
    found = _generated(contract, good)
    for rule in contract.rules:
        if rule.scope == "day":
            found |= _fewer(rule, contract)
            continue
        one_more = added or (good.rows.height == 1 and rule.on_fail == "quarantine")  # or no row is left
        n = least_above(rule.tolerance, good.rows.height + one_more)
        values = _broken(rule, contract) if rule.scope == "row" else None
        if values is not None:
            found[rule.code] = Bite(_with_values(values, n, None if one_more else at), broken=n)
    return found


def _with_values(values: Values, n: int, at: int | None) -> Change:
    """n values in the rows from `at` on, or one in a row more where that is None."""

    def change(day: Day) -> Day:
        some = values(day.rows[at or 0 :].head(n))
        return (add(**{name: new[0] for name, new in some.items()}) if at is None else put(at, **some))(day)

    return change


def least_above(share: float, of: int) -> int:
    """The least number that is above a share of others."""
    return int(round(share * of, 6)) + 1


_DISTINCT = re.compile(r"COUNT\(DISTINCT (\w+)\)")


def counted(rule: Rule, contract: Contract) -> tuple[str, int] | None:
    """The column and the number of a rule that so many different values are there; None for another rule."""
    of = _DISTINCT.fullmatch(contract.profile.get(str(rule.column), ""))
    return None if of is None or "min_value" not in rule.kwargs else (of[1], int(rule.kwargs["min_value"]))


def _fewer(rule: Rule, contract: Contract) -> dict[str, Bite]:
    """The bite of a rule that so many different values are there: one less."""
    asked = counted(rule, contract)
    if asked is None:
        return {}
    column, least = asked

    def change(day: Day) -> Day:
        some = day.rows[column].unique(maintain_order=True).head(least - 1)
        return day.but(rows=day.rows.filter(pl.col(column).is_in(some.implode())))

    return {rule.code: Bite(change, seen=least - 1)}


def _broken(rule: Rule, contract: Contract) -> Values | None:
    """Values that break a rule, column by column; None where the rule does not say them."""
    kwargs, column = rule.kwargs, str(rule.column)
    outside: list[Any] = []
    if rule.expectation == NOT_NULL:
        outside = [None]
    elif rule.expectation == BETWEEN:
        step = _whole if contract.schema[column].is_integer() else _little
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        outside = [] if low is None else [low if kwargs.get("strict_min") else step(low, -1)]
        outside += [] if high is None else [step(high, 1)]
    elif "column_A" in kwargs:
        return lambda rows: _crossed(rows, kwargs["column_A"], kwargs["column_B"], contract)
    elif contract.schema[column] == pl.String:
        stranger = [text for text in ("?", "") if text not in kwargs.get("value_set", ())]
        outside = [text for text in stranger if not re.search(kwargs.get("regex", "$^"), text)][:1]
    return (lambda rows: {column: list(islice(cycle(outside), rows.height))}) if outside else None


def _crossed(rows: pl.DataFrame, above: str, below: str, contract: Contract) -> dict[str, list[Any]]:
    """Of each row the two values of a pair, the upper one a little below the lower one: one of them stays what it is,
    that of the key or else the upper one, if it is there."""
    found: dict[str, list[Any]] = {above: [], below: []}
    for upper, lower in rows.select(above, below).iter_rows():
        first = _SOME[contract.schema[above].base_type()] if upper is None and lower is None else upper
        if below in contract.key or first is None:
            first, second = _stepped(lower, contract.schema[above], -1), lower
        else:
            second = _stepped(first, contract.schema[below], 1)
        found[above].append(first)
        found[below].append(second)
    return found


_SOME = {
    pl.Int64: 1,
    pl.Float64: 1.0,
    pl.Date: date(2020, 5, 4),
    pl.Datetime: datetime.combine(date(2020, 5, 4), time()),
}
_MORE = {float: 0.1, datetime: timedelta(hours=1), date: timedelta(1)}


def _stepped(value: Any, kind: pl.DataType, sign: int) -> Any:
    """A value that is a little more or less, as a column can have it."""
    if kind.is_integer():
        return (floor(value) + 1) if sign > 0 else (ceil(value) - 1)
    return value + sign * _MORE[float if isinstance(value, int) else type(value)]


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
        **{code: _of_clocks(code) for code in codes(contract)},
    }


def _of_clocks(code: str) -> Bite:
    """A time that is of no one instant, as clocks were changed."""
    return Bite(lambda day: day.but(of_clocks=(code,)), seen=1)


def derived(prefix: str, again: Change) -> dict[str, Bite]:
    """-000 and -003 of a mart or metric."""
    return {f"{prefix}-000": Bite(first(0), seen=0), f"{prefix}-003": Bite(again, broken=2)}


def lows_and_highs(low: float, high: float, n: int, column: str) -> Bite:
    """n rows outside a range, on both sides, so that a count of n shows that both limits hold."""
    return Bite(put(**{column: ([low, high] * n)[:n]}), broken=n)
