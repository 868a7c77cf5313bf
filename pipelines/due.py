"""Which day of a feed a night is for, and which days have to be asked for. The plan of a night is in night.py."""

from __future__ import annotations

from datetime import date, timedelta

from assets.context import RunContext
from assets.ingest.batches import Batches, first_day
from quality.contract.model import Contract

NIGHT = "madang/night"  # tag of a run: the day that has ended


def due(contract: Contract, night: date) -> date:
    """The newest day of a feed that can be there on the evening of `night`; of a quarterly feed its first day."""
    day = night - timedelta(days=contract.lag_days)
    if contract.every == "day":
        return day
    following = day + timedelta(days=1)  # the quarter that runs on the day after
    first = following.replace(month=(following.month - 1) // 3 * 3 + 1, day=1)
    before = first - timedelta(days=1)
    return before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1)


def lookback(contract: Contract, night: date) -> list[date]:
    """The due day and the days before it that a night looks after, oldest first."""
    newest = due(contract, night)
    if contract.every == "quarter":
        return [newest]
    return [newest - timedelta(days=back) for back in range(contract.lookback_days, -1, -1)]


def to_fetch(run: RunContext, contract: Contract, night: date) -> list[date]:
    """The days that a service is asked for: the due day, those before it that have not been let in yet, and those
    for which corrections may have come. Nothing before the first day that the feed was ever worked on."""
    window = lookback(contract, night)
    connector = contract.connector
    if not run.asks_services or connector is None or not connector.services:
        return window[-1:]
    since = first_day(run, contract)
    judged = Batches.of(run, contract, window).settled
    again = {window[-1] - timedelta(days=back) for back in range(connector.services[-1].again_days + 1)}
    # of a day that was held back a better answer may come
    settled = {d for d, outcome in judged.items() if outcome.verdict.open}
    return [
        d for d in window if d == window[-1] or (since is not None and d >= since and (d not in settled or d in again))
    ]
