"""Whether yearly numbers have fallen as a law asks for. What is counted, and in which area, belongs elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

YEARS_OF_FALLS = 5  # within which the numbers of a run have to fall


def has_declined(numbers: Mapping[int, int], year: int, *, years: int, percent: int, falls: int = 3) -> bool | None:
    """Whether a number of this year is `percent` or more below the highest of the last so many years, or has fallen
    in `falls` years running within the last five. None: what is missing may decide it.

    numbers: by year, as they stood at its end; a year that is not there is not known. The last N years begin and end
    with such a number, so that they have N + 1 of them, and N changes. All is compared in whole numbers: a fifth less
    than 10,000 is 8,000, and no rounding makes 8,001 of it. Source: Decree of the Special Act on urban regeneration
    (Korea), art. 17 no. 1 and 2.
    """
    far = _far_below(numbers, year, years, percent)
    runs = _falls_running(numbers, year, falls)
    if far or runs:
        return True
    return None if far is None or runs is None else False


def two_of(criteria: Sequence[bool | None], least: int = 2) -> bool | None:
    """Whether so many of the criteria hold; None where those that are not known decide it."""
    met, unknown = criteria.count(True), criteria.count(None)
    if met >= least:
        return True
    return None if met + unknown >= least else False


def falls_running(numbers: Mapping[int, int], year: int) -> int:
    """In how many years running the numbers fell within the last five, as far as it is known."""
    return longest_run([change is True for change in _changes(numbers, year)])


def longest_run(flags: Sequence[bool]) -> int:
    """How many in a row are true, at most."""
    longest = running = 0
    for flag in flags:
        running = running + 1 if flag else 0
        longest = max(longest, running)
    return longest


def _far_below(numbers: Mapping[int, int], year: int, years: int, percent: int) -> bool | None:
    now = numbers.get(year)
    if now is None:
        return None
    window = [numbers.get(year - back) for back in range(years + 1)]
    highest = max(number for number in window if number is not None)
    if 100 * now <= (100 - percent) * highest and highest > 0:
        return True
    return None if None in window else False


def _falls_running(numbers: Mapping[int, int], year: int, falls: int) -> bool | None:
    changes = _changes(numbers, year)
    if longest_run([change is True for change in changes]) >= falls:
        return True
    return None if longest_run([change is not False for change in changes]) >= falls else False


def _changes(numbers: Mapping[int, int], year: int) -> list[bool | None]:
    """Whether the number fell in each of the last five years; None where one end is not known. To the same number is no
    fall."""
    ends = [numbers.get(year - back) for back in range(YEARS_OF_FALLS, -1, -1)]
    return [None if before is None or after is None else after < before for before, after in pairwise(ends)]
