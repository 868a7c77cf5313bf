"""Street sensors by area and day."""

from __future__ import annotations

import polars as pl

from assets.formulas.areas import assign_areas
from assets.formulas.heat import apparent_temperature_summer
from assets.formulas.noise import leq
from assets.mart import Frames, Mart
from assets.pack.city import City

# column of the model -> column of the mart, whose name says the unit
MEASURES = {"pm25": "pm25_ugm3", "pm10": "pm10_ugm3", "temperature": "temp_c", "humidity": "humidity_pct"}
JUDGED = {"pm25_ugm3": "pm25_ugm3", "pm10_ugm3": "pm10_ugm3", "noise_db": "noise", "apparent_temp_c": "apparent_temp"}


def environment_area_day(frames: Frames, city: City) -> pl.DataFrame:
    """Means over sensors by district and for the city, with how many sensors are behind each.

    Each sensor counts once, with the mean of its readings of the day, however many it sent. Particles are
    the corrected columns alone: where the correction is invalid the value is missing, the raw reading is
    never put in its place. The city counts every sensor, also those without a position; a district counts
    those inside its outline, from the day on which register and outlines are valid. Noise is an energy mean
    (dB cannot be averaged). Apparent temperature is computed per reading and then averaged.
    `sensors_expected` are the registered sensors, and the columns `..._registered` count those behind a figure that are
    among them: sensors that the register lacks count in the city's means and make nothing more complete.
    """
    register, boundaries = frames["sdot_ref"].collect(), frames["boundaries"].collect()
    positions = assign_areas(register, boundaries, city.areas)
    since = max([*register["day"].unique(), *boundaries["day"].unique()], default=None)
    sensors = _by_sensor(frames["sdot_env"])
    registered = sensors.with_columns(registered=pl.col("place").is_in(register["place"].implode()))
    placed = registered.join(positions, on="place", how="left").with_columns(
        pl.when(pl.col("day") >= pl.lit(since, pl.Date)).then(pl.col("area"))
    )
    whole = _aggregate(placed, ["day"]).with_columns(
        area=pl.lit(city.config.area),
        area_level=pl.lit("city"),
        sensors_expected=pl.lit(register.height or None, pl.Int64),
    )
    expected = positions.group_by("area").len("sensors_expected").cast({"sensors_expected": pl.Int64})
    parts = (
        _aggregate(placed.drop_nulls("area"), ["day", "area"])
        .join(expected, on="area", how="left")
        .with_columns(area_level=pl.lit("district"))
    )
    return pl.concat([whole, parts.select(whole.columns)])


def _by_sensor(readings: pl.LazyFrame) -> pl.DataFrame:
    """One row per sensor and day. The readings, 36 million on a night of 50,000 sensors, pass by and are not kept."""
    apparent = apparent_temperature_summer(pl.col("temperature"), pl.col("humidity"))
    return (
        readings.group_by("day", "place")
        .agg(
            *[pl.col(name).mean().alias(mean) for name, mean in MEASURES.items()],
            leq(pl.col("laeq")).alias("noise_db"),
            apparent.mean().alias("apparent_temp_c"),
        )
        .collect()
    )


def _aggregate(placed: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return placed.group_by(by).agg(
        pl.col("place").n_unique().cast(pl.Int64).alias("sensors"),
        pl.col("registered").sum().cast(pl.Int64).alias("sensors_registered"),
        *[pl.col(name).mean().alias(name) for name in MEASURES.values()],
        *[pl.col(name).count().cast(pl.Int64).alias(f"{name}_n") for name in MEASURES.values()],
        leq(pl.col("noise_db")).alias("noise_leq_db"),
        pl.col("noise_db").count().cast(pl.Int64).alias("noise_n"),
        pl.col("apparent_temp_c").mean().alias("apparent_temp_c"),
        pl.col("apparent_temp_c").count().cast(pl.Int64).alias("apparent_temp_n"),
        *[
            (pl.col("registered") & pl.col(name).is_not_null()).sum().cast(pl.Int64).alias(f"{counted}_registered")
            for name, counted in JUDGED.items()
        ],
    )


TABLE = Mart(needs=("sdot_env",), uses=("sdot_ref", "boundaries"), compute=environment_area_day)
