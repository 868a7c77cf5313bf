"""Which cells are sensitive by themselves: too few contributors, one of them too large, or nobody knows how many.

Of each it also says how far an attacker must stay from the value, and what everybody learns from the status alone. What
the cells around it give away is asked in `attack`.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from assets.disclosure.cells import DOMINATED, FEW, FREE, JUDGED, MASKED, REST, UNKNOWN, checked_cells
from assets.disclosure.rules import RulesOfTables, rules_of

# Of a cell that needs no distance (p is 0) an attacker must not come nearer than a thousandth; of a zero, than 1.
_LEAST_DISTANCE = 0.001


def sensitive(cells: pl.DataFrame, rules: RulesOfTables, not_allowed: Collection[str] = ()) -> pl.DataFrame:
    """The cells as `JUDGED`, in their order: F, A, C or N, with the protection that each needs.

    not_allowed: tables of which the contract lets no cell leave; all of theirs are N.
    """
    typed = checked_cells(cells).with_row_index("_place")
    tables = typed["table"].unique().to_list()
    if not tables:
        return pl.DataFrame(schema=JUDGED)
    judged = pl.concat([_of_table(typed, table, rules, forbidden=table in not_allowed) for table in sorted(tables)])
    return judged.sort("_place").select(pl.col(name).cast(kind) for name, kind in JUDGED.items())


def _of_table(cells: pl.DataFrame, table: str, rules: RulesOfTables, *, forbidden: bool) -> pl.DataFrame:
    mine = rules_of(rules, table)
    value, contributors, largest, second = (pl.col(name) for name in ("value", "contributors", "largest", "second"))
    masked = MASKED
    # A number of people is its own number of contributors: nobody of them has more than one, and none dominates.
    counts = (~masked & (value == contributors)).fill_null(False) & (pl.col("area_level") != REST).fill_null(True)
    whole = value == value.round(0)
    # What two sums differ by is nobody's figure: no mark says that it is of few, and enough for a cell can be too few.
    rest = pl.col("area_level") == REST
    least_people = pl.when(rest).then(max(mine.threshold, mine.least_difference)).otherwise(mine.threshold)
    few = contributors.is_not_null() & (contributors < least_people) & ~((contributors == 0) & value.eq_missing(0.0))
    # With the second largest not known, the worst is taken: it may be as large as what is left lets it be.
    other = pl.coalesce(second, pl.min_horizontal(largest, value - largest))
    gap = mine.p_percent * largest / 100 - (value - largest - other)
    by_share = largest * 100 / mine.largest_share_percent - value  # how much larger the sum would have to be
    distance = pl.when(second.is_null()).then(pl.max_horizontal(gap, by_share)).otherwise(gap)
    dominated = ~counts & pl.when(second.is_null()).then(by_share > 0).otherwise(gap > 0).fill_null(False)
    unknown = contributors.is_null() | ((contributors == 0) & (value > 0)) | pl.lit(forbidden)
    status = (
        pl.when(masked)
        .then(pl.lit(FEW))
        .when(unknown)
        .then(pl.lit(UNKNOWN))
        .when(few)
        .then(pl.when(rest).then(pl.lit(UNKNOWN)).otherwise(pl.lit(FEW)))
        .when(dominated)
        .then(pl.lit(DOMINATED))
        .otherwise(pl.lit(FREE))
    )
    judged = cells.filter(pl.col("table") == table).with_columns(conf_status=status, withdraw=False)
    hidden = pl.col("conf_status") != FREE
    of_few = pl.col("conf_status") == FEW
    # Everybody knows of a number of people with A that it is 1 to threshold − 1, and of one with D that it is not.
    least = (
        pl.when(masked)
        .then(1.0)
        .when(counts & of_few & whole)
        .then(1.0)
        .when(counts & ~hidden & (value >= mine.threshold))
        .then(float(mine.threshold))
        .otherwise(0.0)
    )
    most = (
        pl.when(masked)
        .then(float(mine.masked_most))
        .when(counts & of_few)
        .then(pl.when(whole).then(mine.threshold - 1.0).otherwise(float(mine.threshold)))
    )
    judged = judged.with_columns(least=least, most=most)
    # Of sums of few the largest may be all there is, so p % of the whole sum; of dominated ones what the rule lacks.
    share = pl.when(pl.col("conf_status") == DOMINATED).then(0.0).otherwise(mine.p_percent * value / 100)
    need = pl.max_horizontal(share, pl.when(dominated).then(distance).otherwise(0.0), _LEAST_DISTANCE * value)
    need = pl.when(value == 0).then(1.0).otherwise(need)
    within = counts & of_few  # a number of people with A: nothing may be learned besides its A
    below = pl.when(within).then(value - pl.col("least")).otherwise(pl.min_horizontal(need, value))
    above = pl.when(within).then(pl.col("most") - value).otherwise(need)
    return judged.with_columns(below=pl.when(hidden & ~masked).then(below), above=pl.when(hidden & ~masked).then(above))
