"""The values of a metric in turn: one for each period between the first and the last, with gaps where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from assets.site.language.periods import number_of, start_of

T = TypeVar("T")
Row = Mapping[str, Any]
# How many periods stand on a page, the newest; the downloads have all. Days: as many as the newest twelve months have.
SHOWN = {"week": 106, "month": 120, "quarter": 60, "year": 60, "trailing_year": 120}
_MONTHS_OF_DAYS = 12
_WINDOW, _NEEDED = 7, 6  # days of a running mean, and how many of them have to have a value


@dataclass(frozen=True)
class MetricSeries:
    """Periods in turn. rows: the row of each, None where the file has none."""

    period: str
    starts: Sequence[date]
    rows: Sequence[Row | None]
    left_out: int = 0  # earlier periods that are in the downloads alone
    values: list[float | None] = field(init=False)
    _made: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", [None if row is None else row["value"] for row in self.rows])

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What the pages of all languages make of the series alike: made at the first call, and kept under `key`."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def there(self) -> list[float]:
        """The values that there are."""
        return [value for value in self.values if value is not None]

    @cached_property
    def targets(self) -> list[float | None]:
        """What was aimed at in each period. A period without a row is as the one before it."""
        found = list[float | None]()
        for row in self.rows:
            found.append(row["target"] if row is not None else found[-1] if found else None)
        return found

    @cached_property
    def by_month(self) -> Mapping[date, list[Row | None]]:
        """The rows of each month of a series of days, in their order."""
        found = dict[date, list[Row | None]]()
        for start, row in zip(self.starts, self.rows, strict=True):
            found.setdefault(start.replace(day=1), []).append(row)
        return found

    @cached_property
    def gaps(self) -> list[tuple[int, int]]:
        """The runs of periods without a value: the first and the last of each."""
        found = list[tuple[int, int]]()
        for index, value in enumerate(self.values):
            if value is not None:
                continue
            if found and found[-1][1] == index - 1 and _same_reason(self.rows[index], self.rows[index - 1]):
                found[-1] = (found[-1][0], index)
            else:
                found.append((index, index))
        return found

    @cached_property
    def running_means(self) -> list[float | None]:
        """The mean of the seven days to each day, where six of them have a value; nothing of fewer than two weeks."""
        if self.period != "day" or len(self.there) < 2 * _WINDOW:
            return []
        found = list[float | None]()
        for index in range(len(self.values)):
            near = [value for value in self.values[max(0, index - _WINDOW + 1) : index + 1] if value is not None]
            found.append(sum(near) / len(near) if len(near) >= _NEEDED else None)
        return found


def metric_series(rows: Sequence[Row], period: str) -> MetricSeries:
    """The newest periods of these rows, all of one kind of period and in their order. first: of a row, the first period
    that there is of its metric."""
    if not rows:
        return MetricSeries(period, [], [])
    by_number = {number_of(period, row["period_start"]): row for row in rows}
    first, last = number_of(period, rows[0]["first"]), max(by_number)
    begin = max(first, _first_shown(period, last))
    numbers = range(begin, last + 1)
    return MetricSeries(
        period, [start_of(period, n) for n in numbers], [by_number.get(n) for n in numbers], left_out=begin - first
    )


def misses(row: Row | None, direction: str) -> bool | None:
    """Whether a value is on the wrong side of its target; None without a value, a target, or a way that is better."""
    if row is None or row["value"] is None or row["target"] is None or direction not in ("lower", "higher"):
        return None
    return row["value"] > row["target"] if direction == "lower" else row["value"] < row["target"]


def _first_shown(period: str, last: int) -> int:
    if period != "day":
        return last - SHOWN.get(period, 60) + 1
    newest = date.fromordinal(last)
    months = newest.year * 12 + newest.month - _MONTHS_OF_DAYS
    return date(months // 12, months % 12 + 1, 1).toordinal()


def _same_reason(one: Row | None, other: Row | None) -> bool:
    keys = ("reason_code", "reason_gaps", "reason")
    return (None if one is None else [one[key] for key in keys]) == (
        None if other is None else [other[key] for key in keys]
    )
