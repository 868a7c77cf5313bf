"""Cells of metrics whose figure of an area is made of those of its parts, and is no sum of them.

A mean over districts that is weighted by their people is one more equation between the people of districts, with what
is averaged as its factors: air is public, and of two hidden districts it says how many are where. What is counted
beyond the residents of each district, and then summed, is another one, and weekends by working days are one between
the days of a month. No sum of cells says it (`private_cells`), so such a figure is shown only where each cell that it
is made of is.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from assets.derive.subjects import FeedUse
from assets.disclosure.cells import FREE, SECONDARY
from assets.formulas.areas import areas_above
from assets.mart import ITSELF
from assets.metrics.entry import Entry
from assets.metrics.sql import names_in
from assets.pack.city import City

_SLICES = "of each {}"  # level, or ITSELF
_STARTS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_ORDER = ("hour", *_STARTS)
_MONTHS = 12  # of a trailing year


def slice_of_parts(level: str) -> str:
    """The slice of cells of figures that are made of those of the areas of a level, or of ITSELF of days and hours."""
    return _SLICES.format(level)


def made_of_each(entry: Entry, uses: Iterable[FeedUse]) -> str | None:
    """The level of parts of which an entry is made; of one that asks for hours of the day, ITSELF."""
    levels = (use.mart.mart.of_each for use in uses if use.mart is not None)
    of_hours = entry.where is not None and "time" in names_in(entry.where)
    return next((level for level in levels if level is not None), ITSELF if of_hours else None)


def level_of_mean(entry: Entry) -> str | None:
    """The level of the areas of which an entry is a weighted mean."""
    mean = entry.derived.weighted_mean if entry.derived is not None else None
    return None if mean is None else mean.level


def cells_of_parts(decided: pl.DataFrame, rests: Iterable[tuple[str, str]], city: City) -> pl.DataFrame:
    """In the columns of `decided`, for each of `rests` (table, slice) with a slice of parts: the cells of areas as they
    are, hidden (D) also where one of their parts is, in the period or within it.

    decided: table, slice, area, period, period_start, conf_status and others, of all cells of the city.
    """
    levels = {slice_of_parts(level): level for level in (*city.areas["level"].unique(), ITSELF)}
    wanted = sorted({(table, slice_) for table, slice_ in rests if slice_ in levels})
    return pl.concat([decided.clear(), *(_of_table(decided, *one, levels[one[1]], city) for one in wanted)])


def _of_table(decided: pl.DataFrame, table: str, slice_: str, level: str, city: City) -> pl.DataFrame:
    own = pl.col("table") == table
    hidden = decided.filter(own, pl.col("conf_status") != FREE).join(_around(level, city), on="area")
    gives = pl.concat(_in_longer(hidden, period) for period in (*_STARTS, "trailing_year")).unique()
    found = decided.filter(own, pl.col("slice") == "").join(
        gives.with_columns(_hides=True), on=["area", "period", "period_start"], how="left"
    )
    hides = pl.col("_hides").is_not_null() & (pl.col("conf_status") == FREE)
    return found.with_columns(
        slice=pl.lit(slice_), conf_status=pl.when(hides).then(pl.lit(SECONDARY)).otherwise("conf_status")
    ).select(decided.columns)


def _around(level: str, city: City) -> pl.DataFrame:
    """area, above: each area of a level with those that it lies in, itself among them; of ITSELF each with itself."""
    if level == ITSELF:
        return city.areas.select(area="code", above="code")
    parts = city.areas.filter(pl.col("level") == level).select(area="code")
    around = areas_above(city.areas).select(area="_area", above="area")
    return pl.concat([around, parts.select("area", above=pl.lit(city.config.area))]).join(parts, on="area")


def _in_longer(hidden: pl.DataFrame, period: str) -> pl.DataFrame:
    """area, period, period_start: the areas around these cells in the period that each is in, or is itself."""
    start = pl.col("period_start")
    if period == "trailing_year":  # it is named by its last month
        month = start.dt.truncate("1mo")
        starts = [month.dt.offset_by(f"{later}mo") for later in range(_MONTHS)]
    else:
        hidden = hidden.filter(pl.col("period").is_in(_ORDER[: _ORDER.index(period) + 1]))
        starts = [start.dt.truncate(_STARTS[period])]
    return pl.concat(
        hidden.select(area="above", period=pl.lit(period), period_start=one.cast(pl.Date)) for one in starts
    )
