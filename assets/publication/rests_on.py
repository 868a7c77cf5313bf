"""What a published value rests on, and may be compared with: what follows from its metric, its feeds and its status."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from assets.derive.parts import feeds_of
from assets.metrics import reasons
from assets.metrics.definition import MetricDefinition
from assets.pack.city import City
from assets.publication.metric_columns import METRIC_DEFINITION

COMPLETE = 0.9  # from this completeness on a value is of full quality
NOT_REFERENCE = {"low_cost", "crowd", "modelled"}  # what nobody may take for reference instruments
_OF_METRIC = {
    "metric": pl.String,
    "comparability": pl.String,
    "_instruments": pl.Int64,
    "_target": pl.Float64,
    "_target_source": pl.String,
}


def what_it_rests_on(values: pl.DataFrame, city: City) -> pl.DataFrame:
    """The values with comparability, quality, notation and target_source.

    values: metric, status, completeness, reason_code, target. quality: H, less one grade for each of: a proxy;
    instruments of no reference network; completeness below 0.9 or not known. Feeds that name no network, such as
    counts of an operator, cost no grade. target_source is null for a value made when the pack had another target.
    """
    rows = values.join(_of_metrics(city), on="metric", how="left", maintain_order="left")
    incomplete = (pl.col("completeness") >= COMPLETE).fill_null(value=False).not_()
    grades = (pl.col("status") == "proxy").cast(pl.Int64) + pl.col("_instruments") + incomplete.cast(pl.Int64)
    quality = pl.when(grades == 0).then(pl.lit("H")).when(grades == 1).then(pl.lit("M")).otherwise(pl.lit("L"))
    return rows.with_columns(
        quality=pl.when(pl.col("status") != "absent").then(quality),
        notation=pl.when(pl.col("status") == "absent").then(reasons.notation(pl.col("reason_code")).fill_null("NE")),
        target_source=pl.when(pl.col("target") == pl.col("_target")).then("_target_source"),
    )


def metric_definition_rows(cities: Iterable[City]) -> pl.DataFrame:
    """Rows of metric.definition: what each metric that a city has chosen is there."""
    kinds = {"BOOLEAN": pl.Boolean, "DOUBLE": pl.Float64, "VARCHAR[]": pl.List(pl.String)}
    schema = {name: kinds.get(dtype, pl.String) for name, dtype in METRIC_DEFINITION.types.items()}
    rows = [_definition(city, definition) for city in cities for definition in city.metrics.values()]
    return pl.DataFrame(rows, schema=schema)


def _definition(city: City, definition: MetricDefinition) -> dict[str, object]:
    choice = city.choices[definition.metric]
    usual, standard = definition.usual or (None, None), definition.standard
    return {
        "city": city.name,
        "metric": definition.metric,
        "subject": definition.subject,
        "title": city.metric_title(definition.metric).shown,
        "formula": definition.formula,
        "unit": definition.unit,
        "direction": definition.direction,
        "standard": standard and standard.name,
        "edition": standard and standard.edition,
        "code": standard and standard.code,
        "verified": standard is not None and standard.verified,
        "source_url": standard and standard.url,
        "period": definition.period,
        "rolled_up_from": definition.of,
        "min_completeness": choice.min_completeness or definition.min_completeness,
        "possible_min": definition.possible[0],
        "possible_max": definition.possible[1],
        "usual_min": usual[0],
        "usual_max": usual[1],
        "comparability": definition.comparability,
        "caveat": definition.proxy,
        "feeds": sorted(feeds_of(city, definition.metric)),
    }


def _of_metrics(city: City) -> pl.DataFrame:
    """What is the same for all values of a metric of the city."""
    rows = []
    for metric, definition in city.metrics.items():
        networks = {city.contracts[feed].network for feed in feeds_of(city, metric)}
        choice = city.choices[metric]
        instruments = int(bool(networks & NOT_REFERENCE))
        rows.append((metric, definition.comparability, instruments, choice.target, choice.target_source))
    return pl.DataFrame(rows, schema=_OF_METRIC, orient="row")
