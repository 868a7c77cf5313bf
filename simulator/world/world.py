"""The world behind the simulated city: which pack, which seed, and where all its chance comes from.

Nothing of a domain belongs here; weather, air, people and the rest are modules beside this one.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from assets.pack.city import City


@dataclass(frozen=True, eq=False)
class World:
    """One city made up from one seed. Two worlds of the same pack and seed hold the same data.

    Frames hold unrounded truth; what a service rounds, masks or gets wrong is made where its replies are made.
    Caches know a world by its identity, so that a pack changed on disk is never answered from an older one.
    """

    city: City
    seed: int = 1
    sensors_per_district: int = 12

    def random(self, stream: str, day: date | None = None) -> np.random.Generator:
        """Chance of one stream on one day (or of all days): the same in every process and any order of calls."""
        return self._generator(stream, 0 if day is None else day.toordinal())

    def wave(self, stream: str, times: np.ndarray, scale: float, series: int = 1) -> np.ndarray:
        """Smooth chance with mean 0 and deviation 1, shape (series, times).

        times: days since year 1, see `hours`. scale: days after which it has forgotten itself. Knots are
        drawn every `scale` days and turned into each other by cosine and sine, which keeps the deviation
        at 1 between knots too; a single day needs two or three knots and no history.
        """
        position = np.asarray(times, dtype=float) / scale + zlib.crc32(stream.encode()) % 1000 / 1000
        knot = np.floor(position).astype(int)
        part = position - knot
        angle = np.pi / 2 * part * part * (3 - 2 * part)
        first = int(knot.min())
        drawn = [
            self._generator(f"{stream}~", number).standard_normal(series) for number in range(first, knot.max() + 2)
        ]
        values = np.stack(drawn, axis=-1)
        return values[:, knot - first] * np.cos(angle) + values[:, knot - first + 1] * np.sin(angle)

    def _generator(self, stream: str, number: int) -> np.random.Generator:
        city, name = zlib.crc32(self.city.name.encode()), zlib.crc32(stream.encode())
        return np.random.default_rng(np.random.SeedSequence((self.seed, city, name, number)))


def hours(day: date) -> np.ndarray:
    """The 24 hours of a day as days since year 1."""
    return day.toordinal() + np.arange(24) / 24


def clock(day: date) -> np.ndarray:
    """The 24 full hours of a day, naive local, datetime64[us]."""
    return np.datetime64(day, "us") + np.arange(24) * np.timedelta64(1, "h")


def moment(at: datetime) -> np.ndarray:
    """One local time as an array of one, in days since year 1."""
    return np.array([at.toordinal() + (at.hour * 60 + at.minute) / 1440])


def bell(days: float, centre: float, width: float) -> float:
    """1 at the centre day of the year, falling to 0 on both sides, across the turn of the year."""
    apart = (days - centre + 182.6) % 365.25 - 182.6
    return float(np.exp(-((apart / width) ** 2)))
