"""The day's profile: one row of figures per day, on which the rules about a whole day are judged.

Only figures belong here; what is too much or too little of them stands in the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from quality.contract.generated_rules import (
    CLOCK_RULES,
    NULLS_ABOVE_USUAL,
    PLACES_MOVED,
    POSITION,
    ROWS_RATIO,
    clock_figure,
)
from quality.contract.model import Contract
from quality.day_history import Comparison, History, places_moved
from quality.disclosure import OwnWords, raised
from quality.findings import RowFindings
from quality.row_rules import ORIGIN
from warehouse.null_counts import NullCounts, null_counts

CONFLICTING_KEYS, SHARE_CONTRADICTED = "conflicting_keys", "share_contradicted"


@dataclass(frozen=True)
class DayProfile:
    """`figures`: one row per day. `errors`: by figure and day, why it could not be computed. `words`: by figure and
    day, what it was compared with. `left_out`: days that are no measure for others, as another rule closes them."""

    figures: pl.DataFrame
    errors: Mapping[tuple[str, date], str]
    words: Mapping[tuple[str, date], str] = field(default_factory=dict)
    left_out: frozenset[date] = frozenset()

    def of(self, days: Sequence[date]) -> DayProfile:
        """The figures of some of the days alone."""
        return replace(self, figures=self.figures.filter(pl.col("day").is_in(list(days))))


def profile(
    contract: Contract,
    findings: RowFindings,
    kept: pl.LazyFrame,
    files: Mapping[date, Sequence[Path]],
    history: History,
    closed: frozenset[date] = frozenset(),
) -> DayProfile:
    """One row per day: day, rows_read, rows_kept, share_*, conflicting_keys, rows_outside, rows_ratio,
    nulls_above_usual, places_moved (of a register with positions), share__<rule>, the contract's own.

    `kept` are the kept rows as they are staged in `files`: the contract's own figures are taken from them, column by
    column. Shares are 0..1. `rows_ratio` compares the rows of a day, quarantined or not, with the median of the days
    it is compared with (quality/usual_days.py); `nulls_above_usual` is by how much the share of nulls is above its
    median in the worst column. `closed` are days that are no measure for the others.
    A figure that is not a number (0/0) could not be computed; one that is null does not apply, and breaks no rule.
    """
    figures = _shares(contract, findings)
    closed |= _closed_by_row_rules(contract, findings)
    figures, words = _compared(contract, figures, files, history, closed)
    if any(rule.column == PLACES_MOVED for rule in contract.rules):
        moved = {day: places_moved(history.positions(day), _positions(kept, day)) for day in figures["day"]}
        column = pl.Series(PLACES_MOVED, [one.figure for one in moved.values()], dtype=pl.Float64)
        figures = figures.with_columns(column)
        words |= {(PLACES_MOVED, day): one.words for day, one in moved.items()}
    figures = _with_shares_of_rules(contract, findings, figures)
    errors: dict[tuple[str, date], str] = {}
    own, broken = _own_figures(contract, kept)
    for figure in own:
        figures = figures.join(figure, on="day", how="left", maintain_order="left")
    for name in contract.profile:
        if name in broken:
            errors |= {(name, day): raised(broken[name], contract) for day in figures["day"]}
            continue
        not_finite = figures.filter(~pl.col(name).is_finite())["day"]
        errors |= {(name, day): OwnWords(f"{name} is not a number on this day") for day in not_finite}
    return DayProfile(figures, errors, words, closed)


def _positions(kept: pl.LazyFrame, day: date) -> pl.DataFrame:
    return kept.filter(pl.col("day") == day).select(POSITION).collect()


def _own_figures(
    contract: Contract, kept: pl.LazyFrame
) -> tuple[list[pl.DataFrame], dict[str, pl.exceptions.PolarsError]]:
    """The contract's own figures by day, in one look at the rows. Where one of them cannot be computed each is asked
    for by itself, and that one's error stands under its name."""

    def of(names: Iterable[str]) -> pl.DataFrame:
        asked = [pl.sql_expr(contract.profile[name]).cast(pl.Float64).alias(name) for name in names]
        return kept.group_by("day").agg(asked).collect()

    found, broken = list[pl.DataFrame](), dict[str, pl.exceptions.PolarsError]()
    with suppress(pl.exceptions.PolarsError):
        return [of(contract.profile)] if contract.profile else [], broken
    for name in contract.profile:
        try:
            found.append(of([name]))
        except pl.exceptions.PolarsError as error:
            broken[name] = error
    return found, broken


