"""Temperature and pressure at which the volume of a gas is meant."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from quality.contract.base import FrozenModel


def _kelvin(given: Any) -> float:
    number, unit = _measured(given, "20 degC")
    if unit not in ("degC", "K"):
        raise ValueError(f"{given!r} is no temperature; write it as `20 degC`")
    kelvin = number + 273.15 if unit == "degC" else number
    if not 150 <= kelvin <= 350:
        raise ValueError(f"{given!r} is no temperature of air; 0, 20 and 25 degC are usual")
    return kelvin


def _hectopascal(given: Any) -> float:
    number, unit = _measured(given, "1013.25 hPa")
    if unit not in ("hPa", "kPa", "Pa", "mbar"):
        raise ValueError(f"{given!r} is no pressure; write it as `1013.25 hPa`")
    pressure = number * {"kPa": 10, "Pa": 0.01}.get(unit, 1)
    if not 300 <= pressure <= 1100:
        raise ValueError(f"{given!r} is no pressure of air; 1013.25 hPa is usual")
    return pressure


def _measured(given: Any, as_in: str) -> tuple[float, str]:
    found = re.fullmatch(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(\S+)\s*", str(given))
    if found is None:
        raise ValueError(f"{given!r}: a number and its unit are needed; write it as `{as_in}`")
    return float(found[1]), found[2]


class Conditions(FrozenModel):
    """Temperature and pressure. They are read from texts with their units, and written so."""

    temperature: Annotated[float, BeforeValidator(_kelvin), PlainSerializer(lambda kelvin: f"{kelvin:.10g} K")]  # K
    pressure: Annotated[float, BeforeValidator(_hectopascal), PlainSerializer(lambda hpa: f"{hpa:.10g} hPa")]  # hPa
