"""From places to areas: the value of each area, of how many places, and how many there should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.metrics.evaluate.at_place import (
    AREA,
    DAY,
    HOUR,
    HOUR_UTC,
    REGISTERED,
    AtPlace,
    aggregate,
    enough_parts,
    there_column,
    value_column,
    whole_column,
)
from assets.metrics.evaluate.planner import ObservedMetric, Pass
from assets.metrics.evaluate.readings import conditions, where_of
from assets.metrics.evaluate.setting import CitySetting

AREA_KEYS = ("area", "area_level")
# What is known of an area's places, in one struct for each metric
_NUMBERS = ("value", "n", "listed", "rows", "listed_rows", "failed", "listed_failed", "parts", "whole")


@dataclass(frozen=True)
class OverAreas:
    """Areas by day or hour: `keys`, and of each metric a struct of what was counted; `expects` by metric."""

    rows: pl.LazyFrame
    keys: tuple[str, ...]
    parts: str  # what was counted at the places, if anything


def over_areas(work: Pass, places: Sequence[AtPlace], setting: CitySetting) -> OverAreas:
    """All places of each area, of the city those also that lie in none of its areas."""
    times = (DAY, HOUR, HOUR_UTC) if work.hourly else (DAY,)
    columns = [
        *times,
        AREA,
        REGISTERED,
        *(of(made.metric) for made in work.metrics for of in (value_column, there_column, whole_column)),
    ]
    united = pl.concat([_with_all(at.rows, columns) for at in places])
    keys = (*AREA_KEYS, *times)
    made = _by_area(united, setting).group_by(keys).agg(_counted(metric) for metric in work.metrics)
    return OverAreas(made, keys, places[0].parts)


def _with_all(rows: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """Rows that were never counted at their place have no numbers for it."""
    has = set(rows.collect_schema())
    return rows.select(pl.col(name) if name in has else pl.lit(None, pl.Int64).alias(name) for name in columns)


def _counted(made: ObservedMetric) -> pl.Expr:
    number, listed = pl.col(value_column(made.metric)), pl.col(REGISTERED).fill_null(False)
    valid = number.is_not_null()
    failed = ~enough_parts(made.metric, made.steps[-1]).fill_null(True) if made.steps else pl.lit(False)
    failed = failed & ~valid
    counts = {
        "n": number.count(),
        "listed": (valid & listed).sum(),
        "rows": pl.len(),
        "listed_rows": listed.sum(),
        "failed": failed.sum(),
        "listed_failed": (failed & listed).sum(),
        "parts": pl.col(there_column(made.metric)).filter(failed).sum(),
        "whole": pl.col(whole_column(made.metric)).filter(failed).sum(),
    }
    whole_numbers = [count.cast(pl.Int64).alias(name) for name, count in counts.items()]
    return pl.struct(aggregate(made.space, number).alias("value"), *whole_numbers).alias(made.metric)


def expected_places(
    work: Pass, made: ObservedMetric, days: Sequence[date], setting: CitySetting
) -> pl.LazyFrame | None:
    """day, area, area_level, expected: how many places there should be; None: nothing says so."""
    expects = made.space.expects
    registers = [one.expected for one in work.observed]
    if isinstance(expects, int):
        return pl.LazyFrame({DAY: list(days)}, schema={DAY: pl.Date}).select(
            DAY, area=pl.lit(setting.city), area_level=pl.lit("city"), expected=pl.lit(float(expects))
        )
    if expects == "usual" or (expects is None and any(register is None for register in registers)):
        return _usual_places(work, setting)
    listed = list[pl.LazyFrame]()
    for one in work.observed:
        if one.expected is None:
            return None
        asked = conditions(where_of(made.entry, setting.parameters, one), frozenset({"kind"}))
        places = one.expected.lazy().select(DAY, "kind", AREA, "places")
        listed.append(places if asked is None else places.filter(asked))
    united = pl.concat(listed).filter(pl.col(DAY).is_in(list(days)))
    return _by_area(united, setting).group_by(DAY, *AREA_KEYS).agg(expected=pl.col("places").sum().cast(pl.Float64))


def with_expected(
    areas: OverAreas, made: ObservedMetric, expected: pl.LazyFrame | None, present: pl.LazyFrame
) -> pl.LazyFrame:
    """One metric by area: `keys`, the numbers of its places, and `expected`; also areas of which no place has a row.

    present: the days (and hours) on which the source has a row.
    """
    mine = areas.rows.select(*areas.keys, pl.col(made.metric)).unnest(made.metric)
    if expected is None:
        return mine.with_columns(expected=pl.lit(None, pl.Float64))
    wanted = expected.join(present, on=DAY)
    joined = mine.join(wanted, on=areas.keys, how="full", coalesce=True, nulls_equal=True)
    if isinstance(made.space.expects, int):  # it is said of every area that has a place, not of the city alone
        joined = joined.with_columns(expected=pl.lit(float(made.space.expects)))
    return joined.with_columns(pl.col(name).fill_null(0) for name in _NUMBERS[1:])


def _usual_places(work: Pass, setting: CitySetting) -> pl.LazyFrame | None:
    """day, area, area_level, expected: the median number of places with a reading that counts, on the days before that
    a day is compared with."""
    found = list[pl.LazyFrame]()
    for one in work.observed:
        if one.usual is None:
            return None
        where = where_of(work.entry, setting.parameters, one)
        counting = one.usual.rows if where is None else one.usual.rows.filter(where)
        has = counting.collect_schema().names()
        area = pl.col(AREA) if AREA in has else pl.lit(None, pl.String).alias(AREA)
        places = counting.select(DAY, *(name for name in one.identity if name in has), area).unique()
        counted = _by_area(places, setting).group_by(pl.col(DAY).alias("before"), *AREA_KEYS).agg(places=pl.len())
        compared = one.usual.compared.lazy().join(counted, on="before")
        found.append(compared.group_by(DAY, *AREA_KEYS).agg(expected=pl.col("places").median()))
    together = pl.concat(found).group_by(DAY, *AREA_KEYS)
    return together.agg(expected=pl.col("expected").sum().cast(pl.Float64))


def _by_area(rows: pl.LazyFrame, setting: CitySetting) -> pl.LazyFrame:
    """Rows of places once for each area that they lie in, the city among them."""
    city = rows.with_columns(area=pl.lit(setting.city), area_level=pl.lit("city"))
    parts = rows.join(setting.inside.lazy(), on=AREA)
    return pl.concat([city, parts.select(city.collect_schema().names())])
