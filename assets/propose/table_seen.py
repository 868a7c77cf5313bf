"""One table in one file: what is seen of it alone, before it is put beside the other files of its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from assets.propose.looks_like import unit_in
from assets.propose.reading import RowsRead
from assets.propose.sampled import some_rows
from assets.propose.seen import Doubt
from assets.readers.rows import LINE


@dataclass(frozen=True)
class TableSeen:
    """One table: a file, or a member, a sheet or a list of records in one."""

    file: Path
    kind: str  # as people call it: CSV, XLSX, JSON
    keys: Mapping[str, Any]  # of the layout
    rows: pl.DataFrame
    height: int
    whole: bool  # whether all of the file was looked at
    encoding: str | None
    units: Mapping[str, str]
    doubts: tuple[Doubt, ...] = ()
    head: str = ""  # what stands before the header
    place: str = ""  # path of the list of records, in JSON
    member: str = ""  # of an archive with several; those that are called like it; and all there are
    like: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    sheet: str = ""  # of a workbook with several; and all that hold values
    sheets: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Names as delivered."""
        return self.rows.columns

    @property
    def said(self) -> str:
        """What it is, in a sentence."""
        rows = f"{self.height:,} rows" if self.whole else f"about {self.height:,} rows"
        place = "".join(f" > {one}" for one in (self.member, self.sheet, self.place) if one)
        encoding = f", {self.encoding}" if self.encoding else ""
        return f"{self.file.name}{place}: {self.kind}{encoding}, {rows}, {len(self.columns)} columns"

    def renamed(self, names: Mapping[str, str]) -> TableSeen:
        """The same with other names for columns."""
        units = {names.get(name, name): unit for name, unit in self.units.items()}
        spills = {"unquoted": names.get(self.keys["unquoted"], "")} if "unquoted" in self.keys else {}
        return replace(self, rows=self.rows.rename(names, strict=False), units=units, keys={**self.keys, **spills})


def table_seen(
    file: Path,
    kind: str,
    reading: RowsRead,
    share: float = 1.0,
    doubts: tuple[Doubt, ...] = (),
    *,
    head: str = "",
    place: str = "",
) -> TableSeen:
    """A table as it was read. `share`: how much of the file it is."""
    raw = reading.raw
    frame = raw.frame.drop(LINE)
    units = {name: unit for name in frame.columns if (unit := unit_in(name)) is not None}
    return TableSeen(
        file,
        kind,
        reading.keys,
        some_rows(frame),
        round(frame.height / share),
        share == 1.0,
        raw.encoding,
        units | dict(raw.units),
        doubts,
        head,
        place,
    )
