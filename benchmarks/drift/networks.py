"""The networks into whose days drift is planted: real files, and the simulated city. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import shapely

from assets.watch.nearest import Nearest, nearest_of
from assets.watch.watched import watch_of
from quality.contract.watch import ColumnWatch
from simulator.world.air import air_days
from simulator.world.registers import sensor_register
from simulator.world.sensors import sensor_hours
from simulator.world.world import World

NO_WITNESS = {"area": pl.String, "day": pl.Date, "value": pl.Float64, "places": pl.Int64}
SHARES = (0.05, 0.1, 0.2, 0.3)
WHOLE = "city"  # how the names of areas begin that are no part of a city
CALIBRATED_DAYS = 60  # of the UCI sensors, at the begin


@dataclass(frozen=True)
class Network:
    """Days of one quantity at many places, and what they can be held against.

    quantity: a watched column of a model. days: place, area, day, value; a place is there once for each area that has
    it, and areas that are all of a city begin with WHOLE. nearest: None where nobody knows what is near. witness: area,
    day, value, places. onsets: days on which a planted drift begins. sizes: shares of the value, or units where
    differences count.
    """

    title: str
    said: str
    quantity: str
    days: pl.DataFrame
    onsets: tuple[date, ...]
    nearest: Nearest | None = None
    witness: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NO_WITNESS))
    sizes: tuple[float, ...] = SHARES
    unit: str = "%"

    @property
    def watch(self) -> ColumnWatch:
        """How a night watches it."""
        return watch_of(self.quantity)

    @property
    def places(self) -> pl.DataFrame:
        """place, day, value: each place once."""
        return self.days.unique(["place", "day"]).select("place", "day", "value")


def street_sensors(data: Path) -> list[Network]:
    """Seoul's street sensors, April to August 2020: PM2.5 with 25 stations as witness, temperature, noise."""
    seoul = data / "seoul"
    positions = pl.read_csv(seoul / "sdot_ref" / "sensor_longitude_latitude.csv")
    positions = positions.select(place="시리얼", lat="위도", lon="경도").drop_nulls().unique("place").sort("place")
    nearest = nearest_of(positions)
    district = _districts(seoul / "boundaries" / "kostat_2013_json_seoul_municipalities_geo_simple.json", positions)
    rows = pl.concat(pl.read_csv(f, infer_schema_length=0) for f in sorted((seoul / "sdot_env").glob("*.csv")))
    stations = pl.read_csv(seoul / "air_daily" / "2020.csv", encoding="cp949", infer_schema_length=0)
    stations = stations.select(
        place="측정소명",
        day=pl.col("측정일시").str.slice(0, 8).str.to_date("%Y%m%d"),
        value=pl.col("^초미세먼지.*$").cast(pl.Float64),
    )
    stations = stations.filter(pl.col("place").str.ends_with("구")).drop_nulls()
    witness = medians(_with_city(stations.with_columns(area="place")))
    onsets = (date(2020, 5, 20), date(2020, 6, 1))

    def days(header: str, least: float, most: float) -> pl.DataFrame:
        read = rows.select(
            place="시리얼",
            day=pl.col("측정시간").str.slice(0, 10).str.to_date(strict=False),
            value=pl.col(header).cast(pl.Float64, strict=False),
        )
        read = read.filter(pl.col("value").is_between(least, most)).group_by("place", "day").agg(pl.mean("value"))
        return read.join(district, on="place", how="left").sort("place", "day")

    fine, warmth, noise = days("초미세먼지 보정 (㎍/㎥)", 0, 500), days("기온 (℃)", -40, 45), days("소음 (dB)", 35, 85)
    own = "What the witness sees from the first weeks on is its own drift downwards, which one upwards cancels."
    said = "Files of 153 days with one reading a day at an unknown hour, as they are: the network drifted itself."
    return [
        Network("S-DoT, PM2.5", f"{said} {own}", "pm25", _with_city(fine), onsets, nearest, witness),
        Network(
            "S-DoT, temperature",
            said,
            "temperature",
            warmth.filter(pl.col("value") != 0),
            onsets,
            nearest,
            sizes=(0.5, 1, 2, 4),
            unit="degrees",
        ),
        Network("S-DoT, noise", said, "laeq", noise, onsets, nearest, sizes=(1, 3, 6, 9), unit="dB"),
    ]


def beijing(data: Path) -> list[Network]:
    """Seven stations of 2013 to 2017: each beside the six others, and three beside the other four in all 35 ways."""
    read = pl.concat(
        pl.read_csv(f, infer_schema_length=0).select(
            place="station",
            day=pl.date(*(pl.col(part).cast(pl.Int32) for part in ("year", "month", "day"))),
            value=pl.col("PM2.5").cast(pl.Float64, strict=False),
        )
        for f in sorted((data / "beijing" / "prsa").glob("*.csv"))
    )
    days = read.drop_nulls().group_by("place", "day").agg(pl.mean("value")).sort("place", "day")
    names = days["place"].unique().sort().to_list()
    own, witness = list[pl.DataFrame](), list[pl.DataFrame]()
    for three in combinations(names, 3):
        area = pl.lit(f"{WHOLE} {'+'.join(three)}").alias("area")
        own.append(days.filter(pl.col("place").is_in(three)).with_columns(area))
        witness.append(medians(days.remove(pl.col("place").is_in(three)).with_columns(area)))
    onsets = tuple(date(2013, 7, 1) + timedelta(days=180 * n) for n in range(7))
    said = (
        "Calibrated stations, means of 24 hours, 2013 to 2017. The witness of three are the other four, in all 35 ways."
    )
    others = np.array([[other for other in range(len(names)) if other != one] for one in range(len(names))])
    nearest = Nearest(pl.Series(names), others)
    return [
        Network("Seven stations of Beijing, PM2.5", said, "pm25", pl.concat(own), onsets, nearest, pl.concat(witness))
    ]


