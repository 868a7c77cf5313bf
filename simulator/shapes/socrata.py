"""The people of the city as data sets of a Socrata portal."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.published import published_span
from simulator.rendering.residents import residents_with_names
from simulator.rendering.text import NOTHING, at, fixed, short
from simulator.world.people import people_totals
from simulator.world.places import dongs

PEOPLE, RESIDENTS_BY_YEAR = "pp7k-hr24", "pp7k-yr12"  # numbers of the data sets
FLOATING = "%Y-%m-%dT%H:%M:%S.000"  # Socrata's floating timestamp: local, without a zone


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """(data set, first day or "", last day or ""): texts alone; None for an unknown data set."""
    name, first, last = selection
    if name == RESIDENTS_BY_YEAR:
        return residents_with_names(question).select(
            year=pl.col("year").cast(pl.String), district="name", residents=fixed(pl.col("residents"), 0)
        )
    if name != PEOPLE:
        return None
    frames = [_people(question, day) for day in published_span(question, first, last)]
    return pl.concat(frames) if frames else NOTHING


def _people(question: Question, day: date) -> pl.DataFrame:
    """People present by neighbourhood, hour and sex; three rows of which one is the sum of the others."""
    neighbourhoods = dongs(question.world).select("dong_code", "area", "name")
    rows = people_totals(question.world, day).join(neighbourhoods, on="dong_code", maintain_order="left")
    hour = pl.lit(datetime.combine(day, datetime.min.time())) + pl.duration(hours=pl.col("hour"))
    rows = rows.select(
        date=pl.lit(f"{day:{FLOATING}}"),
        observed_hour=at(hour, FLOATING),
        district_code="area",
        neighbourhood_code="dong_code",
        neighbourhood="name",
        all="total",
        female="female",
        male="male",
    )
    index = ["date", "observed_hour", "district_code", "neighbourhood_code", "neighbourhood"]
    parts = rows.unpivot(["all", "female", "male"], index=index, variable_name="sex", value_name="people")
    return parts.with_columns(people=short(pl.col("people"), 4))
