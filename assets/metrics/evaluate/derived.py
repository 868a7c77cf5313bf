"""Metrics that are made of other metrics of the same area and period."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from assets.formulas.exposure import covered_share, weighted_mean
from assets.metrics.entry import Entry
from assets.metrics.evaluate.afterwards import KEYS, residents_on
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.made_of_others import Derived, WeightedMean
from assets.metrics.measured import MEASURED, REASON, ReasonCode, completeness, reason, stands
from assets.metrics.one_at_a_time import of_one
from assets.standards.index import Read

_COUNTS = ("n", "expected", "covered", "at_least", "counted", "needs")
_SHARE = "share"
_OF_ITSELF: Sequence[ReasonCode] = ("no_night_yet", "not_declared")


def derived_rows(
    metric: str, entry: Entry, parts: Mapping[str, pl.DataFrame], units: Mapping[str, str], setting: CitySetting
) -> pl.DataFrame:
    """A derived metric in MEASURED, of all levels that its parts have. parts: their rows in MEASURED, by metric.

    A part that cannot be shown is none. The metric is as complete as its least complete part (of those that are there,
    if it has a value without the others).
    """
    said = entry.derived or Derived()
    if said.weighted_mean is not None:
        return _weighted(metric, entry, said.weighted_mean, parts, setting)
    names = list(dict.fromkeys(said.made_of))
    together = _together(parts, names, needs_all=said.index is None)
    value, standard = _value(entry, {name: units[name] for name in names if name in parts}, setting)
    rows = together.with_columns(value.cast(pl.Float64).alias("value"), standard.cast(pl.String).alias("standard"))
    rows = rows.with_columns(value=pl.when(pl.col("value").is_finite()).then("value"))
    whys = {name: why for name in names if name in parts and (why := _of_itself(parts[name])) is not None}
    return _measured(rows, metric, said, whys, setting)


def _together(parts: Mapping[str, pl.DataFrame], names: Sequence[str], *, needs_all: bool) -> pl.DataFrame:
    """KEYS, the value of each part under its name, and what it counted as a struct `_<name>`.

    needs_all: a day on which one of the parts has no row at all is none of the metric's.
    """
    there = [parts[name] for name in names if name in parts]
    if (len(there) < len(names) and needs_all) or not there:
        return _nothing(names)
    first, *others = frames = _side_by_side(parts, names)
    if not others:
        return _ordered(first, names)
    keys = pl.concat([frame.select(KEYS) for frame in frames]).unique()
    if needs_all:
        for frame in frames:
            keys = keys.join(frame.select("day").unique(), on="day", how="semi")
    for frame in frames:
        keys = keys.join(frame, on=KEYS, how="left", nulls_equal=True)
    return _ordered(keys, names)


def _side_by_side(parts: Mapping[str, pl.DataFrame], names: Sequence[str]) -> list[pl.DataFrame]:
    """KEYS and the columns of each part. Parts of the same areas and times, as one pass makes them, are one frame: to
    compare their keys costs less than to join them."""
    made = list[pl.DataFrame]()
    for name in names:
        part = parts.get(name, MEASURED.to_frame())
        counted = pl.struct(*_COUNTS, completeness().alias(_SHARE)).alias(f"_{name}")
        keys, shown = part.select(KEYS), part.select(pl.when(stands()).then("value").alias(name), counted)
        same = next((n for n, frame in enumerate(made) if frame.select(KEYS).equals(keys)), None)
        if same is None:
            made.append(keys.hstack(shown))
        else:
            made[same] = made[same].hstack(shown)
    return made


def _ordered(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return rows.sort(KEYS).select(*KEYS, *names, *(f"_{name}" for name in names))


def _nothing(names: Sequence[str]) -> pl.DataFrame:
    counts = pl.Struct({**{name: MEASURED[name] for name in _COUNTS}, _SHARE: pl.Float64})
    return pl.DataFrame(
        schema={
            **{key: MEASURED[key] for key in KEYS},
            **dict.fromkeys(names, pl.Float64),
            **{f"_{name}": counts for name in names},
        }
    )


def _value(entry: Entry, units: Mapping[str, str], setting: CitySetting) -> tuple[pl.Expr, pl.Expr]:
    """Value and edition. units: of the parts that the city has; what it does not measure is read in no table."""
    said, none = entry.derived or Derived(), pl.lit(None, pl.String)
    if said.ratio is not None:
        part, whole = (pl.col(name) for name in said.ratio)
        return pl.when(whole != 0).then(part / whole), none
    if said.difference is not None:
        left, right = (pl.col(name) for name in said.difference)
        return left - right, none
    if said.index is not None:
        rows = {row: Read(pl.col(name), units[name]) for row, name in said.index.of.items() if name in units}
        found = setting.index(said.index.standard, rows, pl.col("day"), hourly=entry.hourly)
        return found.struct.field("value"), found.struct.field("edition")
    columns = dict.fromkeys(said.made_of, pl.Float64())
    return of_one(said.expression or "NULL", setting.parameters, columns), none


def _measured(
    rows: pl.DataFrame, metric: str, said: Derived, whys: Mapping[str, pl.Expr], setting: CitySetting
) -> pl.DataFrame:
    """With what the least complete part counted, and which part is absent where there is no value, or why it is."""
    names = list(dict.fromkeys(said.made_of))
    has = pl.col("value").is_not_null()
    counts = [pl.col(f"_{name}") for name in names]
    # where there is a value, parts that are absent were not needed
    shares = [
        pl.when(~has | pl.col(name).is_not_null()).then(count.struct.field(_SHARE).fill_null(0.0))
        for name, count in zip(names, counts, strict=True)
    ]
    least = pl.min_horizontal(shares)
    counted = pl.coalesce(
        pl.when((share == least) & count.struct.field("n").is_not_null()).then(count)
        for share, count in zip(shares, counts, strict=True)
    )
    absent = pl.coalesce(pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in names)
    why = pl.when(~has & absent.is_not_null()).then(reason("other_metric_absent", absent))
    if by := _divided_by(said):
        nothing = pl.all_horizontal(pl.col(name) == 0 for name in by)
        why = why.when(~has & nothing).then(reason("nothing_to_divide", ", ".join(by)))
    why = why.when(~has).then(reason("not_defined"))
    for name, its in whys.items():
        why = pl.when(~has & (absent == name)).then(its).otherwise(why)
    if said.index is not None:  # one in force says its edition, also where it has no value
        why = pl.when(~has & pl.col("standard").is_null()).then(reason("no_limit", said.index.standard)).otherwise(why)
    own = setting.needs.get(metric)
    return (
        rows.with_columns(counted.alias("_counted"))
        .with_columns(pl.col("_counted").struct.field(name).alias(name) for name in _COUNTS)
        .with_columns(
            metric=pl.lit(metric),
            n=pl.col("n").fill_null(0),
            covered=pl.col("covered").fill_null(0.0),
            counted=pl.col("counted").fill_null("metrics"),
            needs=pl.col("needs").fill_null(1.0) if own is None else pl.lit(own),
            why=why,
            remark=pl.lit(None, REASON),
            method=pl.lit(_method(said, names)),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEASURED.items())
    )


def _of_itself(part: pl.DataFrame) -> pl.Expr | None:
    """Why a part has no value, where that is the reason of what is made of it, too."""
    code, gaps = (part["why"].struct.field(name) for name in ("code", "gaps"))
    own = code.is_in(_OF_ITSELF).arg_true()
    return None if own.is_empty() else reason(code[own[0]], *gaps[own[0]])


def _divided_by(said: Derived) -> list[str]:
    """The metrics that all have to be 0 for a division by 0; none where nothing is divided by a metric."""
    if said.ratio is not None:
        return [said.ratio[1]]
    _, division, below = (said.expression or "").rpartition("/")
    return [name for name in said.made_of if division and re.search(rf"\b{name}\b", below)]


def _weighted(
    metric: str, entry: Entry, said: WeightedMean, parts: Mapping[str, pl.DataFrame], setting: CitySetting
) -> pl.DataFrame:
    """The mean over the areas of a level, weighted by people; complete as far as people are where it is valid.

    Of an area whose number of people is not known the residents are expected: that it did not report makes the value no
    more complete.
    """
    shown = {
        name: rows.filter(pl.col("area_level") == said.level).select(
            "area", "day", "hour", "hour_utc", pl.when(stands()).then("value").alias(as_)
        )
        for name, as_ in ((said.of, "_value"), (said.by, "_people"))
        if (rows := parts.get(name)) is not None
    }
    if said.of not in shown or (said.by != "residents" and said.by not in shown):
        return MEASURED.to_frame()
    times = ["day", "hour", "hour_utc"]
    moments = parts[said.of].select(times).unique()
    if said.by != "residents":
        moments = moments.join(parts[said.by].select(times).unique(), on=times, how="semi", nulls_equal=True)
    residents = residents_on(moments["day"].unique(), setting)
    by = residents.select("area", "day", _people="residents") if said.by == "residents" else shown[said.by]
    keys = ["area", "day"] if said.by == "residents" else ["area", *times]
    known = pl.col("_value").is_not_null() & pl.col("_people").is_not_null()
    people = pl.coalesce(pl.col("_people").cast(pl.Float64), pl.col("residents").cast(pl.Float64))
    outer = _around(said.level, setting)
    rows = (
        moments.join(outer, how="cross")
        .join(by, on=keys, how="left", nulls_equal=True)
        .join(residents, on=["area", "day"], how="left")
        .join(shown[said.of], on=["area", *times], how="left", nulls_equal=True)
        .sort(*times, "area")
        .group_by("outer", "area_level", *times, maintain_order=True)
        .agg(
            value=weighted_mean(pl.col("_value"), pl.col("_people")),
            expected=people.sum(),
            share=covered_share(people, known),
        )
    )
    needs = setting.needs.get(metric, said.needs)
    lacking = pl.col("expected") == 0
    covered = (pl.col("expected") * pl.col(_SHARE)).fill_null(0.0)
    return rows.select(
        metric=pl.lit(metric),
        area="outer",
        area_level="area_level",
        day="day",
        hour="hour",
        hour_utc="hour_utc",
        value="value",
        n=pl.min_horizontal(covered.round(), pl.col("expected").floor()).cast(pl.Int64),
        expected="expected",
        covered=covered,
        at_least=pl.lit(None, pl.Float64),
        counted=pl.lit("people"),
        needs=pl.lit(needs),
        why=pl.when(lacking).then(reason("no_residents")),
        remark=pl.lit(None, REASON),
        method=pl.lit(f"{said.of} of each {said.level}, weighted by {said.by}"),
        standard=pl.lit(None, pl.String),
    ).cast(MEASURED)


def _around(level: str, setting: CitySetting) -> pl.DataFrame:
    """area, outer, area_level: the areas of a level, with those that each lies in, the city among them."""
    inner = setting.areas.filter(pl.col("level") == level).select(area="code")
    city = inner.with_columns(outer=pl.lit(setting.city), area_level=pl.lit("city"))
    above = setting.inside.filter(pl.col("area_level") != level).select("_area", "area_level", outer="area")
    return pl.concat([city, inner.join(above, left_on="area", right_on="_area").select(city.columns)])


def _method(said: Derived, names: Sequence[str]) -> str:
    if said.index is not None:
        return f"index {said.index.standard} of {', '.join(names)}"
    if said.expression is not None:
        return f"expression of {', '.join(names)}"
    return f"{names[0]} {'by' if said.ratio is not None else 'minus'} {names[-1]}"
