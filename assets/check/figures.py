"""What cannot be computed of a feed's rows: rules and figures are tried on a table of its columns without rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from assets.check.where import Loc, below, column_loc, key_loc, mistake_at, rule_loc
from assets.pack.city import PackFiles
from quality.contract.generated_rules import CLOCK_RULES, NULLS_ABOVE_USUAL, PLACES_MOVED, ROWS_RATIO, clock_figure
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.nearest import what_to_write
from quality.contract.regex import wrong_regex
from quality.contract.rules import ROW_EXPECTATIONS, Rule
from quality.row_rules import breaks
from quality.tried_expectations import expectation_errors

_FIGURES = ("rows_read", "rows_kept", "share_unreadable_rows", "share_unreadable_cells", "share_repeated")
_FIGURES += ("share_contradicted", "conflicting_keys", "rows_outside", ROWS_RATIO, NULLS_ABOVE_USUAL, PLACES_MOVED)
_FIGURES += tuple(clock_figure(name) for name in CLOCK_RULES)
_COLUMNS = ("column", "column_A", "column_B")


def figure_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Rules about columns that are not there, expressions and regular expressions that cannot be computed."""
    for path, contract in pack.contracts.items():
        yield from _figures(path, contract)
        for rule in contract.rules:
            if not rule.generated:
                yield from _rule(path, contract, rule)
        yield from _expectations(path, contract)
        for column in contract.columns:
            with_ = column.spec.zero_is_missing_with
            if with_ is not None and with_ not in contract.schema:
                loc = below(path, column_loc(path, column.name), "zero_is_missing_with")
                yield mistake_at(path, loc, f"there is no column {with_!r}", what_to_write(with_, contract.schema))


def _figures(path: Path, contract: Contract) -> Iterator[Mistake]:
    rows = contract.schema.to_frame().lazy()
    for name, expression in contract.profile.items():
        said = _computed(rows, expression, list(contract.schema))
        if said is not None:
            loc = key_loc(path, "profile", name) or below(
                path, rule_loc(path, contract, name.replace("_", "-")), "figure"
            )
            if not loc:
                loc = below(path, rule_loc(path, contract, name), "figure")
            yield mistake_at(path, loc, *said)


def _computed(rows: pl.LazyFrame, expression: str, columns: Sequence[str]) -> tuple[str, str] | None:
    try:
        figure = rows.group_by("day").agg(pl.sql_expr(expression).alias("figure")).collect()
        kind = figure.schema["figure"]
        if isinstance(kind, pl.List):
            return f"{expression!r} is no figure of a day: it gives one for each row", "write AVG, SUM, COUNT, ..."
        figure.select(pl.col("figure").cast(pl.Float64))
    except pl.exceptions.ColumnNotFoundError as error:
        return _unknown_column(str(error), columns)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = str(error).splitlines()[0]
        return f"cannot be computed: {said}", "write an aggregate in SQL, as in COUNT(DISTINCT place)"
    return None


def _unknown_column(said: str, columns: Sequence[str]) -> tuple[str, str]:
    name = (re.findall(r'"([^"]*)"', said) or ["?"])[0]
    return f"there is no column {name!r}", what_to_write(name, columns)


def _rule(path: Path, contract: Contract, rule: Rule) -> Iterator[Mistake]:
    loc = rule_loc(path, contract, rule.code)
    if rule.scope == "day":
        known = {*_FIGURES, *contract.profile}
        if rule.column not in known and not str(rule.column).startswith("share__"):
            hint = what_to_write(str(rule.column), known)
            yield mistake_at(path, below(path, loc, "column"), f"there is no figure {rule.column!r} of a day", hint)
        return
    named = [(key, rule.kwargs[key]) for key in _COLUMNS if key in rule.kwargs]
    named += [("column_list", name) for name in rule.kwargs.get("column_list", ())]
    unknown = [(key, name) for key, name in named if name not in contract.schema]
    for key, name in unknown:
        hint = what_to_write(str(name), contract.schema)
        yield mistake_at(path, below(path, loc, key, "not_below", "column"), f"there is no column {name!r}", hint)
    if unknown:
        return
    if "regex" in rule.kwargs:
        said = _of_both_engines(str(rule.kwargs["regex"]))
        if said is not None:
            what = f"{rule.kwargs['regex']!r} is no regular expression: {said}"
            yield mistake_at(path, below(path, loc, "regex", "form"), what, "mend it")
            return
    if rule.scope == "row" and rule.expectation in ROW_EXPECTATIONS:
        yield from _row_rule(path, loc, contract, rule)


def _expectations(path: Path, contract: Contract) -> Iterator[Mistake]:
    for code, said in expectation_errors(contract).items():
        loc = below(path, rule_loc(path, contract, code), "expectation", "implementation")
        yield mistake_at(path, loc, f"cannot be evaluated: {said}", "docs/contracts.md, Rules, says what a rule can be")


def _row_rule(path: Path, loc: Loc, contract: Contract, rule: Rule) -> Iterator[Mistake]:
    try:
        contract.schema.to_frame().select(breaks(rule))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError, KeyError) as error:
        said = str(error).splitlines()[0]
        kind = contract.column(str(rule.column)).type
        yield mistake_at(
            path, loc, f"cannot judge {rule.column}, which is of type {kind}: {said}", "compare like with like"
        )


def _of_both_engines(regex: str) -> str | None:
    """Why one of the two engines does not take a regular expression: rows are judged by both."""
    said = wrong_regex(regex)
    if said is not None:
        return said
    try:
        duckdb.execute("SELECT regexp_matches('', $1)", [regex])
    except duckdb.Error as error:
        return str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
    return None
