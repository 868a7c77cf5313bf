"""Air-quality formulas: the Korean Comprehensive Air-quality Index (CAI).

What belongs here: index definitions as pure Polars expressions. Averaging periods and completeness rules (75 %,
18 of 24 hours) belong to the callers; a value that fails them arrives as null.

Units: gases in ppm, particles in micrograms per cubic metre (ug/m3). Everywhere a null, negative or
non-finite concentration gives null: it is not a measurement, and zero would read as clean air.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeVar

import polars as pl

Pollutant = Literal["pm25", "pm10", "no2", "o3", "so2", "co"]
FrameT = TypeVar("FrameT", pl.DataFrame, pl.LazyFrame)


class Breakpoints(NamedTuple):
    """Upper class bounds, in whole steps of the resolution; `steps` is steps per unit of concentration."""

    steps: int
    tops: tuple[int, ...]


# Bounds are kept as whole steps so that class limits and rounding are exact: 0.0205 ppm and 2.5 points have
# no room for binary noise. Order is also the order of `cai_pollutant` when sub-indices tie.
CAI_BREAKPOINTS: Final[Mapping[Pollutant, Breakpoints]] = MappingProxyType(
    {
        "pm25": Breakpoints(1, (15, 35, 75, 500)),
        "pm10": Breakpoints(1, (30, 80, 150, 600)),
        "no2": Breakpoints(1000, (30, 60, 200, 2000)),
        "o3": Breakpoints(1000, (30, 90, 150, 600)),
        "so2": Breakpoints(1000, (20, 50, 150, 1000)),
        "co": Breakpoints(100, (200, 900, 1500, 5000)),
    }
)
CAI_INDEX: Final = (50, 100, 250, 500)
CAI_GRADES: Final = ("good", "moderate", "unhealthy", "very unhealthy")
CAI_COLUMNS: Final[Mapping[Pollutant, str]] = MappingProxyType(
    {
        "pm25": "pm25_ugm3",
        "pm10": "pm10_ugm3",
        "no2": "no2_ppm",
        "o3": "o3_ppm",
        "so2": "so2_ppm",
        "co": "co_ppm",
    }
)
CAI_REQUIRED: Final[tuple[Pollutant, ...]] = ("pm10", "pm25", "no2", "o3")
# Far below any instrument's resolution, far above Float64 noise in a mean of hourly values.
_NOISE: Final = 1e-6


def _measured(concentration: pl.Expr) -> pl.Expr:
    value = concentration.cast(pl.Float64)
    return pl.when(value.is_finite() & (value >= 0)).then(value)


def _index(concentration: pl.Expr, table: Breakpoints, index: tuple[int, ...]) -> pl.Expr:
    """Ip = (IHI-ILO)/(BPHI-BPLO)*(Cp-BPLO)+ILO, to the nearest point; Cp is rounded half up to a whole step."""
    steps = (_measured(concentration) * table.steps + 0.5 + _NOISE).floor()
    # Clipping before the cast both caps the index and keeps absurd inputs from overflowing the integer.
    steps = steps.clip(upper_bound=float(table.tops[-1])).cast(pl.Int64)
    result = pl.lit(None, dtype=pl.Int64)
    for place in reversed(range(len(index))):
        low = table.tops[place - 1] + 1 if place else 0
        low_index = index[place - 1] + 1 if place else 0
        span = table.tops[place] - low
        points = ((steps - low) * (2 * (index[place] - low_index)) + span) // (2 * span) + low_index
        result = pl.when(steps <= table.tops[place]).then(points).otherwise(result)
    return result


def cai_subindex(pollutant: Pollutant, concentration: pl.Expr) -> pl.Expr:
    """Sub-index of one pollutant in the Korean Comprehensive Air-quality Index (CAI), Int64, 0..500.

    Units: SO2, NO2, O3, CO in ppm (1 h); PM10, PM2.5 in ug/m3 (24 h).
    Formula: Ip = (IHI-ILO)/(BPHI-BPLO)*(Cp-BPLO)+ILO; a class starts one step above the one before
    (.001 ppm, CO .01 ppm, PM 1 ug/m3). Source: AirKorea CAI table and calculator.
    The concentration is first rounded, half up, to that step. The table has no class between 15 and 16 ug/m3,
    so every value needs one; rounding leaves published values alone and, unlike truncation, neither favours
    the cleaner class nor drops a step when .029 is stored as .0289999. The index is rounded half up too.
    Above the top breakpoint: 500. Null, negative or non-finite: null. Unknown pollutant: KeyError.
    """
    return _index(concentration, CAI_BREAKPOINTS[pollutant], CAI_INDEX)


def cai(frame: FrameT) -> FrameT:
    """Add `cai` (Int64, 0..500), `cai_pollutant`, `cai_grade` to a frame with the columns of `CAI_COLUMNS`.

    Formula: the greatest sub-index; +50 when two pollutants are unhealthy or worse (sub-index > 100), +75 for
    three or more; at most 500. Grades follow the final value: 50 / 100 / 250 / 500. Source: AirKorea.
    Needs PM10, PM2.5, NO2 and O3: without any of them all three columns are null. SO2 and CO may be null, but
    their columns must exist. On a tie `cai_pollutant` is the first of pm25, pm10, no2, o3, so2, co.
    """
    parts = {name: cai_subindex(name, pl.col(column)) for name, column in CAI_COLUMNS.items()}
    complete = pl.all_horizontal(parts[name].is_not_null() for name in CAI_REQUIRED)
    worst = pl.max_horizontal(*parts.values())
    # A sum skips nulls, so an unknown SO2 or CO simply does not count.
    unhealthy = pl.sum_horizontal((part > CAI_INDEX[1]).cast(pl.Int64) for part in parts.values())
    extra = pl.when(unhealthy >= 3).then(75).when(unhealthy == 2).then(50).otherwise(0)
    total = (worst + extra).clip(upper_bound=CAI_INDEX[-1])
    leading = pl.coalesce(pl.when(part == worst).then(pl.lit(name)) for name, part in parts.items())
    grade = pl.lit(CAI_GRADES[-1])
    for top, name in zip(CAI_INDEX[-2::-1], CAI_GRADES[-2::-1], strict=True):
        grade = pl.when(total <= top).then(pl.lit(name)).otherwise(grade)
    return frame.with_columns(
        pl.when(complete).then(total).cast(pl.Int64).alias("cai"),
        pl.when(complete).then(leading).alias("cai_pollutant"),
        pl.when(complete).then(grade).alias("cai_grade"),
    )
