"""Faults in how rows are delivered: lines that are there again, an old answer again, other ways to write a text."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import polars as pl

from simulator.fault import Fault
from simulator.messages import Question

EVENING = 3  # Thursday, by date.weekday()


def _again(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """The first lines stand once more at the end, as in files that were put together from parts that overlap."""
    return pl.concat([frame, frame.head(frame.height // 20)])


def _contradicted(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """The first station stands once more at the end, with other values."""
    return pl.concat([frame, frame.head(1).with_columns(pl.col("PM", "FPM") + 20)])


def _corrected_for_an_evening(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    """On Thursday the day before is 5 higher; on every other evening it is as it was."""
    day = datetime.strptime(str(frame["MSRMT_YMD"][0]), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    corrected = question.now.weekday() == EVENING and (question.now.date() - day).days == 1
    return frame.with_columns(pl.col("PM", "FPM") + 5) if corrected else frame


def _decimal_comma(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(pl.col("avgTa", "minTa", "maxTa").str.replace(".", ",", literal=True))


def _decomposed(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Names in NFD, each letter as its parts, as some file systems write them."""
    names = [unicodedata.normalize("NFD", name) for name in frame["MSRSTN_NM"]]
    return frame.with_columns(MSRSTN_NM=pl.Series(names))


FAULTS: tuple[Fault, ...] = (
    Fault("file-repeated-lines", "A twentieth of the lines of a file stands once more at its end",
          "sensor_register", "REG-repeated", "marked", None, _again, pack="harbour"),
    Fault("subway-repeated-rows", "A twentieth of the rows comes twice, of a feed whose parts are added up",
          "subway_daily", "SUB-repeated", "marked", None, _again),
    Fault("weather-decimal-comma", "Temperatures are written with a decimal comma",
          "weather_daily", None, "unharmed", None, _decimal_comma),
    Fault("air-contradicted", "A station comes twice, the second time with other values",
          "air_daily", "AIR-contradicted", "absent", None, _contradicted),
    Fault("air-names-decomposed", "Names of stations are written in NFD: each letter as its parts",
          "air_daily", None, "unharmed", None, _decomposed),
    Fault("air-old-answer-again", "The day before is corrected on one evening, and comes as it was on the next",
          "air_daily", None, "unharmed", None, _corrected_for_an_evening, nights=2, service={"again_days": 2}),
)  # fmt: skip
