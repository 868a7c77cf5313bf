"""What pint knows: which units have one dimension, and how many of one is another. It is loaded when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from threading import Lock
from typing import Any

# What cities deliver in that is not metric, worked out: pint takes half a second to load, twenty times as long as the
# pack of a city. A test asks pint for each of them.
WORKED_OUT: dict[tuple[str, str], tuple[Fraction, Fraction]] = {
    ("degF", "degC"): (Fraction(5, 9), Fraction(-160, 9)),
    ("kelvin", "degC"): (Fraction(1), Fraction(-5463, 20)),
    ("hour ** -1 * mile", "meter * second ** -1"): (Fraction(1397, 3125), Fraction(0)),
    ("knot", "meter * second ** -1"): (Fraction(463, 900), Fraction(0)),
    ("mile", "meter"): (Fraction(201168, 125), Fraction(0)),
    ("inch", "meter"): (Fraction(127, 5000), Fraction(0)),
    ("foot", "meter"): (Fraction(381, 1250), Fraction(0)),
}
_ASKED_BY_ONE = Lock()  # deliveries are read in threads; a registry remembers what it worked out


def linear(source: Sequence[tuple[str, int]], target: Sequence[tuple[str, int]]) -> tuple[Fraction, Fraction] | None:
    """Factor and offset that make a number of `source` one of `target`; None where their dimensions differ.

    Units are names of pint with their exponents. What pint takes from a text is exact: it counts in fractions.
    """
    texts = _text(source), _text(target)
    return WORKED_OUT[texts] if texts in WORKED_OUT else by_pint(*texts)


def by_pint(source: str, target: str) -> tuple[Fraction, Fraction] | None:
    """The same, of texts that pint reads."""
    with _ASKED_BY_ONE:
        registry = _registry()
        one, other = (registry.parse_units(unit) for unit in (source, target))
        if registry.get_dimensionality(one) != registry.get_dimensionality(other):
            return None
        zero, first = (registry.convert(Fraction(number), one, other) for number in (0, 1))
    return Fraction(first - zero), Fraction(zero)


def _text(unit: Sequence[tuple[str, int]]) -> str:
    return " * ".join(name if exponent == 1 else f"{name} ** {exponent}" for name, exponent in unit)


@cache
def _registry() -> Any:
    import pint  # takes 0.4 s with its table, and most feeds need none of it

    numbers: Any = Fraction
    return pint.UnitRegistry(non_int_type=numbers)
