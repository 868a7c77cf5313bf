"""The city's air stations under the names of the Ministry of Environment of Taiwan."""

from __future__ import annotations

import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.cai import with_index
from simulator.rendering.instants import HOUR, last_hour
from simulator.rendering.stations import ended_hours, placed_stations
from simulator.rendering.text import NOTHING, fixed, short
from simulator.world.weather import weather_hours

STATUS = ("良好", "普通", "對所有族群不健康", "非常不健康")


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """aqx_p_432: the last full hour of all stations, all texts, ozone and nitrogen dioxide in ppb, "" for nothing."""
    if selection != ("aqx_p_432",):
        return None
    end = last_hour(question)
    now = ended_hours(question, end - HOUR, end)
    if now.is_empty():
        return NOTHING
    rows = with_index(now).join(placed_stations(question).drop("kind", "area"), on="station", maintain_order="left")
    for name, columns, span in (("8", ("o3_ppm", "co_ppm"), 8), ("24", ("pm25_ugm3", "pm10_ugm3", "so2_ppm"), 24)):
        means = (
            ended_hours(question, end - span * HOUR, end)
            .group_by("station")
            .agg(pl.col(columns).mean().name.suffix(name))
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
