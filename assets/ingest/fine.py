"""The fine rows of a delivery: nothing about them is left to be decided, so they are written as the lake holds them.

All other rows go the exact way: which of a key counts, which rules they break, row by row. A fine row is one of those
that have a whole key which is there once in the delivery, whose every cell could be read, that break no rule, and that
are of the day of nearly all the others. Where too few are fine, none is taken for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from assets.ingest.keys import key_hashes, key_time, keyless, repeated_hashes
from assets.ingest.parse import ParsedFrames
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.contract.rules import registered_code
from quality.fine_rows import FineFile, break_nothing

LEAST = 20_000  # fine rows of a delivery: each has a file of its own in the lake
SHARE = 0.9  # of its rows that have to be fine
HASH, _LINE = "hash", "_line"


@dataclass(frozen=True)
class FineRows:
    """Fine rows of one delivery on disk."""

    file: FineFile
    keys: Path  # Arrow: HASH of the key and `_line` of each row, as they lie in `file`
    low: int | None  # first and last time in the keys of the delivery in microseconds, None for keys without a time
    high: int | None
    texts: Mapping[str, tuple[str, str]]  # by text of the key, the first and last of these rows in the order of texts

    def apart(self, other: FineRows) -> bool:
        """Whether none of these rows can have a key of the other's: gateways deliver sensors of their own."""
        return any(
            first > other.texts[name][1] or other.texts[name][0] > last for name, (first, last) in self.texts.items()
        )

    def hashes(self) -> pl.Series:
        """The hash of each row's key."""
        return pl.read_ipc(self.keys, columns=[HASH]).to_series()

    def rows(self) -> pl.DataFrame:
        """The rows: contract columns, `_sha256`, `_line`."""
        return pl.read_parquet(self.file.path, glob=False, hive_partitioning=False).with_columns(
            pl.lit(self.file.day).alias(DAY),
            pl.lit(self.file.sha256).alias("_sha256"),
            pl.read_ipc(self.keys, columns=[_LINE]).to_series(),
        )


@dataclass(frozen=True)
class Divided:
    """The rows of a delivery: the fine ones, None where too few are, with their keys, and all others."""

    others: pl.DataFrame
    fine: pl.DataFrame | None = None  # contract columns
    keys: pl.DataFrame | None = None  # HASH, `_line`

    def span(self, contract: Contract) -> tuple[int | None, int | None]:
        """The first and last time in the keys of the delivery."""
        time = key_time(contract)
        if self.fine is None or time is None:
            return None, None
        times = pl.concat([self.fine[time], self.others[time]], rechunk=False).cast(pl.Int64)
        return times.min(), times.max()  # type: ignore[return-value] - whole numbers

    def texts(self, contract: Contract) -> dict[str, tuple[str, str]]:
        """By text of the key, the first and last of the fine rows in the order of texts."""
        if self.fine is None:
            return {}
        of_key = (self.fine[c.name] for c in contract.columns if c.key and c.dtype == pl.String)
        return {texts.name: (texts.min(), texts.max()) for texts in of_key}  # type: ignore[misc] - each has a text


def register_of(contract: Contract) -> str:
    """The register that rows are compared with by a rule, which may change without the contract's hash."""
    code = registered_code(contract.prefix)
    places = next((rule.kwargs["value_set"] for rule in contract.rules if rule.code == code), ())
    return hashlib.sha256("\n".join(places).encode()).hexdigest()[:16]


def divided(contract: Contract, parsed: ParsedFrames) -> Divided:
    """Sets the fine rows of a delivery apart."""
    rows = parsed.rows
    if rows.height < LEAST or not contract.key or any(column.spec.combine for column in contract.columns):
        return Divided(rows)  # rows that are parts of one figure are added up
    least = max(LEAST, SHARE * rows.height)
    day, of_day = rows[DAY].value_counts(sort=True).row(0)
    unbroken = break_nothing(contract, rows) if of_day >= least else None
    if unbroken is None or unbroken.sum() < least:
        return Divided(rows)
    hashes = key_hashes(contract, rows).alias(HASH)
    once = ~hashes.is_in(repeated_hashes(hashes).implode())
    read = ~pl.col(_LINE).is_in(parsed.cells[_LINE].implode())
    fine = rows.select(((pl.col(DAY) == day) & ~keyless(contract) & read & unbroken & once).alias("fine")).to_series()
    if fine.sum() < least:
        return Divided(rows)
    keys = pl.DataFrame([hashes, rows[_LINE]]).filter(fine)
    return Divided(rows.filter(~fine), rows.select(contract.schema.names()).filter(fine), keys)
