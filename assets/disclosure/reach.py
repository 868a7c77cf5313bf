"""How far hidden cells can move while every shown sum holds: linear programs, many small ones in one call.

A movement is a change of each hidden cell that no shown sum notices. One that reaches what a cell needs proves that the
cell is protected, whoever found it, so it is looked for first where it is cheap: for all cells together, then among the
cells nearby. Only what is not found there takes a program of its whole part, whose answer is final.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from assets.disclosure.programs import Columns, Flags, Floats, Matrix, solved, solved_in_whole_numbers
from assets.disclosure.unknowns import Unknowns

ENOUGH = 1 - 1e-6  # a movement that is short by a millionth of what is needed is enough; HiGHS is exact to 1e-9 of it
_FAR = 1e6  # needs; nothing has to move farther, and larger numbers would cost the exactness of small ones
_ALIKE = 100.0  # needs of one program differ by this factor at most, for the same reason
_NEARBY, _AT_ONCE = 60, 6000  # columns around a cell, and of one call
_JOINT_ROUNDS = 6
_ALONE = 100.0  # times as dear as any other is the movement of somebody who has to be asked
_STILL = 1e-8  # what moves by less than this part of the need has not moved


def fixed_columns(of: Unknowns, fixed: Flags) -> Flags:
    """The columns that cannot move at all: the only one of a sum that is not fixed already, again and again."""
    stuck = fixed.copy()
    filled: Matrix = sparse.csr_array((np.ones(of.matrix.nnz), of.matrix.indices, of.matrix.indptr), of.matrix.shape)
    while True:
        lonely = filled @ (~stuck).astype(np.float64) == 1
        newly = ((lonely.astype(np.float64) @ filled) > 0) & ~stuck
        if not newly.any():
            return stuck
        stuck |= newly


class Reach:
    """Movements of the hidden cells, with some of them fixed: what somebody knows besides what is shown.

    released: whoever is asked for is not fixed itself. need_down: how far down each must be able to go, where that is
    another distance than an outsider's.
    """

    def __init__(self, of: Unknowns, fixed: Flags, *, released: bool = False, need_down: Floats | None = None) -> None:
        self.of = of
        self.need_down = of.need_down if need_down is None else need_down
        self.fixed = fixed if released else fixed_columns(of, fixed)
        self.released = released
        self.columns = of.matrix.tocsc()

    def lacking(self, targets: Columns, sign: int, *, final: bool = True) -> Columns:
        """Those of `targets` that cannot move up (sign 1) or down (-1) as far as they need.

        Not `final`: those of which it was not found that they can.
        """
        room, need = self._room(sign)
        asked = targets[need[targets] > 0]
        stuck = self.fixed[asked] & (not self.released)
        lost = asked[stuck | (room[asked] < need[asked] * ENOUGH)]
        todo = np.setdiff1d(asked, lost)
        for _ in range(0 if self.released else _JOINT_ROUNDS):
            if not len(todo):
                break
            reached = self._jointly(todo, sign, need)
            if not reached.any():
                break
            todo = todo[~reached]
        if len(todo):
            todo = todo[~self._nearby(todo, sign, need)]
        if final:
            todo = np.array([target for target in todo if self._alone(target, sign, need) is None], np.intp)
        return np.sort(np.concatenate([lost, todo])).astype(np.intp)

    def mover(self, target: int, sign: int) -> Columns | None:
        """The columns that one movement changes that takes this one as far as it needs; None if there is none.

        Each person who is alone in one of them is asked after it, so one of few is looked for: of a month of 25 areas
        any movement has 500 columns and 14 persons, and the least one 4 and none.
        """
        room, need = self._room(sign)
        if need[target] <= 0:
            return np.array([], np.intp)
        if room[target] < need[target] * ENOUGH or (self.fixed[target] and not self.released):
            return None
        for block in (self._around(target), self._whole_part(target)):
            moved = self._least(block, target, sign, float(need[target]))
            if self._enough(moved, block, np.array([target]), sign, need)[0]:
                return block[np.abs(moved) > need[target] * _STILL]
        return self._alone(target, sign, need)

    def _whole_part(self, target: int) -> Columns:
        free = ~self.fixed
        free[target] = True
        return np.flatnonzero((self.of.part == self.of.part[target]) & free)

    def _least(self, block: Columns, target: int, sign: int, need: float) -> Floats:
        """The movement of a block that takes one as far as it needs and moves least, above all of those who are alone;
        zeros if none was found. Each column has two movements, up and down."""
        of = self.of
        up, down = (np.minimum(one[block] / need, _FAR) for one in (of.up, of.down))
        here, narrow = int(np.searchsorted(block, target)), of.sums_of(block)
        price = np.tile(np.where(of.alone[block], _ALONE, 1.0), 2)
        low, high = np.zeros(2 * len(block)), np.concatenate([up, down])
        first = here if sign > 0 else len(block) + here
        low[first] = high[first] = min(1.0, high[first])
        high[here + len(block) if sign > 0 else here] = 0.0
        found = solved(price, low, high, sparse.hstack([narrow, -narrow], format="csr")).values
        return np.zeros(len(block)) if found is None else (found[: len(block)] - found[len(block) :]) * need

    def _room(self, sign: int) -> tuple[Floats, Floats]:
        return (self.of.up, self.of.need_up) if sign > 0 else (self.of.down, self.need_down)

    def _jointly(self, todo: Columns, sign: int, need: Floats) -> Flags:
        """One movement for all of a part: some reach what they need, others are what they push against."""
        reached = np.zeros(len(todo), bool)
        part = self.of.part
        unit = np.full(part.max() + 1, np.inf)
        np.minimum.at(unit, part[todo], need[todo])
        alike = need[todo] <= unit[part[todo]] * _ALIKE
        for mine in _bundles(part, np.unique(part[todo]), ~self.fixed):
            inside = np.flatnonzero(np.isin(todo, mine) & alike)
            found = self._solve([mine], [todo[inside]], sign, need, unit=unit[part[mine]])
            reached[inside] = self._enough(found[0], mine, todo[inside], sign, need)
        return reached

    def _nearby(self, todo: Columns, sign: int, need: Floats) -> Flags:
        """A movement of each target of its own among the cells around it: everything else stays where it is."""
        reached = np.zeros(len(todo), bool)
        size, start = 0, 0
        blocks: list[Columns] = []
        for place, target in enumerate(todo):
            blocks.append(self._around(target))
            size += len(blocks[-1])
            if size >= _AT_ONCE or place == len(todo) - 1:
                mine = todo[start : place + 1]
                found = self._solve(blocks, [mine[n : n + 1] for n in range(len(mine))], sign, need)
                for n, block in enumerate(blocks):
                    reached[start + n] = self._enough(found[n], block, mine[n : n + 1], sign, need)[0]
                blocks, size, start = [], 0, place + 1
        return reached

    def _alone(self, target: int, sign: int, need: Floats) -> Columns | None:
        """What moves if it reaches what it needs with its whole part: the answer that counts. None: it does not."""
        mine, only = self._whole_part(target), np.array([target])
        (moved,) = self._solve([mine], [only], sign, need)
        if not self._enough(moved, mine, only, sign, need, whole=False)[0]:
            return None
        if self._must_be_whole(mine) and not _is_whole(moved):
            moved = self._in_whole_numbers(mine, target, sign, float(need[target]))
            if not self._enough(moved, mine, only, sign, need)[0]:
                return None
        return mine[np.abs(moved) > need[target] * _STILL]

    def _around(self, target: int) -> Columns:
        found, newest = {int(target)}, [int(target)]
        matrix, columns = self.of.matrix, self.columns
        while newest and len(found) < _NEARBY:
            rows = {row for one in newest for row in columns.indices[columns.indptr[one] : columns.indptr[one + 1]]}
            near = {int(one) for row in rows for one in matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]}
            newest = sorted(one for one in near - found if not self.fixed[one])[: _NEARBY - len(found)]
            found.update(newest)
        return np.array(sorted(found), np.intp)

    def _solve(
        self, blocks: Sequence[Columns], targets: Sequence[Columns], sign: int, need: Floats, unit: Floats | None = None
    ) -> list[Floats]:
        """The movement of each block that takes its targets as far as they need, together; zeros if none was found."""
        of = self.of
        matrices, wanted, lows, highs, scales = [], [], [], [], []
        for block, mine in zip(blocks, targets, strict=True):
            scale = np.full(len(block), need[mine].min() if len(mine) else 1.0) if unit is None else unit
            low, high = np.minimum(of.down[block] / scale, _FAR), np.minimum(of.up[block] / scale, _FAR)
            here = np.searchsorted(block, mine)
            objective = np.zeros(len(block))
            objective[here] = -sign * scale[here] / need[mine]
            limit = high if sign > 0 else low
            limit[here] = np.minimum(limit[here], need[mine] / scale[here])  # no farther than needed
            narrow = of.sums_of(block)
            # Rows that hold large shares beside small ones are made alike; the equality is the same.
            most = np.maximum(np.abs(narrow).max(axis=1).toarray().ravel(), 1e-300) if narrow.shape[0] else np.ones(0)
            matrices.append(sparse.diags_array(1 / most, format="csr") @ narrow)
            wanted.append(objective)
            lows.append(-low)
            highs.append(high)
            scales.append(scale)
        whole: Matrix = sparse.block_diag(matrices, format="csr")
        low, high = np.concatenate(lows), np.concatenate(highs)
        found = solved(np.concatenate(wanted), low, high, whole).values
        moved = np.zeros(len(low)) if found is None else found  # nothing found proves nothing
        ends = np.cumsum([len(block) for block in blocks])[:-1]
        return [one * scale for one, scale in zip(np.split(moved, ends), scales, strict=True)]

    def _enough(
        self, moved: Floats, block: Columns, targets: Columns, sign: int, need: Floats, *, whole: bool = True
    ) -> Flags:
        here = sign * moved[np.searchsorted(block, targets)]
        if whole and self._must_be_whole(block) and not _is_whole(moved):
            return np.zeros(len(targets), bool)
        return here >= need[targets] * ENOUGH

    def _must_be_whole(self, block: Columns) -> bool:
        """People are whole, and a completion of halves would be none: then only whole movements prove something."""
        return bool(self.of.counts[block].all())

    def _in_whole_numbers(self, block: Columns, target: int, sign: int, need: float) -> Floats:
        of, here = self.of, int(np.searchsorted(block, target))
        objective = np.zeros(len(block))
        objective[here] = -sign
        low, high = -of.down[block], of.up[block].copy()
        # no farther than needed: where nothing holds it the program has no end, and that is no answer
        low[here], high[here] = max(low[here], -np.ceil(need)), min(high[here], np.ceil(need))
        found = solved_in_whole_numbers(objective, low, high, of.sums_of(block))
        return np.zeros(len(block)) if found is None else found


def _is_whole(moved: Floats) -> bool:
    return bool(np.abs(moved - np.round(moved)).max(initial=0.0) < 1e-6)


def _bundles(part: NDArray[np.int32], wanted: NDArray[np.int32], free: Flags) -> Iterator[Columns]:
    """The columns of the wanted parts, several parts together up to the size of a call."""
    inside = np.flatnonzero(np.isin(part, wanted) & free)
    order = inside[np.argsort(part[inside], kind="stable")]
    ends = np.flatnonzero(np.diff(part[order])) + 1
    waiting: list[Columns] = []
    size = 0
    for one in np.split(order, ends):
        waiting.append(one)
        size += len(one)
        if size >= _AT_ONCE:
            yield np.sort(np.concatenate(waiting))
            waiting, size = [], 0
    if size:
        yield np.sort(np.concatenate(waiting))
