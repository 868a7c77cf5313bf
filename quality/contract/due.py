"""When a feed is due, and which of its days a night looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from quality.contract.interval import first_of_period
from quality.contract.model import Contract


def due(contract: Contract, night: date) -> date:
    """The newest day of a feed that can be there on the evening of `night`; of one by month, quarter or year the first
    day of the newest period that can be."""
    day = night - timedelta(days=contract.lag_days)
    if contract.every == "day":
        return day
    running = first_of_period(day + timedelta(days=1), contract.every)
    return first_of_period(running - timedelta(days=1), contract.every)


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


def from_first_day(contract: Contract, days: Sequence[date]) -> list[date]:
    """Of these days those on which the feed has data, or may have."""
    first = first_due(contract)
    return [day for day in days if first is None or day >= first]
