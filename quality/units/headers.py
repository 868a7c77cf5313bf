"""Whether a column can have the unit that is declared for it: what its name and the names it is delivered under say.

A unit is never assumed. Values under another one would be a thousand times too large or too small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from quality.units.conversion import SAME, UnitError, conversion
from quality.units.table import CURRENCIES
from quality.units.unit import units_of

# Beside a name these may stand for something else, as (min) for the least value or (TOP) for the upper one: they speak
# only against a unit of the same dimension.
_QUIET_ATOMS = frozenset(("second", "~month", "~year", "~one", "~index", "~count", "~deg"))
_QUIET_ATOMS |= {"~vehicle", "~bicycle", "~trip", "~shop", "~place", "~payment", "~household"}
_QUIET_ATOMS |= {f"~{code}" for code in CURRENCIES}
_QUIET_LABELS = frozenset(("in", "ft", "mi", "lb", "ha", "acre", "gal", "t", "rad", "bar", "cal", "toe", "atm", "var"))
_LOUD = frozenset("%‰°")
_AT_END = r"(?i)[_\s]([uµμmn]g\s?/?\s?m(?:-?3|³)|pp[mb])$"


def wrong_unit(
    name: str, unit: str | None, sources: Sequence[str], *, delivered_unit: str | None = None, by_row: bool = False
) -> str | None:
    """Why a column cannot have these units, and what to write; None where nothing speaks against them.

    `unit` is that in which it is stored, `delivered_unit` that in which it comes, if it is another one; `by_row`: each
    row says its own.
    """
    _, underscore, last = name.rpartition("_")
    if unit is not None and underscore and _speaks_against(last, unit):
        named = units_of(last, codes=False)[0].label
        return (
            f"column {name}: its name says {named} and `unit` says {unit}; write `unit: {named}`, or give the column a "
            "name that ends as its unit does"
        )
    meant = delivered_unit or unit or (last if underscore and units_of(last, codes=False) else None)
    if meant is None or by_row:
        return None
    for source in sources:
        for text in [*re.findall(r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]", source), *re.findall(_AT_END, source)]:
            if not _speaks_against(text, meant):
                continue
            found = units_of(text, codes=False)[0].label
            if delivered_unit is not None:
                return (
                    f"column {name}: it is delivered as {source!r}, in {found}, and is said to come in {meant}; write "
                    f"`unit: {found}` (in an ODCS document `delivered_unit: {found}`), or take the source out"
                )
            return (
                f"column {name}: it is delivered as {source!r}, in {found}, and would be taken for {meant}; say in "
                f"which unit it comes, as `unit: {found}` (in an ODCS document `delivered_unit: {found}`), or take the "
                "source out"
            )
    return None


def _speaks_against(text: str, meant: str) -> bool:
    """Whether a text beside a name is a unit, and another one than is meant."""
    found = units_of(text, codes=False)
    if not found or text.strip()[0].isdecimal():  # (10m) is a height
        return False
    try:
        return conversion(text, meant) != SAME
    except UnitError:
        quiet = any(unit.label in _QUIET_LABELS or {name for name, _ in unit.atoms} <= _QUIET_ATOMS for unit in found)
        known = bool(units_of(meant))
        return known and len(text.strip()) > 1 and (not quiet or not _LOUD.isdisjoint(text))
