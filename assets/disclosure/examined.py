"""Cells and the sums between them, each cell judged by itself: what is asked of the same ones again and again.

Whoever hides, and the attacker at each of his looks, begin with it; of a month with its days and hours it is half of
what a look takes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from assets.disclosure.cells import checked_sums
from assets.disclosure.differences import remainders
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import RulesOfTables


class Examined(NamedTuple):
    """What follows from cells, sums and rules alone, whatever is shown or hidden."""

    judged: pl.DataFrame  # JUDGED, each cell by itself
    sums: pl.DataFrame  # SUMS in their types
    remainders: pl.DataFrame  # what totals have besides their parts


def examined(
    cells: pl.DataFrame, sums: pl.DataFrame, rules: RulesOfTables, not_allowed: Collection[str] = ()
) -> Examined:
    """Raises ValueError that names a cell or a sum that cannot be."""
    judged = sensitive(cells, rules, not_allowed)
    typed = checked_sums(sums, judged)
    return Examined(judged, typed, remainders(judged, typed, rules))
