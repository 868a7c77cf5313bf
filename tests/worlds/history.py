"""Values of metrics from rows that are typed in: of their days, and of the days before that say what is usual."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.metrics.observed import Usual
from assets.pack.city import City
from quality.usual_days import compared_days


def values_of(
    city: City, metric: str, rows: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame] | None = None
) -> pl.DataFrame:
    """The values of a metric on the days of `rows`, by feed, register and outlines; of those left out there are none.

    before: rows of earlier days, by feed; without them nothing is known of what is usual. Columns that are left out
    are null.
    """
    tables = (table for table in derived_tables(city) if isinstance(table, SubjectTable))
    table = next(table for table in tables if metric in table.metrics)
    filled = {c.name: _filled(rows.get(c.name), c.schema) for c in (*table.needs, *table.uses)}
    days = sorted({day for name in rows for day in filled[name].select("day").collect()["day"]})
    earlier = {name: _filled(found, city.contracts[name].schema) for name, found in (before or {}).items()}
    usual = {name: Usual(found, _compared(city, days, found)) for name, found in earlier.items()}
    return table.values_of(city, days, filled, usual).filter(metric=metric)


def _filled(rows: pl.DataFrame | None, schema: pl.Schema) -> pl.LazyFrame:
    if rows is None:
        return schema.to_frame().lazy()
    missing = [pl.lit(None).alias(name) for name in schema if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items()).lazy()


def _compared(city: City, days: list, earlier: pl.LazyFrame) -> pl.DataFrame:
    good = dict.fromkeys(earlier.select("day").collect()["day"].unique(), True)
    pairs = [(day, before) for day in days for before in compared_days(day, good, city.calendar).days]
    return pl.DataFrame(pairs, schema={"day": pl.Date, "before": pl.Date}, orient="row")
