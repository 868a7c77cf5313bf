"""What a bite is - a change of a good day that breaks a rule - and the changes that bites are made of.

The bites themselves are in tests/bite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from quality.gave_way import GaveWay
from tests.worlds.good_days import Day

Change = Callable[[Day], Day]


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


def generated(prefix: str, again: Change, cells: int, *, also: Sequence[str] = (), twice: Sequence[str] = ()) -> dict:
    """The rules every feed has, but those of its columns. again: gives one key twice. cells: values of a day but keys.

    also: what else fails on an empty day; twice: what else fails with one key twice.
    """
    few = cells // 100 + 1  # the least number above one per cent
    return {
        f"{prefix}-000": Bite(first(0), seen=0, also=also),
        f"{prefix}-001": Bite(lambda day: day.but(unreadable_rows=0.0101), seen=0.0101),
        f"{prefix}-002": Bite(lambda day: day.but(unreadable_cells=few), seen=few / cells),
        f"{prefix}-003": Bite(again, broken=2, also=twice),
        f"{prefix}-outside": Bite(lambda day: day.but(rows_outside=1), seen=1),
        # as many rows as there are of the day gave way
        f"{prefix}-repeated": Bite(lambda day: day.but(gave_way=GaveWay(repeated=day.rows.height)), seen=0.5),
        f"{prefix}-contradicted": Bite(lambda day: day.but(gave_way=GaveWay(contradicted=day.rows.height)), seen=0.5),
        f"{prefix}-conflicting": Bite(lambda day: day.but(conflicting=3), seen=3),
    }


def derived(prefix: str, again: Change) -> dict:
    """-000 and -003 of a mart or metric."""
    return {f"{prefix}-000": Bite(first(0), seen=0), f"{prefix}-003": Bite(again, broken=2)}


def lows_and_highs(low: float, high: float, n: int, column: str) -> Bite:
    """n rows outside a range, on both sides, so that a count of n shows that both limits hold."""
    return Bite(put(**{column: ([low, high] * n)[:n]}), broken=n)
