"""National services behind data.go.kr: weather of the KMA and air of AirKorea."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.cai import with_index
from simulator.rendering.instants import last_hour
from simulator.rendering.published import LONGEST_DAYS, is_published
from simulator.rendering.text import NOTHING, argument, day_of, fixed, short
from simulator.world import air
from simulator.world.registers import air_stations
from simulator.world.weather import PROVINCES, province_hours, weather_provinces
from simulator.world.world import World

TERMS = {"DAILY": 24, "MONTH": 30 * 24, "3MONTH": 90 * 24}  # hours
NETWORKS = {"urban": "도시대기", "roadside": "도로변대기", "background": "교외대기"}
_POLLUTANTS = (
    ("so2", "so2_ppm", 3),
    ("co", "co_ppm", 1),
    ("o3", "o3_ppm", 3),
    ("no2", "no2_ppm", 3),
    ("pm10", "pm10_ugm3", 0),
    ("pm25", "pm25_ugm3", 0),
)
_FAULTY, _FLAGS = 0.01, ("점검및교정", "통신장애")  # share of the hours, and what is written beside the "-"


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """The rows of (operation, *arguments) of data.go.kr."""
    operation, *arguments = selection
    if operation == "getWthrDataList":
        return _weather(question, tuple(arguments), _observed)
    if operation == "AsosHourlyInfoService/getWthrDataList":
        return _weather(question, tuple(arguments), _observed_hours)
    if operation == "getMsrstnAcctoRltmMesureDnsty":
        return _air_of_station(question, tuple(arguments))
    if operation == "getCtprvnRltmMesureDnsty":
        return _air_of_province(question, tuple(arguments))
    return None


def _weather(
    question: Question, arguments: tuple[str, ...], observed: Callable[[World, date], pl.DataFrame]
) -> pl.DataFrame:
    """getWthrDataList of AsosDalyInfoService and AsosHourlyInfoService: (startDt, endDt, stnIds). A dry day or hour has
    "" as sumRn or rn."""
    first, last = day_of(argument(arguments, 0), "%Y%m%d"), day_of(argument(arguments, 1), "%Y%m%d")
    if first is None or last is None:
        return NOTHING
    days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, LONGEST_DAYS))]
    frames = [
        observed(question.world, day).filter(pl.col("stnId").is_in(argument(arguments, 2).split(",")))
        for day in days
        if is_published(question, day)
    ]
    rows = pl.concat(frames) if frames else NOTHING
    return rows.sort("stnId", "tm") if rows.height else NOTHING


@lru_cache(maxsize=64)
def _observed(world: World, day: date) -> pl.DataFrame:
    truth = weather_provinces(world, day)
    chance = world.random("weather/times", day)
    early, late, windy = chance.integers(0, 120, (3, truth.height))
    rain = pl.col("precipitation_mm")
    direction = short(pl.col("most_wind_direction_deg"), 0)
    return truth.select(
        stnId="station_id",
        stnNm="station_name",
        tm=pl.lit(f"{day:%Y-%m-%d}"),
        avgTa=fixed(pl.col("avg_temp_c"), 1),
        minTa=fixed(pl.col("min_temp_c"), 1),
        minTaHrmt=_minutes(300 + early),
        maxTa=fixed(pl.col("max_temp_c"), 1),
        maxTaHrmt=_minutes(840 + late),
        sumRn=pl.when(rain < 0.05).then(pl.lit("")).otherwise(fixed(rain, 1)),
        maxWs=fixed(pl.col("max_wind_speed_ms"), 1),
        maxWsWd=direction,
        maxWsHrmt=_minutes(780 + windy),
        maxWd=direction,
        avgRhm=fixed(pl.col("avg_humidity_pct"), 1),
        iscs=pl.lit(""),
    )


@lru_cache(maxsize=16)
def _observed_hours(world: World, day: date) -> pl.DataFrame:
    return pl.concat(
        [
            province_hours(world, day, province).select(
                tm=pl.lit(f"{day:%Y-%m-%d} ") + pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2)),
                stnId=pl.lit(province.station_id),
                stnNm=pl.lit(province.station_name),
                ta=fixed(pl.col("temp_c"), 1),
                rn=pl.when(pl.col("rain_mm") < 0.05).then(pl.lit("")).otherwise(fixed(pl.col("rain_mm"), 1)),
                ws=fixed(pl.col("wind_ms"), 1),
                hm=short(pl.col("humidity_pct"), 0),
            )
            for province in PROVINCES
        ]
    )


def _minutes(minutes: np.ndarray) -> pl.Series:
    return pl.Series([f"{n // 60:02d}{n % 60:02d}" for n in minutes])


def _air_of_station(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """getMsrstnAcctoRltmMesureDnsty: (stationName, dataTerm), newest hour first."""
    hours = TERMS.get(argument(arguments, 1) or "DAILY", 24)
    rows = _hours(question, hours, pl.col("station") == argument(arguments, 0))
    return rows.select(pl.exclude("sidoName")) if rows.height else NOTHING


def _air_of_province(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """getCtprvnRltmMesureDnsty: (sidoName), the last hour of all its stations."""
    if argument(arguments, 0) not in (question.world.city.config.title.in_(("ko",))[:2], "전국"):
        return NOTHING
    rows = _hours(question, 1, pl.lit(value=True))
    return rows.select(pl.exclude("mangName", "stationCode")) if rows.height else NOTHING


def _hours(question: Question, count: int, which: pl.Expr) -> pl.DataFrame:
    newest = last_hour(question)
    oldest = newest - timedelta(hours=count - 1)
    first = max((oldest - timedelta(hours=1)).date(), question.world.city.config.first_day)
    days = [first + timedelta(days=n) for n in range((newest.date() - first).days + 1)]
    if not days:
        return NOTHING
    rows = pl.concat([_measured(question.world, day) for day in days]).filter(
        which, pl.col("measured_at").is_between(oldest, newest)
    )
    return _written(rows.sort("measured_at", descending=True, maintain_order=True), question)


@lru_cache(maxsize=8)
def _measured(world: World, day: date) -> pl.DataFrame:
    """A day of air with what is wrong beside it: `_flag` is the reason why an hour has no values."""
    codes = air_stations(world).select("station", "code")
    truth = air.air_hours(world, day).join(codes, on="station", how="left", maintain_order="left")
    chance = world.random("air/faulty hours", day)
    wrong = np.where(chance.random(truth.height) < _FAULTY, chance.integers(1, 3, truth.height), 0)
    return with_index(truth).with_columns(_flag=pl.Series([None, *_FLAGS], dtype=pl.String).gather(wrong))


def _written(rows: pl.DataFrame, question: Question) -> pl.DataFrame:
    bad = pl.col("_flag").is_not_null()

    def grade(name: str) -> pl.Expr:
        return pl.when(bad).then(None).otherwise(pl.col(name).cast(pl.String))

    def value(text: pl.Expr) -> pl.Expr:
        return pl.when(bad).then(pl.lit("-")).otherwise(text)

    # the hour that ends at midnight is the 24th of the day before
    midnight = pl.col("measured_at").dt.hour() == 0
    before = pl.col("measured_at").dt.offset_by("-1d")
    columns: dict[str, pl.Expr] = {
        "dataTime": pl.when(midnight)
        .then(before.dt.strftime("%Y-%m-%d 24:00"))
        .otherwise(pl.col("measured_at").dt.strftime("%Y-%m-%d %H:%M")),
        "stationName": pl.col("station"),
        "stationCode": pl.col("code"),
        "sidoName": pl.lit(question.world.city.config.title.in_(("ko",))[:2]),
        "mangName": pl.col("kind").replace_strict(NETWORKS),
        "khaiValue": value(short(pl.col("index"), 0)),
        "khaiGrade": grade("level"),
    }
    for name, column, decimals in _POLLUTANTS:
        text = short(pl.col(column), 0) if decimals == 0 else fixed(pl.col(column), decimals)
        columns[f"{name}Value"] = value(text)
        columns[f"{name}Grade"] = grade(f"{column}_level")
        columns[f"{name}Flag"] = pl.col("_flag")
    return rows.select(**columns)
