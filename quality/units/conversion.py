"""From the unit in which a value is delivered to the one in which it is stored."""

from __future__ import annotations

import difflib
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from quality.units import physical
from quality.units.conditions import Conditions
from quality.units.gases import GASES, molar_mass, moles_per_gram
from quality.units.table import CODES, MISUSED
from quality.units.unit import Unit, labels, one_spelling, units_of

_MASS_IN_AIR, _SHARE_OF_AIR = (("gram", 1), ("meter", -3)), (("~mole_fraction", 1),)
_COUNTED = frozenset(
    f"~{name}" for name in ("person", "household", "vehicle", "bicycle", "trip", "shop", "place", "payment")
)
_NUMBERS = _COUNTED | {"~count", "~index"}
_WATER = Fraction(1, 1_000_000)  # m3 of a gram of water: 1 kg/m2 of rain is 1 mm


class UnitError(ValueError):
    """A unit that cannot be used: a sentence that says what is wrong and what to write."""


@dataclass(frozen=True)
class Conversion:
    """A number of one unit times `factor`, plus `offset`, is a number of the other. Both are exact."""

    factor: Fraction
    offset: Fraction = Fraction(0)

    @property
    def changes(self) -> bool:
        """Whether numbers become others."""
        return self != SAME

    def of(self, number: float) -> float:
        """The Float64 nearest to what a number, as its shortest text says it, becomes; infinity where it is none."""
        result = Fraction(repr(number)) * self.factor + self.offset
        try:
            return float(result)
        except OverflowError:
            return math.inf if result > 0 else -math.inf


SAME = Conversion(Fraction(1))


def conversion(delivered: str, stored: str, substance: str | None = None, at: Conditions | None = None) -> Conversion:
    """How numbers in `delivered` become numbers in `stored`.

    A gas (`substance`, such as NO2) goes from mass per volume to a mole fraction, or back, `at` a temperature and
    pressure. Raises UnitError where a unit is not known, may be two, or measures something else.
    """
    if one_spelling(delivered) == one_spelling(stored):
        return SAME
    return _conversion(delivered, stored, substance, at)


@cache
def _conversion(delivered: str, stored: str, substance: str | None, at: Conditions | None) -> Conversion:
    sources, targets = known_units(delivered), known_units(stored)
    found = _found(sources, targets, substance, at)
    if len(found) > 1:
        meant = " or ".join(sorted({unit.label for unit in found.values()}))
        raise UnitError(f"{delivered!r} may be {meant}; write the one that is meant")
    if found:
        return next(iter(found))
    raise UnitError(_why_not(delivered, stored, sources, targets, substance, at))


def known_units(text: str) -> tuple[Unit, ...]:
    """The units that a text may stand for. Raises UnitError where it is not known, with those that are like it."""
    misused = MISUSED.get(one_spelling(text))
    if misused is not None:
        raise UnitError(f"{text!r} is not taken for a unit: {misused}; write that one")
    units = units_of(text)
    if units:
        return units
    written = one_spelling(text)
    small = {label.casefold(): label for label in (*CODES, *labels())}
    like = [small[name] for name in difflib.get_close_matches(written.casefold(), small, n=3, cutoff=0.6)]
    hint = f"write {' or '.join(like)}" if like else "docs/contracts.md has those that are"
    raise UnitError(f"{text!r} is no unit that is known; {hint}")


def _found(
    sources: tuple[Unit, ...], targets: tuple[Unit, ...], substance: str | None, at: Conditions | None
) -> dict[Conversion, Unit]:
    """The ways from one to the other, with what the first then is; those that need no pint come first."""
    pairs = list(itertools.product(sources, targets))
    same = {Conversion(one.scale / other.scale): one for one, other in pairs if one.atoms == other.atoms}
    if same:
        return same
    ways = ((_between(source, target, substance, at), source) for source, target in pairs)
    return {how: source for how, source in ways if how is not None}


def _between(source: Unit, target: Unit, substance: str | None, at: Conditions | None) -> Conversion | None:
    """None where the two measure different things, or something is lacking that is needed to tell."""
    gas = _gas_factor(source, target, substance, at)
    if gas is not None:
        return Conversion(source.scale * gas / target.scale)
    if target.atoms == (("~one", 1),) and target.scale == 1 and source.atoms in {((name, 1),) for name in _NUMBERS}:
        return Conversion(source.scale)  # a number of anything, as a number
    theirs = _own(target)
    if _as_in(_own(source), theirs) != theirs:
        return None
    one, other = _of_pint(source), _of_pint(target)
    if one == other:
        return Conversion(source.scale / target.scale)
    if not one or not other:
        return None
    linear = physical.linear(one, other)
    if linear is not None:
        return Conversion(source.scale * linear[0] / target.scale, linear[1] / target.scale)
    if dict(one) | {"gram": 1, "meter": -2} == dict(one) and dict(other).get("meter") == 1:
        as_depth = physical.linear(
            [(name, 1 if name == "meter" else power) for name, power in one if name != "gram"], other
        )
        return None if as_depth is None else Conversion(source.scale * _WATER * as_depth[0] / target.scale)
    return None


def _gas_factor(source: Unit, target: Unit, substance: str | None, at: Conditions | None) -> Fraction | None:
    mass = None if substance is None else molar_mass(substance)
    if mass is None or at is None:
        return None
    if (source.atoms, target.atoms) == (_MASS_IN_AIR, _SHARE_OF_AIR):
        return moles_per_gram(mass, at)
    if (source.atoms, target.atoms) == (_SHARE_OF_AIR, _MASS_IN_AIR):
        return 1 / moles_per_gram(mass, at)
    return None


def _own(unit: Unit) -> tuple[tuple[str, int], ...]:
    return tuple(atom for atom in unit.atoms if atom[0].startswith("~"))


def _of_pint(unit: Unit) -> tuple[tuple[str, int], ...]:
    return tuple(atom for atom in unit.atoms if not atom[0].startswith("~"))


def _as_in(ours: tuple[tuple[str, int], ...], theirs: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """A number of pieces is one of what the column counts."""
    counted = [name for name, exponent in theirs if exponent == 1 and name in _COUNTED]
    if len(counted) != 1:
        return ours
    return tuple(sorted((counted[0] if name == "~count" else name, exponent) for name, exponent in ours))


def _why_not(
    delivered: str,
    stored: str,
    sources: tuple[Unit, ...],
    targets: tuple[Unit, ...],
    substance: str | None,
    at: Conditions | None,
) -> str:
    pairs = {(source.atoms, target.atoms) for source in sources for target in targets}
    if pairs & {(_MASS_IN_AIR, _SHARE_OF_AIR), (_SHARE_OF_AIR, _MASS_IN_AIR)}:
        if substance is None:
            return f"{delivered} becomes {stored} for a gas alone; write which one it is, as `substance: NO2`"
        if molar_mass(substance) is None:
            return f"{delivered} becomes {stored} for a gas alone, and {substance!r} is none of {', '.join(GASES)}"
        if at is None:
            return (
                f"{delivered} of {substance} becomes {stored} at a temperature and a pressure; write those for which "
                "the provider gives it, as `gases_at: {temperature: 20 degC, pressure: 1013.25 hPa}`"
            )
    same = [label for label in labels() if any(unit.atoms == targets[0].atoms for unit in units_of(label, codes=False))]
    rather = f", such as {', '.join(same[:4])}" if same else ""
    return (
        f"{delivered} cannot become {stored}: they measure different things; write the unit in which the values are "
        f"delivered{rather}"
    )
