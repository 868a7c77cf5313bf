"""Which cells of a city may be seen: the pattern of hidden cells, and what an attacker makes of all the others.

A metric of a private feed rests on cells. One that rests on a hidden cell, or on one that nobody knows, is masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from assets.pack.city import City

FREE, NOT_KNOWN = "F", "N"
CELL_KEY = pl.Schema(
    {"table": pl.String, "slice": pl.String, "area": pl.String, "period": pl.String, "period_start": pl.Date}
)
OF_CELL = pl.Schema({"value": pl.Float64, "contributors": pl.Float64})
WITH_STATUS = pl.Schema(
    {
        **CELL_KEY,
        **OF_CELL,
        "conf_status": pl.String,
        "withdraw": pl.Boolean,  # a kept file shows it, and must not beside what is shown now
    }
)
SEEN_CELLS = pl.Schema({**CELL_KEY, **OF_CELL, "version": pl.String})  # what kept files show


@dataclass(frozen=True)
class JudgedCells:
    """The cells of a city, each with its status, and the attacker's result."""

    city: str
    cells: pl.DataFrame  # WITH_STATUS
    exposed: int = 0  # hidden cells that follow from those that may be seen
    parameters: str = ""  # digest of the rules, made with the home's key
    mistakes: tuple[str, ...] = ()  # in the file of rules, in spite of which the cells are judged
    found: str = ""  # the exposed cells in words, without what they say
    of_parts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITH_STATUS))  # `cells_of_parts`

    @property
    def hidden(self) -> pl.DataFrame:
        """The cells that nobody outside may see."""
        return self.cells.filter(pl.col("conf_status") != FREE)

    @property
    def not_in_kept(self) -> pl.DataFrame:
        """The cells that no kept file may show: hidden ones, and those that give one away beside what is shown now."""
        return self.all.filter((pl.col("conf_status") != FREE) | pl.col("withdraw"))

    @property
    def all(self) -> pl.DataFrame:
        """The cells, and those of figures that are made of parts."""
        return pl.concat([self.cells, self.of_parts])

    @property
    def by_status(self) -> dict[str, int]:
        """How many cells have each status."""
        return dict(self.cells.group_by("conf_status").len().sort("conf_status").iter_rows())


Tables = Mapping[str, tuple[tuple[str, str], ...]]  # by metric of private feeds, its tables with their slices


class Judging(Protocol):
    """Who judges cells: disclosure control, or what stands in for it in tests."""

    def tables(self, city: City) -> Tables:
        """On which cells the metrics of a city rest; none for those of public feeds."""
        ...

    def judge(self, city: City, seen: pl.DataFrame) -> JudgedCells:
        """The cells of a city, given those (SEEN_CELLS) that kept files show already. Raises ContractError."""
        ...


def rests_on_frame(tables: Mapping[str, Tables]) -> pl.DataFrame:
    """city, metric, table, slice: on which cells each metric rests, by city."""
    rows = [(city, metric, *of) for city, own in tables.items() for metric, found in own.items() for of in found]
    return pl.DataFrame(rows, schema=dict.fromkeys(("city", "metric", "table", "slice"), pl.String), orient="row")


def known_cells(judged: Mapping[str, JudgedCells]) -> pl.DataFrame:
    """The cells of all cities: city, WITH_STATUS."""
    frames = [one.all.select(pl.lit(city).alias("city"), *WITH_STATUS.names()) for city, one in judged.items()]
    return pl.concat([pl.DataFrame(schema={"city": pl.String, **WITH_STATUS}), *frames])
