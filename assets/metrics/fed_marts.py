"""The marts that a city can have: those of which its feeds give all that is not optional.

To a metric a mart is as a feed: it has a contract, and rows of days or periods. Here is what is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import chain

from assets.mart import (
    CORRECTED,
    OUTLINES,
    TO_CORRECT,
    WITNESSES,
    Mart,
    Reads,
    declared_marts,
    mart_contract,
    private_table,
)
from assets.metrics.feeds import are_outlines, length_of, references_of
from assets.metrics.quantities import quantities_of
from assets.models import models
from assets.pack.city import City
from assets.pack.corrections import corrections_of, witnessed_by
from quality.contract.interval import Every, period_after, periods_spoken_of
from quality.contract.model import Contract

_Read = Mapping[str, tuple[Contract, ...]]  # by model or mart, the feeds, or the tables of the mart
_LENGTHS: Mapping[Every, timedelta] = {
    "day": timedelta(days=1),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}


# What stands in place of a model: which feeds have it, and what is said where none does.
_HAVING: Mapping[str, Callable[[Contract, City], bool]] = {
    OUTLINES: lambda feed, _: are_outlines(feed),
    CORRECTED: lambda feed, _: bool(feed.corrections) and feed.reference_since is None,
    TO_CORRECT: lambda feed, city: bool(corrections_of(feed, city.corrections)),
    WITNESSES: lambda feed, city: bool(witnessed_by(feed, city.corrections)),
}
_NONE_OF = {
    CORRECTED: "no feed says which column its provider corrected (`corrects`)",
    TO_CORRECT: "`corrections` of metrics.yaml corrects no network",
    WITNESSES: "`corrections` of metrics.yaml names no witness that has the quantity",
}


@dataclass(frozen=True, eq=False)
class FedMart:
    """A table of a mart with the feeds and tables of other marts of a city that it is made of."""

    contract: Contract
    mart: Mart
    feeds: Mapping[str, tuple[Contract, ...]]  # by what it reads: of a model feeds, registers among them, or the mart
    references: tuple[Contract, ...]  # registers and outlines that say where places stand, as far as they are there
    marts: Mapping[str, FedMart] = field(default_factory=dict)  # that it reads, by table
    quantities: frozenset[str] | None = None  # its rows are of these alone, others stand in another table; None: all

    @cached_property
    def of_time(self) -> tuple[Contract, ...]:
        """The feeds that have days or periods, and the marts, whose rows it reads."""
        return _once(one for one in chain.from_iterable(self.feeds.values()) if one.reference_since is None)

    @cached_property
    def whole(self) -> tuple[Contract, ...]:
        """The registers that are taken whole: those that it reads, and those of places."""
        registers = (one for one in chain.from_iterable(self.feeds.values()) if one.reference_since is not None)
        return _once((*registers, *self.references))

    @cached_property
    def feeds_read(self) -> tuple[Contract, ...]:
        """The feeds whose rows it is made of in the end, also through marts; registers and outlines among them."""
        own = (one for one in chain.from_iterable(self.feeds.values()) if one.name not in self.marts)
        return _once((*own, *chain.from_iterable(mart.feeds_read for mart in self.marts.values())))

    @cached_property
    def feeds_behind(self) -> tuple[Contract, ...]:
        """The same with those that only say where places stand."""
        of_marts = chain.from_iterable(mart.feeds_behind for mart in self.marts.values())
        return _once((*self.feeds_read, *self.references, *of_marts))

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The feeds of days or periods of which it needs one of each group; of a mart that it needs, those of that."""
        found = list[tuple[str, ...]]()
        for group in self.mart.needed:
            sources = list(chain.from_iterable(self.feeds[read.model] for read in group))
            timed = tuple(feed.name for feed in sources if feed.reference_since is None and feed.name not in self.marts)
            found += [
                tuple(dict.fromkeys(timed)),
                *chain.from_iterable(self.marts[one.name].groups for one in sources if one.name in self.marts),
            ]
        return tuple(dict.fromkeys(group for group in found if group))

    def starts(self, day: date) -> list[date]:
        """The first days of the periods of the mart that a day of its feeds goes into: its own, those of which it says
        something where it is the first of a longer period, and later ones that look back on these. Through a mart that
        it reads, these are of each period of that one."""
        if self._days_ahead is not None:
            return [day + timedelta(days=ahead) for ahead in self._days_ahead]
        every, found = self.mart.every, set[date]()
        for read in self.mart.reads:
            owns = set[date]()
            for source in self._timed(read):
                days = self.marts[source.name].starts(day) if source.name in self.marts else [day]
                owns.update(chain.from_iterable(periods_spoken_of(every, source.every, one) for one in days))
            found.update(period_after(own, every, back) for own in owns for back in read.back)
        return sorted(found)

    @cached_property
    def _days_ahead(self) -> tuple[int, ...] | None:
        """How far after a day of its feeds the days of the mart are that it goes into, where all that it reads is of
        days. A month of Seoul asks for `starts` 4,000 times: 30 days of a mart of 30 days, added up for each of them,
        was a quarter of the month's time."""
        found = set[int]()
        for read in self.mart.reads:
            for source in self._timed(read):
                own = self.marts[source.name]._days_ahead if source.name in self.marts else (0,)
                if self.mart.every != "day" or source.every != "day" or own is None:
                    return None
                found.update(ahead + back for ahead in own for back in read.back)
        return tuple(sorted(found))

    def _timed(self, read: Reads) -> Iterator[Contract]:
        return (source for source in self.feeds[read.model] if source.reference_since is None)


