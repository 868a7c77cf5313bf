"""Texts -> units: a name of the table, or names put together with multipliers, exponents and `per`."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from quality.units.table import CODES, CURRENCIES, JOINED, MONEY, MULTIPLIERS, PREFIXES, READ_CODES, UNITS, Known

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = str.maketrans({"\u03bc": "u", "\u2212": "-", "\u2215": "/", "\u2044": "/", "\u22c5": "·", "\u30fb": "·"})
_WORDS = {"cubic": 3, "square": 2}
_MOST_READINGS = 64  # of one text, each of whose names may be several units
_NUMBER = re.compile(r"(?:10\^([0-9]{1,2})|1(0{3,})|(1(?:0{1,2})?)k|1(0{1,2}))(?=\s|$|(?<=000)\S|[^\x00-\x7f])\s*")
_TENTHS = re.compile(r"(0[.]0{0,2}1)(?![0-9])\s*")


@dataclass(frozen=True)
class Unit:
    """A unit as a multiple of units that are not taken apart: those of pint by their names there, others after `~`."""

    label: str
    scale: Fraction
    atoms: tuple[tuple[str, int], ...]  # name and exponent, in the order of names


def units_of(text: str, *, codes: bool = True) -> tuple[Unit, ...]:
    """The units that a text may stand for; none where it is not known. `codes`: those of UN/CEFACT are texts too."""
    signs = one_spelling(text)
    code = {**CODES, **READ_CODES}.get(signs) if codes else None
    of_code = () if code is None else _read(code)
    return (*of_code, *(unit for unit in _read(signs) if unit not in of_code))


@cache
def code_of(unit: str) -> str | None:
    """The UN/CEFACT code of a unit, e.g. GQ of ug/m3; None where it has none or is not known."""
    meant = [(known.scale, known.atoms) for known in units_of(unit, codes=False)[:1]]
    coded = ((code, known) for code, label in CODES.items() for known in _read(label)[:1])
    return next((code for code, known in coded if (known.scale, known.atoms) in meant), None)


def one_spelling(text: str) -> str:
    """One spelling of signs: ㎍/㎥ and µg/m³ are ug/m^3, ℃ is °C."""
    text = text.strip()
    if text.isascii() and not (" " in text or "," in text):
        return text
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", re.sub("[˚º]", "°", text)).translate(_SIGNS)
    text = re.sub(r"(?i)\b(cubic|square) ([^\W\d]+)", lambda found: f"{found[2]}^{_WORDS[found[1].lower()]}", text)
    return re.sub(r"(?<=[0-9])[ ,](?=[0-9]{3}(?![0-9]))", "", text)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s^·.*]+", "", text)


@cache
def _read(text: str) -> tuple[Unit, ...]:
    """Text in one spelling -> units."""
    whole = _named(text, small=False)
    if whole:
        return whole
    above, *below = (_product(side) for side in re.split(r"/|\bper\b", text))
    if not all(below) or not (above or (below and re.match(r"\s*(?:/|per\b)", text))):
        return ()
    sides = [above or (_ONE,), *below]
    if math.prod(len(side) for side in sides) > _MOST_READINGS or not any(u.atoms for side in sides for u in side):
        return ()
    together = [
        _together(first, [(unit, -1) for unit in others], "/".join(u.label for u in (first, *others)))
        for first, *others in itertools.product(*sides)
    ]
    return tuple(dict.fromkeys(together)) if below else tuple(unit for unit in above if unit.atoms)


_ONE = Unit("1", Fraction(1), ())


@cache
def _product(side: str) -> tuple[Unit, ...]:
    """Names side by side, as in kg·m or thousand people; none where one of them is not known."""
    side = re.sub(r"^\((.*)\)$", r"\1", side.strip())
    named = _named(side, small=True)
    if named or not side:
        return named
    number = _NUMBER.match(side)
    if number:
        exponent, zeros, thousands, few = number.groups()
        value = 10 ** int(exponent) if exponent else int(f"1{zeros or few or ''}") if not thousands else 1000
        value = int(thousands) * 1000 if thousands else value
        return _times(value, side[number.end() :])
    if tenths := _TENTHS.match(side):
        return _times(Fraction(tenths[1]), side[tenths.end() :])
    for sign in sorted(JOINED, key=len, reverse=True):
        if side.startswith(sign) and (rest := _product(side[len(sign) :])):
            return tuple(_multiplied(JOINED[sign], unit) for unit in rest)
    tokens = [token for token in re.split(r"[\s·*×]+|(?<![0-9])\.|\.(?![0-9])", side) if token]
    factor = math.prod(MULTIPLIERS.get(token.casefold(), 1) for token in tokens)
    powers = [_power(token) for token in tokens if token.casefold() not in MULTIPLIERS]
    if not powers or not all(powers) or math.prod(len(power) for power in powers) > _MOST_READINGS:
        return ()
    found = [
        _together(one[0], [(u, 1) for u in one[1:]], "*".join(u.label for u in one))
        for one in itertools.product(*powers)
    ]
    return tuple(_multiplied(factor, unit) for unit in dict.fromkeys(found))


def _times(value: Fraction | int, rest: str) -> tuple[Unit, ...]:
    units = _product(rest) if rest.strip() else (_ONE,)
    return tuple(_multiplied(value, unit) for unit in units)


def _multiplied(factor: Fraction | int, unit: Unit) -> Unit:
    if factor == 1:
        return unit
    shown = f"{factor}" if factor >= 1 else f"{float(factor):g}"
    return replace(unit, label=shown if unit == _ONE else f"{shown} {unit.label}", scale=unit.scale * factor)


def _power(token: str) -> tuple[Unit, ...]:
    """A name, with or without an exponent."""
    named = _named(token, small=True)
    found = None if named else re.fullmatch(r"(.*[^0-9^+-])\^?([+-][1-9]|[2-9])", token)
    if found is None:
        return named
    exponent = int(found[2])
    units = _named(found[1], small=True)
    return tuple(
        Unit(f"{u.label}{exponent}", u.scale**exponent, tuple((name, of * exponent) for name, of in u.atoms))
        for u in map(_differences, units)
    )


def _together(first: Unit, others: Iterable[tuple[Unit, int]], label: str) -> Unit:
    parts = [(first, 1), *others]
    if len(parts) == 1:
        return first
    scale, atoms = Fraction(1), Counter[str]()
    for unit, exponent in ((_differences(unit), exponent) for unit, exponent in parts):
        scale *= unit.scale**exponent
        for name, of in unit.atoms:
            atoms[name] += of * exponent
    return Unit(label, scale, _ordered(atoms))


def _differences(unit: Unit) -> Unit:
    """In W/m2/degC a degree is a difference of temperatures."""
    of = {"degC": Fraction(1), "degF": Fraction(5, 9)}.get(unit.atoms[0][0]) if len(unit.atoms) == 1 else None
    return unit if of is None else Unit(unit.label, unit.scale * of, (("kelvin", 1),))


def _ordered(atoms: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, exponent) for name, exponent in atoms.items() if exponent))


def _named(text: str, *, small: bool) -> tuple[Unit, ...]:
    """The units of this name. Other capitals do where no name has these; for single letters only where `small`."""
    exact, folded = _names()
    squeezed = _squeezed(text)
    found = exact.get(squeezed, ())
    if squeezed in CURRENCIES:
        return (*found, _currency(squeezed))
    return found or (folded.get(squeezed.casefold(), ()) if small or len(squeezed) > 1 else ())


def _currency(code: str) -> Unit:
    return Unit(code, Fraction(1), ((f"~{code}", 1),))


@cache
def _names() -> tuple[dict[str, tuple[Unit, ...]], dict[str, tuple[Unit, ...]]]:
    """The texts of the table as they are, and in small letters."""
    exact: dict[str, list[Unit]] = {}
    for known in UNITS:
        unit = Unit(known.label, Fraction(known.scale), _atoms(known))
        _add(exact, (known.label, *known.texts.split()), unit)
        for prefix in known.prefixes:
            label = f"{prefix}{known.label}"
            _add(exact, (label,), replace(unit, label=label, scale=unit.scale * Fraction(PREFIXES[prefix])))
    folded: dict[str, list[Unit]] = {}
    for text, units in exact.items():
        for unit in units:
            _add(folded, (text.casefold(),), unit)
    for text, currencies in MONEY.items():
        for code in currencies.split():
            _add(exact, (text,), _currency(code))
            _add(folded, (text.casefold(),), _currency(code))
    return {text: tuple(units) for text, units in exact.items()}, {text: tuple(units) for text, units in folded.items()}


def _add(names: dict[str, list[Unit]], texts: Sequence[str], unit: Unit) -> None:
    for text in texts:
        units = names.setdefault(_squeezed(one_spelling(text)), [])
        if all((one.scale, one.atoms) != (unit.scale, unit.atoms) for one in units):
            units.append(unit)


def _atoms(known: Known) -> tuple[tuple[str, int], ...]:
    """`meter^3/second` -> the names with their exponents."""
    atoms = Counter[str]()
    for number, side in enumerate(known.of.split("/")):
        for part in side.split("*"):
            name, _, exponent = part.partition("^")
            atoms[name] += int(exponent or 1) * (-1 if number else 1)
    return _ordered(atoms)


def labels() -> tuple[str, ...]:
    """All names under which units are written in contracts."""
    return tuple(dict.fromkeys([*(known.label for known in UNITS), *CODES.values()]))
