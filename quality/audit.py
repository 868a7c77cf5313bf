"""Great Expectations over DuckDB on what is about to be committed -> one RuleResult per rule and day.

The kept rows are read from the very Parquet files that the commit will make live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from quality import limits, suite
from quality.clock_changes import SENTENCES
from quality.contract.generated_rules import CLOCK_RULES, clock_figure
from quality.contract.model import Contract
from quality.contract.rules import ROW_EXPECTATIONS, Rule
from quality.day_profile import CONFLICTING_KEYS, SHARE_CONTRADICTED, DayProfile
from quality.disclosure import OwnWords
from quality.duckdb_connection import connected
from quality.findings import RowFindings, row_json
from quality.gave_way import CONTRADICTIONS_SHOWN
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate
from quality.row_rules import breaks
from quality.rules_of_rows import SAMPLES, as_date, in_groups, one_by_one, results_of_rows, rows_of
from quality.verdict import RuleResult, Sample, rule_result

FEW_ROWS = 500_000  # of these rows 160 MB are in memory, of a wide table
LISTED = 50  # failing rows for each of several days: where all are listed no day is asked alone
_CONTRADICTED = (
    "If the key is too short, mark the column that is missing from it with `key: true` (in an ODCS document "
    "primaryKey); if a column says which row is newer, declare it as `correction_column`; else have the sender say "
    "which value is right, or declare "
    "`contradicted_tolerance` with the reason beside it"
)


def audit(
    contract: Contract, files: Mapping[date, Sequence[Path]], findings: RowFindings, profile: DayProfile, spill: Path
) -> list[RuleResult]:
    """Evaluate every rule of `contract` on every day of `files`. DuckDB spills to a folder named `spill`, which it
    makes and removes.

    Costs one bundled Great Expectations run for all days together. Only when something could not be
    evaluated are days audited in groups, and those of a group of which that is still so alone, so that one day's
    trouble does not close the others. The first audit of a process imports Great Expectations, which takes 4 s of CPU.
    """

    def of(days: Sequence[date], groups: Callable[[Sequence[date]], Sequence[Sequence[date]]]) -> list[RuleResult]:
        some = {day: files[day] for day in days}
        results = _audit(contract, some, findings, profile if len(some) == len(files) else profile.of(days), spill)
        # rules that cannot be evaluated on any day: alone they could not be either
        if len(days) > 1 and any(one.error is not None and one.code not in findings.errors for one in results):
            return [result for group in groups(days) for result in of(group, one_by_one)]
        return results

    return of(sorted(files), in_groups)


def _audit(
    contract: Contract, files: Mapping[date, Sequence[Path]], findings: RowFindings, profile: DayProfile, spill: Path
) -> list[RuleResult]:
    days = sorted(files)
    paths = [path for day in days for path in files[day]]
    with connected(paths, spill) as con:
        # each query on a view looks into all of its files first, 1 ms and 0.1 for each: small ones are read once
        kind = "TABLE" if profile.figures["rows_kept"].sum() <= FEW_ROWS else "VIEW"
        con.execute(f"CREATE TEMP {kind} {suite.KEPT} AS {rows_of(contract, paths)}")
        checked = results_of(con, suite.checks(contract), profile.figures)
        results: list[RuleResult] = []
        for rule in contract.rules:
            error = _error(rule, days, findings, profile, checked)
            if error is not None:
                results += [rule_result(rule, day, passed=False, error=error) for day in days]
            elif rule.scope == "table":
                results += results_of_rows(con, contract, rule, checked[rule.code], files, profile.figures)
            else:
                results += _from_profile(rule, checked[rule.code], contract, findings, profile)
    return results


def results_of(
    con: duckdb.DuckDBPyConnection, checks: Sequence[Check], figures: pl.DataFrame
) -> dict[str, CheckResult]:
    """The result of each check by its code. Limits of figures are asked for together, and alone where a day breaks
    them."""
    samples = SAMPLES if figures.height < 2 else LISTED * figures.height
    together = limits.excesses(checks, figures)
    in_one = set(together["rule"])
    _create_table(con, limits.LIMITS, together)
    found = _results(
        con, [limits.ALL_WITHIN, *(check for check in checks if check.code not in in_one)], figures, samples
    )
    alone = limits.to_ask_alone(found.pop(limits.ALL_WITHIN.code), together)
    found |= {code: limits.holds(code, figures) for code in in_one - alone}
    return found | _results(con, [check for check in checks if check.code in alone], figures, samples)


def _results(
    con: duckdb.DuckDBPyConnection, checks: Sequence[Check], figures: pl.DataFrame, samples: int
) -> dict[str, CheckResult]:
    if any(check.table == suite.PROFILE for check in checks):
        _create_table(con, suite.PROFILE, figures)
    return {result.code: result for result in evaluate(con, checks, samples=samples)} if checks else {}


def _create_table(con: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    con.register("_rows", rows)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _rows")
    con.unregister("_rows")


def _error(
    rule: Rule, days: Sequence[date], findings: RowFindings, profile: DayProfile, checked: Mapping[str, CheckResult]
) -> str | None:
    """Why the rule could not be evaluated on these days: by Polars, in the profile, or by Great Expectations."""
    if rule.code in findings.errors:
        return findings.errors[rule.code]
    error = None
    if rule.scope == "day":
        errors = profile.errors.items()
        error = next((text for (figure, day), text in errors if figure == rule.column and day in days), None)
    if rule.scope == "row":
        error = _disagreement(rule, days, findings, checked[rule.code + suite.PROOF])
    return error or checked[rule.code].error


def _disagreement(rule: Rule, days: Sequence[date], findings: RowFindings, proof: CheckResult) -> str | None:
    """Polars split the rows; Great Expectations must find none left that should have gone, or the same flags."""
    if proof.error is not None:
        return proof.error
    flagged = 0
    if rule.on_fail == "flag":
        counts = findings.rule_counts.filter(pl.col("rule") == rule.code, pl.col("day").is_in(days))
        flagged = counts["unexpected"].sum()
    if (proof.unexpected_count or 0) != flagged:
        found = f"Great Expectations found {proof.unexpected_count}, Polars {flagged}"
        return OwnWords(f"two evaluations disagree: {found}")
    return None


def _from_profile(
    rule: Rule, checked: CheckResult, contract: Contract, findings: RowFindings, profile: DayProfile
) -> list[RuleResult]:
    figures = profile.figures
    failed_days = {as_date(sample["day"]) for sample in checked.samples}
    if not checked.success and len(failed_days) < (checked.unexpected_count or 0):
        failed_days = _failed_days(rule, figures)
    if not checked.success and len(failed_days) != (checked.unexpected_count or 0):
        error = OwnWords("the failing days could not be listed")
        return [rule_result(rule, day, passed=False, error=error) for day in figures["day"]]
    of_rule = findings.rule_counts.filter(pl.col("rule") == rule.code)
    counts = {day: counted for day, *counted in of_rule.select("day", "evaluated", "unexpected").iter_rows()}
    figure = f"share__{rule.code}" if rule.scope == "row" else str(rule.column)
    values = dict(figures.select("day", figure).iter_rows()) if figure in figures.columns else {}
    any_broken = rule.scope == "row" and any(unexpected for _, unexpected in counts.values())
    samples = _samples(rule, contract, findings) if any_broken else {}
    results = []
    for day in figures["day"]:
        evaluated, unexpected = counts.get(day, (None, None))
        results.append(
            rule_result(
                rule,
                day,
                passed=day not in failed_days,
                evaluated=evaluated,
                unexpected=unexpected,
                observed=_observed(contract, figure, values.get(day), _words(contract, figure, profile, findings, day)),
                samples=samples.get(day, []) if unexpected else [],
            )
        )
    return results


def _failed_days(rule: Rule, figures: pl.DataFrame) -> set[date]:
    """The days of the profile that break the rule, by Polars. Great Expectations counts all and lists at most 200."""
    if rule.scope == "row":
        failed = pl.col(f"share__{rule.code}") > rule.tolerance
    elif rule.expectation in ROW_EXPECTATIONS:
        failed = breaks(rule)
    else:
        return set()
    return set(figures.filter(failed)["day"])


def _observed(contract: Contract, figure: str, value: float | None, words: str | None) -> str | None:
    """A figure of the day in words; of one that was compared with other days also where it is not known, and why. The
    contract's own figures are made of values, the others are counts and shares."""
    if value is None:
        return OwnWords(f"{figure} is not known: {words}") if words else None
    text = f"{figure} = {value:.6g}{f' {words}' if words else ''}"
    return text if figure in contract.profile else OwnWords(text)


