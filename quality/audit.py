"""Great Expectations over DuckDB on what is about to be committed -> one RuleResult per rule and day.

The kept rows are read from the very Parquet files that the commit will make live. Whether the gate
opens is decided in gate.py; the suite is made in suite.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from glob import escape
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from quality import suite
from quality.contract.model import Contract, Rule
from quality.gx_duckdb.evaluate import Check, CheckResult, evaluate
from quality.row_rules import Tally, row_json
from quality.verdict import RuleResult

SAMPLES = 5
AGGREGATES = re.compile(r"\b(group\s+by|having|over|count|sum|avg|min|max|median)\b", re.IGNORECASE)


def audit(
    contract: Contract,
    files: Mapping[date, Sequence[Path]],
    tally: Tally,
    profile: pl.DataFrame,
    profile_errors: Mapping[tuple[str, date], str],
) -> list[RuleResult]:
    """Evaluate every rule of `contract` on every day of `files`.

    Costs one bundled Great Expectations run for all days together. Only when something could not be
    evaluated is every day audited alone, so that one day's trouble does not close the others. The first audit of a
    process imports Great Expectations, which takes 4 s of CPU.
    """
    results = _audit(contract, files, tally, profile, profile_errors)
    if len(files) > 1 and any(r.error is not None for r in results):
        results = [
            result
            for day, paths in sorted(files.items())
            for result in _audit(contract, {day: paths}, tally, profile.filter(pl.col("day") == day), profile_errors)
        ]
    return results


def _audit(
    contract: Contract,
    files: Mapping[date, Sequence[Path]],
    tally: Tally,
    profile: pl.DataFrame,
    profile_errors: Mapping[tuple[str, date], str],
) -> list[RuleResult]:
    days = sorted(files)
    counts = tally.counts.filter(pl.col("day").is_in(days))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        _views(con, contract, [path for day in days for path in files[day]], profile)
        found = {r.code: r for r in evaluate(con, suite.checks(contract), samples=max(SAMPLES, len(days)))}
        results: list[RuleResult] = []
        for rule in contract.rules:
            error = tally.errors.get(rule.code)
            if error is None and rule.scope == "day":
                error = next(
                    (e for (name, day), e in profile_errors.items() if name == rule.column and day in days), None
                )
            if error is None and rule.scope == "row":
                error = _disagreement(rule, counts, found[rule.code + suite.PROOF])
            error = error or found[rule.code].error
            if error is not None:
                results += [_result(rule, day, passed=False, error=error) for day in days]
            elif rule.scope == "table":
                results += _by_day(con, rule, found[rule.code], files, profile)
            else:
                results += _from_profile(rule, found[rule.code], contract, tally, profile)
    return results


def _views(con: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path], profile: pl.DataFrame) -> None:
    names = ", ".join(f'"{name}"' for name in contract.schema.names())
    listed = ", ".join("'" + escape(str(f)).replace("'", "''") + "'" for f in files)
    con.execute(
        f"CREATE TEMP VIEW {suite.KEPT} AS SELECT {names} FROM "
        f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'day': DATE}}, union_by_name = true)"
    )
    con.register("_profile", profile)
    con.execute(f"CREATE TEMP TABLE {suite.PROFILE} AS SELECT * FROM _profile")
    con.unregister("_profile")


def _disagreement(rule: Rule, counts: pl.DataFrame, proof: CheckResult) -> str | None:
    """Polars split the rows; Great Expectations must find none left that should have gone, or the same flags."""
    if proof.error is not None:
        return str(proof.error)
    flagged = counts.filter(pl.col("rule") == rule.code)["unexpected"].sum() if rule.on_fail == "flag" else 0
    if (proof.unexpected_count or 0) != flagged:
        return f"two evaluations disagree: Great Expectations found {proof.unexpected_count}, Polars {flagged}"
    return None


def _from_profile(
    rule: Rule, found: CheckResult, contract: Contract, tally: Tally, profile: pl.DataFrame
) -> list[RuleResult]:
    failed = {_as_date(sample["day"]) for sample in found.samples}
    if not found.success and len(failed) < (found.unexpected_count or 0):
        return [_result(rule, d, passed=False, error="the failing days could not be listed") for d in profile["day"]]
    counts = {
        day: (evaluated, unexpected)
        for day, code, evaluated, unexpected in tally.counts.iter_rows()
        if code == rule.code
    }
    column = f"share__{rule.code}" if rule.scope == "row" else str(rule.column)
    seen = dict(profile.select("day", column).iter_rows()) if column in profile.columns else {}
    results = []
    for day in profile["day"]:
        evaluated, unexpected = counts.get(day, (None, None))
        observed = None if seen.get(day) is None else f"{column} = {seen[day]:.6g}"
        samples = _samples(rule, contract, tally, day) if rule.scope == "row" and unexpected else []
        results.append(
            _result(
                rule,
                day,
                passed=day not in failed,
                evaluated=evaluated,
                unexpected=unexpected,
                observed=observed,
                samples=samples,
            )
        )
    return results


def _samples(rule: Rule, contract: Contract, tally: Tally, day: date) -> list[dict[str, Any]]:
    columns = list(dict.fromkeys([*contract.key, *[c for c in (rule.column, rule.kwargs.get("column_B")) if c]]))
    broken = tally.flagged if rule.on_fail == "flag" else tally.held
    rows = broken.filter((pl.col("day") == day) & pl.col("_rules").list.contains(rule.code)).head(SAMPLES)
    found = [{"row": text, "line": line} for text, line in rows.select(row_json(contract, columns), "_line").rows()]
    cells = tally.cells.filter((pl.col("day") == day) & (pl.col("rule") == rule.code)).head(SAMPLES - len(found))
    masked = rule.column in contract.restricted
    return found + [
        {"column": c["column"], "value": "•••" if masked else c["value"], "line": c["_line"]}
        for c in cells.iter_rows(named=True)
    ]


def _by_day(
    con: duckdb.DuckDBPyConnection,
    rule: Rule,
    found: CheckResult,
    files: Mapping[date, Sequence[Path]],
    profile: pl.DataFrame,
) -> list[RuleResult]:
    """A rule about the table, day by day; one run serves for all days where no row of any day breaks it."""
    rows = dict(profile.select("day", "rows_kept").iter_rows())
    query = str(rule.kwargs.get("unexpected_rows_query", ""))
    by_row = (
        "column_values" in rule.expectation
        or rule.expectation == "expect_compound_columns_to_be_unique"
        or (rule.expectation == "unexpected_rows_expectation" and not AGGREGATES.search(query))
    )
    if found.success and (by_row or len(files) == 1) and not rule.kwargs.get("mostly"):
        return [_result(rule, d, passed=True, evaluated=rows[d], unexpected=0) for d in sorted(files)]
    results = []
    for day in sorted(files):
        if len(files) > 1:
            view = f"kept_{day:%Y%m%d}"
            con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {suite.KEPT} WHERE day = DATE '{day}'")
            check = Check(rule.code, view, rule.expectation, suite.kwargs_of(rule))
            found = evaluate(con, [check], samples=SAMPLES)[0]
        results.append(
            _result(
                rule,
                day,
                passed=found.success,
                evaluated=rows[day],
                unexpected=found.unexpected_count,
                observed=None if found.observed_value is None else str(found.observed_value),
                samples=found.samples,
                error=found.error,
            )
        )
    return results


def _as_date(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


def _result(rule: Rule, day: date, *, passed: bool, **more: Any) -> RuleResult:
    return RuleResult(
        code=rule.code,
        title=rule.title,
        severity=rule.severity,
        passed=passed,
        day=day,
        tolerance=rule.tolerance,
        **more,
    )
