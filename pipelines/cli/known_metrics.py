"""The metrics that commands know: those of the platform, or those that a city has or could have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import cities_there, city_of, settings_of

if TYPE_CHECKING:
    from assets.metrics.definition import MetricDefinition, NamedEntry
    from assets.pack.city import City

OfCityOption = Annotated[
    str | None,
    typer.Option(
        "--city",
        help="City pack: its metrics, and which of its feeds they are computed from.",
        autocompletion=cities_there,
    ),
]


class KnownMetrics:
    """The metrics of the platform, and those of a city's own."""

    def __init__(
        self, city: City | None, metrics: Mapping[str, MetricDefinition], entries: Mapping[str, NamedEntry]
    ) -> None:
        self.city, self.metrics, self.entries = city, metrics, entries

    @classmethod
    def of(cls, name: str | None) -> KnownMetrics:
        from assets.metrics.entries import platform_entries, platform_metrics
        from assets.metrics.over_days import with_parts_over_days
        from assets.pack.of_periods import readings_of_periods

        if name is None:
            return cls(None, platform_metrics(), platform_entries())
        city = city_of(settings_of(None), name)
        entries = {**platform_entries(), **city.entries}
        # also of metrics that the city has not chosen: whether its readings of months give them
        metrics, of_periods = readings_of_periods(
            {**platform_metrics(), **city.metrics}, entries, city.choices, city.contracts.values()
        )
        return cls(city, metrics, with_parts_over_days({**of_periods, **entries}))

    def had(self) -> Iterator[str]:
        """The metrics that the city can have."""
        can = dict[str, bool]()
        for metric in self.metrics.values():
            if metric.entry not in can:
                can[metric.entry] = self._in_city(metric)["why_not"] is None
            if can[metric.entry]:
                yield metric.metric

    def row(self, metric: MetricDefinition) -> dict[str, Any]:
        """What a list says of a metric."""
        from assets.metrics.fields import field_of

        named = self.entries[metric.entry]
        derived = f"made of {', '.join(named.entry.made_of)}"
        return {
            "metric": metric.metric,
            "title": metric.title.shown,
            "unit": metric.unit,
            "period": metric.period,
            "subject": metric.subject,
            "field": field_of(metric.subject),
            "observes": named.entry.observes or derived,
            **(self._in_city(metric) if self.city is not None else {}),
        }

    def about(self, metric: MetricDefinition) -> dict[str, Any]:
        """All that there is to say of a metric."""
        from assets.metrics.in_words import rule_in_words, steps_in_words

        named = self.entries[metric.entry]
        longer = metric.rule is not None and metric.of is not None
        steps = steps_in_words(named.entry)
        if longer:
            assert metric.rule is not None  # as `longer` says
            assert metric.of is not None
            steps = [rule_in_words(metric.rule, metric.of, metric.period.replace("_", " "))]
        found = {
            **self.row(metric),
            "title": dict(metric.title.root),
            "formula": metric.formula,
            "steps": steps,
            "levels": list(metric.levels),
            "direction": metric.direction,
            "possible": list(metric.possible),
            "usual": None if metric.usual is None else list(metric.usual),
            "comparability": metric.comparability,
            "reads": None if metric.reads is None else metric.reads.shown,
            "not": None if metric.not_ is None else metric.not_.shown,
            "proxy": metric.proxy,
            "standard": None if metric.standard is None else metric.standard.model_dump(exclude_none=True),
            "judged_by": list(self._judged_by(metric, named)),
            "made_longer": [other.metric for other in self.metrics.values() if other.of == metric.metric],
            "file": f"{named.path.parent.name}/{named.path.name}",
        }
        return found | (self._choice(metric, named) | self._watched(named) if self.city is not None else {})

    def _judged_by(self, metric: MetricDefinition, named: NamedEntry) -> Iterator[str]:
        """The editions of the limit or index that it names."""
        from assets.metrics.entry import Threshold
        from assets.standards.choice import NOTHING_CHOSEN
        from assets.standards.in_words import index_in_words, limit_in_words
        from assets.standards.standards import NATIONAL

        choice, derived = NOTHING_CHOSEN if self.city is None else self.city.standards, named.entry.derived
        limit = metric.rule.limit if isinstance(metric.rule, Threshold) else None
        index = None if derived is None or derived.index is None or metric.rule is not None else derived.index.standard
        if self.city is None and str(limit or index).partition(".")[0] == NATIONAL:
            yield "the standard of the city's country"
        elif isinstance(limit, str):
            yield from limit_in_words(limit, named.entry.unit, choice)
        elif index is not None:
            yield from index_in_words(index, choice)

    def _in_city(self, metric: MetricDefinition) -> dict[str, Any]:
        from assets.check.metrics import cannot_be_had
        from assets.derive.parts import feeds_behind

        assert self.city is not None  # as the callers ask
        feeds = feeds_behind(metric.entry, {name: one.entry for name, one in self.entries.items()}, self.city)
        why = cannot_be_had(metric.entry, self.entries, self.city)
        choice = self.city.choices.get(metric.entry)
        if choice is not None and choice.does_not_occur is not None:
            why = f"the pack says that there is none: {choice.does_not_occur}"
        return {"feeds": list(feeds), "chosen": metric.metric in self.city.metrics, "why_not": why}

    def _watched(self, named: NamedEntry) -> dict[str, Any]:
        """Which flags of places count, and which network holds it; None: all do, and none does."""
        from assets.metrics.flags import flags_of
        from assets.metrics.held import held_against_what
        from assets.watch.flags import QcFlag
        from assets.watch.witness import WITNESS

        assert self.city is not None  # as the caller asks
        flags = {flag for flagging in flags_of(named.entry, self.city) for flag in flagging.flags}
        return {
            "flags": [QcFlag(flag).name.lower() for flag in sorted(flags)] or None,
            "witness": WITNESS if held_against_what(named.entry, self.city) else None,
        }

    def _choice(self, metric: MetricDefinition, named: NamedEntry) -> dict[str, Any]:
        assert self.city is not None  # as the caller asks
        choice = self.city.choices.get(metric.metric)
        return {
            "parameters": {name: self.city.parameters.get(name) for name in named.entry.parameters},
            "target": None if choice is None else choice.target,
            "target_source": None if choice is None else choice.target_source,
        }
