"""Which cells the kept versions of a tier show: read from the files themselves, and kept so that a night opens none.

The index is private to the home. It lists each cell, with the value that it had, and the first and last version that
shows it so: neighbouring versions show nearly the same, and 30 versions of three years would be 9 million cells else.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable
from pathlib import Path

import duckdb
import polars as pl

from assets.publication.metric_columns import METRIC_VALUE
from assets.tiers.drawn_areas import DRAWN
from assets.tiers.judged import CELL_KEY, OF_CELL, SEEN_CELLS
from warehouse.arrow import fetched_frame, lend
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder
from warehouse.published import connect, folder
from warehouse.published.place import TierFolder

FOLDER = "disclosure"
_OF_THEN = pl.Schema({**OF_CELL, "drawn": DRAWN["drawn"]})  # what a cell was when a version showed it
SHOWN = pl.Schema({"city": pl.String, **CELL_KEY, **_OF_THEN, "first": pl.Int64, "last": pl.Int64})
_CELL = ["city", *CELL_KEY]
_SAID = [*_CELL, *_OF_THEN]
_NOT_KNOWN = {name: pl.lit(None, dtype) for name, dtype in _OF_THEN.items()}


def shown_in_file(file: Path, rests: pl.DataFrame) -> pl.DataFrame:
    """The cells whose values a file shows, of whatever a metric of private feeds has a value for: city, CELL_KEY."""
    with connect.open_file(file) as con:
        return _shown(con, rests)


def _shown(con: duckdb.DuckDBPyConnection, rests: pl.DataFrame) -> pl.DataFrame:
    lent = lend(con, "rests", rests)
    found = fetched_frame(
        con.sql(
            f'SELECT DISTINCT r.city, r."table", r.slice, v.area, v.period, v.period_start FROM {METRIC_VALUE.sql} v'
            " JOIN rests r ON (r.city, r.metric) = (v.city, v.metric) WHERE v.value IS NOT NULL"
        )
    )
    lent.take_back()
    return found.select(pl.col(name).cast(SHOWN[name]) for name in _CELL)


class ShownCells:
    """The index of one tier."""

    def __init__(self, home: Home, tier: TierFolder, rests: pl.DataFrame) -> None:
        self.home, self.tier, self._rests = home, tier, rests
        name = tier.tier.replace("/", ".")
        # a pack that changes makes other cells of the same values: then all kept files are read again
        digest = hashlib.sha256(rests.sort(pl.all()).write_csv().encode()).hexdigest()[:16]
        self._folder = home.root / FOLDER / "shown" / name
        self._path = self._folder / f"{digest}.parquet"
        self.rows = self._read()

    def _read(self) -> pl.DataFrame:
        """Of each kept version what it shows; a version that the index does not know is opened."""
        kept = folder.version_files(self.tier)
        rows, known = pl.DataFrame(schema=SHOWN), set[int]()
        if self._path.exists():
            with self._path.open("rb") as file:
                stored = pl.concat([pl.DataFrame(schema=SHOWN), pl.read_parquet(file)], how="diagonal")
            rows, known = (
                stored.filter(pl.col("city").is_not_null()),
                set(stored["first"].filter(stored["city"].is_null())),
            )
        rows = _without(rows, known - kept.keys())
        for version in sorted(kept.keys() - known):
            # what its cells were then is not known any more: null stands for what they are now
            found = shown_in_file(kept[version], self._rests).with_columns(**_NOT_KNOWN)
            rows = _with(rows, found, version, before=version - 1)
        return rows

    def of_open(self, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """What an open file shows: city, CELL_KEY."""
        return _shown(con, self._rests)

    def add(self, version: int, cells: pl.DataFrame) -> None:
        """A version shows these cells (city, CELL_KEY, OF_CELL, drawn).

        Written before its file is put in place: what is listed too much hides more.
        """
        kept = folder.version_files(self.tier).keys() - {version}
        before = max(kept, default=version - 1)
        self.rows = _with(_without(self.rows, {version}), cells, version, before=before)
        self._write(kept | {version})

    def withdraw(self, versions: Collection[int]) -> None:
        """These versions are gone."""
        self.rows = _without(self.rows, set(versions))
        self._write(folder.version_files(self.tier).keys() - set(versions))

    def of_cells(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The rows of the index that show one of these cells (city, CELL_KEY)."""
        return self.rows.filter(_hashes(self.rows, _CELL).is_in(_hashes(cells, _CELL).implode()))

    def of_no_cell(self, cells: pl.Series, drawn: pl.DataFrame) -> pl.DataFrame:
        """The rows of the index that nobody judges, as their cell is none of these (`hashes_of_cells`) or its area has
        other parts than then (`DRAWN`); one that had none is as it was. Of cities in `drawn` alone."""
        then = self.rows.select(DRAWN.names()).unique()
        areas = then.join(drawn, on=["city", "area"], how="left", suffix="_now")
        other = areas.filter(pl.col("drawn") != 0, pl.col("drawn") != pl.col("drawn_now"))
        redrawn = self.rows.join(other, on=DRAWN.names(), how="semi")
        gone = self.rows.filter(~hashes_of_cells(self.rows).is_in(cells.implode()))
        return pl.concat([redrawn, gone.filter(pl.col("city").is_in(drawn["city"].unique().implode()))])

    def versions_with(self, rows: pl.DataFrame) -> list[int]:
        """The kept versions that show one of these rows of the index."""
        kept = sorted(folder.version_files(self.tier))
        spans = rows.select("first", "last").unique()
        return [v for v in kept if any(first <= v <= last for first, last in spans.iter_rows())]

    def cells(self, city: str) -> pl.DataFrame:
        """What the kept versions show of a city: SEEN_CELLS, one row for versions in which a cell is the same."""
        span = pl.concat_str(pl.lit(f"{self.tier.tier}/"), "first", pl.lit("-"), "last")
        return self.rows.filter(pl.col("city") == city).with_columns(version=span).select(SEEN_CELLS.names())

    def _write(self, versions: Iterable[int]) -> None:
        listed = pl.DataFrame({"first": sorted(versions)}, schema={"first": pl.Int64})
        content = io.BytesIO()
        pl.concat([self.rows, listed], how="diagonal").select(SHOWN.names()).write_parquet(content)
        make_private_folder(self._folder, self.home.root)
        write_atomically(self._path, content.getvalue())
        for other in set(self._folder.glob("*.parquet")) - {self._path}:
            other.unlink(missing_ok=True)


