"""Values of longer periods from daily values, and of days from hourly ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from assets.metrics.entry import LongPeriod, PeriodRule, Threshold
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED

OverPeriod = LongPeriod | Literal["day"]  # the day is a longer period of hourly values


@dataclass(frozen=True)
class Rollup:
    """How a metric is made of the values of another one over a longer period."""

    metric: str
    of: str
    period: OverPeriod
    rule: PeriodRule | Threshold


def evaluate_periods(values: pl.DataFrame, rollups: Sequence[Rollup], setting: CitySetting) -> pl.DataFrame:
    """Each of `rollups` for each period with a row in `values`, in MEASURED.

    values: metric, area, area_level, day, value (null: absent) of the metrics `of`, and for hourly ones hour_utc.
    """
    del values, rollups, setting
    return MEASURED.to_frame()


def first_days(day: date, period: OverPeriod) -> list[date]:
    """The first days of the periods that a day belongs to: one, but twelve trailing years (each ends with a month)."""
    if period == "trailing_year":
        return [_months_before(day.replace(day=1), back) for back in range(11, -1, -1)]
    if period == "week":  # ISO: from Monday
        return [day - timedelta(days=day.weekday())]
    if period == "day":
        return [day]
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    return [day.replace(month=(day.month - 1) // months * months + 1, day=1)]


def last_day(first: date, period: OverPeriod) -> date:
    """The last day of the period that begins on `first`."""
    if period == "week":
        return first + timedelta(days=6)
    if period == "day":
        return first
    months = {"month": 1, "quarter": 3, "year": 12, "trailing_year": 12}[period]
    return _months_before(first, -months) - timedelta(days=1)


def _months_before(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
