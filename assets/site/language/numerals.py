"""Numbers as a language writes them, by the signs of the CLDR. Babel reads its pattern again for each number, in 50 µs;
the pages of a city with years of values have 200,000 of them, most in every language of the city."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError, numbers

from quality.contract.texts import PLATFORM

_KEPT = 50_000  # numbers: those of some metrics, whose pages in all languages are made one after the other


@cache
def locale_of(language: str) -> Locale:
    """The rules of the Unicode CLDR for a language tag; English ones where it has none."""
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(PLATFORM)


def written_number(language: str, value: float, digits: int) -> str:
    """A number in groups of three with exactly so many digits behind the point, with a true minus sign."""
    return _signed(language, _in_groups(value, digits, 0))


def share_text(language: str, value: float, digits: int) -> str:
    """A share of 1 in per cent."""
    return _signed(language, _in_groups(value, digits, 2)) + "\N{NO-BREAK SPACE}%"


@lru_cache(maxsize=_KEPT)
def _in_groups(value: float, digits: int, scale: int) -> str:
    """A number with the signs of English. It is rounded as it is written down: half of the last digit to the even one.

    >>> _in_groups(1234.25, 1, 0), _in_groups(-0.04, 1, 0), _in_groups(0.625, 0, 2)
    ('1,234.2', '0.0', '62')
    """
    if not math.isfinite(value):
        return str(value).replace("inf", "\N{INFINITY}").replace("-", "\N{MINUS SIGN}")
    text = f"{Decimal(str(value)).scaleb(scale):,.{digits}f}"
    if text[0] != "-":
        return text
    # never a minus before nothing but zeros
    return "\N{MINUS SIGN}" + text[1:] if text.strip("-0.") else text[1:]


@cache
def signs_of(language: str) -> str:
    """The two signs by which the numbers of a language are written: what has the same ones has the same numbers."""
    locale = locale_of(language)
    return f"{numbers.get_group_symbol(locale)}{numbers.get_decimal_symbol(locale)}"


def _signed(language: str, text: str) -> str:
    signs = _signs(language)
    return text.translate(signs) if signs else text


@cache
def _signs(language: str) -> dict[int, str]:
    """What stands in a language for the comma and the point of English; nothing where it is they."""
    signs = signs_of(language)
    return {} if signs == ",." else {ord(","): signs[:-1], ord("."): signs[-1]}
