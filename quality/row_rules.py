"""The Polars side of the row rules: which rows of a frame break a rule, and the split that follows.

Great Expectations judges the kept rows again, independently (audit.py); when the two disagree the gate
closes with ERROR. What a rule is, is in contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from quality.contract.model import Contract, Rule

MASK = "•••"
FLAGGED = 5  # kept rows to show for each flag rule and day
COUNTS = {"day": pl.Date, "rule": pl.String, "evaluated": pl.Int64, "unexpected": pl.Int64}
ORIGIN_SCHEMA = {"_sha256": pl.String, "_line": pl.Int64}
ORIGIN = tuple(ORIGIN_SCHEMA)  # where a row came from: landed object and line in it


def _null(rule: Rule) -> pl.Expr:
    return pl.col(str(rule.column)).is_null()


def _between(rule: Rule) -> pl.Expr:
    column, low, high = pl.col(str(rule.column)), rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    strict_low, strict_high = rule.kwargs.get("strict_min", False), rule.kwargs.get("strict_max", False)
    bad = pl.lit(False)  # NaN is greater than every number, in Polars as in DuckDB: a maximum catches it
    if low is not None:
        bad = bad | (column <= low if strict_low else column < low)
    if high is not None:
        bad = bad | (column >= high if strict_high else column > high)
    return bad


def _in_set(rule: Rule) -> pl.Expr:
    return ~pl.col(str(rule.column)).is_in(list(rule.kwargs["value_set"]))


def _regex(rule: Rule) -> pl.Expr:
    return ~pl.col(str(rule.column)).str.contains(rule.kwargs["regex"])


def _pair(rule: Rule) -> pl.Expr:
    a, b = pl.col(rule.kwargs["column_A"]), pl.col(rule.kwargs["column_B"])
    return a < b if rule.kwargs.get("or_equal") else a <= b


_BREAKS: dict[str, Callable[[Rule], pl.Expr]] = {
    "expect_column_values_to_not_be_null": _null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_pair_values_a_to_be_greater_than_b": _pair,
}


def breaks(rule: Rule) -> pl.Expr:
    """True where a row breaks the rule. A null value breaks only the rule that wants a value."""
    return _BREAKS[rule.expectation](rule).fill_null(False).alias(rule.code)


@dataclass(frozen=True)
class Split:
    """Rows after the row rules. kept + held has as many rows as came in."""

    kept: pl.DataFrame  # contract columns, voided values null
    held: pl.DataFrame  # contract columns, origin, `_rules` (codes that hold the row back)
    cells: pl.DataFrame  # day, rule, column, value, origin: values set to null in kept rows
    flagged: pl.DataFrame  # like held: some kept rows of each day that break a flag rule, once for each rule
    counts: pl.DataFrame  # day, rule, evaluated, unexpected
    days: pl.DataFrame  # day, count: rows that came in
    errors: dict[str, str]  # rule -> why it could not be evaluated


def split(frame: pl.DataFrame, contract: Contract) -> Split:
    """Apply the row rules of `contract` to typed rows (contract columns and `_sha256`, `_line`).

    Quarantine and void rules see the values as they came; flag rules see what is left of them.
    A rule that can not be evaluated (a column that is gone) is an error of its own; the others go on.
    Rows that break nothing, nearly all of them, are only looked at: no work is done on them for the others.
    """
    rules = [r for r in contract.rules if r.scope == "row"]
    errors: dict[str, str] = {}
    masks, ok = _evaluate(frame, [r for r in rules if r.on_fail != "flag"], errors)
    broken = _broken(masks)
    days = frame["day"].value_counts()
    counts = [_counts(days, frame["day"], masks, ok, broken)]
    names = contract.schema.names()
    kept, held = frame, frame.clear().with_columns(_rules=pl.lit([], pl.List(pl.String)))
    if hold := [r.code for r in ok if r.on_fail == "quarantine" and r.code in broken]:
        out = masks.select(pl.any_horizontal(hold)).to_series()
        held = frame.filter(out).hstack(masks.filter(out).select(_codes(ok).alias("_rules")))
        kept, masks = frame.filter(~out), masks.filter(~out)
    voids = [r for r in ok if r.on_fail == "void" and r.code in broken]
    cells = [_cells(kept, masks[r.code], r) for r in voids]
    for rule in voids:
        kept = kept.with_columns(pl.when(~masks[rule.code]).then(pl.col(str(rule.column))).alias(str(rule.column)))
    flag_masks, flags = _evaluate(kept, [r for r in rules if r.on_fail == "flag"], errors)
    flagged = held.clear()
    if flags:
        broken = _broken(flag_masks)
        counts.append(_counts(kept["day"].value_counts(), kept["day"], flag_masks, flags, broken))
        some = [_some(kept, flag_masks, flags, r.code) for r in flags if r.code in broken]
        flagged = pl.concat([flagged, *some])
    origin = [*names, *ORIGIN, "_rules"]
    all_cells = pl.concat([empty_cells(), *cells])
    return Split(
        kept.select(names), held.select(origin), all_cells, flagged.select(origin), pl.concat(counts), days, errors
    )


def _broken(masks: pl.DataFrame) -> set[str]:
    return {mask.name for mask in masks.iter_columns() if mask.any()}


def _some(kept: pl.DataFrame, masks: pl.DataFrame, flags: Sequence[Rule], code: str) -> pl.DataFrame:
    """Kept rows of each day that break a flag rule, a few to show."""
    marked = kept.filter(masks[code]).hstack(masks.filter(masks[code]).select(_codes(flags).alias("_rules")))
    return marked.group_by("day", maintain_order=True).head(FLAGGED).select(*kept.columns, "_rules")


def _codes(rules: Sequence[Rule]) -> pl.Expr:
    """The codes of the rules that a row breaks, as a list."""
    if not rules:
        return pl.lit([], pl.List(pl.String))
    return pl.concat_list([pl.when(pl.col(r.code)).then(pl.lit(r.code)) for r in rules]).list.drop_nulls()


def _evaluate(frame: pl.DataFrame, rules: Sequence[Rule], errors: dict[str, str]) -> tuple[pl.DataFrame, list[Rule]]:
    try:
        return frame.select(breaks(r) for r in rules), list(rules)
    except (pl.exceptions.PolarsError, TypeError, KeyError):
        pass  # one of them is broken: find out which, so that the others are still evaluated
    masks, ok = [], []
    for rule in rules:
        try:
            masks.append(frame.select(breaks(rule)).to_series())
            ok.append(rule)
        except (pl.exceptions.PolarsError, TypeError, KeyError) as error:
            errors[rule.code] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return pl.DataFrame(masks), ok


def _counts(
    evaluated: pl.DataFrame, days: pl.Series, masks: pl.DataFrame, rules: Sequence[Rule], broken: set[str]
) -> pl.DataFrame:
    """day, rule, evaluated, unexpected: one row for each rule and each day that occurs."""
    rows: list[tuple[date, str, int, int]] = []
    for rule in rules:
        found = dict(days.filter(masks[rule.code]).value_counts().iter_rows()) if rule.code in broken else {}
        rows += [(day, rule.code, number, found.get(day, 0)) for day, number in evaluated.iter_rows()]
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


def empty_cells() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "day": pl.Date,
            "rule": pl.String,
            "column": pl.String,
            "value": pl.String,
            "_sha256": pl.String,
            "_line": pl.Int64,
        }
    )


def _cells(kept: pl.DataFrame, mask: pl.Series, rule: Rule) -> pl.DataFrame:
    column = str(rule.column)
    return kept.filter(mask).select(
        "day",
        pl.lit(rule.code).alias("rule"),
        pl.lit(column).alias("column"),
        pl.col(column).cast(pl.String).alias("value"),
        pl.col("_sha256"),
        pl.col("_line").cast(pl.Int64),
    )


@dataclass(frozen=True)
class Tally:
    """What the row rules found in all blocks: `Split` without the kept rows, and rows read and kept by day."""

    held: pl.DataFrame
    cells: pl.DataFrame
    unreadable: pl.DataFrame  # like cells: values that were no values of their type when they came
    flagged: pl.DataFrame
    counts: pl.DataFrame
    errors: dict[str, str]
    rows_read: Mapping[date, int]
    rows_kept: Mapping[date, int]

    @classmethod
    def of(
        cls,
        parts: Sequence[Split],
        unreadable: pl.DataFrame,
        rows_read: Mapping[date, int],
        rows_kept: Mapping[date, int],
    ) -> Tally:
        """The sum of `parts`, at least one; their kept rows are not looked at."""
        counts = pl.concat([p.counts for p in parts]).group_by("day", "rule", maintain_order=True)
        return cls(
            held=pl.concat([p.held for p in parts]),
            cells=pl.concat([p.cells for p in parts]),
            unreadable=unreadable,
            flagged=pl.concat([p.flagged for p in parts]),
            counts=counts.agg(pl.col("evaluated", "unexpected").sum()),
            errors={code: text for p in parts for code, text in p.errors.items()},
            rows_read=rows_read,
            rows_kept=rows_kept,
        )


def row_json(contract: Contract, columns: Sequence[str] | None = None) -> pl.Expr:
    """A row as JSON text for people to read, with the values of restricted columns masked."""
    names = columns or contract.schema.names()
    fields: list[Any] = []
    for name in names:
        if name in contract.restricted:
            fields.append(pl.when(pl.col(name).is_null()).then(None).otherwise(pl.lit(MASK)).alias(name))
        else:
            dtype = contract.schema.get(name)
            fields.append(pl.col(name).cast(pl.String) if dtype in (pl.Date, pl.Datetime("us")) else pl.col(name))
    return pl.struct(fields).struct.json_encode()
