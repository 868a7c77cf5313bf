"""Titles of the metrics of longer periods, made of that of the day, in every language there are words for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from assets.metrics.reasons import SENTENCES
from quality.contract.texts import PLATFORM, UNSAID, Texts
from quality.language_tags import nearest


def title_of_period(title: Texts, period: str, how: str) -> Texts:
    """As in "PM2.5, daily mean: highest of the month". Languages without words are left out, if others are there."""
    return _said(title, "period", how=how, period=period)


def title_of_kind(title: Texts, on: str) -> Texts:
    """As in "Headway, median (Saturdays)"."""
    return _said(title, "kind", kind=on)


def title_above(title: Texts, period: str, limit: str, *, share: bool = False) -> Texts:
    """As in "PM2.5, daily mean: days of the month above 15 ug/m3".

    A limit of a standard (national.pm25_24h, who_2021.pm25_24h) is said by the name of the standard alone.
    """
    standard, dot, _ = limit.partition(".")
    if dot and not standard[0].isdigit():
        limit = standard if standard == "national" else standard.upper().replace("_", " ")
    return _said(title, "share" if share else "above", period=period, limit=limit)


def _said(title: Texts, pattern: str, **parts: str) -> Texts:
    made = {tag: words for tag in title.root if (words := _nearest_words(tag)) is not None}
    plain = {tag: _words(PLATFORM) for tag in title.root}
    return Texts(
        {
            tag: words[pattern].format(
                title=title.root[tag], **{name: words.get(part, part) for name, part in parts.items()}
            )
            for tag, words in (made or plain).items()
        }
    )


@cache
def _nearest_words(tag: str) -> Mapping[str, str] | None:
    found = None if tag == UNSAID else nearest(tag, SENTENCES.languages())
    return None if found is None else _words(found)


def _words(language: str) -> Mapping[str, str]:
    return SENTENCES.part(language, "titles")
