"""What a trial finds: plain values, for the terminal, for scripts and for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from quality.contract.model import Contract
from quality.contract.rules import Severity
from quality.gave_way import GaveWay
from quality.verdict import Verdict


@dataclass(frozen=True)
class TriedDelivery:
    """One file as it was read. Counts are rows; `failure` says in a sentence why it cannot be read, and then no count
    is known."""

    name: str
    failure: str | None = None
    size_bytes: int = 0
    rows_read: int = 0
    rows_undated: int = 0  # without a day that can be read, or not readable as a row
    rows_outside: int = 0  # of days that cannot be expected of it
    rows_blank: int = 0
    cells_normalised: int = 0
    first_day: date | None = None
    last_day: date | None = None
    encodings: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()  # what was decided from bytes and cells, a sentence each
    units: tuple[str, ...] = ()  # what was converted, such as "pm25: mg/m3 -> ug/m3"
    not_read: tuple[str, ...] = ()  # delivered columns that neither the contract nor its layout names
    same_as: str | None = None  # name of another file with the same bytes, which alone counts


@dataclass(frozen=True)
class TriedDay:
    """The verdict on one day, with its rows: those read are kept, held back or gave way to another of their key."""

    day: date
    verdict: Verdict
    reason: str
    rows_read: int
    rows_kept: int
    rows_held: int
    gave_way: GaveWay


@dataclass(frozen=True)
class TriedRule:
    """One rule over all days. `unexpected` of `evaluated` rows break it, of a rule that counts rows."""

    code: str
    title: str
    severity: Severity
    scope: Literal["row", "day", "table"]
    on_fail: Literal["quarantine", "void", "flag"] | None  # of a rule that judges row by row
    tolerance: float
    status: Literal["pass", "fail", "error", "not_judged"]  # the worst of any day
    evaluated: int | None = None
    unexpected: int | None = None
    failed_days: tuple[date, ...] = ()
    observed: str | None = None  # what was found on the first of these days

    @property
    def share(self) -> float | None:
        """The share of rows that break it, over all days, 0..1."""
        if self.unexpected is None or not self.evaluated:
            return None
        return self.unexpected / self.evaluated


@dataclass(frozen=True)
class HeldBack:
    """One finding about one row: what a partner needs to mend the delivery."""

    rule: str
    what: Literal["row", "value", "replaced", "kept"]  # not kept; set to null; another row counts; only counted
    day: date | None
    delivery: str
    member: str | None  # of an archive or a workbook
    line: int | None
    column: str | None  # of the contract
    delivered_as: str | None  # its name in the delivery
    value: str | None  # as delivered
    sentence: str


@dataclass(frozen=True)
class Trial:
    """All of it. `rows` are the first rows, typed, in the columns of the contract; `held` a limited number for each
    rule, of which `held_counts` has all."""

    contract: Contract
    city: str
    shows_values: bool  # of rows: also of a private feed they were asked for
    language: str  # in which the sentences of `held` are
    deliveries: tuple[TriedDelivery, ...]
    rows: pl.DataFrame
    days: tuple[TriedDay, ...] = ()
    rules: tuple[TriedRule, ...] = ()
    held: tuple[HeldBack, ...] = ()
    held_counts: Mapping[str, int] = field(default_factory=dict)
    no_value: tuple[str, ...] = ()  # columns of the contract that no row has a value in
    days_not_judged: int = 0  # days before those that are judged, of a file of very many

    @property
    def readable(self) -> bool:
        """Whether something could be read, and all of it."""
        return bool(self.deliveries) and all(delivery.failure is None for delivery in self.deliveries)

    @property
    def admitted(self) -> bool:
        """Whether every day would be admitted."""
        return bool(self.days) and all(day.verdict.open for day in self.days)

    @property
    def open_days(self) -> list[TriedDay]:
        """Days that would be admitted."""
        return [day for day in self.days if day.verdict.open]

    @property
    def closed_days(self) -> list[TriedDay]:
        """Days that would be held back."""
        return [day for day in self.days if not day.verdict.open]

    @property
    def newest_complete(self) -> date | None:
        """The newest day that would be admitted and has not clearly fewer rows than such days have: a file often ends
        in the middle of a day. None if no day would be admitted."""
        opened = self.open_days
        if not opened:
            return None
        usual = sorted(day.rows_kept for day in opened)[len(opened) // 2]
        return max((day.day for day in opened if day.rows_kept >= _COMPLETE * usual), default=opened[-1].day)


_COMPLETE = 0.8  # of the rows that a day usually has
