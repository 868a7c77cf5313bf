"""From places to areas: the value of each area, of how many places, and how many there should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from assets.formulas.boundaries import held_on
from assets.metrics.evaluate.aggregates import AREA, DAY, HOUR, HOUR_UTC, REGISTERED, aggregate, mean_by_weight
from assets.metrics.evaluate.at_place import (
    AtPlace,
    enough_parts,
    flagged_column,
    there_column,
    value_column,
    weight_column,
    whole_column,
)
from assets.metrics.evaluate.planner import ObservedMetric, Pass
from assets.metrics.evaluate.readings import conditions, where_of
from assets.metrics.evaluate.setting import CitySetting

AREA_KEYS = ("area", "area_level")
_SHARE = "share"
_UNKNOWN = pl.LazyFrame(
    schema={DAY: pl.Date, **dict.fromkeys(AREA_KEYS, pl.String), "expected": pl.Float64},
)
# What is known of an area's places, in one struct for each metric
NUMBERS = (
    *("value", "n", "listed", "rows", "listed_rows", "failed", "listed_failed", "parts", "whole"),
    *("flagged", "listed_flagged"),
)


class Counting(NamedTuple):
    """What is known of the areas of a pass, each part to be collected."""

    counted: pl.LazyFrame  # by area and day (or hour), of each metric under its name a struct of NUMBERS
    present: pl.LazyFrame  # the days on which a source has a row
    expected: pl.LazyFrame  # day, area, area_level, expected; without rows: nothing says it


def counting(work: Pass, places: Sequence[AtPlace], days: Sequence[date], setting: CitySetting) -> Counting:
    """All places of each area; of the city those also that lie in none of its areas."""
    times = _times(work)
    of_metrics = [of(made.metric) for made in work.metrics for of in (value_column, there_column, whole_column)]
    of_metrics += [flagged_column(made.metric) for made in work.metrics if made.flags is not None]
    of_metrics += [weight_column(made.metric) for made in work.metrics if made.space.weight is not None]
    united = pl.concat([_with_all(at.rows, (*times, AREA, REGISTERED, *of_metrics)) for at in places])
    own = all(one.of_areas for one in work.observed)
    in_areas = _of_own_area(united, setting) if own else _by_area(united, setting)
    numbers = [_counted(made, split=setting.splits) for made in work.metrics]
    counted = in_areas.group_by(*AREA_KEYS, *times).agg(numbers)
    present = pl.concat([(one.unplaced or one).rows.select(DAY) for one in work.observed])
    present = present.filter(pl.col(DAY).is_in(list(days)))
    present = present.head(1) if len(days) == 1 else present.unique()
    expected = expected_places(work, days, setting)
    if work.expects == "usual" and _adds_up_areas(work) and not own:
        expected = _or_all_areas(expected, united, times, setting)
    return Counting(counted, present, _UNKNOWN if expected is None else expected)


def over_areas(work: Pass, counted: pl.DataFrame, present: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """The collected parts of `counting` as one: also areas of which no place has a row, with `expected`."""
    times = _times(work)
    moments = counted.select(times).unique() if work.hourly else present
    wanted = expected.join(moments, on=DAY)
    joined = counted.join(wanted, on=[*AREA_KEYS, *times], how="full", coalesce=True, nulls_equal=True)
    if isinstance(work.expects, int):  # it is said of every area that has a place, not of the city alone
        joined = joined.with_columns(expected=pl.lit(float(work.expects)))
    elif work.expects == "rows":  # of all metrics of the pass they are the same
        joined = joined.with_columns(expected=pl.col(work.metrics[0].metric).struct.field("rows").cast(pl.Float64))
    # a running window may reach into a day that has no rows
    return joined.join(present, on=DAY, how="semi").sort("area", times[-1])


def _times(work: Pass) -> tuple[str, ...]:
    return (DAY, HOUR, HOUR_UTC) if work.hourly else (DAY,)


def _with_all(rows: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """Rows that were never counted at their place have no numbers for it."""
    has = set(rows.collect_schema())
    return rows.select(pl.col(name) if name in has else pl.lit(None, pl.Int64).alias(name) for name in columns)


def _counted(made: ObservedMetric, *, split: bool = False) -> pl.Expr:
    """split: a place may be in an area by a share. Then a sum counts that share of it, and nothing else counts it."""
    number, listed = pl.col(value_column(made.metric)), pl.col(REGISTERED).fill_null(False)
    if split and made.space.as_ == "sum":
        number = number * pl.col(_SHARE)
    elif split:
        number = pl.when(pl.col(_SHARE) == 1).then(number)
    weight = None if made.space.weight is None else pl.col(weight_column(made.metric))
    number = number if weight is None else pl.when(weight > 0).then(number)
    valid = number.is_not_null()
    failed = ~enough_parts(made.metric, made.steps[-1]).fill_null(True) if made.steps else pl.lit(False)
    out = pl.lit(False) if made.flags is None else (pl.col(flagged_column(made.metric)) == 1).fill_null(False)
    flagged = out & ~valid
    failed = failed & ~valid & ~out
    counts = {
        "n": number.count(),
        "listed": (valid & listed).sum(),
        "rows": pl.len(),
        "listed_rows": listed.sum(),
        "failed": failed.sum(),
        "listed_failed": (failed & listed).sum(),
        "parts": pl.col(there_column(made.metric)).filter(failed).sum(),
        "whole": pl.col(whole_column(made.metric)).filter(failed).sum(),
        "flagged": flagged.sum(),
        "listed_flagged": (flagged & listed).sum(),
    }
    whole_numbers = [count.cast(pl.Int64).alias(name) for name, count in counts.items()]
    many = made.entry.hourly
    one = aggregate(made.space, number, many=many) if weight is None else mean_by_weight(number, weight)
    return pl.struct(one.alias("value"), *whole_numbers).alias(made.metric)


def expected_places(work: Pass, days: Sequence[date], setting: CitySetting) -> pl.LazyFrame | None:
    """day, area, area_level, expected: how many places there should be; None: nothing says so."""
    if isinstance(work.expects, int):
        return pl.LazyFrame({DAY: list(days)}, schema={DAY: pl.Date}).select(
            DAY, area=pl.lit(setting.city), area_level=pl.lit("city"), expected=pl.lit(float(work.expects))
        )
    if work.expects == "rows":
        return None
    if work.expects == "usual":
        return _usual_places(work, setting)
    listed = list[pl.LazyFrame]()
    for one in work.observed:
        if one.expected is None:
            return None
        asked = conditions(where_of(work.entry, setting.parameters, one), frozenset({"kind"}))
        places = one.expected.lazy().select(DAY, "kind", AREA, "places")
        listed.append(places if asked is None else places.filter(asked))
    united = pl.concat(listed).filter(pl.col(DAY).is_in(list(days)))
    return _by_area(united, setting).group_by(DAY, *AREA_KEYS).agg(expected=pl.col("places").sum().cast(pl.Float64))


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
        # under another name: a column `area` of theirs is no area that they are counted for
        identity = pl.struct(name for name in one.identity if name in has).alias("_identity")
        places = counting.select(DAY, identity, area).unique()
        counted = _by_area(places, setting).group_by(pl.col(DAY).alias("before"), *AREA_KEYS).agg(places=pl.len())
        compared = one.usual.compared.lazy().join(counted, on="before")
        found.append(compared.group_by(DAY, *AREA_KEYS).agg(expected=pl.col("places").median()))
    together = pl.concat(found).group_by(DAY, *AREA_KEYS)
    return together.agg(expected=pl.col("expected").sum().cast(pl.Float64))


def _adds_up_areas(work: Pass) -> bool:
    """Whether its metrics are sums over areas: of neighbourhoods, say, and not of stations in them."""
    of_areas = all("area" in one.identity and "place" not in one.identity for one in work.observed)
    return of_areas and all(made.space.as_ == "sum" for made in work.metrics)


def _or_all_areas(
    usual: pl.LazyFrame | None, rows: pl.LazyFrame, times: Sequence[str], setting: CitySetting
) -> pl.LazyFrame:
    """`expected` as usual; where no day before says it, all areas that there are of the levels that have rows. Of a day
    on which an area has several rows, as of men and women, nothing is said: rows are counted, and not areas.

    In the first weeks nothing is usual. A sum over 8 of 17 neighbourhoods would look like the people of the district.
    """
    once = rows.group_by(DAY).agg(once=pl.struct(*times, AREA).is_unique().all()).filter("once")
    leaves = rows.select(DAY, AREA).unique().join(once, on=DAY, how="semi")
    # what an old area said of two new ones counts as one reading of what holds both
    shared = [(one.leaf, area) for one in setting.crosswalks for area in one.shares]
    shares = pl.LazyFrame(shared, schema={AREA: pl.String, "code": pl.String}, orient="row")
    counted = pl.concat([leaves.rename({AREA: "code"}), leaves.join(shares, on=AREA).select(DAY, "code")])
    areas = setting.areas.lazy()
    levels = counted.join(areas, on="code").select(DAY, "level").unique()
    there = levels.join(areas, on="level")
    if "valid_from" in setting.areas.columns:
        there = there.filter(held_on(pl.col(DAY)))
    lacking = there.join(counted, on=[DAY, "code"], how="anti").select(DAY, pl.col("code").alias(AREA))
    every = _by_area(pl.concat([leaves, lacking]), setting)
    whole = every.group_by(DAY, *AREA_KEYS).agg(expected=pl.len().cast(pl.Float64))
    if usual is None:
        return whole
    return pl.concat([usual, whole.join(usual, on=DAY, how="anti").select(usual.collect_schema().names())])


def _by_area(rows: pl.LazyFrame, setting: CitySetting) -> pl.LazyFrame:
    """Rows of places once for each area that they lie in, the city among them, with the share that lies there."""
    city = rows.with_columns(area=pl.lit(setting.city), area_level=pl.lit("city"), share=pl.lit(1.0))
    parts = rows.join(setting.inside.lazy(), on=AREA)
    return pl.concat([city, parts.select(city.collect_schema().names())])


def _of_own_area(rows: pl.LazyFrame, setting: CitySetting) -> pl.LazyFrame:
    """Rows of areas, each with the level of its area; those of no area of the pack go."""
    levels = setting.areas.lazy().select(pl.col("code").alias(AREA), pl.col("level").alias("area_level"))
    return rows.join(levels, on=AREA).with_columns(area=pl.col(AREA), share=pl.lit(1.0))
