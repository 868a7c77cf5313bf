"""Which metrics are made in one pass: those of the same rows, of the same readings, by steps of the same kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from assets.metrics.entry import Entry
from assets.metrics.evaluate.flagged import PlaceFlags
from assets.metrics.evaluate.readings import where_of
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.known_days import AskedMean
from assets.metrics.observed import Observed
from assets.metrics.steps import SpaceStep, TimeStep

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
SEEN = TimeStep.model_validate({"to": "day", "as": "max", "of": 1, "needs": 1.0})
Expects: TypeAlias = Literal["register", "usual", "rows"] | int
StepKind: TypeAlias = tuple[str | None, int | None]  # `to` and `rolling_hours` of a step


@dataclass(frozen=True)
class ObservedMetric:
    """A metric that is made of rows: its entry, its steps as far as these rows need them, and what there should be."""

    metric: str
    entry: Entry
    space: SpaceStep
    steps: tuple[TimeStep, ...]
    expects: Expects
    flags: PlaceFlags | None = None  # which places count; None: all

    @property
    def mean_of_day(self) -> AskedMean:
        """The column, and the way, of which it is the mean of the day at each place; None: it is made otherwise."""
        column, step = self.entry.value, self.steps[0] if self.steps else None
        if not isinstance(column, str) or not column.isidentifier() or step is None or self.space.weight is not None:
            return None
        plain = step.to == "day" and not self.entry.changing and not self.entry.hourly
        return (column, step.as_) if plain and step.as_ in ("mean", "energy_mean") else None

    @property
    def kinds(self) -> tuple[StepKind, ...]:
        """The kind of each step; those of one kind can be taken together."""
        return tuple((step.to, step.rolling_hours) for step in self.steps)


@dataclass(frozen=True)
class Pass:
    """Metrics that are made in one pass over the same rows."""

    observed: tuple[Observed, ...]
    metrics: tuple[ObservedMetric, ...]
    known: bool = False  # each is a mean of the day at each place that Observed.days knows

    @property
    def entry(self) -> Entry:
        """One of its entries: all ask for the same readings."""
        return self.metrics[0].entry

    @property
    def expects(self) -> Expects:
        """What says how many places there should be; the same for all."""
        return self.metrics[0].expects

    @property
    def hourly(self) -> bool:
        """Its values are of hours."""
        return self.entry.hourly


def metrics_needed(wanted: Iterable[str], entries: Mapping[str, Entry], setting: CitySetting) -> list[str]:
    """The metrics wanted and all that they are made of, parts first. Raises ValueError where one is made of itself."""
    order = list[str]()

    def add(metric: str, path: tuple[str, ...]) -> None:
        if metric in path:
            raise ValueError(f"{metric} is made of itself: {' > '.join((*path, metric))}")
        if metric in order or metric not in entries:
            return
        for part in made_from(entries[metric], setting):
            add(part, (*path, metric))
        order.append(metric)

    for metric in sorted(wanted):
        add(metric, ())
    return order


def made_from(entry: Entry, setting: CitySetting) -> tuple[str, ...]:
    """The metrics that an entry is made of, or divided by."""
    people = (setting.people_present,) if entry.per == "person_present" else ()
    return (*entry.made_of, *people)


def passes(
    metrics: Iterable[str],
    entries: Mapping[str, Entry],
    observed: Mapping[str, Sequence[Observed]],
    parameters: Mapping[str, Any],
    flags: Mapping[str, PlaceFlags] = MappingProxyType({}),
) -> list[Pass]:
    """The passes in which the metrics are made that have rows."""
    groups = dict[tuple[object, ...], Pass]()
    for metric in metrics:
        entry = entries[metric]
        rows = tuple(one for one in observed.get(metric, ()) if can_be_made_of(entry, one))
        if not rows or entry.over_space is None:
            continue
        space = entry.over_space
        made = ObservedMetric(
            metric, entry, space, steps_taken(entry, rows[0]), _expects(space, rows), flags.get(metric)
        )
        asked = [where_of(entry, parameters, one) for one in rows]
        wheres = tuple(None if where is None else where.meta.serialize() for where in asked)
        known = all(where is None for where in asked) and all(_knows(one, made, parameters) for one in rows)
        key = (tuple(map(id, rows)), wheres, entry.changing, made.kinds, entry.hourly, made.expects, known)
        others = groups.get(key, Pass(rows, (), known=known))
        groups[key] = replace(others, metrics=(*others.metrics, made))
    return list(groups.values())


def _knows(observed: Observed, made: ObservedMetric, parameters: Mapping[str, Any]) -> bool:
    """Whether the means of the days are known of which a metric is made. A parameter of the city may have the name of a
    column."""
    if not observed.days or observed.unplaced is None or observed.identity != ("place",):
        return False
    if made.steps == (SEEN,) and not made.entry.changing:
        return all(day.means for day in observed.days.values())
    mean = made.mean_of_day
    return mean is not None and mean[0] not in parameters and all(mean in day.means for day in observed.days.values())


def can_be_made_of(entry: Entry, observed: Observed) -> bool:
    """Whether the steps of an entry lead from such rows to its days or hours."""
    length = observed.interval.length
    every = entry.every
    if every != "day" or observed.interval.every != "day":
        return every == observed.interval.every
    if _reports_alone(entry):
        return True
    if length == _DAY:
        return not entry.hourly and all(step.to == "day" for step in entry.over_time)
    kinds = [step.to or "rolling" for step in entry.over_time]
    of_hours = length == _HOUR
    for kind in kinds:
        if kind == "rolling" and not of_hours:
            return False
        of_hours = of_hours or kind == "hour"
    return of_hours and "day" not in kinds if entry.hourly else kinds[-1:] == ["day"]


def steps_taken(entry: Entry, observed: Observed) -> tuple[TimeStep, ...]:
    """The steps that such rows need: rows of a day, or of the period, pass as they are, those of an hour to hours. What
    rows say of their parts themselves is judged as a step."""
    length = observed.interval.length
    if observed.parts is not None:
        return (TimeStep.model_validate({"to": "day", "as": "last", "needs": observed.parts.needs}),)
    if length == _DAY or entry.every != "day":
        return ()
    if _reports_alone(entry):
        return (SEEN,)
    return tuple(step for step in entry.over_time if not (step.to == "hour" and length == _HOUR))


def _reports_alone(entry: Entry) -> bool:
    """It counts the places with a row on the day, at whatever time."""
    reporting = entry.over_space is not None and entry.over_space.as_ == "reporting"
    return reporting and not entry.over_time and not entry.hourly


def _expects(space: SpaceStep, observed: Sequence[Observed]) -> Expects:
    """What the entry says; else one where rows name no place, the register where all have one, or what is usual. Of
    rows of areas those that there are: who made them gave a row for each that there should be."""
    if space.expects is not None:
        return space.expects
    if all(one.of_areas for one in observed):
        return "rows"
    if not any(one.identity for one in observed):
        return 1
    return "usual" if any(one.expected is None for one in observed) else "register"
