"""When a feed is due, and which of its days a night looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from quality.contract.columns import DAY, TIME
from quality.contract.interval import first_of_period, last_of_period
from quality.contract.model import Contract


def due(contract: Contract, night: date) -> date:
    """The newest day of a feed that can be there on the evening of `night`; of one by month, quarter or year the first
    day of the newest period that can be. After the one day that all rows of a feed are of nothing more is due."""
    newest, last = last_whole(night - timedelta(days=contract.lag_days), contract.every), last_due(contract)
    return newest if last is None else min(newest, last)


def last_whole(day: date, period: str) -> date:
    """The first day of the newest period that is over at the end of `day`; of days, the day itself. A trailing year
    ends with a month."""
    running = first_of_period(day + timedelta(days=1), "month" if period == "trailing_year" else period)
    return first_of_period(running - timedelta(days=1), period)


def night_due(contract: Contract, day: date) -> date:
    """The night in which a day of a feed is due, of one by month, quarter or year the period that has it: the first
    night of which `due` says so. A register is of its own day."""
    if contract.reference_since is not None:
        return day
    return last_of_period(first_of_period(day, contract.every), contract.every) + timedelta(days=contract.lag_days)


def lookback(contract: Contract, night: date) -> list[date]:
    """The due day and the days before it that a night looks after, oldest first."""
    newest = due(contract, night)
    if contract.every != "day":
        return [newest]
    return [newest - timedelta(days=back) for back in range(contract.lookback_days, -1, -1)]


def first_due(contract: Contract) -> date | None:
    """The first day of which the feed has data, as the contract declares; of one by month, quarter or year the first
    day of that period. None where it is not declared."""
    return None if contract.first_day is None else first_of_period(contract.first_day, contract.every)


def last_due(contract: Contract) -> date | None:
    """The last day of which the feed has data, where its contract says that all rows are of one day; of one by month,
    quarter or year the first day of that period. None of a feed that goes on."""
    fixed = fixed_day(contract)
    return None if fixed is None else first_of_period(fixed, contract.every)


def from_first_day(contract: Contract, days: Sequence[date]) -> list[date]:
    """Of these days those on which the feed has data, or may have."""
    first = first_due(contract)
    return [day for day in days if first is None or day >= first]


def fixed_day(contract: Contract) -> date | None:
    """The one day that all rows of a feed's files are of, where its layout says it in their place; else None."""
    files = None if contract.connector is None or contract.connector.services else contract.connector.files
    if files is None or not files.layout.constants or contract.reference_since is not None:
        return None
    for column in contract.delivered:
        fixed = next(
            (files.layout.constants[name] for name in column.spec.sources if name in files.layout.constants), None
        )
        if fixed is not None and column.name in (DAY, TIME):
            with suppress(ValueError):
                return datetime.strptime(fixed, column.spec.formats[0]).date()  # noqa: DTZ007 - by the city's clocks
    return None


def newest_night(contracts: Iterable[Contract], yesterday: date) -> date:
    """The night that is meant where none is named: yesterday's, or the last of which a feed can have a day."""
    fixed = [fixed_day(contract) for contract in contracts if contract.reference_since is None]
    last = [day for day in fixed if day is not None]
    return min(yesterday, max(last)) if last and len(last) == len(fixed) else yesterday
