"""From measured rows to metric values: completeness, status, and the reason of an absent value."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition
from assets.metrics.measured import DIGITS, cannot_be, completeness, lack, reason, stands
from assets.metrics.reasons import in_english
from assets.pack.city import City

# What a definition, and the city's choice, say about every value of a metric
_TERMS = {
    "metric": pl.String,
    "period": pl.String,
    "unit": pl.String,
    "target": pl.Float64,
    "proxy": pl.Boolean,
    "levels": pl.List(pl.String),
    "possible": pl.List(pl.Float64),
    "usual_min": pl.Float64,
    "usual_max": pl.Float64,
}


def to_values(measured: pl.DataFrame, city: City) -> pl.DataFrame:
    """Metric values of rows in MEASURED: with completeness, absence and its reason, unit, target and usual range.

    Below what its last step needs a value is absent with a reason; it is never zero. So is one that is not possible:
    it alone, however many others its table has. Where it is not known how much there should be, completeness is null
    and the value stands, unless even the least that there should be makes it too incomplete. Rows of levels that a
    metric is not given for are left out. A value with a remark is a proxy, and the remark its reason.
    Where the values come from (source, batch_ids) is not known here.
    """
    asked = set(measured["metric"].unique())  # a table has some of a hundred metrics, and a night asks for each of them
    terms = [_terms(metric, city.choices) for name, metric in city.computed_metrics.items() if name in asked]
    low, high = pl.col("possible").list.get(0), pl.col("possible").list.get(1)
    absent, remarked = pl.col("_why").is_not_null(), pl.col("remark").is_not_null()
    proxy, said = pl.col("proxy") | remarked, pl.coalesce("_why", "remark")
    return (
        measured.join(pl.DataFrame(terms, schema=_TERMS, orient="row"), on="metric")
        .filter(pl.col("area_level").is_in(pl.col("levels")))
        .with_columns(_complete=completeness().round_sig_figs(DIGITS))
        .with_columns(
            _why=pl.when(~stands()).then(pl.coalesce("why", _lacks())).otherwise(cannot_be(low, high)),
        )
        .with_columns(
            city=pl.lit(city.name),
            value=pl.when(~absent).then(pl.col("value").round_sig_figs(DIGITS)),
            completeness=pl.when(pl.col("expected").is_not_null() | absent).then("_complete"),
            status=pl.when(absent).then(pl.lit("absent")).when(proxy).then(pl.lit("proxy")).otherwise(pl.lit("ok")),
            reason_code=said.struct["code"],
            reason_gaps=said.struct["gaps"],
        )
        .with_columns(reason=in_english(pl.col("reason_code"), pl.col("reason_gaps")))
    )


def _lacks() -> pl.Expr:
    """Why a value does not stand, where the step said no reason: too few parts, or the formula gives no number."""
    return pl.when(completeness() >= pl.col("needs")).then(reason("not_defined")).otherwise(lack())


def _terms(metric: MetricDefinition, choices: Mapping[str, MetricChoice]) -> tuple[object, ...]:
    choice = choices.get(metric.metric)
    return (
        metric.metric,
        metric.period,
        metric.unit,
        None if choice is None else choice.target,
        metric.proxy is not None,
        list(metric.levels),
        list(metric.possible),
        *(metric.usual or (None, None)),
    )
