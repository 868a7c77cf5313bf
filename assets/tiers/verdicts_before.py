"""What the last release decided of blocks of cells: of a block that is the same it decides the same again.

Nothing connects two blocks (`assets/derive/blocks_of_cells.py`), so a verdict follows from the cells of its block,
from what kept versions show of them and what was hidden of them before, and from the rules. Only blocks are kept in
which the attacker found nothing beside all that was shown then, versions that had to go among it; once they are gone
he sees less.
"""

from __future__ import annotations

import io
from functools import cache
from hashlib import blake2b
from pathlib import Path

import polars as pl

import assets.derive
import assets.disclosure
from assets.derive.blocks_of_cells import BLOCK_KEY
from assets.derive.versions import digest_of
from assets.disclosure.cells import HIDDEN, SECONDARY
from assets.disclosure.proved import without_last_digits
from assets.disclosure.rules import FOLDER
from assets.tiers.judged import CELL_KEY
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder

_NUMBERS = ("value", "contributors", "largest", "second")
_NAMES = ["name", "known", "settled"]
# Of SEEN: a version shows the cell as it is now.
SHOWN_AS_NOW = pl.col("value").is_null() & pl.col("contributors").is_null()
_VERDICTS = pl.Schema(
    {
        "name": pl.String,  # of a block: its cells, older values that are shown, and what decides
        "known": pl.String,  # and what was shown of it and hidden before, when it was decided
        "settled": pl.Boolean,  # it hides what is sensitive and D: then the same is decided once that is hidden before
        **CELL_KEY,  # of each hidden cell; without an area: nothing is hidden
        "conf_status": pl.String,
    }
)


def block_names(
    cells: pl.DataFrame, shown: pl.DataFrame, before: pl.DataFrame, context: str, key: bytes
) -> pl.DataFrame:
    """table, block, name, known. cells: CELLS with `block`. shown: SEEN of them. before: `cell` of those hidden before.

    context: what else decides, as the rules and the areas. The order of cells, and their numbers, mean nothing.
    """
    rounded = (pl.Series(name, without_last_digits(cells[name].to_numpy())) for name in _NUMBERS)
    said = cells.with_columns(*rounded).pipe(_hashed)
    old = shown.filter(~SHOWN_AS_NOW).rename({"value": "old_value", "contributors": "old_contributors"})
    olds = _hashed(old.join(said, on="cell"))
    as_now = shown.filter(SHOWN_AS_NOW)["cell"].unique()
    both = (pl.col("cell").is_in(one.implode()).alias(name) for one, name in ((as_now, "_s"), (before["cell"], "_b")))
    known = _hashed(said.with_columns(*both).filter(pl.col("_s") | pl.col("_b")))
    own = pl.concat([said, olds])
    named = _named(own, "name", context, key).join(
        _named(known, "known", context, key), on=BLOCK_KEY, how="left", nulls_equal=True
    )
    return named.with_columns(pl.col("known").fill_null("")).sort(BLOCK_KEY)


def blocks_as_before(
    names: pl.DataFrame, kept: pl.DataFrame, cells: pl.DataFrame, shown: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """table, block, settled: the blocks of `names` that are decided as they were. The others as in `block_names`.

    Those of which the same was known; and settled ones of which no hidden cell is shown, and what was hidden before is
    what they hid: what it asks for first is then what it came to before, and the attacker finds nothing in it.
    """
    again = names.join(kept.unique("name").select(*_NAMES), on="name", suffix="_then")
    same = pl.col("known") == pl.col("known_then")
    later = again.filter(~same & pl.col("settled"))
    mine = cells.join(later, on=BLOCK_KEY, how="semi", nulls_equal=True)
    hidden = mine.join(kept.drop_nulls("area").select(*CELL_KEY.names(), "conf_status"), on=CELL_KEY.names())
    secondary = hidden.filter(pl.col("conf_status") == SECONDARY)["cell"]
    stays = mine.filter(pl.col("cell").is_in(before["cell"].implode()))["cell"]
    as_now = hidden.filter(pl.col("cell").is_in(shown["cell"].implode()))["cell"]
    other = pl.concat([as_now, _apart(secondary, stays), _apart(stays, secondary)])
    differs = mine.filter(pl.col("cell").is_in(other.implode()))
    found = pl.concat([again.filter(same), later.join(differs, on=BLOCK_KEY, how="anti", nulls_equal=True)])
    return found.select(*BLOCK_KEY, "settled")


def _apart(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.filter(~one.is_in(other.implode()))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """BLOCK_KEY, cell, and two numbers of 64 bits for each row: their sums over a block are the same in any order."""
    own = rows.select(sorted(set(rows.columns) - {"cell"}))
    return rows.select(*BLOCK_KEY, "cell").with_columns(
        own.hash_rows(seed=1).alias("one"), own.hash_rows(seed=2).alias("other")
    )


def _named(rows: pl.DataFrame, called: str, context: str, key: bytes) -> pl.DataFrame:
    sums = rows.group_by(BLOCK_KEY).agg(pl.col("one", "other").sum(), pl.len())
    names = [
        blake2b(repr((context, *numbers)).encode(), digest_size=16, key=key[:64]).hexdigest()
        for numbers in sums.iter_rows()
    ]
    return sums.select(BLOCK_KEY).with_columns(pl.Series(called, names, pl.String))


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
        *here.glob("deciding*.py"),
        *here.glob("kept_rows.py"),
    ]
    return digest_of(files)


def verdicts_before(home: Home, city: str) -> pl.DataFrame:
    """What is kept of each block; nothing where nothing was released yet, and of a file that cannot be read."""
    try:
        return pl.read_parquet(_path(home, city)).select(pl.col(name).cast(dtype) for name, dtype in _VERDICTS.items())
    except (FileNotFoundError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=_VERDICTS)


def keep_verdicts(home: Home, city: str, names: pl.DataFrame, judged: pl.DataFrame) -> None:
    """For the next release. names: `block_names` and `settled` of blocks that are safe. judged: CELL_KEY, `block` and
    conf_status of their cells."""
    hidden = judged.filter(pl.col("conf_status").is_in(HIDDEN))
    kept = names.join(hidden, on=BLOCK_KEY, how="left", nulls_equal=True).select(_VERDICTS.names()).sort(pl.all())
    if kept.equals(verdicts_before(home, city)):
        return
    path, file = _path(home, city), io.BytesIO()
    kept.write_parquet(file)
    make_private_folder(path.parent, home.root)
    write_atomically(path, file.getvalue())


def _path(home: Home, city: str) -> Path:
    return home.root / FOLDER / "verdicts" / f"{city}.parquet"
