"""Rows that are held back as a file for who mends the data: CSV or Parquet, its owner's alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from pipelines.quarantine import HeldRow
from warehouse.files import write_atomically

FORMATS = (".csv", ".parquet")
_TEXT, _TEXTS = pl.String, pl.List(pl.String)
SCHEMA = dict.fromkeys(HeldRow.__dataclass_fields__, _TEXT) | {"day": pl.Date, "rules": _TEXTS, "line": pl.Int64}


def write_held_rows(file: Path, rows: Sequence[HeldRow]) -> None:
    """Write the rows to a new file whose ending is one of FORMATS. CSV has the rules with a space between them.

    The file is whole or not there. Raises OSError.
    """
    frame = pl.DataFrame([asdict(row) for row in rows], schema=SCHEMA)
    into = io.BytesIO()
    if file.suffix.lower() == ".csv":
        frame.with_columns(pl.col("rules").list.join(" ")).write_csv(into)
    else:
        frame.write_parquet(into)
    write_atomically(file, into.getvalue())