def _compared(
    contract: Contract,
    figures: pl.DataFrame,
    files: Mapping[date, Sequence[Path]],
    history: History,
    closed: frozenset[date],
) -> tuple[pl.DataFrame, dict[tuple[str, date], str]]:
    """The figures with those that say how a day is against the days before it, and what each was compared with."""

    @cache
    def nulls(day: date) -> NullCounts:
        return null_counts(files[day])

    comparison = Comparison(contract, history, closed, nulls)
    found = {day: comparison.add(day, rows) for day, rows in figures.select("day", "rows_read").iter_rows()}
    columns = {
        name: [against[name].figure if name in against else None for against in found.values()]
        for name in (ROWS_RATIO, NULLS_ABOVE_USUAL)
    }
    added = [pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()]
    words = {(name, day): one.words for day, against in found.items() for name, one in against.items()}
    return figures.with_columns(added), words


def _shares(contract: Contract, findings: RowFindings) -> pl.DataFrame:
    days = sorted(findings.rows_read)
    of_clocks = {name: f"{contract.prefix}-{name}" for name in CLOCK_RULES}
    unread = findings.unreadable.remove(pl.col("rule").is_in(list(of_clocks.values())))
    unreadable = dict(unread.group_by("day").len().iter_rows())
    conflicting = dict(findings.conflicts.group_by("day").agg(pl.col("keys").sum()).iter_rows())
    columns = max(1, sum(1 for column in contract.delivered if not column.key))
    return pl.DataFrame(
        {
            "day": days,
            "rows_read": [findings.rows_read[day] for day in days],
            "rows_kept": [findings.rows_kept.get(day, 0) for day in days],
            "share_unreadable_rows": [findings.share_undated.get(day, 0.0) for day in days],
            "share_unreadable_cells": [
                unreadable.get(day, 0) / max(1, findings.rows_read[day] * columns) for day in days
            ],
            "share_repeated": [findings.share_of_delivered(day, "repeated") for day in days],
            SHARE_CONTRADICTED: [findings.share_of_delivered(day, "contradicted") for day in days],
            CONFLICTING_KEYS: [conflicting.get(day, 0) for day in days],
            "rows_outside": [findings.rows_outside.get(day, 0) for day in days],
            **{clock_figure(name): _rows_under(findings.unreadable, code, days) for name, code in of_clocks.items()},
        },
        schema={
            "day": pl.Date,
            "rows_read": pl.Int64,
            "rows_kept": pl.Int64,
            "share_unreadable_rows": pl.Float64,
            "share_unreadable_cells": pl.Float64,
            "share_repeated": pl.Float64,
            SHARE_CONTRADICTED: pl.Float64,
            CONFLICTING_KEYS: pl.Int64,
            "rows_outside": pl.Int64,
            **{clock_figure(name): pl.Int64 for name in of_clocks},
        },
    )


def _rows_under(values: pl.DataFrame, code: str, days: Sequence[date]) -> list[int]:
    """How many rows of each day have a value under a rule."""
    rows = values.filter(pl.col("rule") == code).unique(["day", *ORIGIN])
    counts = dict(rows.group_by("day").len().iter_rows())
    return [counts.get(day, 0) for day in days]


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


def _closed_by_row_rules(contract: Contract, findings: RowFindings) -> set[date]:
    tolerance = {r.code: r.tolerance for r in contract.rules if r.scope == "row" and r.severity == "critical"}
    return {
        day
        for day, code, evaluated, unexpected in findings.rule_counts.iter_rows()
        if code in tolerance and unexpected > tolerance[code] * evaluated
    }
