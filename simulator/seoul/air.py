"""Air stations of Seoul as the portal gives them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from simulator.messages import Question
from simulator.rendering.cai import with_index
from simulator.rendering.instants import last_hour
from simulator.rendering.published import published_day
from simulator.rendering.text import NOTHING, argument, at, fixed, short
from simulator.world import air
from simulator.world.registers import air_stations

RENAMED_ON = date(2026, 1, 1)  # daily means and the hour by district have the portal's new names since


def daily_air_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """DailyAverageAirQuality/{YYYYMMDD}[/station]: means of the day at all stations, as numbers."""
    day = published_day(question, argument(arguments, 0), "%Y%m%d", "%Y-%m-%d")
    if day is None:
        return NOTHING
    station = argument(arguments, 1)
    rows = air.air_days(question.world, day).join(_regions(question), on="station", how="left", maintain_order="left")
    rows = rows.filter(pl.col("station") == station) if station else rows
    names = (
        ("MSRDT_DE", "MSRRGN_NM", "MSRSTE_NM", "NO2", "O3", "CO", "SO2", "PM10", "PM25")
        if day < RENAMED_ON
        else ("MSRMT_YMD", "SAREA_NM", "MSRSTN_NM", "NTDX", "OZON", "CBMX", "SPDX", "PM", "FPM")
    )
    values = (
        at(pl.col("day"), "%Y%m%d"),
        pl.col("region"),
        pl.col("station"),
        pl.col("no2_ppm").round(3),
        pl.col("o3_ppm").round(3),
        pl.col("co_ppm").round(1),
        pl.col("so2_ppm").round(3),
        pl.col("pm10_ugm3").round(0),
        pl.col("pm25_ugm3").round(0),
    )
    return rows.select(**dict(zip(names, values, strict=True)))


def district_air_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """ListAirQualityByDistrictService[/code]: the last full hour at the urban station of each district, all texts."""
    hour, rows = _now(question)
    code = argument(arguments, 0)
    rows = rows.filter(pl.col("kind") == "urban", pl.col("area").is_not_null())
    rows = rows.filter(pl.col("code") == code) if code else rows
    old = hour.date() < RENAMED_ON
    names = (
        ("MSRDATE", "MSRADMCODE", "MSRSTENAME", "MAXINDEX", "GRADE", "POLLUTANT", "NITROGEN", "OZONE", "CARBON",
         "SULFUROUS", "PM10", "PM25")
        if old
        else ("MSRMT_YMD", "MSRSTN_PBADMS_CD", "MSRSTN_NM", "CAI", "CAI_GRD", "CRST_SBSTN", "NTDX", "OZON", "CBMX",
              "SPDX", "PM", "FPM")
    )  # fmt: skip
    worst = pl.col("worst") if old else pl.col("worst").str.replace("^PM25$", "PM-2.5").str.replace("^PM10$", "PM-10")
    values = (
        pl.lit(f"{hour:%Y%m%d%H%M}"),
        pl.col("code"),
        pl.col("station"),
        short(pl.col("index"), 0),
        pl.col("grade"),
        worst,
        fixed(pl.col("no2_ppm"), 3),
        fixed(pl.col("o3_ppm"), 3),
        fixed(pl.col("co_ppm"), 1),
        fixed(pl.col("so2_ppm"), 3),
        short(pl.col("pm10_ugm3"), 0),
        short(pl.col("pm25_ugm3"), 0),
    )
    return rows.select(**dict(zip(names, values, strict=True)))


def region_air_rows(question: Question, _arguments: tuple[str, ...]) -> pl.DataFrame:
    """RealtimeCityAir: the last full hour by district, as numbers; zeros and -99 at one or two in maintenance."""
    hour, rows = _now(question)
    rows = rows.filter(pl.col("kind") == "urban", pl.col("area").is_not_null())
    if rows.is_empty():
        return NOTHING
    chance = question.world.random("air/maintenance", hour.date())
    off = np.isin(np.arange(rows.height), chance.choice(rows.height, chance.integers(1, 3), replace=False))
    rows = rows.with_columns(off=pl.Series(off))

    def unless_off(value: pl.Expr, instead: object) -> pl.Expr:
        return pl.when("off").then(pl.lit(instead)).otherwise(value)

    return rows.select(
        MSRDT=pl.lit(f"{hour:%Y%m%d%H%M}"),
        MSRRGN_NM="region",
        MSRSTE_NM="station",
        PM10=unless_off(pl.col("pm10_ugm3").round(0), 0.0),
        PM25=unless_off(pl.col("pm25_ugm3").round(0), 0.0),
        O3=unless_off(pl.col("o3_ppm").round(3), 0.0),
        NO2=unless_off(pl.col("no2_ppm").round(3), 0.0),
        CO=unless_off(pl.col("co_ppm").round(1), 0.0),
        SO2=unless_off(pl.col("so2_ppm").round(3), 0.0),
        IDEX_NM=unless_off(pl.col("grade"), "점검중"),
        IDEX_MVL=unless_off(pl.col("index").round(0), -99.0),
        ARPLT_MAIN=unless_off(pl.col("worst"), ""),
    )


def _now(question: Question) -> tuple[datetime, pl.DataFrame]:
    hour = last_hour(question)
    day = (hour - timedelta(hours=1)).date()
    if day < question.world.city.config.first_day:
        return hour, with_index(air.air_hours(question.world, day).clear().with_columns(code=pl.lit("")))
    rows = air.air_hours(question.world, day).filter(pl.col("measured_at") == hour)
    return hour, with_index(rows.join(_regions(question), on="station", how="left", maintain_order="left"))


def _regions(question: Question) -> pl.DataFrame:
    return air_stations(question.world).select("station", "code", "region")
