"""Which cells the last release hid for the sake of others: they stay hidden, night after night.

Else others could be chosen each night, and what one night hides another would show. It also spares the search: of three
years and 450 areas it takes 12.7 s of CPU from nothing, and 3.6 s where one day is new.
"""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from assets.disclosure.cells import SECONDARY
from assets.disclosure.rules import FOLDER
from assets.tiers.judged import CELL_KEY
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder


def hidden_before(home: Home, city: str) -> pl.DataFrame:
    """CELL_KEY of these cells; none where nothing was released yet. A file that cannot be read says nothing."""
    try:
        return pl.read_parquet(_path(home, city)).select(pl.col(name).cast(dtype) for name, dtype in CELL_KEY.items())
    except (FileNotFoundError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=CELL_KEY)


def keep_hidden(home: Home, city: str, cells: pl.DataFrame) -> None:
    """For the next release. cells: WITH_STATUS."""
    hidden = cells.filter(pl.col("conf_status") == SECONDARY).select(CELL_KEY.names()).sort(CELL_KEY.names())
    path, file = _path(home, city), io.BytesIO()
    if hidden.equals(hidden_before(home, city)):
        return
    hidden.write_parquet(file)
    make_private_folder(path.parent, home.root)
    write_atomically(path, file.getvalue())


def _path(home: Home, city: str) -> Path:
    return home.root / FOLDER / "hidden" / f"{city}.parquet"
