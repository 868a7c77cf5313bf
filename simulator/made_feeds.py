"""How the simulated city delivers each feed of a pack, and which it cannot make. Nothing is served here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.pack.city import City
from simulator.deliver.folder import write_drop_folder
from simulator.simulator import HAND_WRITTEN, Simulator
from simulator.times import night_of


@dataclass(frozen=True)
class MadeFeed:
    """`how`: the protocol of its service, or files; `what`: the models of its rows; `made`: by hand, as its provider is
    known to answer, or from its contract."""

    city: str
    feed: str
    how: str
    what: tuple[str, ...]
    made: str


def made_feeds(city: City) -> Iterator[MadeFeed]:
    """The feeds of a pack in their order."""
    for contract in city.contracts.values():
        connector = contract.connector
        services = () if connector is None else connector.services
        paths = "" if connector is None or connector.files is None else ", ".join(connector.files.paths)
        how = services[-1].protocol if services else f"files: {paths}" if paths else "nothing"
        made = "by hand" if services and city.name in HAND_WRITTEN else "from its contract"
        yield MadeFeed(city.name, contract.name, how, contract.models, made)


def cannot_be_made(city: City, now: datetime) -> list[str]:
    """A sentence for each feed that the simulated city cannot make, as far as its newest day shows it."""
    simulator = Simulator([city], lambda _city: now)
    world, night = simulator.worlds[city.name], night_of(now)
    with TemporaryDirectory(prefix="madang-") as folder:
        return [*simulator.not_made(world), *write_drop_folder(world, night, night, Path(folder))]
