"""The graph of derived tables: which a city can have, what each needs, and what it is made from in the end.

Marts are found by file name, metrics by what the city has chosen; what they are made of is found among its feeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, cast

from assets.derive.contracts import hour_contract, made_of, metric_contract
from assets.derive.marts import MartTable
from assets.derive.over_days import over_parts, read_for_parts
from assets.derive.parts import can_be_had, with_parts
from assets.derive.periods import PeriodTable
from assets.derive.subjects import FeedUse, SubjectTable
from assets.metrics.definition import MetricDefinition
from assets.metrics.entry import Entry, LongPeriod
from assets.metrics.evaluate.periods import Rollup
from assets.metrics.fed_marts import fed_marts, tables_of_mart
from assets.metrics.feeds import computes_supply, references_of
from assets.metrics.flags import flags_of
from assets.metrics.held import held_against_what
from assets.metrics.over_days import is_over_days
from assets.metrics.recorrected import recorrected_below
from assets.metrics.sources import expects_usual, needs_hours_before, sources_of
from assets.pack.city import City

DerivedTable: TypeAlias = MartTable | SubjectTable | PeriodTable


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def derived_tables(city: City) -> tuple[DerivedTable, ...]:
    """The derived tables this city can have: those whose feeds it declares, each after the tables it needs."""
    subjects = [*_subjects_of(city, hourly=False), *_subjects_of(city, hourly=True)]
    return (*map(MartTable, fed_marts(city).values()), *subjects, *_periods_of(city, subjects))


def _subjects_of(city: City, *, hourly: bool) -> Iterator[SubjectTable]:
    """The tables of values of days, or of hours: of each subject the metrics chosen that a feed can give."""
    entries = {name: named.entry for name, named in city.entries.items()}
    for subject, metrics in _by_subject(city, hourly=hourly).items():
        made = tuple(name for name in metrics if can_be_had(name, entries, city) and not is_over_days(name, entries))
        if made:
            needed = {name: entries[name] for name in with_parts(made, entries)}
            readings = {name: _readings(entry, city) for name, entry in needed.items() if entry.observes is not None}
            contract = hour_contract(f"{subject}_hour") if hourly else metric_contract(subject)
            read = [reading for of_entry in readings.values() for reading in of_entry]
            feeds = [one for reading in read for one in (reading.contract, *reading.references)]
            title = f"Hours of {subject}." if hourly else f"Days of {subject}."
            own = made_of(contract, feeds, of_marts=any(one.mart is not None and one.makes_values for one in read))
            yield SubjectTable(own, title, made, needed, readings)


def _readings(entry: Entry, city: City) -> tuple[FeedUse, ...]:
    """What its values are made of, and the marts that say something of them. Where their quantity is private by
    another feed, public values do without: they would be as private as that."""
    own = _read(entry, city)
    # what is said last goes before: that a network is off says more than that its correction is another one
    held = (*recorrected_below(entry, city), *held_against_what(entry, city))
    said = [FeedUse(one.mart.contract, (), usual=False, before=False, mart=one.mart, witness=one) for one in held]
    said += [
        FeedUse(one.mart.contract, (), usual=False, before=False, mart=one.mart, flagging=one)
        for one in flags_of(entry, city)
    ]
    private = any(feed.private for use in own for feed in (use.contract, *use.references))
    return (*own, *(use for use in said if private or not use.contract.private))


def _read(entry: Entry, city: City) -> tuple[FeedUse, ...]:
    if tables_of_mart(entry.observes or "", city):
        before, marts = needs_hours_before(entry), fed_marts(city)
        return tuple(
            FeedUse(one, (), expects_usual(entry, one), before, mart=marts[one.name]) for one in sources_of(entry, city)
        )
    supplied = {contract.name for contract in sources_of(entry, city) if computes_supply(contract, city)}
    return tuple(
        FeedUse(
            contract,
            references_of(contract, city),
            expects_usual(entry, contract),
            before=needs_hours_before(entry) or contract.name in supplied,  # trips go on after midnight
            by_register=contract.name in supplied,
        )
        for contract in sources_of(entry, city)
    )


def _by_subject(city: City, *, hourly: bool) -> dict[str, list[str]]:
    """By subject, the entries of which the city has chosen a metric: a longer period is made of its daily one."""
    found = dict[str, list[str]]()
    over = (metric.entry for metric in city.metrics.values() if metric.over_days)
    for name in dict.fromkeys([*(metric.entry for metric in city.metrics.values()), *read_for_parts(over, city)]):
        entry = city.entries[name]
        if entry.entry.hourly == hourly:
            found.setdefault(entry.subject, []).append(name)
    return found


def _periods_of(city: City, subjects: Sequence[SubjectTable]) -> Iterator[PeriodTable]:
    """One table of longer periods for each subject that has such metrics in this city."""
    chosen = [metric for metric in city.metrics.values() if metric.of_days]
    for subject in dict.fromkeys(metric.subject for metric in chosen):
        own = [metric for metric in chosen if metric.subject == subject]
        longer = [_rollup(one, city.entries[one.entry].entry.unit) for one in own if one.rule is not None]
        over = over_parts([one.entry for one in own if one.over_days], city)
        of_all = {rollup.metric: rollup for rollup in (*over.rollups, *longer)}.values()
        rollups = {table.name: tuple(one for one in of_all if one.of in table.metrics) for table in subjects}
        standing = {table.name: tuple(one for one in over.standing if one in table.metrics) for table in subjects}
        tables = [table for table in subjects if rollups[table.name] or standing[table.name]]
        if tables:
            needs = tuple(table.contract for table in tables)
            feeds = frozenset().union(*(table.feeds for table in tables))
            contract = made_of(
                metric_contract(f"{subject}_period"), needs, of_marts=any(table.of_marts for table in tables)
            )
            holds = frozenset([*(rollup.metric for rollup in longer), *over.metrics])
            title = f"Weeks, months and years of {subject}."
            yield PeriodTable(contract, title, needs, feeds, rollups, holds, standing, over, tuple(tables))


def _rollup(metric: MetricDefinition, unit: str) -> Rollup:
    if metric.of is None or metric.rule is None:
        raise TypeError(f"{metric.metric} is of no longer period")
    return Rollup(metric.metric, metric.of, cast("LongPeriod", metric.period), metric.rule, unit)
