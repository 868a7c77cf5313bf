"""Trade areas by quarter: their businesses, how long these last, what the area is special in, and how it changes."""

from __future__ import annotations

import polars as pl

from assets.mart import Mart, ReadRows, Reads
from assets.marts.industry_mix import ENOUGH, at_the_end
from assets.metrics.observed import AREA
from assets.pack.city import City

_KEY = ("day", "trade_area")
_NAMES = ("name", "kind", AREA)
_SUMS = ("businesses", "franchises", "openings", "closures")
_MONTHS = ("months_open", "months_closed", "city_months_open", "city_months_closed", "change_index")


def trade_area_quarter(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each area that the feeds know by a code of their own, and quarter.

    Concentration is the sum of squared shares of the industries (HHI) with how many there are, which decides the least
    that it can be. The top industry is that of the highest location quotient against all trade areas together; of fewer
    than ENOUGH businesses there is none. `change_recomputed` has a letter for each of the two comparisons with the
    months of the city: H above, L below; where both are the same month it is not said which it is to be, and there is
    none. `change_check` says whether the delivered code agrees: agrees, contradicts, or tie.
    """
    columns = ["day", pl.col("area").alias("trade_area"), *_NAMES, "industry", "industry_name", *_SUMS, *_MONTHS]
    rows = [at_the_end(one).select(columns).drop_nulls("trade_area") for one in read["businesses"]]
    shops = _shops(pl.concat(rows).drop_nulls("businesses"))
    months = pl.concat(rows).filter(pl.any_horizontal(pl.col(_MONTHS).is_not_null()))
    months = months.unique(_KEY, keep="first", maintain_order=True).select(*_KEY, *_NAMES, *_MONTHS)
    both = shops.join(months, on=_KEY, how="full", coalesce=True, maintain_order="left_right")
    named = [pl.coalesce(name, f"{name}_right").alias(name) for name in _NAMES]
    return (
        both.with_columns(named)
        .with_columns(area=AREA)
        .with_columns(_recomputed())
        .with_columns(_check())
        .drop(AREA, *(f"{name}_right" for name in _NAMES))
    )


def _shops(rows: pl.DataFrame) -> pl.DataFrame:
    """Sums of each trade area, and what its industries say of it."""
    of_industry = rows.group_by(*_KEY, "industry", maintain_order=True).agg(
        pl.col("industry_name").drop_nulls().first(), pl.col("businesses").sum()
    )
    share = pl.col("businesses") / pl.col("businesses").sum().over(_KEY)
    in_all = pl.col("businesses").sum().over("day", "industry") / pl.col("businesses").sum().over("day")
    mixed = of_industry.with_columns(share=share, quotient=share / in_all).filter(pl.col("share").is_not_nan())
    enough = pl.col("businesses").sum() >= ENOUGH
    top = pl.col("quotient").fill_nan(None).arg_max()
    mix = (
        mixed.drop_nulls("industry")
        .group_by(_KEY)
        .agg(
            industries=pl.len().cast(pl.Int64),
            concentration=(pl.col("share") ** 2).sum(),
            top_industry=pl.when(enough).then(pl.coalesce("industry_name", "industry").get(top)),
            top_location_quotient=pl.when(enough).then(pl.col("quotient").fill_nan(None).max()),
        )
    )
    sums = rows.group_by(_KEY, maintain_order=True).agg(
        *(pl.col(name).drop_nulls().first() for name in _NAMES),
        *(pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name) for name in _SUMS),
    )
    return sums.join(mix, on=_KEY, how="left", maintain_order="left")


def _recomputed() -> pl.Expr:
    def letter(of: str) -> pl.Expr:
        here, city = pl.col(f"months_{of}"), pl.col(f"city_months_{of}")
        return pl.when(here > city).then(pl.lit("H")).when(here < city).then(pl.lit("L"))

    return (letter("open") + letter("closed")).alias("change_recomputed")


def _check() -> pl.Expr:
    """A delivered letter that contradicts its month is wrong, whatever the other one is."""
    known = pl.all_horizontal(pl.col(_MONTHS).is_not_null())

    def wrong(at: int, of: str) -> pl.Expr:
        said, here, city = pl.col("change_index").str.slice(at, 1), pl.col(f"months_{of}"), pl.col(f"city_months_{of}")
        return ((here > city) & (said != "H")) | ((here < city) & (said != "L"))

    return (
        pl.when(~known)
        .then(None)
        .when(wrong(0, "open") | wrong(1, "closed"))
        .then(pl.lit("contradicts"))
        .when(pl.col("change_recomputed").is_null())
        .then(pl.lit("tie"))
        .otherwise(pl.lit("agrees"))
        .alias("change_check")
    )


TABLE = Mart(reads=(Reads("businesses", ("area",), longest="quarter"),), compute=trade_area_quarter, every="quarter")
