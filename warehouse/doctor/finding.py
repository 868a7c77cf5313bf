"""What is found damaged, as a type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Part = Literal["landing", "lake", "ledger", "published", "tier", "site"]
REPAIR = "madang repair"


@dataclass(frozen=True)
class DamagedPart:
    """One thing that is damaged: where it lies, what is wrong with it, what that costs, and what to do.

    `day` is None where it is about more than a day; `city` and `table` where it is about the whole home. `repaired`:
    whether `madang repair` brings it back.
    """

    part: Part
    where: str
    what: str
    costs: str
    do: str
    city: str | None = None
    table: str | None = None  # layer/table of the lake, or the feed of landing
    day: date | None = None

    @property
    def is_repaired(self) -> bool:
        """Whether `madang repair` can bring it back."""
        return self.do.startswith(REPAIR)


def repair_of(city: str, table: str, day: date | None = None) -> str:
    """The command that repairs one table, or one day of it."""
    of_day = "" if day is None else f" --day {day}"
    return f"{REPAIR} --city {city} --table {table.rpartition('/')[2]}{of_day}"
