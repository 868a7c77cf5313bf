"""A day against the days before it: its rows, and the share of nulls in its columns, with what is usual.

Days are taken in their order, as if each had been a night: a day whose gate closes is no measure for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from quality.contract.generated_rules import MOVED_KM, NULLS_ABOVE_USUAL, POSITION, ROWS_RATIO
from quality.contract.model import Contract
from quality.usual_days import Calendar, Compared, compared_days, median
from warehouse.null_counts import NullCounts

FEW_VALUES = 3  # so many nulls more than usual are chance, whatever share of a small table they are
_KM_OF_DEGREE = 111.195
LIKE = (0.9, 1.1)  # days that were held back with counts so near to this one's may be a new state of things


@dataclass(frozen=True)
class History:
    """What is known of the days of a table from earlier runs.

    `rows`: of each day that was committed, quarantined ones included. `held`: of each day that was held back and never
    committed. `nulls`: the null counts of a day that was committed. `calendar` is None where days have no kind.
    `positions`: place, lat, lon of a register as it is live; without rows where there is none.
    """

    rows: Mapping[date, int] = field(default_factory=dict)
    held: Mapping[date, int] = field(default_factory=dict)
    nulls: Callable[[date], NullCounts] = lambda _day: NullCounts(0, {})
    calendar: Calendar | None = None
    positions: Callable[[date], pl.DataFrame] = lambda _day: pl.DataFrame(schema=dict.fromkeys(POSITION, pl.Null))


@dataclass(frozen=True)
class Against:
    """A figure of a day against what is usual, None where that is not known, and what it was compared with."""

    figure: float | None
    words: str


@dataclass
class Comparison:
    """Compares the days of one run, oldest first, with those before them, also with those of the same run."""

    contract: Contract
    history: History
    closed: Collection[date]  # days of this run that other rules hold back
    today: Callable[[date], NullCounts]  # the null counts of the days of this run
    _rows: dict[date, int] = field(init=False)  # of all days judged so far
    _good: dict[date, bool] = field(init=False)
    _of_run: set[date] = field(default_factory=set)
    _columns: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = columns_with_nulls(self.contract)
        since = self.contract.usual_since or date.min
        held = {day: rows for day, rows in self.history.held.items() if day >= since}
        rows = {day: rows for day, rows in self.history.rows.items() if day >= since}
        self._rows = held | rows
        self._good = dict.fromkeys(held, False) | dict.fromkeys(rows, True)

    def add(self, day: date, rows: int) -> dict[str, Against]:
        """The figures of the next day: ROWS_RATIO, and NULLS_ABOVE_USUAL if there are columns to look at."""
        compared = compared_days(day, self._good, self.history.calendar)
        figures = {ROWS_RATIO: self._ratio(day, rows, compared)}
        if self._columns:
            figures[NULLS_ABOVE_USUAL] = self._above(day, self._columns, compared)
        good = day not in self.closed and all(self._within(name, a.figure, "critical") for name, a in figures.items())
        self._rows[day], self._good[day] = rows, good
        self._of_run.add(day)
        return figures

    def _ratio(self, day: date, rows: int, compared: Compared) -> Against:
        if self.contract.reference_since is not None:  # a register is compared with the one that it replaces
            before = self.history.rows.get(day)
            return Against(rows / before, f"of {before} (the one before)") if before else Against(None, "the first one")
        usual = median(self._rows[one] for one in compared.days)
        if not usual:
            return Against(None, compared.words)
        like = self._held_alike(day, rows) if not self._within(ROWS_RATIO, rows / usual, None) else 0
        new = f"; {like} days held back before it had as many: see docs/runbook.md, 'A new normal'" if like else ""
        return Against(rows / usual, f"of {usual:g} ({compared.words}{new})")

    def _held_alike(self, day: date, rows: int) -> int:
        """How many days in a row before this one were held back with about as many rows."""
        alike = 0
        for one in sorted((one for one in self._good if one < day), reverse=True):
            if self._good[one] or not LIKE[0] <= self._rows[one] / max(1, rows) <= LIKE[1]:
                break
            alike += 1
        return alike

    def _above(self, day: date, columns: Sequence[str], compared: Compared) -> Against:
        if not compared.days:
            return Against(None, compared.words)
        return _nulls_above(self.today(day), [self._nulls(one) for one in compared.days], columns, compared)

    def _nulls(self, day: date) -> NullCounts:
        return (self.today if day in self._of_run else self.history.nulls)(day)

    def _within(self, figure: str, value: float | None, severity: str | None) -> bool:
        """Whether the rules of the contract on this figure hold: those of one severity, or all."""
        limits = [
            rule.kwargs
            for rule in self.contract.rules
            if rule.column == figure and rule.scope == "day" and severity in (None, rule.severity)
        ]
        low, high = float("-inf"), float("inf")
        return value is None or all(
            (low if (least := one.get("min_value")) is None else least)
            <= value
            <= (high if (most := one.get("max_value")) is None else most)
            for one in limits
        )


def columns_with_nulls(contract: Contract) -> list[str]:
    """The number columns of which values may be missing, if a rule is about that."""
    judged = any(rule.column == NULLS_ABOVE_USUAL for rule in contract.rules)
    return [c.name for c in contract.columns if judged and c.may_be_null_number]


def _nulls_above(
    today: NullCounts, before: Sequence[NullCounts], columns: Sequence[str], compared: Compared
) -> Against:
    """By how much the share of nulls is above the usual one in the worst column, and which columns those are."""
    rows = max(1, today.rows)
    found: list[tuple[float, str]] = []
    for column in columns:
        usual = median(one.of(column) / max(1, one.rows) for one in before) or 0.0
        share = today.of(column) / rows
        above = share - usual
        if above * rows > FEW_VALUES:
            found.append((above, f"{column} {share:.1%}, usually {usual:.1%}"))
    if not found:
        return Against(0.0, f"({compared.words})")
    found.sort(reverse=True)
    return Against(found[0][0], f"({'; '.join(text for _, text in found[:3])}; {compared.words})")


def places_moved(before: pl.DataFrame, now: pl.DataFrame) -> Against:
    """How many places stand elsewhere than before, of those that both have. place, lat and lon of each."""
    if before.is_empty():
        return Against(None, "the first one")
    both = now.select(POSITION).join(before.select(POSITION), on="place", suffix="_before").drop_nulls()
    north, east = (pl.col(name) - pl.col(f"{name}_before") for name in ("lat", "lon"))
    apart = (north**2 + (east * pl.col("lat").radians().cos()) ** 2).sqrt() * _KM_OF_DEGREE
    return Against(float(both.filter(apart > MOVED_KM).height), f"of {both.height} (the register before)")
