"""Street sensors and their neighbours by month: whether a sensor reads what those around it read."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import shapely

from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA
from assets.pack.city import City
from quality.contract.interval import last_of_period

NEAR_KM, NEIGHBOURS = 3.0, 5
RATIO, DIFFERENCE = (0.7, 1.3), 5.0  # within one of the two a sensor agrees
_KM_OF_DEGREE = 111.195
_OF_SENSOR = [START, "place"]


def sensor_agreement_month(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each sensor of a low-cost network and month: the medians over its days of what it read by the median
    of its neighbours, and of the difference.

    A sensor is judged on days on which five neighbours within 3 km read; without such a day `agrees` is null. `days`
    are those with a reading.
    """
    rows = [
        one.rows.select(*_OF_SENSOR, AREA, "day", "pm25") for one in read["air_quality"] if one.network == "low_cost"
    ]
    listed = [one.rows.select("place", "lat", "lon") for one in read["place"] if one.network == "low_cost"]
    if not rows or not listed:
        return _empty()
    of_days = pl.concat(rows).drop_nulls("pm25").group_by(*_OF_SENSOR, "day")
    days = of_days.agg(pl.col(AREA).first(), pl.col("pm25").mean()).sort(*_OF_SENSOR, "day").collect()
    places = pl.concat(listed).drop_nulls().unique("place", keep="last", maintain_order=True).collect()
    pairs = _pairs(places.filter(pl.col("place").is_in(days["place"].unique().to_list())))
    around = (
        pairs.join(days.select(START, "day", neighbour="place", theirs="pm25"), on="neighbour")
        .group_by(*_OF_SENSOR, "day")
        .agg(pl.col("theirs").median(), neighbours=pl.len())
        .filter(pl.col("neighbours") >= NEIGHBOURS)
    )
    own, theirs = pl.col("pm25"), pl.col("theirs")
    judged = days.join(around, on=[*_OF_SENSOR, "day"], how="left").group_by(_OF_SENSOR, maintain_order=True)
    medians = judged.agg(
        pl.col(AREA).first().alias("area"),
        ratio=pl.when(theirs > 0).then(own / theirs).median(),
        difference=(own - theirs).median(),
        neighbours=pl.col("neighbours").median(),
        days=pl.len().cast(pl.Int64),
    )
    agrees = pl.col("ratio").is_between(*RATIO) | (pl.col("difference").abs() <= DIFFERENCE)
    lengths = {start: (last_of_period(start, "month") - start).days + 1 for start in medians[START].unique()}
    return medians.select(
        pl.col(START).alias("day"),
        "place",
        "area",
        "ratio",
        "difference",
        "neighbours",
        agrees.cast(pl.Float64).alias("agrees"),
        "days",
        pl.col(START).replace_strict(lengths, return_dtype=pl.Int64).alias("days_expected"),
    )


def _empty() -> pl.DataFrame:
    numbers = dict.fromkeys(("ratio", "difference", "neighbours", "agrees"), pl.Float64)
    texts = {"place": pl.String, "area": pl.String}
    return pl.DataFrame(schema={"day": pl.Date, **texts, **numbers, "days": pl.Int64, "days_expected": pl.Int64})


def _pairs(places: pl.DataFrame) -> pl.DataFrame:
    """place, neighbour: all pairs of different places within reach, on a plane that is true at their middle."""
    if places.is_empty():
        return pl.DataFrame(schema={"place": pl.String, "neighbour": pl.String})
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    east = lon * _KM_OF_DEGREE * np.cos(np.radians(lat.mean()))
    points = [shapely.Point(x, y) for x, y in zip(east, lat * _KM_OF_DEGREE, strict=True)]
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=NEAR_KM)
    apart = one != other
    return pl.DataFrame(
        {"place": places["place"].gather(one[apart]), "neighbour": places["place"].gather(other[apart])}
    )


TABLE = Mart(
    reads=(
        Reads("air_quality", ("place", "pm25"), longest=timedelta(days=1)),
        Reads("place", ("place", "lat", "lon")),
    ),
    compute=sensor_agreement_month,
    every="month",
    counted="days",
)
