"""What the evaluator knows of a city."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import polars as pl


class LimitInForce(Protocol):
    """A limit of a standard as it holds on a day."""

    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def edition(self) -> str: ...


def no_limit(name: str, day: date) -> LimitInForce | None:
    """No standard gives any limit."""
    del name, day


def no_index(standard: str, rows: Mapping[str, pl.Expr], day: date) -> pl.Expr | None:
    """No standard gives any index."""
    del standard, rows, day


@dataclass(frozen=True)
class CitySetting:
    """A city as metrics see it: its areas and people, and by which standards it judges."""

    areas: pl.DataFrame  # code, level, parent, and area_km2 where it is known; the city is the one of level `city`
    timezone: str
    residents: Callable[[pl.Series], pl.DataFrame] | None = None  # days -> area, day, residents
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of the pack, for {name} in SQL
    needs: Mapping[str, float] = field(default_factory=dict)  # by metric: the city's own least completeness
    people_present: str = "living_population"  # the metric that `per: person_present` divides by
    limit: Callable[[str, date], LimitInForce | None] = no_limit  # name such as who_2021.pm25_24h; None: none that day
    index: Callable[[str, Mapping[str, pl.Expr], date], pl.Expr | None] = no_index  # of rows of a standard's table
    edition: Callable[[str, date], str | None] = lambda _name, _day: None  # of an index that holds on a day

    @property
    def city(self) -> str:
        """The area that is the whole."""
        return self.areas.filter(pl.col("level") == "city")["code"].item(0)