_Tables = Mapping[str, tuple[FedMart, ...]]  # by mart; none of one that the city cannot have


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def fed_marts(city: City) -> Mapping[str, FedMart]:
    """The tables of the marts of a city by name, each after those that it reads.

    Made from a private feed, the rows of a mart are published once its gate has admitted them.
    """
    return fed_of(declared_marts(), city)


def fed_of(marts: Mapping[str, Mart], city: City) -> Mapping[str, FedMart]:
    """Of these marts, each after those that it reads, the ones that the city can have, by the names of their tables: a
    mart by quantity has one of public and one of private quantities where the city has both."""
    found = dict[str, tuple[FedMart, ...]]()
    for name, mart in marts.items():
        read = {one.model: found.get(one.model, ()) for one in mart.reads if one.model in marts}
        found[name] = _tables(name, mart, city, read)
    return {one.contract.name: one for one in chain.from_iterable(found.values())}


def tables_of_mart(name: str, city: City) -> tuple[FedMart, ...]:
    """The tables of the mart of this name, that of public quantities first; none where the city cannot have it."""
    tables = fed_marts(city)
    return tuple(tables[table] for table in (name, private_table(name)) if table in tables)


def tables_with(name: str, quantities: Sequence[str], city: City) -> Iterator[tuple[FedMart, tuple[str, ...]]]:
    """Each table of a mart by quantity that has rows of these quantities, with those that it has."""
    for mart in tables_of_mart(name, city):
        own = tuple(one for one in quantities if mart.quantities is None or one in mart.quantities)
        if own:
            yield mart, own


def why_no_mart(name: str, city: City) -> str | None:
    """Why the city cannot have a mart of this name, in a sentence; None: it has it."""
    if name in fed_marts(city):
        return None
    said = list[str]()
    for group in declared_marts()[name].needed:
        lacking = [why for read in group if (why := _lacking(read, city))]
        said += lacking if len(lacking) == len(group) else []
    return f"the mart {name} cannot be made: {'; '.join(said)}"


def _tables(name: str, mart: Mart, city: City, marts: _Tables) -> tuple[FedMart, ...]:
    """The tables of a mart. marts: by name those of the ones that it reads."""
    feeds = {
        read.model: tuple(one.contract for one in marts[read.model]) if read.model in marts else _feeds_of(read, city)
        for read in mart.reads
    }
    whole = _fed(name, mart, city, feeds, marts)
    if whole is None or not (mart.by_quantity and whole.contract.private):
        return () if whole is None else (whole,)
    measured = [(feed, quantities_of(feed, city)) for feed in whole.feeds_read if feed.reference_since is None]
    hidden = frozenset[str]().union(*(of for feed, of in measured if _is_private(feed, city)))
    shown = frozenset[str]().union(*(of for _, of in measured)) - hidden
    of_shown = _of_quantities(shown, feeds, marts, city, private=False)
    public = _fed(name, mart, city, of_shown, marts, shown if hidden else None)
    if public is None:
        return (whole,)
    of_hidden = _of_quantities(hidden, feeds, marts, city, private=True)
    private = _fed(name, mart, city, of_hidden, marts, hidden)
    return (public,) if private is None else (public, private)


