"""What may not be there of one feed: days that were withdrawn, are older than its contract keeps them, or lie after it.

It follows from the contract, from ledger.removal and from today. Nothing is removed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import polars as pl

from quality.contract.interval import last_of_period
from quality.contract.model import Contract
from warehouse.home import Home
from warehouse.ledger import ledger

WITHDRAW, ALLOW, RETENTION, CONTRACT_OVER = "withdraw", "allow", "retention", "contract_over"
RETURNED = "returned"  # a delivery that came although some of its days are withdrawn
BEGUN, DELETED, DONE = "begun", "deleted", "done"
_KEPT = (RETENTION, CONTRACT_OVER)  # what was made of these rows stays
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AskedSpan:
    """That days of a feed are withdrawn, or may come again."""

    first: date | None  # None: all before
    last: date | None  # None: all after
    withdrawn: bool

    def covers(self, first: date, last: date) -> bool:
        """Whether one of the days from `first` to `last` is among its own."""
        return (self.first is None or last >= self.first) and (self.last is None or first <= self.last)


@dataclass(frozen=True)
class Standing:
    """How a feed stands today. `asked`: what was asked for, the newest first. `gone`: deliveries that were removed, by
    SHA-256, and when."""

    contract: Contract
    today: date
    asked: Sequence[AskedSpan] = ()
    gone: Mapping[str, datetime] | None = None

    @classmethod
    def of(cls, home: Home, city: str, contract: Contract, today: date) -> Standing:
        """As contract and ledger have it."""
        rows = removals(home, city, contract.name)
        if rows.is_empty():
            return cls(contract, today)
        asked = rows.filter(pl.col("action").is_in([WITHDRAW, ALLOW])).sort("recorded_at", descending=True)
        each = asked.unique("removal_id", keep="last", maintain_order=True)  # a removal counts from when it was begun
        spans = each.select("day_from", "day_to", pl.col("action") == WITHDRAW).iter_rows()
        deleted = rows.filter(pl.col("state") == DELETED).select("deliveries", "recorded_at").sort("recorded_at")
        gone = dict(deleted.explode("deliveries").drop_nulls().iter_rows())
        return cls(contract, today, [AskedSpan(*span) for span in spans], gone)

    @property
    def is_free(self) -> bool:
        """Whether nothing was ever withdrawn or deleted of the feed, and nothing has to be."""
        return not self.asked and not self.gone and self.kept_since is None

    @cached_property
    def kept_since(self) -> date | None:
        """The first day of which rows are kept by the contract; None: all are."""
        return None if self.contract.terms is None else self.contract.terms.kept_since(self.today)

    @property
    def is_over(self) -> bool:
        """Whether its contract has ended."""
        return self.contract.terms is not None and self.contract.terms.over(self.today)

    @property
    def stops(self) -> bool:
        """Whether nothing is to come any more: the contract has ended, or what comes from today on is withdrawn."""
        return self.is_over or self.is_withdrawn(self.today)

    def is_withdrawn(self, day: date) -> bool:
        """Whether the rows of a day (of a longer period: of its first day) are withdrawn: what was asked for last of
        them counts. A register has no days: it is withdrawn as a whole."""
        if self.contract.reference_since is not None:
            return bool(self.asked) and self.asked[0].withdrawn
        last = last_of_period(day, self.contract.every)
        return next((one.withdrawn for one in self.asked if one.covers(day, last)), False)

    def is_too_old(self, day: date) -> bool:
        """Whether the contract does not keep the rows of this day any more. Those of a register are as old as its
        delivery: `day` is the one on which it came."""
        if self.kept_since is None:
            return False
        every = "day" if self.contract.reference_since is not None else self.contract.every
        return last_of_period(day, every) < self.kept_since

    def bars(self, day: date) -> bool:
        """Whether there may be no rows of this day."""
        register = self.contract.reference_since is not None
        return self.is_withdrawn(day) or (self.is_too_old(day) and not register)

    def bars_any(self, first: date | None, last: date | None) -> bool:
        """Whether there may be no rows of one of these days; of a delivery of which no days are known whether anything
        is withdrawn."""
        if first is None or last is None:
            return any(one.withdrawn for one in self.asked)
        return any(self.bars(first + n * _ONE_DAY) for n in range((last - first).days + 1))


def removals(home: Home, city: str, feed: str) -> pl.DataFrame:
    """The rows of ledger.removal of a feed, in no order."""
    return ledger.rows_about(home, "removal", city, feed)


def kept_without_rows(home: Home, city: str) -> frozenset[str]:
    """The batches of a city that went because a contract wants it: what was made of them stays as it is."""
    rows = ledger.read(home, "removal").filter(pl.col("city") == city, pl.col("action").is_in(_KEPT))
    return frozenset(rows.select(pl.col("batches").explode()).collect()["batches"].drop_nulls())


def why_stopped(standing: Standing) -> str:
    """Why nothing is fetched of the feed, in a sentence."""
    terms = standing.contract.terms
    if standing.is_over and terms is not None:
        return f"the contract of {standing.contract.name} ended on {terms.until}: it is not fetched any more"
    return f"{standing.contract.name} is withdrawn: it is not fetched until `madang withdraw --undo` allows it"
