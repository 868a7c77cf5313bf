"""One limit, with what its table says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.standards.edition import Averaging, Evidence
from assets.standards.tables import Kind, LimitEdition, LimitSet, Printed


@dataclass(frozen=True)
class Limit:
    """A limit as one edition has it."""

    value: float
    unit: str
    pollutant: str
    averaging: Averaging
    edition: str  # such as cn.gb_3095_2026_transition
    kind: Kind
    evidence: Evidence
    allowed: int | None = None  # days or hours of a year on which it may be exceeded; None: not said
    note: str | None = None

    @property
    def verified(self) -> bool:
        """Whether it was read in an official text or page."""
        return self.evidence == "A"


def named_limits(name: str, edition: LimitEdition) -> Mapping[str, Limit]:
    """The limits of an edition, by names such as pm25_24h and pm25_24h_interim_1. `name` is that of the edition."""
    sets = {"": LimitSet(kind=edition.kind, values=edition.values)} | {f"_{end}": s for end, s in edition.sets.items()}
    return {
        f"{pollutant}_{averaging}{end}": _limit(name, edition, part.kind, pollutant, row.unit, averaging, cell)
        for end, part in sets.items()
        for pollutant, row in part.values.items()
        for averaging, cell in row.over.items()
    }


def _limit(
    name: str,
    edition: LimitEdition,
    kind: Kind,
    pollutant: str,
    unit: str,
    averaging: Averaging,
    cell: float | Printed,
) -> Limit:
    said = cell if isinstance(cell, Printed) else Printed(value=cell)
    return Limit(
        value=said.value,
        unit=unit,
        pollutant=pollutant,
        averaging=averaging,
        edition=name,
        kind=said.kind or kind,
        evidence=said.evidence or edition.evidence,
        allowed=said.allowed,
        note=said.note,
    )
