"""Half of those who wait, where some wait still."""

import pytest

from assets.formulas.waiting import median_wait


@pytest.mark.parametrize(
    ("waits", "answered", "median"),
    [
        # five wait: .8 after a day, .6 after two, .4 after three
        ([1, 2, 3, 4, 5], [True, True, True, False, True], 3),
        # one stopped being seen after two days: of four .75 after one; of two that are left .375 after three
        ([1, 2, 3, 4], [True, False, True, False], 3),
        ([1, 2, 3, 4], [True, False, False, False], None),  # a quarter, and then nobody knows
        ([2, 2, 2, 9], [True, True, False, False], 2),
        ([], [], None),
        ([5.0], [False], None),
    ],
)
def test_the_open_are_neither_left_out_nor_taken_for_answered(waits, answered, median):
    assert median_wait(waits, answered) == median