def _is_private(feed: Contract, city: City) -> bool:
    """Whether it is private itself, or what says where its places stand."""
    return any(one.private for one in (feed, *references_of(feed, city)))


def _of_quantities(quantities: frozenset[str], feeds: _Read, marts: _Tables, city: City, *, private: bool) -> _Read:
    """What a mart reads for its rows of these quantities: feeds that have one, tables of marts with such rows, and
    registers; nothing private unless the rows are."""
    tables = {one.contract.name: one for one in chain.from_iterable(marts.values())}

    def has(one: Contract) -> bool:
        if one.reference_since is not None:
            return True
        of = tables[one.name].quantities if one.name in tables else quantities_of(one, city)
        return of is None or not quantities.isdisjoint(of)

    return {
        model: tuple(one for one in of_model if has(one) and (private or not one.private))
        for model, of_model in feeds.items()
    }


def _fed(
    name: str, mart: Mart, city: City, feeds: _Read, marts: _Tables, quantities: frozenset[str] | None = None
) -> FedMart | None:
    """One table of a mart, of these feeds and tables of marts; None: what it needs is not among them."""
    registers = {feed.register_ for of_model in feeds.values() for feed in of_model}
    named = {read.model for read in mart.reads if read.named}
    feeds = {
        model: tuple(feed for feed in of_model if model not in named or feed.name in registers)
        for model, of_model in feeds.items()
    }
    if not all(any(feeds[read.model] for read in group) for group in mart.needed):
        return None
    sources = list(chain.from_iterable(feeds.values()))
    references = {one.name: one for source in sources for one in references_of(source, city)}
    private = any(source.private for source in (*sources, *references.values()))
    contract = mart_contract(name)
    waived = () if private else mart.of_private
    made_from = contract.model_copy(
        update={
            "name": private_table(name) if private and quantities is not None else name,
            "from_private": private,
            "rules": tuple(rule for rule in contract.rules if rule.code not in waived),
        }
    )
    read = {source.name for source in sources}
    had = {one.contract.name: one for one in chain.from_iterable(marts.values()) if one.contract.name in read}
    return FedMart(made_from, mart, feeds, tuple(references.values()), had, quantities)


def _feeds_of(read: Reads, city: City) -> tuple[Contract, ...]:
    return tuple(feed for feed in city.contracts.values() if _misfit(read, feed, city) == "")


def _lacking(read: Reads, city: City) -> str:
    """What the city lacks of what a mart reads; empty: it has it."""
    if read.model in declared_marts():
        return why_no_mart(read.model, city) or ""
    if _feeds_of(read, city):
        return ""
    said = [f"{feed.name} {why}" for feed in city.contracts.values() if (why := _misfit(read, feed, city))]
    return "; ".join(said) or _NONE_OF.get(read.model, f"no feed of model {read.model}")


def _misfit(read: Reads, feed: Contract, city: City) -> str | None:
    """Why a feed of the model does not do, after its name; empty: it does. None: it is of another model."""
    if read.model in _HAVING:
        return "" if _HAVING[read.model](feed, city) else None
    if read.model not in feed.models:
        return None
    lacking = [name for name in read.columns if name not in feed.schema]
    if lacking:
        return f"has no column {', '.join(lacking)}"
    if read.one_of and feed.schema.keys().isdisjoint(read.one_of):
        return f"has none of the columns {', '.join(read.one_of)}"
    if models()[read.model].time == "register":
        return ""
    if feed.reference_since is not None and read.registers:
        return ""
    if feed.reference_since is not None:
        return "is a register, whose rows have no time"
    most = read.longest if isinstance(read.longest, timedelta) else _LENGTHS[read.longest]
    length = length_of(feed) if feed.every == "day" else _LENGTHS[feed.every]
    if read.shortest is not None and length < _LENGTHS[read.shortest]:
        return f"has rows that are shorter: of a {feed.interval}"
    return "" if length <= most else f"has rows that are longer: of a {feed.interval}"


def _once(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    return tuple({contract.name: contract for contract in contracts}.values())
