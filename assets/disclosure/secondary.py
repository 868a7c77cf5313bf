"""Which further cells are hidden so that the sensitive ones cannot be computed from what is shown.

Greedy: for each cell that the attacker finds out, a linear program looks for the movement that it needs and that costs
least to hide; then the attacker is asked again, until he finds nothing. How near that comes to the best is measured
against `exact` (docs/disclosure.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import sparse

from assets.disclosure.attack import exposed
from assets.disclosure.cells import FREE, HIDDEN, KNOWN_TO_ALL, SECONDARY, UNKNOWN
from assets.disclosure.programs import Columns, Flags, Matrix, solved
from assets.disclosure.proved import Proved

_DEAR = 1e4  # what kept versions or other tiers show costs so many times its value: they would have to be withdrawn
_NEARBY, _MOST_NEARBY = 120, 6400  # cells around the one to protect; more where these are too few, as a day with hours
_BROKEN = 1e3  # what it costs to break a sum, where the dearest cell costs 1
SMALL_BLOCK = 1000  # cells of a table in which it is tried once more which D are needed: it takes an attack for each
_MOST_ROUNDS = 200
_SPARE = 1.001  # a movement a little larger than needed, so that rounding does not undo it
_FAR = 1e6


class NotProtectable(RuntimeError):
    """No further cell can be hidden, and sensitive ones are still found out. Its text has numbers of cells alone."""


def protect(
    judged: pl.DataFrame,
    sums: pl.DataFrame,
    dear: pl.DataFrame | None = None,
    *,
    insiders: bool = True,
    proved: Proved | None = None,
    trims: bool | None = None,
) -> pl.DataFrame:
    """The cells with D for those that have to be hidden besides the sensitive ones; D that is there already stays.

    trims: whether it is tried which D are needed; None: in a small table. dear: cells (`cell`) that are hidden only if
    nothing else helps: they were shown.
    """
    table = CellTable(judged, sums, dear)
    kept = table.hides.copy()
    for _ in range(_MOST_ROUNDS):
        found = exposed(table.judged(), sums, table.hidden(), insiders=insiders, proved=proved)
        if found.is_empty():
            if judged.height <= SMALL_BLOCK if trims is None else trims:
                table.trim(sums, kept, insiders=insiders)
            return table.judged()
        before = table.decided()
        for cell, by in found.iter_rows():
            table.protect(int(cell), by)
        if table.decided() == before:  # what protects each alone is not enough together: hide all around them
            table.hide_around(found["cell"].to_list())
        if table.decided() == before:  # and at last say nothing of any cell nearby
            table.hide_nearby(found["cell"].to_list())
        if table.decided() == before:
            raise NotProtectable(f"{found.height} cells cannot be protected, the first is cell {found['cell'][0]}")
    raise NotProtectable(f"after {_MOST_ROUNDS} rounds some cells are still found out")


class CellTable:
    """All cells as arrays: which are hidden, how far each could move if it was, and the sums that connect them."""

    def __init__(self, judged: pl.DataFrame, sums: pl.DataFrame, dear: pl.DataFrame | None) -> None:
        self.frame = judged
        self.cell = judged["cell"].to_numpy()
        self.place = {int(cell): n for n, cell in enumerate(self.cell)}
        places = pl.DataFrame({"cell": judged["cell"], "column": np.arange(judged.height, dtype=np.int64)})
        inside = sums.join(places, on="cell")
        rows = inside["sum"].rank("dense").to_numpy().astype(np.int64) - 1 if inside.height else np.zeros(0, np.int64)
        shape = (int(rows.max(initial=-1)) + 1, judged.height)
        self.matrix: Matrix = sparse.csr_array(
            (inside["coefficient"].to_numpy(), (rows, inside["column"].to_numpy())), shape
        )
        self.columns = self.matrix.tocsc()
        self.least = judged["least"].fill_null(0.0).to_numpy().copy()
        self.most = judged["most"].fill_null(np.inf).to_numpy().copy()
        least, most = self.least, self.most
        value = judged["value"].to_numpy()
        self.masked = np.isnan(value)  # or has no value: then no sum has it
        middle = np.where(self.masked, (least + np.where(np.isfinite(most), most, least)) / 2, value)
        self.middle, self.silent = middle, np.zeros(len(middle), bool)
        self.down, self.up = np.maximum(middle - least, 0.0), np.maximum(most - middle, 0.0)
        self.below = np.where(self.masked, self.down, judged["below"].fill_null(0.0).to_numpy())
        self.above = np.where(self.masked, self.up, judged["above"].fill_null(0.0).to_numpy())
        self.counts = value == judged["contributors"].to_numpy()
        self.alone = judged["contributors"].to_numpy() == 1
        # without what is of its largest contributor: so far down it is possible to whoever that is
        self.beside = np.where(
            self.masked, np.inf, np.maximum(middle - judged["largest"].fill_null(0.0).to_numpy(), 0.0)
        )
        self.limit = np.full(len(middle), np.inf)  # of how far down cells can go for whoever is asked now
        self.status = judged["conf_status"].to_numpy().astype(object)
        self.hides = np.isin(self.status, HIDDEN)
        self.cost = middle + 1e-9  # of its own cell alone: what else is asked for at once decides nothing here
        # Where nobody contributed everybody knows that nothing is there.
        contributors = judged["contributors"].to_numpy()
        self.known = ((middle <= 0) & ~(contributors > 0)) | (contributors >= KNOWN_TO_ALL)
        if dear is not None and dear.height:
            self.cost = np.where(np.isin(self.cell, dear["cell"].to_numpy()), self.cost * _DEAR, self.cost)

    def judged(self) -> pl.DataFrame:
        status = np.where(self.hides & (self.status == FREE), SECONDARY, self.status)
        status = np.where(self.hides & self.silent, UNKNOWN, status)
        most = pl.Series(np.where(np.isinf(self.most), np.nan, self.most)).fill_nan(None)
        return self.frame.with_columns(
            conf_status=pl.Series(status, dtype=pl.String), least=pl.Series(self.least), most=most
        )

    def decided(self) -> int:
        """How much is hidden, and of how much the mark says nothing: what a round has to add to."""
        return int(self.hides.sum() + self.silent.sum())

    def hidden(self) -> pl.DataFrame:
        return pl.DataFrame({"cell": self.cell[self.hides]})

    def protect(self, cell: int, by: str) -> None:
        """Hide what lets this cell move up and down as far as it needs, at the least cost."""
        target = self.place[cell]
        self.hides[target] = True
        fixed = self.alone.copy() if by == "insider" else np.zeros(len(self.cell), bool)
        fixed[target] = False
        self.limit = self.beside.copy() if by == "insider" else np.full(len(self.cell), np.inf)
        self.limit[target] = np.inf
        for sign, need in ((1, self.above[target]), (-1, self.below[target])):
            if need > 0 and not self._hide_for(target, sign, need, fixed):
                self._say_nothing_around(target)
                self._hide_for(target, sign, need, fixed)

    def trim(self, sums: pl.DataFrame, kept: Flags, *, insiders: bool) -> None:
        """Show again what is not needed: each program hid what its own cell needed, and together that is more."""
        secondary = np.flatnonzero(self.hides & ~kept)
        for one in secondary[np.argsort(-self.cost[secondary], kind="stable")]:
            self.hides[one] = False
            if not exposed(self.judged(), sums, self.hidden(), insiders=insiders).is_empty():
                self.hides[one] = True

    def _say_nothing_around(self, target: int) -> None:
        """Take back the marks around a cell: of 1 and 1 in 2, an A on each says it all, whatever else is hidden.

        Under N nothing is known of a cell but that it is not below 0.
        """
        for row in self._rows([target]):
            for one in self._members(row):
                self._say_nothing_of(int(one))

    def hide_around(self, cells: list[int]) -> None:
        """Hide of each sum of these cells the cheapest one that is shown."""
        for cell in cells:
            for row in self._rows([self.place[cell]]):
                members = self._members(row)
                shown = members[~self.hides[members] & ~self.known[members]]
                if len(shown):
                    self.hides[shown[np.argmin(self.cost[shown])]] = True

    def hide_nearby(self, cells: list[int]) -> None:
        """Hide all around these cells, without marks that say anything: the last resort, farther out each time."""
        for cell in cells:
            for size in (8, 32, 128, 512):
                near = self._around(self.place[cell], size)
                near = near[~self.known[near]]
                if self.hides[near].all() and (self.silent[near] | ~self.counts[near]).all():
                    continue
                self.hides[near] = True
                for one in near:
                    self._say_nothing_of(int(one))
                break

    def _say_nothing_of(self, one: int) -> None:
        if self.counts[one] and not self.known[one] and not self.silent[one]:
            self.silent[one] = True
            self.least[one], self.most[one] = 0.0, np.inf
            self.down[one], self.up[one] = self.middle[one], np.inf

    def _rows(self, columns: list[int]) -> set[int]:
        of = self.columns
        return {int(row) for one in columns for row in of.indices[of.indptr[one] : of.indptr[one + 1]]}

    def _around(self, target: int, most: int) -> Columns:
        """The cells nearby: those of its sums, those of their sums, and so on, hidden ones first."""
        found, newest = {target}, [target]
        while newest and len(found) < most:
            near: set[int] = set()
            for row in self._rows(newest):
                near.update(self._members(row).tolist())
            ordered = sorted(near - found, key=lambda one: (not self.hides[one], self.cost[one], one))
            newest = ordered[: most - len(found)]
            found.update(newest)
        return np.array(sorted(found), np.intp)

    def _hide_for(self, target: int, sign: int, need: float, fixed: Flags) -> bool:
        """Hide what moves if this cell is to move as far as it needs; whether anything can.

        Looked for among the cells nearby. Where their sums can only hold if others move, too, the members of these sums
        are taken in, and no others. A day with hours needs hours of another area and day, of which the nearest 120
        cells hold a few; with the nearest 6,400 in place of some hundred each took 1.5 s, and three years did not end.
        """
        near = self._around(target, _NEARBY)
        while len(near) <= _MOST_NEARBY:
            moved = self._least_movement(near, target, sign, need, fixed)
            if moved is None:
                return False
            if not len(moved.broken):
                self.hides[near[moved.cells]] = True
                return True
            near = np.union1d(near, np.concatenate([self._members(row) for row in moved.broken]))
        return False

    def _least_movement(self, near: Columns, target: int, sign: int, need: float, fixed: Flags) -> _Movement | None:
        """The movement of cells nearby that costs least; None: there is none, whatever else moves. A sum that has
        members elsewhere may be broken, at a price above all others."""
        n = len(near)
        stuck = fixed[near] | (self.known[near] & ~self.hides[near])
        down, up = (np.where(stuck, 0.0, one[near] / need) for one in (np.minimum(self.down, self.limit), self.up))
        here = int(np.searchsorted(near, target))
        asked = 1.0 if self.counts[target] else min(_SPARE, (up if sign > 0 else down)[here])
        narrow = self.columns[:, near].tocsr()  # of a million terms, columns are found sixty times as fast as in rows
        inside = np.diff(narrow.indptr)
        rows = np.flatnonzero(inside)
        elsewhere = np.flatnonzero(inside[rows] < np.diff(self.matrix.indptr)[rows])
        slack: Matrix = sparse.csr_array(
            (np.ones(len(elsewhere)), (elsewhere, np.arange(len(elsewhere)))), (len(rows), len(elsewhere))
        )
        # Each cell has two movements, up and down; hiding costs its value, and what is hidden already is for nothing.
        # A cell that can move little has to be hidden whole for it, so what it costs for a movement is more.
        price = np.where(self.hides[near], 1e-7, self.cost[near] / np.minimum(1.0, np.maximum(down, 1e-3)))
        price = price / max(price.max(initial=0.0), 1e-300) + 1e-7
        low, high = np.zeros(2 * n), np.minimum(np.concatenate([up, down]), _FAR)
        first, second = (here, n + here) if sign > 0 else (n + here, here)
        low[first] = high[first] = asked
        high[second] = 0.0
        beside = 2 * len(elsewhere)
        found = solved(
            np.concatenate([price, price, np.full(beside, _BROKEN)]),
            np.concatenate([low, np.zeros(beside)]),
            np.concatenate([high, np.full(beside, np.inf)]),
            sparse.hstack([narrow[rows], -narrow[rows], slack, -slack], format="csr"),
        ).values
        if found is None:
            return None
        off = found[2 * n :].reshape(2, -1).sum(axis=0)
        return _Movement(np.abs(found[:n] - found[n : 2 * n]) > 1e-7, rows[elsewhere[off > 1e-7]])

    def _members(self, row: int) -> Columns:
        return self.matrix.indices[self.matrix.indptr[row] : self.matrix.indptr[row + 1]]


class _Movement(NamedTuple):
    cells: Flags  # which of those asked move
    broken: Columns  # the sums that do not hold
