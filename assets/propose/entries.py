"""Entries of `columns` in a feed's file: those of models, and those of the feed's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.propose.cells import Cells, is_counter
from assets.propose.matching import Fit, is_truth
from assets.propose.missing import doubtful_words, missing_numbers, no_rain
from assets.propose.personal import may_be_personal
from assets.propose.seen import Doubt
from assets.propose.times import ZONES, written_times
from assets.propose.words import sectors, sexes, truths
from quality.contract.models import RESERVED, ModelColumn
from quality.units.money import CURRENCY

MOST_OWN = 8
_CORRECTED_NAME = re.compile(r"(?i)보정|correct|calibrat|adjusted")


@dataclass(frozen=True)
class ColumnEntry:
    """One column of the file, and what is in doubt about it."""

    said: Any
    doubts: tuple[Doubt, ...] = ()


def shortest(entry: dict[str, Any]) -> Any:
    """`place: Site` for `place: {from: Site}`."""
    return entry["from"] if set(entry) == {"from"} else entry


def model_entry(
    fit: Fit, what: ModelColumn, cells: Cells, also: Sequence[str], unit_from: Sequence[str], *, mass: bool
) -> ColumnEntry:
    """The entry of a model's column. `also`: other names under which it comes; `mass`: it needs `gases_at`."""
    key, name = ("columns", fit.column), fit.name
    entry: dict[str, Any] = {"from": [name, *also] if also else name}
    doubts = list[Doubt]()
    if what.type in ("number", "integer"):
        doubts += _of_number(entry, fit, what, cells, unit_from, key)
    elif what.type == "boolean" and truths(cells):
        entry["values"] = truths(cells)
    elif what.type in ("date", "timestamp"):
        written = written_times(cells.filled, far=True)
        if written is not None:
            entry["format"] = written.formats[0] if len(written.formats) == 1 else list(written.formats)
    elif what.known == ("female", "male", "other", "total") and sexes(cells):
        entry["values"] = sexes(cells)
    if may_be_personal(cells):
        entry["classification"] = "restricted"
        doubts.append(
            Doubt(key, "May this be about persons? Then the feed is private; take it out if nobody needs it.")
        )
    if mass:
        doubts.append(Doubt(key, "Comes as mass, and is stored as parts of the air at the temperature of `gases_at`."))
    return ColumnEntry(shortest(entry), tuple(doubts))


def _of_number(
    entry: dict[str, Any], fit: Fit, what: ModelColumn, cells: Cells, unit_from: Sequence[str], key: tuple[str, ...]
) -> Iterable[Doubt]:
    found = fit.unit
    assert found is not None
    words = None if cells.numeric else sectors(cells)
    missing = [*cells.missing, *found.missing] if words is None else list(words[1])
    if unit_from:
        entry["unit_from"] = unit_from[0] if len(unit_from) == 1 else list(unit_from)
    elif found.unit is not None:
        entry["unit"] = found.unit
    if words is not None:
        entry["values"] = words[0]
    if cells.comma:
        entry["decimal"] = "comma"
    elif (what.type == "number" and cells.grouped) or cells.only_thousands:
        entry["decimal"] = "point"
        yield Doubt(key, "The comma groups digits here and is no decimal sign; is that right?")
    dry = no_rain(tuple(missing)) if fit.column == "precipitation" else ()
    if dry:
        entry["values"] = dict.fromkeys(dry, 0)
        missing = [word for word in missing if word not in dry]
    if missing:
        entry["missing"] = missing[0] if len(missing) == 1 else missing
    if found.guess is not None and not unit_from:
        if what.unit == CURRENCY:
            yield Doubt(key, f"In which currency? Nothing says it; {found.guess} is a guess.")
        else:
            yield Doubt(key, f"In which unit? Nothing says it; the values look like {found.guess}.")
    if doubtful_words(cells.missing):
        yield Doubt(key, "Do these texts mean that the value is missing? They stand where numbers are expected.")
    if fit.meaning.weight == 0.5 and fit.column in ("co", "no2"):
        yield Doubt(key, "The header says carbon dioxide, and there is never so little of it; is it this gas?")
    if _CORRECTED_NAME.search(fit.name):
        yield Doubt(key, "Corrected values are taken where there are raw ones beside them; is that right?")
    if found.inside < 0.99:
        yield Doubt(
            key, f"{1 - found.inside:.0%} of the values are outside of what is possible: is it this, and in this unit?"
        )