def one_sensor(data: Path) -> list[Network]:
    """Four metal-oxide sensors beside an analyser, 2004 to 2005: each is a network of one place with a witness."""
    table = pl.read_csv(data / "sensors" / "uci_air_quality" / "AirQualityUCI.csv", infer_schema_length=0)
    pairs = {
        "CO": ("PT08_S1_CO", "CO_GT", 1000.0),
        "benzene": ("PT08_S2_NMHC", "C6H6_GT", 1.0),
        "NOx": ("PT08_S3_NOx", "NOx_GT", 1.0),
        "NO2": ("PT08_S4_NO2", "NO2_GT", 1.0),
    }
    own, witness = list[pl.DataFrame](), list[pl.DataFrame]()
    for gas, (response, truth, scale) in pairs.items():
        hours = table.select(
            day=pl.col("Date").str.to_date("%d/%m/%Y"),
            own=pl.col(response).cast(pl.Float64),
            witness=pl.col(truth).cast(pl.Float64) * scale,
        )
        days = hours.filter(pl.col("own") > 0, pl.col("witness") > 0).group_by("day").agg(pl.all().mean()).sort("day")
        first = days.head(CALIBRATED_DAYS)
        slope, level = np.polyfit(first["own"].log().to_numpy(), first["witness"].log().to_numpy(), 1)
        area = pl.lit(f"{WHOLE} {gas}").alias("area")
        own.append(
            days.select(area.alias("place"), area, "day", (level + slope * pl.col("own").log()).exp().alias("value"))
        )
        witness.append(days.select(area, "day", pl.col("witness").alias("value"), pl.lit(1, pl.Int64).alias("places")))
    onsets = tuple(date(2004, 6, 1) + timedelta(days=15 * n) for n in range(14))
    said = (
        "Four metal-oxide sensors beside an analyser on one mast, calibrated on the first "
        f"{CALIBRATED_DAYS} days; they drift by themselves in the year that follows."
    )
    return [Network("The UCI sensors", said, "pm25", pl.concat(own), onsets, witness=pl.concat(witness))]


def simulated(world: World) -> list[Network]:
    """The street sensors and the stations of the simulated Seoul, of as many days as the files of 2020."""
    first = date(2026, 1, 1)
    days = [first + timedelta(days=n) for n in range(153)]
    register = sensor_register(world)
    where = register.select(place="sensor_id", lat="lat", lon="lon", area="area")
    sensors, stations = list[pl.DataFrame](), list[pl.DataFrame]()
    for day in days:
        mean = sensor_hours(world, day).group_by("sensor_id").agg(pl.mean("pm25_ugm3"))
        sensors.append(mean.select(place="sensor_id", day=pl.lit(day), value="pm25_ugm3"))
        urban = air_days(world, day).filter(pl.col("kind") == "urban").drop_nulls("area")
        stations.append(urban.select("area", place="station", day="day", value="pm25_ugm3"))
    own = pl.concat(sensors).join(where.select("place", "area"), on="place").sort("place", "day")
    said = "The embedded city, without faults: its noise is small, and what is seen here is no promise for a real one."
    said += " A small change warns once 60 days before the 30 are known."
    nearest, witness = nearest_of(where.select("place", "lat", "lon")), medians(_with_city(pl.concat(stations)))
    onsets = (days[49], days[61])
    return [Network("The simulated city, PM2.5", said, "pm25", _with_city(own), onsets, nearest, witness)]


def medians(days: pl.DataFrame) -> pl.DataFrame:
    """area, day, value, places: the median over the places of an area on each day, and how many these are."""
    return days.group_by("area", "day").agg(pl.col("value").median(), pl.len().cast(pl.Int64).alias("places"))


def _with_city(days: pl.DataFrame) -> pl.DataFrame:
    """Each row once for its area, if it has one, and once for the whole city."""
    columns = ["place", "area", "day", "value"]
    whole = days.with_columns(area=pl.lit(WHOLE)).select(columns)
    return pl.concat([days.drop_nulls("area").select(columns), whole])


def _districts(outlines: Path, positions: pl.DataFrame) -> pl.DataFrame:
    """place, area: the district in whose outline a place stands; those in none are left out."""
    features: list[Mapping[str, dict[str, object]]] = json.loads(outlines.read_text(encoding="utf-8"))["features"]
    tree = shapely.STRtree([shapely.geometry.shape(feature["geometry"]) for feature in features])
    points = shapely.points(positions["lon"].to_numpy(), positions["lat"].to_numpy())
    one, outline = tree.query(points, predicate="within")
    names = pl.Series([str(feature["properties"]["name"]) for feature in features])
    return pl.DataFrame({"place": positions["place"].gather(one), "area": names.gather(outline)}).unique("place")
