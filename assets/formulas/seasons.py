"""Seasons of the year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

_NORTH = ("winter", "spring", "summer", "autumn")
TROPIC = 23.44  # degrees: the obliquity of the ecliptic; between the tropics the sun stands overhead twice a year


def season(day: date, latitude: float) -> str | None:
    """The meteorological season: three whole months, winter from December on, on the southern half summer.

    latitude: degrees, north is positive. None between the tropics, where the year has no such four parts. Source:
    meteorological seasons as the World Meteorological Organization's climatologies use them.
    """
    if abs(latitude) <= TROPIC:
        return None
    quarter = day.month % 12 // 3
    return _NORTH[quarter if latitude > 0 else (quarter + 2) % 4]


def highest_running_mean(months: Mapping[date, float | None], long: int, year: int) -> tuple[float, date] | None:
    """The highest mean of `long` months in a row that end in a year, and the first day of the last of them.

    months: first day of the month -> its value. A window needs all of its months. None without a whole window. Of ozone
    in six months it is the peak season of the WHO's guidelines of 2021 (definition of the window not verified).
    """
    found = list[tuple[float, date]]()
    for last in range(1, 13):
        window = [months.get(_month_before(date(year, last, 1), back)) for back in range(long)]
        values = [value for value in window if value is not None]
        if len(values) == long:
            found.append((sum(values) / long, date(year, last, 1)))
    return max(found, key=lambda one: (one[0], -one[1].month), default=None)


def _month_before(month: date, back: int) -> date:
    number = month.year * 12 + month.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)
