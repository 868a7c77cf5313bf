"""What stays out of the open file for the licence of a feed: its marts, all metrics that are made of it, outlines.

The pack can say of a feed that it leaves nevertheless, and why (`open.despite_licence`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from assets.derive.parts import feeds_of, feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.metrics.feeds import outlines_of
from assets.pack.city import City
from assets.terms.licences import RELEASED, LicenceClass, licence_terms


@dataclass(frozen=True)
class Withheld:
    """Of one city what does not leave for everybody."""

    feeds: Mapping[str, LicenceClass] = field(default_factory=dict)
    metrics: frozenset[str] = frozenset()
    marts: frozenset[str] = frozenset()
    outlines: bool = False  # the outlines of its areas

    @property
    def as_said(self) -> str:
        """All of it as a text, the same for the same."""
        return repr((sorted(self.feeds.items()), sorted(self.metrics), sorted(self.marts), self.outlines))


def withheld_of(city: City, despite: Collection[str]) -> Withheld:
    """What stays for the licences of the city's feeds, but for feeds that leave `despite` theirs."""
    terms = {name: licence_terms(contract.licence) for name, contract in city.contracts.items() if name not in despite}
    feeds: dict[str, LicenceClass] = {name: one.kind for name, one in terms.items() if one.kind != RELEASED}
    outlines = {contract.name for contract in outlines_of(city)}
    # outlines say in which area a place lies: no value is made of them
    made_of = feeds.keys() - outlines
    metrics = frozenset(
        metric
        for metric, groups in feeds_of_metrics(city).items()
        if metric in city.metrics and not made_of.isdisjoint(feeds_of(city, metric).union(*groups))
    )
    marts = frozenset(
        table.name for table in derived_tables(city) if table.layer == "mart" and not made_of.isdisjoint(table.feeds)
    )
    return Withheld(feeds, metrics, marts, not outlines.isdisjoint(feeds))
