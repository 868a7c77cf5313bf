"""The rows of the open file that pages of metrics show, asked for once for all metrics of a city.

A file of three years and 90 metrics has 2.7 million values: each query that looks through them takes 45 ms of CPU, so
that none is asked for each page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.site.opened import OpenCity, OpenFile

Row = Mapping[str, Any]
# Of days those that a page shows, which are a third of three years: a month more than the newest twelve, and the last
# that has a value.
_OF_CITY = """
SELECT metric, period, period_start, value, completeness, reason_code, reason_gaps, reason, target, target_source,
    method, standard, source, first
FROM metric.value JOIN (
    SELECT metric, period, min(period_start) AS first, max(period_start) AS last,
        max(period_start) FILTER (value IS NOT NULL) AS there
    FROM metric.value WHERE city = ? AND area = ? GROUP BY ALL
) USING (metric, period)
WHERE city = ? AND area = ? AND (period <> 'day' OR period_start > last - 400 OR period_start = there)
ORDER BY metric, period, period_start"""
# Reasons that differ in counts alone are one, as 25 districts have 25 numbers of sensors. The least stands for all.
_REASONS = """
SELECT metric, area_level, reason_code, min(reason_gaps) AS reason_gaps, count(DISTINCT reason_gaps) AS kinds,
    min(reason) AS reason, {conf} AS conf_status, {period} AS period, count(*) AS n, count(DISTINCT area) AS areas,
    min({day}) AS first, max({day}) AS last
FROM metric.{table} WHERE city = ? AND value IS NULL
GROUP BY metric, area_level, reason_code, {conf}, {period}, coalesce(reason_code, reason),
    CASE WHEN reason_code LIKE 'too_few%' THEN NULL ELSE reason_gaps END
ORDER BY metric, area_level, n DESC, reason_code, reason_gaps, reason, period, conf_status"""
_ABSENT = _REASONS.format(conf="conf_status", period="period", day="period_start", table="value")
_ABSENT_HOURS = _REASONS.format(conf="NULL", period="'day'", day="day", table="hourly")
_EXTENT_HOURS = """
SELECT metric, count(*) AS n, count(value) AS there, count(DISTINCT area) AS areas, min(day) AS first, max(day) AS last
FROM metric.hourly WHERE city = ? GROUP BY metric"""
_EXTENT = """
SELECT metric, count(*) AS n, count(value) AS there, count(DISTINCT area) AS areas, min(period_start) AS first,
    max(period_start) AS last
FROM metric.value WHERE city = ? GROUP BY metric"""
_HOURS = """
SELECT metric, day, starts_at, value, unit, n, expected, completeness, reason_code, reason_gaps, reason, target,
    target_source, method, standard, comparability, source
FROM metric.hourly WHERE city = ? AND area = ? AND day > (SELECT max(day) FROM metric.hourly WHERE city = ?) - 31
ORDER BY metric, starts_at"""


@dataclass(frozen=True)
class CityRows:
    """The rows of all metrics of one city."""

    file: OpenFile
    city: OpenCity

    def of_city(self, metric: str) -> list[dict[str, Any]]:
        """The values of the city as a whole, by period and its first day; of days the newest. first: of all of them."""
        whole = (self.city.name, self.city.area)
        return self._rows(metric, "of city", _OF_CITY, *whole, *whole)

    def absent(self, metric: str) -> list[dict[str, Any]]:
        """Why values are absent: a row for each level of areas and each reason, with how many and from when to when."""
        found = self._rows(metric, "absent", _ABSENT, self.city.name)
        return found + (self._rows(metric, "absent hours", _ABSENT_HOURS, self.city.name) if self._has_hours else [])

    def extent(self, metric: str) -> Row | None:
        """How many values there are in the file, of how many areas, from when to when. None: no row."""
        found = self._rows(metric, "extent", _EXTENT, self.city.name)
        if self._has_hours and not found:
            found = self._rows(metric, "extent of hours", _EXTENT_HOURS, self.city.name)
        return found[0] if found else None

    def hours(self, metric: str) -> list[dict[str, Any]]:
        """The values of the newest 31 days of a metric of hours, of the city as a whole."""
        if not self._has_hours:
            return []
        return self._rows(metric, "hours", _HOURS, self.city.name, self.city.area, self.city.name)

    def latest(self, metric: str) -> list[dict[str, Any]]:
        """The newest value of each area."""
        frame = self.file.once(
            ("latest by metric", self.city.name), lambda: _by_metric(self.file.latest(self.city.name))
        )
        return frame[metric].rows(named=True) if metric in frame else []

    def derived(self, metric: str) -> list[dict[str, Any]]:
        """The definitions of the metrics of longer periods that are made of this one."""
        return [one for one in self.definitions.values() if one["rolled_up_from"] == metric]

    @property
    def definitions(self) -> Mapping[str, dict[str, Any]]:
        """By metric its definition."""
        rows = self.file.definitions(self.city.name)
        made = lambda: {row["metric"]: row for row in rows.iter_rows(named=True)}  # noqa: E731
        return self.file.once(("definitions by metric", self.city.name), made)

    def codes(self, metric: str) -> list[dict[str, Any]]:
        """The codes that a metric has in standards."""
        if "benchmark.code" not in self.file.tables():
            return []
        query = "FROM benchmark.code WHERE city = ? ORDER BY metric, standard_name, edition, code"
        return self._rows(metric, "codes", query, self.city.name)

    @property
    def feeds(self) -> Mapping[str, dict[str, Any]]:
        """By feed what mart.feed says of it."""
        if "mart.feed" not in self.file.tables():
            return {}
        rows = self.file.frame("FROM mart.feed WHERE city = ? ORDER BY feed", self.city.name)
        made = lambda: {row["feed"]: row for row in rows.iter_rows(named=True)}  # noqa: E731
        return self.file.once(("feeds by name", self.city.name), made)

    @property
    def _has_hours(self) -> bool:
        return "metric.hourly" in self.file.tables()

    def digests(self) -> Mapping[str, Sequence[object]]:
        """By metric what its page changes with: its newest values, too, as they become stale without being another."""

        def made() -> Mapping[str, Sequence[object]]:
            latest = self._sums("metric.latest", " EXCLUDE (published_at)")
            hourly = self._sums("metric.hourly") if self._has_hours else {}
            values = self.file.value_digests(self.city.name)
            return {m: (values.get(m), latest.get(m), hourly.get(m)) for m in self.definitions}

        return self.file.once(("digests of metrics", self.city.name), made)

    def texts_digest(self, language: str) -> str:
        """Changes with any text of the city in a language."""
        query = "SELECT sum(hash(t)) FROM (SELECT * FROM mart.text WHERE city = ? AND language = ?) t"
        return str(self.file.frame(query, self.city.name, language).item())

    def _sums(self, table: str, exclude: str = "") -> Mapping[str, str]:
        query = f"SELECT metric, sum(hash(t)) FROM (SELECT *{exclude} FROM {table} WHERE city = ?) t GROUP BY metric"
        return {row[0]: str(row[1]) for row in self.file.rows_once(query, self.city.name).rows()}

    def _rows(self, metric: str, what: str, query: str, *given: object) -> list[dict[str, Any]]:
        frames = self.file.once((what, self.city.name), lambda: _by_metric(self.file.rows_once(query, *given)))
        return frames[metric].rows(named=True) if metric in frames else []


def _by_metric(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part for key, part in frame.partition_by("metric", as_dict=True, maintain_order=True).items()}
