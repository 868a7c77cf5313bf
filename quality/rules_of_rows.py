"""Rules about the rows of a table: the result of each day, where several days were evaluated together.

A rule that judges single rows holds for days together only if it holds for each. Where it does not, the days that break
it are found with as few evaluations as possible: each takes a tenth of a second, and a range may have years of days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from glob import escape
from math import isqrt
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from quality import suite
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate
from quality.verdict import RuleResult, Sample, rule_result

SAMPLES = 5
# A query whose rows are those of the table that break the rule, each once and with its day.
_OF_TABLE = re.compile(r"\s*select\s+\*\s+from\s+\{batch\}\s+where\b(.*)", re.IGNORECASE | re.DOTALL)
_MORE = re.compile(
    r"\b(select|from|join|union|intersect|except|qualify|order|limit|offset|sample|random)\b|--|/\*", re.IGNORECASE
)


def results_of_rows(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    rule: Rule,
    checked: CheckResult,
    files: Mapping[date, Sequence[Path]],
    figures: pl.DataFrame,
) -> list[RuleResult]:
    """The results of a rule of scope table, day by day. `checked`: what was found on all days together; figures: day,
    rows_kept."""
    days, rows_kept = sorted(files), dict(figures.select("day", "rows_kept").iter_rows())

    def passing(of: Sequence[date]) -> list[RuleResult]:
        return [rule_result(rule, day, passed=True, evaluated=rows_kept[day], unexpected=0) for day in of]

    def failing(day: date, unexpected: int | None, observed: Any, samples: Sequence[Sample], **more: Any) -> RuleResult:
        return rule_result(
            rule,
            day,
            evaluated=rows_kept[day],
            unexpected=unexpected,
            observed=None if observed is None else str(observed),
            samples=() if contract.private else samples[:SAMPLES],  # a `line` in them is a column of the table
            **more,
        )

    def of_group(of: Sequence[date], found: CheckResult) -> list[RuleResult]:
        if found.success and (len(of) == 1 or _is_of_each(rule)):
            return passing(of)
        if len(of) > 1:
            groups = in_groups(of) if len(of) == len(days) and _is_of_each(rule) else one_by_one(of)
            return [one for group in groups for one in of_group(group, asked(group))]
        return [
            failing(
                of[0],
                found.unexpected_count,
                found.observed_value,
                found.samples,
                passed=found.success,
                error=found.error,
            )
        ]

    def asked(of: Sequence[date]) -> CheckResult:
        # of their own files: four years of days that each look into the files of all would take hours
        view = f"kept_{of[0]:%Y%m%d}_{len(of)}"
        paths = [path for day in of for path in files[day]]
        con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {rows_of(contract, paths)}")
        check = Check(rule.code, view, rule.expectation, suite.kwargs_of(rule))
        (found,) = evaluate(con, [check], samples=SAMPLES)
        return found

    listed = _listed(rule, checked, days) if len(days) > 1 else None
    if listed is None:
        return of_group(days, checked)
    return [
        failing(day, len(listed[day]), len(listed[day]), listed[day], passed=False)
        if day in listed
        else passing([day])[0]
        for day in days
    ]


def rows_of(contract: Contract, files: Sequence[Path]) -> str:
    """SQL of the kept rows in these files."""
    names = ", ".join(f'"{name}"' for name in contract.schema.names())
    paths = ", ".join("'" + escape(str(file)).replace("'", "''") + "'" for file in files)
    source = f"read_parquet([{paths}], hive_partitioning = true, hive_types = {{'day': DATE}}, union_by_name = true)"
    return f"SELECT {names} FROM {source}"


def in_groups(days: Sequence[date]) -> list[Sequence[date]]:
    """Days in groups of about the root of their number: one odd day of 275 costs 34 looks in place of 275."""
    size = isqrt(len(days))
    return [days[begin : begin + size] for begin in range(0, len(days), size)]


def one_by_one(days: Sequence[date]) -> list[Sequence[date]]:
    """Each day alone."""
    return [[day] for day in days]


def as_date(value: Any) -> date:
    """A day as Great Expectations gives it: a date, or its text in ISO format, with or without a time."""
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


def _is_of_each(rule: Rule) -> bool:
    return rule.judges_single_rows and not rule.kwargs.get("mostly")


def _listed(rule: Rule, checked: CheckResult, days: Sequence[date]) -> dict[date, list[Sample]] | None:
    """By day all rows that break a rule, in their order; None where not all of them are listed with their day."""
    query = _OF_TABLE.fullmatch(str(rule.kwargs.get("unexpected_rows_query", "")))
    if checked.success or query is None or _MORE.search(query[1]) or not _is_of_each(rule):
        return None
    if len(checked.samples) != checked.unexpected_count:
        return None
    found = dict[date, list[Sample]]()
    for row in checked.samples:
        found.setdefault(as_date(row["day"]), []).append(row)
    return found if found.keys() <= set(days) else None
