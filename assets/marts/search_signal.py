"""What people search for against the weeks and the year before, within one series of the portal alone."""

from __future__ import annotations

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.pack.city import City
from quality.contract.columns import DAY

WEEKS, ENOUGH_WEEKS = 8, 6  # before a day, of its weekday; how many of them have to be there
YEAR = 364  # days: the same weekday
FLAG = 3.5  # of the robust z, on two days running
_MAD = 1.4826  # makes the median absolute deviation that of a normal distribution
_BACK = sorted({*range(7), *(7 * week + late for week in range(WEEKS + 1) for late in (0, 1)), *range(YEAR, YEAR + 7)})
_KEYS = ("day", "topic")


def search_signal(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each topic and day.

    Only days count that are measured by what the day itself is measured by: figures of two deliveries, or of two
    peaks, are never put in one series. `anomaly` is (x - median) / (1.4826 * MAD) over the same weekday of the WEEKS
    before, the day itself left out; none where fewer than ENOUGH_WEEKS are there, or where these do not vary.
    `flagged`: FLAG or more on the day and on the day before. `year_on_year`: the mean of seven days against the same
    seven of last year, in %.
    """
    rows = pl.concat([_by_topic(one.rows) for one in read["search_interest"]])
    own = rows.filter(pl.col("late") == 0).select(*_KEYS, "measured_by", "interest")
    alike = rows.join(own.select(*_KEYS, "measured_by"), on=[*_KEYS, "measured_by"], nulls_equal=True)
    today, before = _anomaly(alike, 0), _anomaly(alike, 1).rename({"anomaly": "_before"}).drop("weeks")
    flagged = pl.when(pl.col("anomaly").is_not_null() & pl.col("_before").is_not_null()).then(
        ((pl.col("anomaly") >= FLAG) & (pl.col("_before") >= FLAG)).cast(pl.Int64)
    )
    return (
        own.join(today, on=_KEYS, how="left")
        .join(before, on=_KEYS, how="left")
        .join(_year_on_year(alike), on=_KEYS, how="left")
        .with_columns(pl.col("weeks").fill_null(0), flagged=flagged)
        .select(*_KEYS, "measured_by", "weeks", "anomaly", "flagged", "year_on_year")
    )


def _by_topic(rows: pl.LazyFrame) -> pl.DataFrame:
    """day (for which it is read), topic, measured_by, late (days before it), interest; of areas their mean."""
    late = (pl.col(START) - pl.col(DAY)).dt.total_days().alias("late")
    keys = [pl.col(START).alias("day"), pl.col("topic").fill_null("all"), pl.col("measured_by"), late]
    return rows.drop_nulls("interest").group_by(keys).agg(pl.col("interest").mean()).collect()


def _anomaly(rows: pl.DataFrame, late: int) -> pl.DataFrame:
    """Of the day so many days before."""
    back = pl.col("late") - late
    weekday = rows.filter((back % 7 == 0) & (back > 0) & (back <= 7 * WEEKS))
    of_day = rows.filter(back == 0).select(*_KEYS, x="interest")
    median = pl.col("interest").median()
    usual = weekday.group_by(_KEYS).agg(
        weeks=pl.len().cast(pl.Int64), median=median, mad=(pl.col("interest") - median).abs().median()
    )
    known = (pl.col("weeks") >= ENOUGH_WEEKS) & (pl.col("mad") > 0)
    anomaly = pl.when(known).then((pl.col("x") - pl.col("median")) / (_MAD * pl.col("mad")))
    return of_day.join(usual, on=_KEYS).select(*_KEYS, "weeks", anomaly=anomaly)


def _year_on_year(rows: pl.DataFrame) -> pl.DataFrame:
    now, then = rows.filter(pl.col("late") < 7), rows.filter(pl.col("late").is_between(YEAR, YEAR + 6))
    means = [
        week.group_by(_KEYS).agg(pl.len().alias(f"days_{name}"), pl.col("interest").mean().alias(name))
        for name, week in (("now", now), ("then", then))
    ]
    whole = (pl.col("days_now") == 7) & (pl.col("days_then") == 7) & (pl.col("then") > 0)
    return (
        means[0]
        .join(means[1], on=_KEYS)
        .select(*_KEYS, year_on_year=pl.when(whole).then(100 * (pl.col("now") / pl.col("then") - 1)))
    )


TABLE = Mart(
    reads=(Reads("search_interest", ("topic", "interest"), back=_BACK),),
    compute=search_signal,
)
