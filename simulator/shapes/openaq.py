"""The city's air stations under the names of OpenAQ, MOENV (Taiwan) and Air4Thai, whichever city it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question, What
from simulator.rendering.cai import with_index
from simulator.rendering.instants import HOUR, days, in_utc, in_zone, last_hour, local
from simulator.rendering.text import NOTHING, fixed, short
from simulator.world.air import air_hours
from simulator.world.places import districts
from simulator.world.registers import air_stations, host_districts
from simulator.world.weather import weather_hours

# OpenAQ's number of a parameter: column of the world, name, unit, decimals
PARAMETERS = {
    1: ("pm10_ugm3", "pm10", "µg/m³", 1),
    2: ("pm25_ugm3", "pm25", "µg/m³", 1),
    7: ("no2_ppm", "no2", "ppm", 4),
    8: ("co_ppm", "co", "ppm", 3),
    9: ("so2_ppm", "so2", "ppm", 4),
    10: ("o3_ppm", "o3", "ppm", 4),
}
STATUS = ("良好", "普通", "對所有族群不健康", "非常不健康")
COLORS = ("1", "2", "4", "5")


def stations(question: Question) -> pl.DataFrame:
    """The stations as registered with number (from 0), district, lat and lon (near the centre of their district)."""
    world = question.world
    found, rows = air_stations(world), districts(world)
    host = host_districts(world, found)
    off = 0.01 * world.random("air/positions").standard_normal((2, found.height))
    return found.with_columns(
        number=pl.int_range(pl.len()),
        district=rows["name_en"].gather(host),
        lat=pl.Series(rows["lat"].to_numpy()[host] + off[0]).round(6),
        lon=pl.Series(rows["lon"].to_numpy()[host] + off[1]).round(6),
    )


def hours(question: Question, after: datetime, until: datetime) -> pl.DataFrame:
    """Rows of air_hours whose hours end after one local time and not after another, nor in the future."""
    frames = [air_hours(question.world, day) for day in days(question, after, until - timedelta(microseconds=1))]
    end = pl.col("measured_at")
    found = pl.concat(frames) if frames else air_hours(question.world, question.now.date()).clear()
    return found.filter(end > after, end <= min(until, question.now))


def openaq(question: Question, what: What) -> pl.DataFrame | None:
    """("locations",), ("latest", location), ("hours" or "days", sensor, from, to); None for what is not known."""
    kind, *rest = what
    if kind == "locations":
        return pl.DataFrame([_location(question, row) for row in stations(question).iter_rows(named=True)])
    if kind == "latest":
        return _latest(question, rest[0])
    sensor, first, last = rest
    code, parameter = sensor[:-2], int(sensor[-2:]) if sensor[-2:].isdecimal() else 0
    station = stations(question).filter(pl.col("code") == code)
    if parameter not in PARAMETERS or station.is_empty():
        return None
    column = PARAMETERS[parameter][0]
    after, until = local(question, first), local(question, last)
    if after is None or until is None:
        return None
    rows = hours(question, after, until).filter(pl.col("station") == station["station"].item())
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
    station = stations(question).filter(pl.col("code") == location)
    if station.is_empty():
        return None
    end = last_hour(question)
    rows = hours(question, end - HOUR, end).filter(pl.col("station") == station["station"].item())
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
    found = rows.group_by(pl.col("start").dt.date().alias("day"), maintain_order=True).agg("value", n=pl.len())
    found = found.filter(pl.col("day") < question.now.date(), pl.col("n") == 24)
    if found.is_empty():
        return NOTHING
    start = pl.col("day").cast(pl.Datetime("us"))
    values = found["value"].to_list()
    shown = found.select(start=start, end=start.dt.offset_by("1d"), value=pl.col("value").list.mean())
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
    found = {"min": values.min(), **{n: np.quantile(values, p) for n, p in parts.items()}, "max": values.max()}
    return {n: round(float(v), decimals) for n, v in (found | {"avg": values.mean(), "sd": values.std(ddof=1)}).items()}


def moenv(question: Question, what: What) -> pl.DataFrame | None:
    """aqx_p_432: the last full hour of all stations, all texts, ozone and nitrogen dioxide in ppb, "" for nothing."""
    if what != ("aqx_p_432",):
        return None
    end = last_hour(question)
    now = hours(question, end - HOUR, end)
    if now.is_empty():
        return NOTHING
    rows = with_index(now).join(stations(question).drop("kind", "area"), on="station", maintain_order="left")
    for name, columns, span in (("8", ("o3_ppm", "co_ppm"), 8), ("24", ("pm25_ugm3", "pm10_ugm3", "so2_ppm"), 24)):
        means = (
            hours(question, end - span * HOUR, end).group_by("station").agg(pl.col(columns).mean().name.suffix(name))
        )
        rows = rows.join(means, on="station", how="left", maintain_order="left")
    begun = end - HOUR  # the hour of the weather in which the last full hour lies
    weather = weather_hours(question.world, begun.date()).row(begun.hour, named=True)
    ppb, level = 1000, pl.col("level").cast(pl.Int64) - 1
    return rows.select(
        pl.col("station").alias("sitename"),
        pl.col("district").alias("county"),
        short(pl.col("index"), 0).alias("aqi"),
        pl.when(level > 0).then(pl.col("worst")).otherwise(pl.lit("")).alias("pollutant"),
        level.replace_strict(dict(enumerate(STATUS)), return_dtype=pl.String).alias("status"),
        fixed(pl.col("so2_ppm") * ppb, 1).alias("so2"),
        fixed(pl.col("co_ppm"), 2).alias("co"),
        # roads are not measured for ozone: the cell stays empty
        pl.when(pl.col("kind") == "roadside").then(pl.lit("")).otherwise(fixed(pl.col("o3_ppm") * ppb, 1)).alias("o3"),
        pl.when(pl.col("kind") == "roadside")
        .then(pl.lit(""))
        .otherwise(fixed(pl.col("o3_ppm8") * ppb, 1))
        .alias("o3_8hr"),
        short(pl.col("pm10_ugm3"), 0).alias("pm10"),
        short(pl.col("pm25_ugm3"), 0).alias("pm2.5"),
        fixed(pl.col("no2_ppm") * ppb, 1).alias("no2"),
        pl.lit(f"{weather['wind_ms']:.1f}").alias("wind_speed"),
        pl.lit(f"{weather['wind_deg']:.0f}").alias("wind_direc"),
        pl.lit(f"{end:%Y/%m/%d %H:%M:%S}").alias("publishtime"),
        fixed(pl.col("co_ppm8"), 1).alias("co_8hr"),
        fixed(pl.col("pm25_ugm324"), 1).alias("pm2.5_avg"),
        short(pl.col("pm10_ugm324"), 0).alias("pm10_avg"),
        short(pl.col("so2_ppm24") * ppb, 0).alias("so2_avg"),
        pl.col("lon").cast(pl.String).alias("longitude"),
        pl.col("lat").cast(pl.String).alias("latitude"),
        (pl.col("number") + 1).cast(pl.String).alias("siteid"),
    )


def air4thai(question: Question, _what: What) -> pl.DataFrame:
    """The last full hour of all stations, nested under AQILast, all texts, "-1" for what is not measured."""
    end = last_hour(question)
    now = hours(question, end - HOUR, end)
    if now.is_empty():
        return NOTHING
    rows = with_index(now).join(stations(question).drop("kind", "area"), on="station", maintain_order="left")
    place = question.world.city.config.title_en
    return pl.DataFrame([_thai(row, end, place) for row in rows.iter_rows(named=True)])


def _thai(row: dict[str, Any], end: datetime, place: str) -> dict[str, Any]:
    def value(column: str, decimals: int, factor: float = 1, *, measured: bool = True) -> dict[str, str]:
        if not measured:
            return {"color_id": "0", "aqi": "-1", "value": "-1"}
        level = int(row[f"{column}_level"])
        return {"color_id": COLORS[level - 1], "aqi": str(50 * level), "value": f"{row[column] * factor:.{decimals}f}"}

    background = row["kind"] == "background"
    return {
        "stationID": f"{row['number'] + 1:02d}t",
        "nameTH": row["station"],
        "nameEN": row["station"],
        "areaTH": f"{row['district']}, {place}",
        "areaEN": f"{row['district']}, {place}",
        "stationType": "GROUND",
        "lat": str(row["lat"]),
        "long": str(row["lon"]),
        "AQILast": {
            "date": f"{end:%Y-%m-%d}",
            "time": f"{end:%H:%M}",
            "PM25": value("pm25_ugm3", 1),
            "PM10": value("pm10_ugm3", 0),
            "O3": value("o3_ppm", 0, 1000, measured=row["kind"] != "roadside"),
            "CO": value("co_ppm", 2, measured=not background),
            "NO2": value("no2_ppm", 0, 1000),
            "SO2": value("so2_ppm", 0, 1000, measured=not background),
            "AQI": {"color_id": COLORS[int(row["level"]) - 1], "aqi": f"{row['index']:.0f}", "param": row["worst"]},
        },
    }
