"""What the evaluator makes of a metric, before it is judged: one row for each area and period."""

from __future__ import annotations

from typing import Literal, get_args

import polars as pl

# Why there is no value. A sentence says each in a language (owner: publication); its gaps, in this order:
ReasonCode = Literal[
    "too_few_places",  # there, expected, what is counted, needed %: places of the area
    "places_flagged",  # the same, and how many of the places are flagged by the watch
    "too_few_hours",  # the same, of hours: of a day at the only place, or of the area
    "too_few_readings",  # the same, of readings of an hour or day at the only place
    "too_few_windows",  # the same, of running windows of a day at the only place
    "too_few_days",  # the same, of days of a longer period
    "too_few_people",  # the same: people who live, or are, where the value is valid
    "too_few_days_in_quarter",  # the same, and which quarter of the period, 1 to 4
    "too_few_days_at_places",  # the same of the places that failed; how many those are, of how many, what one is
    "too_few_hours_at_places",
    "too_few_readings_at_places",
    "too_few_windows_at_places",
    "boundary_changed",  # the day of the period from which the area has another outline
    "out_of_season",  # first and last month it is defined for
    "no_register",  # what is counted
    "no_residents",
    "no_area_size",
    "no_limit",  # the limit or index that no standard gives for the day
    "other_metric_absent",  # which
    "not_defined",  # all is there, and the formula has no value for it
    "nothing_to_divide",  # the metrics by which it would be divided, and which are 0
    "no_night_yet",
    "no_line",  # a correction has readings, and nothing to lay them on
    "nothing_to_correct",  # no reading has what it is made from
    "not_declared",  # parameters that a pack would have to declare
    "impossible",  # value, the least and the most that it can be
    # its network against the witness, and the first day of it: by how much; or how many times as much it changes
    "off_witness_below",
    "off_witness_above",
    "off_witness_lower",  # than it used to read against the witness
    "off_witness_higher",
    "off_witness_slope",
    "correction_changed",  # the column, and the first day on which its provider corrects it in another way
    "could_not_compute",  # metric, table, what happened
]
DIGITS = 12  # significant: the last ones of a float sum depend on the order in which the rows were added
REASON_CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
OFF_WITNESS = tuple(code for code in REASON_CODES if code.startswith("off_witness"))
SAID_OF_VALUES = (*OFF_WITNESS, "correction_changed")  # may be said of a value that stands

# One reason why there is no value, in words that can be said in any language: a key of the sentences, and what stands
# in their gaps
REASON = pl.Struct({"code": pl.String, "gaps": pl.List(pl.String)})

MEASURED = pl.Schema(
    {
        "metric": pl.String,
        "area": pl.String,
        "area_level": pl.String,
        "day": pl.Date,  # first day of the period; the day of an hour
        "hour": pl.Datetime("us"),  # local beginning of an hour; null for longer periods
        "hour_utc": pl.Datetime("us"),  # its instant: where clocks are set back, two hours have one local beginning
        "value": pl.Float64,  # in the unit of the metric, null where a step says no
        "n": pl.Int64,  # valid parts among those expected (places, days, people): never more than `expected`
        "expected": pl.Float64,  # how many there should be; null where that is not known
        "covered": pl.Float64,  # what of `expected` is there: n, which of people may have a fraction
        "at_least": pl.Float64,  # where `expected` is null: what there should be at the least
        "counted": pl.String,  # what n counts: stations, sensors, hours, days, people
        "needs": pl.Float64,  # the share of `expected` that is enough
        "why": REASON,  # the reason of a missing value that is no lack of parts of the last step, or null
        "remark": REASON,  # what has to be said of a value that stands, or null
        "method": pl.String,  # the steps it went, such as "hour>day mean 18/24, stations mean 75 %"
        "standard": pl.String,  # edition of the standard that it was judged by, such as cn.hj_633_2026; or null
    }
)


def completeness() -> pl.Expr:
    """The share of what there should be, 0..1; where that is not known, of what there should be at the least."""
    whole = pl.coalesce("expected", "at_least", "covered")
    return pl.when(whole > 0).then(pl.col("covered").fill_null(0.0) / whole).otherwise(0.0).clip(0, 1)


def stands() -> pl.Expr:
    """Whether the value of a row can be shown: it is there, complete enough, and nothing else is against it."""
    return pl.col("value").is_not_null() & (completeness() >= pl.col("needs")) & pl.col("why").is_null()


def reason(code: ReasonCode, *gaps: pl.Expr | str) -> pl.Expr:
    """A reason as an expression of REASON; a text among `gaps` is itself."""
    said = [pl.lit(gap) if isinstance(gap, str) else gap.cast(pl.String) for gap in gaps]
    filled = pl.concat_list(said) if said else pl.lit([], pl.List(pl.String))
    return pl.struct(code=pl.lit(code, pl.String), gaps=filled)


def said_beside() -> pl.Expr:
    """What was said of a value that stands, of rows of a table of values; null where nothing was."""
    said = pl.struct(code=pl.col("reason_code"), gaps=pl.col("reason_gaps"))
    return pl.when(pl.col("value").is_not_null() & pl.col("reason_code").is_not_null()).then(said)


def cannot_be(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """The reason of a value outside of what is possible; null for others. A value that is not finite is outside."""
    value = pl.col("value").round_sig_figs(DIGITS)
    return pl.when(~value.is_between(low, high)).then(reason("impossible", value, low, high))


def parts_said() -> tuple[pl.Expr, ...]:
    """Parts that are there, of how many, what they are, and the percent needed: as they stand in gaps."""
    whole = pl.coalesce("expected", "at_least", "covered")
    return (whole_number(pl.col("covered").fill_null(0.0)), whole_number(whole), pl.col("counted"), percent("needs"))


def lack() -> pl.Expr:
    """The reason of a row whose last step has too few parts."""
    gaps = parts_said()
    counted = pl.col("counted")
    return (
        pl.when(counted == "people")
        .then(reason("too_few_people", *gaps))
        .when(counted == "days")
        .then(reason("too_few_days", *gaps))
        .when(counted == "hours")
        .then(reason("too_few_hours", *gaps))
        .otherwise(reason("too_few_places", *gaps))
    )


def whole_number(number: pl.Expr) -> pl.Expr:
    """A number for a gap, without decimals."""
    return number.round(0).cast(pl.Int64)


def percent(share: str) -> pl.Expr:
    """A share for a gap, in percent."""
    return whole_number(pl.col(share) * 100)
