"""The Polars side of the row rules: which rows of a frame break a rule, and the split that follows.

Great Expectations judges the kept rows again, independently (audit.py); when the two disagree the gate
closes with ERROR. What a rule is, is in contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from quality.contract import Contract, Rule

MASK = "•••"
FLAGGED = 5  # kept rows to show for each flag rule and day
ORIGIN = ("_sha256", "_line")  # where a row came from: landed object and line in it


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
    errors: dict[str, str]  # rule -> why it could not be evaluated


def split(frame: pl.DataFrame, contract: Contract) -> Split:
    """Apply the row rules of `contract` to typed rows (contract columns and `_sha256`, `_line`).

    Quarantine and void rules see the values as they came; flag rules see what is left of them.
    A rule that can not be evaluated (a column that is gone) is an error of its own; the others go on.
    """
    rules = [r for r in contract.rules if r.scope == "row"]
    errors: dict[str, str] = {}
    first = [r for r in rules if r.on_fail != "flag"]
    masks, ok = _evaluate(frame, first, errors)
    hold = [r.code for r in ok if r.on_fail == "quarantine"]
    marked = frame.hstack(masks) if ok else frame
    marked = marked.with_columns(_held=pl.any_horizontal(hold) if hold else pl.lit(False), _rules=_codes(ok))
    names = contract.schema.names()
    held = marked.filter("_held").select(*names, *ORIGIN, "_rules")
    kept = marked.filter(~pl.col("_held"))
    voids = [r for r in ok if r.on_fail == "void"]
    cells = [_cells(kept, r) for r in voids]
    for rule in voids:
        column = str(rule.column)
        kept = kept.with_columns(pl.when(pl.col(rule.code)).then(None).otherwise(pl.col(column)).alias(column))
    counts = [_counts(marked, ok)]
    kept = kept.select(*names, *ORIGIN)
    flag_masks, flags = _evaluate(kept, [r for r in rules if r.on_fail == "flag"], errors)
    flagged = held.clear()
    if flags:
        counts.append(_counts(kept.select("day").hstack(flag_masks), flags))
        shown = kept.hstack(flag_masks).with_columns(_rules=_codes(flags))
        some = [shown.filter(r.code).group_by("day").head(FLAGGED).select(held.columns) for r in flags]
        flagged = pl.concat(some)
    all_cells = pl.concat(cells) if cells else empty_cells()
    return Split(kept.select(names), held, all_cells, flagged, pl.concat(counts), errors)


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


def _counts(marked: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    schema = {"day": pl.Date, "rule": pl.String, "evaluated": pl.Int64, "unexpected": pl.Int64}
    if not rules:
        return pl.DataFrame(schema=schema)
    wide = marked.group_by("day").agg(
        pl.len().cast(pl.Int64).alias("evaluated"), *[pl.col(r.code).sum().cast(pl.Int64) for r in rules]
    )
    return wide.unpivot(
        [r.code for r in rules], index=["day", "evaluated"], variable_name="rule", value_name="unexpected"
    ).select(pl.col(k).cast(v) for k, v in schema.items())


def empty_cells() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "day": pl.Date, "rule": pl.String, "column": pl.String, "value": pl.String,
            "_sha256": pl.String, "_line": pl.Int64,
        }
    )  # fmt: skip


def _cells(kept: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    column = str(rule.column)
    return kept.filter(rule.code).select(
        "day",
        pl.lit(rule.code).alias("rule"),
        pl.lit(column).alias("column"),
        pl.col(column).cast(pl.String).alias("value"),
        pl.col("_sha256"),
        pl.col("_line").cast(pl.Int64),
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
