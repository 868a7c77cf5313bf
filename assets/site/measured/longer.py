"""Months and years of a metric of days: what the metrics made of it say, beside the days that missed the target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.measured.pictures import Pictures, machine
from assets.site.measured.rows import CityRows
from assets.site.measured.series import MetricSeries
from assets.site.measured.shown import MetricTexts, period_text
from assets.site.navigation import metric_path
from assets.site.opened import NamedText

_SHOWN = {"week": 53, "month": 60, "quarter": 40, "year": 40}  # the newest; the pages of these metrics have the others
_METRICS = 4  # columns of a table


def longer_periods(
    rows: CityRows, words: SiteWords, series: MetricSeries, pictures: Pictures
) -> list[Mapping[str, Any]]:
    """A table for each longer period that metrics are made of this one for; the newest period first."""
    derived = rows.derived(rows_metric(rows, series))
    found = list[Mapping[str, Any]]()
    for period in ("week", "month", "quarter", "year"):
        metrics = [one for one in derived if one["period"] == period][:_METRICS]
        values = {one["metric"]: {r["period_start"]: r for r in rows.of_city(one["metric"])} for one in metrics}
        starts = sorted({start for of_metric in values.values() for start in of_metric}, reverse=True)
        days = _days(series, pictures) if period == "month" else {}
        if period == "month":
            starts = sorted({*starts, *days}, reverse=True)
        if not starts or not (days or any(r["value"] is not None for v in values.values() for r in v.values())):
            continue
        found.append(_table(words, period, metrics, values, starts[: _SHOWN[period]], days, rows, pictures))
    return found


def rows_metric(rows: CityRows, series: MetricSeries) -> str:
    """The metric that a series is of."""
    return next((row["metric"] for row in series.rows if row is not None), "")


def _table(
    words: SiteWords,
    period: str,
    metrics: list[dict[str, Any]],
    values: Mapping[str, Mapping[date, Mapping[str, Any]]],
    starts: list[date],
    days: Mapping[date, tuple[str, str]],
    rows: CityRows,
    pictures: Pictures,
) -> Mapping[str, Any]:
    texts = rows.file.texts(rows.city.name, words.language)
    columns: list[dict[str, Any]] = [{"title": words(f"metric.period_{period}"), "path": ""}]
    if days:
        columns.append({"title": words("metric.days_with_value"), "path": ""})
        if any(missed for _, missed in days.values()):
            columns.append({"title": words("metric.days_missed"), "path": ""})
    for one in metrics:
        title = words.named(texts.get(("metric", one["metric"]), NamedText(one["title"], "en")))
        columns.append({"title": title, "path": metric_path(words.language, rows.city.name, one["metric"])})
    lines = [
        [
            Markup('<time datetime="{}">{}</time>').format(machine(period, start), period_text(words, period, start)),
            *(_of_days(days, start, len(columns) - 1 - len(metrics))),
            *(_value(pictures, one, values[one["metric"]].get(start)) for one in metrics),
        ]
        for start in starts
    ]
    return {
        "period": period,
        "title": words(f"metric.by_{period}"),
        "label": words.plain(f"metric.by_{period}"),
        "columns": columns,
        "rows": lines,
    }


def _value(pictures: Pictures, metric: Mapping[str, Any], row: Mapping[str, Any] | None) -> Markup:
    if row is None or row["value"] is None:
        return Markup('<abbr title="{}">\N{EN DASH}</abbr>').format(pictures.why_text(row))
    own = MetricTexts(pictures.words, metric["unit"] or "")
    return own.value(row["value"], row["target"])


def _days(series: MetricSeries, pictures: Pictures) -> Mapping[date, tuple[str, str]]:
    """By month how many days have a value, and how many of them miss the target."""
    if series.period != "day":
        return {}
    found = dict[date, tuple[str, str]]()
    for month, rows in series.by_month.items():
        there = sum(row is not None and row["value"] is not None for row in rows)
        part, whole = pictures.counts_by_month(series)[month]
        count = pictures.words.count
        found[month] = (pictures.words.plain("metric.of", n=there, of=len(rows)), count(part) if whole else "")
    return found


def _of_days(days: Mapping[date, tuple[str, str]], start: date, columns: int) -> tuple[str, ...]:
    return (*days.get(start, ("", "")), "")[:columns] if columns else ()
