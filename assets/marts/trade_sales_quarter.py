"""Sales of an area by quarter beside the shops that made them, of cells that do not show a single shop."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from assets.formulas.areas import areas_above
from assets.mart import START, Mart, ReadRows, Reads
from assets.marts.industry_mix import LEVELS, at_the_end, whole_quarters
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.interval import last_of_period

LEAST_SHOPS = 3  # of a cell, or its sales are those of a shop that its neighbour can work out
_CELL = ("day", "cell_area", "industry")
_LARGEST = ("amount_largest", "amount_second")
_SUMS = ("amount", "payments", "amount_weekdays", "amount_weekends", "amount_00_06", "amount_21_24")


def trade_sales_quarter(read: ReadRows, city: City) -> pl.DataFrame:
    """Sums by area and for the city, over cells of a trade area and industry that have sales and LEAST_SHOPS shops.

    All sums of a row are over the same cells: what one of the parts lacks goes from all, so that no ratio has a
    numerator of more than its denominator. `cells_masked` says how many were left out. Concentration is the sum of the
    squared shares of the industries. A shop is of one trade area and industry, so the two that sell most in an area are
    among the two of each cell.
    """
    sales = pl.concat([_of_periods(one) for one in read["sales"]])
    shops = pl.concat([at_the_end(one) for one in read["businesses"]]).drop_nulls("businesses")
    shops = shops.rename({"area": "cell_area"}).group_by(_CELL).agg(shops=pl.col("businesses").sum())
    cells = sales.join(shops, on=_CELL, how="left").with_columns(
        kept=(pl.col("shops") >= LEAST_SHOPS).fill_null(False) & pl.all_horizontal(pl.col(_SUMS).is_not_null())
    )
    whole = cells.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    parts = cells.join(areas_above(city.areas).filter(pl.col("area_level").is_in(LEVELS)), on=AREA)
    columns = ["day", "area", "area_level", "industry", "kept", "shops", *_SUMS, *_LARGEST]
    found = pl.concat([whole.select(columns), parts.select(columns)])
    kept, by_area = pl.col("kept"), ["day", "area", "area_level"]
    of_industry = found.filter("kept").group_by(*by_area, "industry").agg(pl.col("amount").sum())
    shares = pl.col("amount") / pl.col("amount").sum()
    concentration = of_industry.group_by(by_area).agg(concentration=(shares**2).sum())
    sums = found.group_by(by_area).agg(
        cells=pl.len().cast(pl.Int64),
        cells_masked=(~kept).sum().cast(pl.Int64),
        shops=pl.col("shops").filter(kept).sum().cast(pl.Int64),
        industries=pl.col("industry").filter(kept).n_unique().cast(pl.Int64),
        **{name: pl.col(name).filter(kept).sum() for name in _SUMS},
        **_two_largest(kept),
    )
    with_shops = sums.filter(pl.col("shops") > 0).join(concentration, on=by_area, how="left")
    days = pl.DataFrame([_days(day) for day in with_shops["day"].unique()], schema=_DAYS, orient="row")
    return (
        with_shops.join(days, on="day", how="left")
        .with_columns(amount_night=pl.col("amount_00_06") + pl.col("amount_21_24"))
        .drop("amount_00_06", "amount_21_24")
    )


def _two_largest(kept: pl.Expr) -> dict[str, pl.Expr]:
    """What the two shops that sell most have, of cells of which the feed says it; null where it says it of none."""
    largest, second = (pl.col(name).filter(kept) for name in _LARGEST)
    of_all = largest.append(second).sort(descending=True, nulls_last=True)
    return {"amount_largest": largest.max(), "amount_second": of_all.get(1, null_on_oob=True)}


def _of_periods(observed: Observed) -> pl.DataFrame:
    """The sales of each cell in a quarter: of those of which the feed has each month, or day. A cell of months has all
    three of them, or it lacks its sums. Of several months the largest of each are added up: whoever is largest in the
    quarter has no more, and no two together."""
    rows = observed.rows.join(whole_quarters(observed), on=START)
    named = rows.with_columns(pl.col(START).alias("day"), pl.col("area").alias("cell_area"), _part=DAY)
    parts = pl.col("_part").n_unique() >= (3 if observed.interval.every == "month" else 1)
    summed = [
        pl.when(parts, pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name)
        for name in (*_SUMS, *_LARGEST)
    ]
    return named.group_by(*_CELL, AREA).agg(summed).collect()


_DAYS = pl.Schema({"day": pl.Date, "weekdays": pl.Int64, "weekend_days": pl.Int64})


def _days(first: date) -> tuple[date, int, int]:
    """Days from Monday to Friday, and of weekends: the source asks for no holidays."""
    last = last_of_period(first, "quarter")
    weekend = sum((first + timedelta(days=n)).weekday() > 4 for n in range((last - first).days + 1))
    return first, (last - first).days + 1 - weekend, weekend


TABLE = Mart(
    reads=(
        Reads("sales", ("area", "industry", *_SUMS), longest="quarter"),
        Reads("businesses", ("area", "industry", "businesses"), longest="quarter"),
    ),
    compute=trade_sales_quarter,
    every="quarter",
    contributors=("shops",),
    adds_up="amount",
    add_up_too=("payments", "amount_weekdays", "amount_weekends", "amount_night"),
    largest="amount_largest",
    second="amount_second",
)
