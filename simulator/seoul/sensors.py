"""Street sensors and drain gauges of Seoul as the portal gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

import polars as pl

from simulator.messages import Question
from simulator.rendering.published import has_begun
from simulator.rendering.text import NOTHING, argument, at, day_of, short
from simulator.world import sensors, utilities
from simulator.world.places import districts
from simulator.world.registers import gauges, sensor_register
from simulator.world.world import World

RENAMED_ON = date(2026, 2, 1)  # IotVdata017 had its old names until January 2026
LONGEST_DAYS = 31  # of drain levels in one question


@dataclass(frozen=True)
class _Quantity:
    """What a sensor measures: its column in the world, its names, and how it is written."""

    column: str | None  # None: no instrument is fitted, always ""
    old: str
    new: str
    decimals: int = 0
    spread: float = 0  # greatest distance of MAX and MIN from AVG within the hour
    low: float = 0
    high: float = 1e9
    share: float = 0  # ... and this part of AVG: light and UV have no spread at night


_QUANTITIES = (
    _Quantity("temp_c", "TEMP", "TP", 1, 0.4, -60, 60),
    _Quantity("humidity_pct", "HUMI", "HUM", 0, 3, 0, 100),
    _Quantity("wind_speed_ms", "WIND_SPEED", "WSPD", 1, 0.8, 0, 60),
    _Quantity("wind_direction_deg", "WIND_DIRE", "WD", 0, 20, 0, 360),
    _Quantity("illuminance_lux", "INTE_ILLU", "INILLU", 0, 0, 0, 120_000, 0.2),
    _Quantity("uv_index", "ULTRA_RAYS", "UV", 1, 0, 0, 16, 0.15),
    _Quantity("noise_db", "NOISE", "NIS", 0, 5, 35, 85),
    _Quantity("vibration_x_g", "VIBR_X", "VIBR_XCRD", 2, 0.02, 0, 16),
    _Quantity("vibration_y_g", "VIBR_Y", "VIBR_YCRD", 2, 0.02, 0, 16),
    _Quantity("vibration_z_g", "VIBR_Z", "VIBR_ZCRD", 2, 0.02, 0, 16),
    _Quantity("globe_temp_c", "EFFE_TEMP", "GT", 1, 0.6, -60, 90),
    _Quantity(None, "NO2", "NTDX"),
    _Quantity(None, "CO", "CBMX"),
    _Quantity(None, "SO2", "SO"),
    _Quantity(None, "NH3", "NH3"),
    _Quantity(None, "H2S", "H2S"),
    _Quantity(None, "O3", "OZON"),
    _Quantity("pm10_ugm3", "PM10", "PM", 0, 4, 0, 1500),
    _Quantity("pm25_ugm3", "PM25", "FPM", 0, 2, 0, 1500),
)
_RAW = {"pm10_ugm3": "pm10_raw_ugm3", "pm25_ugm3": "pm25_raw_ugm3"}
# Beside what is corrected the successor has what the counter saw, by the names that the pack's contract knows it by.
_AS_COUNTED = tuple(
    replace(quantity, column=_RAW[quantity.column], new=quantity.old)
    for quantity in _QUANTITIES
    if quantity.column in _RAW
)


def hourly_sensor_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """IotVdata017/{district}/{YYYY-MM-DD_HH}: one district (blank: all), one hour; as it came, "" is missing."""
    district, text = argument(arguments, 0), argument(arguments, 1)
    day = day_of(text, "%Y-%m-%d_%H")
    if day is None or not has_begun(question, day):
        return NOTHING
    rows = _there(question, day, corrected=False, renamed=day >= RENAMED_ON)
    if district:
        code = districts(question.world).filter(pl.col("name") == district)["area"]
        rows = rows.filter(pl.col("_area").is_in(code.implode()))
    return _plain(rows.filter(pl.col("_hour") == int(text[-2:])))


def daily_sensor_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """sDoTEnv/{YYYY-MM-DD}: all sensors and hours. DATA_NO 2 corrected, 1 as it came, until the day is over.

    Particles as they were counted are there, too: nobody can see what a correction does without them.
    """
    day = day_of(argument(arguments, 0), "%Y-%m-%d", "%Y%m%d")
    if day is None or not has_begun(question, day):
        return NOTHING
    over = question.ended(day)
    rows = _there(question, day, corrected=over, renamed=True)
    return _plain(rows.with_columns(DATA_NO=pl.lit("2" if over else "1")))


def visitor_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """IotVdata018 and sDoTPeople/{YYYY-MM-DD}: people counted by sensor and hour."""
    day = day_of(argument(arguments, 0), "%Y-%m-%d", "%Y%m%d")
    if day is None or not has_begun(question, day):
        return NOTHING
    rows = sensors.visitors(question.world, day).filter(pl.col("registered_at") <= question.now)
    placed = rows.join(_places(question.world), on="sensor_id", how="left", maintain_order="left")
    return _plain(
        placed.select(
            MODEL_NM="model",
            SERIAL_NO="sensor_id",
            SENSING_TIME=at(pl.col("sensed_at"), "%Y-%m-%d_%H:%M:%S"),
            REGION="region",
            AUTONOMOUS_DISTRICT="district_en",
            ADMINISTRATIVE_DISTRICT="dong_en",
            VISITOR_COUNT=pl.col("visitor_count").cast(pl.String),
            REG_DTTM=at(pl.col("registered_at"), "%Y-%m-%d %H:%M:%S"),
        )
    )


def drain_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """DrainpipeMonitoringInfo/{se_code}/{from YYYYMMDDHH}/{to YYYYMMDDHH}, both hours included."""
    district = argument(arguments, 0)
    try:
        times = [datetime.strptime(argument(arguments, n), "%Y%m%d%H") for n in (1, 2)]  # noqa: DTZ007 - local time
    except ValueError:
        return NOTHING
    first, last = times
    days = [first.date() + timedelta(days=n) for n in range(min((last - first).days + 2, LONGEST_DAYS))]
    frames = [utilities.drains(question.world, day) for day in days if day <= last.date() and has_begun(question, day)]
    if not frames:
        return NOTHING
    rows = pl.concat(frames).filter(pl.col("measured_at").is_between(first, min(last, question.now)))
    placed = rows.join(gauges(question.world), on="gauge_id", how="left", maintain_order="left")
    return _plain(
        placed.filter(pl.col("se_code") == district)
        .sort("measured_at", "gauge_id")
        .select(
            UNQ_NO="gauge_id",
            SE_CD="se_code",
            SE_NM="se_name",
            MSRMT_YMD=at(pl.col("measured_at"), "%Y-%m-%d %H:%M:%S") + ".0",
            MSRMT_WATL=pl.col("level_m").round(2),
            SGN_STTS="signal",
            PSTN_INFO="address",
        )
    )


def _there(question: Question, day: date, *, corrected: bool, renamed: bool) -> pl.DataFrame:
    rows = _written(question.world, day, corrected, renamed)
    return rows.filter(pl.col("_registered") <= question.now)


@lru_cache(maxsize=4)
def _written(world: World, day: date, corrected: bool, renamed: bool) -> pl.DataFrame:
    """A day of all sensors in the provider's words, and _area, _hour, _registered to choose by."""
    truth = sensors.sensor_hours(world, day)
    chance = world.random("sensors/within the hour", day)
    truth = truth.with_columns(_up=chance.random(truth.height), _down=chance.random(truth.height)).join(
        _places(world), on="sensor_id", how="left", maintain_order="left"
    )
    head = (
        ("MDL_NO", "SN", "MSRMT_HR", "RGN", "CGG", "DONG")
        if renamed
        else (
            "MODEL_NM",
            "SERIAL_NO",
            "SENSING_TIME",
            "REGION",
            "AUTONOMOUS_DISTRICT",
            "ADMINISTRATIVE_DISTRICT",
        )
    )
    sensed = at(pl.col("measured_at"), "%Y-%m-%d_%H:%M:%S")
    columns = ["model", "sensor_id", sensed, "region", "district_en", "dong_en"]
    values = {
        name: pl.col(value) if isinstance(value, str) else value for name, value in zip(head, columns, strict=True)
    }
    for quantity in (*_QUANTITIES, *(_AS_COUNTED if renamed else ())):
        values |= _three(quantity, quantity.new if renamed else quantity.old, corrected=corrected)
    registered = at(pl.col("registered_at"), "%Y-%m-%d %H:%M:%S")
    values["REG_DT" if renamed else "REG_DTTM"] = registered
    return truth.select(
        **values, _area=pl.col("area"), _hour=pl.col("measured_at").dt.hour(), _registered=pl.col("registered_at")
    )


def _three(quantity: _Quantity, name: str, *, corrected: bool) -> dict[str, pl.Expr]:
    """MAX, AVG and MIN of the hour."""
    if quantity.column is None:
        return {f"{part}_{name}": pl.lit("") for part in ("MAX", "AVG", "MIN")}
    mean = pl.col(quantity.column if corrected else _RAW.get(quantity.column, quantity.column))
    spread = quantity.spread + quantity.share * mean
    above, below = mean + spread * pl.col("_up"), mean - spread * pl.col("_down")
    return {
        f"MAX_{name}": short(above.clip(quantity.low, quantity.high), quantity.decimals),
        f"AVG_{name}": short(mean, quantity.decimals),
        f"MIN_{name}": short(below.clip(quantity.low, quantity.high), quantity.decimals),
    }


def _places(world: World) -> pl.DataFrame:
    return sensor_register(world).select("sensor_id", "model", "area", "region", "district_en", "dong_en")


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.exclude("^_.*$")) if rows.height else NOTHING
