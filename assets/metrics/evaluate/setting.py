"""What the evaluator knows of a city."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import polars as pl

from assets.formulas.boundaries import Crosswalk, breaks_of, inside_of
from assets.standards.index import Read
from quality.usual_days import WITHOUT_HOLIDAYS, Calendar


def no_limit(name: str, day: pl.Expr, unit: str) -> tuple[pl.Expr, pl.Expr]:
    """No standard gives any limit."""
    del name, day, unit
    return pl.lit(None, pl.Float64), pl.lit(None, pl.String)


def no_index(name: str, readings: Mapping[str, Read], day: pl.Expr, *, hourly: bool) -> pl.Expr:
    """No standard gives any index."""
    del name, readings, day, hourly
    return pl.struct(value=pl.lit(None, pl.Float64), edition=pl.lit(None, pl.String))


class IndexOf(Protocol):
    """The index of a standard, by row: see CitySetting."""

    def __call__(self, name: str, readings: Mapping[str, Read], day: pl.Expr, *, hourly: bool) -> pl.Expr: ...


@dataclass(frozen=True)
class CitySetting:
    """A city as metrics see it: its areas and people, and by which standards it judges.

    limit: a name such as who_2021.pm25_24h, the day and the unit wanted -> the limit in force and its edition, both
    null where there is none. index: a name such as kr.cai, the value that is read in each row of its table with its
    unit, the day, and whether it is one of hours -> a struct with the index, `value`, and its `edition`.
    """

    areas: pl.DataFrame  # code, level, parent, and area_km2 where it is known; the city is the one of level `city`
    timezone: str
    residents: Callable[[pl.Series], pl.DataFrame] | None = None  # days -> area, day, residents
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of the pack, for {name} in SQL
    needs: Mapping[str, float] = field(default_factory=dict)  # by metric: the city's own least completeness
    people_present: str = "living_population"  # the metric that `per: person_present` divides by
    limit: Callable[[str, pl.Expr, str], tuple[pl.Expr, pl.Expr]] = no_limit
    index: IndexOf = no_index
    calendar: Calendar = WITHOUT_HOLIDAYS
    crosswalks: tuple[Crosswalk, ...] = ()
    levels: frozenset[str] | None = None  # of which areas are made; None: of all that the pack has

    @cached_property
    def city(self) -> str:
        """The area that is the whole."""
        return self.areas.filter(pl.col("level") == "city")["code"].item(0)

    @cached_property
    def inside(self) -> pl.DataFrame:
        """_area, area, area_level, share: each area but the city, with itself and all that it lies in but the city.

        So also what a crosswalk splits, by its shares.
        """
        found = inside_of(self.areas, self.crosswalks)
        return found if self.levels is None else found.filter(pl.col("area_level").is_in(sorted(self.levels)))

    @cached_property
    def splits(self) -> bool:
        """Readings of one place may be parts of several areas."""
        return bool((self.inside["share"] < 1).any())

    @cached_property
    def breaks(self) -> pl.DataFrame:
        """area, since: the days from which an area has another outline under the same code."""
        return breaks_of(self.areas, self.crosswalks)
