"""The drop folder of a simulated city that goes on: each night finds the files of the day that has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from assets.pack.city import City
from simulator.deliver.folder import write_drop_folder
from simulator.times import night_of
from simulator.world.world import World


class KeptUp:
    """Files for the newest night of each city, below `folder`. `clock` gives a city's local time."""

    def __init__(self, folder: Path, clock: Callable[[City], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._written = dict[str, date]()

    def write(self, world: World, first: date | None = None) -> list[str]:
        """The files of the nights from `first` (None: of the newest alone) to the newest, where that is a new one.

        Returns a sentence for each feed that cannot be made. Raises OSError where files cannot be written.
        """
        last = night_of(self._clock(world.city))
        if self._written.get(world.city.name) == last:
            return []
        sentences = write_drop_folder(world, first or last, last, self._folder)
        self._written[world.city.name] = last
        return sentences
