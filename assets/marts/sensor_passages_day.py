"""Passages at street sensors by sensor and day, against the same weekday of eight weeks before."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA
from assets.pack.city import City
from quality.contract.columns import DAY

_WEEKS = 8
_ENOUGH = 6  # of the weeks before, for a median to be one
_HOURS = 24


def sensor_passages_day(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each sensor and day on which it counted all hours. The base is the median of the same weekday in the
    eight weeks before, null where fewer than six of these are whole."""
    found = pl.concat(
        one.rows.select(START, DAY, "place", AREA, "passages", _hour=pl.col("time").dt.truncate("1h"))
        for one in read["people_present"]
    )
    days = (
        found.drop_nulls(["place", "passages"])
        .group_by(START, "place", DAY)
        .agg(pl.col("passages").sum(), pl.col(AREA).first(), hours=pl.col("_hour").n_unique())
        .filter(pl.col("hours") == _HOURS)
        .sort(START, "place", DAY)
    )
    before = pl.col("passages").filter(pl.col(DAY) < pl.col(START))
    now = pl.col("passages").filter(pl.col(DAY) == pl.col(START))
    return (
        days.group_by(START, "place", maintain_order=True)
        .agg(
            area=pl.col(AREA).last(),
            passages=now.first().cast(pl.Int64),
            base=pl.when(before.len() >= _ENOUGH).then(before.median()),
        )
        .drop_nulls("passages")
        .with_columns(of_base=pl.when(pl.col("base") > 0).then(pl.col("passages") / pl.col("base") * 100))
        .rename({START: DAY})
        .collect()
    )


TABLE = Mart(
    reads=(
        Reads(
            "people_present",
            ("place", "passages"),
            longest=timedelta(hours=1),
            back=tuple(7 * week for week in range(_WEEKS + 1)),
        ),
    ),
    compute=sensor_passages_day,
)
