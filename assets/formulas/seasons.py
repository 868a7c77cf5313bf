"""Seasons of the year."""

from __future__ import annotations

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
