"""Daily and weekly rhythms that several domains share: traffic, where people are. No data of a domain belongs here."""

from __future__ import annotations

from datetime import date

import numpy as np

SATURDAY = 5
FRIDAY = 4
# Hour of the day and level, 1 is the fullest hour of a workday.
_WORKDAY_TRAFFIC = (
    (0, 3, 5, 7, 8, 9, 11, 14, 17, 18.5, 20, 22, 24),
    (0.30, 0.12, 0.22, 0.80, 1.0, 0.90, 0.70, 0.70, 0.88, 1.0, 0.72, 0.50, 0.30),
)
_WEEKEND_TRAFFIC = (
    (0, 3, 6, 9, 12, 15, 18, 21, 24),
    (0.30, 0.15, 0.18, 0.48, 0.70, 0.75, 0.68, 0.48, 0.30),
)
# Share of the people who are where they work or learn.
_WORKDAY_WORK = (
    (0, 5, 7, 8, 9, 10, 12, 14, 17, 18, 19, 21, 24),
    (0.03, 0.03, 0.12, 0.28, 0.42, 0.46, 0.44, 0.47, 0.43, 0.30, 0.17, 0.08, 0.03),
)
_WEEKEND_WORK = ((0, 6, 10, 14, 18, 21, 24), (0.03, 0.03, 0.12, 0.14, 0.12, 0.06, 0.03))


def weekend(day: date) -> bool:
    """Is it a Saturday or a Sunday?"""
    return day.weekday() >= SATURDAY


def traffic_level(day: date, hour: np.ndarray) -> np.ndarray:
    """Traffic at hours of the day (0..24, fractions too), 1 is the fullest hour of a workday."""
    return np.interp(hour, *(_WEEKEND_TRAFFIC if weekend(day) else _WORKDAY_TRAFFIC))


def whereabouts(day: date, hour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the people at work and out for leisure; the rest is at home.

    The evenings of Friday and Saturday are long, so that the first hours of Saturday and Sunday are busy too.
    """
    late, long_evening = 0.015, 0.07
    before = long_evening if day.weekday() in (SATURDAY, SATURDAY + 1) else late
    after = long_evening if day.weekday() in (FRIDAY, SATURDAY) else late
    if weekend(day):
        work = np.interp(hour, *_WEEKEND_WORK)
        out = np.interp(hour, (0, 3, 6, 10, 14, 18, 21, 24), (before, 0.02, 0.01, 0.14, 0.26, 0.25, 0.16, after))
    else:
        evening = 0.17 if day.weekday() == FRIDAY else 0.10
        work = np.interp(hour, *_WORKDAY_WORK)
        out = np.interp(
            hour, (0, 3, 6, 10, 14, 18, 20, 22, 24), (before, 0.01, 0.01, 0.05, 0.07, 0.10, evening, evening, after)
        )
    return work, out
