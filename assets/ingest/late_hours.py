"""24:00 where times are said to be the beginnings of hours: no hour begins then, so those times are ends.

Read as 00:00 of the next day, such a row would move to another day, and the first hour of each day would be missing.
"""

from __future__ import annotations

import polars as pl

from assets.ingest.cast import clean_texts
from assets.ingest.cast_times import says_24
from quality.contract.columns import DAY, TIME
from quality.contract.model import Contract

LATE_HOUR = "24:00"  # code of a row that is not read for this reason


def without_late_hours(
    contract: Contract, typed: pl.DataFrame, delivered: pl.DataFrame
) -> tuple[pl.DataFrame, pl.Series, list[str]]:
    """The typed rows without the time, instant and day of such rows; which those are; and a sentence.

    `delivered` are their texts. Of a feed whose times are instants or the ends of intervals nothing is changed.
    """
    none = pl.repeat(value=False, n=typed.height, eager=True)
    time = next((column for column in contract.delivered if column.name == TIME), None)
    if time is None or contract.interval is None or not contract.interval.endswith("_beginning"):
        return typed, none, []
    texts = delivered[TIME]
    if not texts.str.contains("24", literal=True).any():
        return typed, none, []
    different = clean_texts(time, texts.unique())
    late = clean_texts(time, texts).is_in(different.filter(says_24(time, different)).implode()).fill_null(value=False)
    if not late.any():
        return typed, none, []
    computed = [c.name for c in contract.columns if c.name in (TIME, DAY) or c.spec.of == TIME]
    typed = typed.with_columns(pl.when(~late).then(pl.col(name)).alias(name) for name in computed)
    hint = contract.interval.replace("_beginning", "_ending")
    return (
        typed,
        late,
        [
            f"{TIME}: rows of 24:00 are not read ({late.sum():,}), as no interval begins then; if times are ends, "
            f"write `interval: {hint}`"
        ],
    )
