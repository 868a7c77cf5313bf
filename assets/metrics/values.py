"""From measures (value, n, expected) to metric values: completeness, status, and the reason of an absent value."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.metrics.model import Counted, MetricDefinition
from assets.pack.city import City

DIGITS = 12  # significant: the last ones of a float sum depend on the order in which the rows were added

# What is said of the part that is there, in the reason of an absent value
VALID: Mapping[Counted, str] = {
    "parts": "parts are valid",
    "days": "days are valid",
    "people": "people live where it is valid",
}

# What a definition, and the city's choice, say about every value of a metric
TERMS = {
    "metric": pl.String,
    "period": pl.String,
    "unit": pl.String,
    "least": pl.Float64,
    "valid": pl.String,
    "target": pl.Float64,
    "proxy": pl.Boolean,
    "levels": pl.List(pl.String),
    "possible_min": pl.Float64,
    "possible_max": pl.Float64,
}


def to_values(measures: pl.DataFrame, city: City) -> pl.DataFrame:
    """Metric values with completeness, absence with its reason, unit, target and plausible range.

    `measures` are the columns of `as_measures`. Below its completeness a value is absent with a reason; it is never
    zero. Where it is not known how much there should be, completeness is null and the value stands, unless even the
    least that there should be makes it too incomplete. Rows of levels that a metric is not given for are left out.
    Where the values come from (source, batch_ids) is not known here.
    """
    measured = set(measures["metric"].unique())
    terms = [_terms(city, definition) for definition in city.definitions.values() if definition.metric in measured]
    covered, expected = pl.col("covered"), pl.col("expected")
    completeness = pl.when(expected > 0).then(covered / expected).otherwise(0.0)
    enough = (pl.col("completeness") >= pl.col("least")) & pl.col("value").is_not_null()
    shown = pl.when(pl.col("known") | pl.col("reason").is_not_null()).then("completeness")
    too_few = pl.format(
        "{} of {} {} (needs {} %)",
        covered.round(0).cast(pl.Int64),
        expected.round(0).cast(pl.Int64),
        "valid",
        (pl.col("least") * 100).round(0).cast(pl.Int64),
    )
    absent = pl.col("reason").is_not_null()
    possible = pl.col("value").is_between("possible_min", "possible_max")  # neither is a value that is not finite
    cannot_be = pl.format("{} {} cannot be: {} to {} is possible", "value", "unit", "possible_min", "possible_max")
    return (
        measures.join(pl.DataFrame(terms, schema=TERMS), on="metric")
        .filter(pl.col("area_level").is_in(pl.col("levels")))
        .with_columns(completeness=completeness.clip(0, 1).round_sig_figs(DIGITS))
        .with_columns(reason=pl.coalesce("why", pl.when(~enough).then(too_few), pl.when(~possible).then(cannot_be)))
        .with_columns(reason_code=pl.when(enough & ~possible & pl.col("why").is_null()).then(pl.lit("impossible")))
        .with_columns(completeness=shown)
        .with_columns(
            expected=pl.when("known").then("expected"),
            **{
                name: pl.lit(None)
                for name in ("counted", "reason_gaps", "method", "standard", "usual_min", "usual_max")
            },
            city=pl.lit(city.name),
            value=pl.when(~absent).then(pl.col("value").round_sig_figs(DIGITS)),
            status=pl.when(absent).then(pl.lit("absent")).when("proxy").then(pl.lit("proxy")).otherwise(pl.lit("ok")),
        )
    )


def _terms(city: City, definition: MetricDefinition) -> dict[str, object]:
    choice = city.choices[definition.metric]
    return {
        "metric": definition.metric,
        "period": definition.period,
        "unit": definition.unit,
        "least": choice.min_completeness or definition.min_completeness,
        "valid": VALID[definition.counts],
        "target": choice.target,
        "proxy": definition.proxy is not None,
        "levels": list(definition.levels),
        "possible_min": definition.plausible[0],
        "possible_max": definition.plausible[1],
    }