def _words(contract: Contract, figure: str, profile: DayProfile, findings: RowFindings, day: date) -> str | None:
    """What is said beside a figure of the day: how it was compared; of a conflict which deliveries it is between."""
    for name in CLOCK_RULES:
        if figure == clock_figure(name):
            return f"({SENTENCES[name]})"
    if figure == SHARE_CONTRADICTED:
        some = findings.contradictions
        return None if some.is_empty() else _contradictions(contract, some.filter(pl.col("day") == day))
    # partners name files after people
    if figure != CONFLICTING_KEYS or contract.private or findings.conflicts.is_empty():
        return profile.words.get((figure, day))
    between = findings.conflicts.filter(pl.col("day") == day).group_by("delivery", "contradicts").agg(pl.sum("keys"))
    named = [
        f"{delivery} counts, {contradicts} has other values for {keys:,}"
        for delivery, contradicts, keys in between.sort("keys", "delivery", "contradicts").reverse().iter_rows()
    ]
    more = f"; and {len(named) - SAMPLES} more" if len(named) > SAMPLES else ""
    return f"({'; '.join(named[:SAMPLES])}{more})" if named else None


def _contradictions(contract: Contract, found: pl.DataFrame) -> str | None:
    """How many keys a delivery contradicts itself about, which, and what to do. Of a private table only the lines."""
    if found.is_empty():
        return None
    some = found.head(CONTRADICTIONS_SHOWN)
    if contract.private:
        shown = [
            f"line {one} and line {other}, which counts" for one, other in some.select("line", "counts_line").rows()
        ]
    else:
        shown = [
            f"{key}: line {line} has {values}, line {counts_line}, which counts, has {counts_values}"
            for _, line, counts_line, key, values, counts_values in some.iter_rows()
        ]
    more = f"; and {found.height - some.height:,} more" if found.height > some.height else ""
    keys = f"{found.height:,} key{'s' if found.height > 1 else ''}"
    return f"({keys}: {'; '.join(shown)}{more}). {_CONTRADICTED}"


def _samples(rule: Rule, contract: Contract, findings: RowFindings) -> Mapping[date, Sequence[Sample]]:
    """By day: rows that break a row rule, then values that were set to null, with the lines they came from."""
    columns = list(dict.fromkeys([*contract.key, *[c for c in (rule.column, rule.kwargs.get("column_B")) if c]]))
    broken = findings.flagged if rule.on_fail == "flag" else findings.quarantined
    rows = _few_of_each_day(broken.filter(pl.col("_rules").list.contains(rule.code)))
    values = _few_of_each_day(findings.nullified.filter(pl.col("rule") == rule.code))
    found = dict[date, list[Sample]]()
    for day, text, line in rows.select("day", row_json(contract, columns).alias("_row"), "_line").iter_rows():
        found.setdefault(day, []).append({"row": text, "line": line})
    for day, column, value, line in values.select("day", "column", "value", "_line").iter_rows():
        found.setdefault(day, []).append({"column": column, "value": value, "line": line})
    return {day: of_day[:SAMPLES] for day, of_day in found.items()}


def _few_of_each_day(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.int_range(pl.len()).over("day") < SAMPLES)
