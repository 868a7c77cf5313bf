"""Which rows the marts of the watch can have in a city: of which networks, quantities and corrections.

A metric of other rows never has a value. What rows there are on a day is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from assets.mart import PossibleRows
from assets.pack.city import City
from assets.pack.corrections import corrections_of, witnessed_by
from assets.watch.watched import watched_columns
from assets.watch.witness import WITNESS, WITNESSED
from quality.contract.base import Network
from quality.contract.model import Contract


def seen_in_networks(feeds: Sequence[Contract], _city: City) -> PossibleRows:
    """One for each network and watched quantity; the network of a feed that is of none is None."""
    found = [{"network": network, "quantity": quantity} for network, quantity in _measured(feeds)]
    return PossibleRows("network and quantity that its feeds measure", found)


def held_by_witness(feeds: Sequence[Contract], _city: City) -> PossibleRows:
    """One for each quantity of a cheap network that the reference network measures, too."""
    measured = _measured(feeds)
    found = [
        {"network": network, "witness": WITNESS, "quantity": quantity}
        for network, quantity in measured
        if network in WITNESSED and (WITNESS, quantity) in measured
    ]
    return PossibleRows("cheap network and quantity that the reference network measures, too", found)


def corrected_here(feeds: Sequence[Contract], city: City) -> PossibleRows:
    """One for each correction of the pack that a feed can have, and of a line one that is its witness."""
    found = [
        {"network": one.network, "quantity": one.quantity, "by": one.by}
        for one in city.corrections
        if any(one in corrections_of(feed, [one]) for feed in feeds)
        and (one.witness is None or any(witnessed_by(feed, [one]) for feed in feeds))
    ]
    return PossibleRows("correction of metrics.yaml", found)


def corrected_by_provider(feeds: Sequence[Contract], _city: City) -> PossibleRows:
    """One for each column that says which other it corrects."""
    found = [{"feed": feed.name, "quantity": column} for feed in feeds for column in feed.corrections]
    return PossibleRows("feed and column that says which other it `corrects`", found)


def _measured(feeds: Sequence[Contract]) -> list[tuple[str | None, str]]:
    """Networks and their watched quantities, each once. Rows of a feed with a column `network` may be of any."""
    found = dict[tuple[str | None, str], None]()
    for feed in feeds:
        if feed.reference_since is None:
            networks = get_args(Network) if "network" in feed.schema else (feed.network,)
            quantities = [name for model in feed.models for name in watched_columns().get(model, {})]
            found |= {(one, name): None for one in networks for name in quantities if name in feed.schema}
    return list(found)
