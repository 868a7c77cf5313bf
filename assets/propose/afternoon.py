"""Whether the clocks of a file are those of the city: air is warmest in the afternoon."""

from __future__ import annotations

import polars as pl

from assets.propose.seen import Doubt
from quality.contract.columns import TIME

_TEMPERATURE = "temperature"
_AFTERNOON = (10, 20)  # hours of legal time; a zone may be three hours off its sun
_ROWS, _HOURS = 72, 20  # three days of nearly all hours
_APART = 1.5  # degC between the coldest and the warmest hour, as means; less says nothing


def clock_doubt(rows: pl.DataFrame) -> Doubt | None:
    """A question where the warmest hour of typed rows is no hour of an afternoon.

    A file may have local times and, joined to them, the weather of times in UTC.
    """
    if not {TIME, _TEMPERATURE} <= set(rows.columns) or not isinstance(rows.schema[TIME], pl.Datetime):
        return None
    known = rows.select(pl.col(TIME).dt.hour().alias("hour"), _TEMPERATURE).drop_nulls()
    hours = known.group_by("hour").agg(pl.col(_TEMPERATURE).mean()).sort(_TEMPERATURE)
    if known.height < _ROWS or hours.height < _HOURS or hours[_TEMPERATURE][-1] - hours[_TEMPERATURE][0] < _APART:
        return None
    warmest = hours["hour"][-1]
    if _AFTERNOON[0] <= warmest <= _AFTERNOON[1]:
        return None
    said = f"By these times it is warmest at {warmest:02}:00. Are they in UTC? Then write `zone: UTC`."
    return Doubt(
        ("columns", TIME), f"{said} Is only the weather? Then make two feeds of the file, each with its `zone`."
    )
