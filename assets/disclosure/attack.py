"""The attacker: what somebody who sees everything that is shown, and can compute, learns of the hidden cells.

`intervals` says between which values each hidden cell lies, for people; `exposed` says which sensitive cells are not
protected, for whoever publishes. It asks three attackers: one who knows what is shown, one who knows the value of a
hidden cell besides, as its only contributor, and one who knows what the largest of each hidden cell has in it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from assets.disclosure.cells import INTERVALS, MASKED
from assets.disclosure.programs import Columns, solved, solved_in_whole_numbers
from assets.disclosure.proved import Proved
from assets.disclosure.reach import ENOUGH, Reach
from assets.disclosure.unknowns import Unknowns, unknowns

# Of each cell that is not protected: who finds it out (`outsider`, or `insider`: the only or the largest contributor of
# another cell).
EXPOSED = pl.Schema({"cell": pl.UInt32, "by": pl.String})


def exposed(
    judged: pl.DataFrame,
    sums: pl.DataFrame,
    hidden: pl.DataFrame,
    *,
    insiders: bool = True,
    proved: Proved | None = None,
) -> pl.DataFrame:
    """The sensitive cells that are not protected where all cells but `hidden` are shown. Empty: it may be published.

    A sensitive cell that is not hidden is exposed, too. Parts that are `proved` are not asked again, and those in which
    nothing is found are added to them; of outsiders alone nothing is proved.
    """
    shown = judged.filter(
        pl.col("conf_status").is_in(["A", "C", "N"]) & ~MASKED & ~pl.col("cell").is_in(hidden["cell"].implode())
    )
    of = unknowns(judged, sums, hidden)
    outside, inside = (
        _unproved(of, proved) if insiders and proved is not None else exposed_columns(of, insiders=insiders)
    )
    found = [
        pl.DataFrame({"cell": numbers, "by": [by] * len(numbers)}, schema=EXPOSED)
        for numbers, by in (
            (shown["cell"].to_numpy(), "outsider"),
            (of.cell[outside], "outsider"),
            (of.cell[inside], "insider"),
        )
    ]
    return pl.concat(found).sort("cell")


def _unproved(of: Unknowns, proved: Proved) -> tuple[Columns, Columns]:
    """`exposed_columns` of the parts of which nobody knows yet that they are safe."""
    columns, names = proved.open_columns(of)
    outside, inside = (columns[found] for found in exposed_columns(of.only(columns)))
    unsafe = set(of.part[np.concatenate([outside, inside])].tolist())
    proved.add(name for part, name in names.items() if part not in unsafe)
    return outside, inside


def exposed_columns(of: Unknowns, *, insiders: bool = True) -> tuple[Columns, Columns]:
    """The columns that an outsider, and those that only an insider finds out."""
    nobody = np.zeros(len(of.cell), bool)
    asked = np.flatnonzero(of.asked)
    outside = _lacking(Reach(of, nobody), asked)
    outside = np.union1d(outside, np.flatnonzero(of.broken))
    if not insiders:
        return outside, np.array([], np.intp)
    inside = np.union1d(
        _known_to_the_alone(of, np.setdiff1d(asked, outside)), _known_to_the_largest(of, np.setdiff1d(asked, outside))
    )
    return outside, inside.astype(np.intp)


def _known_to_the_largest(of: Unknowns, targets: Columns) -> Columns:
    """Those that are known too well once the largest contributor of each hidden cell tells what is his.

    Less than that no cell can be, so that another one is not as much more as it needs: 1,000 of two shops and 120 of
    (60, 30, 30) have a sum of 1,120, and to whoever has the 60 the first ones have 1,060 at the most.
    """
    if not of.largest.any():
        return np.array([], np.intp)
    targets = targets[np.bincount(of.part, of.largest > 0)[of.part[targets]] > 0]
    down = np.minimum(of.down, np.maximum(of.start - of.largest, 0.0))
    nobody = np.zeros(len(of.cell), bool)
    return _lacking(Reach(replace(of, down=down), nobody, need_down=np.minimum(of.need_down, down)), targets)


def _known_to_the_alone(of: Unknowns, rest: Columns) -> Columns:
    """Those that one of those who are alone in a cell finds out."""
    if not of.alone.any():
        return np.array([], np.intp)
    # All who are alone in a cell together know no less than one of them: who is safe from all is safe from each.
    crowded = np.bincount(of.part, of.alone)[of.part]
    others, themselves = rest[~of.alone[rest] & (crowded[rest] > 0)], rest[of.alone[rest] & (crowded[rest] > 1)]
    suspects = np.concatenate(
        [
            _lacking(Reach(of, of.alone), others, final=False),
            _lacking(Reach(of, of.alone, released=True), themselves, final=False),
        ]
    )
    nobody_knows = Reach(of, np.zeros(len(of.cell), bool))
    found = [one for one in suspects if any(_known_to_one(of, nobody_knows, int(one), sign) for sign in (1, -1))]
    return np.array(sorted(found), np.intp)


def _lacking(reach: Reach, targets: Columns, *, final: bool = True) -> Columns:
    lost = [reach.lacking(targets, sign, final=final) for sign in (1, -1)]
    return np.union1d(*lost).astype(np.intp)


def _known_to_one(of: Unknowns, reach: Reach, target: int, sign: int) -> bool:
    """Whether one of those who are alone in a cell finds it out without the others.

    Only those can whose own cell moves with it: for all others the movement that was found is possible as it is.
    """
    moves = reach.mover(target, sign)
    if moves is None:
        return True
    for person in np.unique(of.person[moves]):
        if person >= 0 and person != of.person[target]:
            # What is of the insider in a larger sum the insider knows, whatever is shown: that much is not asked.
            need_down = np.minimum(of.need_down, of.start - of.known_parts(person))
            if Reach(of, of.person == person, need_down=need_down).mover(target, sign) is None:
                return True
    return False


def intervals(judged: pl.DataFrame, sums: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    """Of each hidden cell the least and the most that it can be for who knows all that is shown (`INTERVALS`).

    inf: nothing shown limits it. What is broken has no interval (null) and is not protected.
    """
    of = unknowns(judged, sums, hidden)
    low, high = np.empty(len(of.cell)), np.empty(len(of.cell))
    for mine in _parts(of):
        for place, column in enumerate(mine):
            low[column] = of.start[column] - _farthest(of, mine, place, -1)
            high[column] = of.start[column] + _farthest(of, mine, place, 1)
    enough = (of.start - low >= of.need_down * ENOUGH) & (high - of.start >= of.need_up * ENOUGH)
    said = {"low": np.where(of.broken, np.nan, low), "high": np.where(of.broken, np.nan, high)}
    found = pl.DataFrame({"cell": of.cell, **said, "protected": enough & ~of.broken}, schema=INTERVALS)
    return found.with_columns(pl.col("low", "high").fill_nan(None)).sort("cell")


def _parts(of: Unknowns) -> list[Columns]:
    order = np.argsort(of.part, kind="stable")
    return [np.sort(one) for one in np.split(order, np.flatnonzero(np.diff(of.part[order])) + 1) if len(one)]


def _farthest(of: Unknowns, mine: Columns, place: int, sign: int) -> float:
    """How far one hidden cell can move up or down; inf if nothing holds it."""
    narrow = of.sums_of(mine)
    unit = _unit(of, int(mine[place]))
    low, high = -of.down[mine] / unit, of.up[mine] / unit
    objective = np.zeros(len(mine))
    objective[place] = -sign
    found = solved(objective, low, high, narrow)
    if found.unbounded:
        return float("inf")
    moved = found.values
    if moved is not None and of.counts[mine].all() and np.abs(moved - np.round(moved)).max() > 1e-6:
        moved = solved_in_whole_numbers(objective, low, high, narrow)
    if moved is None:  # nothing was found out: as if it could not move
        return 0.0
    return float(abs(moved[place]) * unit) if abs(moved[place]) > 1e-9 else 0.0


def _unit(of: Unknowns, column: int) -> float:
    """What distances of a cell are measured in: what it needs, so that they are exact beside it."""
    if of.counts[column]:
        return 1.0
    return float(next((d for d in (of.need_up[column], of.need_down[column], of.start[column]) if d > 0), 1.0))
