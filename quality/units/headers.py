"""Whether a column can have the unit that is declared for it: what its name and the names it is delivered under say.

A unit is never assumed. Values under another one would be a thousand times too large or too small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from quality.units.conversion import SAME, UnitError, conversion
from quality.units.unit import units_of

# Words that mean nothing but a unit. Others may be anything, as (min) for the least value, (GT) for ground truth or
# (S2) for a sensor: they speak only against a unit of the same dimension. So does a sign such as (A/C).
_PLAIN_WORDS = frozenset(
    ["ug/m3", "mg/m3", "ng/m3", "ppm", "ppb", "dB", "degC", "degF", "hPa", "kPa", "m/s", "km/h", "mph", "mm", "cm",
     "km", "m2", "m3", "ug", "mg", "kg", "lx", "kWh", "MWh", "people"]
)  # fmt: skip
_LOWEST = "min"  # temperature_min is the lowest, not minutes; and to know that would take pint, 0.4 s of each start
_PLAIN_SIGNS = re.compile("[/%‰°]")
_IN_BRACKETS = r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]"
_AT_END = r"(?i)[_\s,]([uµμmn]g\s?/?\s?m(?:-?3|³)|pp[mb]|[^\s,]*[/%‰°℃℉㎍㎎㎥³²][^\s,]*)$"

# Words that may say a unit at the end of a name, as in temp_f, rain_in, windSpeedMph, and in brackets behind a number,
# as in 시정(10m), which may also be a height. They speak where nothing is declared, against others of their group.
_WORD_AT_END = r"(?:[_\s,.-]|(?<=[a-z0-9])(?=[A-Z]))([A-Za-z]+)$"
_SPEED_AT_END = r"(?i)(?<=[a-z])(kmh|kph|mph|inhg|mmhg|degf|degc)$"
_MAY_BE = (
    "f c k degf degc fahrenheit celsius kelvin ℃ °c °f",
    "m/s km/h kmh kph mph kn kt kts knot knots mps",
    "pa hpa kpa mbar mb bar inhg mmhg atm",
    "mm cm m km in inch inches ft feet mi mile miles",
    "wh kwh mwh gwh mj gj",
    "m3 l kl ml litres liters gal",
    "ug/m3 mg/m3 ng/m3 ugm3 mgm3",
)
_GROUP = {word: number for number, words in enumerate(_MAY_BE) for word in words.split()}


def wrong_unit(
    name: str, unit: str | None, sources: Sequence[str], *, delivered_unit: str | None = None, by_row: bool = False
) -> str | None:
    """Why a column cannot have these units, and what to write; None where nothing speaks against them.

    `unit` is that in which it is stored, `delivered_unit` that in which it comes, if it is another one; `by_row`: each
    row says its own.
    """
    _, underscore, last = name.rpartition("_")
    if unit is not None and underscore and last != _LOWEST and speaks_against(last, unit):
        named = units_of(last, codes=False)[0].label
        return (
            f"columns.{name}.unit: its name says {named} and `unit` says {unit}; write `unit: {named}`, or give the "
            "column a name that ends as its unit does"
        )
    meant = delivered_unit or unit or (last if underscore and units_of(last, codes=False) else None)
    if meant is None or by_row:
        return None
    for source in sources:
        for text in [*re.findall(_IN_BRACKETS, source), *re.findall(_AT_END, source)]:
            if not speaks_against(text, meant):
                continue
            found = units_of(text, codes=False)[0].label
            taken = "is said to come in" if delivered_unit is not None else "would be taken for"
            return (
                f"columns.{name}.unit: it is delivered as {source!r}, in {found}, and {taken} {meant}; say in which "
                f"unit it comes, as `unit: {found}` (in an ODCS document `delivered_unit: {found}`), or take the "
                "source out"
            )
        for text in () if delivered_unit is not None else _perhaps(source):
            if _may_speak_against(text, meant):
                return (
                    f"columns.{name}.unit: it is delivered as {source!r}, which may say {text}, and would be taken for "
                    f"{meant}; say in which unit it comes, as `unit: {text}` or `unit: {meant}` (in an ODCS document "
                    "`delivered_unit`)"
                )
    return None


def _perhaps(source: str) -> list[str]:
    """Texts in a name that may be its unit."""
    numbered = [text for text in re.findall(_IN_BRACKETS, source) if text[:1].isdecimal()]
    words = [*re.findall(_WORD_AT_END, source), *re.findall(_SPEED_AT_END, source)]
    return [*(re.sub(r"(?<=[0-9])\s*(?=[^0-9.])", " ", text) for text in numbered), *words]


def _may_speak_against(text: str, meant: str) -> bool:
    """Whether a text is another unit of the group of the one that is meant."""
    group = _GROUP.get(re.sub("^[0-9.]+ ", "", text).casefold())
    if group is None or group != _GROUP.get(meant.casefold()) or not units_of(text, codes=False):
        return False
    try:
        return conversion(text, meant) != SAME
    except UnitError:
        return False


def speaks_against(text: str, meant: str) -> bool:
    """Whether a text beside a name is a unit, and another one than is meant."""
    found = units_of(text, codes=False)
    if not found or text.strip()[0].isdecimal():  # (10m) is a height
        return False
    try:
        return conversion(text, meant) != SAME
    except UnitError:
        plain = any(unit.label.split()[-1] in _PLAIN_WORDS for unit in found)
        signs = len(text.strip()) > len("A/C") and _PLAIN_SIGNS.search(text) is not None
        return bool(units_of(meant)) and len(text.strip()) > 1 and (plain or signs)
