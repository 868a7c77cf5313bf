"""What a city cannot have: marts are computed of its feeds without rows, with its registers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from assets.check.where import mistake_at
from assets.derive.marts import MartTable
from assets.derive.tables import derived_tables
from assets.pack.city import City, PackFiles, city_of_pack
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import what_to_write


def tried_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Registers and parameters that are missing, and columns."""
    if pack.config is None or pack.choices is None or pack.areas is None:
        return
    city = city_of_pack(pack, pack.config, pack.choices, pack.areas)
    try:
        tables = derived_tables(city)
    except ContractError as error:
        yield from error.mistakes
        return
    seen = set[str]()
    for table in tables:
        for mistake in _tried(city, pack, table) if isinstance(table, MartTable) else ():
            if str(mistake) not in seen:
                seen.add(str(mistake))
                yield mistake


def _tried(city: City, pack: PackFiles, table: MartTable) -> Iterator[Mistake]:
    sources = [*table.needs, *table.uses]
    try:
        table.compute(table.no_rows(), city)
    except ContractError as error:
        for mistake in error.mistakes:
            yield replace(mistake, what=f"{mistake.what}, and {table.name} needs it")
    except pl.exceptions.ColumnNotFoundError as error:
        name = (re.findall(r'"([^"]*)"', str(error)) or ["?"])[0]
        feeds = [path for path, contract in pack.contracts.items() if contract in sources]
        columns = [column for contract in sources for column in contract.schema]
        what = f"there is no column {name!r}, of which {table.name} is computed"
        yield mistake_at(
            feeds[0] if feeds else pack.folder, ("columns",), what, f"name it so; {what_to_write(name, columns)}"
        )
