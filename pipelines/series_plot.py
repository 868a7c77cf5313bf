"""The series of the metrics of a table as small pictures, for the metadata of its asset on Dagster's pages.

A picture is the line of the site's tiles (assets/site/figures/spark.py). Dagster shows one that stands in the Markdown
as a `data:` address, and opens by itself what is shorter than 1,000 characters. So each metric has a picture of its
own, and its figures stand below it as text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.derive.tables import DerivedTable
from assets.site.figures.spark import spark_alone
from pipelines.visible import markdown_text

STARTS = 60  # days that are shown, or months and years
HOURS_OF = 3  # days of which hours are shown


@dataclass(frozen=True)
class Series:
    """A metric of the whole city: a value for each of the days (or hours) of the picture, None where it is absent."""

    metric: str
    unit: str
    target: float | None
    days: Sequence[date]  # or the local beginnings of hours
    values: Sequence[float | None]


def series_of(run: RunContext, table: DerivedTable, until: date) -> Iterator[Series]:
    """Each metric of a table that has a value on one of its last live days up to `until`, in the order of the pack."""
    instant = "hour_utc" if "hour_utc" in table.contract.schema else "day"
    shown = "hour" if instant == "hour_utc" else "day"
    most = HOURS_OF if shown == "hour" else STARTS
    live = [day for day in sorted(sources.live(run, table.contract)) if day <= until][-most:]
    of_city = sources.rows(run, table.contract, live).filter(pl.col("area") == run.city.config.area)
    columns = list(dict.fromkeys(("metric", instant, shown, "value", "unit", "target")))
    rows = of_city.select(columns).sort(instant).collect()
    starts = rows.unique(instant, maintain_order=True) if shown == "hour" else pl.DataFrame({"day": live})
    by_metric = rows.partition_by("metric", as_dict=True)
    for metric in run.city.metrics:
        found = by_metric.get((metric,), rows.clear())
        if found["value"].count():
            newest, values = found.row(-1, named=True), dict(found.select(instant, "value").iter_rows())
            in_order = [values.get(start) for start in starts[instant]]
            yield Series(metric, newest["unit"], newest["target"], starts[shown].to_list(), in_order)


def as_markdown(series: Series) -> str:
    """The picture, and below it the last value, the lowest and highest, and the target, where there is one."""
    there = [(day, value) for day, value in zip(series.days, series.values, strict=True) if value is not None]
    (day, last), values = there[-1], [value for _, value in there]
    figures = f"{_short(last)} {series.unit} on {_when(day)}; {_short(min(values))} to {_short(max(values))}"
    aimed = "" if series.target is None else f", target {_short(series.target)}"
    said = markdown_text(f"{figures} since {_when(series.days[0])}{aimed}")
    return f"![{series.metric}](<data:image/svg+xml,{spark_alone(series.values, series.target)}>)\n\n{said}"


def _when(start: date) -> str:
    return f"{start:%Y-%m-%d %H:%M}" if isinstance(start, datetime) else f"{start}"


def _short(value: float) -> str:
    """Four significant digits; large and whole numbers as they are."""
    whole = 1000 <= abs(value) < 1e15 or math.isclose(value, round(value), abs_tol=1e-12)
    return f"{value:,.0f}" if whole and abs(value) < 1e15 else f"{value:.4g}"
