"""What the metrics of a city are made of: their parts, and which of them its feeds can give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any, TypeVar

from assets.mart import QUANTITY
from assets.metrics.conditions import conjuncts, may_be
from assets.metrics.entry import Entry
from assets.metrics.fed_marts import FedMart, fed_marts
from assets.metrics.feeds import NETWORK, computes_supply, is_mart
from assets.metrics.quantities import quantities_of
from assets.metrics.sources import sources_of, why_not
from assets.metrics.sql import parameters_in, with_parameters
from assets.pack.city import City
from quality.contract.model import Contract

T = TypeVar("T")


def with_parts(names: Iterable[str], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """These entries and all that they are made of, each after its parts."""
    found, seen = list[str](), set[str]()

    def add(name: str) -> None:
        if name in entries and name not in seen:
            seen.add(name)
            for part in entries[name].made_of:
                add(part)
            found.append(name)

    for name in names:
        add(name)
    return tuple(found)


def found_of_all(
    name: str, entries: Mapping[str, Entry], of: Callable[[str], frozenset[T]], path: tuple[str, ...] = ()
) -> frozenset[T] | None:
    """What `of` finds of all entries that this one is made from in the end; None where one is lacking.

    `of` finds nothing of an entry that observes and cannot be had. An index is made of those of its parts that can be
    had, one at least; anything else of all. What is made of itself (`path` led to it) cannot be had.
    """
    entry = entries.get(name)
    if entry is None or name in path:
        return None
    found = [found_of_all(part, entries, of, (*path, name)) for part in entry.made_of]
    if entry.observes is not None:
        found.append(of(name) or None)
    there = [one for one in found if one is not None]
    of_index = entry.derived is not None and entry.derived.index is not None
    enough = bool(there) if of_index else len(there) == len(found)
    return frozenset[T]().union(*there) if enough else None


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def feeds_of_metrics(city: City) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """By metric: the feeds that it is computed from in this city. Of each group one is enough; none: it cannot be had.

    A group is what one entry observes; of an index, what all of its parts observe; of a mart, what it reads of a model.
    """
    entries = {name: named.entry for name, named in city.entries.items()}
    groups = {name: _groups(name, entries, city) if can_be_had(name, entries, city) else () for name in entries}
    return {metric.metric: groups[metric.entry] for metric in city.computed_metrics.values()}


def _groups(name: str, entries: Mapping[str, Entry], city: City) -> tuple[tuple[str, ...], ...]:
    entry = entries[name]
    found = [group for part in entry.made_of if part in entries for group in _groups(part, entries, city)]
    if entry.derived is not None and entry.derived.index is not None:
        return (tuple(dict.fromkeys(chain.from_iterable(found))),)
    marts = _marts_read(entry, city)
    if marts:
        able = {feed.name for mart in marts for feed in _read_of(mart, entry, city)}
        # of tables of one mart each has a group for the same: one of any of them is enough
        of_tables = zip_longest(*(mart.groups for mart in marts), fillvalue=())
        found += [tuple(name for name in dict.fromkeys(chain(*group)) if name in able) for group in of_tables]
    elif entry.observes is not None:
        found.append(tuple(contract.name for contract in sources_of(entry, city)))
    return tuple(dict.fromkeys(found))


def _marts_read(entry: Entry, city: City) -> tuple[FedMart, ...]:
    """The tables of the mart that an entry observes: of marts by quantity also that of private ones. None of a feed."""
    marts = fed_marts(city)
    return tuple(marts[source.name] for source in sources_of(entry, city) if is_mart(source))


def feeds_behind(name: str, entries: Mapping[str, Entry], city: City) -> tuple[str, ...]:
    """All feeds of which an entry reads rows in this city, itself or in its parts, each once: of a mart also those that
    it can do without, and registers that it reads. Not those that only say where places stand."""
    marts = fed_marts(city)
    found = dict[str, None]()
    for part in with_parts([name], entries):
        for contract in sources_of(entries[part], city) if entries[part].observes is not None else ():
            mart = marts.get(contract.name) if is_mart(contract) else None
            timetable = [contract.register_ or ""] if computes_supply(contract, city) else []
            read = (
                [contract.name, *timetable]
                if mart is None
                else [feed.name for feed in _read_of(mart, entries[part], city)]
            )
            found.update(dict.fromkeys(read))
    return tuple(found)


def _read_of(mart: FedMart, entry: Entry, city: City) -> tuple[Contract, ...]:
    """The feeds of a mart that the rows which an entry takes of it are made of; registers and outlines among them."""
    if not mart.mart.by_quantity:
        return mart.feeds_read

    def may_have(name: str, value: str | None) -> bool:
        return may_be(entry.where, name, value, city.parameters)

    def taken(feed: Contract) -> bool:
        measured = quantities_of(feed, city)
        # rows of a network may be held against those of another: of a feed that is of none there are no rows of one
        of_none = feed.network is None and NETWORK not in feed.schema
        in_network = not of_none or may_have(NETWORK, None)
        return not measured or (in_network and any(may_have(QUANTITY, name) for name in measured))

    return tuple(feed for feed in mart.feeds_read if feed.reference_since is not None or taken(feed))


def feeds_of(city: City, metric: str) -> set[str]:
    """All feeds that a metric is made of in this city, registers that it reads among them; none: it cannot be had."""
    if not feeds_of_metrics(city)[metric]:
        return set()
    entries = {name: named.entry for name, named in city.entries.items()}
    return set(feeds_behind(city.computed_metrics[metric].entry, entries, city))


def readings_asked(name: str, entries: Mapping[str, Entry], parameters: Mapping[str, Any]) -> str | None:
    """Which readings an entry asks for, with the pack's parameters: itself, or that of its parts that asks for most."""
    parts = (entries[part].where for part in reversed(with_parts([name], entries)))
    asked = max((where for where in parts if where is not None), key=lambda one: len(conjuncts(one)), default=None)
    if asked is None or not parameters.keys() >= {*parameters_in(asked)}:
        return asked
    return with_parameters(asked, parameters)


