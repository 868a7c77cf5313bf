"""A month of tables and rules by day: what each cell says, and which rules stand in a row of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from assets.site.checks.reading import Checks

MOST_ROWS = 120  # a row of 31 cells takes 1.5 kB, and a page 300 kB


@dataclass(frozen=True)
class Row:
    """One line of the matrix. rule: None of the table as a whole. cells: by day of the month, an outcome.

    passing: of a table, how many of its rules never failed in the month; failing: how many did.
    """

    layer: str
    table: str
    rule: str | None
    severity: str
    cells: Mapping[int, str]
    passing: int = 0
    failing: int = 0


@dataclass(frozen=True)
class Matrix:
    """A month. quiet: derived tables that passed on each of their days; absent: feeds that have no day in it.

    left_out: how many rules that failed have no row, as there are too many.
    """

    days: Sequence[date]
    rows: Sequence[Row]
    quiet: Sequence[tuple[str, str]]
    absent: Sequence[str]
    left_out: int


def matrix_of(checks: Checks, first: date) -> Matrix:
    """The matrix of the month that begins on a day."""
    of_month = pl.col("day").dt.month_start() == first
    judged = checks.days.filter(of_month)
    failed = _by_table(checks.findings.filter(of_month))
    asked = {(layer, table): n for layer, table, n in checks.rules.group_by("layer", "table_name").len().rows()}
    rows, quiet = list[Row](), list[tuple[str, str]]()
    for table, days in _by_table(judged).items():
        findings = failed.get(table, [])
        outcomes = {row["day"].day: row["outcome"] for row in days}
        if table[0] != "core" and set(outcomes.values()) == {"passed"} and not findings:
            quiet.append(table)
            continue
        own = list(_rules(table, findings, outcomes))
        rows += [Row(*table, None, "", outcomes, max(asked.get(table, 0) - len(own), 0), len(own)), *own]
    shown = _shortened(sorted(rows, key=lambda row: row.layer != "core"))
    here = {table for layer, table in _by_table(judged) if layer == "core"}
    absent = [feed for feed in checks.feeds["feed"] if feed not in here]
    return Matrix(_days_from(first), shown, quiet, absent, len(rows) - len(shown))


def _by_table(frame: pl.DataFrame) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found = dict[tuple[str, str], list[dict[str, Any]]]()
    for row in frame.iter_rows(named=True):
        found.setdefault((row["layer"], row["table_name"]), []).append(row)
    return found


def _rules(table: tuple[str, str], findings: Sequence[Mapping[str, Any]], outcomes: Mapping[int, str]) -> Iterator[Row]:
    """A row for each rule that failed, critical ones first: on days on which it did not, it passed."""
    by_rule = dict[str, list[Mapping[str, Any]]]()
    for row in findings:
        by_rule.setdefault(row["rule"], []).append(row)
    worst = sorted(by_rule.items(), key=lambda one: (one[1][-1]["severity"] != "critical", -len(one[1]), one[0]))
    for rule, found in worst:
        cells = dict.fromkeys(outcomes, "passed") | {row["day"].day: _outcome(row, outcomes) for row in found}
        yield Row(*table, rule, found[-1]["severity"] or "", cells)


def _outcome(finding: Mapping[str, Any], outcomes: Mapping[int, str]) -> str:
    """What a rule that did not pass did to its day: only a critical one, or one that was in error, holds it back."""
    holds = finding["severity"] == "critical" or finding["status"] == "error"
    return "held" if holds and outcomes.get(finding["day"].day) == "held" else "warning"


def _shortened(rows: Sequence[Row]) -> list[Row]:
    """All tables, and as many rules as there is room for."""
    room = MOST_ROWS - sum(row.rule is None for row in rows)
    shown = list[Row]()
    for row in rows:
        if row.rule is None or room > 0:
            shown.append(row)
            room -= row.rule is not None
    return shown


def _days_from(first: date) -> list[date]:
    following = (first + timedelta(days=31)).replace(day=1)
    return [first + timedelta(days=n) for n in range((following - first).days)]
