"""Instants in UTC <-> times as the clocks of a zone show them. Neither has a zone of its own here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from quality.contract.zones import KNOWN_SINCE, KNOWN_UNTIL, constant_offset, fixed_offset

JUST_BEFORE = timedelta(microseconds=1)


def local_of(instant: pl.Expr, zone: str) -> pl.Expr:
    """What the clocks of a zone or offset show at an instant in UTC."""
    fixed = fixed_offset(zone)
    if fixed is not None:
        return instant + fixed
    return instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def utc_of(local: pl.Expr, zone: str, ambiguous: Literal["null", "earliest", "latest"] = "null") -> pl.Expr:
    """The instant of a local time. One that a change of clocks skips is none: null, and so unreadable; so is one that
    it repeats, unless the earliest or latest reading is asked for."""
    fixed = fixed_offset(zone)
    if fixed is not None:
        return local - fixed
    zoned = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def to_local(instants: pl.Series, zone: str) -> pl.Series:
    """What the clocks of the zone show at instants in UTC."""
    constant = _constant(zone, instants)
    return instants + constant if constant is not None else _made(instants, local_of(pl.col("t"), zone))


def to_utc(local: pl.Series, zone: str) -> pl.Series:
    """The instants of local times: the first one of a repeated hour; of one that is skipped that of the change."""
    constant = _constant(zone, local)
    return local - constant if constant is not None else _made(local, first_moment(pl.col("t"), zone))


def first_moment(local: pl.Expr, zone: str) -> pl.Expr:
    """The first instant of a local time; of one at which clocks are set forward, that of the change."""
    change = utc_of(local - JUST_BEFORE, zone, "earliest") + JUST_BEFORE
    return pl.coalesce(utc_of(local, zone, "earliest"), change)


def _made(times: pl.Series, expression: pl.Expr) -> pl.Series:
    return times.alias("t").to_frame().select(expression).to_series()


def _constant(zone: str, times: pl.Series) -> timedelta | None:
    """What is to be added to UTC in all of these times; None where the zone's clocks change, or may have."""
    low, high = times.min(), times.max()
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return constant_offset(zone)
    known = low > KNOWN_SINCE and high < KNOWN_UNTIL
    return constant_offset(zone) if known else fixed_offset(zone)
