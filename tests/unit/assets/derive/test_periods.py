"""Months and years of daily values: how many days they expect, and which days count."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.derive.periods import rolled_up
from assets.metrics.model import MetricDefinition, metric_definitions
from assets.metrics.values import to_values
from tests.worlds.packs import seoul


def daily(metric: str, first: date, values: list[float | None]) -> pl.DataFrame:
    days = [first + timedelta(days=n) for n in range(len(values))]
    return pl.DataFrame(
        {"metric": metric, "area": "11", "area_level": "city", "day": days, "value": values},
        schema_overrides={"value": pl.Float64},
    )


@pytest.mark.parametrize(
    ("day", "month", "year"), [("2020-02-29", 29, 366), ("2019-02-03", 28, 365), ("1900-12-31", 31, 365)]
)
def test_all_days_of_the_calendar_are_expected(day, month, year):
    days = daily("pm25_mean", date.fromisoformat(day), [1.0])
    for name, expected in (("pm25_days_above_who", month), ("pm25_annual_mean", year)):
        (row,) = rolled_up(days, metric_definitions()[name]).iter_rows(named=True)
        assert (row["expected"], row["n"]) == (expected, 1)


def test_days_above_a_threshold_and_days_from_it():
    values = [14.9, 15.0, 15.1, None, 40.0]
    above = metric_definitions()["pm25_days_above_who"]
    at_least = above.model_copy(update={"rollup": "days_from"})
    days = daily("pm25_mean", date(2020, 4, 1), values)
    assert above.threshold == 15
    assert rolled_up(days, above)["value"].item() == 2
    assert rolled_up(days, at_least)["value"].item() == 3
    assert rolled_up(days, above)["n"].item() == 4


@pytest.mark.parametrize(("rollup", "value"), [("mean", 2.0), ("sum", 6.0)])
def test_mean_and_sum(rollup, value):
    definition = metric_definitions()["sensor_uptime"].model_copy(update={"rollup": rollup})
    days = daily("sensor_coverage", date(2020, 4, 1), [1.0, 2.0, 3.0])
    assert rolled_up(days, definition)["value"].item() == value


def test_a_month_without_enough_days_says_how_many_there_are():
    days = daily("pm25_mean", date(2020, 4, 1), [20.0] * 9)
    (row,) = to_values(rolled_up(days, metric_definitions()["pm25_days_above_who"]), seoul()).iter_rows(named=True)
    assert (row["value"], row["status"]) == (None, "absent")
    assert row["reason"] == "9 of 30 days are valid (needs 90 %)"


def test_a_period_counts_days():
    assert {d.metric for d in metric_definitions().values() if d.rollup} == {
        d.metric for d in metric_definitions().values() if d.counts == "days"
    }


def test_a_rollup_is_made_of_a_daily_metric_of_its_subject():
    for definition in metric_definitions().values():
        if definition.rollup:
            source: MetricDefinition = metric_definitions()[definition.rollup_of or ""]
            assert (source.subject, source.period, definition.period != "day") == (definition.subject, "day", True)
            assert (definition.threshold is not None) == definition.rollup.startswith("days_"), definition.metric
