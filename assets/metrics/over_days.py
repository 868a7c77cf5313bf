"""Metrics of days over a longer period, where another metric of that period is made of them.

A ratio of a month is one of two sums of the month, and never a mean of the days' ratios: an entry with `every: month`
may name `<metric>_month`. Where that is made of days, it is a part that no author has written as an entry; here it
becomes one, so that all that looks at parts finds it. How it is computed belongs to `assets/derive/over_days.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entry import Entry, OwnEntry, PeriodRule, Threshold
from assets.metrics.made_of_others import Derived
from quality.contract.interval import Every

_OF_THE_DAY: Mapping[str, Any] = {
    "observes": None,
    "where": None,
    "feeds": (),
    "changing": (),
    "value": None,
    "over_time": (),
    "over_space": None,
    "per": None,
    "in_months": None,
    "periods": {},
    "thresholds": {},
    "kinds_of_days": {},
}


class OverDays(Derived):
    """The values of a metric of days over their period. Made by code, never written."""

    of: str
    rule: PeriodRule | Threshold

    @property
    def made_of(self) -> tuple[str, ...]:
        """The metric of days."""
        return (self.of,)


def with_parts_over_days(entries: Mapping[str, NamedEntry]) -> dict[str, NamedEntry]:
    """The entries, and besides the parts of theirs that are longer periods of others."""
    longer = dict(_longer(entries))
    named = {part for one in entries.values() if one.entry.every != "day" for part in one.entry.made_of}
    return {**{part: longer[part] for part in sorted(named - entries.keys()) if part in longer}, **entries}


def is_over_days(name: str, entries: Mapping[str, Entry], above: tuple[str, ...] = ()) -> bool:
    """Whether a metric of a longer period is made of values of days, by one of its parts at least."""
    entry = entries.get(name)
    if entry is None or entry.derived is None or entry.every == "day" or name in above:
        return False
    if isinstance(entry.derived, OverDays):
        return True
    return any(is_over_days(part, entries, (*above, name)) for part in entry.made_of)


def _longer(entries: Mapping[str, NamedEntry]) -> Iterator[tuple[str, NamedEntry]]:
    for named in entries.values():
        for metric in named.metrics:
            if metric.rule is not None and metric.period in ("month", "quarter", "year"):
                yield metric.metric, _part(named, metric, metric.period)


def _part(named: NamedEntry, metric: MetricDefinition, every: Every) -> NamedEntry:
    said = {
        **_OF_THE_DAY,
        "every": every,
        "derived": OverDays.model_construct(of=named.name, rule=metric.rule),
        "unit": metric.unit,
        "possible": metric.possible,
        "usual": metric.usual,
        "title": metric.title,
        "formula": metric.formula,
        "standard": metric.standard,
        "codes": metric.codes,
        **({"target": None, "target_source": None} if isinstance(named.entry, OwnEntry) else {}),
    }
    return replace(named, name=metric.metric, entry=named.entry.model_copy(update=said))
