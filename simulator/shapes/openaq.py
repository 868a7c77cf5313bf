"""The city's air stations under the names of OpenAQ."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.instants import HOUR, in_utc, in_zone, last_hour, local_time
from simulator.rendering.stations import ended_hours, placed_stations
from simulator.rendering.text import NOTHING

# OpenAQ's number of a parameter: column of the world, name, unit, decimals
PARAMETERS = {
    1: ("pm10_ugm3", "pm10", "µg/m³", 1),
    2: ("pm25_ugm3", "pm25", "µg/m³", 1),
    7: ("no2_ppm", "no2", "ppm", 4),
    8: ("co_ppm", "co", "ppm", 3),
    9: ("so2_ppm", "so2", "ppm", 4),
    10: ("o3_ppm", "o3", "ppm", 4),
}


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """("locations",), ("latest", location), ("hours" or "days", sensor, from, to); None for what is not known."""
    kind, *rest = selection
    if kind == "locations":
        return pl.DataFrame([_location(question, row) for row in placed_stations(question).iter_rows(named=True)])
    if kind == "latest":
        return _latest(question, rest[0])
    sensor, first, last = rest
    code, parameter = sensor[:-2], int(sensor[-2:]) if sensor[-2:].isdecimal() else 0
    station = placed_stations(question).filter(pl.col("code") == code)
    if parameter not in PARAMETERS or station.is_empty():
        return None
    column = PARAMETERS[parameter][0]
    after, until = local_time(question, first), local_time(question, last)
    if after is None or until is None:
        return None
    rows = ended_hours(question, after, until).filter(pl.col("station") == station["station"].item())
    rows = rows.select(end="measured_at", start=pl.col("measured_at") - HOUR, value=column)
    if kind == "days":
        return _days(question, rows, parameter)
    return _periods(question, rows, parameter, ("1hour", "01:00:00")) if rows.height else NOTHING


def sensor_id(code: str, parameter: int) -> int:
    """One number for each station and pollutant, the same in every night."""
    return int(code) * 100 + parameter


def _parameter(number: int) -> dict[str, Any]:
    _, name, units, _ = PARAMETERS[number]
    return {"id": number, "name": name, "units": units, "displayName": None}


def _location(question: Question, row: dict[str, Any]) -> dict[str, Any]:
    facts = question.world.city.config
    return {
        "id": int(row["code"]),
        "name": row["station"],
        "locality": row["district"],
        "timezone": facts.timezone,
        "country": {"id": 1, "code": facts.country, "name": facts.country},
        "owner": {"id": 1, "name": facts.owner},
        "provider": {"id": 1, "name": facts.owner},
        "isMobile": False,
        "isMonitor": True,
        "sensors": [
            {"id": sensor_id(row["code"], n), "name": f"{p[1]} {p[2]}", "parameter": _parameter(n)}
            for n, p in PARAMETERS.items()
        ],
        "coordinates": {"latitude": row["lat"], "longitude": row["lon"]},
        "distance": None,
    }


def _latest(question: Question, location: str) -> pl.DataFrame | None:
    station = placed_stations(question).filter(pl.col("code") == location)
    if station.is_empty():
        return None
    end = last_hour(question)
    rows = ended_hours(question, end - HOUR, end).filter(pl.col("station") == station["station"].item())
    moment = rows.select(utc=in_utc(question, pl.col("measured_at")), local=in_zone(question, pl.col("measured_at")))
    place = station.select(latitude="lat", longitude="lon").row(0, named=True)
    return pl.DataFrame(
        [
            {
                "datetime": at,
                "value": round(row[column], decimals),
                "coordinates": place,
                "sensorsId": sensor_id(location, n),
                "locationsId": int(location),
            }
            for row, at in zip(rows.iter_rows(named=True), moment.iter_rows(named=True), strict=True)
            for n, (column, _, _, decimals) in PARAMETERS.items()
        ]
    )


def _days(question: Question, rows: pl.DataFrame, parameter: int) -> pl.DataFrame:
    """Days of which all hours are over. The hour that ends at 00:00 belongs to the day before."""
    by_day = rows.group_by(pl.col("start").dt.date().alias("day"), maintain_order=True).agg("value", n=pl.len())
    by_day = by_day.filter(pl.col("day") < question.now.date(), pl.col("n") == 24)
    if by_day.is_empty():
        return NOTHING
    start = pl.col("day").cast(pl.Datetime("us"))
    values = by_day["value"].to_list()
    shown = by_day.select(start=start, end=start.dt.offset_by("1d"), value=pl.col("value").list.mean())
    decimals = PARAMETERS[parameter][3] + 1
    return _periods(question, shown, parameter, ("1day", "24:00:00")).with_columns(
        summary=pl.Series([_summary(np.array(v), decimals) for v in values])
    )


def _periods(question: Question, rows: pl.DataFrame, parameter: int, length: tuple[str, str]) -> pl.DataFrame:
    label, interval = length
    count = 24 if label == "1day" else 1
    decimals = PARAMETERS[parameter][3] + (label == "1day")
    first, last = (
        pl.struct(utc=in_utc(question, pl.col(name)), local=in_zone(question, pl.col(name)))
        for name in ("start", "end")
    )
    return rows.select(
        value=pl.col("value").round(decimals),
        flagInfo=pl.struct(hasFlags=pl.lit(value=False)),
        parameter=pl.struct([pl.lit(value).alias(name) for name, value in _parameter(parameter).items()]),
        period=pl.struct(label=pl.lit(label), interval=pl.lit(interval), datetimeFrom=first, datetimeTo=last),
        coordinates=pl.lit(None),
        summary=pl.lit(None),
        coverage=pl.struct(
            expectedCount=pl.lit(count),
            expectedInterval=pl.lit(interval),
            observedCount=pl.lit(count),
            observedInterval=pl.lit(interval),
            percentComplete=pl.lit(100.0),
            percentCoverage=pl.lit(100.0),
            datetimeFrom=first,
            datetimeTo=last,
        ),
    )


def _summary(values: np.ndarray, decimals: int) -> dict[str, float]:
    parts = {"q02": 0.02, "q25": 0.25, "median": 0.5, "q75": 0.75, "q98": 0.98}
    summary = {"min": values.min(), **{n: np.quantile(values, p) for n, p in parts.items()}, "max": values.max()}
    return {
        n: round(float(v), decimals) for n, v in (summary | {"avg": values.mean(), "sd": values.std(ddof=1)}).items()
    }
