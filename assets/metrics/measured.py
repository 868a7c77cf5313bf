"""What the evaluator makes of a metric, before it is judged: one row for each area and period."""

from __future__ import annotations

import polars as pl

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
        "value": pl.Float64,  # in the unit of the metric, null where a step says no
        "n": pl.Int64,  # valid parts that it is made of (places, days, people)
        "expected": pl.Float64,  # how many there should be; null where that is not known
        "covered": pl.Float64,  # what of `expected` is there: n, or the people that n stands for
        "at_least": pl.Float64,  # where `expected` is null: what there should be at the least
        "counted": pl.String,  # what n counts: stations, sensors, hours, days, people
        "needs": pl.Float64,  # the share of `expected` that is enough
        "why": REASON,  # the reason of a missing value that is no lack of parts of the last step, or null
        "method": pl.String,  # the steps it went, such as "hour>day mean 18/24, stations mean 75 %"
        "standard": pl.String,  # edition of the standard that it was judged by, such as cn.hj_633_2026; or null
    }
)
