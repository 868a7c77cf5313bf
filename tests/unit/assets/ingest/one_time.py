"""A delivery of one column of times of a feed that says its interval, as the parser reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from assets.ingest import parse
from assets.readers.rows import RawRows, Rejects
from quality.contract.columns import Column, ColumnSpec
from quality.contract.instants import with_instants
from quality.contract.interval import Interval
from quality.contract.model import Contract


@dataclass(frozen=True)
class Times:
    """The rows that have a day, and how many have none; `rules` of the cells that could not be read, by their texts."""

    rows: list[tuple[datetime | None, datetime | None, date]]
    undated: int
    rules: dict[str, str]

    @property
    def local(self) -> list[datetime | None]:
        return [time for time, _, _ in self.rows]

    @property
    def instants(self) -> list[datetime | None]:
        return [instant for _, instant, _ in self.rows]

    @property
    def days(self) -> list[date]:
        return [day for _, _, day in self.rows]


def of_times(*formats: str, interval: str = "hour_beginning", city_zone: str = "Asia/Seoul", **spec: Any) -> Contract:
    """A contract of a column `time` with its instant and its day."""
    declared = Column(
        name="time",
        type="timestamp",
        description="t",
        key=True,
        required=True,
        spec=ColumnSpec(sources=("t",), formats=formats, **spec),
    )
    about = dict.fromkeys(("name", "version", "title", "description", "owner", "licence", "grain"), "t")
    columns = with_instants([declared], city_zone, Interval.parse(interval))
    return Contract(**about, prefix="T", columns=columns, rules=(), interval=interval)


def read_times(texts: Sequence[str | None], *formats: str, **spec: Any) -> Times:
    """Texts in a column `time`; what of_times() takes is taken."""
    contract = of_times(*formats, **spec)
    rows = pl.DataFrame({"t": texts, "_line": range(1, len(texts) + 1)}, schema={"t": pl.String, "_line": pl.Int64})
    found = parse.parse(contract, "t", "0" * 64, [RawRows(rows, Rejects().frame(), 0, "t", "utf-8")])
    rules = dict(found.cells.select("value", "rule").iter_rows())
    return Times(found.rows.select("time", "time_utc", "day").rows(), found.undated.height, rules)
