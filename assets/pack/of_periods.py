"""Metrics of months, quarters and years of a city whose feeds deliver months, quarters or years.

Days come first: only where no feed of the model has rows of days or shorter, or where the pack names `feeds` of the
period for the metric itself, is a metric of a longer period made of readings of that period.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entry import KindRule, PeriodRule
from assets.metrics.of_periods import made_alike, of_period
from assets.metrics.over_days import is_over_days, with_parts_over_days
from assets.pack.narrowed import narrowed_entry
from quality.contract.interval import Every, Interval
from quality.contract.model import Contract

_PERIODS = ("month", "quarter", "year")


def readings_of_periods(
    metrics: Mapping[str, MetricDefinition],
    known: Mapping[str, NamedEntry],
    choices: Mapping[str, MetricChoice],
    contracts: Collection[Contract],
) -> tuple[dict[str, MetricDefinition], dict[str, NamedEntry]]:
    """The metrics of a city, those of longer periods that readings give as metrics of their own; and their entries."""
    found, made = dict(metrics), dict[str, NamedEntry]()
    for name, metric in metrics.items():
        named, choice = known[metric.entry], choices.get(name, MetricChoice())
        if (
            not isinstance(metric.rule, PeriodRule)
            or isinstance(metric.rule, KindRule)
            or metric.period not in _PERIODS
        ):
            continue
        if not made_alike(named.entry, metric.rule) or not _come_alone(named, metric.period, choice, contracts):
            continue
        narrow = narrowed_entry(named, choices.get(named.name, MetricChoice())).entry
        entry = of_period(
            narrow, cast("Every", metric.period), metric.rule, title=metric.title, possible=metric.possible
        )
        made[name] = replace(named, name=name, entry=entry)
        found[name] = metric.model_copy(
            update={
                "entry": name,
                "of": None,
                "rule": None,
                "formula": f"{named.entry.formula}, as readings of the {metric.period} have it",
                "min_completeness": entry.over_space.needs if entry.over_space is not None else 1.0,
                "counts": entry.over_space.counts if entry.over_space is not None else "places",
            }
        )
    return found, made


def with_longer_parts(
    metrics: Mapping[str, MetricDefinition], known: Mapping[str, NamedEntry]
) -> dict[str, MetricDefinition]:
    """These metrics, and those of longer periods that others are made of: readings may give them, too."""
    parts = with_parts_over_days(known).keys() - known.keys()
    longer = {metric.metric: metric for named in known.values() for metric in named.metrics if metric.metric in parts}
    return {**longer, **metrics}


def with_over_days(
    metrics: Mapping[str, MetricDefinition], entries: Mapping[str, NamedEntry]
) -> dict[str, MetricDefinition]:
    """The metrics, where those that are made of longer periods of days say so."""
    plain = {name: named.entry for name, named in entries.items()}
    return {
        name: metric.model_copy(update={"over_days": True})
        if metric.rule is None and is_over_days(metric.entry, plain)
        else metric
        for name, metric in metrics.items()
    }


def _come_alone(named: NamedEntry, period: str, choice: MetricChoice, contracts: Collection[Contract]) -> bool:
    """Whether the readings that the pack means, or all of the model, are of this period and none of days."""
    of_model = [c for c in contracts if named.entry.observes in c.models and c.reference_since is None]
    feeds = choice.feeds or named.entry.feeds
    spans = {_every(contract) for contract in of_model if not feeds or contract.name in feeds}
    return period in spans and "day" not in spans


def _every(contract: Contract) -> str:
    """Of what its rows are; a moment that is looked at once a month is of no month."""
    return "day" if contract.interval is None else Interval.parse(contract.interval).every
