"""What is wrong in `corrections` of metrics.yaml: networks and quantities that no feed of the pack has."""

from __future__ import annotations

from collections.abc import Iterator

from assets.check.where import mistake_at
from assets.pack.city import PackFiles
from assets.pack.corrections import HUMIDITY, WEATHER, Correction, corrected_from, has_humidity
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.nearest import what_to_write


def correction_mistakes_of_pack(pack: PackFiles) -> Iterator[Mistake]:
    """Corrections that nothing can be made of."""
    if pack.choices is None:
        return
    path = pack.folder / "metrics.yaml"
    feeds = [feed for feed in pack.contracts.values() if feed.reference_since is None and feed.network is not None]
    for number, one in enumerate(pack.choices.corrections):
        for key, what, hint in _wrong(one, feeds):
            yield mistake_at(path, ("corrections", number, key), what, hint)


def _wrong(one: Correction, feeds: list[Contract]) -> Iterator[tuple[str, str, str]]:
    """The key, what is wrong, and what to do."""
    own = [feed for feed in feeds if feed.network == one.network]
    if not own:
        yield "network", f"no feed is of the network {one.network}", _networks(feeds)
        return
    having = [feed for feed in own if corrected_from(feed, one.quantity) is not None]
    if not having:
        numbers = {name for feed in own for name, dtype in feed.schema.items() if dtype.is_numeric()}
        what = f"no feed of the network {one.network} has a column {one.quantity!r}"
        yield "quantity", what, what_to_write(one.quantity, numbers)
        return
    if one.by == "humidity" and not any(map(has_humidity, having)):
        names = ", ".join(feed.name for feed in having)
        what = f"no {HUMIDITY} of the model {WEATHER} stands in {names}, and the formula needs it"
        yield "by", what, "write `by: linear`, or take the correction out"
    seen_by = [feed for feed in feeds if feed.network == one.witness]
    if one.witness is not None and not any(one.quantity in feed.schema for feed in seen_by):
        yield (
            "witness",
            f"no feed of the network {one.witness} has {one.quantity}",
            "take the correction out: no calibrated station measures it",
        )


def _networks(feeds: list[Contract]) -> str:
    there = sorted({str(feed.network) for feed in feeds})
    return f"there are: {', '.join(there)}" if there else "take the correction out: no feed says of which network it is"
