"""The day's profile: one row of figures per day, on which the rules about a whole day are judged.

Only figures belong here; what is too much or too little of them stands in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from quality.contract.model import Contract
from quality.row_rules import Tally

HISTORY_DAYS = 14  # rows of a day are compared with the median of the good days before it
HISTORY_LEAST = 3


def profile(
    contract: Contract,
    tally: Tally,
    kept: pl.LazyFrame,
    unreadable_rows: Mapping[date, float],
    history: pl.DataFrame,
) -> tuple[pl.DataFrame, dict[tuple[str, date], str]]:
    """One row per day: day, rows_read, rows_kept, share_*, rows_ratio, share__<rule>, the contract's own.

    `kept` are the kept rows as they are staged: the contract's own figures are taken from them, column by column.
    `history` has (day, rows) of the days let in before. Shares are 0..1. `rows_ratio` compares the rows of
    a day, held back or not, with the median of the good days before it; it is null with fewer than three.
    Also returns, by profile column and day, why a figure could not be computed. A figure that is not a
    number (0/0) could not be computed; one that is null does not apply, and breaks no rule.
    """
    days = sorted(tally.rows_read)
    unreadable = dict(tally.unreadable.group_by("day").len().iter_rows())
    cells = max(1, sum(1 for c in contract.columns if not c.key))
    table = pl.DataFrame(
        {
            "day": days,
            "rows_read": [tally.rows_read[d] for d in days],
            "rows_kept": [tally.rows_kept.get(d, 0) for d in days],
            "share_unreadable_rows": [unreadable_rows.get(d, 0.0) for d in days],
            "share_unreadable_cells": [unreadable.get(d, 0) / max(1, tally.rows_read[d] * cells) for d in days],
        },
        schema={
            "day": pl.Date,
            "rows_read": pl.Int64,
            "rows_kept": pl.Int64,
            "share_unreadable_rows": pl.Float64,
            "share_unreadable_cells": pl.Float64,
        },
    )
    table = table.with_columns(_ratio(contract, tally, table, history))
    shares = tally.counts.with_columns(share=pl.col("unexpected") / pl.max_horizontal(pl.col("evaluated"), 1))
    for (code,), part in shares.group_by("rule", maintain_order=True):
        table = table.join(
            part.select("day", pl.col("share").alias(f"share__{code}")), on="day", how="left", maintain_order="left"
        ).with_columns(pl.col(f"share__{code}").fill_null(0.0))
    for rule in contract.rules:  # where every row is held back, nothing is left for a flag rule to count
        if rule.scope == "row" and rule.code not in tally.errors and f"share__{rule.code}" not in table.columns:
            table = table.with_columns(pl.lit(0.0).alias(f"share__{rule.code}"))
    errors: dict[tuple[str, date], str] = {}
    for name, expression in contract.profile.items():
        try:
            figure = kept.group_by("day").agg(pl.sql_expr(expression).cast(pl.Float64).alias(name)).collect()
        except pl.exceptions.PolarsError as error:
            errors |= {(name, d): f"{type(error).__name__}: {str(error).splitlines()[0]}" for d in days}
            continue
        table = table.join(figure, on="day", how="left", maintain_order="left")
        wrong = table.filter(~pl.col(name).is_finite())["day"]
        errors |= {(name, d): f"{name} is not a number on this day" for d in wrong}
    return table, errors


def _ratio(contract: Contract, tally: Tally, table: pl.DataFrame, history: pl.DataFrame) -> pl.Series:
    """Days are taken in their order, as if each had been a night: a day at fault is no measure for the next."""
    known = dict(history.select("day", "rows").iter_rows())
    at_fault = _at_fault(contract, tally)
    ratios: list[float | None] = []
    for day, rows in table.select("day", "rows_read").iter_rows():
        before = [known[d] for d in sorted(d for d in known if d < day)[-HISTORY_DAYS:]]
        median = pl.Series(before, dtype=pl.Float64).median() if len(before) >= HISTORY_LEAST else None
        ratio = rows / median if isinstance(median, float) and median > 0 else None
        ratios.append(ratio)
        if day not in at_fault and _within(contract, ratio):
            known[day] = rows
    return pl.Series("rows_ratio", ratios, dtype=pl.Float64)


def _at_fault(contract: Contract, tally: Tally) -> set[date]:
    tolerance = {r.code: r.tolerance for r in contract.rules if r.scope == "row" and r.severity == "critical"}
    return {
        day
        for day, code, evaluated, unexpected in tally.counts.iter_rows()
        if code in tolerance and unexpected > tolerance[code] * evaluated
    }


def _within(contract: Contract, ratio: float | None) -> bool:
    limits = [r.kwargs for r in contract.rules if r.severity == "critical" and r.column == "rows_ratio"]
    return ratio is None or all(
        ratio >= kwargs.get("min_value", 0) and ratio <= kwargs.get("max_value", float("inf")) for kwargs in limits
    )
