"""The section of citydata about weather and air at a busy place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from simulator.messages import Question
from simulator.seoul.air import district_air_rows
from simulator.world.places import districts
from simulator.world.weather import weather_hours

_WIND = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def weather_section(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    """WEATHER_STTS: weather of this hour, air of the last one, and a forecast for 24 hours."""
    now = weather_hours(question.world, question.now.date()).row(question.now.hour, named=True)
    full = question.now.replace(minute=0)
    air = _air(question, spot)
    return {
        "WEATHER_TIME": f"{full:%Y-%m-%d %H:%M}",
        "TEMP": f"{now['temp_c']:.1f}",
        "HUMIDITY": f"{now['humidity_pct']:.0f}",
        "WIND_DIRCT": _WIND[round(now["wind_deg"] / 22.5) % 16],
        "WIND_SPD": f"{now['wind_ms']:.1f}",
        "PRECIPITATION": _rain(now["rain_mm"]),
        **air,
        "FCST24HOURS": [_forecast(question, full + timedelta(hours=n)) for n in range(1, 25)],
        "NEWS_LIST": [],
    }


def _air(question: Question, spot: dict[str, Any]) -> dict[str, Any]:
    """The last full hour of the district, from the same texts as the service of districts."""
    names = districts(question.world).filter(pl.col("area") == spot["area"])["name"]
    hour = district_air_rows(question, ())
    old = "MSRSTENAME" in hour.columns
    hour = hour.filter(pl.col("MSRSTENAME" if old else "MSRSTN_NM") == names[0])
    if hour.is_empty():
        return {"PM25": "-", "PM10": "-", "AIR_IDX": "점검중", "AIR_IDX_MVL": "-99.0", "AIR_IDX_MAIN": ""}
    row = hour.row(0, named=True)
    return {
        "PM25": row["PM25" if old else "FPM"],
        "PM10": row["PM10" if old else "PM"],
        "AIR_IDX": row["GRADE" if old else "CAI_GRD"],
        "AIR_IDX_MVL": f"{row['MAXINDEX' if old else 'CAI']}.0",
        "AIR_IDX_MAIN": row["POLLUTANT" if old else "CRST_SBSTN"],
    }


def _forecast(question: Question, hour: datetime) -> dict[str, Any]:
    then = weather_hours(question.world, hour.date()).row(hour.hour, named=True)
    wet = then["rain_mm"] > 0
    kind = "없음" if not wet else "눈" if then["temp_c"] < 0 else "비"
    return {
        "FCST_DT": f"{hour:%Y%m%d%H%M}",
        "TEMP": f"{then['temp_c']:.0f}",
        "PRECIPITATION": _rain(then["rain_mm"]),
        "PRECPT_TYPE": kind,
        "RAIN_CHANCE": "80" if wet else "10",
        "SKY_STTS": "흐림" if wet else "맑음",
    }


def _rain(millimetres: float) -> str:
    return "-" if millimetres <= 0 else f"{millimetres:.1f}"
