"""The row of a metric: from measures (value, n, expected) to published values with status and reason.

Every metric of every field goes through `to_values`; formulas are in the field's own modules.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date

import polars as pl

from assets.pack.city import City, MetricDefinition

MEASURE = pl.Schema(
    {
        "metric": pl.String,
        "area": pl.String,
        "area_level": pl.String,
        "day": pl.Date,
        "value": pl.Float64,
        "n": pl.Int64,
        "expected": pl.Float64,
        "covered": pl.Float64,
        "why": pl.String,
    }
)
DIGITS = 12  # significant: the last ones of a float sum depend on the order in which the rows were added


def measure(
    frame: pl.DataFrame,
    metric: str,
    value: pl.Expr,
    *,
    n: pl.Expr,
    expected: pl.Expr,
    covered: pl.Expr | None = None,
    why: pl.Expr | None = None,
) -> pl.DataFrame:
    """One metric's measures out of a frame with area, area_level and day.

    n: what the value is made of (stations, sensors, days). expected: what there should be. covered: what
    counts for completeness, when it is not n (people living where the value is valid). why: the reason
    for a missing value that is no lack of data, e.g. out of season.
    """
    return frame.select(
        pl.lit(metric).alias("metric"),
        "area",
        "area_level",
        "day",
        value.cast(pl.Float64).alias("value"),
        n.cast(pl.Int64).alias("n"),
        expected.cast(pl.Float64).alias("expected"),
        (n if covered is None else covered).cast(pl.Float64).alias("covered"),
        (pl.lit(None) if why is None else why).cast(pl.String).alias("why"),
    )


def to_values(measures: pl.DataFrame, city: City, source: str, batches: Mapping[date, list[str]]) -> pl.DataFrame:
    """Measures -> rows of metric.value: completeness, absence with its reason, unit, target, plausible range.

    Below its completeness a value is absent with a reason; it is never zero. `batches`: the batches each
    day was computed from.
    """
    chosen = [d for d in city.definitions.values() if d.metric in set(measures["metric"].unique())]
    facts = pl.DataFrame(
        [_facts(city, d) for d in chosen],
        schema={
            "metric": pl.String,
            "period": pl.String,
            "unit": pl.String,
            "least": pl.Float64,
            "target": pl.Float64,
            "proxy": pl.Boolean,
            "levels": pl.List(pl.String),
            "plausible_min": pl.Float64,
            "plausible_max": pl.Float64,
        },
    )
    inputs = pl.DataFrame(
        {"day": list(batches), "batch_ids": [sorted(ids) for ids in batches.values()]},
        schema={"day": pl.Date, "batch_ids": pl.List(pl.String)},
    )
    completeness = pl.when(pl.col("expected") > 0).then(pl.col("covered") / pl.col("expected")).otherwise(0.0)
    enough = (pl.col("completeness") >= pl.col("least")) & pl.col("value").is_not_null()
    return (
        measures.join(facts, on="metric")
        .filter(pl.col("area_level").is_in(pl.col("levels")))
        .join(inputs, on="day", how="left")
        .with_columns(completeness=completeness.clip(0, 1).round_sig_figs(DIGITS))
        .with_columns(
            reason=pl.when(pl.col("why").is_not_null()).then(pl.col("why"))
            .when(~enough).then(pl.format(
                "{} of {} {} (needs {} %)", pl.col("covered").round(0).cast(pl.Int64),
                pl.col("expected").round(0).cast(pl.Int64), _counted(), (pl.col("least") * 100).round(0).cast(pl.Int64),
            )),
        )
        .with_columns(
            value=pl.when(pl.col("reason").is_null()).then(pl.col("value").round_sig_figs(DIGITS)),
            status=pl.when(pl.col("reason").is_not_null()).then(pl.lit("absent"))
            .when("proxy").then(pl.lit("proxy")).otherwise(pl.lit("ok")),
        )
        .select(
            pl.lit(city.name).alias("city"), "area", "area_level", "metric", "period", "day", "value", "unit", "n",
            "completeness", "status", "reason", "target", pl.lit(source).alias("source"), "batch_ids",
            "plausible_min", "plausible_max",
        )
    )  # fmt: skip


def _counted() -> pl.Expr:
    return (
        pl.when(pl.col("period") != "day")
        .then(pl.lit("days are valid"))
        .when(pl.col("metric").str.contains("weighted"))
        .then(pl.lit("people live where it is valid"))
        .otherwise(pl.lit("parts are valid"))
    )


def _facts(city: City, definition: MetricDefinition) -> dict[str, object]:
    choice = city.choices[definition.metric]
    return {
        "metric": definition.metric,
        "period": definition.period,
        "unit": definition.unit,
        "least": choice.min_completeness or definition.min_completeness,
        "target": choice.target,
        "proxy": definition.proxy is not None,
        "levels": list(definition.levels),
        "plausible_min": definition.plausible[0],
        "plausible_max": definition.plausible[1],
    }


def period_start(day: date, period: str) -> date:
    return day.replace(day=1) if period == "month" else day.replace(month=1, day=1)


def period_days(start: date, period: str) -> int:
    return calendar.monthrange(start.year, start.month)[1] if period == "month" else 365 + calendar.isleap(start.year)


def rollup(daily: pl.DataFrame, definition: MetricDefinition) -> pl.DataFrame:
    """Measures of a month or year from the published daily values of one metric.

    Only days with a value count; the days of the whole calendar period are expected, so that a month is
    absent until enough of it is there. mean: mean of the days; sum: their sum; days_above / days_from:
    days with a value above / of at least the threshold.
    """
    value = pl.col("value")
    threshold = pl.lit(definition.threshold, pl.Float64)
    how = {
        "mean": value.mean(),
        "sum": value.sum(),
        "days_above": (value > threshold).sum(),
        "days_from": (value >= threshold).sum(),
    }[definition.rollup or "mean"]
    every = {"month": "1mo", "year": "1y"}[definition.period]
    grouped = (
        daily.filter(pl.col("metric") == definition.rollup_of)
        .with_columns(pl.col("day").dt.truncate(every))
        .group_by("area", "area_level", "day")
        .agg(how.cast(pl.Float64).alias("value"), value.count().cast(pl.Int64).alias("n"))
    )
    expected = pl.col("day").map_elements(
        lambda start: period_days(start, definition.period), return_dtype=pl.Int64, skip_nulls=True
    )
    return measure(grouped, definition.metric, pl.col("value"), n=pl.col("n"), expected=expected)
