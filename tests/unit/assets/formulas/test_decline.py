"""Whether numbers have fallen as the law of urban regeneration asks: examples by hand, and laws over any history."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas.decline import has_declined, longest_run, two_of

YEAR = 2026


def people(*numbers: int | None, year: int = YEAR) -> dict[int, int]:
    """By year, the last one of this year; None is not known."""
    first = year - len(numbers) + 1
    return {first + at: number for at, number in enumerate(numbers) if number is not None}


def residents(numbers: dict[int, int]) -> bool | None:
    return has_declined(numbers, YEAR, years=30, percent=20)


def businesses(numbers: dict[int, int]) -> bool | None:
    return has_declined(numbers, YEAR, years=10, percent=5)


GROWN = [7_000] * 25  # flat years, none of which is a fall


@pytest.mark.parametrize(
    ("numbers", "declined"),
    [
        ([10_000, *[7_000] * 29, 7_900], True),  # 21 % below the highest
        ([10_000, *[7_000] * 29, 8_000], True),  # 20 %, exactly
        ([10_000, *[7_000] * 29, 8_001], False),
        ([10_000, *[7_000] * 30, 8_000], False),  # the highest is 31 years ago
        ([*GROWN, 7_900, 7_800, 7_700, 7_600, 7_700, 7_650], True),  # -, -, -, +, -
        ([*GROWN, 7_900, 7_800, 7_700, 7_800, 7_700, 7_650], False),  # -, -, +, -, -
        ([*GROWN, 7_900, 7_800, 7_700, 7_700, 7_600, 7_500], False),  # -, -, 0, -, -: equal is no fall
        ([*GROWN, 7_900, 7_800, None, 7_700, 7_600, 7_700], None),  # -, ?, ?, -, +
        ([*GROWN, 7_900, 7_950, None, 7_960, 7_950, 7_960], None),  # +, ?, ?, -, +: two unknown changes and a fall
        ([7_900, 7_800, 7_700, 7_600], True),  # three falls are enough, whatever was before
        ([7_900, 7_800, 7_700], None),
        ([None] * 31, None),
        ([10_000, *[None] * 29, 7_900], True),  # what is missing could only be higher
        ([*[7_000] * 30, None], None),
    ],
)
def test_residents_by_hand(numbers, declined):
    assert residents(people(*numbers)) is declined


@pytest.mark.parametrize(
    ("now", "declined"),
    [(949, True), (950, True), (951, False)],  # of 1,000: 5.1 %, 5 % and 4.9 % less
)
def test_businesses_by_hand(now, declined):
    assert businesses(people(1_000, *[940] * 9, now)) is declined


@pytest.mark.parametrize(
    ("criteria", "decided"),
    [
        ((True, False, True), True),
        ((True, True, None), True),
        ((True, False, None), None),
        ((False, False, None), False),
        ((False, None, None), None),
        ((True, False, False), False),
        ((None, None, None), None),
    ],
)
def test_two_of_three(criteria, decided):
    assert two_of(criteria) is decided


def test_longest_run():
    assert [longest_run(flags) for flags in ([], [False], [True, False, True, True], [True] * 5)] == [0, 0, 2, 5]


HISTORIES = st.lists(st.integers(0, 10**7), min_size=31, max_size=31)
WITH_GAPS = st.lists(st.none() | st.integers(0, 50), min_size=31, max_size=31)


@given(st.lists(st.integers(0, 10**7), min_size=31, max_size=31, unique=True).map(sorted))
def test_who_always_grew_has_not_declined_and_who_always_fell_has(rising):
    assert residents(people(*rising)) is False
    assert residents(people(*rising[::-1])) is True


@given(HISTORIES, st.integers(1, 10**7))
def test_of_a_flat_five_years_the_highest_alone_decides_in_whole_numbers(before, now):
    numbers = [*before[:25], *[now] * 6]
    assert residents(people(*numbers)) is (10 * now <= 8 * max(numbers))


@given(st.integers(1, 10**12))
def test_the_limit_is_exact(fifths):
    """At 20 % (5 %) the criterion holds, and with one more it does not."""
    for now, holds in ((4 * fifths, True), (4 * fifths + 1, False)):
        assert residents(people(5 * fifths, *[1] * 29, now)) is holds
    for now, holds in ((19 * fifths, True), (19 * fifths + 1, False)):
        assert businesses(people(20 * fifths, *[1] * 9, now)) is holds


@given(WITH_GAPS, st.data())
def test_what_is_not_known_never_changes_what_is_decided(numbers, data):
    """Whatever the missing years were, a decision stands; and where there is none, they can decide it."""
    decided = residents(people(*numbers))
    for _ in range(4):
        filled = [data.draw(st.integers(0, 50)) if number is None else number for number in numbers]
        whole = residents(people(*filled))
        assert whole is not None
        assert decided is None or whole is decided


@given(HISTORIES, st.integers(0, 30))
def test_a_lower_number_now_never_ends_a_decline(numbers, less):
    if residents(people(*numbers)):
        assert residents(people(*numbers[:-1], max(numbers[-1] - less, 0)))


@given(st.lists(st.integers(0, 6), min_size=31, max_size=31))
def test_a_run_counts_only_within_five_years_and_in_a_row(numbers):
    falls = [after < before for before, after in pairwise(numbers[-6:])]
    running = any(all(falls[at : at + 3]) for at in range(3))
    far = 10 * numbers[-1] <= 8 * max(numbers) and max(numbers) > 0
    assert residents(people(*numbers)) is (far or running)


@given(st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3))
def test_two_of_three_as_all_ways_to_fill_the_gaps_say(criteria):
    ways = [[]]
    for one in criteria:
        ways = [[*way, said] for way in ways for said in ((True, False) if one is None else (one,))]
    outcomes = {way.count(True) >= 2 for way in ways}
    assert two_of(criteria) is (outcomes.pop() if len(outcomes) == 1 else None)
