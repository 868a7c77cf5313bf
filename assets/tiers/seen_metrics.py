"""Which metrics of values a tier sees, so that tiers that see nearly the same are made of each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assets.tiers.recipients import Recipient


@dataclass(frozen=True)
class SeenMetrics:
    """The private metrics, each with its city, of the tiers of some cities, and the public ones that they lack."""

    cities: frozenset[str]
    metrics: frozenset[tuple[str, str]]
    withheld: frozenset[tuple[str, str]]  # of public feeds, for their licence

    def has(self, metric: tuple[str, str], private: bool) -> bool:
        """Whether the tiers have values of a metric of a city."""
        return metric not in self.withheld and (not private or metric in self.metrics)

    @property
    def private(self) -> frozenset[tuple[str, str]]:
        """Those of private feeds of which there are values."""
        return self.metrics - self.withheld

    @property
    def digest(self) -> str:
        """The same for the same, in each process."""
        said = repr([sorted(own) for own in (self.cities, self.metrics, self.withheld)])
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def seen_by(recipient: Recipient) -> SeenMetrics:
    """What one tier may see, and what is withheld from it."""
    withheld = {city: recipient.withheld_in(city).metrics for city in recipient.allowed}
    return SeenMetrics(frozenset(recipient.allowed), _pairs(recipient.allowed), _pairs(withheld))


def _pairs(metrics: Mapping[str, Iterable[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((city, name) for city, names in metrics.items() for name in names)


def by_city(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """By city its metrics, sorted."""
    found = dict[str, list[str]]()
    for city, name in sorted(pairs):
        found.setdefault(city, []).append(name)
    return found


def fewest_first(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Recipients in the order in which the file of one helps most with that of the next."""
    return sorted(recipients, key=lambda one: (-len(seen_by(one).withheld), len(seen_by(one).metrics), one.tier))
