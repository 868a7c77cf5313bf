"""Whether the unit that a contract declares for a column is that of its name and of the names it is delivered under.

Values are published as they are delivered: under another unit they would be a thousand times too large or too small.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence


def _in_words(prefix: str) -> list[str]:
    grams = (f"{prefix}gram", f"{prefix}grams", f"{prefix}gramme", f"{prefix}grammes")
    return [f"{mass} per cubic {length}" for mass in grams for length in ("metre", "meter")]


# The units that are known, each with the other ways to write it. The groups are those in which one stands for another.
_GROUPS: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "ug/m3": ("ugm3", "ugm-3", "mcg/m3", "ug/cbm", *_in_words("micro")),
        "mg/m3": ("mgm3", "mgm-3", "mg/cbm", *_in_words("milli")),
        "ng/m3": ("ngm3", "ngm-3"),
        "ppm": ("ppmv",),
        "ppb": ("ppbv",),
    },
    {"degC": ("c", "celsius", "cel"), "degF": ("f", "fahrenheit"), "K": ("kelvin",)},
    {"%": ("pct", "percent"), "permille": ("promille",)},
    {"dB": ("dba", "db(a)")},
    {"m/s": ("ms", "ms-1", "mps"), "km/h": ("kmh", "kph"), "kn": ("kt", "knots"), "mph": ()},
    {"mm": (), "cm": (), "m": (), "km": ()},
    {"hPa": ("mbar",), "kPa": (), "Pa": ()},
    {"deg": ("degree", "degrees")},
    {"lx": ("lux",), "klx": ()},
    {"m3": ("cbm",), "L": ("litre", "liter")},
    {"g": (), "kg": (), "t": ()},
    {"kWh": (), "MWh": (), "GWh": ()},
    {"people": ("persons", "명"), "thousand people": ("thousand persons", "천명", "천 명")},
)


def _plain(text: str) -> str:
    """One spelling of signs: ㎍/㎥ and µg/m³ are ug/m3, ℃ is degc."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u03bc", "u").replace("\u2212", "-")
    text = re.sub(r"[\s^·.*]+", "", text)
    return "deg" if text in ("°", "˚") else re.sub("^[°˚]", "deg", text)


_KNOWN = {
    _plain(spelling): (unit, group)
    for group, units in enumerate(_GROUPS)
    for unit, others in units.items()
    for spelling in (unit, *others)
}


def wrong_unit(name: str, unit: str | None, sources: Sequence[str]) -> str | None:
    """Why a column cannot have this unit, and what to write; None where nothing speaks against it."""
    declared = None if unit is None else _KNOWN.get(_plain(unit))
    _, underscore, last = name.rpartition("_")
    named = _KNOWN.get(_plain(last)) if underscore else None
    if declared is not None and named is not None and _differ(declared, named, last):
        return (
            f"column {name}: its name says {named[0]} and `unit` says {declared[0]}, and values are not converted; "
            f"write `unit: {named[0]}`, or give the column a name that ends as its unit does"
        )
    meant = declared or named
    for source in sources:
        at_end = re.findall(r"(?i)[_\s]([uµμmn]g\s?/?\s?m(?:-?3|³)|pp[mb])$", source)
        for text in [*re.findall(r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]", source), *at_end]:
            delivered = _KNOWN.get(_plain(text))
            if delivered is not None and meant is not None and _differ(delivered, meant, text):
                what = "`unit` says" if declared is not None else "its name says"
                return (
                    f"column {name}: it is delivered as {source!r}, in {delivered[0]}, and {what} {meant[0]}, and "
                    f"values are not converted; write `unit: {delivered[0]}` and a name that ends so, or take the "
                    "source out"
                )
    return None


def _differ(one: tuple[str, int], other: tuple[str, int], text: str) -> bool:
    """One letter may stand for anything else, a section or men: it speaks only against a unit of the same kind."""
    return one[0] != other[0] and (len(text.strip()) > 1 or one[1] == other[1])
