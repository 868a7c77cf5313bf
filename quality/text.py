"""Texts as keys: one spelling of what people see as the same text.

The same name is written composed and decomposed (Macs), with spaces of another width, or with signs that nobody can
see. All of these would be different keys.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

# Signs that Unicode shows nothing for (Default_Ignorable_Code_Point): soft hyphen, signs of no width or of direction,
# Hangul fillers, variants of a sign, tags.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_WHITE = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SEEN_ASCII = r"^(?:[!-<>-~][!-~]*(?: [!-~]+)*)?$"
_MANY, _SAMPLE, _REPEAT = 5_000, 1_000, 0.95  # texts of a column that are looked at each once, if so many repeat
_PLAIN, _UNSEEN_SIGNS, _WHITE_SIGNS = (
    re.compile(pattern) for pattern in (_SEEN_ASCII[1:-1], f"[{_UNSEEN}]+", f"[{_WHITE}]+")
)
_AS_TEXT = '^="([^"]*)"$'  # ="00123" keeps the zeros in spreadsheets


def normalised(text: str) -> str:
    """The text in Unicode NFC, without signs of no width; white space of any kind trimmed, inner runs one space.
    ="00123" is 00123."""
    if _PLAIN.fullmatch(text) is not None:
        return text
    text = unicodedata.normalize("NFC", _UNSEEN_SIGNS.sub("", text))
    text = _WHITE_SIGNS.sub(" ", text).strip(" ")
    return re.sub(_AS_TEXT, r"\1", text).strip(" ")


def different_texts(texts: pl.Series) -> pl.Series:
    """The texts of a column, those that are not null, each once where finding that out is cheaper than looking at all:
    names of stations repeat, names of persons do not."""
    if texts.len() < _MANY:
        return texts.drop_nulls()
    sample = texts.gather_every(max(1, texts.len() // _SAMPLE))
    return texts.drop_nulls() if sample.n_unique() > _REPEAT * sample.len() else texts.unique().drop_nulls()


def normalised_column(texts: pl.Series, different: pl.Series | None = None) -> tuple[pl.Series, int]:
    """A column of texts, each as `normalised` makes it, and how many of them it changed. `different`: what
    `different_texts` finds in it, where that is known.

    Columns are looked at once, and only their different texts are changed: names repeat.
    """
    different = different_texts(texts) if different is None else different
    if different.str.contains(_SEEN_ASCII).all():
        return texts, 0
    different = different.unique()
    clean = (
        different.str.replace_all(f"[{_UNSEEN}]+", "")
        .str.normalize("NFC")
        .str.replace_all(f"[{_WHITE}]+", " ")
        .str.strip_chars(" ")
        .str.replace(_AS_TEXT, "${1}")
        .str.strip_chars(" ")
    )
    other = clean != different
    if not other.any():
        return texts, 0
    before, after = different.filter(other), clean.filter(other)
    changed = int(texts.is_in(before.implode()).sum())
    return texts.replace(before, after), changed
