"""Water of the city: what the plants take in and supply, and how high it stands in the drains."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.places import districts, residents, stems
from simulator.world.registers import gauges
from simulator.world.weather import recent_rain, weather_hours
from simulator.world.world import World, clock, hours

PLANTS = 6
PLANT_SHARES = np.array([0.27, 0.22, 0.17, 0.15, 0.11, 0.08])
LITRES_PER_RESIDENT = 305  # supplied a day, homes and businesses together
SENT, SUPPLIED = 0.985, 0.955  # of what was taken in, of what was sent: filters are washed, pipes leak
SIGNAL_OK, SIGNAL_BAD = "통신양호", "통신불량"
BAD_SIGNAL = 0.004


def waterworks(world: World, day: date) -> pl.DataFrame:
    """day, kind (intake, sent, supplied), plant (6 names), m3; never more sent than taken in or supplied than sent."""
    temp = float(weather_hours(world, day)["temp_c"].to_numpy().mean())
    chance = world.random("water", day)
    need = residents(world) * LITRES_PER_RESIDENT / 1000 * (1 + 0.009 * max(temp - 15, 0))
    need *= (0.97 if rhythm.weekend(day) else 1.0) * np.exp(0.012 * world.wave("water/city", hours(day)[:1], 8)[0, 0])
    supplied = need * PLANT_SHARES * np.exp(0.02 * chance.standard_normal(PLANTS))
    sent = supplied / np.clip(SUPPLIED + 0.004 * chance.standard_normal(PLANTS), 0.92, 0.985)
    intake = sent / np.clip(SENT + 0.002 * chance.standard_normal(PLANTS), 0.97, 0.998)
    return pl.DataFrame(
        {
            "day": pl.Series([day], dtype=pl.Date).gather(np.zeros(3 * PLANTS, dtype=int)),
            "kind": np.repeat(["intake", "sent", "supplied"], PLANTS).tolist(),
            "plant": _plants(world) * 3,
            "m3": np.concatenate([intake, sent, supplied]),
        }
    )


def drains(world: World, day: date) -> pl.DataFrame:
    """gauge_id, measured_at (hourly), level_m (not below 0), signal (통신양호, seldom 통신불량)."""
    gauge_rows, chance = gauges(world), world.random("drains", day)
    fixed = world.random("drains/gauges")
    base = 0.04 + 0.10 * fixed.random((gauge_rows.height, 1))
    steep = 0.016 * np.exp(0.4 * fixed.standard_normal((gauge_rows.height, 1)))
    noise = 0.004 * chance.standard_normal((gauge_rows.height, 24))
    # Sewage has its day too; rain of the last hours comes on top, and a full pipe of two metres holds no more.
    waste = 0.03 * rhythm.traffic_level(day, np.arange(24) + 0.5)
    level = np.clip(base + waste + steep * recent_rain(world, day, 0.6) + noise, 0, 2)
    bad = chance.random(level.size) < BAD_SIGNAL
    return pl.DataFrame(
        {
            "gauge_id": gauge_rows["gauge_id"].gather(np.repeat(np.arange(gauge_rows.height), 24)),
            "measured_at": np.tile(clock(day), gauge_rows.height),
            "level_m": level.ravel(),
            "signal": pl.Series([SIGNAL_OK, SIGNAL_BAD], dtype=pl.String).gather(bad.astype(int)),
        }
    )


def _plants(world: World) -> list[str]:
    """Six plants named after the most populous districts."""
    largest = np.argsort(-districts(world)["residents"].to_numpy(), kind="stable")
    names = [stems(world)[place] for place in largest]
    again = ["" if n < len(names) else str(n // len(names) + 1) for n in range(PLANTS)]
    return [f"{names[n % len(names)]}{again[n]}정수센터" for n in range(PLANTS)]
