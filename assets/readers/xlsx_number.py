"""A number of a spreadsheet as text: exact, or as its format shows it where that makes it a code, a date or a time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple

_EXACT = 2**53  # whole numbers up to here are exact in a spreadsheet
_DAY_MS = 86_400_000
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    **dict.fromkeys((37, 38), "#,##0 ;(#,##0)"),
    **dict.fromkeys((39, 40), "#,##0.00;(#,##0.00)"),
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 20), "h:mm"),
    **dict.fromkeys((19, 21, 32, 33, 34, 35), "h:mm:ss"),
    22: "yyyy-mm-dd h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
}
_LOOKS = re.compile(  # colours, languages and room at the edges change no sign
    r"\[(?:\$-[0-9a-f]+|black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)\]|^_.|_.$", re.IGNORECASE | re.DOTALL
)
_QUOTED = re.compile(r'"[^"]*"|\\.', re.DOTALL)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]|(.)', re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """How a number format shows a number. `code`: zeros that are filled from the right, None for any other sign."""

    kind: Literal["number", "code", "date", "time", "elapsed"]
    code: tuple[str | None, ...] = ()  # of a code: None for a digit, else the sign itself
    seconds: bool = False
    most: float = -1  # of a number: whole numbers up to here are shown as they are


class Written(NamedTuple):
    """The text of a number. `kind`: exact; coded, which is exact only as it is shown; or shown otherwise."""

    text: str
    kind: Literal["exact", "coded", "otherwise"]


def built_in(number: int) -> str:
    """The format of a number that every spreadsheet knows; what is no date or time shows the number."""
    return _BUILT_IN.get(number, "General")


@cache
def shown(pattern: str) -> Shown:
    """What a format pattern makes of a number: `00000` a code, `h:mm` a time, `#,##0` nothing."""
    first = pattern.split(";", maxsplit=1)[0]
    if first.strip().lower() in ("general", "@", ""):
        return Shown("number", most=math.inf if first == pattern else -1)
    if re.search(r"\[(h+|m+|s+)\]", first, re.IGNORECASE):
        return Shown("elapsed", seconds="s" in first.lower())
    found = [(quoted or escaped, sign) for quoted, escaped, sign in _LITERAL.findall(first)]
    signs = "".join(sign for _, sign in found).lower()
    if re.search("[yd]", signs) or ("m" in signs and not re.search("[hs]", signs)):
        return Shown("date", seconds="s" in signs)
    if re.search(r"[hs]", signs):
        return Shown("time", seconds="s" in signs)
    bare = _LOOKS.sub("", pattern)
    if re.fullmatch("[#,]*0", bare):
        return Shown("number", most=999 if "," in bare else math.inf)
    found = [(quoted or escaped, sign) for quoted, escaped, sign in _LITERAL.findall(bare)]
    code = tuple(None if sign == "0" else sign or literal for literal, sign in found)
    plain = not re.search(r"[;\[\]_*]", _QUOTED.sub("", bare)) and all(sign in "0- ():" for _, sign in found)
    if code.count(None) >= 2 and plain:
        return Shown("code", tuple(part for part in code if part != ""))
    return Shown("number")


def number_text(stored: str, pattern: str, *, since_1904: bool = False) -> Written:
    """The text of a stored number. Raises ValueError where it is none."""
    how = shown(pattern)
    if how.most == math.inf and stored.isascii() and stored.isdigit():
        return Written(stored, "exact")
    value = float(stored)
    if value - value != 0:
        raise ValueError(stored)
    if how.kind == "code" and value >= 0 and value == int(value) < _EXACT:
        text = _coded(str(int(value)), how.code)
        return Written(text, "coded" if any(how.code) else "exact")
    if how.kind not in ("number", "code") and value >= 0:
        moment = _moment(value, how, since_1904=since_1904)
        if moment is not None:
            return Written(moment, "exact")
    as_it_is = how.kind not in ("number", "code") or how.most == math.inf or (0 <= value <= how.most and value % 1 == 0)
    return Written(exact_number(stored), "exact" if as_it_is else "otherwise")


def exact_number(stored: str) -> str:
    """A stored number without a power of ten; where its last digits are not known, as it is stored."""
    value = float(stored)
    if re.fullmatch(r"-?\d+", stored):
        return stored
    if abs(value) >= _EXACT:  # 1.1011053010171234E+18: its last digits are not known, which the reader of ids must see
        return stored
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _coded(digits: str, code: tuple[str | None, ...]) -> str:
    """The digits put in from the right; those that are too many stand before the first."""
    left = list(digits.zfill(code.count(None)))
    first = code.index(None)
    text = ""
    for part in reversed(code[first + 1 :]):
        text = (left.pop() if part is None else part) + text
    return "".join(part or "" for part in code[:first]) + "".join(left) + text


def _moment(value: float, how: Shown, *, since_1904: bool) -> str | None:
    """The date or time that a number stands for; None for those that are none: day 0, or 29 February 1900."""
    if how.kind == "elapsed" or (how.kind == "time" and value < 1):
        seconds = Decimal(round(value * _DAY_MS)) / 1000
        hours, rest = divmod(seconds, 3600)
        minutes, rest = divmod(rest, 60)
        clock = f"{int(hours):02d}:{int(minutes):02d}"
        return (
            clock
            + (f":{int(rest):02d}" if how.seconds or rest else "")
            + (f".{int(rest * 1000 % 1000):03d}" if rest % 1 else "")
        )
    if since_1904:
        value += 1462
    if how.kind not in ("date", "time") or value < 1 or 60 <= value < 61 or value > 2_958_466:
        return None
    begin = datetime(1899, 12, 31 if value < 60 else 30)  # noqa: DTZ001 - a spreadsheet has no zones
    days, part = divmod(value, 1)
    moment = begin + timedelta(days=int(days), milliseconds=round(part * _DAY_MS))
    return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")
