"""Deliveries as they were parsed, on disk: a delivery is parsed once, whatever number of runs and days need it.

A cache under `parsed/`: it may be deleted at any time, and what is missing is parsed again from the landing area.
It is keyed by the delivery's bytes, its contract and the code that reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from assets import connectors, readers
from assets.ingest import (
    cast,
    cast_numbers,
    cast_times,
    cast_units,
    computed,
    far_times,
    fine,
    keys,
    late_hours,
    local_times,
    marks,
    parse,
    spreadsheet,
    written_times,
)
from assets.ingest.deliveries import Delivery
from assets.ingest.fine import FineRows, divided, register_of
from assets.ingest.parse import UNDATED_SCHEMA, ParsedFrames
from quality import fine_rows, row_rules, text, units
from quality.contract import time_formats
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.fine_rows import FineFile
from quality.no_day import NoDay
from quality.row_rules import no_values
from warehouse import lake
from warehouse.files import replacing
from warehouse.home import Home
from warehouse.modes import make_private_folder

_KINDS = ("json", "rows", "cells", "undated", "fine", "keys")  # of files of a delivery, its facts first


@dataclass(frozen=True)
class ParsedDelivery:
    """One parsed delivery. Its rows stay on disk until they are asked for, day by day and column by column."""

    folder: Path
    delivery: Delivery  # with the first and last day of its rows
    days: Mapping[date, int]  # rows of each day, also of `outside`; the sum is the number of rows with a day
    undated_rows: int
    unreadable_cells: int
    blank_rows: int
    guesses: tuple[str, ...]
    units: tuple[str, ...]
    cells_normalised: int
    fine: FineRows | None = None  # rows that lie in a file of their own

    @property
    def outside(self) -> dict[date, int]:
        """Days that cannot be expected of it, before or after those of the delivery, and the number of their rows."""
        return {day: rows for day, rows in self.days.items() if not self.delivery.reaches(day)}

    @property
    def rows_outside(self) -> int:
        """The number of these rows."""
        return sum(self.outside.values())

    def outside_rows(self) -> pl.DataFrame:
        """The rows of these days, in their order."""
        return self.rows(self.outside).sort("_line").collect()

    @property
    def rows_read(self) -> int:
        """Rows with and without a day; blank ones do not count."""
        return sum(self.days.values()) + self.undated_rows

    @property
    def no_day(self) -> NoDay | None:
        """Its rows that belong to no day's batch, None where all do."""
        if not (self.undated_rows or self.outside):
            return None
        return NoDay(sum(self.days.values()), self.undated_rows, self.rows_outside)

    def rows(self, days: Collection[date]) -> pl.LazyFrame:
        """Contract columns and `_sha256`, `_line` of the rows of these days."""
        others = self.others(days)
        if self.fine is None or self.fine.file.day not in days:
            return others
        return pl.concat([self.fine.rows().lazy().select(others.collect_schema().names()), others])

    def others(self, days: Collection[date]) -> pl.LazyFrame:
        """The same of the rows that are not among the fine ones."""
        rows = pl.scan_ipc(self._file("rows"), glob=False)
        rows = rows.with_columns(pl.lit(self.delivery.sha256).alias("_sha256"))
        return rows if set(self.days) <= set(days) else rows.filter(pl.col(DAY).is_in(list(days)))

    def cells(self, days: Collection[date]) -> pl.DataFrame:
        """Values that could not be read as their type: day, rule, column, value, origin."""
        if not self.unreadable_cells:
            return no_values()
        return pl.read_ipc(self._file("cells")).filter(pl.col(DAY).is_in(list(days)))

    def undated(self) -> pl.DataFrame:
        """Rows without a readable day (parse.UNDATED_SCHEMA)."""
        if not self.undated_rows:
            return pl.DataFrame(schema=UNDATED_SCHEMA)
        return pl.read_ipc(self._file("undated"))

    def _file(self, kind: str) -> Path:
        return self.folder / f"{self.delivery.sha256}.{kind}"


def cached(home: Home, city: str, contract: Contract, delivery: Delivery) -> ParsedDelivery | None:
    """What was stored of a delivery under this contract and this code, or None.

    Where its first and last day are not known yet they are those of all of its rows.
    """
    folder, sha256 = _folder(home, city, contract), delivery.sha256
    facts = _facts(folder, sha256)
    # some are forgotten, or somebody deleted or broke them
    sizes = None if facts is None else facts.pop("sizes", None)
    if facts is None or not sizes or any(_size(folder / f"{sha256}.{kind}") != size for kind, size in sizes.items()):
        return None
    of_fine = facts.pop("fine")
    if of_fine is not None and of_fine["register"] != register_of(contract):
        return None
    days = {date.fromisoformat(day): rows for day, rows in facts.pop("days").items()}
    apart = None if of_fine is None else _fine(folder, sha256, of_fine)
    if delivery.day_min is None:
        delivery = replace(delivery, day_min=min(days, default=None), day_max=max(days, default=None))
    return ParsedDelivery(
        folder,
        delivery,
        days,
        guesses=tuple(facts.pop("guesses")),
        units=tuple(facts.pop("units")),
        fine=apart,
        **facts,
    )


