"""Instants in UTC <-> times as the clocks of a zone show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from quality.contract.instants import KNOWN_SINCE, KNOWN_UNTIL, changes_clocks

_JUST_BEFORE = timedelta(microseconds=1)


def to_local(instants: pl.Series, zone: str) -> pl.Series:
    """What the clocks of the zone show at instants in UTC; neither has a zone."""
    constant = _constant(zone, instants)
    if constant is not None:
        return instants + constant
    return instants.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def to_utc(local: pl.Series, zone: str) -> pl.Series:
    """The instants of local times: the first one of a repeated hour; of one that is skipped that of the change."""
    constant = _constant(zone, local)
    if constant is not None:
        return local - constant
    first = _instants(local, zone)
    if first.null_count() > local.null_count():
        first = first.zip_with(first.is_not_null(), _instants(local - _JUST_BEFORE, zone) + _JUST_BEFORE)
    return first


def _instants(local: pl.Series, zone: str) -> pl.Series:
    known = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return known.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _constant(zone: str, times: pl.Series) -> timedelta | None:
    """What is to be added to UTC in all of these times; None where the zone's clocks change, or may have."""
    low, high = times.min(), times.max()
    if changes_clocks(zone):
        return None
    if isinstance(low, datetime) and isinstance(high, datetime) and not (low > KNOWN_SINCE and high < KNOWN_UNTIL):
        return None
    return KNOWN_SINCE.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).utcoffset()
