"""The day's profile: one row of figures per day, on which the rules about a whole day are judged.

Only figures belong here; what is too much or too little of them stands in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from quality.contract.model import Contract
from quality.disclosure import OwnWords, raised
from quality.findings import RowFindings

HISTORY_DAYS = 14  # rows of a day are compared with the median of the good days before it
HISTORY_LEAST = 3


@dataclass(frozen=True)
class DayProfile:
    """`figures`: one row per day. `errors`: by figure and day, why it could not be computed."""

    figures: pl.DataFrame
    errors: Mapping[tuple[str, date], str]

    def of_day(self, day: date) -> DayProfile:
        """The figures of one day alone."""
        return DayProfile(self.figures.filter(pl.col("day") == day), self.errors)


def profile(
    contract: Contract,
    findings: RowFindings,
    kept: pl.LazyFrame,
    unreadable_rows: Mapping[date, float],
    history: pl.DataFrame,
) -> DayProfile:
    """One row per day: day, rows_read, rows_kept, share_*, rows_ratio, share__<rule>, the contract's own.

    `kept` are the kept rows as they are staged: the contract's own figures are taken from them, column by column.
    `history` has (day, rows) of the days that were committed before. Shares are 0..1. `rows_ratio` compares the rows
    of a day, quarantined or not, with the median of the good days before it; it is null with fewer than three.
    A figure that is not a number (0/0) could not be computed; one that is null does not apply, and breaks no rule.
    """
    figures = _shares(contract, findings, unreadable_rows)
    figures = figures.with_columns(_ratio(contract, findings, figures, history))
    figures = _with_shares_of_rules(contract, findings, figures)
    errors: dict[tuple[str, date], str] = {}
    for name, expression in contract.profile.items():
        try:
            figure = kept.group_by("day").agg(pl.sql_expr(expression).cast(pl.Float64).alias(name)).collect()
        except pl.exceptions.PolarsError as error:
            errors |= {(name, day): raised(error, contract) for day in figures["day"]}
            continue
        figures = figures.join(figure, on="day", how="left", maintain_order="left")
        not_finite = figures.filter(~pl.col(name).is_finite())["day"]
        errors |= {(name, day): OwnWords(f"{name} is not a number on this day") for day in not_finite}
    return DayProfile(figures, errors)


def _shares(contract: Contract, findings: RowFindings, unreadable_rows: Mapping[date, float]) -> pl.DataFrame:
    days = sorted(findings.rows_read)
    unreadable = dict(findings.unreadable.group_by("day").len().iter_rows())
    columns = max(1, sum(1 for column in contract.columns if not column.key))
    return pl.DataFrame(
        {
            "day": days,
            "rows_read": [findings.rows_read[day] for day in days],
            "rows_kept": [findings.rows_kept.get(day, 0) for day in days],
            "share_unreadable_rows": [unreadable_rows.get(day, 0.0) for day in days],
            "share_unreadable_cells": [
                unreadable.get(day, 0) / max(1, findings.rows_read[day] * columns) for day in days
            ],
        },
        schema={
            "day": pl.Date,
            "rows_read": pl.Int64,
            "rows_kept": pl.Int64,
            "share_unreadable_rows": pl.Float64,
            "share_unreadable_cells": pl.Float64,
        },
    )


def _with_shares_of_rules(contract: Contract, findings: RowFindings, figures: pl.DataFrame) -> pl.DataFrame:
    shares = findings.rule_counts.with_columns(share=pl.col("unexpected") / pl.max_horizontal(pl.col("evaluated"), 1))
    for (code,), part in shares.group_by("rule", maintain_order=True):
        share = part.select("day", pl.col("share").alias(f"share__{code}"))
        figures = figures.join(share, on="day", how="left", maintain_order="left")
        figures = figures.with_columns(pl.col(f"share__{code}").fill_null(0.0))
    for rule in contract.rules:  # where every row is quarantined, nothing is left for a flag rule to count
        if rule.scope == "row" and rule.code not in findings.errors and f"share__{rule.code}" not in figures.columns:
            figures = figures.with_columns(pl.lit(0.0).alias(f"share__{rule.code}"))
    return figures


def _ratio(contract: Contract, findings: RowFindings, figures: pl.DataFrame, history: pl.DataFrame) -> pl.Series:
    """Days are taken in their order, as if each had been a night: a day that failed is no measure for the next."""
    good_days = dict(history.select("day", "rows").iter_rows())
    failed = _failed_days(contract, findings)
    ratios: list[float | None] = []
    for day, rows in figures.select("day", "rows_read").iter_rows():
        before = [good_days[d] for d in sorted(d for d in good_days if d < day)[-HISTORY_DAYS:]]
        median = pl.Series(before, dtype=pl.Float64).median() if len(before) >= HISTORY_LEAST else None
        ratio = rows / median if isinstance(median, float) and median > 0 else None
        ratios.append(ratio)
        if day not in failed and _within_limits(contract, ratio):
            good_days[day] = rows
    return pl.Series("rows_ratio", ratios, dtype=pl.Float64)


def _failed_days(contract: Contract, findings: RowFindings) -> set[date]:
    tolerance = {r.code: r.tolerance for r in contract.rules if r.scope == "row" and r.severity == "critical"}
    return {
        day
        for day, code, evaluated, unexpected in findings.rule_counts.iter_rows()
        if code in tolerance and unexpected > tolerance[code] * evaluated
    }


def _within_limits(contract: Contract, ratio: float | None) -> bool:
    limits = [r.kwargs for r in contract.rules if r.severity == "critical" and r.column == "rows_ratio"]
    return ratio is None or all(
        ratio >= kwargs.get("min_value", 0) and ratio <= kwargs.get("max_value", float("inf")) for kwargs in limits
    )
