"""Until when a table should be there again, as Dagster's freshness policies, from what contract and city declare.

A night brings the day of `lag_days` before it, so a table of days is made each night however late its feed is. A feed
by month, quarter or year comes once in its period, `lag_days` after it, and may be late by as much as it is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import dagster as dg

from assets.pack.city import City
from quality.contract.interval import Every
from quality.contract.model import Contract

HOURS = 3  # after its beginning, when a night is over
EVERY_DAY = dg.FreshnessPolicy.time_window(timedelta(hours=30), timedelta(hours=27))  # of what the cities share
_DAYS: dict[Every, int] = {"month": 31, "quarter": 92, "year": 366}


def every_night(city: City) -> dg.FreshnessPolicy:
    """Of what every night of a city makes: by some hours after its beginning, in its zone."""
    return _every_night(city.config.nightly_at, city.config.timezone)


@cache  # Dagster counts through a thousand deadlines for each: 0.4 s for the tables of Seoul
def _every_night(nightly_at: str, timezone: str) -> dg.FreshnessPolicy:
    hour, minute = map(int, nightly_at.split(":"))
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{minute} {(hour + HOURS) % 24} * * *",
        lower_bound_delta=timedelta(hours=24),
        timezone=timezone,
    )


def freshness(city: City, feeds: Sequence[Contract]) -> dg.FreshnessPolicy | None:
    """Of a table that is made when one of these feeds has come. None: they are registers, which come as they change."""
    come = [feed for feed in feeds if feed.reference_since is None]
    if not come:
        return None
    if any(feed.every == "day" for feed in come):
        return every_night(city)
    shortest = min(come, key=lambda feed: _DAYS[feed.every])
    days = timedelta(days=_DAYS[shortest.every] + 1)
    return dg.FreshnessPolicy.time_window(days + timedelta(days=max(1, shortest.lag_days)), days)
