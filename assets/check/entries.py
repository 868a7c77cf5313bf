"""What is wrong in an entry of a metric, by itself and among the others: what it names has to be there and fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assets.check.expressions import Flaw, derived_flaws, expression_flaws, parameter_flaws
from assets.derive.parts import circle_of
from assets.metrics.definition import NamedEntry
from assets.metrics.entries import platform_entries
from assets.metrics.entry import PEOPLE_PRESENT, Entry
from assets.metrics.made_of_others import RESIDENTS, Index, WeightedMean
from assets.metrics.over_days import OverDays
from assets.metrics.sql import names_in
from assets.pack.declared import Declared, parameters_to_write
from assets.standards.choice import NOTHING_CHOSEN, StandardChoice
from assets.standards.in_force import limit_in
from assets.standards.limit import named_limits
from assets.standards.standards import NATIONAL, file_and_name, index_editions, limit_editions
from quality.contract.mistakes import ContractError
from quality.contract.nearest import what_to_write


@dataclass(frozen=True)
class Among:
    """What an entry is judged by: the other entries by name, and what the pack has. None: whatever a pack has."""

    entries: Mapping[str, NamedEntry]
    chosen: frozenset[str] | None = None  # the metrics that the pack publishes
    parameters: Declared[Any] | None = None
    levels: tuple[str, ...] | None = None
    standards: StandardChoice = NOTHING_CHOSEN
    all_read: bool = True  # else one that is not there may be among those that could not be read, which is said there

    @property
    def of_pack(self) -> bool:
        """It is a pack that judges, with its country."""
        return self.parameters is not None

    def parameters_for(self, name: str) -> Declared[Any] | None:
        """The parameters for an entry: nobody of a pack can write another name into one of the platform's."""
        if self.parameters is None or name in platform_entries():
            return self.parameters
        return parameters_to_write(self.parameters)


def entry_flaws(name: str, among: Among) -> Iterator[Flaw]:
    """All that is wrong in one entry."""
    entry = among.entries[name].entry
    if isinstance(entry.derived, OverDays):  # nobody wrote it
        return
    yield from expression_flaws(entry, among.parameters_for(name))
    yield from _levels(name, entry, among)
    yield from _months(entry, among.parameters_for(name))
    if entry.derived is not None:
        yield from _derived(name, entry, among)
    if entry.per == "person_present" and PEOPLE_PRESENT not in among.entries:
        yield Flaw(
            ("per",), f"there is no metric {PEOPLE_PRESENT}, which it would be divided by", "write `per: resident`"
        )
    yield from _thresholds(entry, among)


def _levels(name: str, entry: Entry, among: Among) -> Iterator[Flaw]:
    """Levels that areas.csv lacks. An entry of the platform is given for those that the pack has, one at least."""
    shared = name in platform_entries() and among.levels is not None and not set(entry.levels).isdisjoint(among.levels)
    said = [(("levels", number), level) for number, level in enumerate(entry.levels) if not shared]
    weighted = None if entry.derived is None else entry.derived.weighted_mean
    if weighted is not None:
        said.append((("derived", "weighted_mean", "level"), weighted.level))  # pyright: ignore[reportArgumentType]
    for key, level in said if among.levels is not None else ():
        if level not in (among.levels or ()):
            yield Flaw(key, f"areas.csv has no area of level {level!r}", what_to_write(level, among.levels or ()))


def _months(entry: Entry, parameters: Declared[Any] | None) -> Iterator[Flaw]:
    said = entry.in_months
    if isinstance(said, str):
        if parameters is None:
            return
        yield from parameter_flaws(("in_months",), f"{{{said}}}", parameters)
        said = parameters.get(said, ())
    months = () if said is None else said if isinstance(said, list | tuple) else (said,)
    if any(not isinstance(month, int) or not 1 <= month <= 12 for month in months):
        yield Flaw(("in_months",), "months are numbers from 1 to 12", "write them as [5, 6, 7, 8, 9]")


