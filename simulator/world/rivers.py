"""Water at any gauges of a city: rain of the last day raises it, the wet season keeps it high."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world.weather import city_site, monsoon, recent_rain
from simulator.world.when import When, read_at
from simulator.world.world import World

BANKS = 3.0  # metres above the usual level at which a river leaves its bed: no reading is above it
RESERVOIR_M = 8.0


def usual_level(world: World, gauges: pl.DataFrame) -> np.ndarray:
    """Metres above the zero of each gauge, in dry weather."""
    return world.random("rivers/gauges").uniform(0.5, 2.0, (gauges.height, 1))


def water_levels(world: World, gauges: pl.DataFrame, when: When) -> np.ndarray:
    """Metres above the zero of each gauge, by time; never below it."""
    steep = 0.012 * np.exp(0.4 * world.random("rivers/steep").standard_normal((gauges.height, 1)))
    rain = read_at(world, when, lambda of, day: recent_rain(of, day, 0.85))
    season = 0.4 * monsoon(city_site(world).latitude, when.day)
    own = 0.04 * world.wave("rivers/own", when.moments, 1.5, gauges.height)
    return np.maximum(usual_level(world, gauges) + season + np.minimum(steep * rain, BANKS) + own, 0.02)
