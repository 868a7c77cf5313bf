"""What an attacker does not know: the hidden cells, how far each can move, and the sums that they must keep.

All is said as distance from one completion that is possible: the true values, and some that fit for cells which the
provider masks. A sum that does not add up in the data (rounding) is taken to be off by what it is off by: who attacks
is thought to know that, too. So no tolerance widens what he cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assets.disclosure.cells import FREE, MASKED, REST, SECONDARY
from assets.disclosure.programs import Columns, Flags, Floats, Matrix, solved

# The order of columns, as numbers of cells differ from night to night: the same part has to be known again (`proved`).
_ORDER = ("table", "slice", "area", "area_level", "period", "period_start", "conf_status", "contributors", "value")
_OFF = 1e-6  # a sum that is off by this part of its largest member does not add up


@dataclass(frozen=True)
class Unknowns:
    """One number of each hidden cell. `matrix` has a row for each sum with one of them, a column for each."""

    cell: NDArray[np.uint32]
    start: Floats  # a completion that is possible
    down: Floats  # how far below it everybody thinks the value possible
    up: Floats  # and above; inf: any distance
    need_down: Floats  # how far an attacker must think it possible
    need_up: Floats
    asked: Flags  # sensitive: needs protection at all
    alone: Flags  # its only contributor knows it
    person: NDArray[np.int32]  # who that is: the same in a total of one and in its part; -1: several or not known
    largest: Floats  # what the largest of its contributors knows to be in it; 0: not known
    counts: Flags  # a whole number of people
    broken: Flags  # the shown values contradict the mask: nothing can be said, so it is not protected
    matrix: Matrix
    part: NDArray[np.int32]  # connected by sums: parts know nothing of each other

    def known_parts(self, person: int) -> Floats:
        """How much of each cell this person's own cells are: below that it cannot be for who knows them."""
        own = np.where(self.person == person, self.start, 0.0)
        totals = self.matrix.minimum(0)  # of each sum the whole
        parts = self.matrix.maximum(0)
        while True:
            inside = parts @ own
            more = np.where(own > 0, own, np.minimum(abs(totals).T @ inside, self.start))
            if (more <= own).all():
                return own
            own = np.maximum(more, own)

    def only(self, columns: Columns) -> Unknowns:
        """Whole parts alone, in the order that they have."""
        kept = {
            one.name: getattr(self, one.name)[columns] for one in fields(self) if one.name not in ("cell", "matrix")
        }
        return Unknowns(cell=self.cell[columns], matrix=self.sums_of(columns), **kept)

    def sums_of(self, columns: Columns) -> Matrix:
        """The sums that hold some of these columns, with these columns alone."""
        narrow = self.matrix[:, columns]
        return narrow[np.flatnonzero(np.diff(narrow.indptr))]


def unknowns(judged: pl.DataFrame, sums: pl.DataFrame, hidden: pl.DataFrame) -> Unknowns:
    """What is not known where the cells of `hidden` are not shown. What the provider masks is never shown.

    judged: cells as `JUDGED`; of cells without a status that hides, nothing is asked.
    """
    has_one = pl.col("value").is_not_null()
    cells = judged.filter((pl.col("cell").is_in(hidden["cell"].implode()) & has_one) | MASKED).sort(_ORDER)
    place = pl.DataFrame({"cell": cells["cell"], "column": np.arange(cells.height, dtype=np.int64)})
    touched = sums.join(place, on="cell").select("sum").unique(maintain_order=True).with_row_index("row")
    inside = sums.join(touched, on="sum").join(place, on="cell", how="left")
    mine = inside.filter(pl.col("column").is_not_null())
    shape = (touched.height, cells.height)
    matrix: Matrix = sparse.csr_array(
        (mine["coefficient"].to_numpy(), (mine["row"].to_numpy(), mine["column"].to_numpy())), shape=shape
    )
    matrix.sort_indices()
    value, least = cells["value"].to_numpy().copy(), cells["least"].fill_null(0.0).to_numpy()
    most = cells["most"].fill_null(np.inf).to_numpy()
    masked = np.isnan(value) if value.dtype == np.float64 else np.zeros(cells.height, bool)
    broken = np.zeros(cells.height, bool)
    if masked.any():
        value, broken = _completed(value, least, most, matrix, inside, judged)
    status = cells["conf_status"].to_numpy()
    asked = np.array([one not in {FREE, SECONDARY} for one in status], bool)
    down = np.maximum(value - least, 0.0)
    up = np.maximum(most - value, 0.0)
    need_down = np.where(masked, down, cells["below"].fill_null(0.0).to_numpy())
    need_up = np.where(masked, up, cells["above"].fill_null(0.0).to_numpy())
    contributors = cells["contributors"].to_numpy()
    _, part = connected_components(sparse.bmat([[None, matrix], [matrix.T, None]])) if shape[0] else (0, None)
    # Of nobody is it said that he alone is left beside the parts of a whole, so he does not know it of himself.
    rest = (cells["area_level"] == REST).fill_null(value=False).to_numpy()
    alone = asked & (contributors == 1) & ~rest
    return Unknowns(
        cell=cells["cell"].to_numpy(),
        start=value,
        down=down,
        up=up,
        need_down=np.where(asked, need_down, 0.0),
        need_up=np.where(asked, need_up, 0.0),
        asked=asked,
        alone=alone,
        person=_persons(matrix, alone),
        largest=np.where(masked, 0.0, cells["largest"].fill_null(0.0).to_numpy()),
        counts=masked | ((value == contributors) & (value == np.round(value))),
        broken=broken,
        matrix=matrix,
        part=np.arange(cells.height, dtype=np.int32) if part is None else part[shape[0] :],
    )


