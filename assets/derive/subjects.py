"""A table of the values of one subject: each day is made of whichever of its feeds have the day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Literal, TypeAlias

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.derive.days_alike import asks_the_date, days_alike, said_of_all
from assets.derive.lineage import Lineage, batches_by_day, with_lineage
from assets.derive.measuring import Measuring
from assets.derive.parts import found_of_all, with_parts
from assets.derive.setting import city_setting
from assets.metrics.entry import Entry
from assets.metrics.evaluate.trace import TracedStep, trace
from assets.metrics.fed_marts import FedMart
from assets.metrics.feeds import computes_supply
from assets.metrics.flags import Flagging, places_of
from assets.metrics.held import Held
from assets.metrics.known_days import KnownDay
from assets.metrics.observed import Observed, Usual
from assets.metrics.observing import observe
from assets.metrics.recorrected import Recorrected
from assets.metrics.values import to_values
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.usual_days import WINDOW, Calendar, compared_days

KnownDays: TypeAlias = Mapping[str, Mapping[date, KnownDay]]  # by feed

Batches = Mapping[date, str]  # the live batches of a table by day
Compared = Mapping[date, Sequence[date]]  # the days that each day is compared with


@dataclass(frozen=True)
class FeedUse:
    """How an entry reads one of its feeds."""

    contract: Contract
    references: tuple[Contract, ...]  # say where its places stand; taken whole
    usual: bool  # earlier days of its kind say how much there should be: they are inputs too
    before: bool  # hours of the day before are looked back on: it is an input too
    by_register: bool = False  # it says nothing without its register, which has to be there
    mart: FedMart | None = None  # the contract is that of a mart, made of these feeds
    witness: Held | Recorrected | None = None  # the mart says what the values of the entry are worth, and makes none
    flagging: Flagging | None = None  # the mart says which places count, and makes no values

    @property
    def makes_values(self) -> bool:
        """Whether values are made of its rows: else these say something of values that are made of others."""
        return self.witness is None and self.flagging is None

    @property
    def feeds(self) -> Iterator[Contract]:
        """All feeds that it is made from."""
        if self.mart is not None:
            return iter(self.mart.feeds_behind)
        return iter((self.contract, *self.references))

    def starts(self, day: date) -> list[date]:
        """The days, or first days of periods, of its contract that a day of its feeds goes into."""
        return [day] if self.mart is None else self.mart.starts(day)


@dataclass(frozen=True, eq=False)
class SubjectTable:
    """The values of each day of the metrics of a subject, or of each hour.

    What a witness says of the network of an entry on a day, the watch of its provider's correction, and which places
    count, are inputs of it where they are there: it is made again when they change, and without them nothing is said,
    and all count.

    A metric of a day is there as soon as one of its feeds has the day, and is made again when another one comes. What
    it was made from is known of each metric by itself.
    """

    contract: Contract
    title: str
    metrics: tuple[str, ...]  # those that it holds
    entries: Mapping[str, Entry]  # of these, and of what they are made of
    readings: Mapping[str, tuple[FeedUse, ...]]  # by entry that observes

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def of_marts(self) -> bool:
        """Whether a metric of it observes a mart, which may have nothing to say of a day."""
        return any(reading.mart is not None and reading.makes_values for reading in self._readings)

    @property
    def layer(self) -> str:
        return self.contract.layer

    @cached_property
    def needs(self) -> tuple[Contract, ...]:
        """The feeds and marts of which one must have the day, and those that say what values are worth."""
        return _once(reading.contract for reading in self._readings)

    @cached_property
    def uses(self) -> tuple[Contract, ...]:
        """Registers and outlines, taken whole, as far as they are there."""
        return _once(reference for reading in self._readings for reference in reading.references)

    @cached_property
    def feeds(self) -> frozenset[str]:
        """All feeds that it is made from."""
        return frozenset(contract.name for reading in self._readings for contract in reading.feeds)

    @property
    def _readings(self) -> Iterator[FeedUse]:
        return chain.from_iterable(self.readings.values())

    def starts(self, day: date) -> list[date]:
        """The days of this table, or first days of periods, that a day of its feeds goes into."""
        return sorted({start for reading in _each_once(self._readings) for start in reading.starts(day)})

    def days_after(self, run: RunContext, days: Collection[date]) -> list[date]:
        """The days after these, and none of them, whose values are made with one of them."""
        found, made = set[date](), days
        for reading in _each_once(self._readings):
            contract, days = reading.contract, {start for day in made for start in reading.starts(day)}
            live = sources.live(run, contract)
            if self._reads(contract, "before"):
                found |= {day + timedelta(days=1) for day in days if day in live}
            if self._reads(contract, "usual"):
                later = [day for day in sorted(live) if day > min(days)][: len(days) + WINDOW]
                compared = _compared(contract, later, live, run.city.calendar)
                found |= {day for day in later if set(compared[day]) & set(days)}
        return sorted(found - {start for day in made for start in self.starts(day)})

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches that each of `days` is made from. A day of which no metric can be made is not among them."""
        return batches_by_day(self._lineage(run, days))

    def rows(self, run: RunContext, days: Sequence[date]) -> pl.DataFrame:
        """The values of `days`, each with the batches it was made from."""
        rows, usual = self._read(run, days)
        known = {contract.name: sources.known_days(run, contract, days) for contract in self.needs}
        return with_lineage(self.values_of(run.city, days, rows, usual, known), self._lineage(run, days))

    def only(self, metrics: Sequence[str]) -> SubjectTable:
        """The same with these metrics alone, and with the feeds that they are made of."""
        needed = with_parts(metrics, self.entries)
        readings = {name: of_entry for name, of_entry in self.readings.items() if name in needed}
        entries = {name: self.entries[name] for name in needed}
        return replace(self, metrics=tuple(metrics), entries=entries, readings=readings)

    def trace(self, run: RunContext, metric: str, days: Sequence[date], area: str | None) -> tuple[TracedStep, ...]:
        """The steps of one of its metrics on `days`, of the places in an area; None: of all."""
        measuring = self._measuring(run.city, days, *self._read(run, days))
        return trace(
            metric, self.entries, measuring.observed, days, measuring.setting, area, measuring.verdicts, measuring.flags
        )

    def values_of(
        self,
        city: City,
        days: Sequence[date],
        rows: Mapping[str, pl.LazyFrame],
        usual: Mapping[str, Usual] = MappingProxyType({}),
        known: KnownDays = MappingProxyType({}),
    ) -> pl.DataFrame:
        """The values of `days` that rows of its feeds, registers and outlines give, by name, as the lake has them."""
        alike = self._alike(city, days, rows)
        some = sorted(set(alike.values()))
        measured = self._measuring(city, some, rows, usual, known).of(self.metrics, some)
        return to_values(said_of_all(measured, alike) if len(some) < len(days) else measured, city)

    def _alike(self, city: City, days: Sequence[date], rows: Mapping[str, pl.LazyFrame]) -> Mapping[date, date]:
        """Each day with the day whose values it has: itself, but for what is computed of one timetable alone."""
        if len(self.needs) != 1 or not computes_supply(self.needs[0], city) or asks_the_date(self.entries.values()):
            return {day: day for day in days}
        feed = self.needs[0]
        timetable = rows.get(feed.register_ or "")
        since = None if timetable is None else timetable.select(pl.col(DAY).max()).collect().item()
        running = rows[feed.name].select(DAY, "service").unique().collect()
        return days_alike(running, days, since, city.config.timezone)

    def _read(self, run: RunContext, days: Sequence[date]) -> tuple[dict[str, pl.LazyFrame], dict[str, Usual]]:
        """By name, the rows that make `days`, and what is usual on them."""
        rows = {contract.name: sources.rows(run, contract) for contract in self.uses}
        for contract in self.needs:
            before = {day - timedelta(days=1) for day in days} if self._reads(contract, "before") else set()
            rows[contract.name] = sources.rows(run, contract, sorted({*days, *before}))
        compared = (contract for contract in self.needs if self._reads(contract, "usual"))
        return rows, {contract.name: _usual(run, contract, days) for contract in compared}

    def _measuring(
        self,
        city: City,
        days: Sequence[date],
        rows: Mapping[str, pl.LazyFrame],
        usual: Mapping[str, Usual],
        known: KnownDays = MappingProxyType({}),
    ) -> Measuring:
        by_feed = dict[str, Observed]()
        for one in self.needs:
            seen = observe(one, city, rows[one.name], days, rows, usual.get(one.name))
            by_feed[one.name] = replace(seen, days=known.get(one.name, {}))
        of_entry = {
            name: [by_feed[one.contract.name] for one in readings if one.makes_values]
            for name, readings in self.readings.items()
        }
        verdicts = {
            name: tuple(one.witness.verdicts(rows[one.contract.name]) for one in readings if one.witness is not None)
            for name, readings in self.readings.items()
        }
        flagging = {
            name: said
            for name, readings in self.readings.items()
            if (said := tuple(one.flagging for one in readings if one.flagging is not None))
        }
        places = {said: places_of(said, rows) for said in set(flagging.values())}
        flags = {name: places[said] for name, said in flagging.items()}
        return Measuring(self.contract, self.entries, of_entry, city_setting(city), verdicts, flags)

    def _reads(self, contract: Contract, what: Literal["usual", "before"]) -> bool:
        return any(getattr(reading, what) for reading in self._readings if reading.contract is contract)

    def _lineage(self, run: RunContext, days: Sequence[date]) -> Lineage:
        live = {contract.name: sources.live(run, contract) for contract in (*self.needs, *self.uses)}
        compared = {
            contract.name: _compared(contract, days, live[contract.name], run.city.calendar)
            for contract in _once(reading.contract for reading in self._readings if reading.usual)
        }

        def batches(name: str, day: date) -> frozenset[str]:
            read = (_batches(one, day, live, compared) for one in self.readings[name] if one.makes_values)
            found = frozenset(chain.from_iterable(read))
            said = (_batches(one, day, live, compared) for one in self.readings[name] if not one.makes_values)
            return found.union(*said) if found else found

        found = dict[tuple[str, date], Collection[str]]()
        for day in days:
            for name in self.metrics:
                made_from = found_of_all(name, self.entries, lambda part, of=day: batches(part, of))
                if made_from is not None:
                    found[name, day] = made_from
        return found


