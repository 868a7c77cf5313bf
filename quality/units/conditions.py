"""Temperature and pressure at which the volume of a gas is meant."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from quality.contract.base import FrozenModel
from quality.units import physical
from quality.units.unit import units_of

_WITH_UNIT = Annotated[str, Field(pattern=r"[0-9]\s*[^\s0-9.]")]  # in schemas
_CELSIUS, _KELVIN, _PASCAL = (("degC", 1),), (("kelvin", 1),), (("pascal", 1),)


def _temperature(given: Any) -> float:
    kelvin = _measured(given, _KELVIN, "20 degC")
    if not 150 <= kelvin <= 350:
        raise ValueError(f"{given!r} is no temperature of air; 0, 20 and 25 degC are usual")
    return kelvin


def _pressure(given: Any) -> float:
    pressure = _measured(given, _PASCAL, "1013.25 hPa") / 100
    if not 300 <= pressure <= 1100:
        raise ValueError(f"{given!r} is no pressure of air; 1013.25 hPa is usual")
    return pressure


def _measured(given: Any, target: tuple[tuple[str, int], ...], as_in: str) -> float:
    """The number of a text such as `20 degC` in the unit of pint."""
    found = re.fullmatch(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(\S.*?)\s*", str(given))
    if found is None:
        raise ValueError(f"{given!r}: a number and its unit are needed; write it as `{as_in}`")
    for unit in units_of(found[2]):
        number = Fraction(found[1]) * unit.scale
        if unit.atoms == target:
            return float(number)
        if (unit.atoms, target) == (_CELSIUS, _KELVIN):  # the usual one, without loading pint
            return float(number + Fraction("273.15"))
        if not any(name.startswith("~") for name, _ in unit.atoms):
            linear = physical.linear(unit.atoms, target)
            if linear is not None:
                return float(number * linear[0] + linear[1])
    raise ValueError(f"{given!r} is not in a unit that fits; write it as `{as_in}`")


class Conditions(FrozenModel):
    """Temperature and pressure. They are read from texts with their units, and written so."""

    temperature: Annotated[
        float,
        BeforeValidator(_temperature, json_schema_input_type=_WITH_UNIT),
        PlainSerializer(lambda kelvin: f"{kelvin:.10g} K"),
    ] = Field(description="With its unit.", examples=["20 degC", "25 degC", "0 degC"])
    pressure: Annotated[
        float,
        BeforeValidator(_pressure, json_schema_input_type=_WITH_UNIT),
        PlainSerializer(lambda hpa: f"{hpa:.10g} hPa"),
    ] = Field(description="With its unit.", examples=["1013.25 hPa"])

    def __hash__(self) -> int:
        return hash((self.temperature, self.pressure))

    def __str__(self) -> str:
        return f"{self.temperature - 273.15:.6g} degC and {self.pressure:.6g} hPa"