def _persons(matrix: Matrix, alone: Flags) -> NDArray[np.int32]:
    """Who is alone in which cells: a total of one contributor and the parts of it that have one are of the same."""
    signs: Matrix = sparse.csr_array((np.sign(matrix.data), matrix.indices, matrix.indptr), matrix.shape)
    signs = signs @ sparse.diags_array(alone.astype(np.float64))
    if not signs.nnz:
        return np.where(alone, np.arange(len(alone)), -1).astype(np.int32)
    links = abs(signs[np.flatnonzero(signs.min(axis=1).toarray().ravel() < 0)])
    _, person = connected_components(links.T @ links)
    return np.where(alone, person, -1).astype(np.int32)


def _completed(
    value: Floats, least: Floats, most: Floats, matrix: Matrix, inside: pl.DataFrame, judged: pl.DataFrame
) -> tuple[Floats, Flags]:
    """Values that fit for what the provider masks, and which of them nothing fits for.

    What nothing fits for is broken if all but masked cells of the sum is shown: with a hidden total nobody can tell.
    """
    masked = np.isnan(value)
    columns = np.flatnonzero(masked)
    all_of = (
        inside.join(judged.select("cell", "value"), on="cell")
        .with_columns(product=pl.col("coefficient") * pl.col("value").fill_null(0.0))
        .group_by("row")
        .agg(pl.col("product").sum(), size=pl.col("product").abs().max())
        .sort("row")
    )
    narrow = matrix[:, columns]
    rows = np.flatnonzero(np.diff(narrow.indptr))
    filled = value.copy()
    filled[columns] = (least[columns] + most[columns]) / 2
    if not len(rows):
        return filled, np.zeros(len(value), bool)
    narrow, target = narrow[rows], -all_of["product"].to_numpy()[rows]
    # The least by which sums must be off: two slacks of each.
    slack = sparse.identity(len(rows), format="csr")
    objective = np.concatenate([np.zeros(len(columns)), np.ones(2 * len(rows))])
    low = np.concatenate([least[columns], np.zeros(2 * len(rows))])
    high = np.concatenate([most[columns], np.full(2 * len(rows), np.inf)])
    found = solved(objective, low, high, sparse.hstack([narrow, slack, -slack], format="csr"), target).values
    broken = np.zeros(len(value), bool)
    if found is None:
        broken[columns] = True
        return filled, broken
    filled[columns] = found[: len(columns)]
    off = np.abs(narrow @ filled[columns] - target) > _OFF * np.maximum(all_of["size"].to_numpy()[rows], 1.0)
    hidden_value = np.diff(matrix[rows][:, np.flatnonzero(~masked)].indptr) > 0
    wrong = off & ~hidden_value
    broken[columns] = (np.abs(narrow[wrong]).sum(axis=0) > 0) if wrong.any() else False
    return filled, broken
