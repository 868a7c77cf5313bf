"""Linear programs over hidden cells, solved by HiGHS: the one place that knows how scipy asks for them.

Every program here has bounds and equalities with 0 or a target, and seeks the least of an objective. A program without
an answer is never an error: who asks takes it as the worst for the publication.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = NDArray[np.intp]
Matrix = Any  # a sparse array of scipy: it has no types that a checker can follow

_TIGHT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
_UNBOUNDED = 3


class Optimum(NamedTuple):
    """What a program found. `values` is None where it found nothing; `unbounded`: because nothing limits it."""

    values: Floats | None
    unbounded: bool = False
    low_prices: Floats | None = (
        None  # what the objective would gain for each unit of a lower bound, and of an upper one
    )
    high_prices: Floats | None = None


def solved(objective: Floats, low: Floats, high: Floats, equal: Matrix, target: Floats | None = None) -> Optimum:
    """The values between the bounds with `equal @ values = target` (zeros if there is none) that cost least."""
    from scipy.optimize import linprog

    if not len(objective):
        return Optimum(np.zeros(0))
    rows = equal.shape[0]
    goal = np.zeros(rows) if target is None else target
    limits: dict[str, Any] = {"A_eq": equal, "b_eq": goal} if rows else {}
    bounds: Any = np.column_stack([low, high])
    found: Any = linprog(objective, bounds=bounds, method="highs", options=_TIGHT, **limits)
    if found.status != 0 or found.x is None:
        return Optimum(None, found.status == _UNBOUNDED)
    # Within the bounds to the last bit, and no movement at all if a sum would notice it.
    values = np.clip(found.x, low, high)
    if rows and np.abs(equal @ values - goal).max() > 1e-7 * max(1.0, float(np.abs(goal).max())):
        return Optimum(None)
    return Optimum(values, False, found.lower.marginals, found.upper.marginals)


def solved_in_whole_numbers(objective: Floats, low: Floats, high: Floats, equal: Matrix) -> Floats | None:
    """As `solved`, with values that are whole."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    least: Any = np.ceil(low - 1e-9)
    most: Any = np.floor(high + 1e-9)
    limits: Any = [LinearConstraint(equal, 0, 0)] if equal.shape[0] else []
    found: Any = milp(objective, integrality=np.ones(len(objective)), bounds=Bounds(least, most), constraints=limits)
    return None if found.x is None else np.round(found.x)
