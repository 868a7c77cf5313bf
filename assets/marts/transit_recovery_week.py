"""Boardings of the week that ends with a day, against the same calendar week of base years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import Observed
from assets.pack.city import City
from assets.pack.parameter_names import RECOVERY_BASE, RECOVERY_OTHER
from quality.contract.columns import DAY
from quality.usual_days import Calendar

BASES = {"first": RECOVERY_BASE, "second": RECOVERY_OTHER}  # parameters of the pack, lists of years
MOST_YEARS = 9  # that a base lies back
_WEEK = 7
# the same week of the ISO calendar lies 52 weeks for each year before, and one more for each year of 53 weeks between
_BACK = sorted(
    {
        364 * years + 7 * longer + day
        for years in range(MOST_YEARS + 1)
        for longer in range(3 if years else 1)
        for day in range(_WEEK)
    }
)
_SCHEMA = pl.Schema(
    {
        "day": pl.Date,
        "feed": pl.String,
        "base": pl.String,
        "boardings": pl.Float64,
        "base_boardings": pl.Float64,
        "base_years": pl.String,
        "left_out": pl.String,
        "recovery": pl.Float64,
    }
)


def transit_recovery_week(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each day, feed and base that the pack names.

    The base of a week is the median over the base years of the same week of the ISO calendar, from the same weekday on.
    A year of which a day is missing is left out, and so is one whose week has another number of public holidays:
    Seollal and Chuseok wander, and a week with one of them is compared with no week without. Where no year is left,
    `recovery` is null.
    """
    wanted = {base: tuple(city.parameters.get(name, ())) for base, name in BASES.items()}
    rows = [
        (start, one.feed, base, *_compared(start, counted, years, city.calendar))
        for one in read["boardings"]
        for start, counted in _by_day(one).items()
        for base, years in wanted.items()
        if years
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _by_day(observed: Observed) -> Mapping[date, Mapping[date, float]]:
    """For each day wanted, the boardings of each day read for it. Where groups have a total beside them, it counts."""
    group, in_total = pl.col("people_group"), (pl.col("people_group") == "total").any().over(START, DAY)
    counted = (
        observed.rows.filter(group.is_null() | (group == "total") | ~in_total.fill_null(False))
        .group_by(START, DAY)
        .agg(pl.col("boardings").sum())
        .collect()
    )
    found = dict[date, dict[date, float]]()
    for start, day, boardings in counted.select(START, DAY, "boardings").iter_rows():
        found.setdefault(start, {})[day] = float(boardings)
    return found


def _compared(
    end: date, counted: Mapping[date, float], years: Sequence[int], calendar: Calendar
) -> tuple[float | None, float | None, str, str, float | None]:
    own, found, left_out = _sum(end, counted), dict[int, float](), list[str]()
    for year in years:
        same = _same_day(end, year)
        week = None if same is None else _sum(same, counted)
        if same is None or week is None:
            left_out.append(f"{year}: days are missing")
        elif _holidays(same, calendar) != _holidays(end, calendar):
            left_out.append(f"{year}: another number of holidays")
        else:
            found[year] = week
    base = pl.Series(list(found.values()), dtype=pl.Float64).median() if found else None
    recovery = None if own is None or not isinstance(base, float) or base <= 0 else 100 * own / base
    said = ", ".join(map(str, found))
    return own, base if isinstance(base, float) else None, said, "; ".join(left_out), recovery


def _week_of(end: date) -> list[date]:
    return [end - timedelta(days=n) for n in range(_WEEK)]


def _sum(end: date, counted: Mapping[date, float]) -> float | None:
    days = _week_of(end)
    return sum(counted[day] for day in days) if all(day in counted for day in days) else None


def _holidays(end: date, calendar: Calendar) -> int:
    return sum(bool(calendar.holiday(day)) for day in _week_of(end))


def _same_day(day: date, year: int) -> date | None:
    """The day of the same week and weekday of the ISO calendar; None of week 53 where the year has none."""
    own = day.isocalendar()
    try:
        return date.fromisocalendar(year, own.week, own.weekday)
    except ValueError:
        return None


TABLE = Mart(
    reads=(Reads("boardings", ("boardings",), back=_BACK),),
    compute=transit_recovery_week,
    parameters=tuple(BASES.values()),
)
