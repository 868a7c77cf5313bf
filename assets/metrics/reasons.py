"""Why there is no value, or what is to be known of one that there is: every reason as a code with gaps, and the
sentences that people read.

A reason is made once, as a code and what stands in its gaps (REASON of assets/metrics/measured.py), and said in words
where somebody reads it: in English in `metric.value.reason`, in the languages of a pack in the view `metric.reason`.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import polars as pl

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


_PARTS = ("there", "expected", "counted", "needs")
_AT_PLACES = (*_PARTS, "failed", "places", "place")
_OFF = ("amount", "since")  # a share or a difference with its unit, such as 27 %
_WORDS = ("counted", "place")  # gaps with a word for what is counted, which has its own in each language
REASONS: Mapping[str, Reason] = {
    # before a metric is computed: what did not come, or did not get through a gate
    "gate_closed": Reason(("table", "verdict", "details")),
    "could_not_compute": Reason(("metric", "table", "details")),
    "gave_nothing": Reason(("feed", "details")),
    "not_worked_on": Reason(("feed",)),
    "not_computed_yet": Reason(("metric",)),
    "not_delivered": Reason(("feed",)),
    "not_delivered_yet": Reason(("feed", "days")),
    "before_first_day": Reason(("feed", "since")),
    "withdrawn": Reason(("feed",)),
    "contract_over": Reason(("feed", "until")),
    "rows_deleted": Reason(("feed",)),
    "nothing_for_area": Reason(("feeds",)),
    "nothing_where": Reason(("feeds", "where")),
    "nothing_in_hour": Reason(("feeds",)),
    "register_closed": Reason(("register", "verdict", "details", "feeds")),
    "register_missing": Reason(("register", "feeds")),
    "register_later": Reason(("register", "since", "feeds")),
    "timetable_over": Reason(("feed", "until")),
    "timetable_missing": Reason(("register", "feeds")),
    "no_feed": Reason(("details",)),
    "does_not_occur": Reason(("details",), "NO"),  # the pack says so (assets/metrics/choice.py)
    "no_valid_day": Reason(("metric",)),
    # while it is computed: what is missing (assets/metrics/measured.py), or cannot be
    "too_few_places": Reason(_PARTS),
    "places_flagged": Reason((*_PARTS, "flagged")),
    "too_few_hours": Reason(_PARTS),
    "too_few_readings": Reason(_PARTS),
    "too_few_windows": Reason(_PARTS),
    "too_few_days": Reason(_PARTS),
    "too_few_people": Reason(_PARTS),
    "too_few_days_in_quarter": Reason((*_PARTS, "quarter")),
    "too_few_days_at_places": Reason(_AT_PLACES),
    "too_few_hours_at_places": Reason(_AT_PLACES),
    "too_few_readings_at_places": Reason(_AT_PLACES),
    "too_few_windows_at_places": Reason(_AT_PLACES),
    "out_of_season": Reason(("first", "last"), "NO"),
    "no_register": Reason(("counted",)),
    "no_residents": Reason(()),
    "no_area_size": Reason(()),
    "no_limit": Reason(("limit",)),
    "boundary_changed": Reason(("since",)),
    "other_metric_absent": Reason(("metric",)),
    "not_defined": Reason(()),
    "nothing_to_divide": Reason(("metric",)),
    "no_night_yet": Reason(()),
    "no_line": Reason(()),
    "nothing_to_correct": Reason(()),
    "not_declared": Reason(("parameters",)),
    "impossible": Reason(("value", "low", "high")),
    # its network is off its witness; a value that stands may say so, too
    "off_witness_below": Reason(_OFF),
    "off_witness_above": Reason(_OFF),
    "off_witness_lower": Reason(_OFF),
    "off_witness_higher": Reason(_OFF),
    "off_witness_slope": Reason(("times", "since")),
    # what its readings are corrected by is another correction than before: said of values that stand
    "correction_changed": Reason(("column", "since")),
    "too_small": Reason(("least",), "C"),
    "withheld": Reason((), "C"),  # in files that leave the home: it is there, and is not for everybody
    "licence": Reason((), "C"),  # the same, as the licence of a feed that it is made of does not allow it
}


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


def in_language(language: str, code: str, gaps: Sequence[str | None]) -> str:
    """The sentence of one code in a language of `SENTENCES.languages()`, with its gaps filled."""
    words, filled = SENTENCES.part(language, "counted"), dict[str, str]()
    for name, gap in zip_longest(REASONS[code].gaps, gaps):
        said = "-" if gap is None else gap
        filled[name] = words.get(said, said) if name in _WORDS else said
    return SENTENCES.part(language, "sentences")[code].format(**filled)


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


def word_gaps() -> Mapping[int, tuple[str, ...]]:
    """The gaps that hold a word for what is counted, by their number: in which codes."""
    numbers = sorted({gaps.index(name) for gaps in _all_gaps() for name in _WORDS if name in gaps})
    return {
        number: tuple(c for c, r in REASONS.items() if number < len(r.gaps) and r.gaps[number] in _WORDS)
        for number in numbers
    }


def _all_gaps() -> list[tuple[str, ...]]:
    return [reason.gaps for reason in REASONS.values()]


def _parts(code: str, sentence: str) -> Iterator[str | int]:
    """A sentence in pieces: texts, and the numbers of gaps."""
    for text, name, _, _ in string.Formatter().parse(sentence):
        if text:
            yield text
        if name is not None:
            yield REASONS[code].gaps.index(name)
