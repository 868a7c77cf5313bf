"""Why two cities may not be compared: every reason that there is, as a code with gaps; the sentences that people read.

For each column of CLASS_KEY there is a reason of its name: two values of different classes always have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from assets.publication.benchmark.classes import KEY
from assets.sentences import Sentences
from quality.contract.texts import PLATFORM

SENTENCES = Sentences(Path(__file__).parent / "sentences")
COMPARISON = "comparison"  # the kind of these texts in mart.text
# In the order in which they are said: what no better data could change comes first. What stands in the gaps, in order.
DIFFERENCES: Mapping[str, tuple[str, ...]] = {
    "relative": ("metric",),
    "within_city": ("metric",),
    "absent": ("cities",),
    "years": ("one", "other"),
    "no_common_period": ("one", "other"),
    "incomplete": ("cities",),
    "completeness_unknown": ("cities",),
    **dict.fromkeys(KEY, ("one", "other")),
}


def numbered_sentences(language: str) -> dict[str, str]:
    """The sentences of one language (of `SENTENCES.languages()`) with `{0}`, `{1}` for gaps, as SQL's format takes
    them."""
    says = SENTENCES.part(language, "sentences")
    return {
        code: says[code].format(**{gap: f"{{{number}}}" for number, gap in enumerate(gaps)})
        for code, gaps in DIFFERENCES.items()
    }


def difference_in_english(code: str, gaps: tuple[str, ...]) -> str:
    """The sentence of a code with its gaps filled."""
    return _english()[code].format(**dict(zip(DIFFERENCES[code], gaps, strict=True)))


@cache
def _english() -> Mapping[str, str]:
    return SENTENCES.part(PLATFORM, "sentences")
