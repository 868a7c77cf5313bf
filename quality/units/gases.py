"""Gases: from their mass in a volume of air to their share of its molecules."""

from __future__ import annotations

import re
from fractions import Fraction

from quality.units.conditions import Conditions

# Abridged standard atomic weights of IUPAC (2021), in g/mol.
_WEIGHTS = {"H": "1.008", "C": "12.011", "N": "14.007", "O": "15.999", "S": "32.06"}
# By which names a gas is known, and its formula. NOx is given as NO2, as the directives on air quality do.
GASES = {
    "NO2": "NO2", "NO": "NO", "NOX": "NO2", "SO2": "SO2", "O3": "O3", "CO": "CO", "CO2": "CO2", "NH3": "NH3",
    "H2S": "H2S", "CH4": "CH4", "N2O": "N2O", "C6H6": "C6H6", "BENZENE": "C6H6", "C7H8": "C7H8", "TOLUENE": "C7H8",
    "HCHO": "CH2O", "CH2O": "CH2O",
}  # fmt: skip
_GAS_CONSTANT = Fraction("8.31446261815324")  # J/(mol K), exact since 2019


def molar_mass(substance: str) -> Fraction | None:
    """In g/mol; None for what is no gas that is known."""
    formula = GASES.get(substance.strip().upper())
    if formula is None:
        return None
    parts = re.findall("([A-Z])([0-9]*)", formula)
    return sum((Fraction(_WEIGHTS[element]) * int(count or 1) for element, count in parts), Fraction(0))


def moles_per_gram(mass: Fraction, at: Conditions) -> Fraction:
    """Mole fraction of 1 g/m3 of a gas of this molar mass (g/mol): that of an ideal gas."""
    kelvin, pascal = Fraction(repr(at.temperature)), Fraction(repr(at.pressure)) * 100
    return _GAS_CONSTANT * kelvin / (pascal * mass)