def own_name(said: str, taken: Iterable[str]) -> str:
    """A name for a column of the feed's own: small letters of any language, digits and underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", said)
    name = re.sub(r"_+", "_", re.sub(r"\W+", "_", spaced)).strip("_").casefold()
    name = name if name and not name[0].isdigit() else f"column_{name}".strip("_")
    used = {one.casefold() for one in taken} | {*RESERVED}
    while name in used:
        name = f"{name}_delivered"
    return name


def own_entry(cells: Cells, name: str) -> ColumnEntry:
    """The entry of a column that no model has."""
    key, header = ("columns", name), cells.header
    entry: dict[str, Any] = {"from": header.name}
    meaning = f"{header.said}, as delivered"
    doubts = list[Doubt]()
    if may_be_personal(cells):
        entry |= {"type": "string", "meaning": meaning, "classification": "restricted"}
        doubts.append(
            Doubt(key, "May this be about persons? Then the feed is private; take it out if nobody needs it.")
        )
        return ColumnEntry(entry, tuple(doubts))
    written = None if cells.numeric else written_times(cells.filled)
    named_zone = written is not None and any(form.endswith(ZONES) for form in written.formats)
    if written is not None and written.calendar is None and not written.either and not named_zone:
        entry |= {"type": "timestamp" if written.clock else "date", "meaning": meaning, "format": list(written.formats)}
        if "iso" in written.formats:
            entry["type"] = "timestamp"
    elif cells.numeric and not cells.coded and not is_truth(cells) and not _code_named(header.name):
        entry |= {"type": "integer" if cells.whole else "number", "meaning": meaning, "unit": header.unit or "1"}
        missing = [*cells.missing, *missing_numbers(cells.numbers, None, None)]
        if missing:
            entry["missing"] = missing
        if cells.comma:
            entry["decimal"] = "comma"
        elif cells.grouped and (not cells.whole or cells.only_thousands):
            entry["decimal"] = "point"
            doubts.append(Doubt(key, "The comma groups digits here and is no decimal sign; is that right?"))
        doubts.append(
            Doubt(
                key,
                "What does it mean, and in which unit? No model has it."
                if header.unit is None
                else "What does it mean? No model has it.",
            )
        )
        return ColumnEntry(entry, tuple(doubts))
    else:
        entry |= {"type": "string", "meaning": meaning}
    doubts.append(Doubt(key, "What does it mean? No model has it."))
    return ColumnEntry(entry, tuple(doubts))


def _code_named(name: str) -> bool:
    return re.search(r"(?i)(?:^|_)(?:id|code|no|number)$|코드|번호|(?<=[a-z])(?:Id|ID|Code)$|_cd$", name) is not None


def left_over(cells: Mapping[str, Cells], taken: Iterable[str]) -> tuple[list[str], list[str]]:
    """The columns that nothing reads: those that may be columns of the feed's own, and those of bookkeeping."""
    used = list(taken)
    own, idle = list[str](), list[str]()
    for name, column in cells.items():
        if name in used:
            continue
        twin = any(column.texts.equals(cells[other].texts) for other in used if other in cells)
        plain = column.filled.is_empty() or (column.constant and column.texts.len() > 1) or is_counter(column) or twin
        listed = name != "geometry" and column.filled.str.contains(r"^\s*[\[{]").any()
        (idle if plain or listed or name.startswith(("_", "@")) else own).append(name)
    return own, idle