def _with(rows: pl.DataFrame, cells: pl.DataFrame, version: int, *, before: int) -> pl.DataFrame:
    """The spans with those of one more version; a span that ends with the version before goes on where the cell is as
    it was."""
    running, others = rows.filter(pl.col("last") == before), rows.filter(pl.col("last") != before)
    cells = cells.select(_SAID)
    was, now = _hashes(running, _SAID), _hashes(cells, _SAID)
    stays = was.is_in(now.implode())
    longer, ended = running.filter(stays).with_columns(last=pl.lit(version, pl.Int64)), running.filter(~stays)
    both = {"first": pl.lit(version, pl.Int64), "last": pl.lit(version, pl.Int64)}
    new = cells.filter(~now.is_in(was.implode())).with_columns(**both)
    return pl.concat([frame.select(SHOWN.names()) for frame in (others, ended, longer, new)])


def hashes_of_cells(cells: pl.DataFrame) -> pl.Series:
    """A number for each cell (city, CELL_KEY), to look it up by."""
    return _hashes(cells, _CELL)


def with_known(cells: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The cells (city, CELL_KEY) with all else that `known` says of each; null of one that it lacks."""
    said = known.select(pl.exclude(_CELL), _cell=hashes_of_cells(known))
    return cells.with_columns(_cell=hashes_of_cells(cells)).join(said, on="_cell", how="left").drop("_cell")


def _hashes(frame: pl.DataFrame, names: list[str]) -> pl.Series:
    """A number of 64 bits for each row: a join of half a million rows by eight columns took five times as long. That
    any two of a million are the same happens in one of thirty million releases."""
    return frame.select(pl.col(name).cast(SHOWN[name]) for name in names).hash_rows()


def _without(rows: pl.DataFrame, versions: Collection[int]) -> pl.DataFrame:
    """The spans without these versions at their ends; within one they do no harm, as nobody asks for them."""
    for version in sorted(versions):
        rows = rows.with_columns(first=pl.when(pl.col("first") == version).then(version + 1).otherwise("first"))
    for version in sorted(versions, reverse=True):
        rows = rows.with_columns(last=pl.when(pl.col("last") == version).then(version - 1).otherwise("last"))
    return rows.filter(pl.col("first") <= pl.col("last"))
