"""When a feed is due, and which of its days a night looks at."""

from __future__ import annotations

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
