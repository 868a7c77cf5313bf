"""What the gate decided about one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from quality.gave_way import GaveWay
from quality.verdict import RuleResult, Verdict


@dataclass(frozen=True)
class Outcome:
    """What became of the batch of one day. Rows are counts: those read are kept, quarantined or gave way."""

    table: str
    day: date
    batch_id: str
    verdict: Verdict
    reason: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    gave_way: GaveWay
    results: Sequence[RuleResult] = ()
    new: bool = True  # False: the ledger had it from an earlier run, nothing was done
