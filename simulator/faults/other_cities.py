"""Faults of services that cities outside Korea run, for the test pack Harbour."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from simulator.fault import Fault, HonestReply
from simulator.messages import Answer, Question

PACK = "harbour"
COLUMNS = ("no2", "o3", "co", "so2", "pm10", "pm25")
CLIP = 2


def _shifted(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Each value stands one column further left, so that PM10 is read as sulphur dioxide."""
    shifted = dict(zip(COLUMNS, (*COLUMNS[1:], COLUMNS[0]), strict=True))
    return frame.with_columns(**{name: pl.col(other) for name, other in shifted.items()})


def _other_parameter(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(pl.col("parameter").struct.with_fields(name=pl.lit("so2"), units=pl.lit("ppm")))


def _expired(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Calendars of a year long over; the tables beside them are as they were."""
    over = {"start_date": "20190101", "end_date": "20191231", "date": "20190101"}
    return frame.with_columns(**{name: pl.lit(text) for name, text in over.items() if name in frame.columns})


def _clipped(question: Question, honest: HonestReply, _before: int) -> Answer:
    return honest(replace(question, query={**question.query, "limit": str(CLIP)}))


FAULTS: tuple[Fault, ...] = (
    Fault("ckan-shifted-column", "All values of the air stations stand one column too far left: PM10 comes as SO2",
          "air_daily", "AIR-104", "absent", 13, _shifted, pack=PACK),
    Fault("openaq-shifted-parameter", "The PM2.5 sensors answer under the name and unit of another pollutant",
          "air_hours", "OAQ-102", "absent", 13, _other_parameter, pack=PACK),
    Fault("gtfs-expired", "The calendar of the timetable has run out",
          "trips", "GTT-102", "kept", 14, _expired, pack=PACK),
    Fault("ckan-clip", "CKAN gives 2 rows a page where 3 were asked for, and says so only in passing",
          "air_daily", None, "unharmed", 18, change_reply=_clipped, pack=PACK),
)  # fmt: skip
