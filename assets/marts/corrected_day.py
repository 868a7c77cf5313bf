"""Readings that the platform corrects itself, by place and day: beside what they were made from, never in its place."""

from __future__ import annotations

import polars as pl

from assets.formulas.sensor_corrections import fitted_lines, on_line, without_humidity
from assets.mart import START, TO_CORRECT, Mart, ReadRows, Reads
from assets.metrics.observed import Lacking, Observed
from assets.pack.city import City
from assets.pack.corrections import HUMIDITY, MOST_DAYS, Correction, corrected_from, corrections_of
from assets.watch.flagged_days import with_qc
from assets.watch.flags import QcFlag
from assets.watch.possible import corrected_here
from assets.watch.to_correct import days_of_places, first_of_each
from assets.watch.witness import LEAST_PLACES

BASIS, HEALTH = "correction_basis", "place_health"
_NOT_CORRECTED = (QcFlag.SUSPECT, QcFlag.BAD)
_LINE = {
    "slope": pl.Float64,
    "intercept": pl.Float64,
    "fitted_days": pl.Int64,
    "fitted_since": pl.Date,
    "fitted_until": pl.Date,
}


def corrected_day(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each place, quantity and day of a network that the pack corrects.

    `corrected` is null, and never the uncorrected value, where there is no line or no humidity, and where the watch
    says that the place is suspect or bad: no line mends a sensor that stands still. `readings` are those that were
    corrected: of the humidity's formula those with humidity.
    """
    lines = _lines(read, city)
    found = list[pl.DataFrame]()
    for one in city.corrections:
        days = [
            _corrected(seen, column, one)
            for seen in read[TO_CORRECT]
            if one in corrections_of(city.contracts[seen.feed], city.corrections)
            and (column := corrected_from(city.contracts[seen.feed], one.quantity)) is not None
        ]
        if not days:
            continue
        made = first_of_each(days).with_columns(network=pl.lit(one.network), quantity=pl.lit(one.quantity))
        made = made.join(lines, on=["day", "network", "quantity"], how="left", maintain_order="left")
        if one.by == "linear":
            line = on_line(pl.col("uncorrected"), pl.col("slope"), pl.col("intercept"))
            made = made.with_columns(corrected=line)
        found.append(made.with_columns(by=pl.lit(one.by), correction=pl.lit(one.version)))
    if not found:
        return pl.DataFrame(schema={"day": pl.Date, "place": pl.String})
    flagged = with_qc(pl.concat(found), [of.rows for of in read[HEALTH]])
    trusted = ~pl.col("qc").is_in(_NOT_CORRECTED).fill_null(value=False)
    return flagged.with_columns(corrected=pl.when(trusted).then("corrected"))


def _corrected(seen: Observed, column: str, one: Correction) -> pl.DataFrame:
    """The days of places of a feed; a line is laid through their means later, a formula takes each reading."""
    by_humidity = one.by == "humidity"
    each = without_humidity(pl.col(column), pl.col(HUMIDITY)) if by_humidity else pl.lit(None, pl.Float64)
    counted = each.count() if by_humidity else pl.col(column).count()
    days = days_of_places(
        seen,
        column,
        each.mean().alias("corrected"),
        counted.cast(pl.Int64).alias("_corrected"),
        pl.lit(column).alias("corrected_from"),
    )
    return days.with_columns(readings=pl.col("_corrected")).rename({"value": "uncorrected"}).drop("_corrected", "kind")


def _lines(read: ReadRows, city: City) -> pl.DataFrame:
    """day, network, quantity and the line of the days before; without rows where nothing is fitted."""
    keys = ("network", "quantity")
    windows = pl.DataFrame(
        [(one.network, one.quantity, one.days) for one in city.corrections if one.days is not None],
        schema={"network": pl.String, "quantity": pl.String, "_window": pl.Int64},
        orient="row",
    )
    few = pl.min_horizontal("places", "witness_places") < LEAST_PLACES  # the median of two is one of them
    basis = [one.rows.filter(~few).select(START, "day", *keys, "own", "witness") for one in read[BASIS]]
    if not basis or windows.is_empty():
        return pl.DataFrame(schema={"day": pl.Date, **dict.fromkeys(keys, pl.String), **_LINE})
    medians = pl.concat(basis).collect().join(windows, on=keys)
    return fitted_lines(medians, keys, START, pl.col("_window")).rename({START: "day"}).select("day", *keys, *_LINE)


TABLE = Mart(
    reads=(
        Reads(TO_CORRECT),
        Reads(BASIS, back=range(1, MOST_DAYS + 1), optional=True),
        Reads(HEALTH, optional=True),
    ),
    compute=corrected_day,
    counted="readings",
    by_quantity=True,
    lacking=Lacking(parts="nothing_to_correct", value="no_line"),
    possible=corrected_here,
)
