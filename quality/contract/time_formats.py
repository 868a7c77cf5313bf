"""The formats in which dates and times are written: strptime's, parts of our own, and words for what it cannot read."""

from __future__ import annotations

import re
from typing import Final, Literal

Calendar = Literal["minguo", "buddhist"]

# Serial days of a spreadsheet; seconds and milliseconds since 1970 in UTC; ISO 8601 with or without an offset.
EXCEL, EPOCH, EPOCH_MS, ISO = WORDS = ("excel", "epoch", "epoch_ms", "iso")
QUARTER = "%q"  # of a year, 1 to 4: a part of our own
_SHORT: Final = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}
_SAME: Final = {"%k": "%H", "%l": "%I", "%P": "%p", "%e": "%d", "%h": "%B", "%b": "%B", "%a": "%A"}
_PARTS: Final = {"%Y", "%y", "%m", "%B", "%d", "%j", "%H", "%I", "%p", "%M", "%S", "%A", "%z", "%q", "%.f", "%%"}
_WEEKS: Final = {"%G", "%V", "%u", "%U", "%W", "%w"}
_PART = re.compile(r"%(?:[.][0-9]?f|.)", re.DOTALL)
_WORDY: Final = {
    "YYYY": "%Y",
    "yyyy": "%Y",
    "YY": "%y",
    "yy": "%y",
    "dd": "%d",
    "MM": "%m",
    "DD": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}


def canonical(form: str) -> str:
    """The format with parts that mean the same written the same: %T is %H:%M:%S, %-d is %d, %:z is %z."""
    if form in WORDS:
        return form
    form = re.sub("%[-_0:#](?=[A-Za-z])", "%", form)
    form = re.sub("%[.][0-9]f", "%.f", form)
    for known in (_SHORT, _SAME):
        form = re.sub("%[A-Za-z]", lambda found, known=known: known.get(found[0], found[0]), form)
    return form


def timed(form: str) -> bool:
    """Whether a format has a time of day."""
    return form in WORDS or any(part in canonical(form) for part in ("%H", "%I"))


def has_offset(form: str) -> bool:
    """Whether each text in the format says its instant, so that it needs the zone whose time it shall become."""
    return form in (EPOCH, EPOCH_MS) or "%z" in canonical(form)


def may_have_offset(form: str) -> bool:
    """Whether a text in the format may say its instant."""
    return form == ISO or has_offset(form)


def wrong_format(form: str, calendar: Calendar | None = None) -> str | None:
    """What is wrong with a format and what to write, in a sentence; None for a good one."""
    if form in WORDS:
        return None if calendar is None else f"{form!r} has no years of another calendar; leave `calendar` out"
    if "%" not in form:
        return f"{form!r} is no format: write {_meant(form)}, or one of the words {', '.join(WORDS)}"
    parts = _PART.findall(canonical(form))
    odd = next((part for part in parts if part not in _PARTS | _WEEKS), None)
    if odd is not None:
        return f"{form!r}: {_ODD.get(odd, f'there is no part {odd}')}"
    if not {"%Y", "%y", "%G"} & set(parts):
        return f"{form!r} has no year (%Y); join the columns of date and time in `layout`"
    if ("%I" in parts) != ("%p" in parts):
        return (
            f"{form!r}: an hour of a clock of 12 (%I) and which half of the day it is of (%p) need each other; an hour "
            "of 0 to 23 is %H"
        )
    if "%.f" in parts and "%S" not in parts:
        return f"{form!r}: a fraction (%.f) is one of seconds (%S)"
    if QUARTER in parts and {"%m", "%B", "%d", "%j"} & set(parts):
        return f"{form!r}: a quarter (%q) has no month and day; it stands for its first day"
    if calendar is not None and "%Y" not in parts:
        return f"{form!r}: years of the {calendar} calendar are whole; write %Y for them"
    return None


_ODD: Final = {
    "%Z": "%Z reads the name of a zone and leaves it out; have an offset (%z) delivered",
    "%s": "write the word epoch for seconds since 1970, alone",
    "%f": "write %.f for a fraction of seconds with its point, after %S",
}


def _meant(form: str) -> str:
    meant = re.sub("|".join(_WORDY), lambda found: _WORDY[found[0]], form)
    return repr(meant) if "%" in meant else "it as '%Y-%m-%d %H:%M' (strptime)"