def _batches(reading: FeedUse, day: date, live: Mapping[str, Batches], compared: Mapping[str, Compared]) -> set[str]:
    """What an entry reads of one feed to make a day; nothing where the feed does not have the day."""
    batches = live[reading.contract.name]
    if day not in batches:
        return set()
    if reading.by_register and not any(_holds(live[one.name], day) for one in reading.references[:1]):
        return set()
    days = [day, *([day - timedelta(days=1)] if reading.before else [])]
    days += compared[reading.contract.name][day] if reading.usual else []
    references = (live[reference.name].values() for reference in reading.references)
    return {*(batches[one] for one in days if one in batches), *chain.from_iterable(references)}


def _holds(register: Batches, day: date) -> bool:
    return any(since <= day for since in register)


def _compared(contract: Contract, days: Sequence[date], live: Iterable[date], calendar: Calendar) -> Compared:
    since = contract.usual_since
    good = dict.fromkeys((day for day in live if since is None or day >= since), True)
    kinds = calendar if contract.every == "day" else None  # months are compared with months
    return {day: compared_days(day, good, kinds).days for day in days}


def _usual(run: RunContext, contract: Contract, days: Sequence[date]) -> Usual:
    compared = _compared(contract, days, sources.live(run, contract), run.city.calendar)
    pairs = [(day, before) for day, of_day in compared.items() for before in of_day]
    rows = sources.rows(run, contract, sorted({before for _, before in pairs}))
    return Usual(rows, pl.DataFrame(pairs, schema={"day": pl.Date, "before": pl.Date}, orient="row"))


def _each_once(readings: Iterable[FeedUse]) -> Iterable[FeedUse]:
    """One reading of each feed or mart."""
    return {reading.contract.name: reading for reading in readings}.values()


def _once(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    return tuple({contract.name: contract for contract in contracts}.values())
