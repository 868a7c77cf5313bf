"""Who gets a file, of which cities, and which metrics of their private feeds may be in it. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from assets.derive.parts import feeds_of, feeds_of_metrics
from assets.pack.city import City
from assets.pack.sharing import SHARING, OpenSharing, Partner, Sharing, sharing_or_mistake
from assets.tiers.withheld import Withheld, withheld_of
from quality.contract.mistakes import ContractError
from quality.contract.nearest import closest, what_to_write
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
    """The tiers there are to be, those that have ended, and what is wrong in files that say so, a sentence each."""

    of_tier: dict[str, Recipient] = field(default_factory=dict)
    # by tier, as if each unknown name were the known one that is most like it: what was released so is not taken back
    as_meant: dict[str, Recipient] = field(default_factory=dict)
    over: dict[str, date] = field(default_factory=dict)  # by tier, the last day of its contract
    mistakes: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)  # cities whose file cannot be read: what was released of them stays


def recipients(cities: Iterable[City], today: date | None = None) -> Recipients:
    """The tiers of these cities. `today`: for tests; else the day that it is in the city.

    A file that cannot be read shares nothing of its city. A name that there is no more (a metric that was dropped,
    one that is written wrong) shares nothing by itself, and costs nothing else.
    """
    found = Recipients()
    for city in cities:
        sharing = sharing_or_mistake(city.folder)
        if isinstance(sharing, ContractError):
            found.mistakes.append(f"{city.name} shares nothing: {sharing}")
            found.unread.add(city.name)
            continue
        found.mistakes += _unknown(city, sharing)
        day = today or datetime.now(UTC).astimezone(city.timezone).date()
        _add(found.of_tier, city, sharing, day)
        _add(found.as_meant, city, _as_meant(city, sharing), day)
        over = {name: partner.until for name, partner in sharing.partners.items() if partner.is_over(day)}
        found.over |= {f"{PARTNER}/{name}": until for name, until in over.items()}
    for tier in found.of_tier:
        found.over.pop(tier, None)  # of two cities one has a contract that lasts
    return found


def not_in_open(cities: Iterable[City]) -> list[City]:
    """The cities whose packs say nothing of an open file. A file with a mistake says so elsewhere."""
    said = [(city, sharing_or_mistake(city.folder)) for city in cities]
    return [city for city, sharing in said if isinstance(sharing, Sharing) and sharing.open is None]


def _unknown(city: City, sharing: Sharing) -> Iterator[str]:
    """A sentence for each metric or feed that the city has not."""
    opened = sharing.open or OpenSharing()
    lists = {"open.metrics": opened.metrics}
    lists |= {f"partners.{name}.gets": partner.gets for name, partner in sharing.partners.items()}
    wrong = [(where, "metric", one, city.metrics) for where, of in lists.items() for one in of]
    wrong += [("open.despite_licence", "feed", one, city.contracts) for one in opened.despite_licence]
    for where, kind, one, known in wrong:
        if one not in known:
            hint = f"take it out, or {what_to_write(one, known)}" if closest(one, known) else "take it out"
            yield f"{city.folder / SHARING}: {where}: there is no {kind} {one!r}, so this entry shares nothing: {hint}"


def _as_meant(city: City, sharing: Sharing) -> Sharing:
    """With the known name that is most like it in place of each unknown one."""

    def names(written: Iterable[str], known: Collection[str]) -> dict[str, str]:
        return {closest(name, known) or name if name not in known else name: name for name in written}

    opened, partners = sharing.open, dict(sharing.partners)
    if opened is not None:
        despite = {
            meant: opened.despite_licence[name] for meant, name in names(opened.despite_licence, city.contracts).items()
        }
        metrics = tuple(names(opened.metrics, city.metrics))
        opened = opened.model_copy(update={"metrics": metrics, "despite_licence": despite})
    for name, partner in partners.items():
        partners[name] = partner.model_copy(update={"gets": tuple(names(partner.gets, city.metrics))})
    return sharing.model_copy(update={"open": opened, "partners": partners})


def _add(tiers: dict[str, Recipient], city: City, sharing: Sharing, today: date) -> None:
    if sharing.open is not None:
        known = tiers.get(OPEN, Recipient(OPEN, "everybody", "any", "", None, {}))
        stays, despite = withheld_of(city, sharing.open.despite_licence), sharing.open.despite_licence
        tiers[OPEN] = replace(
            known,
            licence=sharing.open.licence,
            allowed={**known.allowed, city.name: _metrics(city, sharing.open.metrics) - stays.metrics},
            withheld={**known.withheld, city.name: stays},
            despite={**known.despite, city.name: despite},
        )
    for name, partner in sharing.partners.items():
        tier = f"{PARTNER}/{name}"
        if not partner.is_over(today):
            one = _with(tiers.get(tier), tier, partner)
            tiers[tier] = replace(one, allowed={**one.allowed, city.name: _metrics(city, partner.gets)})


def _metrics(city: City, names: Collection[str]) -> frozenset[str]:
    """Those that the city has: another name shares nothing."""
    return frozenset(name for name in names if name in city.metrics)


def _with(known: Recipient | None, tier: str, partner: Partner) -> Recipient:
    """A partner of several cities has one file, under all that each of them says, until the first contract ends."""
    if known is None:
        return Recipient(tier, partner.title, partner.purpose, partner.licence, partner.until, {})
    said = {
        "purpose": _both(known.purpose, partner.purpose),
        "licence": _both(known.licence, partner.licence),
    }
    return replace(known, **said, until=min(partner.until, known.until or partner.until))


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
