"""Fine rows: those that break no row rule, in a file as the lake will hold them before they come to the gate.

Nothing has to be done with such a row any more, so it is written once, where it was read, and its file is taken over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.row_rules import ORIGIN, RULE_COUNTS, SplitRows, breaks, no_values
from quality.text import different_texts

# of one text alone, and a cell without one breaks none of them
_OF_TEXTS = ("expect_column_values_to_match_regex", "expect_column_values_to_be_in_set")


@dataclass(frozen=True)
class FineFile:
    """Fine rows of one delivery and day: a file with the columns of the contract but the day. No key is in it
    twice, and none is in any other row that comes to the gate with it."""

    path: Path
    day: date
    rows: int
    sha256: str


def break_nothing(contract: Contract, rows: pl.DataFrame) -> pl.Series | None:
    """Which rows (contract columns) break no row rule; None where a rule cannot be evaluated."""
    different = dict[str, pl.DataFrame]()
    try:
        broken = [_breaks(rule, rows, different) for rule in contract.rules if rule.scope == "row"]
        return rows.select((~pl.any_horizontal(pl.lit(value=False), *broken)).alias("fine")).to_series()
    except (pl.exceptions.PolarsError, TypeError, KeyError):
        return None


def _breaks(rule: Rule, rows: pl.DataFrame, different: dict[str, pl.DataFrame]) -> pl.Expr:
    """`breaks`, where it is a rule for a text asked once of each of the different ones: a register has fewer names than
    a day has rows. `different`: by column, those that were looked for before."""
    name = rule.column
    if rule.expectation not in _OF_TEXTS or name is None or rows.schema.get(name) != pl.String:
        return breaks(rule)
    if name not in different:
        different[name] = different_texts(rows[name]).to_frame()
    texts = different[name].filter(breaks(rule)).to_series()
    return pl.col(name).is_in(texts.implode()).fill_null(value=False).alias(rule.code)


def as_split(contract: Contract, files: Sequence[FineFile]) -> SplitRows:
    """What the row rules find in these rows: each rule saw all of them, and none breaks one. None is in memory."""
    rules = [rule for rule in contract.rules if rule.scope == "row"]
    ordered = sorted(rules, key=lambda rule: rule.on_fail == "flag")
    none = pl.DataFrame(schema={**contract.schema, **ORIGIN, "_rules": pl.List(pl.String)})
    rows = Counter[date]()
    for file in files:
        rows[file.day] += file.rows
    counts = [(day, rule.code, of_day, 0) for day, of_day in rows.items() for rule in ordered]
    return SplitRows(
        kept=none.select(contract.schema.names()),
        quarantined=none,
        nullified=no_values(),
        flagged=none,
        rule_counts=pl.DataFrame(counts, schema=RULE_COUNTS, orient="row"),
        rows_by_day=pl.DataFrame({"day": list(rows), "count": list(rows.values())}),
        errors={},
    )
