"""Files that are published as they are: the register of street sensors and the outlines of the districts."""

from __future__ import annotations

import polars as pl

from simulator.messages import Question, Selection
from simulator.world.places import districts, outlines
from simulator.world.registers import sensor_register


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """The rows of (kind of file,): "sensors" or "outlines"."""
    if selection[0] == "sensors":
        return sensor_register(question.world).select(
            시리얼="sensor_id", 위도=pl.col("lat").round(8), 경도=pl.col("lon").round(8)
        )
    if selection[0] == "outlines":
        names = districts(question.world).select("boundary_code", "name_en")
        rows = outlines(question.world).join(names, on="boundary_code", how="left", maintain_order="left")
        return rows.select(
            code="boundary_code", name="name", name_eng="name_en", base_year=pl.lit("2013"), geometry="geometry"
        )
    return None
