"""Values of whole cities by hand, as the benchmark reads them, with the days that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from assets.publication.benchmark.classes import KEY, with_classes
from assets.publication.benchmark.figures import DayFigures
from assets.publication.benchmark.pairs import pairs_of
from assets.publication.benchmark.ranks import with_ranks
from quality.contract.interval import last_of_period

METRIC, START = "pm25_mean_month", date(2025, 3, 1)
_ROW: dict[str, Any] = {
    "metric": METRIC,
    "period": "month",
    "period_start": START,
    "unit": "ug/m3",
    "status": "ok",
    "source": "files",
    "completeness": 1.0,
    "method": "days of the month: mean, 75 %",
    "standard": None,
    "ways": ["hour > day: mean, 75 %; stations: mean, 75 %"],
    "comparability": "X1",
    "direction": "lower",
    "needs": 0.75,
    "own": None,
    "boundary_kind": "administrative",
    "network": "reference",
    "kind": "measured",
    "provider": "town",
}
_TYPES = {"value": pl.Float64, "completeness": pl.Float64, "needs": pl.Float64, "period_start": pl.Date}
_TYPES |= {"ways": pl.List(pl.String)}


@dataclass
class Compared:
    """Rows of cities: each of its days, whose mean is its value, and what else is other than in `_ROW`."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[tuple[str, str], Callable[[date, date], DayFigures]] = field(default_factory=dict)

    def city(self, name: str, days: Sequence[float] | None, **more: Any) -> Compared:
        """A value of the city; None: an absent one."""
        row = _ROW | {"city": name, "value": None} | more
        found = {} if days is None else self._days(row, days)
        if days is not None:
            row["value"] = float(np.nanmean(np.asarray(list(found.values()), dtype=np.float64)))
            self.figures[name, row["metric"]] = _figures(found)
        else:
            row |= {"status": "absent", "method": None, "source": None, "completeness": 0.0}
        self.rows.append(row | {key: value for key, value in more.items() if key == "value"})
        return self

    @property
    def classed(self) -> pl.DataFrame:
        """The rows with their class."""
        schema = {name: _TYPES.get(name, pl.String) for name in ("city", "value", *_ROW)}
        return with_classes(pl.DataFrame(self.rows, schema=schema))

    @property
    def ranked(self) -> dict[str, dict[str, Any]]:
        """By city its row, ranked among those of the same period."""
        grouped = self.classed.with_columns(group=pl.col("period_start").cast(pl.String))
        return {row["city"]: row for row in with_ranks(grouped, self.figures).to_dicts()}

    @property
    def pairs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The pair of each two cities."""
        found = pairs_of(
            self.classed.select(
                *("metric", "period", "city", "period_start", "class_id", "completeness", *KEY),
                there=pl.col("value").is_not_null(),
            )
        )
        return {(row["city"], row["other"]): row for row in found.to_dicts()}

    @staticmethod
    def _days(row: dict[str, Any], days: Sequence[float]) -> dict[date, float]:
        """The figure of each day of the period; a shorter list begins again."""
        start = row["period_start"]
        length = (last_of_period(start, row["period"]) - start).days + 1
        return {start + timedelta(n): days[n % len(days)] for n in range(length)}


def _figures(days: dict[date, float]) -> Callable[[date, date], DayFigures]:
    def of_period(start: date, end: date) -> DayFigures:
        wanted = [start + timedelta(n) for n in range((end - start).days + 1)]
        return DayFigures(np.asarray([days.get(day, np.nan) for day in wanted]), lambda mean: mean)

    return of_period
