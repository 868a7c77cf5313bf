"""The marts that a city can have: those of which its feeds give all that is not optional.

To a metric a mart is as a feed: it has a contract, and rows of days or periods. Here is what is behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import chain

from assets.mart import OUTLINES, Mart, Reads, declared_marts, mart_contract
from assets.metrics.feeds import are_outlines, length_of, references_of
from assets.models import models
from assets.pack.city import City
from quality.contract.generated_rules import HAS_ROWS
from quality.contract.interval import Every, first_of_period, last_of_period, period_after
from quality.contract.model import Contract

_LENGTHS: Mapping[Every, timedelta] = {
    "day": timedelta(days=1),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}


@dataclass(frozen=True, eq=False)
class FedMart:
    """A mart with the feeds of a city that it is made of."""

    contract: Contract
    mart: Mart
    feeds: Mapping[str, tuple[Contract, ...]]  # by model, registers among them
    references: tuple[Contract, ...]  # registers and outlines that say where places stand, as far as they are there

    @cached_property
    def read(self) -> tuple[Contract, ...]:
        """The feeds whose rows it is made of, each once, registers and outlines among them."""
        return tuple({one.name: one for one in chain.from_iterable(self.feeds.values())}.values())

    @cached_property
    def of_time(self) -> tuple[Contract, ...]:
        """The feeds that have days or periods."""
        return tuple(feed for feed in self.read if feed.reference_since is None)

    @cached_property
    def feeds_of_time(self) -> frozenset[str]:
        """Their names."""
        return frozenset(feed.name for feed in self.of_time)

    @cached_property
    def whole(self) -> tuple[Contract, ...]:
        """The registers that are taken whole: those that it reads, and those of places."""
        registers = (feed for feed in self.read if feed.reference_since is not None)
        return tuple({one.name: one for one in (*registers, *self.references)}.values())

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The feeds of days or periods of which it needs one of each group."""
        needed = [self.feeds[read.model] for read in self.mart.reads if not read.optional]
        timed = [tuple(feed.name for feed in feeds if feed.reference_since is None) for feeds in needed]
        return tuple(group for group in timed if group)

    def starts(self, day: date) -> list[date]:
        """The first days of the periods of the mart that a day of its feeds goes into: its own, those of which it says
        something where it is the first of a longer period, and later ones that look back on these."""
        every, found = self.mart.every, set[date]()
        for read in self.mart.reads:
            for feed in self.feeds[read.model]:
                if feed.reference_since is None:
                    begins = first_of_period(day, feed.every) == day
                    own, last = first_of_period(day, every), last_of_period(day, feed.every) if begins else day
                    while own <= last:
                        found.update(period_after(own, every, back) for back in read.back)
                        own = period_after(own, every, 1)
        return sorted(found)


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def fed_marts(city: City) -> Mapping[str, FedMart]:
    """The marts of a city by name.

    Made from a private feed, the rows of a mart are published once its gate has admitted them.
    """
    found = {name: _fed(name, mart, city) for name, mart in declared_marts().items()}
    return {name: fed for name, fed in found.items() if fed is not None}


def why_no_mart(name: str, city: City) -> str | None:
    """Why the city cannot have a mart of this name, in a sentence; None: it has it."""
    if name in fed_marts(city):
        return None
    said = list[str]()
    for read in declared_marts()[name].reads:
        if not read.optional and not _feeds_of(read, city):
            said.append(_lacking(read, city))
    return f"the mart {name} cannot be made: {'; '.join(said)}"


def _fed(name: str, mart: Mart, city: City) -> FedMart | None:
    feeds = {read.model: _feeds_of(read, city) for read in mart.reads}
    if any(not feeds[read.model] for read in mart.reads if not read.optional):
        return None
    all_feeds = list(chain.from_iterable(feeds.values()))
    references = {one.name: one for feed in all_feeds for one in references_of(feed, city)}
    private = any(feed.private for feed in (*all_feeds, *references.values()))
    contract = mart_contract(name)
    # a mart may have nothing to say of a period, as of a change in the first year: no closed gate, and no value
    waived = {f"{contract.prefix}-{HAS_ROWS}", *(() if private else mart.of_private)}
    rules = tuple(rule for rule in contract.rules if rule.code not in waived)
    made_from = contract.model_copy(update={"from_private": private, "rules": rules})
    return FedMart(made_from, mart, feeds, tuple(references.values()))


def _feeds_of(read: Reads, city: City) -> tuple[Contract, ...]:
    return tuple(feed for feed in city.contracts.values() if _misfit(read, feed) == "")


def _lacking(read: Reads, city: City) -> str:
    said = [f"{feed.name} {why}" for feed in city.contracts.values() if (why := _misfit(read, feed))]
    return "; ".join(said) or f"no feed of model {read.model}"


def _misfit(read: Reads, feed: Contract) -> str | None:
    """Why a feed of the model does not do, after its name; empty: it does. None: it is of another model."""
    if read.model == OUTLINES:
        return "" if are_outlines(feed) else None
    if read.model not in feed.models:
        return None
    lacking = [name for name in read.columns if name not in feed.schema]
    if lacking:
        return f"has no column {', '.join(lacking)}"
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
