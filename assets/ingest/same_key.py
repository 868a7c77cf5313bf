"""Rows of one key: repeated, parts or contradictions within one delivery, conflicts among the deliveries of a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from assets.ingest.parse import LINE_HASH
from quality.contract.columns import DAY
from quality.contract.generated_rules import READABLE_VALUES
from quality.contract.model import Contract
from quality.gave_way import CONFLICTS, CONTRADICTIONS, CONTRADICTIONS_SHOWN
from quality.row_rules import no_values

UNREAD = "_unread"  # texts of a row that could not be read: rows that differ in them are not the same line


class Delivered(Protocol):
    """What is asked of a delivery here: its name, and the nights in which it came first and last."""

    @property
    def name(self) -> str: ...
    @property
    def nights(self) -> tuple[datetime, datetime] | None: ...


@dataclass(frozen=True)
class OneOfEachKey:
    """The rows of one delivery (`_rank`) and key as one row, and those that gave way to it."""

    chosen: pl.DataFrame
    repeated: pl.DataFrame
    merged: pl.DataFrame  # parts: their figures are in the chosen row
    contradicted: pl.DataFrame
    too_large: pl.DataFrame  # row_rules.VALUES: sums that do not fit their column, of which nothing is known

    def gave_way(self) -> dict[str, pl.DataFrame]:
        """The rows that gave way, by reason as GaveWay names it."""
        return {"repeated": self.repeated, "merged": self.merged, "contradicted": self.contradicted}


def reduce_delivery(contract: Contract, rows: pl.DataFrame) -> OneOfEachKey:
    """Of each delivery and key the last row; where the contract says `combine: sum`, with the sum of its parts.

    `rows`: contract columns, `_rank`, UNREAD and, where columns are added up, LINE_HASH; each has a whole key, the last
    comes last. A line that is there again is no part, unless the contract says `repeats: parts`. A sum of which one
    part has no value, or that is greater than its column can hold, is not known.
    """
    of_key = [*contract.key, "_rank"]
    sums = [c.name for c in contract.columns if c.spec.combine == "sum"]
    others = [n for n in contract.schema.names() if n not in {*sums, *contract.key}]
    if any(c.spec.repeats == "parts" for c in contract.columns):
        again = pl.lit(value=False)
    else:
        line = [LINE_HASH] if LINE_HASH in rows.columns else [*sums, *others, UNREAD]
        again = ~pl.struct(*of_key, *line).is_last_distinct()
    rows = rows.with_columns(again.alias("_again"))
    parts = rows.remove("_again")
    last = pl.int_range(pl.len()).over(of_key) == pl.len().over(of_key) - 1
    same = [pl.col(n).eq_missing(pl.col(n).last().over(of_key)) for n in others]
    parts = parts.with_columns(
        last.alias("_last"),
        pl.all_horizontal(pl.lit(bool(sums)), *same).alias("_part"),
        *[_sum(contract, n).over(of_key).alias(n) for n in sums],
    )
    columns = [name for name in rows.columns if name != "_again"]
    too_large = _too_large(contract, parts.filter("_last"), sums)
    parts = parts.with_columns(_fitting(contract, name) for name in sums)
    gave_way = parts.remove("_last")
    return OneOfEachKey(
        chosen=parts.filter("_last").select(columns),
        repeated=rows.filter("_again").select(columns),
        merged=gave_way.filter("_part").select(columns),
        contradicted=gave_way.remove("_part").select(columns),
        too_large=too_large,
    )


def _sum(contract: Contract, name: str) -> pl.Expr:
    """The sum of a column, wider than the column where it is of whole numbers: these would begin again at -2^63."""
    whole = contract.schema[name] == pl.Int64
    values = pl.col(name).cast(pl.Int128) if whole else pl.col(name)
    return pl.when(values.is_not_null().all()).then(values.sum())


def _fitting(contract: Contract, name: str) -> pl.Expr:
    """A sum as its column holds it; null where it does not fit."""
    if contract.schema[name] == pl.Int64:
        return pl.col(name).cast(pl.Int64, strict=False)
    return pl.when(pl.col(name).is_finite()).then(pl.col(name))


def _too_large(contract: Contract, rows: pl.DataFrame, sums: Sequence[str]) -> pl.DataFrame:
    """row_rules.VALUES: the sums among `rows` that do not fit the type of their column."""
    found = [no_values()]
    for name in sums:
        lost = rows.filter(pl.col(name).is_not_null() & _fitting(contract, name).is_null()).select(
            DAY,
            pl.lit(f"{contract.prefix}-{READABLE_VALUES}").alias("rule"),
            pl.lit(name).alias("column"),
            pl.col(name).cast(pl.String).alias("value"),
            "_sha256",
            "_line",
        )
        found.append(lost)
    return pl.concat(found)


def contradictions(contract: Contract, contradicted: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """CONTRADICTIONS: the first of the rows of each key that are contradicted, and the row `chosen` in their place."""
    keys = list(contract.key)
    first = contradicted.sort("_line").unique(keys, keep="first", maintain_order=True)
    pairs = first.join(chosen, on=keys, how="inner", suffix="_counts", maintain_order="left")
    rows = []
    for (day,), of_day in pairs.partition_by(DAY, as_dict=True, maintain_order=True).items():
        lines = of_day.select("_line", "_line_counts").rows()
        texts = [_told(contract, row) for row in of_day.head(CONTRADICTIONS_SHOWN).iter_rows(named=True)]
        texts += [(None, None, None)] * (len(lines) - len(texts))
        rows += [(day, *both, *told) for both, told in zip(lines, texts, strict=True)]
    return pl.DataFrame(rows, schema=CONTRADICTIONS, orient="row")


def _told(contract: Contract, row: Mapping[str, Any]) -> tuple[str, str, str]:
    """The key of a pair of rows, and the values in which they differ."""
    names = [name for name in contract.schema.names() if name not in contract.key]
    different = [name for name in names if row.get(name) != row.get(f"{name}_counts")]
    key = ", ".join(f"{name} {row[name]}" for name in contract.key)
    one, other = (", ".join(f"{name} {row[f'{name}{end}']}" for name in different) for end in ("", "_counts"))
    return key, one or "a value that cannot be read", other or "another one"


def conflicts_of_a_night(contract: Contract, rows: pl.DataFrame, deliveries: Sequence[Delivered]) -> pl.DataFrame:
    """CONFLICTS: where deliveries that came in the same night have other values for one key.

    `rows`: one of each delivery (`_rank`) and key, the last comes last. Their order is only that of their times, and
    nobody said which is right. Two that both came before are not looked at: their order is known from those nights.
    """
    nights = _same_nights(deliveries)
    if not nights:
        return pl.DataFrame(schema=CONFLICTS)
    keys = list(contract.key)
    values = [n for n in contract.schema.names() if n not in keys]
    night = pl.col("_rank").replace_strict(nights, default=None, return_dtype=pl.Int32)
    first = [rank for rank, one in enumerate(deliveries) if one.nights is not None and one.nights[0] == one.nights[1]]
    known = rows.with_columns(night.alias("_night"), pl.col("_rank").is_in(first).alias("_new"))
    wins = pl.col("_rank") == pl.col("_rank").last().over(keys)
    differs = [pl.col(n).ne_missing(pl.col(n).last().over(keys)) for n in values]
    same_night = pl.col("_night") == pl.col("_night").last().over(keys)
    new = pl.col("_new") | pl.col("_new").last().over(keys)
    found = known.with_columns(pl.col("_rank").last().over(keys).alias("_wins")).filter(
        same_night & new & ~wins & pl.any_horizontal(pl.lit(value=False), *differs)
    )
    names = {rank: delivery.name for rank, delivery in enumerate(deliveries)}
    return (
        found.unique(keys, keep="last", maintain_order=True)
        .group_by(DAY, "_wins", "_rank", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("keys"))
        .select(
            DAY,
            pl.col("_wins").replace_strict(names, return_dtype=pl.String).alias("delivery"),
            pl.col("_rank").replace_strict(names, return_dtype=pl.String).alias("contradicts"),
            "keys",
        )
    )


def _same_nights(deliveries: Sequence[Delivered]) -> Mapping[int, int]:
    """Position of a delivery -> a number of the night in which it came last, for those that share it with another."""
    together: dict[datetime, list[int]] = {}
    for rank, delivery in enumerate(deliveries):
        if delivery.nights is not None:
            together.setdefault(delivery.nights[1], []).append(rank)
    shared = [ranks for ranks in together.values() if len(ranks) > 1]
    return {rank: number for number, ranks in enumerate(shared) for rank in ranks}
