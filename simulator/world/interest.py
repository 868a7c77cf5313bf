"""What the people of any city search for: illness in winter, cooling in summer, umbrellas when it rains."""

from __future__ import annotations

import numpy as np

from simulator.world.calendar import resting
from simulator.world.skies import rain_at, temperature_at, usual_year
from simulator.world.when import When
from simulator.world.world import World

TOPICS = ("cold", "flu", "air conditioning", "umbrella")


def interest(world: World, when: When) -> np.ndarray:
    """Searches as a share of the most there ever are, 0..100, shape (topics, times)."""
    temp, winter = temperature_at(world, when), -usual_year(world, when.day)
    levels = np.stack(
        [
            14 + 8 * winter + 0.3 * np.clip(12 - temp, 0, None),
            np.full(len(temp), 12 + 10 * winter),
            4 + 2.2 * np.clip(temp - 22, 0, None),
            5 + 6 * np.sqrt(rain_at(world, when)),
        ]
    )
    quiet = 0.9 if resting(world, when.day) else 1.0
    return np.clip(levels * quiet * np.exp(0.15 * world.wave("interest", when.moments, 3, len(TOPICS))), 0.01, 100)
