"""Seasons by month and hemisphere."""

from datetime import date

import pytest

from assets.formulas.seasons import season


@pytest.mark.parametrize(
    ("day", "latitude", "expected"),
    [
        (date(2026, 12, 1), 37.5, "winter"),
        (date(2026, 2, 28), 37.5, "winter"),
        (date(2026, 3, 1), 37.5, "spring"),
        (date(2026, 8, 31), 37.5, "summer"),
        (date(2026, 9, 1), 37.5, "autumn"),
        (date(2026, 12, 1), -33.9, "summer"),
        (date(2026, 3, 1), -33.9, "autumn"),
        (date(2026, 7, 15), -33.9, "winter"),
        (date(2026, 11, 30), -33.9, "spring"),
        (date(2026, 7, 15), 21.03, None),  # Hanoi
        (date(2026, 7, 15), -6.2, None),  # Jakarta
        (date(2026, 7, 15), 0.0, None),
    ],
)
def test_three_whole_months_are_a_season(day: date, latitude: float, expected: str | None) -> None:
    assert season(day, latitude) == expected
