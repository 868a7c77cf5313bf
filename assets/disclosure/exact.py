"""The hidden cells that cost least, found exactly: for small tables, to know how much the greedy way gives away.

A mixed integer program over which cells are hidden, to which cuts are added (Fischetti and Salazar): where the attacker
finds a cell, the prices of his linear program say which cells would have to be hidden besides, in an inequality that
every safe pattern satisfies. The value of each program is a lower bound of what any safe pattern costs. It asks the
attacker who sees what is shown; who is alone in a cell is not asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from assets.disclosure.cells import FREE, SECONDARY
from assets.disclosure.programs import Flags, Floats, Matrix, solved
from assets.disclosure.secondary import CellTable

_ENOUGH = 1 - 1e-6


class Cheapest(NamedTuple):
    """A pattern, what its D cells cost, and what any safe pattern costs at least: equal when it is the best."""

    judged: pl.DataFrame
    cost: float
    least: float


def cheapest(judged: pl.DataFrame, sums: pl.DataFrame, *, most_programs: int = 400) -> Cheapest | None:
    """The pattern that hides the least value besides the sensitive cells; None where none was found in time.

    most_programs: how many programs it may take. If these are not enough there is a bound and no pattern.
    """
    table = CellTable(judged, sums, None)
    sensitive = np.flatnonzero(table.hides)
    weight = np.where(table.hides, 0.0, table.middle)
    low = table.hides.astype(np.float64)
    high = np.where(table.known & ~table.hides, 0.0, 1.0)
    cuts: list[Floats] = []
    least = 0.0
    for _ in range(most_programs):
        chosen = _least(weight, low, high, cuts)
        if chosen is None:
            return None
        least = max(least, float(weight @ chosen))
        hides = chosen > 0.5
        added = [
            cut
            for target in sensitive
            for sign in (1, -1)
            if (cut := _cut(table, table.matrix, hides, int(target), sign)) is not None
        ]
        if not added:
            status = np.where(hides & (table.status == FREE), SECONDARY, table.status)
            found = judged.with_columns(conf_status=pl.Series(status, dtype=pl.String))
            return Cheapest(found, float(weight @ chosen), least)
        cuts += added
    return None


def _least(weight: Floats, low: Floats, high: Floats, cuts: list[Floats]) -> Floats | None:
    """Which cells to hide at the least weight so that every cut is satisfied."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    limits: Any = [LinearConstraint(np.array(cuts), 1.0, np.inf)] if cuts else []
    lower: Any = low
    upper: Any = high
    bounds = Bounds(lower, upper)
    scale = max(float(weight.max(initial=0.0)), 1.0)
    options = {"mip_rel_gap": 1e-6}
    found: Any = milp(
        weight / scale, integrality=np.ones(len(weight)), bounds=bounds, constraints=limits, options=options
    )
    return None if found.x is None else np.round(found.x)


def _cut(table: CellTable, matrix: Matrix, hides: Flags, target: int, sign: int) -> Floats | None:
    """The inequality `cut @ hides >= 1` that these hidden cells do not satisfy; None if they protect the target.

    A movement of a cell is bounded by what it can do if it is hidden, and by 0 if it is not. The prices of these bounds
    in the attacker's program bound his reach for every pattern, not for this one alone.
    """
    need = float((table.above if sign > 0 else table.below)[target])
    if need <= 0:
        return None
    # Nothing has to move farther than this: in sums of ones a movement by the need takes no larger one elsewhere.
    smallest = float(np.abs(matrix.data).min(initial=1.0))
    far = need / min(smallest, 1.0) ** 2
    down, up = np.minimum(table.down, far) / need, np.minimum(table.up, far) / need
    (up if sign > 0 else down)[target] = min((up if sign > 0 else down)[target], 1.0)
    objective = np.zeros(len(hides))
    objective[target] = -sign
    found = solved(objective, -down * hides, up * hides, matrix)
    if found.values is None or sign * found.values[target] >= _ENOUGH:
        return None
    assert found.low_prices is not None
    assert found.high_prices is not None
    # By duality the reach is at most Σ price · bound, over all bounds as they would be if the cell was hidden.
    reach = np.abs(found.high_prices) * up + np.abs(found.low_prices) * down
    reach = np.where(reach > 1e-9, np.minimum(reach, 1.0), 0.0)
    reach[target] = 0.0 if hides[target] else reach[target]
    return reach if reach.any() else _any_of(table, matrix, hides, target)


def _any_of(table: CellTable, matrix: Matrix, hides: Flags, target: int) -> Floats:
    """Where prices say nothing: in each sum of the target another cell has to be hidden; the first that has none."""
    rows = matrix[:, [target]].tocoo().row
    for row in rows:
        members = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        if not (hides[members] & (members != target)).any():
            cut = np.zeros(len(hides))
            cut[members[members != target]] = 1.0
            return cut
    return (~hides).astype(np.float64)
