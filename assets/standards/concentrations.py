"""From the unit of a figure to that of another: a gas goes between mass and mole fraction at a state that is known."""

from __future__ import annotations

from assets.standards.choice import StandardChoice
from assets.standards.standards import standards
from quality.contract.mistakes import ContractError, Mistake
from quality.units.conditions import Conditions
from quality.units.conversion import Conversion, UnitError, conversion


def concentrations(unit: str, into: str, pollutant: str, standard: str, choice: StandardChoice) -> Conversion:
    """How numbers in `unit` become numbers `into` another, for a pollutant of a standard such as cn.

    Masses of gases are meant at the state that the pack gives, else at that of the standard's file. Raises
    ContractError where the units measure different things, or the state of a gas is not known.
    """
    at = gases_at(standard, choice)
    try:
        return conversion(unit, into, pollutant, at)
    except UnitError as error:
        if at is None and _at_a_state(unit, into, pollutant):
            what = f"{unit} of {pollutant} becomes {into} at a temperature and a pressure, and {standard} has none"
            hint = "write `standards: {gases_at: {temperature: 25 degC, pressure: 1013.25 hPa}}` in metrics.yaml"
            raise ContractError(Mistake(what, hint=hint)) from error
        what, _, hint = str(error).partition("; ")
        raise ContractError(Mistake(what, hint=hint)) from error


def _at_a_state(unit: str, into: str, pollutant: str) -> bool:
    """Whether only temperature and pressure are missing."""
    try:
        conversion(unit, into, pollutant, Conditions.model_validate({"temperature": "0 degC", "pressure": "1 atm"}))
    except UnitError:
        return False
    return True


def gases_at(standard: str, choice: StandardChoice) -> Conditions | None:
    """The state at which a standard's masses of gases are meant; None where nobody says it."""
    own = standards()[standard].gases_at
    return choice.gases_at or (None if own is None else own.at)
