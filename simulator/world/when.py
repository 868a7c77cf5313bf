"""At which hours of a day the world is read, and what is known by the hour at the times between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.world.world import World


@dataclass(frozen=True, eq=False)
class When:
    """At which hours of a day something is read. `hour`: hours on the clock (9.5: 09:30), the middle of an interval or
    the instant. `length`: hours that an interval has; of an instant 1, what passes in an hour."""

    day: date
    hour: np.ndarray
    length: float = 1.0

    @property
    def whole(self) -> np.ndarray:
        """The full hour of the clock in which each is, 0 to 23."""
        return np.minimum(self.hour.astype(int), 23)

    @property
    def moments(self) -> np.ndarray:
        """Days since year 1, as `World.wave` takes them."""
        return self.day.toordinal() + self.hour / 24

    @property
    def clock(self) -> np.ndarray:
        """What the clocks show, to the second, datetime64[us]."""
        return np.datetime64(self.day, "us") + np.rint(self.hour * 3600).astype("timedelta64[s]")


def hours_of(day: date) -> When:
    """The 24 hours of the clock."""
    return When(day, np.arange(24) + 0.5)


def read_at(world: World, when: When, hourly: Callable[[World, date], np.ndarray]) -> np.ndarray:
    """What a function knows by hour, shape (..., 24), at other times: between the middles of hours it goes straight."""
    today = hourly(world, when.day)
    knot = when.hour - 0.5
    if np.array_equal(knot, np.floor(knot)):
        return today[..., knot.astype(int)]
    before, after = (hourly(world, date.fromordinal(when.day.toordinal() + n)) for n in (-1, 1))
    known = np.concatenate([before[..., -1:], today, after[..., :1]], axis=-1)
    low = np.floor(knot).astype(int)
    part = knot - low
    return known[..., low + 1] * (1 - part) + known[..., low + 2] * part
