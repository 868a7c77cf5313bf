"""What 30 days say of a place: against its neighbours, against itself, and what all of it is worth.

Rules look at days as mart.place_day has them, so that a night costs as many rows as there are places and days, and none
of the readings: 1.5 million rows of 50,000 places take 0.35 s of CPU. Shares of PM2.5 place-days that break a rule with
the limits of the model, in %. On stations that are calibrated these are false alarms, nearly all of them true readings:

| rule | 25 stations of Seoul 2014-2020, days | 7 of Beijing 2013-2017, hours | street sensors, April-August 2020 |
|---|---|---|---|
| flat line | 0.002 (five equal days: 5 of 45,202) | 0.02 (41 hours of 3 ug/m3) | 1.31 (2,048 of 124,065) |
| spike | - | 0.03 (one alone: 1.2) | - |
| step | 0.02 | 0.13 | 2.17 |
| rate of change | - | 0.11 | - |
| neighbours | 1.80 (the median of all others) | 0.21 | 19.89 |
| correlation | 0.12 | 0.00 | 11.13 |

Of PM10 in Beijing 0.04, 0.00, 0.10, 0.11, 0.97 and 0.02; of the temperature none. Four of five flat lines of street
sensors are of 0, which their correction makes of humid days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_

import polars as pl

from assets.watch.apart import Apart
from assets.watch.flags import QcFlag, QcRule
from assets.watch.nearest import LEAST
from assets.watch.repeats import READ as OF_REPEATS
from assets.watch.repeats import with_repeats
from quality.contract.watch import ColumnWatch

WINDOW_DAYS = 30
LEAST_DAYS = 20  # of a window have to be there to judge it
SPIKES = 2  # in one day: one of 24 readings moves the mean of its day little
STEP_DAYS, LEAST_STEP_DAYS = 5, 4  # the newest days, of which so many are there, against the window
STEP_SHARE = 0.5  # where ratios count, a step is also one to half, or to half as much again
# Neighbours that hardly change have nothing that a place could follow: in a month of 2 to 4 ug/m3 good sensors
# correlate by 0.3 to 0.7. Of `units` so much is the least spread of their days.
LEAST_SPREAD = 0.5
BAD_TIMES = 3  # a flat line that is so many times as long as a suspect one is bad: of 33 stations one had such
_ABSENT = int(QcRule.GAP | QcRule.MISSING)  # say nothing of the readings that came: completeness counts the others
_AROUND = ("around", "log_ratio", "difference", "neighbours")
READ = (
    "place",
    "day",
    "area",
    "spikes",
    "longest_gap_hours",
    *_AROUND,
    *OF_REPEATS,
)  # the columns of mart.place_day that this looks at


class WhyNotJudged(StrEnum):
    """Why nobody can say whether a place agrees with its neighbours."""

    NO_POSITION = "no_position"
    FEW_NEIGHBOURS = "few_neighbours"  # within reach, or that read on the same days
    FEW_DAYS = "few_days"


def health_of(days: pl.DataFrame, start: date, watch: ColumnWatch) -> pl.DataFrame:
    """A row for each place that read on one of the 30 days that end on `start`, in order of places.

    days: mart.place_day of one network and quantity on these days, in order of days, with the columns of READ; each
    place and day once; one without a valid reading is as one that is not there. A place that fell silent is there as
    long as the window has a day of it: of the street sensors of August 2020 those that were silent at its end agreed
    less than the rest.

    days: compared with neighbours. log_ratio, difference (in the unit of the quantity): medians over them, which ten
    wild days do not move. correlation: of the means of days. agrees: null with fewer than 20 days; `not_judged` says
    why. alike: null also where one side never changes, or its neighbours hardly, and where no place is like another.
    days_since_agreement: 0 is `start`; null where no day of the window agreed. share_flagged: of the days with a
    reading, 0 to 1, those on which a rule of the day, or the neighbours on that day, spoke against it. qc, qc_rules:
    QcFlag, and the sum of QcRule.
    """
    apart = Apart.of(watch)
    off = apart.beyond(pl.col("log_ratio"), pl.col("difference"))
    of_day = _rules_of_day(watch)
    # numbers in place of names, each place in one piece: 1.5 million rows take half of the time that they take by name
    numbered = (
        days.filter(pl.col("readings") > 0)
        .select(*READ)
        .with_columns(pl.col("place", "area").cast(pl.Categorical(pl.Categories.random())))
    )
    marked = (
        numbered.with_columns(_number=pl.col("place").to_physical())
        .sort("_number", maintain_order=True)
        .with_columns(
            _of_day=of_day,
            _agreed=pl.when(~off).then("day"),
            _broken=((of_day & ~_ABSENT) != 0) | off.fill_null(value=False),
        )
    )
    windows = marked.group_by("_number", maintain_order=True).agg(
        pl.col("place", "area").last(),
        pl.len().alias("_there"),
        pl.col("readings").max().alias("_most_readings"),
        pl.col("neighbours").max().alias("_neighbours"),
        pl.col("difference").count().cast(pl.Int64).alias("days"),
        pl.col("log_ratio", "difference").median(),
        pl.corr("value", "around").alias("correlation"),
        pl.col("around").filter(pl.col("value").is_not_null()).std().alias("_spread"),
        pl.col("_agreed").max(),
        pl.col("_broken").mean().alias("share_flagged"),
    )
    enough, alike = pl.col("days") >= LEAST_DAYS, pl.lit(watch.correlation, pl.Float64)
    varies = pl.col("_spread") >= LEAST_SPREAD * watch.units
    judged = windows.with_columns(
        pl.col("place", "area").cast(pl.String),
        pl.col("correlation").fill_nan(None),
        agrees=pl.when(enough).then(~apart.beyond(pl.col("log_ratio"), pl.col("difference"))),
        alike=pl.when(enough & varies).then(pl.col("correlation").fill_nan(None) >= alike),
        not_judged=_why_not_judged(),
    )
    today = with_repeats(marked).filter(pl.col("day") == start).select("_number", "_of_day", "in_a_row", "day_again")
    found = judged.join(today, on="_number", how="left").join(_steps(marked, start), on="_number", how="left")
    return _flagged(found, start, watch).sort("place")


def _rules_of_day(watch: ColumnWatch) -> pl.Expr:
    """The bits of the rules that a day breaks by itself."""
    return _bits(
        (QcRule.SPIKE, pl.col("spikes") >= SPIKES if watch.spike is not None else None),
        (QcRule.RATE_OF_CHANGE, pl.col("largest_step") > watch.rate if watch.rate is not None else None),
        (QcRule.GAP, pl.col("longest_gap_hours") > watch.gap_hours if watch.gap_hours is not None else None),
    )


def _steps(days: pl.DataFrame, start: date) -> pl.DataFrame:
    """_number, _log_ratio, _difference: against the neighbours on the newest days, of places that have enough."""
    newest = days.filter(pl.col("day") > start - timedelta(days=STEP_DAYS), pl.col("difference").is_not_null())
    medians = newest.group_by("_number", maintain_order=True).agg(
        pl.col("log_ratio", "difference").median().name.prefix("_"), pl.len().alias("_newest")
    )
    return medians.filter(pl.col("_newest") >= LEAST_STEP_DAYS).drop("_newest")


def _flagged(found: pl.DataFrame, start: date, watch: ColumnWatch) -> pl.DataFrame:
    """With flag and rules; the columns of the result."""
    silent = pl.col("_of_day").is_null()
    step, flat = watch.step, watch.flat_readings
    long = None if flat is None else pl.max_horizontal(pl.lit(flat), "_most_readings")
    rules = _bits(
        (QcRule.FLAT_LINE, None if long is None else (pl.col("in_a_row") >= long) | pl.col("day_again")),
        (QcRule.STEP, None if step is None else _stepped(watch, step) & (pl.col("days") >= LEAST_DAYS)),
        (QcRule.NEIGHBOURS, ~pl.col("agrees")),
        (QcRule.CORRELATION, ~pl.col("alike")),
        (QcRule.MISSING, silent),
    ) | pl.col("_of_day").fill_null(0)
    suspect = (pl.col("qc_rules") & ~_ABSENT) != 0
    bad = pl.lit(value=False) if long is None else pl.col("in_a_row") >= BAD_TIMES * long
    return found.with_columns(qc_rules=rules).select(
        "place",
        "area",
        "days",
        "log_ratio",
        "difference",
        "correlation",
        "agrees",
        "alike",
        (pl.lit(start) - pl.col("_agreed")).dt.total_days().alias("days_since_agreement"),
        "share_flagged",
        pl.when(silent)
        .then(QcFlag.MISSING)
        .when(bad)
        .then(QcFlag.BAD)
        .when(suspect)
        .then(QcFlag.SUSPECT)
        .when(pl.col("not_judged").is_not_null())
        .then(QcFlag.NOT_JUDGED)
        .otherwise(QcFlag.GOOD)
        .cast(pl.Int64)
        .alias("qc"),
        pl.col("qc_rules").cast(pl.Int64),
        "not_judged",
    )


def _stepped(watch: ColumnWatch, units: float) -> pl.Expr:
    """Whether the newest days are elsewhere, by the neighbours, than the window: the weather moves both alike."""
    apart = Apart(watch.scale, STEP_SHARE, units)
    return apart.beyond(pl.col("_log_ratio") - pl.col("log_ratio"), pl.col("_difference") - pl.col("difference"))


def _why_not_judged() -> pl.Expr:
    few = (pl.col("_there") >= LEAST_DAYS) | (pl.col("_neighbours") < LEAST)
    return (
        pl.when(pl.col("days") >= LEAST_DAYS)
        .then(None)
        .when(pl.col("_neighbours").is_null())
        .then(pl.lit(WhyNotJudged.NO_POSITION))
        .when(few)
        .then(pl.lit(WhyNotJudged.FEW_NEIGHBOURS))
        .otherwise(pl.lit(WhyNotJudged.FEW_DAYS))
    )


def _bits(*rules: tuple[QcRule, pl.Expr | None]) -> pl.Expr:
    """The sum of the bits of rules that are broken; one whose condition is null, or that is None, is not."""
    broken: Iterable[pl.Expr] = (
        pl.when(said).then(int(rule)).otherwise(0).cast(pl.Int64) for rule, said in rules if said is not None
    )
    return reduce(or_, broken, pl.lit(0, pl.Int64))
