"""Which measures each field publishes: marts in, measures out. The formulas are in the modules beside this one."""

from __future__ import annotations

import polars as pl

from assets.formulas.air import cai
from assets.formulas.exposure import coverage, day_night_ratio, per_100k, per_inhabitant, weighted_mean
from assets.formulas.heat import apparent_temperature_summer
from assets.metrics.values import measure
from assets.pack.city import City

Frames = dict[str, pl.DataFrame]


def air(frames: Frames, city: City) -> pl.DataFrame:
    """PM2.5, PM10 and CAI at urban stations, PM2.5 at roads, PM2.5 weighted by residents. ug/m3, index."""
    mart = frames["air_area_day"]
    urban = mart.filter(pl.col("station_kind") == "urban")
    roads = mart.filter((pl.col("station_kind") == "roadside") & (pl.col("area") == city.config.area))
    expected = pl.col("stations_expected")
    needed = pl.min_horizontal("pm25_ugm3_n", "pm10_ugm3_n", "no2_ppm_n", "o3_ppm_n")
    return pl.concat(
        [
            measure(urban, "pm25_mean", pl.col("pm25_ugm3"), n=pl.col("pm25_ugm3_n"), expected=expected),
            measure(urban, "pm10_mean", pl.col("pm10_ugm3"), n=pl.col("pm10_ugm3_n"), expected=expected),
            measure(cai(urban), "cai", pl.col("cai"), n=needed, expected=expected),
            measure(roads, "pm25_roadside_mean", pl.col("pm25_ugm3"), n=pl.col("pm25_ugm3_n"), expected=expected),
            _weighted(urban, city.residents(urban["day"]), "residents", "pm25_population_weighted", city),
        ]
    )


def environment(frames: Frames, city: City) -> pl.DataFrame:
    """Particles (ug/m3), noise (dB), apparent temperature (degC) and coverage (%) of the street sensors."""
    mart = frames["environment_area_day"]
    reporting, expected = pl.col("sensors"), pl.col("sensors_expected")
    return pl.concat(
        [
            measure(mart, "sensor_pm25_mean", pl.col("pm25_ugm3"), n=pl.col("pm25_ugm3_n"), expected=expected),
            measure(mart, "sensor_pm10_mean", pl.col("pm10_ugm3"), n=pl.col("pm10_ugm3_n"), expected=expected),
            measure(mart, "noise_leq", pl.col("noise_leq_db"), n=pl.col("noise_n"), expected=expected),
            measure(
                mart,
                "apparent_temperature",
                pl.col("apparent_temp_c"),
                n=pl.col("apparent_temp_n"),
                expected=expected,
                why=_out_of_season(city),
            ),
            measure(mart, "sensor_coverage", reporting / expected * 100, n=reporting, expected=expected),
        ]
    )


def weather(frames: Frames, city: City) -> pl.DataFrame:
    """Temperature (degC), precipitation (mm) and apparent temperature (degC) of the city's province."""
    rows = frames["weather_daily"].filter(pl.col("province_code") == city.parameters["weather_province"])
    rows = rows.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    felt = apparent_temperature_summer(pl.col("max_temp_c"), pl.col("avg_humidity_pct"))
    one, season = pl.lit(1), _out_of_season(city)
    rain = pl.col("precipitation_mm")
    return pl.concat(
        [
            measure(rows, "air_temperature_mean", pl.col("avg_temp_c"), n=_there("avg_temp_c"), expected=one),
            measure(rows, "precipitation_total", rain, n=rain.is_not_null(), expected=one),
            measure(rows, "apparent_temperature_max", felt, n=felt.is_not_null(), expected=one, why=season),
        ]
    )


def transit(frames: Frames, city: City) -> pl.DataFrame:
    """Boardings per registered inhabitant and day. That enough stations report is a rule of the feed (SUB-901)."""
    days = frames["transit_line_day"].group_by("day").agg(pl.col("boardings", "stations").sum())
    days = _with_residents(days, city)
    value = per_inhabitant(pl.col("boardings"), pl.col("residents"))
    stations = pl.col("stations")
    return measure(days, "transit_boardings_per_inhabitant", value, n=stations, expected=stations)


def bike(frames: Frames, city: City) -> pl.DataFrame:
    """Public bicycle rentals per 100,000 registered inhabitants and day."""
    days = _with_residents(frames["bike_daily"], city)
    value = per_100k(pl.col("rentals"), pl.col("residents"))
    return measure(days, "bike_rentals_per_100k", value, n=_there("rentals"), expected=pl.lit(1))


