"""benchmark.pair: for every two cities that have a metric, whether they may be compared, when, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from assets.pack.city import City
from assets.publication.benchmark.classes import KEY
from assets.publication.benchmark.columns import BENCHMARK_PAIR
from assets.publication.benchmark.differences import DIFFERENCES, difference_in_english
from assets.publication.benchmark.terms import terms_of
from assets.publication.benchmark.values import BENCHMARK_VALUE, YEARS_APART
from warehouse.arrow import fetched_frame, lend
from warehouse.published.load import MadeOfTables

_OF_EACH = ("class_id", "completeness", *KEY)
_OF_BOTH = ("row", "city", "period_start", "there", "of_class")


@dataclass(frozen=True)
class CityPairs(MadeOfTables):
    """benchmark.pair, made of benchmark.value, which is to be given earlier."""

    cities: Sequence[City]

    @classmethod
    def of(cls, cities: Sequence[City]) -> CityPairs:
        """The pairs of these cities."""
        return cls(BENCHMARK_PAIR, cities)

    def rows(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        several = terms_of(self.cities).select("metric").filter(pl.len().over("metric") > 1).unique()
        lent = lend(connection, "several", several)
        columns = ", ".join(f'"{name}"' for name in ("metric", "period", "city", "period_start", *_OF_EACH))
        values = fetched_frame(
            connection.sql(
                f"SELECT {columns}, value IS NOT NULL AS there FROM {BENCHMARK_VALUE.sql}"
                " SEMI JOIN several USING (metric)"
            )
        )
        lent.take_back()
        return pairs_of(values)


def pairs_of(values: pl.DataFrame) -> pl.DataFrame:
    """Rows of benchmark.pair. values: metric, period, city, period_start, there and _OF_EACH, of whole cities.

    Of two cities those values are looked at that may be compared, the newest of them; where none may be, the newest of
    the same period; where they share none, the newest of each.
    """
    ids = {one: number for number, one in enumerate(values["class_id"].drop_nulls().unique())}
    numbered = values.with_row_index("row").with_columns(
        of_class=pl.col("class_id").replace_strict(ids, default=None, return_dtype=pl.Int64)
    )
    light = numbered.select("metric", "period", *_OF_BOTH)
    newest = light.sort("there", "period_start").unique(["metric", "city"], keep="last", maintain_order=True)
    there, yearly = light.filter("there"), pl.col("period") == "year"
    apart = (pl.col("period_start").dt.year() - pl.col("period_start_other").dt.year()).abs()
    near = (pl.col("period_start") == pl.col("period_start_other")) | (yearly & (apart <= YEARS_APART))
    both = pl.concat(
        [
            _beside(there.filter(~yearly), ["metric", "period_start"]),
            _beside(there.filter(yearly), ["metric"]).filter(near),
            _beside(newest, ["metric"]),
        ]
    )
    same = (pl.col("of_class") == pl.col("of_class_other")).fill_null(value=False)
    found = (
        both.with_columns(comparable=same & near, near=near)
        .sort(
            "comparable",
            "near",
            pl.col("period_start") == pl.col("period_start_other"),
            pl.min_horizontal("period_start", "period_start_other"),
            "period_start",
        )
        .unique(["metric", "city", "city_other"], keep="last", maintain_order=True)
        .sort("metric", "city", "city_other")
        .join(numbered.select("row", *_OF_EACH), on="row", how="left", maintain_order="left")
        .join(
            numbered.select(*(pl.col(name).alias(f"{name}_other") for name in ("row", *_OF_EACH))),
            on="row_other",
            how="left",
            maintain_order="left",
        )
    )
    why = [_why(row) for row in found.iter_rows(named=True)]
    return found.select(
        "metric",
        "city",
        "period",
        "period_start",
        "comparable",
        pl.when("comparable").then("class_id").alias("class_id"),
        other="city_other",
        other_start="period_start_other",
        code=pl.Series([codes[0][0] if codes else None for codes in why], dtype=pl.String),
        codes=pl.Series([[code for code, _ in codes] for codes in why], dtype=pl.List(pl.String)),
        gaps=pl.Series([list(codes[0][1]) if codes else None for codes in why], dtype=pl.List(pl.String)),
        text=pl.Series([difference_in_english(*codes[0]) if codes else None for codes in why], dtype=pl.String),
    ).select(BENCHMARK_PAIR.names)


def _beside(values: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """The values, each with those of other cities that are the same in these columns."""
    others = values.select(*same, *(pl.col(name).alias(f"{name}_other") for name in _OF_BOTH))
    return values.join(others, on=same).filter(pl.col("city") != pl.col("city_other"))


def _why(row: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Code and gaps of each reason why the two values may not be compared, in the order of DIFFERENCES."""
    if row["comparable"]:
        return []
    sides = ("", "_other")
    classes = {row[f"comparability{side}"] for side in sides}
    without = [row[f"city{side}"] for side in sides if not row[f"there{side}"]]
    outside = [side for side in sides if row[f"there{side}"] and row[f"class_id{side}"] is None]
    unknown = [row[f"city{side}"] for side in outside if row[f"completeness{side}"] is None]
    lacking = [row[f"city{side}"] for side in outside if row[f"completeness{side}"] is not None]
    starts = tuple(str(row[f"period_start{side}"]) for side in sides)
    found: dict[str, tuple[str, ...]] = {}
    if "X0" in classes:
        found["relative"] = (row["metric"],)
    elif "X3" in classes:
        found["within_city"] = (row["metric"],)
    if without:
        found["absent"] = (", ".join(without),)
    elif not row["near"]:
        found["years" if row["period"] == "year" else "no_common_period"] = starts
    if lacking:
        found["incomplete"] = (", ".join(lacking),)
    if unknown:
        found["completeness_unknown"] = (", ".join(unknown),)
    for name in KEY if not without else ("comparability", "unit", "boundary_kind"):
        one, other = row[name], row[f"{name}_other"]
        if one != other:
            found[name] = (_said(one), _said(other))
    return [(code, found[code]) for code in DIFFERENCES if code in found]


def _said(value: str | None) -> str:
    return "-" if value is None else value
