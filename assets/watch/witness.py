"""One network against another that measures the same in the same area: whether it drifts.

The other is the witness: stations that are calibrated. A median over many cheap sensors hides their noise, and shows
what they all share: an ageing, or a correction that does not hold any more, which nobody sees in one of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import polars as pl

from assets.watch.apart import log_ratio
from quality.contract.watch import ColumnWatch

WITNESS = "reference"
WITNESSED = ("low_cost", "crowd")  # networks that measure; a model claims no instruments
WINDOW_DAYS, LEAST_DAYS = 30, 20
LONG_DAYS = 365  # the trailing period that the last 30 days are held against
BACK_DAYS = LONG_DAYS + WINDOW_DAYS
SINCE_DAYS = 300  # so far back it is looked for since when: all of it is known from BACK_DAYS
SLOPES = (0.7, 1.3)  # Miskell 2016, doi 10.1021/acs.est.5b04421
SLOPE_DAYS = 10  # so many in a row outside of it block
# A network that is quiet beside its witness warns of a smaller change: of three times the spread of its days in the
# year before, and of a third of the usual limit at least. In a quiet city a drift of 10 % is seen in three weeks; in
# Seoul, whose days spread by 23 %, nothing is different. Of 1,680 months of 12 stations of Seoul against 13, and of
# 1,610 of 3 of Beijing against 4, no one more warns; with twice the spread 0.8 % of the former would.
QUIET_SPREADS, QUIET_LEAST, SPREAD_DAYS = 3.0, 1 / 3, 60
_DEVIATION = 1.4826  # of normal numbers, in median deviations
# Of 30 days the three on which both are furthest apart say nothing about the slope: with them one dusty week of May
# 2020 has 1.42, and blocks Seoul's street sensors, without them 1.21. The drift of July has 0.63 with and without.
OF_SLOPE = 0.9
# Stations of one network against the others of it: a median of fewer than three is one of them. Of Seoul's 25, 12
# against 13 are off by 15 % in 1.3 % of the months of 2014-2020 and 8 against 17 in 0.4 %, 5 in 2.6 %, 3 in 5.6 %.
LEAST_PLACES, LEAST_OF_PART = 3, 8
# A day on which a network reads four times its witness, or a quarter of it, blocks by itself: units were mixed up. Of
# 10,956 days of 12 stations of Seoul against 13, of 10,627 of 3 of them and of 11,688 of 3 of Beijing against 4 the
# furthest are 0.33 and 2.2, of 153 days of street sensors 0.45 and 1.9. Of differences three times the limit, against
# those of the month.
SUDDEN_TIMES, SUDDEN_LIMITS = 4.0, 3.0
COMPARED = ("network", "witness", "quantity", "area")  # what is compared, day by day
_URBAN = "urban"  # the kind of stations that stand for the air of a city: not those at roads, and none on a mountain


class Stand(StrEnum):
    """What a network is worth by its witness, from good to bad."""

    UNKNOWN = "unknown"  # too few days with both, or too few places
    GOOD = "good"
    WARN = "warn"
    BLOCK = "block"


_RANKS = {stand: rank for rank, stand in enumerate(Stand)}


def of_the_city(*series: str) -> pl.Expr:
    """Whether a row is of a place that stands for the air of a city: of kind `urban`, where those with the same
    `series` have such, else each."""
    urban = (pl.col("kind") == _URBAN).fill_null(value=False)
    return urban | ~(urban.any().over(series) if series else urban.any())


def against_witness(days: pl.DataFrame, watched: Mapping[str, ColumnWatch]) -> pl.DataFrame:
    """COMPARED, area_level, unit, day, own, other, places, witness_places, apart: days on which both networks read.

    days: day, network, quantity, area, area_level, value (median over places), unit, places. apart: ln((own + 1) /
    (other + 1)), or of what is watched by differences own - other.
    """
    witness = days.filter(pl.col("network") == WITNESS).select(
        "day", "quantity", "area", witness="network", other="value", witness_places="places"
    )
    both = days.filter(pl.col("network").is_in(WITNESSED)).rename({"value": "own"})
    by_difference = pl.col("quantity").is_in([name for name, watch in watched.items() if watch.scale == "difference"])
    own, other = pl.col("own"), pl.col("other")
    return (
        both.join(witness, on=["day", "quantity", "area"])
        .with_columns(apart=pl.when(by_difference).then(own - other).otherwise(log_ratio(own, other)))
        .drop_nulls("apart")
        .sort(*COMPARED, "day")
    )


def agreement(
    compared: pl.DataFrame, watched: Mapping[str, ColumnWatch], whole: str, days: Sequence[date]
) -> pl.DataFrame:
    """COMPARED, area_level, day, the rest of `compared`, and what its last 30 days say, on each of `days` it has.

    compared: of `against_witness`, with all of the BACK_DAYS up to each day. whole: the area that is all of the city.

    typical: median of `apart` over the window; usual: of the year before it, null with fewer than 20 days. slope: by
    moments, sqrt(var own / var other), without the days furthest apart; null where nothing changes. ks: the greatest
    distance of the two distributions, 0 to 1. days: of the window. stand: a Stand; since: from when on it is at least
    as bad, as far as 300 days say; cause: below or above (the witness), lower or higher (than it used to be against
    it), slope; off: by which share or unit, or the slope. The last three are null unless it warns or blocks.
    """
    if compared.filter(pl.col("day").is_in(list(days))).is_empty():
        return compared.clear().with_columns(_NOTHING)
    enough, of_days = _enough_places(whole), pl.col("day").is_in(list(days))
    # days with enough places are judged by such days; of others what their window is like is for information
    windows = _windows(compared.filter(enough)).join(_limits(watched), on="quantity", maintain_order="left")
    windows = windows.with_columns(_sure=pl.col("days") >= LEAST_DAYS, _sudden=_sudden())
    windows = windows.with_columns(_lasting=_lasting())
    recent = compared.filter(pl.col("day") > min(days) - timedelta(days=WINDOW_DAYS))
    few = recent.join(recent.filter(of_days & ~enough).select(COMPARED).unique(), on=list(COMPARED), how="semi")
    told = _windows(few).filter(of_days & ~enough).join(_limits(watched), on="quantity", maintain_order="left")
    unknown = told.with_columns(pl.lit(value=False).alias(name) for name in ("_sure", "_sudden", "_lasting"))
    asked = pl.concat([windows.filter(of_days), unknown])
    over_days = _over_days(compared, asked["day"].unique().sort().to_list())
    known = asked.join(over_days, on=[*COMPARED, "day"], how="left", maintain_order="left")
    judged = known.with_columns(_rank=_rank())
    explained = judged.with_columns(_cause_and_off()).join(
        _since(judged, windows), on=[*COMPARED, "day"], how="left", maintain_order="left"
    )
    bad = pl.col("_rank") >= _RANKS[Stand.WARN]
    return (
        explained.with_columns(
            stand=pl.col("_rank").replace_strict({rank: str(stand) for stand, rank in _RANKS.items()}),
            **{name: pl.when(bad).then(name) for name in ("since", "cause", "off")},
        )
        .select(*compared.columns, *(column.meta.output_name() for column in _NOTHING))
        .sort(*COMPARED, "day")
    )


_NOTHING = [
    pl.lit(None, dtype).alias(name)
    for name, dtype in {
        **dict.fromkeys(("typical", "usual", "slope", "ks"), pl.Float64),
        "days": pl.Int64,
        "stand": pl.String,
        "since": pl.Date,
        "cause": pl.String,
        "off": pl.Float64,
    }.items()
]


def _limits(watched: Mapping[str, ColumnWatch]) -> pl.DataFrame:
    """quantity, by_ratio, limit: beyond which share, or difference, a network is off."""
    return pl.DataFrame(
        [
            (name, watch.scale == "ratio", watch.share if watch.scale == "ratio" else float(watch.units))
            for name, watch in watched.items()
        ],
        schema={"quantity": pl.String, "by_ratio": pl.Boolean, "limit": pl.Float64},
        orient="row",
    )


def _enough_places(whole: str) -> pl.Expr:
    least = pl.when(pl.col("area") == whole).then(LEAST_PLACES).otherwise(LEAST_OF_PART)
    return pl.min_horizontal("places", "witness_places") >= least


def _windows(compared: pl.DataFrame) -> pl.DataFrame:
    """Each row with the 30 days that end on it: typical, slope, days."""
    furthest = (pl.col("apart") - pl.col("apart").median()).abs().rank("ordinal")
    near = furthest <= (pl.len() * OF_SLOPE).ceil()
    slope = pl.col("own").filter(near).std() / pl.col("other").filter(near).std()
    windows = compared.rolling("day", period=f"{WINDOW_DAYS}d", group_by=COMPARED).agg(
        pl.exclude(*COMPARED, "day").last(),
        typical=pl.col("apart").median(),
        slope=slope,
        days=pl.len().cast(pl.Int64),
    )
    # rounded: a rolling deviation has other last digits where the window began elsewhere, and at a limit they decide
    return windows.with_columns(slope=pl.when(pl.col("slope").is_finite()).then(pl.col("slope").round(9)))


def _sudden() -> pl.Expr:
    """Whether the day itself is so far off that nobody waits for a month of such."""
    far = pl.when("by_ratio").then(math.log(SUDDEN_TIMES)).otherwise(SUDDEN_LIMITS * pl.col("limit"))
    return _today().abs() > far


def _today() -> pl.Expr:
    """How far off the day is: its log ratio, or by how much its difference is another one than that of the window."""
    apart = pl.col("apart")
    return pl.when("by_ratio").then(apart).otherwise(apart - pl.col("typical"))


def _lasting() -> pl.Expr:
    """Whether the slope of rows in the order of days was outside on so many in a row."""
    outside = (~pl.col("slope").is_between(*SLOPES) & pl.col("_sure")).fill_null(value=False).cast(pl.Int64)
    return (outside.rolling_sum(SLOPE_DAYS).over(COMPARED) == SLOPE_DAYS).fill_null(value=False)


def _over_days(compared: pl.DataFrame, days: Sequence[date]) -> pl.DataFrame:
    """COMPARED, day, usual, spread, ks of each of `days`: one by one, as 52 series of a thousand days joined with all
    that each of them looks back on would be 50 million rows."""
    found = [_of_day(compared, day).with_columns(day=pl.lit(day)) for day in days]
    return pl.concat(found)


def _of_day(compared: pl.DataFrame, day: date) -> pl.DataFrame:
    """COMPARED, usual, spread (over the year before the window), ks (over the window)."""
    begins = day - timedelta(days=WINDOW_DAYS)
    window = compared.filter(pl.col("day") > begins, pl.col("day") <= day)
    before = compared.filter(pl.col("day") > day - timedelta(days=BACK_DAYS), pl.col("day") <= begins)
    apart = pl.col("apart")
    spread = (apart - apart.median()).abs().median() * _DEVIATION
    usual = before.group_by(COMPARED).agg(
        usual=pl.when(pl.len() >= LEAST_DAYS).then(apart.median()), spread=pl.when(pl.len() >= SPREAD_DAYS).then(spread)
    )
    samples = window.group_by(COMPARED, maintain_order=True).agg("own", "other")
    distances = [ks_distance(np.asarray(one), np.asarray(other)) for *_, one, other in samples.iter_rows()]
    with_distance = samples.select(COMPARED).with_columns(pl.Series("ks", distances, pl.Float64))
    return with_distance.join(usual, on=list(COMPARED), how="left", maintain_order="left").select(
        *COMPARED, "usual", "spread", "ks"
    )


def _rank() -> pl.Expr:
    """The Stand of each row as its rank."""
    off = pl.max_horizontal(pl.col("by_ratio").cast(pl.Float64) * _off("typical").abs(), _moved().abs())
    return (
        pl.when("_sudden")
        .then(_RANKS[Stand.BLOCK])
        .when(~pl.col("_sure"))
        .then(_RANKS[Stand.UNKNOWN])
        .when((off > pl.col("limit")) | (pl.col("by_ratio") & pl.col("_lasting")))
        .then(_RANKS[Stand.BLOCK])
        .when((off > pl.col("limit") / 2) | _changed())
        .then(_RANKS[Stand.WARN])
        .otherwise(_RANKS[Stand.GOOD])
    )


def _off(apart: str) -> pl.Expr:
    """By which share (below 0: less) a log ratio is off 1."""
    return pl.col(apart).exp() - 1


def _moved() -> pl.Expr:
    """The same against what was usual; of differences in units. Null where nothing is usual."""
    moved = pl.col("typical") - pl.col("usual")
    return pl.when("by_ratio").then(moved.exp() - 1).otherwise(moved)


def _changed() -> pl.Expr:
    """Whether it moved by more than is usual of a network whose days were all alike; null where too few are known."""
    least = pl.max_horizontal(QUIET_SPREADS * pl.col("spread"), pl.col("limit") / 2 * QUIET_LEAST)
    return pl.when(pl.col("spread").is_not_null()).then(_moved().abs() > pl.min_horizontal(least, pl.col("limit") / 2))


def _cause_and_off() -> list[pl.Expr]:
    """What a warning is about: the day itself goes before the month, the witness before what was usual, and all of it
    before the slope."""
    warns = pl.col("limit") / 2
    by_level, by_change = pl.col("by_ratio") & (_off("typical").abs() > warns), (_moved().abs() > warns) | _changed()
    below, lower = _off("typical") < 0, _moved() < 0
    less, by_ratio = _today() < 0, pl.col("by_ratio")
    cause = (
        pl.when(pl.col("_sudden") & by_ratio)
        .then(pl.when(less).then(pl.lit("below")).otherwise(pl.lit("above")))
        .when("_sudden")
        .then(pl.when(less).then(pl.lit("lower")).otherwise(pl.lit("higher")))
        .when(by_level)
        .then(pl.when(below).then(pl.lit("below")).otherwise(pl.lit("above")))
        .when(by_change)
        .then(pl.when(lower).then(pl.lit("lower")).otherwise(pl.lit("higher")))
        .otherwise(pl.lit("slope"))
    )
    off = (
        pl.when("_sudden")
        .then(pl.when(by_ratio).then(_today().exp() - 1).otherwise(_today()).abs())
        .when(by_level)
        .then(_off("typical").abs())
        .when(by_change)
        .then(_moved().abs())
        .otherwise("slope")
    )
    return [cause.alias("cause"), off.alias("off")]


def _since(judged: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """COMPARED, day, since: of what is not good, the first day of the run of days that were at least as bad, each held
    against what is usual on the day asked for."""
    bad = judged.filter(pl.col("_rank") >= _RANKS[Stand.WARN])
    on = bad.select(*COMPARED, "day", "usual", "spread", "by_ratio", "limit", _now="_rank")
    earlier = on.join(
        windows.select(*COMPARED, "typical", "_sure", "_sudden", "_lasting", _then="day"), on=list(COMPARED)
    ).filter(pl.col("_then") <= pl.col("day"), pl.col("_then") > pl.col("day") - timedelta(days=SINCE_DAYS))
    ranked = earlier.with_columns(_rank=_rank()).sort(*COMPARED, "day", "_then")
    better = pl.col("_then").filter(pl.col("_rank") < pl.col("_now")).max()
    after = pl.col("_then").filter((pl.col("_then") > better).fill_null(value=True)).min()
    return ranked.group_by(*COMPARED, "day").agg(since=after)


def ks_distance(one: np.ndarray, other: np.ndarray) -> float:
    """The greatest difference of the shares of two samples that lie at or below a value, 0 to 1; neither is empty."""
    at = np.concatenate([one, other])
    shares = (np.searchsorted(np.sort(sample), at, side="right") / len(sample) for sample in (one, other))
    first, second = shares
    return float(np.abs(first - second).max())