def bike_stations(frames: Frames, city: City) -> pl.DataFrame:
    """Share of the public bicycle stations without a bicycle at the poll of the day, %."""
    # the pages of one poll come some seconds apart, so that its rows do not have one time
    polled = frames["bike_stations"].sort("asked_at").group_by("day", "station_id").last()
    bikes = pl.col("bikes")
    days = (
        polled.group_by("day")
        .agg(empty=(bikes == 0).sum(), known=bikes.count(), stations=pl.len().cast(pl.Int64))
        .with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    )
    known = pl.col("known")
    share = pl.when(known > 0).then(pl.col("empty") / known * 100)
    return measure(days, "bike_stations_empty", share, n=known, expected=pl.col("stations"))


def water(frames: Frames, city: City) -> pl.DataFrame:
    """Water supplied per registered inhabitant and day, L. That enough sites supply is a rule of the feed (WAT-901)."""
    supplied = frames["water_supply"].filter(pl.col("kind") == "supplied")
    days = supplied.group_by("day").agg(m3=pl.col("m3").sum(), known=pl.col("m3").count(), sites=pl.len())
    days = _with_residents(days, city)
    litres = per_inhabitant(pl.col("m3") * 1000, pl.col("residents"))
    return measure(days, "water_supplied_per_inhabitant", litres, n=pl.col("known"), expected=pl.col("sites"))


def population(frames: Frames, city: City) -> pl.DataFrame:
    """People present (mean of the day) and day over night, from the group `total`."""
    hours = frames["population_area_hour"].filter(pl.col("population_group") == "total")
    hour = pl.col("starts_at").dt.hour()
    day_hours, night_hours = city.parameters["day_hours"], city.parameters["night_hours"]
    days = hours.group_by("day", "area", "area_level").agg(
        people=pl.col("people").mean(),
        hours=pl.len(),
        by_day=pl.col("people").filter(hour.is_in(day_hours)).mean(),
        by_night=pl.col("people").filter(hour.is_in(night_hours)).mean(),
        needed=hour.is_in([*day_hours, *night_hours]).sum(),
    )
    ratio = day_night_ratio(pl.col("by_day"), pl.col("by_night"))
    return pl.concat(
        [
            measure(days, "living_population", pl.col("people"), n=pl.col("hours"), expected=pl.lit(24)),
            measure(
                days,
                "day_night_population_ratio",
                ratio,
                n=pl.col("needed"),
                expected=pl.lit(len(day_hours) + len(night_hours)),
            ),
        ]
    )


def exposure(frames: Frames, city: City) -> pl.DataFrame:
    """PM2.5 of the districts weighted by the people present in them (public air, private telecom). ug/m3."""
    urban = frames["air_area_day"].filter(pl.col("station_kind") == "urban")
    people = (
        frames["population_area_hour"]
        .filter((pl.col("population_group") == "total") & (pl.col("area_level") == "district"))
        .group_by("area", "day")
        .agg(pl.col("people").mean())
    )
    return _weighted(urban, people, "people", "pm25_living_population_weighted", city)


def attention(frames: Frames, city: City) -> pl.DataFrame:
    """Search interest by topic, index 0..100."""
    rows = frames["search_trend"].with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    topics = ("cold", "flu", "pneumonia", "coronavirus")
    return pl.concat(
        [
            measure(rows, f"search_interest_{t}", pl.col(f"{t}_index"), n=_there(f"{t}_index"), expected=pl.lit(1))
            for t in topics
        ]
    )


def _there(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _out_of_season(city: City) -> pl.Expr:
    months = list(city.parameters["heat_season_months"])
    reason = f"out of season: the summer formula is defined for the months {months[0]} to {months[-1]}"
    return pl.when(~pl.col("day").dt.month().is_in(months)).then(pl.lit(reason))


def _with_residents(days: pl.DataFrame, city: City) -> pl.DataFrame:
    return days.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city")).join(
        city.residents(days["day"]), on=["area", "day"], how="left"
    )


def _weighted(urban: pl.DataFrame, weights: pl.DataFrame, weight: str, metric: str, city: City) -> pl.DataFrame:
    """PM2.5 of the districts weighted by people; complete as far as people live where it is valid."""
    districts = city.areas.filter(pl.col("level") == "district").select(area="code")
    rows = (
        weights.join(districts, on="area")
        .join(
            urban.filter(pl.col("area_level") == "district").select("area", "day", "pm25_ugm3"),
            on=["area", "day"],
            how="left",
        )
        .group_by("day")
        .agg(
            value=weighted_mean(pl.col("pm25_ugm3"), pl.col(weight)),
            n=pl.col("pm25_ugm3").count(),
            share=coverage(pl.col(weight), pl.col("pm25_ugm3").is_not_null()),
            people=pl.col(weight).sum(),
        )
        .with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    )
    people = pl.col("people")
    return measure(rows, metric, pl.col("value"), n=pl.col("n"), expected=people, covered=people * pl.col("share"))
