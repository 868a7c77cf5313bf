"""Requests of citizens by kind and month: how many were answered within their term, and how long an answer takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from assets.formulas.waiting import median_wait
from assets.mart import START, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.pack.parameter_names import REQUEST_TERMS

ALL = "all"  # the kind of the row that is of all kinds together
BACK = 2  # months before: a term of 60 days began there


def request_kind_month(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each kind and month, and one of all kinds.

    `term_ended` are the requests whose term ended in the month, as far as it is known what became of them; those
    answered within it are `in_term`, and one that is open is late. `answer_median` is of the requests that came in the
    month: those that are open count with the time that they have waited. What is known ends with the newest day.
    """
    rows = pl.concat(
        one.rows.filter(pl.col("request").is_not_null()).select(START, "kind", "time", "day", "due_at", "answered_at")
        for one in read["requests"]
    )
    times = pl.col("time", "due_at", "answered_at").cast(pl.Datetime("us"))
    known = rows.with_columns(
        times, _until=(pl.col("day").max().over(START) + timedelta(days=1)).cast(pl.Datetime("us"))
    )
    due = pl.coalesce(pl.col("time") + pl.duration(days=_days_of(city.parameters)), "due_at")
    seen = known.with_columns(
        _due=due,
        answered_at=pl.when(pl.col("answered_at") <= pl.col("_until")).then("answered_at"),
        _own=pl.col("day") >= pl.col(START),
    )
    both = pl.concat([seen, seen.with_columns(kind=pl.lit(ALL))]).collect()
    made = [
        _of_kind(key, of_kind) for key, of_kind in both.drop_nulls("kind").group_by(START, "kind", maintain_order=True)
    ]
    return pl.DataFrame(made, schema=_SCHEMA, orient="row").sort("day", "kind")


_SCHEMA = {
    "day": pl.Date,
    "kind": pl.String,
    "requests": pl.Int64,
    "requests_open": pl.Int64,
    "term_ended": pl.Int64,
    "in_term": pl.Int64,
    "answer_median": pl.Float64,
}


def _of_kind(key: tuple[Any, ...], rows: pl.DataFrame) -> tuple[Any, ...]:
    start, kind = key
    own = rows.filter("_own")
    wait = (pl.coalesce("answered_at", "_until") - pl.col("time")).dt.total_seconds() / 86_400
    waits = own.select(wait=wait, done=pl.col("answered_at").is_not_null())
    month = pl.lit(start).cast(pl.Datetime("us"))
    ended = rows.filter(
        pl.col("_due") >= month, pl.col("_due") < month.dt.offset_by("1mo"), pl.col("_due") <= pl.col("_until")
    )
    in_term = ended.filter(pl.col("answered_at") <= pl.col("_due")).height
    median = median_wait(waits["wait"].to_list(), waits["done"].to_list())
    return start, kind, own.height, own.height - int(waits["done"].sum()), ended.height, in_term, median


def _days_of(parameters: Mapping[str, Any]) -> pl.Expr:
    """The term of each kind in days, null where the pack says none: texts such as "question=7" come before the rows."""
    said = [text.rpartition("=") for text in parameters.get(REQUEST_TERMS, [])]
    terms = {kind: int(days) for kind, _, days in said}
    return (
        pl.col("kind").replace_strict(terms, default=None, return_dtype=pl.Int64) if terms else pl.lit(None, pl.Int64)
    )


TABLE = Mart(
    reads=(Reads("requests", ("request", "kind", "answered_at"), back=range(BACK + 1)),),
    compute=request_kind_month,
    every="month",
    parameters=(REQUEST_TERMS,),
)
