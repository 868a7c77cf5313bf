"""Columns that say the unit of others, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from assets.propose.cells import Cells
from assets.propose.names import squeezed, words_in
from quality.units.unit import units_of

_NAMES = words_in(
    """unit units concunit unitsofmeasure uom satuan unitnm unidad unidade unidadedemedida 단위 단위명 单位 單位 単位
    hrfunit unitname unitcode đơnvị หน่วย единица хэмжихнэгж measureunit itemunit unitofmeasure unitofmeasurement
    unitofmeasurementsymbol"""
)
_BESIDE = (".unitCode", ".unit", ".units", "_unit", "_units", " unit", " Unit", "Unit", "_unitCode", "_uom")

_ID = re.compile(r"(?:^|[._@])id$|(?<=[a-z])Id$")


def says_units(cells: Cells) -> bool:
    """Whether each text of a column is a unit."""
    some = cells.filled.unique().to_list()
    return 0 < len(some) <= 40 and all(units_of(text) for text in some) and not cells.numeric


def unit_columns(cells: Mapping[str, Cells]) -> list[str]:
    """The columns that are called so and hold units."""
    return [
        name
        for name, column in cells.items()
        if any(squeezed(end) in _NAMES for end in _ends(name)) and says_units(column)
    ]


def _ends(name: str) -> tuple[str, ...]:
    """A name, and the last one and two parts of a dotted one."""
    parts = name.split(".")
    return (name, parts[-1], ".".join(parts[-2:]))


def with_units(cells: Mapping[str, Cells]) -> tuple[dict[str, Cells], dict[str, str]]:
    """The columns, each with the unit that a column beside it says; and which column that is."""
    found, of = dict(cells), dict[str, str]()
    names = list(cells)
    for name in names:
        stem = name.removesuffix(".value").removesuffix("_value")
        beside = next((f"{s}{end}" for s in (name, stem) for end in _BESIDE if f"{s}{end}" in cells), None)
        if beside is not None and beside != name and cells[name].numeric and says_units(cells[beside]):
            of[name] = beside
    units = unit_columns(cells)
    for name in names:  # of PM2.5.result and PM2.5.uom
        mates = [unit for unit in units if "." in name and unit.startswith(f"{name.rpartition('.')[0]}.")]
        if len(mates) == 1 and name not in of and cells[name].numeric and not _ID.search(name):
            of[name] = mates[0]
    for unit in units:
        if unit in of.values():
            continue
        numbers = [name for name in names if cells[name].numeric and name not in of and not cells[name].coded]
        numbers = [name for name in numbers if not _ID.search(name)]
        before = [name for name in numbers if names.index(name) < names.index(unit)]
        if before:  # the number that stands nearest before it
            of[before[-1]] = unit
        elif numbers:
            of[min(numbers, key=lambda name: abs(names.index(name) - names.index(unit)))] = unit
    for name, unit in of.items():
        texts = cells[unit].filled.unique().to_list()
        if len(texts) == 1 and found[name].header.unit is None:
            label = units_of(texts[0])[0].label
            found[name] = replace(found[name], header=replace(found[name].header, unit=label))
    return found, of
