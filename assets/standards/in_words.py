"""What a metric is judged by, for people: each edition with its days, its figure in the metric's unit, and evidence."""

from __future__ import annotations

from collections.abc import Iterator

from assets.standards.choice import NOTHING_CHOSEN, StandardChoice
from assets.standards.concentrations import concentrations, gases_at
from assets.standards.edition import Edition
from assets.standards.limit import Limit, named_limits
from assets.standards.standards import file_and_name, index_editions, limit_editions
from quality.contract.mistakes import ContractError
from quality.units.gases import molar_mass


def limit_in_words(name: str, unit: str, choice: StandardChoice = NOTHING_CHOSEN) -> Iterator[str]:
    """One sentence for each edition of a limit; one that says what is wrong where it cannot be had."""
    try:
        editions, (file, own) = limit_editions(name, choice), file_and_name(name, choice)
    except ContractError as error:
        yield str(error.mistakes[0])
        return
    for key, edition in editions.items():
        found = named_limits(key, edition)[own]
        yield f"{key}: {_figure(found, unit, file, choice)}, {_days(edition)}; {_evidence(found.evidence)}"


def index_in_words(name: str, choice: StandardChoice = NOTHING_CHOSEN) -> Iterator[str]:
    """One sentence for each edition of an index; one that says what is wrong where there is none."""
    try:
        editions = index_editions(name, choice)
    except ContractError as error:
        yield str(error.mistakes[0])
        return
    for key, edition in editions.items():
        yield f"{key}: {edition.legal}, {_days(edition)}; {_evidence(edition.evidence)}"


def _figure(found: Limit, unit: str, file: str, choice: StandardChoice) -> str:
    said = f"{found.value:g} {found.unit}"
    try:
        how = concentrations(found.unit, unit, found.pollutant, file, choice)
    except ContractError as error:
        return f"{said} ({error.mistakes[0]})"
    if not how.changes:
        return said
    at = gases_at(file, choice)
    gas = found.unit.endswith("m3") != unit.endswith("m3") and molar_mass(found.pollutant) is not None
    where = f" at {at}" if gas else ""
    return f"{said}, which are {how.of(found.value):.5g} {unit} ({float(how.factor):.5g} each{where})"


def _days(edition: Edition) -> str:
    ends = [f"{word} {day}" for word, day in (("from", edition.from_), ("to", edition.to)) if day is not None]
    return " ".join(ends) or "on all days"


def _evidence(evidence: str) -> str:
    return "read in an official text" if evidence == "A" else "read in a transcription (not verified)"
