"""The ranks of values of one class, as intervals; and why a value has none."""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.formulas.rank_interval import rank_intervals
from assets.publication.benchmark.figures import DayFigures, Figures
from quality.contract.interval import last_of_period

_RANKED = {
    "row": pl.UInt32,
    "rank": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "ranked": pl.Int64,
    "ranked_with": pl.List(pl.String),
    "lacks": pl.String,
}


def why_not_ranked() -> pl.Expr:
    """Why a value is in no ranking whatever else there is; null where it can be in one."""
    comparability = pl.col("comparability")
    return (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("absent"))
        .when(~pl.col("met"))
        .then(pl.lit("incomplete"))
        .when(comparability == "X0")
        .then(pl.lit("relative"))
        .when(comparability == "X3")
        .then(pl.lit("within_city"))
        .when(pl.col("direction") == "none")
        .then(pl.lit("no_way_better"))
    )


def in_rankings(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the rows with `class_id` and `group`, those that may be ranked: several cities of a class in one group."""
    may_be = rows.with_row_index("row").filter(why_not_ranked().is_null())
    return may_be.filter(pl.len().over("class_id", "group") > 1)


def with_ranks(rows: pl.DataFrame, figures: Figures) -> pl.DataFrame:
    """The rows with rank, rank_low, rank_high, ranked, ranked_with and not_ranked.

    rows: city, metric, period, period_start, value, direction, met, class_id, and `group`: those of one class and one
    group are ranked together. The draws of a ranking hang on its metric and group alone: another city, or another
    order of the cities, changes no draw.
    """
    found = [
        ranked
        for (_, group), members in in_rankings(rows).partition_by("class_id", "group", as_dict=True).items()
        for ranked in _ranking(members.sort("city"), str(group), figures)
    ]
    ranks = pl.DataFrame(found, schema=_RANKED, orient="row")
    joined = rows.with_row_index("row").join(ranks, on="row", how="left", maintain_order="left").drop("row")
    why = pl.coalesce(why_not_ranked(), "lacks", pl.lit("alone"))
    return joined.with_columns(not_ranked=pl.when(pl.col("rank").is_null()).then(why)).drop("lacks")


def _ranking(members: pl.DataFrame, group: str, figures: Figures) -> list[tuple[object, ...]]:
    """A row in _RANKED for each member; only those whose days give their value have a rank."""
    picked, found = list[tuple[int, str, float, DayFigures]](), list[tuple[object, ...]]()
    for row, city, metric, period, start, value in members.select(
        "row", "city", "metric", "period", "period_start", "value"
    ).iter_rows():
        days = _days_of(figures, city, metric, period, start)
        if days is not None and days.give(value):
            picked.append((row, city, value, days))
        else:
            found.append((row, *[None] * 5, "no_interval"))
    if len(picked) < 2:
        return found + [(row, *[None] * 5, "alone") for row, *_ in picked]
    seed = f"{members['metric'][0]} {group}"
    intervals = rank_intervals(
        [value for _, _, value, _ in picked],
        [days.drawn(seed) for *_, days in picked],
        lower_is_better=members["direction"][0] == "lower",
    )
    cities = [city for _, city, _, _ in picked]
    return found + [
        (row, interval.rank, interval.low, interval.high, len(picked), cities, None)
        for (row, *_), interval in zip(picked, intervals, strict=True)
    ]


def _days_of(figures: Figures, city: str, metric: str, period: str, start: date) -> DayFigures | None:
    of_period = figures.get((city, metric))
    return None if of_period is None else of_period(start, last_of_period(start, period))
