"""Of which quantities the watch has rows of a feed: the column QUANTITY of marts that have rows of several."""

from __future__ import annotations

from assets.models import models
from assets.pack.city import City
from assets.pack.corrections import corrections_of, witnessed_by
from quality.contract.model import Contract


def quantities_of(feed: Contract, city: City) -> frozenset[str]:
    """The columns of a feed that are watched, those that its provider corrects, and what the pack corrects by it."""
    of_models = ((name, said.watch) for model in feed.models for name, said in models()[model].columns.items())
    watched = {name for name, watch in of_models if watch is not None and name in feed.schema}
    by_pack = (*corrections_of(feed, city.corrections), *witnessed_by(feed, city.corrections))
    return frozenset({*watched, *feed.corrections, *(one.quantity for one in by_pack)})
