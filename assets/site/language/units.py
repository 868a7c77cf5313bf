"""How a value is written: with how many digits, and what its unit is called. Nothing else of a value is said here.

Symbols are the same in all languages; names of things that are counted stand in messages/units.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, lru_cache

from quality.units.table import CURRENCIES

Say = Callable[..., str]  # a message as text: SiteWords.plain

_SYMBOLS: Mapping[str, str] = {
    "ug": "µg",
    "m2": "m²",
    "m3": "m³",
    "km2": "km²",
    "min2": "min²",
    "degC": "°C",
    "deg": "°",
    **{
        same: same for same in ("%", "dB", "ppm", "ppb", "kg", "g", "mg", "t", "L", "m", "cm", "mm", "km", "kWh", "MWh")
    },
    **{same: same for same in ("kW", "W", "hPa", "lx", "Hz", "mSv", "NTU", "pH", "mL", "GWh", "ha")},
}
# In parts of a unit an hour and a minute are symbols; alone they are words, which people read with less effort.
_SYMBOLS_IN_PARTS: Mapping[str, str] = {"h": "h", "min": "min", "s": "s", "d": "d"}
_WITHOUT_NAME = frozenset({"", "1", "ratio", "index", "count", "unit"})  # the title says what it is
_NAMES: Mapping[str, str] = {"100k": "100000", "person": "inhabitant", "100000 inhabitants": "100000", "d": "days"}
_COUNTED = (
    *("count", "people", "person-hours", "vehicles", "places", "visits", "trips", "passages", "stations", "stops"),
    *("contracts", "criteria", "gatherings", "payments"),
)
_WHOLE = frozenset({*_COUNTED, "index", "kWh", "m2", "m3", "currency", "people/km2", "month", "year", "days"})
_HUNDREDTHS = frozenset({"ppm", "1", "ratio", "km2/km2", "requests/1000", "stops/km2", "currency/kg"})
_FROM_NO_ZERO = frozenset({"degC", "dB"})  # near zero they are not small
COMPACT_FROM = 1e8  # "3.2 billion": eleven digits at 34 px are wider than a tile
_MOST = 8


@lru_cache(maxsize=50_000)  # a value stands in a table and a calendar, in each language
def digits_of(value: float, unit: str, target: float | None = None) -> int:
    """How many digits behind the point a value has. One more for as long as rounding hides that it is not the target.

    >>> digits_of(15.44, "ug/m3"), digits_of(15.04, "ug/m3", 15), digits_of(0.0015, "requests/1000")
    (1, 2, 4)
    """
    digits = _by_size(abs(value), _generic(unit))
    while target is not None and value != target and digits < _MOST and round(value, digits) == round(target, digits):
        digits += 1
    return digits


def change_digits(change: float, value: float, unit: str) -> int:
    """The digits of a change of a value: those of the value, and more where it would be nothing by them."""
    digits = digits_of(value, unit)
    while change != 0 and round(change, digits) == 0 and digits < _MOST:
        digits += 1
    return digits


def limit_digits(limit: float) -> int:
    """A limit has the digits that were written: 15, 13.3."""
    exponent = Decimal(repr(limit)).normalize().as_tuple().exponent
    return min(_MOST, max(0, -exponent)) if isinstance(exponent, int) else 0


def unit_name(unit: str, say: Say, number: float | Decimal = 2) -> str:
    """What a unit is called: µg/m³, people per km², `per 100,000 inhabitants`; nothing of a mere number.

    say: the messages of a language. number: as it is shown; `1 day` and `2 days` are different words.
    """
    top, *below = unit.split("/")
    if not below:
        return _part(top, say, number, alone=True)
    # where every part is a symbol the slash stays
    symbols = [_symbol(part) for part in (top, *below)]
    if all(symbols):
        return "/".join(filter(None, symbols))
    what, each = _part(top, say, number, alone=False), " ".join(_each(part, say) for part in below)
    return say("units.per", what=what, each=each) if what else say("units.per_only", each=each)


def with_signs(text: str) -> str:
    """A text of a pack with units as they are printed: 25 µg/m³ at 25 °C for 25 ug/m3 at 25 degC."""
    return re.sub(r"\b(?:ug|degC|m[23]|km2)\b", lambda found: _SYMBOLS[found[0]], text)


@cache
def _generic(unit: str) -> str:
    """A unit with `currency` in place of the code of one: all amounts are rounded in one way."""
    return "/".join("currency" if part in CURRENCIES else part for part in unit.split("/"))


def _by_size(size: float, unit: str) -> int:
    by_hundredths = unit in _HUNDREDTHS
    if unit in _WHOLE or (unit.startswith(("currency", "businesses")) and not by_hundredths):
        return 1 if size < 100 and not float(size).is_integer() else 0
    if size >= 1000:
        return 0
    digits = 2 if by_hundredths else 1
    if unit not in _FROM_NO_ZERO and 0 < size < 10**-digits:
        digits = min(_MOST, 1 - math.floor(math.log10(size)))
    return digits


def _symbol(part: str) -> str | None:
    """A part in symbols, such as °C·h; None where it has a name."""
    if part in CURRENCIES:
        return part
    found = [_SYMBOLS.get(one) or _SYMBOLS_IN_PARTS.get(one) for one in part.split(" ")]
    return "·".join(one or "" for one in found) if all(found) else None


def _part(part: str, say: Say, number: float | Decimal, *, alone: bool) -> str:
    if part in _WITHOUT_NAME:
        return ""
    symbol = None if alone and part in _SYMBOLS_IN_PARTS else _symbol(part)
    return symbol or _said(_NAMES.get(part, part), say, number)


def _each(part: str, say: Say) -> str:
    return _symbol(part) or _said(f"each_{_NAMES.get(part, part)}", say, 1)


def _said(name: str, say: Say, number: float | Decimal) -> str:
    try:
        return say(f"units.{name}", n=number)
    except KeyError:  # a unit that a pack has of its own is shown as it is written there
        return re.sub(r"_", " ", name.removeprefix("each_"))
