"""Why there is no value: every reason that there is, as a code with gaps, and the sentences that people read.

A reason is made once, as REASON (assets/metrics/measured.py), and said in words where somebody reads it: in English in
`metric.value.reason`, in the languages of a pack in the view `metric.reason`.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from assets.metrics.measured import REASON
from assets.sentences import Sentences
from quality.contract.texts import PLATFORM

SENTENCES = Sentences(Path(__file__).parent / "sentences")
Notation = Literal["NE", "NO", "IE", "C"]  # the keys of city reporting (GPC, CDP) for what is not there


@dataclass(frozen=True)
class Reason:
    """What stands in the gaps of a sentence, in the order of REASON's `gaps`, and the key of city reporting.

    NE: it is there to be measured, and was not (not estimated). NO: there is none of it (does not occur), as out of
    season. IE: counted elsewhere. C: confidential.
    """

    gaps: tuple[str, ...]
    notation: Notation = "NE"


_PARTS = ("parts", "places", "stations", "sensors", "hours", "days", "months", "people")
REASONS: Mapping[str, Reason] = {
    # before a metric is computed: what did not come, or did not get through a gate
    "gate_closed": Reason(("table", "verdict", "details")),
    "could_not_compute": Reason(("metric", "table", "details")),
    "gave_nothing": Reason(("feed", "details")),
    "not_worked_on": Reason(("feed",)),
    "not_delivered": Reason(("feed",)),
    "not_delivered_yet": Reason(("feed", "days")),
    "nothing_for_area": Reason(("feeds",)),
    "register_gate_closed": Reason(("register", "verdict", "details", "feeds")),
    "no_register": Reason(("register", "feeds")),
    "register_later": Reason(("register", "since", "feeds")),
    "no_feed": Reason(("details",)),
    # while it is computed: what is missing, or cannot be
    "no_valid_day": Reason(("metric",)),
    **{f"too_few_{part}": Reason(("there", "expected", "needs")) for part in _PARTS},
    "too_few_in_quarter": Reason(("quarter", "there", "expected", "needs")),
    "out_of_season": Reason(("months",), "NO"),
    "no_people": Reason(("by",)),
    "part_absent": Reason(("metric",)),
    "different_places": Reason(("metric", "other")),
    "no_number": Reason(()),
    "impossible": Reason(("value", "low", "high")),
    "no_standard": Reason(("standard",)),
    "too_small": Reason(("least",), "C"),
}


def why(code: str, **gaps: pl.Expr | str | int) -> pl.Expr:
    """A reason as REASON, with what stands in its gaps: texts, or expressions of what is written as text.

    Raises KeyError for a code that there is not, and ValueError for other gaps than its own.
    """
    wanted = REASONS[code].gaps
    if set(wanted) != set(gaps):
        raise ValueError(f"{code} has the gaps {', '.join(wanted) or 'none'}, not {', '.join(gaps) or 'none'}")
    filled = [_text(gaps[name]) for name in wanted]
    listed = pl.concat_list(filled) if filled else pl.lit([], pl.List(pl.String))
    return pl.struct(pl.lit(code).alias("code"), listed.alias("gaps")).cast(REASON)


def too_few(counted: pl.Expr, there: pl.Expr, expected: pl.Expr, needs: pl.Expr) -> pl.Expr:
    """`18 of 25 stations are valid (needs 75 %)` as REASON: the word is `counted` where there are sentences for it."""
    code = pl.when(counted.is_in(_PARTS)).then(pl.concat_str(pl.lit("too_few_"), counted))
    numbers = [whole.round(0).cast(pl.Int64).cast(pl.String) for whole in (there, expected, needs * 100)]
    return pl.struct(code.otherwise(pl.lit("too_few_parts")).alias("code"), pl.concat_list(numbers).alias("gaps")).cast(
        REASON
    )


def in_english(code: pl.Expr, gaps: pl.Expr) -> pl.Expr:
    """The sentence of each code with its gaps filled; null where there is no code."""
    says = SENTENCES.part(PLATFORM, "sentences")
    sentence = pl.lit(None, pl.String)
    for name in REASONS:
        filled = [
            pl.lit(part) if isinstance(part, str) else gaps.list.get(part, null_on_oob=True).fill_null("-")
            for part in _parts(name, says[name])
        ]
        sentence = pl.when(code == name).then(pl.concat_str(filled)).otherwise(sentence)
    return sentence


def notation(code: pl.Expr) -> pl.Expr:
    """The key of city reporting for each code; null where there is no code."""
    return code.replace_strict({name: reason.notation for name, reason in REASONS.items()}, return_dtype=pl.String)


def numbered(language: str) -> dict[str, str]:
    """The sentences of one language (of `SENTENCES.languages()`) with `{0}`, `{1}` for gaps, as SQL's format takes
    them."""
    says = SENTENCES.part(language, "sentences")
    return {
        name: "".join(part if isinstance(part, str) else f"{{{part}}}" for part in _parts(name, says[name]))
        for name in REASONS
    }


def _parts(code: str, sentence: str) -> Iterator[str | int]:
    """A sentence in pieces: texts, and the numbers of gaps."""
    for text, name, _, _ in string.Formatter().parse(sentence):
        if text:
            yield text
        if name is not None:
            yield REASONS[code].gaps.index(name)


def _text(gap: pl.Expr | str | int) -> pl.Expr:
    return gap.cast(pl.String) if isinstance(gap, pl.Expr) else pl.lit(str(gap))
