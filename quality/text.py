"""Texts as keys: one spelling of what people see as the same text.

The same name is written composed and decomposed (Macs), with spaces of another width, or with signs that nobody can
see. All of these would be different keys.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

_UNSEEN = (
    "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # soft hyphen, zero-width and direction signs, BOM
)
_WHITE = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u3164\uffa0"  # and Hangul fillers
_SEEN_ASCII = r"^(?:[!-~]+(?: [!-~]+)*)?$"


def normalised(text: str) -> str:
    """The text in Unicode NFC, without signs of no width; white space of any kind trimmed, inner runs one space."""
    if text.isascii() and text.isalnum():
        return text
    text = unicodedata.normalize("NFC", re.sub(f"[{_UNSEEN}]+", "", text))
    return re.sub(f"[{_WHITE}]+", " ", text).strip(" ")


def normalised_column(texts: pl.Series) -> tuple[pl.Series, int]:
    """A column of texts, each as `normalised` makes it, and how many of them it changed.

    Columns are looked at once, and only their different texts are changed: names repeat.
    """
    if texts.str.contains(_SEEN_ASCII).all():
        return texts, 0
    different = texts.unique().drop_nulls()
    clean = (
        different.str.replace_all(f"[{_UNSEEN}]+", "")
        .str.normalize("NFC")
        .str.replace_all(f"[{_WHITE}]+", " ")
        .str.strip_chars(" ")
    )
    other = clean != different
    if not other.any():
        return texts, 0
    before, after = different.filter(other), clean.filter(other)
    changed = int(texts.is_in(before.implode()).sum())
    return texts.replace(before, after), changed