@lru_cache(maxsize=32)  # as above
def marts_of_metrics(city: City) -> Mapping[str, tuple[FedMart, ...]]:
    """By metric: the marts that it is made of, itself or in its parts."""
    entries = {name: named.entry for name, named in city.entries.items()}
    return {
        metric.metric: tuple(
            dict.fromkeys(
                mart for part in with_parts([metric.entry], entries) for mart in _marts_read(entries[part], city)
            )
        )
        for metric in city.computed_metrics.values()
    }


def why_not_had(name: str, entries: Mapping[str, Entry], city: City) -> str:
    """Why the city has no feeds for an entry, or for what it is made of, in a sentence; empty where it has."""
    if can_be_had(name, entries, city):
        return ""
    lacking = [why for part in with_parts([name], entries) if (why := why_not(entries[part], city)) is not None]
    return "; ".join(dict.fromkeys(lacking)) or made_of_nothing(name, entries) or "it is made of no readings"


def made_of_nothing(name: str, entries: Mapping[str, Entry]) -> str | None:
    """Why an entry, or one that it is made of, is made of nothing that there is, in a sentence; None: of something."""
    for part in with_parts([name], entries):
        entry = entries[part]
        unknown = [other for other in entry.made_of if other not in entries]
        if unknown:
            return f"there is no metric {unknown[0]}, of which {part} is made"
        if circle := circle_of(part, entries):
            return f"{part} is made of itself: {' > '.join(circle)}"
        if entry.derived is not None and not entry.derived.made_of:
            return f"what {part} is derived from names no metric"
    return None


def circle_of(name: str, entries: Mapping[str, Entry]) -> list[str]:
    """The way from an entry back to itself; empty where there is none."""
    ways = [[name]]
    seen = set[str]()
    while ways:
        way = ways.pop()
        for part in entries[way[-1]].made_of if way[-1] in entries else ():
            if part == name:
                return [*way, name]
            if part not in seen:
                seen.add(part)
                ways.append([*way, part])
    return []


def can_be_had(name: str, entries: Mapping[str, Entry], city: City) -> bool:
    """Whether the city has feeds for an entry and for all that it is made of, and does not say that there is none."""
    choice = city.choices.get(name)
    return (choice is None or choice.does_not_occur is None) and bool(
        found_of_all(name, entries, lambda part: frozenset(one.name for one in sources_of(entries[part], city)))
    )
