"""What is usual of a table: its days of the same kind before, given to a measure beside the days it is made for.

For what no register says how many there should be. The earlier days are inputs of the batch as all others: lineage
shows them, and a correction of one of them makes the days that were compared with it again, as far as a night or a
backfill looks at those days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date

import polars as pl

from assets.mart import Frames
from quality.usual_days import Calendar, compared_days

_PAIRS = {"day": pl.Date, "before": pl.Date}


def rows_before(table: str) -> str:
    """The name under which a measure finds the rows of earlier days of a table."""
    return f"{table} before"


def days_before(table: str) -> str:
    """The name under which it finds which earlier days each day is compared with: `day`, `before`."""
    return f"{table} compared"


def pairs(days: Iterable[date], live: Collection[date], calendar: Calendar, since: date | None) -> pl.DataFrame:
    """Each of `days` with the days it is compared with, among those that are live and not before `since`."""
    good = dict.fromkeys((day for day in live if since is None or day >= since), True)
    rows = [(day, before) for day in days for before in compared_days(day, good, calendar).days]
    return pl.DataFrame(rows, schema=_PAIRS, orient="row")


def usual(
    frames: Frames, table: str, count: Callable[[pl.LazyFrame], pl.DataFrame], by: Sequence[str] = ()
) -> pl.DataFrame:
    """`day`, the columns `by`, and `usual`: the median of what `count` counts on the days that each is compared with.

    `count`: from rows of the table to `day`, `by` and `counted`. A day without enough days before it is not there: what
    should be there is not known.
    """
    counted = count(frames[rows_before(table)]).rename({"day": "before"})
    compared = frames[days_before(table)].collect()
    return compared.join(counted, on="before").group_by("day", *by).agg(usual=pl.col("counted").median())
