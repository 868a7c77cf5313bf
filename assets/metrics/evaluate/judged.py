"""What was counted in each area becomes MEASURED: value, completeness, and where it failed if it did."""

from __future__ import annotations

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.aggregates import DAY, HOUR, HOUR_UTC, way_of
from assets.metrics.evaluate.over_space import AREA_KEYS, NUMBERS
from assets.metrics.evaluate.planner import ObservedMetric, Pass
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED, REASON, completeness, parts_said, reason, whole_number
from assets.metrics.observed import Lacking


def measured_rows(
    work: Pass, made: ObservedMetric, areas: pl.DataFrame, parts: str, setting: CitySetting
) -> pl.DataFrame:
    """One metric in MEASURED, from what `over_areas` gives. `parts`: what was counted at its places."""
    space, expected = made.space, pl.col("expected")
    reporting = space.as_ == "reporting"
    of_register = pl.lit(work.expects == "register") & expected.is_not_null()
    valid, failed, flagged = (
        pl.when(of_register).then(listed).otherwise(every)
        for listed, every in (
            ("listed_rows" if reporting else "listed", "rows" if reporting else "n"),
            ("listed_failed", "failed"),
            ("listed_flagged", "flagged"),
        )
    )
    share = pl.when(expected > 0).then(valid / expected * 100)
    times = [name for name in (DAY, HOUR, HOUR_UTC) if name in areas.columns]
    numbers = (
        areas.select(*AREA_KEYS, *times, "expected", made.metric)
        .unnest(made.metric)
        .with_columns(pl.col(name).fill_null(0) for name in NUMBERS[1:])
        .with_columns(
            metric=pl.lit(made.metric),
            value=share if reporting else pl.col("value"),
            n=valid,
            expected=pl.when(expected < valid).then(valid).otherwise(expected),  # more came than usual: 16 of 15
            covered=valid.cast(pl.Float64),
            at_least=(pl.col("rows") if work.expects == "usual" else valid).cast(pl.Float64),
            counted=pl.lit(space.counts),
            needs=pl.lit(setting.needs.get(made.metric, space.needs)),
            method=pl.lit(_method(work, made)),
            standard=pl.lit(None, pl.String),
            remark=pl.lit(None, REASON),
            _failed=failed,
            _flagged=flagged,
            **{name: pl.lit(None, MEASURED[name]) for name in (HOUR, HOUR_UTC) if name not in times},
        )
    )
    if reporting:
        explained = numbers.with_columns(why=pl.when(expected.is_null()).then(reason("no_register", space.counts)))
    else:
        explained = _explained(numbers.with_columns(why=_of_nothing(made.entry)), made, parts)
        lacking = None if work.observed[0].parts is None else work.observed[0].parts.lacking
        explained = explained if lacking is None else explained.with_columns(why=_where_nothing_was_made(lacking))
        explained = explained if made.flags is None else explained.with_columns(why=_where_flagged())
    return explained.select(pl.col(name).cast(dtype) for name, dtype in MEASURED.items())


def _of_nothing(entry: Entry) -> pl.Expr:
    """Why no reading has a value, where that is no lack of data."""
    why = pl.lit(None, REASON)
    if entry.declared:
        why = reason("not_declared", ", ".join(entry.declared))
    elif entry.of_night:
        why = reason("no_night_yet")
    return pl.when(pl.col("value").is_null(), pl.col("n") == 0).then(why).cast(REASON)


def _explained(numbers: pl.DataFrame, made: ObservedMetric, parts: str) -> pl.DataFrame:
    """With the reason where a step at the places failed. Few rows have one, and texts cost more than numbers."""
    numbered = numbers.with_row_index("_row")
    failing = numbered.filter(_at_places())
    if failing.is_empty() or not made.steps:
        return numbers
    said = failing.with_columns(why=_where_it_failed(made, parts).cast(REASON))
    rest = numbered.filter(~pl.col("_row").is_in(failing["_row"].implode()))
    return pl.concat([rest, said]).sort("_row")


def _at_places() -> pl.Expr:
    """There is no value, and there would be one if the places had had enough of what is counted there."""
    lacking = pl.col("value").is_null() | (completeness() < pl.col("needs"))
    wanted = pl.coalesce("expected", "at_least", "covered")
    with_them = (pl.col("covered") + pl.col("_failed")) / wanted >= pl.col("needs")
    return lacking & (pl.col("_failed") > 0) & (with_them | (wanted == 0))


def _where_flagged() -> pl.Expr:
    """The reason, of rows without a value for which flagged places are the cause: with them there would be one, or they
    are half of what is missing; and no fewer than those where a step failed."""
    lacking = pl.col("value").is_null() | (completeness() < pl.col("needs"))
    wanted = pl.coalesce("expected", "at_least", "covered")
    with_them = (pl.col("covered") + pl.col("_flagged")) / wanted >= pl.col("needs")
    half = 2 * pl.col("_flagged") >= wanted - pl.col("covered")
    cause = (pl.col("_flagged") > 0) & (pl.col("_flagged") >= pl.col("_failed")) & (with_them | half)
    said = reason("places_flagged", *parts_said(), pl.col("_flagged"))
    return pl.when(lacking & cause).then(said).otherwise("why")


def _where_nothing_was_made(lacking: Lacking) -> pl.Expr:
    """The reason, of rows without a value where no place has one, and that is the cause: with enough of their parts, or
    with none of them. Where some places have a value, the others lack something of their own, such as good health."""
    unmade = pl.col("rows") - pl.col("n") - pl.col("failed") - pl.col("flagged")
    nothing = (pl.col("failed") > 0) & (pl.col("parts") == 0)
    absent = pl.col("value").is_null() | (completeness() < pl.col("needs"))
    return (
        pl.when(absent & (pl.col("n") == 0) & (unmade > 0) & (unmade >= pl.col("failed")))
        .then(reason(lacking.value))
        .when(absent & nothing & (pl.col("failed") > unmade))
        .then(reason(lacking.parts))
        .otherwise("why")
    )


def _where_it_failed(made: ObservedMetric, parts: str) -> pl.Expr:
    """Hours (readings, windows) at the places that failed: of the only one, or of how many of how many."""
    needs = whole_number(pl.lit(made.steps[-1].needs * 100))
    there, wanted = pl.col("parts"), pl.col("whole")
    alone = reason(f"too_few_{parts}", there, wanted, parts, needs)  # pyright: ignore[reportArgumentType]
    failed, places = pl.col("failed"), pl.col("rows")
    several = reason(
        f"too_few_{parts}_at_places",  # pyright: ignore[reportArgumentType]
        there,
        wanted,
        parts,
        needs,
        failed,
        places,
        made.space.counts,
    )
    return pl.when(pl.col("rows") == 1).then(alone).otherwise(several)


def _method(work: Pass, made: ObservedMetric) -> str:
    """The steps in short: `hour > day: mean, 75 %; stations: mean, 75 %`."""
    spans = dict.fromkeys(one.interval.span for one in work.observed)
    steps = ["/".join(spans)]
    parts = work.observed[0].parts
    steps += [] if parts is None else [f"{parts.counted}: {parts.needs * 100:g} %"]
    for step in made.steps if parts is None else ():
        into = f"{step.rolling_hours} hours" if step.rolling_hours is not None else step.to
        steps.append(f"{into}: {way_of(step)}, {step.needs * 100:g} %")
    space = made.space
    return f"{' > '.join(steps)}; {space.counts}: {way_of(space)}, {space.needs * 100:g} %"
