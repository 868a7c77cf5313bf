"""How many figures a replay finds other than expected: also those that nobody expected."""

from types import SimpleNamespace

import pytest

from pipelines.cli import city_move


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        (75, "75 figures differ from the 14 that are expected"),  # it said: 75 of 14 figures differ
        (1, "1 figure differs from the 14 that are expected"),
        (0, "14 figures are as expected"),
    ],
)
def test_more_may_differ_than_are_expected(differing: int, said: str):
    judged = SimpleNamespace(differences=list(range(differing)), expected=14)
    assert city_move._result(judged) == said  # pyright: ignore[reportArgumentType]
