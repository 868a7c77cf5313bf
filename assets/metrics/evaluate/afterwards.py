"""What is done with the value of an area: divided by people or land, and left out in other months."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.formulas.exposure import per_100k, per_inhabitant
from assets.metrics.entry import Entry
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED, cannot_be, reason, stands

KEYS = ("area", "area_level", "day", "hour", "hour_utc")  # of one metric
_BY = "_by"


def finished(rows: pl.DataFrame, entry: Entry, parts: Mapping[str, pl.DataFrame], setting: CitySetting) -> pl.DataFrame:
    """One metric with `per`, `in_months` and `possible`; `parts` has the people present, if they are asked for.

    A value that cannot be has the reason, so that no other metric is made of it.
    """
    divided = rows if entry.per is None else _divided(rows, entry, parts, setting)
    months = months_of(entry, setting)
    if months:
        outside = ~pl.col("day").dt.month().is_in(months)
        said = reason("out_of_season", str(months[0]), str(months[-1]))
        divided = divided.with_columns(why=pl.when(outside).then(said).otherwise("why"))
    low, high = (pl.lit(end, pl.Float64) for end in entry.possible)
    return divided.with_columns(why=pl.when(stands()).then(cannot_be(low, high)).otherwise("why"))


def months_of(entry: Entry, setting: CitySetting) -> list[int]:
    """The months that an entry is defined for; none: all."""
    said = entry.in_months
    months = setting.parameters[said] if isinstance(said, str) else said or ()
    return [months] if isinstance(months, int) else list(months)


def _divided(rows: pl.DataFrame, entry: Entry, parts: Mapping[str, pl.DataFrame], setting: CitySetting) -> pl.DataFrame:
    value, by = pl.col("value"), pl.col(_BY)
    if entry.per == "person_present":
        people = parts[setting.people_present].select(*KEYS, pl.when(stands()).then("value").alias(_BY))
        with_by = rows.join(people, on=KEYS, how="left", nulls_equal=True)
        rate, none = per_inhabitant(value, by), reason("other_metric_absent", setting.people_present)
    elif entry.per == "km2":
        sizes = setting.areas.select(area="code", **{_BY: pl.col("area_km2").cast(pl.Float64)})
        with_by = rows.join(sizes, on="area", how="left")
        rate, none = pl.when(by > 0).then(value / by), reason("no_area_size")
    else:
        with_by = rows.join(
            residents_on(rows["day"], setting).rename({"residents": _BY}), on=["area", "day"], how="left"
        )
        rate = per_100k(value, by) if entry.per == "100000_residents" else per_inhabitant(value, by)
        none = reason("no_residents")
    lacking = by.is_null() & value.is_not_null() & pl.col("why").is_null()
    return with_by.with_columns(
        value=rate,
        why=pl.when(lacking).then(none).otherwise("why"),
        method=pl.concat_str("method", pl.lit(f"; per {entry.per}")),
    ).select(MEASURED.names())


def residents_on(days: pl.Series, setting: CitySetting) -> pl.DataFrame:
    """area, day, residents: none where the city does not say them."""
    if setting.residents is None:
        return pl.DataFrame(schema={"area": pl.String, "day": pl.Date, "residents": pl.Int64})
    return setting.residents(days)
