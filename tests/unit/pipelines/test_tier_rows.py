"""Dagster's page of the tiers says in plain words whom each file is for and what is hidden, and no figure."""

from __future__ import annotations

import pytest

from assets.tiers.outcome_of_tiers import ReleasedTier
from pipelines.tier_assets import tier_in_words

MADE = {"title": "A telecom", "metrics": 3, "hidden": 17}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (ReleasedTier("partner/telecom", 4, changed=True, **MADE), (4, "a new file", "none", "nothing")),
        (ReleasedTier("partner/telecom", 4, withdrawn=(1, 2), **MADE), (4, "as it was", "1, 2", "nothing")),
        (ReleasedTier("partner/telecom", 4, trouble="why", **MADE), (4, "refused", "none", "why")),
        (ReleasedTier("partner/telecom", None, trouble="why", **MADE), ("there is no file", "refused", "none", "why")),
        (
            ReleasedTier("partner/telecom", None, changed=True, **MADE),
            ("there is no file", "removed", "none", "nothing"),
        ),
    ],
)
def test_a_tier_in_words(one: ReleasedTier, said: tuple[int | str, ...]):
    row = tier_in_words(one)
    assert (row["file"], row["for whom"]) == ("partner/telecom", "A telecom")
    assert (row["metrics of private feeds"], row["hidden figures of private feeds"]) == (3, 17)
    keys = ("release", "this time", "older releases removed", "what is wrong")
    assert tuple(row[key] for key in keys) == said
