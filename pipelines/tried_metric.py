"""A metric tried on what a home has: its figures and steps, with nothing written and nothing published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from assets.check.entries import Among, entry_flaws
from assets.check.metrics import cannot_be_had
from assets.context import RunContext
from assets.crashes import CRASHES, crash_text
from assets.derive import sources
from assets.derive.parts import readings_asked, with_parts
from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entries import metrics_of, platform_entries
from assets.metrics.entry import OwnEntry
from assets.metrics.over_days import with_parts_over_days
from assets.pack.city import City
from assets.pack.of_periods import with_over_days
from assets.retrace.retrace import MetricTable, Retraced, computed_now, table_of_metric
from pipelines.computed_again import Row, ShownStep, shown_rows
from pipelines.period_names import written_period
from quality.contract.interval import last_of_period, periods_with
from quality.contract.mistakes import Mistake
from quality.text import normalised

_FIGURE = ("area", "hour", "value", "unit", "n", "expected", "counted", "completeness", "status", "reason")


@dataclass(frozen=True)
class TriedMetric:
    """What a metric would be. `start`: first day of the period; None, and a reason, where there is nothing of it."""

    metric: str
    title: str
    unit: str
    period: str
    feeds: Sequence[str]
    start: date | None = None
    figures: Sequence[Row] = ()  # by area: the city, then all others
    steps: Sequence[ShownStep] = ()
    why_none: str | None = None
    private: Sequence[str] = ()  # private feeds behind it: no reading or place of theirs is shown

    @property
    def has_figures(self) -> bool:
        """Whether one of its areas has a value."""
        return any(figure["value"] is not None for figure in self.figures)


def with_entries(city: City, named: Sequence[NamedEntry]) -> City:
    """The city as if its pack had these entries, in place of those of the same names."""
    own = {one.name: one.in_language(city.config.plain) for one in named}
    known = with_parts_over_days({**platform_entries(), **city.entries, **own})
    needed = with_parts(own, {name: one.entry for name, one in known.items()})
    targets = {
        name: MetricChoice(target=one.entry.target, target_source=one.entry.target_source)
        for name, one in own.items()
        if isinstance(one.entry, OwnEntry)
    }
    entries = {**city.entries, **{name: known[name] for name in needed}}
    return replace(
        city,
        entries=entries,
        metrics=with_over_days({**city.metrics, **metrics_of(own.values())}, entries),
        choices={**{name: MetricChoice() for name in metrics_of(own.values())}, **city.choices, **targets},
    )


def flaws_of(city: City, names: Iterable[str]) -> Iterator[Mistake]:
    """What is wrong in these entries of the city, as `city check` says it."""
    among = Among(
        with_parts_over_days({**platform_entries(), **city.entries}),
        frozenset(city.metrics),
        city.parameters,
        tuple(city.areas["level"].unique(maintain_order=True)),
        city.standards,
    )
    for name in with_parts(names, {name: one.entry for name, one in among.entries.items()}):
        for flaw in entry_flaws(name, among):
            yield among.entries[name].mistake(flaw.what, flaw.hint, *flaw.key)


def area_called(city: City, text: str) -> str | None:
    """The area with this code or name, in any language."""
    asked = normalised(text).lower()
    for code, names in city.area_names.items():
        if code == text or asked in {normalised(name).lower() for name in names.root.values()}:
            return code
    return None


def try_metric(run: RunContext, metric: str, day: date | None, area: str) -> TriedMetric:
    """A metric of the city of a run, on its live rows. `day`: one of the period; None: the newest there is."""
    city, definition = run.city, run.city.metrics[metric]
    told = TriedMetric(metric, city.metric_title(metric).shown, definition.unit, definition.period, ())
    table = table_of_metric(city, metric)
    if table is None:
        known = {**platform_entries(), **city.entries}
        return replace(told, why_none=cannot_be_had(definition.entry, known, city) or "no feed of the city gives it")
    told = replace(told, feeds=sorted(table.feeds))
    days = live_days(run, table)
    if not days:
        return replace(told, why_none=f"the home has no rows of {', '.join(_read(run, table))}")
    start = _start(definition.period, day or days[-1])
    try:
        found = computed_now(run, table, start, area)
    except CRASHES as error:
        return replace(told, start=start, why_none=f"it cannot be computed: {crash_text(table.contract, error)}")
    figures = list(_figures(city, found))
    none = None if figures else _why_none(city, definition, start, days)
    steps = [
        ShownStep(s.metric, s.title, s.feed, shown_rows(s, metric, area, every_area=found.every_area))
        for s in found.steps
    ]
    return replace(told, start=start, figures=figures, steps=steps, why_none=none, private=found.private)


def _why_none(city: City, definition: MetricDefinition, start: date, days: Sequence[date]) -> str:
    """Why a period has no figure: there are rows of other `days`, or none of those that are asked for."""
    whole, written = f"{days[0]} to {days[-1]}", written_period(start, definition.period)
    last = start if definition.period == "hour" else last_of_period(start, definition.period)
    if not any(start <= day <= last for day in days):
        return f"no feed has rows of it on {written}; there are some of days from {whole}"
    entries = {name: one.entry for name, one in city.entries.items()}
    asked = readings_asked(definition.entry, entries, city.parameters)
    of = "" if asked is None else f" where {asked}"
    return f"the rows of {written} give no figure{of}; there are rows of {whole}"


def live_days(run: RunContext, table: MetricTable) -> list[date]:
    """The days of which a feed of a table has live rows."""
    return sorted({day for name in _read(run, table) for day in sources.live(run, run.city.contracts[name])})


def _read(run: RunContext, table: MetricTable) -> list[str]:
    """The feeds that its readings come from, without registers."""
    return sorted(name for name in table.feeds if run.city.contracts[name].reference_since is None)


def _start(period: str, day: date) -> date:
    """The first day of the period with this day: of the twelve trailing years the one that ends with its month."""
    return day if period == "hour" else min(periods_with(day, period))


def _figures(city: City, found: Retraced) -> Iterator[Row]:
    rows = found.values.sort(pl.col("area") != city.config.area, "area", maintain_order=True)
    for row in rows.iter_rows(named=True):
        named: Mapping[str, object] = {
            "name": city.area_names[row["area"]].shown if row["area"] in city.area_names else ""
        }
        yield {**named, **{name: row[name] for name in _FIGURE if name in row}}
