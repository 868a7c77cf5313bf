"""What pint knows: which units have one dimension, and how many of one is another. It is loaded when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from threading import Lock
from typing import Any

_ASKED_BY_ONE = Lock()  # deliveries are read in threads; a registry remembers what it worked out


def linear(source: Sequence[tuple[str, int]], target: Sequence[tuple[str, int]]) -> tuple[Fraction, Fraction] | None:
    """Factor and offset that make a number of `source` one of `target`; None where their dimensions differ.

    Units are names of pint with their exponents. What pint takes from a text is exact: it counts in fractions.
    """
    with _ASKED_BY_ONE:
        registry = _registry()
        one, other = (registry.parse_units(_text(unit)) for unit in (source, target))
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
