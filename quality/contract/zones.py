"""Time zones by name, as Asia/Seoul, or as an offset that never changes, as +09:00."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

KNOWN_SINCE, KNOWN_UNTIL = datetime(2000, 1, 2), datetime(2037, 12, 1)  # noqa: DTZ001 - of any zone
_OFFSET = re.compile("(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_MOST = timedelta(hours=14)


def fixed_offset(zone: str) -> timedelta | None:
    """What such an offset adds to UTC; None for a zone that has a name, and for what is none."""
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return None if offset > _MOST else -offset if found[1] == "-" else offset


@cache
def known_zone(zone: str) -> bool:
    """Whether it is the name of a zone or an offset."""
    return fixed_offset(zone) is not None or zone in available_timezones()


@cache
def changes_clocks(zone: str) -> bool:
    """Whether the clocks of a zone were or will be changed between KNOWN_SINCE and KNOWN_UNTIL."""
    if fixed_offset(zone) is not None:
        return False
    moments = (KNOWN_SINCE + timedelta(days=days) for days in range(-1, 38 * 365, 14))
    return len({moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() for moment in moments}) > 1


@cache
def constant_offset(zone: str) -> timedelta | None:
    """What the zone adds to UTC at any time between KNOWN_SINCE and KNOWN_UNTIL; None where that changes."""
    fixed = fixed_offset(zone)
    if fixed is not None or changes_clocks(zone):
        return fixed
    return KNOWN_SINCE.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
