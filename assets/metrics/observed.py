"""What a metric is made from: rows of feeds as rows of a model, with what is known about their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from assets.metrics.known_days import KnownDay
from assets.metrics.measured import ReasonCode
from quality.contract.interval import Interval

AREA, REGISTERED = "_area", "_registered"  # columns that a source adds to the rows of a model


@dataclass(frozen=True)
class Usual:
    """The days before that each day is compared with: how many places there usually are (quality/usual_days.py)."""

    rows: pl.LazyFrame  # of the days before, in the columns of Observed.rows
    compared: (
        pl.DataFrame
    )  # day, before: which days each day is compared with; a day without enough of them is not there


@dataclass(frozen=True)
class Unplaced:
    """The rows of a source whose places stand in a register alone, before they are joined with it.

    36 million readings of 50,000 sensors are joined at less cost when they have become 50,000 days.
    """

    rows: pl.LazyFrame  # the columns of Observed.rows without `kind`, AREA, REGISTERED
    place: Callable[[pl.LazyFrame], pl.LazyFrame]  # adds these to rows with a place and a day


@dataclass(frozen=True)
class Lacking:
    """Why rows of a mart have no value, where that is no lack of their parts alone."""

    parts: ReasonCode  # none of their parts is there
    value: ReasonCode  # enough of them are, and nothing was made of these


@dataclass(frozen=True)
class PartsOfRows:
    """Rows say themselves of how many parts they are made, and of how many they should be."""

    counted: str  # what is counted, and the column that says how many there were
    expected: str  # the column that says how many there should be
    needs: float  # the share that is enough
    lacking: Lacking | None = None  # None: the numbers say it


@dataclass(frozen=True)
class Observed:
    """Rows of one feed as rows of a model, on the days wanted and the hours before that rolling steps need; or rows of
    a mart.

    rows: the columns of the model, `day` (date), `time` (local beginning of the interval) and, where it is known,
    `time_utc`; besides `kind`, AREA (leaf area of the pack; null: only the city knows it) and REGISTERED (null: there
    is no register).
    """

    feed: str
    network: str | None
    interval: Interval
    identity: tuple[str, ...]  # key columns of the model but time, as far as the feed has them: what one place is
    rows: pl.LazyFrame
    expected: pl.DataFrame | None = None  # the register: day, kind, AREA, places; None: there is no register
    usual: Usual | None = None  # None: no days before are known
    unplaced: Unplaced | None = None  # where a place's area does not depend on its rows
    of_areas: bool = False  # AREA is the area that a row is of, whichever level it has, and not where a place lies
    parts: PartsOfRows | None = None  # of a mart that says it
    days: Mapping[date, KnownDay] = field(default_factory=dict)  # what may be known of days of these rows, without them
