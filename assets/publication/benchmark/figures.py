"""The days that a value of a longer period is made of, as figures of which the mean gives the value, for draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from assets.derive.setting import city_setting
from assets.formulas.noise import energy_of
from assets.formulas.rank_interval import Numbers, drawn_means
from assets.metrics.definition import MetricDefinition
from assets.metrics.entry import KindRule, PeriodRule, Threshold
from assets.metrics.evaluate.periods import KIND_OF_DAY, limit_of_days
from assets.pack.city import City
from quality.contract.mistakes import ContractError

_AS_IT_IS = 1e-6  # so near, relatively, the figures of the days give the published value


@dataclass(frozen=True)
class DayFigures:
    """A figure for each day of a period, NaN where there is none, and what makes the value of their mean."""

    days: Numbers
    value_of: Callable[[Numbers], Numbers]

    def give(self, value: float) -> bool:
        """Whether the figures give this value: only then do draws of them say how sure it is."""
        if np.isnan(self.days).all():
            return False
        found = float(self.value_of(np.asarray([np.nanmean(self.days)], dtype=np.float64))[0])
        return math.isclose(found, value, rel_tol=_AS_IT_IS, abs_tol=_AS_IT_IS)

    def drawn(self, seed: str) -> Numbers:
        """The value in each draw."""
        return self.value_of(drawn_means(self.days, seed))


OfPeriod = Callable[[date, date], DayFigures]  # from the first and the last day of a period to its figures
Figures = Mapping[tuple[str, str], OfPeriod]  # by city and metric


def figures_of_days(definition: MetricDefinition, values: pl.DataFrame, city: City) -> OfPeriod | None:
    """The figures of a metric's days, by period; None: the metric is no mean, sum or count of days.

    values: day, value of the metric that it is made of; a day without a value may be left out.
    """
    figure, rule = _figure(definition, city), definition.rule
    if isinstance(rule, KindRule):
        kind = [day for day in values["day"].unique() if city.calendar.kind(day) is KIND_OF_DAY[rule.on]]
        values = values.filter(pl.col("day").is_in(kind))
    if figure is None or values.is_empty():
        return None
    of_days: list[date] = values["day"].to_list()
    first, last = min(of_days), max(of_days)
    found: Numbers = np.full((last - first).days + 1, np.nan)
    places = values.select((pl.col("day") - first).dt.total_days()).to_series().to_numpy()
    found[places] = values.select(figure.cast(pl.Float64).fill_null(math.nan)).to_series().to_numpy()

    def of_period(start: date, end: date) -> DayFigures:
        low, high = (start - first).days, (end - first).days + 1
        inside = found[max(low, 0) : max(high, 0)]
        days = np.full(high - low, np.nan)
        begins = max(-low, 0)
        days[begins : begins + len(inside)] = inside
        if isinstance(rule, PeriodRule) and rule.as_ in ("mean_of_all", "reporting"):
            days = np.nan_to_num(days)
        return DayFigures(days, _value_of(rule, int((~np.isnan(days)).sum())))

    return of_period


def _figure(definition: MetricDefinition, city: City) -> pl.Expr | None:
    rule, value = definition.rule, pl.col("value")
    if isinstance(rule, Threshold):
        of = city.computed_metrics.get(definition.of or "")
        if of is None:
            return None
        try:
            limit, _ = limit_of_days(rule, of.unit, city_setting(city))
        except ContractError:
            return None
        return value > limit if rule.above is not None else value >= limit
    match None if rule is None else rule.as_:
        case "mean" | "sum" | "mean_of_all":
            return value
        case "energy_mean":
            return energy_of(value)
        case "reporting":
            return value.is_not_null()
    return None


def _value_of(rule: PeriodRule | Threshold | None, days: int) -> Callable[[Numbers], Numbers]:
    """From the mean of the figures to the value. `days`: how many have a figure."""
    match None if rule is None else rule.as_:
        case "sum" | "days":
            return lambda mean: mean * days
        case "share" | "reporting":
            return lambda mean: mean * 100
        case "energy_mean":
            return lambda mean: 10 * np.log10(mean)
    return lambda mean: mean
