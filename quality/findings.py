"""What the row rules found in a batch of several days, and how a row of a public table is shown to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.row_rules import SplitRows


@dataclass(frozen=True)
class RowFindings:
    """What the row rules found in all blocks: `SplitRows` without the kept rows, and the rows of each day."""

    quarantined: pl.DataFrame
    nullified: pl.DataFrame
    unreadable: pl.DataFrame  # as nullified: values that were no values of their type when they came
    conflicts: pl.DataFrame  # CONFLICTS
    contradictions: pl.DataFrame  # CONTRADICTIONS
    flagged: pl.DataFrame
    rule_counts: pl.DataFrame
    errors: dict[str, str]
    rows_read: Mapping[date, int]  # rows that came to the gate
    rows_kept: Mapping[date, int]
    gave_way: Mapping[date, GaveWay]  # rows that did not come to the gate, as another row of their key counts
    share_undated: Mapping[date, float]  # share of the rows that no day can be read from, 0..1
    rows_outside: Mapping[date, int]  # rows of days that cannot be expected of the deliveries that count

    @classmethod
    def of(
        cls,
        parts: Sequence[SplitRows],
        *,
        unreadable: pl.DataFrame,
        conflicts: pl.DataFrame,
        contradictions: pl.DataFrame,
        rows_read: Mapping[date, int],
        rows_kept: Mapping[date, int],
        gave_way: Mapping[date, GaveWay],
        share_undated: Mapping[date, float],
        rows_outside: Mapping[date, int],
    ) -> RowFindings:
        """The sum of `parts`, at least one; their kept rows are not looked at."""
        rule_counts = pl.concat([p.rule_counts for p in parts]).group_by("day", "rule", maintain_order=True)
        return cls(
            quarantined=pl.concat([p.quarantined for p in parts]),
            nullified=pl.concat([p.nullified for p in parts]),
            unreadable=unreadable,
            conflicts=conflicts,
            contradictions=contradictions,
            flagged=pl.concat([p.flagged for p in parts]),
            rule_counts=rule_counts.agg(pl.col("evaluated", "unexpected").sum()),
            errors={code: text for p in parts for code, text in p.errors.items()},
            rows_read=rows_read,
            rows_kept=rows_kept,
            gave_way=gave_way,
            share_undated=share_undated,
            rows_outside=rows_outside,
        )

    def share_of_delivered(self, day: date, reason: Literal["repeated", "contradicted"]) -> float:
        """The share of a day's rows that gave way for this reason, 0..1. What was replaced is not counted, or each
        delivery of the whole history would make the share smaller."""
        gave_way = self.gave_way.get(day, GaveWay())
        delivered = self.rows_read.get(day, 0) + gave_way.total - gave_way.replaced
        return getattr(gave_way, reason) / max(1, delivered)


def row_json(contract: Contract, columns: Sequence[str] | None = None) -> pl.Expr:
    """A row as JSON text for people to read; null where the contract is private."""
    if contract.private:
        return pl.lit(None, pl.String)
    names = list(columns or contract.schema.names())
    dated = [name for name in names if contract.schema.get(name) in (pl.Date, pl.Datetime("us"))]
    return pl.struct(
        pl.col(name).cast(pl.String) if name in dated else pl.col(name) for name in names
    ).struct.json_encode()
