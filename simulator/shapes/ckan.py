"""Tables of open-data portals: the city's days of water and air, its people, under the names of CKAN and Socrata."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from simulator.messages import Question, What
from simulator.rendering.text import NOTHING, at, day_of, fixed, known, short
from simulator.shapes.openaq import stations
from simulator.world import air, utilities
from simulator.world.people import people_totals
from simulator.world.places import dongs

# What the portals have, under the numbers that a contract asks for.
WATER, AIR, RESIDENTS = (f"6f3a2c10-52d1-4f7e-9c0a-{n:012d}" for n in (1, 2, 3))  # resources of CKAN
PEOPLE, RESIDENTS_BY_YEAR = "pp7k-hr24", "pp7k-yr12"  # data sets of Socrata
SHOWN_DAYS = 366  # a question for no day in particular sees the newest so many
FLOATING = "%Y-%m-%dT%H:%M:%S.000"  # Socrata's floating timestamp: local, without a zone


def ckan(question: Question, what: What) -> pl.DataFrame | None:
    """(resource, day or ""): numbers as texts, `_id` from the start of the table; None for an unknown resource."""
    resource, text = what
    if resource == RESIDENTS:
        rows = _residents(question).select(
            year=pl.col("year").cast(pl.String),
            district_code="area",
            district_name="name",
            total=fixed(pl.col("residents"), 0),
        )
        return rows.with_columns(_id=pl.int_range(1, pl.len() + 1)).select("_id", *rows.columns)
    table = {WATER: _water, AIR: _air}.get(resource)
    if table is None:
        return None
    days = _span(question, text, text)
    frames = [_numbered(question, table(question, day), day) for day in days or [question.now.date()]]
    return pl.concat(frames) if days else frames[0].clear()  # a table without rows has its fields


def socrata(question: Question, what: What) -> pl.DataFrame | None:
    """(data set, first day or "", last day or ""): texts alone; None for an unknown data set."""
    name, first, last = what
    if name == RESIDENTS_BY_YEAR:
        return _residents(question).select(
            year=pl.col("year").cast(pl.String), district="name", residents=fixed(pl.col("residents"), 0)
        )
    if name != PEOPLE:
        return None
    frames = [_people(question, day) for day in _span(question, first, last)]
    return pl.concat(frames) if frames else NOTHING


def _water(question: Question, day: date) -> pl.DataFrame:
    return utilities.water(question.world, day).select(
        reading_date=at(pl.col("day"), "%Y-%m-%d"), plant="plant", flow="kind", volume_m3=fixed(pl.col("m3"), 1)
    )


def _air(question: Question, day: date) -> pl.DataFrame:
    names = stations(question).select("station", "code", "lat", "lon")
    return (
        air.air_days(question.world, day)
        .join(names, on="station", maintain_order="left")
        .select(
            station_id="code",
            station_name="station",
            measured_on=at(pl.col("day"), "%Y-%m-%d"),
            no2=fixed(pl.col("no2_ppm"), 4),
            o3=fixed(pl.col("o3_ppm"), 4),
            co=fixed(pl.col("co_ppm"), 2),
            so2=fixed(pl.col("so2_ppm"), 4),
            pm10=fixed(pl.col("pm10_ugm3"), 1),
            pm25=fixed(pl.col("pm25_ugm3"), 1),
            latitude=pl.col("lat").cast(pl.String),
            longitude=pl.col("lon").cast(pl.String),
        )
    )


def _people(question: Question, day: date) -> pl.DataFrame:
    """People present by neighbourhood, hour and sex; three rows of which one is the sum of the others."""
    where = dongs(question.world).select("dong_code", "area", "name_ko")
    rows = people_totals(question.world, day).join(where, on="dong_code", maintain_order="left")
    hour = pl.lit(datetime.combine(day, datetime.min.time())) + pl.duration(hours=pl.col("hour"))
    rows = rows.select(
        date=pl.lit(f"{day:{FLOATING}}"),
        observed_hour=at(hour, FLOATING),
        district_code="area",
        neighbourhood_code="dong_code",
        neighbourhood="name_ko",
        all="total",
        female="female",
        male="male",
    )
    index = ["date", "observed_hour", "district_code", "neighbourhood_code", "neighbourhood"]
    parts = rows.unpivot(["all", "female", "male"], index=index, variable_name="sex", value_name="people")
    return parts.with_columns(people=short(pl.col("people"), 4))


def _residents(question: Question) -> pl.DataFrame:
    """area, year, residents, name: year by year, as far as the pack knows them."""
    city = question.world.city
    names = city.areas.select(area="code", name=pl.coalesce("name_en", "name_ko"))
    past = city.population.filter(pl.col("year") < question.now.year)
    return past.join(names, on="area", maintain_order="left").sort("year", "area")


def _numbered(question: Question, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    first = (day - question.world.city.config.first_day).days * rows.height + 1
    return rows.select(pl.Series("_id", np.arange(first, first + rows.height)), pl.all())


def _span(question: Question, first: str, last: str) -> list[date]:
    """The published days from one to another; the newest SHOWN_DAYS where none is given."""
    newest = question.now.date()
    low = day_of(first, "%Y-%m-%d") if first else newest - timedelta(days=SHOWN_DAYS)
    high = day_of(last, "%Y-%m-%d") if last else newest
    if low is None or high is None:
        return []
    low, high = max(low, question.world.city.config.first_day), min(high, newest)
    wanted = [low + timedelta(days=n) for n in range((high - low).days + 1)]
    return [day for day in wanted if known(question, day)]
