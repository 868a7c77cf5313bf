"""Change of registered residents by area against the same quarter of the year before, on one boundary version."""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.formulas.boundaries import MAPPED, inside_of, on_boundaries_of
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY

_YEAR = 4  # quarters
_ROWS = pl.Schema({DAY: pl.Date, "area": pl.String, "area_level": pl.String, "residents": pl.Float64})
_MADE = pl.Schema({**_ROWS, "residents_before": pl.Float64, "mapped": pl.Float64, "change": pl.Float64})


def residents_change_quarter(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each area and quarter, of the first feed by name that has both: two feeds may count other people.

    The residents of before are put on the outlines of now by the shares of the crosswalks. An area of which less than
    MAPPED of them could be, or of which a part is known for one of the two quarters alone, has no change. Neither has
    any area while no feed has the quarter of before.
    """
    made, alone = [_MADE.to_frame()], list[pl.DataFrame]()
    for one in sorted(read["residents"], key=lambda observed: observed.feed):
        rows = _counted(one)
        for start in rows[START].unique().sort():
            before = date(start.year - 1, start.month, 1)
            now, then = (rows.filter(pl.col(START) == start, pl.col(DAY) == day) for day in (start, before))
            if not now.is_empty():
                (alone if then.is_empty() else made).append(_changes(start, before, now, then, city))
    return pl.concat([*made, *alone]).unique([DAY, "area"], keep="first", maintain_order=True)


def _counted(observed: Observed) -> pl.DataFrame:
    """START, DAY, area, value: residents of each leaf area; null where one of its parts is not counted."""
    group = pl.col("people_group").fill_null("total") if "people_group" in observed.rows.collect_schema() else None
    rows = observed.rows if group is None else observed.rows.filter(group != "elderly")  # who is among the others
    sums = pl.when(pl.col("residents").null_count() == 0).then(pl.col("residents").sum())
    return rows.drop_nulls(AREA).group_by(START, DAY, pl.col(AREA).alias("_leaf")).agg(value=sums).collect()


def _changes(start: date, before: date, now: pl.DataFrame, then: pl.DataFrame, city: City) -> pl.DataFrame:
    earlier = then.select("value", area="_leaf").drop_nulls()
    moved = on_boundaries_of(earlier, before, start, city.areas, city.crosswalks)
    both = now.select("_leaf", now="value").join(
        moved.select(_leaf="area", before="value", mapped="mapped"), on="_leaf", how="full", coalesce=True
    )
    inside = inside_of(city.areas).select("_area", "area", "area_level")
    parts = both.join(inside, left_on="_leaf", right_on="_area")
    whole = both.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    lacking = pl.any_horizontal(pl.col("now", "before").is_null()).any()
    return (
        pl.concat([whole.select(parts.columns), parts])
        .group_by("area", "area_level", maintain_order=True)
        .agg(
            residents=pl.when(~pl.col("now").is_null().any()).then(pl.col("now").sum()),
            residents_before=pl.when(~lacking).then(pl.col("before").sum()),
            mapped=pl.when(pl.col("before").sum() > 0).then(
                (pl.col("mapped") * pl.col("before")).sum() / pl.col("before").sum()
            ),
        )
        .drop_nulls("residents")
        .with_columns(pl.lit(start).alias(DAY))
        .with_columns(
            change=pl.when(pl.col("mapped") >= MAPPED, pl.col("residents_before") > 0).then(
                (pl.col("residents") - pl.col("residents_before")) / pl.col("residents_before") * 100
            )
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _MADE.items())
    )


TABLE = Mart(
    reads=(Reads("residents", ("area", "residents"), longest="quarter", back=(0, _YEAR), whole=True),),
    compute=residents_change_quarter,
    every="quarter",
)