def _derived(name: str, entry: Entry, among: Among) -> Iterator[Flaw]:
    """Metrics that are not there, are of other periods, or are made of this one; and what a standard has not."""
    said = entry.derived
    assert said is not None  # as the caller asks
    which = next(iter(said.model_fields_set))
    if said.expression is not None:
        try:
            names_in(said.expression)
        except ValueError as error:
            what, _, hint = str(error).rpartition("; ")
            yield Flaw(("derived", "expression"), what, hint)
            return
    for part in said.made_of:
        key = ("derived", which, *_place(said.weighted_mean or said.index, part))
        other = among.entries.get(part)
        if other is None and part == RESIDENTS and said.weighted_mean is None:
            yield Flaw(key, f"{RESIDENTS} is no metric", "write `per: resident`")
        elif other is None and among.all_read:
            yield Flaw(key, f"there is no metric {part!r}", _other_name(part, among, may_be_residents=key[-1] == "by"))
        elif other is not None and other.entry.span != entry.span:
            what = f"{part} is of each {other.entry.span}, and this metric of each {entry.span}"
            yield Flaw(key, what, _of_the_same(other, entry))
    if said.expression is not None and not said.made_of:
        what = f"{said.expression!r} names no metric"
        yield Flaw(("derived", "expression"), what, "write it of metrics, as in pm10_mean - pm25_mean")
    elif said.expression is not None and set(said.made_of) <= among.entries.keys():
        yield from derived_flaws(said.expression, said.made_of, among.parameters_for(name))
    circle = circle_of(name, {other: one.entry for other, one in among.entries.items()})
    if circle:
        yield Flaw(("derived",), f"it is made of itself: {' > '.join(circle)}", "take one of them out")
    if said.index is not None:
        yield from _index(said.index, among, hourly=entry.hourly)


def _place(said: WeightedMean | Index | None, part: str) -> tuple[str, ...]:
    if isinstance(said, WeightedMean):
        return ("of",) if said.of == part else ("by",)
    if isinstance(said, Index):
        return ("of", next(row for row, metric in said.of.items() if metric == part))
    return ()


def _of_the_same(part: NamedEntry, entry: Entry) -> str:
    """What to write in place of a part of another period."""
    longer = [metric.metric for metric in part.metrics if metric.rule is not None and metric.period == entry.span]
    if longer:
        return f"write {longer[0]}"
    key = "hourly" if "hour" in (part.entry.span, entry.span) else "every"
    return f"name one of each {entry.span}, or change `{key}`"


def _other_name(part: str, among: Among, *, may_be_residents: bool) -> str:
    longer = next(
        (one.name for one in among.entries.values() if part in (*one.longer_ids, *one.entry.thresholds)), None
    )
    if longer is not None:
        return f"it is of a longer period, and metrics are made of those of the day; write {longer}"
    return what_to_write(part, [*among.entries, RESIDENTS] if may_be_residents else among.entries)


def _index(said: Index, among: Among, *, hourly: bool) -> Iterator[Flaw]:
    national = said.standard.partition(".")[0] == NATIONAL
    if national and not among.of_pack:
        return
    try:
        editions = index_editions(said.standard, among.standards)
    except ContractError as error:
        yield from _of_standard(("derived", "index", "standard"), error)
        return
    found = {row.reading(hourly=hourly) for edition in editions.values() for row in edition.rows}
    rows = sorted(reading for reading in found if reading is not None)
    for row in () if national else said.of:  # whatever country it is: it reads those of its own
        if row not in rows:
            what = f"{said.standard} does not read {row!r} for {'an hour' if hourly else 'a day'}"
            yield Flaw(("derived", "index", "of", row), what, what_to_write(row, rows))


def _thresholds(entry: Entry, among: Among) -> Iterator[Flaw]:
    for metric, threshold in entry.thresholds.items():
        if among.chosen is not None and metric not in among.chosen:
            continue
        name, key = threshold.limit, ("thresholds", metric, "above" if threshold.above is not None else "reaches")
        if not isinstance(name, str) or (name.partition(".")[0] == NATIONAL and not among.of_pack):
            continue
        try:
            editions = limit_editions(name, among.standards)
            _, own = file_and_name(name, among.standards)
            for edition, one in editions.items():
                limit_in(named_limits(edition, one)[own], entry.unit, among.standards)
        except ContractError as error:
            yield from _of_standard(key, error)


def _of_standard(key: tuple[str, ...], error: ContractError) -> Iterator[Flaw]:
    for mistake in error.mistakes:
        yield Flaw(key, mistake.what, mistake.hint)
