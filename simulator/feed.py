"""What the simulator knows of a feed: where it is served and how large and how late its replies are.

This is the only place that looks at the contracts of a pack. It takes no column, no rule and no sample from them:
rows that came from a contract would agree with it even where the contract is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.pack.city import City


@dataclass(frozen=True)
class ServedFeed:
    """One feed of a pack that some service provides."""

    name: str
    title: str
    protocol: str
    lag_days: int  # a day is published so many days after it
    max_reply_mib: int  # the client refuses a longer reply


def served_feeds(city: City) -> Mapping[str, ServedFeed]:
    """The feeds of a pack that have a service, by name; of a service with several versions, the newest."""
    served = {}
    for contract in city.contracts.values():
        if contract.connector is None or not contract.connector.services:
            continue
        service = contract.connector.services[-1]
        served[contract.name] = ServedFeed(
            name=contract.name,
            title=contract.title.shown,
            protocol=service.protocol,
            lag_days=contract.lag_days,
            max_reply_mib=service.max_mib,
        )
    return served
