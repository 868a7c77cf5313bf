"""The national air-quality index (CAI) as the providers show it. Nothing that Madang computes comes from here."""

from __future__ import annotations

import numpy as np
import polars as pl

# Concentrations at which the index is 50, 100, 250 and 500.
SCALE = {
    "pm25_ugm3": (15, 35, 75, 500),
    "pm10_ugm3": (30, 80, 150, 600),
    "o3_ppm": (0.03, 0.09, 0.15, 0.6),
    "no2_ppm": (0.03, 0.06, 0.2, 2),
    "co_ppm": (2, 9, 15, 50),
    "so2_ppm": (0.02, 0.05, 0.15, 1),
}
NAMES = ("PM25", "PM10", "O3", "NO2", "CO", "SO2")  # in the order of SCALE
GRADES = ("좋음", "보통", "나쁨", "매우나쁨")
LIMITS = (50, 100, 250)


def with_index(rows: pl.DataFrame) -> pl.DataFrame:
    """Concentrations with index (0..500), grade, worst (PM25, PM10, O3 ...), and <column>_level (1..4) of each."""
    parts = np.stack(
        [np.rint(np.interp(rows[name].to_numpy(), (0, *steps), (0, *LIMITS, 500))) for name, steps in SCALE.items()]
    )
    index = parts.max(axis=0)
    levels = {f"{name}_level": 1 + np.searchsorted(LIMITS, part) for name, part in zip(SCALE, parts, strict=True)}
    return rows.with_columns(
        index=index,
        level=1 + np.searchsorted(LIMITS, index),
        grade=pl.Series(GRADES, dtype=pl.String).gather(np.searchsorted(LIMITS, index)),
        worst=pl.Series(NAMES, dtype=pl.String).gather(parts.argmax(axis=0)),
        **levels,
    )
