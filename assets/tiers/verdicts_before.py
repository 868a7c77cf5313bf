"""What the last release decided of blocks of cells: of a block that is the same it decides the same again.

Nothing connects two blocks (`assets/derive/blocks_of_cells.py`), so a verdict follows from the cells of its block, from
what kept versions show of them and what was hidden of them before, and from the rules. They are the name of the block.
Where a version would have to go, all blocks are judged together: it goes for all of them.
"""

from __future__ import annotations

import io
from functools import cache
from hashlib import blake2b
from pathlib import Path

import polars as pl

import assets.derive
import assets.disclosure
from assets.derive.versions import digest_of
from assets.disclosure.cells import HIDDEN
from assets.disclosure.proved import without_last_digits
from assets.disclosure.rules import FOLDER
from assets.tiers.judged import CELL_KEY
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder

_BLOCK = ["table", "block"]
_NUMBERS = ("value", "contributors", "largest", "second")
_VERDICTS = pl.Schema({"name": pl.String, **CELL_KEY, "conf_status": pl.String})  # without an area: nothing is hidden


def block_names(
    cells: pl.DataFrame, shown: pl.DataFrame, before: pl.DataFrame, context: str, key: bytes
) -> pl.DataFrame:
    """table, block, name. cells: CELLS with `block`. shown: SEEN of them. before: `cell` of those hidden before.

    context: what else decides, as the rules and the areas. The order of cells, and their numbers, mean nothing.
    """
    as_now = shown.filter(pl.col("value").is_null() & pl.col("contributors").is_null())["cell"].unique()
    said = cells.with_columns(
        *(pl.Series(name, without_last_digits(cells[name].to_numpy())) for name in _NUMBERS),
        _shown=pl.col("cell").is_in(as_now.implode()),
        _hidden=pl.col("cell").is_in(before["cell"].implode()),
    )
    old = shown.filter(pl.col("value").is_not_null() | pl.col("contributors").is_not_null())
    told = old.rename({"value": "old_value", "contributors": "old_contributors"}).join(said, on="cell")
    sums = pl.concat([_hashed(said.drop("cell")), _hashed(told.drop("cell"))])
    named = sums.group_by(_BLOCK).agg(pl.col("one", "other").sum(), pl.len()).sort(_BLOCK)
    names = [
        blake2b(repr((context, *numbers)).encode(), digest_size=16, key=key[:64]).hexdigest()
        for numbers in named.iter_rows()
    ]
    return named.select(_BLOCK).with_columns(pl.Series("name", names, pl.String))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """Two numbers of 64 bits for each row: their sums over a block are the same in any order of its rows."""
    own = rows.select(sorted(rows.columns))
    return rows.select(_BLOCK).with_columns(own.hash_rows(seed=1).alias("one"), own.hash_rows(seed=2).alias("other"))


def decided_by(*also: str) -> str:
    """The code and the libraries that decide, and what else does."""
    return repr((_code(), pl.__version__, *also))


@cache
def _code() -> str:
    here = Path(__file__).parent
    files = [
        *Path(*assets.disclosure.__path__).glob("*.py"),
        *Path(*assets.derive.__path__).glob("*cells.py"),
        *here.glob("*verdicts*.py"),
        *here.glob("judging.py"),
    ]
    return digest_of(files)


def verdicts_before(home: Home, city: str) -> pl.DataFrame:
    """name, CELL_KEY, conf_status: what is hidden in each block; none where nothing was released yet.

    A file that cannot be read says nothing.
    """
    try:
        return pl.read_parquet(_path(home, city)).select(pl.col(name).cast(dtype) for name, dtype in _VERDICTS.items())
    except (FileNotFoundError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=_VERDICTS)


def keep_verdicts(home: Home, city: str, names: pl.DataFrame, judged: pl.DataFrame) -> None:
    """For the next release. names: of all blocks of now. judged: CELL_KEY, `block` and conf_status of their cells."""
    hidden = judged.filter(pl.col("conf_status").is_in(HIDDEN))
    kept = names.join(hidden, on=_BLOCK, how="left", nulls_equal=True).select(_VERDICTS.names()).sort(pl.all())
    if kept.equals(verdicts_before(home, city)):
        return
    path, file = _path(home, city), io.BytesIO()
    kept.write_parquet(file)
    make_private_folder(path.parent, home.root)
    write_atomically(path, file.getvalue())


def _path(home: Home, city: str) -> Path:
    return home.root / FOLDER / "verdicts" / f"{city}.parquet"
