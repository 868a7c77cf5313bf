"""The figures of days give the very value that the metric has: of every metric of a longer period that there is."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from assets.derive.setting import city_setting
from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition
from assets.metrics.entries import platform_metrics
from assets.metrics.entry import PeriodRule
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.pack.chosen import choices_of, chosen_entries, chosen_metrics
from assets.pack.city import City
from assets.pack.city_file import Choices
from assets.publication.benchmark.figures import DayFigures, figures_of_days
from assets.publication.benchmark.terms import PERIODS
from quality.contract.interval import first_of_period, last_of_period
from tests.worlds.packs import seoul

LONGER = [d for d in platform_metrics().values() if d.period in PERIODS and d.rule is not None]
NO_MEAN = {"max", "min", "median", "quantile", "last"}  # their draws say nothing of how sure they are


@cache
def city() -> City:
    """Seoul, if it had every metric."""
    choices = Choices(metrics={metric: MetricChoice() for metric in platform_metrics()})
    metrics, chosen = chosen_metrics(choices, {}), choices_of(choices, {})
    return replace(seoul(), metrics=metrics, choices=chosen, entries=chosen_entries(metrics, chosen, {}))


def days_of(definition: MetricDefinition, start: date, end: date, *, gap: bool) -> pl.DataFrame:
    """Values on each day from the one to the other, but for one day in thirty: such as there are of such a thing."""
    low, high = (40.0, 70.0) if definition.unit == "dB" else (0.0, 60.0)
    days = [start + timedelta(n) for n in range((end - start).days + 1)]
    values = [low + (n * 37 % 101) / 100 * (high - low) for n in range(len(days))]
    kept = [None if gap and n % 30 == 3 else value for n, value in enumerate(values)]
    return pl.DataFrame({"day": days, "value": kept}, schema={"day": pl.Date, "value": pl.Float64})


@pytest.mark.parametrize("gap", [False, True])
def test_the_mean_of_the_figures_gives_the_value_of_every_metric(gap: bool) -> None:
    without, wrong = set(), []
    for definition in LONGER:
        start = first_of_period(date(2024, 5, 1), definition.period)
        end = last_of_period(start, definition.period)
        days = days_of(definition, start, end, gap=gap)
        unit = city().computed_metrics[definition.of or ""].unit
        rollup = Rollup(definition.metric, definition.of or "", definition.period, definition.rule, unit)  # pyright: ignore
        after = pl.DataFrame({"day": [end + timedelta(1)], "value": [1.0]}, schema=days.schema)
        read = pl.concat([days, after]).with_columns(
            metric=pl.lit(rollup.of), area=pl.lit("11"), area_level=pl.lit("city")
        )
        made = evaluate_periods(read, [rollup], city_setting(city())).filter(pl.col("day") == start)
        found = figures_of_days(definition, days, city())
        if found is None:
            without.add(definition.metric)
        elif (value := made["value"].item()) is not None and not found(start, end).give(value):
            wrong.append((definition.metric, value))
    assert wrong == []
    none = {d.metric for d in LONGER if isinstance(d.rule, PeriodRule) and d.rule.as_ in NO_MEAN}
    assert without == none


def test_days_outside_of_what_is_known_have_no_figure() -> None:
    definition = platform_metrics()["pm25_mean_month"]
    days = days_of(definition, date(2025, 3, 10), date(2025, 4, 20), gap=False)
    found = figures_of_days(definition, days, city())
    assert found is not None
    march, may = found(date(2025, 3, 1), date(2025, 3, 31)), found(date(2025, 5, 1), date(2025, 5, 31))
    assert np.isnan(march.days[:9]).all()
    assert np.isfinite(march.days[9:]).all()
    assert (len(march.days), len(may.days)) == (31, 31)
    assert np.isnan(may.days).all()
    assert not may.give(1.0)
    february = found(date(2025, 2, 1), date(2025, 2, 28))
    assert np.isnan(february.days).all()


def test_another_value_is_not_given() -> None:
    figures = DayFigures(np.asarray([10.0, 20.0, math.nan]), lambda mean: mean)
    assert figures.give(15.0)
    assert not figures.give(15.001)
