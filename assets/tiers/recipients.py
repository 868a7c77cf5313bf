"""Who gets a file, of which cities, and which metrics of their private feeds may be in it. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from assets.derive.parts import feeds_of, feeds_of_metrics
from assets.pack.city import City
from assets.pack.sharing import SHARING, Partner, Sharing, sharing_or_mistake
from assets.tiers.withheld import Withheld, withheld_of
from quality.contract.mistakes import ContractError
from warehouse.published.place import OPEN, PARTNER


@dataclass(frozen=True)
class Recipient:
    """A tier: whom it is for, and what it may hold. `allowed`: by city, the metrics of private feeds that it may see;
    a city that is not among them is not in the file."""

    tier: str
    title: str
    purpose: str
    licence: str
    until: date | None
    allowed: Mapping[str, frozenset[str]]
    withheld: Mapping[str, Withheld] = field(default_factory=dict)  # by city, what stays for its licence
    despite: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by city and feed, why it leaves anyhow

    def withheld_in(self, city: str) -> Withheld:
        """What of a city stays for its licence."""
        return self.withheld.get(city, Withheld())

    @property
    def said(self) -> str:
        """What stands in the comments of its file: for whom it is, what for, and under which licence."""
        end = "" if self.until is None else f", until {self.until}"
        return f"For {self.title}{end}. Purpose: {self.purpose}. Licence: {self.licence}"


@dataclass
class Recipients:
    """The tiers there are to be, those that have ended, and what is wrong in files that say so."""

    of_tier: dict[str, Recipient] = field(default_factory=dict)
    over: dict[str, date] = field(default_factory=dict)  # by tier, the last day of its contract
    mistakes: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # cities of these mistakes: what was released of them stays


def recipients(cities: Iterable[City], today: date | None = None) -> Recipients:
    """The tiers of these cities. `today`: for tests; else the day that it is in the city.

    What a city's file says of partners cannot be read in part: with a mistake in it the city shares nothing.
    """
    found = Recipients()
    for city in cities:
        sharing = sharing_or_mistake(city.folder)
        wrong = str(sharing) if isinstance(sharing, ContractError) else _unknown(city, sharing)
        if isinstance(sharing, ContractError) or wrong:
            found.mistakes.append(f"{city.name} shares nothing: {wrong}")
            found.unread.add(city.name)
            continue
        _add(found, city, sharing, today or datetime.now(UTC).astimezone(city.timezone).date())
    for tier in found.of_tier:
        found.over.pop(tier, None)  # of two cities one has a contract that lasts
    return found


def not_in_open(cities: Iterable[City]) -> list[City]:
    """The cities whose packs say nothing of an open file. A file with a mistake says so elsewhere."""
    said = [(city, sharing_or_mistake(city.folder)) for city in cities]
    return [city for city, sharing in said if isinstance(sharing, Sharing) and sharing.open is None]


def _unknown(city: City, sharing: Sharing) -> str:
    """A metric or feed that the city has not, in a sentence: a name that is written wrong is no reason to take another
    back."""
    lists = {} if sharing.open is None else {"open.metrics": sharing.open.metrics}
    lists |= {f"partners.{name}.gets": partner.gets for name, partner in sharing.partners.items()}
    wrong = [
        f"{where}: there is no metric {one!r}" for where, of in lists.items() for one in of if one not in city.metrics
    ]
    despite = () if sharing.open is None else sharing.open.despite_licence
    wrong += [f"open.despite_licence: there is no feed {feed!r}" for feed in despite if feed not in city.contracts]
    return f"{city.folder / SHARING}: {wrong[0]}; `madang city check {city.name}` says more" if wrong else ""


def _add(found: Recipients, city: City, sharing: Sharing, today: date) -> None:
    if sharing.open is not None:
        stays = withheld_of(city, sharing.open.despite_licence)
        allowed = {**_allowed(found, OPEN), city.name: frozenset(sharing.open.metrics) - stays.metrics}
        withheld = {**(found.of_tier[OPEN].withheld if OPEN in found.of_tier else {}), city.name: stays}
        despite = {**(found.of_tier[OPEN].despite if OPEN in found.of_tier else {})}
        despite |= {city.name: sharing.open.despite_licence}
        licence = sharing.open.licence
        found.of_tier[OPEN] = Recipient(OPEN, "everybody", "any", licence, None, allowed, withheld, despite)
    for name, partner in sharing.partners.items():
        tier = f"{PARTNER}/{name}"
        if partner.is_over(today):
            found.over[tier] = partner.until
            continue
        allowed = {**_allowed(found, tier), city.name: frozenset(partner.gets)}
        found.of_tier[tier] = _with(found.of_tier.get(tier), tier, partner, allowed)


def _allowed(found: Recipients, tier: str) -> Mapping[str, frozenset[str]]:
    return found.of_tier[tier].allowed if tier in found.of_tier else {}


def _with(known: Recipient | None, tier: str, partner: Partner, allowed: Mapping[str, frozenset[str]]) -> Recipient:
    """A partner of several cities has one file, under all that each of them says, until the first contract ends."""
    if known is None:
        return Recipient(tier, partner.title, partner.purpose, partner.licence, partner.until, allowed)
    said = {
        "purpose": _both(known.purpose, partner.purpose),
        "licence": _both(known.licence, partner.licence),
    }
    first = min(partner.until, known.until or partner.until)
    return Recipient(tier, known.title, said["purpose"], said["licence"], first, allowed)


def _both(one: str, other: str) -> str:
    return one if other in one.split("; ") else f"{one}; {other}"


def private_metrics(city: City) -> frozenset[str]:
    """The metrics of a city that rest on a private feed, whichever of its feeds it may be made of: also on one that it
    can do without, and on a register that it reads."""
    private = {name for name, contract in city.contracts.items() if contract.private}
    return frozenset(
        metric
        for metric, groups in feeds_of_metrics(city).items()
        if not private.isdisjoint(feeds_of(city, metric).union(*groups))
    )
