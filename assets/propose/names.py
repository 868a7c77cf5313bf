"""Names of delivered columns, as they are compared with the words that models know."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from quality.text import normalised
from quality.units.unit import units_of

_BRACKET = re.compile(r"\s*[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]\s*$")
_UNIT_AT_END = re.compile(
    r"(?i)[_\s.-]([uµμ]g[_/]?m(?:\^?3|³)|mg[_/]?m(?:\^?3|³)|[㎍㎎]/[㎥㎡]|мк?г/м(?:3|³)|%|‰|ppm|ppb|°c|°f|℃|℉|degc|celsius|fahrenheit|"
    r"km/h|kmh|m/s|м/с|mph|knots|hpa|mmhg|kwh|mwh|db\(a\)|dba)$"
)
_WRITTEN = {
    "ug_m3": "ug/m3",
    "ugm3": "ug/m3",
    "mg_m3": "mg/m3",
    "mgm3": "mg/m3",
    "celsius": "degC",
    "degc": "degC",
    "fahrenheit": "degF",
    "kmh": "km/h",
    "knots": "kn",
    "hpa": "hPa",
    "mmhg": "mmHg",
}


def words_in(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Words that say how a figure was made and not what it is.
NEUTRAL = words_in(
    """mean avg average most prevailing value values val conc concentration raw hourly daily monthly hour obs observed
    measured reading principal result current 값 농도 평균 측정값 보정 值 数值 濃度 平均 nilai rata
    trung binh ค่า значение valor medio media promedio the of in at air station 24hr cf1 atm stp rpt"""
)


@dataclass(frozen=True)
class Header:
    """The name of a delivered column: what it says, and the unit that it says behind it."""

    name: str  # as delivered
    said: str  # without the unit
    unit: str | None = None
    silent: bool = False  # the name is none of the delivery's, and only `said` says something


@lru_cache(maxsize=16_384)  # all words of the models are asked for again with each proposal
def header_of(name: str) -> Header:
    """A name taken apart; the unit is None where none stands there."""
    found = _BRACKET.search(name)
    if found is not None and found.start() > 0 and is_unit(found[1]):
        return Header(name, name[: found.start()].strip(), found[1].strip())
    before, comma, last = name.rpartition(",")
    if comma and before.strip() and is_unit(last):
        return Header(name, before.strip(), last.strip())
    found = re.search(r"(?i)(?<=temp|ture|oint)[_ ]([FC])$", name)
    if found is not None:
        return Header(name, name[: found.start()], f"deg{found[1].upper()}")
    found = _UNIT_AT_END.search(name)
    if found is not None:
        return Header(name, name[: found.start()].strip(), _WRITTEN.get(found[1].casefold(), found[1].replace("^", "")))
    return Header(name, name)


def is_unit(text: str) -> bool:
    """Whether a text in brackets is a unit, not a remark such as (LT), (S2) or (min)."""
    text = text.strip()
    if not text or (text.isascii() and text.isalpha() and len(text) == 1 and text not in "%CFKm"):
        return False
    return bool(units_of(text, codes=False)) and text.casefold() not in ("min", "gt", "month", "year", "day", "week")


@lru_cache(maxsize=16_384)
def squeezed(text: str) -> str:
    """Letters and digits alone, small, without the accents of Latin letters: `PM2.5` and `pm2_5` are pm25."""
    text = unicodedata.normalize("NFKD", normalised(text)).casefold()
    text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", text))
    return "".join(sign for sign in text if sign.isalnum() or unicodedata.category(sign) in ("Mn", "Mc"))


def words_of(text: str) -> list[str]:
    """The words of a name, small: of `avgWind_speed` avg, wind and speed."""
    spaced = _CAMEL.sub(" ", normalised(text))
    return [squeezed(word) for word in re.split(r"[\s_\-/,;:()\[\]（）]+", spaced) if squeezed(word)]


def path_ends(name: str) -> list[str]:
    """A name, and where it is a dotted path of a reply the ends of it: PM25.value and value of AQILast.PM25.value."""
    parts = name.split(".")
    if len(parts) < 2 or any(not part or part.isdigit() for part in parts):
        return [name]
    return [".".join(parts[start:]) for start in range(len(parts))]
