"""What a cell looks like, whatever it means: a number, a time, a unit, a text, or nothing."""

from __future__ import annotations

import re

from assets.propose.missing import MISSING_WORDS
from assets.propose.names import is_unit
from quality.text import normalised

_NUMBER = re.compile(r"[-+−]?(?:\d[\d.,'\u00a0 ]*|[.,]\d+)(?:[eE][-+]?\d+)?\s?%?")
_OF_TIMES = re.compile(
    r"(?i)(?<=\d)\s?(?:am|pm|a\.m\.|p\.m\.|utc|gmt|z)\b|(?<=\d)[tTzZ년월일시분초年月日時时分秒]|오전|오후"
)
_TIME = re.compile(r"\d[\d\s.:/+-]*")
_MONTH = re.compile(
    r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|"
    r"september|october|november|december|mon|tue|wed|thu|fri|sat|sun)\b[.,]?"
)
_IN_BRACKETS = re.compile(r"[(\[{（]([^()\[\]{}（）]+)[)\]}）]")
_AT_END = re.compile(r"[_\s,]([^\s,_]*(?:[/%‰°℃℉㎍㎎㎥³²][^\s,_]*|pp[mb]|hPa|kWh|MWh))$")


def is_figure(cell: str) -> bool:
    """Whether a text looks like a number or a time."""
    text = cell.strip().strip("'\"")
    if _NUMBER.fullmatch(text):
        return True
    if not any(sign.isdecimal() for sign in text):
        return False
    return _TIME.fullmatch(_MONTH.sub("", _OF_TIMES.sub(" ", text)).strip(" ,-")) is not None


def is_missing(cell: str) -> bool:
    """Whether a text stands for no value."""
    return not cell.strip() or MISSING_WORDS.fullmatch(cell.strip()) is not None


def letters(cell: str) -> set[str]:
    """The letters of a text."""
    return {sign for sign in cell if sign.isalpha()}


def says_unit(cell: str) -> bool:
    """Whether a cell of a row of units says one, in brackets or not."""
    return is_unit(normalised(cell).strip("()[]{}（）"))


def unit_in(name: str) -> str | None:
    """The unit that a name says, in brackets or at its end."""
    texts = [*reversed(_IN_BRACKETS.findall(name)), *_AT_END.findall(name)]
    return next((text.strip() for text in texts if is_unit(text)), None)