def parsed_days(home: Home, city: str, contract: Contract, sha256: str) -> set[date] | None:
    """The days of which a delivery has rows; None where that is not known under this contract and this code."""
    facts = _facts(_folder(home, city, contract), sha256)
    return None if facts is None else {date.fromisoformat(day) for day in facts["days"]}


def _fine(folder: Path, sha256: str, facts: Mapping[str, Any]) -> FineRows:
    file = FineFile(folder / f"{sha256}.fine", date.fromisoformat(facts["day"]), facts["rows"], sha256)
    texts = {name: (first, last) for name, (first, last) in facts["texts"].items()}
    return FineRows(file, folder / f"{sha256}.keys", facts["low"], facts["high"], texts)


def store(home: Home, city: str, contract: Contract, delivery: Delivery, parsed: ParsedFrames) -> ParsedDelivery:
    """Write a parsed delivery. The facts come last: without them nothing of it is found.

    Uncompressed: 150,000 rows of 20 columns are written in 20 ms and mapped back in 2, and forgotten in the same run.
    """
    folder = _folder(home, city, contract)
    make_private_folder(folder, home.root)
    parts = divided(contract, parsed)
    frames = {"rows": parts.others.drop("_sha256"), "cells": parsed.cells, "undated": parsed.undated}
    frames = {kind: frame for kind, frame in frames.items() if frame.height or kind == "rows"}
    of_fine = None
    if parts.fine is not None and parts.keys is not None:
        frames |= {"fine": parts.fine, "keys": parts.keys}
        low, high = parts.span(contract)
        of_fine = {
            "day": parts.fine[DAY][0].isoformat(),
            "rows": parts.fine.height,
            "low": low,
            "high": high,
            "texts": parts.texts(contract),
            "register": register_of(contract),
        }
    for kind, frame in frames.items():
        _write(folder / f"{delivery.sha256}.{kind}", frame)
    facts: dict[str, Any] = {
        "sizes": {kind: _size(folder / f"{delivery.sha256}.{kind}") for kind in frames},
        "fine": of_fine,
        "days": {day.isoformat(): rows for day, rows in sorted(parsed.rows[DAY].value_counts().iter_rows())},
        "undated_rows": parsed.undated.height,
        "unreadable_cells": parsed.cells.height,
        "blank_rows": parsed.blank_rows,
        "guesses": parsed.guesses,
        "units": parsed.units,
        "cells_normalised": parsed.cells_normalised,
    }
    _write(folder / f"{delivery.sha256}.json", json.dumps(facts).encode())
    kept = cached(home, city, contract, delivery)
    assert kept is not None
    return kept


def forget_settled(deliveries: Iterable[ParsedDelivery], settled: Collection[date]) -> None:
    """A delivery of which every day is settled is not needed again soon: 50,000 sensors are 6 GB a night.

    Of one that spans days without a row the facts stay. They say that nothing is to be made of these days, which no
    batch settles: it would be parsed again by every run that asks for one of them.
    """
    done = set(settled)
    for parsed in deliveries:
        inside = parsed.days.keys() - parsed.outside.keys()
        if inside <= done:
            kinds = _KINDS[1:] if parsed.delivery.spans_more_than(inside) else _KINDS
            for kind in kinds:
                parsed._file(kind).unlink(missing_ok=True)


def _facts(folder: Path, sha256: str) -> dict[str, Any] | None:
    path = folder / f"{sha256}.json"
    try:
        facts = json.loads(path.read_bytes())
        os.utime(path)  # `madang maintain` removes what nobody asked for
    except (FileNotFoundError, ValueError):  # what is cached is parsed again where it is damaged
        return None
    return facts


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None


def _folder(home: Home, city: str, contract: Contract) -> Path:
    return home.parse_cache / city / contract.name / f"{contract.hash}-{reading_version()}"


def _write(target: Path, content: pl.DataFrame | bytes) -> None:
    """Whole or not at all; a second process that parses the same delivery writes the same."""
    with replacing(target) as file:
        if isinstance(content, bytes):
            file.write(content)
        elif target.suffix == ".fine":
            lake.write_rows(content, file)
        else:
            content.write_ipc(file)


@cache
def reading_version() -> str:
    """Changes when the code that reads deliveries changes: they are then parsed again."""
    casts = (cast, cast_numbers, cast_times, cast_units, computed, local_times, time_formats, written_times)
    apart = (fine, keys, fine_rows, row_rules)
    known = (parse, *casts, far_times, late_hours, marks, spreadsheet, text, *apart)
    modules = [Path(str(module.__file__)) for module in known]
    for package in (readers, connectors, units):
        modules += sorted(Path(str(package.__file__)).parent.rglob("*.py"))
    digest = hashlib.sha256(pl.__version__.encode())  # hashes of keys are the same in one version alone
    for path in modules:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
