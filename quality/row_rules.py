"""The Polars side of the row rules: which rows of a frame break a rule, and the split that follows.

Great Expectations judges the kept rows again, independently; when the two disagree the gate closes with ERROR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.disclosure import raised

FLAGGED_SHOWN = 5  # kept rows to show for each flag rule and day
RULE_COUNTS = {"day": pl.Date, "rule": pl.String, "evaluated": pl.Int64, "unexpected": pl.Int64}
ORIGIN = {"_sha256": pl.String, "_line": pl.Int64}  # where a row came from: landed object and line in it
VALUES = {"day": pl.Date, "rule": pl.String, "column": pl.String, "value": pl.String, **ORIGIN}  # values set to null


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
class SplitRows:
    """Rows after the row rules. Each row that came in is either kept or quarantined."""

    kept: pl.DataFrame  # contract columns; nullified values are null
    quarantined: pl.DataFrame  # contract columns, origin, `_rules` (codes that hold the row back)
    nullified: pl.DataFrame  # VALUES: what was set to null in kept rows
    flagged: pl.DataFrame  # as quarantined: some kept rows of each day for each flag rule that they break
    rule_counts: pl.DataFrame  # RULE_COUNTS: how many rows each rule saw, and how many broke it
    rows_by_day: pl.DataFrame  # day, count: rows that came in
    errors: dict[str, str]  # rule -> why it could not be evaluated


def split(frame: pl.DataFrame, contract: Contract) -> SplitRows:
    """Apply the row rules of `contract` to typed rows (contract columns and origin).

    Quarantine and void rules see the values as they came; flag rules see what is left of them.
    A rule that cannot be evaluated (a column that is gone) is an error of its own; the others go on.
    Rows that break nothing, nearly all of them, are only looked at: no work is done on them for the others.
    """
    rules = [rule for rule in contract.rules if rule.scope == "row"]
    errors: dict[str, str] = {}
    masks, evaluated = _evaluate(contract, frame, [rule for rule in rules if rule.on_fail != "flag"], errors)
    broken = _broken(masks)
    rows_by_day = frame["day"].value_counts()
    rule_counts = [_rule_counts(rows_by_day, frame["day"], masks, evaluated, broken)]
    kept, quarantined = frame, frame.clear().with_columns(_rules=pl.lit([], pl.List(pl.String)))
    if codes := [rule.code for rule in evaluated if rule.on_fail == "quarantine" and rule.code in broken]:
        out = masks.select(pl.any_horizontal(codes)).to_series()
        quarantined = frame.filter(out).hstack(masks.filter(out).select(_codes(evaluated).alias("_rules")))
        kept, masks = frame.filter(~out), masks.filter(~out)
    void_rules = [rule for rule in evaluated if rule.on_fail == "void" and rule.code in broken]
    of_rules = [(rule, column) for rule in void_rules for column in _nulled(rule, contract)]
    nullified = [_broken_values(kept, masks[rule.code], rule, column) for rule, column in of_rules]
    for rule, column in of_rules:
        kept = kept.with_columns(pl.when(~masks[rule.code]).then(pl.col(column)).alias(column))
    flag_masks, flag_rules = _evaluate(contract, kept, [rule for rule in rules if rule.on_fail == "flag"], errors)
    flagged = [quarantined.clear()]
    if flag_rules:
        broken = _broken(flag_masks)
        rule_counts.append(_rule_counts(kept["day"].value_counts(), kept["day"], flag_masks, flag_rules, broken))
        flagged += [
            _some_flagged(kept, flag_masks, flag_rules, rule.code) for rule in flag_rules if rule.code in broken
        ]
    names = contract.schema.names()
    with_origin = [*names, *ORIGIN, "_rules"]
    return SplitRows(
        kept=kept.select(names),
        quarantined=quarantined.select(with_origin),
        nullified=pl.concat([no_values(), *nullified]),
        flagged=pl.concat(flagged).select(with_origin).unique(["day", *contract.key, *ORIGIN], maintain_order=True),
        rule_counts=pl.concat(rule_counts),
        rows_by_day=rows_by_day,
        errors=errors,
    )


def no_values() -> pl.DataFrame:
    """A frame of VALUES without a row."""
    return pl.DataFrame(schema=VALUES)


def _broken(masks: pl.DataFrame) -> set[str]:
    return {mask.name for mask in masks.iter_columns() if mask.any()}


def _some_flagged(kept: pl.DataFrame, masks: pl.DataFrame, rules: Sequence[Rule], code: str) -> pl.DataFrame:
    """Kept rows of each day that break a flag rule, a few to show."""
    flagged = kept.filter(masks[code]).hstack(masks.filter(masks[code]).select(_codes(rules).alias("_rules")))
    return flagged.group_by("day", maintain_order=True).head(FLAGGED_SHOWN).select(*kept.columns, "_rules")


def _codes(rules: Sequence[Rule]) -> pl.Expr:
    """The codes of the rules that a row breaks, as a list."""
    if not rules:
        return pl.lit([], pl.List(pl.String))
    return pl.concat_list([pl.when(pl.col(r.code)).then(pl.lit(r.code)) for r in rules]).list.drop_nulls()


def _evaluate(
    contract: Contract, frame: pl.DataFrame, rules: Sequence[Rule], errors: dict[str, str]
) -> tuple[pl.DataFrame, list[Rule]]:
    """Which rows break which rule, a column per rule, and the rules that could be evaluated. Others go to `errors`."""
    try:
        return frame.select(breaks(rule) for rule in rules), list(rules)
    except (pl.exceptions.PolarsError, TypeError, KeyError):
        pass  # one of them is broken: find out which, so that the others are still evaluated
    masks, evaluated = [], []
    for rule in rules:
        try:
            masks.append(frame.select(breaks(rule)).to_series())
            evaluated.append(rule)
        except (pl.exceptions.PolarsError, TypeError, KeyError) as error:
            errors[rule.code] = raised(error, contract)
    return pl.DataFrame(masks), evaluated


def _rule_counts(
    rows_by_day: pl.DataFrame, days: pl.Series, masks: pl.DataFrame, rules: Sequence[Rule], broken: set[str]
) -> pl.DataFrame:
    """RULE_COUNTS: one row for each rule and each day that occurs."""
    rows: list[tuple[date, str, int, int]] = []
    for rule in rules:
        unexpected = dict(days.filter(masks[rule.code]).value_counts().iter_rows()) if rule.code in broken else {}
        rows += [(day, rule.code, evaluated, unexpected.get(day, 0)) for day, evaluated in rows_by_day.iter_rows()]
    return pl.DataFrame(rows, schema=RULE_COUNTS, orient="row")


def _nulled(rule: Rule, contract: Contract) -> list[str]:
    """The columns that a void rule sets to null: of a pair both, as nothing says which of the two is wrong.

    20 smart of 10 meters in one district made 56 % of a city that has 50 %, when both stayed. A key or a required
    column keeps its value: it has to be there.
    """
    pair = [str(rule.column), *([rule.kwargs["column_B"]] if "column_B" in rule.kwargs else [])]
    kept = {column.name for column in contract.columns if column.key or column.required}
    return [name for name in pair if name not in kept] or pair[:1]


def _broken_values(kept: pl.DataFrame, mask: pl.Series, rule: Rule, column: str) -> pl.DataFrame:
    return kept.filter(mask).select(
        "day",
        pl.lit(rule.code).alias("rule"),
        pl.lit(column).alias("column"),
        pl.col(column).cast(pl.String).alias("value"),
        pl.col("_sha256"),
        pl.col("_line").cast(pl.Int64),
    )
