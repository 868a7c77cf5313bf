"""Of which areas each area of a city is made: one that has other parts now is another one, though it has the same code.

A ring that lost one neighbourhood and gained another shows, beside a version with the old ring, what the two differ by.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import polars as pl

from assets.formulas.areas import lying_in
from assets.pack.city import City

DRAWN = pl.Schema({"city": pl.String, "area": pl.String, "drawn": pl.UInt64})


def drawn_areas(cities: Iterable[City]) -> pl.DataFrame:
    """DRAWN: of each area a number that another set of areas in it would change; of one without any it is 0."""
    rows = list[tuple[str, str, int]]()
    for city in cities:
        parts = dict[str, list[str]]()
        for code, whole in lying_in(city.areas).sort("code").iter_rows():
            parts.setdefault(whole, []).append(code)
        rows += [(city.name, area, _number(parts.get(area, []))) for area in city.areas["code"]]
    return pl.DataFrame(rows, schema=DRAWN, orient="row")


def _number(parts: list[str]) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest()) if parts else 0
