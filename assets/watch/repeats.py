"""Readings that stay the same across nights: a flat line, and a day that is the day before once more."""

from __future__ import annotations

import polars as pl

DAY_AGAIN = 12  # readings of a day at least, for it to be no chance that all of what is known of two days is the same
_SAME = ("readings", "value", "least", "most", "first_value", "last_value", "longest_run", "largest_step")
READ = (*_SAME, "first_run", "last_run")


def with_repeats(days: pl.DataFrame) -> pl.DataFrame:
    """The same rows with `in_a_row` and `day_again`.

    days: place, and the columns of READ as mart.place_day has them; each place in one piece, its days in their order.

    in_a_row: the longest run of equal readings that touches the day, with those of the days before that it goes on
    from: five days of one reading each that are equal have 1, 2, 3, 4, 5. Days without a reading do not end it.
    day_again: all that is known of the day is what is known of the day before, which no changing quantity does: a
    gateway that sends yesterday once more. No day of 12 readings or more of the seven stations of Beijing was so.
    """
    first_run, readings = pl.col("first_run"), pl.col("readings")
    goes_on = (pl.col("place") == pl.col("place").shift(1)) & (pl.col("first_value") == pl.col("last_value").shift(1))
    through = goes_on & (first_run >= readings).shift(1)  # the day before is one run, and so goes on from before itself
    of_before = pl.when(goes_on).then(pl.col("last_run").shift(1)).otherwise(0)
    before = readings.cum_sum() - readings  # of all rows above
    marked = days.with_columns(
        _before=before, _from=pl.when(through.fill_null(value=False)).then(None).otherwise(of_before - before)
    )
    again = pl.all_horizontal(
        pl.col("place") == pl.col("place").shift(1),
        readings >= DAY_AGAIN,
        pl.col("least") < pl.col("most"),  # else it is a flat line
        *(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in _SAME),
    )
    joined = pl.col("_from").forward_fill() + pl.col("_before") + first_run
    return marked.with_columns(
        in_a_row=pl.max_horizontal(joined, "longest_run"), day_again=again.fill_null(value=False)
    ).drop("_before", "_from")
