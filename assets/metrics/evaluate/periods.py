"""Values of longer periods from daily values, and of days from hourly ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Literal

import polars as pl

from assets.metrics.entry import KindRule, LongPeriod, PeriodRule, Threshold
from assets.metrics.evaluate.aggregates import aggregate, way_of
from assets.metrics.evaluate.clock import HOUR_LENGTH, moments
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.in_words import days_in_words
from assets.metrics.measured import DIGITS, MEASURED, REASON, SAID_OF_VALUES, reason
from quality.contract.interval import last_of_period, periods_with
from quality.contract.mistakes import ContractError
from quality.usual_days import Calendar, DayKind

_SPANS = {"day": pl.Date, "start": pl.Date, "whole": pl.Int64, "passed": pl.Int64}
KIND_OF_DAY = {"weekday": DayKind.WORKING, "saturday": DayKind.SATURDAY, "rest": DayKind.REST}
OverPeriod = LongPeriod | Literal["day"]  # the day is a longer period of hourly values


@dataclass(frozen=True)
class Rollup:
    """How a metric is made of the values of another one over a longer period."""

    metric: str
    of: str
    period: OverPeriod
    rule: PeriodRule | Threshold
    unit: str = ""  # of the metric `of`: limits are taken in it


def evaluate_periods(values: pl.DataFrame, rollups: Sequence[Rollup], setting: CitySetting) -> pl.DataFrame:
    """Each of `rollups` for each period with a row in `values`, in MEASURED.

    values: metric, area, area_level, day, value (null: absent) of the metrics `of`, for hourly ones hour_utc, and where
    it is known reason_code and reason_gaps. All
    days, or hours, of the whole period are expected, so that it is absent until enough of it is there. Of a period that
    is not over, which is seen by a later day in the frame, `mean_of_all` counts those days that lie before the last one
    there is. Of one kind of days only those count, and only those are expected; where holidays are not known, none is
    of a kind.
    """
    last = values["day"].max()
    if not isinstance(last, date):
        return MEASURED.to_frame()
    # metrics of one period share its days: an inner join leaves out those that a metric has not
    spans = cache(partial(_spans, values["day"].unique().to_list(), last))
    by_metric = values.partition_by("metric", as_dict=True)
    made = [
        _rolled(of, rollup, spans, setting) for rollup in rollups if (of := by_metric.get((rollup.of,))) is not None
    ]
    return pl.concat([MEASURED.to_frame(), *made]).with_columns(pl.col("value").round_sig_figs(DIGITS))


def _rolled(
    of: pl.DataFrame, rollup: Rollup, spans: Callable[[OverPeriod, str | None], pl.DataFrame], setting: CitySetting
) -> pl.DataFrame:
    rule, valid = rollup.rule, pl.col("value").is_not_null()
    hourly = "hour_utc" in of.columns and of["hour_utc"].is_not_null().any()
    if isinstance(rule, Threshold):
        limit, edition = limit_of_days(rule, rollup.unit, setting)
        # to the digits that values have: one in another unit has more, and a value at the limit would lie beside it
        of = of.with_columns(_limit=limit.cast(pl.Float64).round_sig_figs(DIGITS), _edition=edition.cast(pl.String))
        valid = valid & pl.col("_limit").is_not_null()
    of = of.with_columns(_off=_said_of_days(of)).with_columns(
        _held=pl.col("_off").is_not_null() & pl.col("value").is_null()
    )
    of_days = spans(rollup.period, setting.timezone if hourly else None)
    if isinstance(rule, KindRule):
        of_days, counts = _of_kind(of_days, rollup.period, KIND_OF_DAY[rule.on], setting.calendar)
        of = of.with_columns(
            pl.when(pl.col("day").is_in(counts)).then(name).alias(name) for name in ("value", "_off", "_held")
        )
    of = of.with_columns(_valid=valid)
    parts = of.join(of_days, on="day").sort("start", "day", *(["hour_utc"] if hourly else []))
    parts = _of_one_outline(parts, rollup.period, setting)
    keys = ["area", "area_level", "start"]
    rows = parts.group_by(keys, maintain_order=True).agg(
        value=_made(rule).cast(pl.Float64),
        n=pl.col("_valid").sum().cast(pl.Int64),
        expected=pl.col("whole").first().cast(pl.Float64),
        standard=_editions(rule),
        unlimited=(pl.col("value").is_not_null() & ~pl.col("_valid")).sum(),
        since=pl.col("_since").first(),
        held=pl.col("_held").sum(),
        off=pl.col("_off").drop_nulls().last(),
    )
    needs = setting.needs.get(rollup.metric, rule.needs)
    counted, why = "hours" if hourly else "days", pl.lit(None, REASON)
    if isinstance(rule, Threshold) and isinstance(rule.limit, str):
        why = pl.when((pl.col("n") == 0) & (pl.col("unlimited") > 0)).then(reason("no_limit", rule.limit))
    if isinstance(rule, PeriodRule) and rule.each_quarter:
        rows = rows.join(_worst_quarter(parts, keys, 24 if hourly else 1, needs), on=keys, how="left")
        there, whole, quarter = (pl.col(name) for name in ("q_n", "q_whole", "quarter"))
        said = reason("too_few_days_in_quarter", there, whole, counted, f"{needs * 100:.0f}", quarter)
        why = pl.when((pl.col("n") / pl.col("expected") >= needs) & quarter.is_not_null()).then(said)
    changed = pl.col("since").is_not_null() & (pl.col("n") / pl.col("expected") < needs)
    why = pl.when(changed).then(reason("boundary_changed", pl.col("since").cast(pl.String))).otherwise(why)
    with_held = (pl.col("n") + pl.col("held")) / pl.col("expected") >= needs
    why = (
        pl.when((pl.col("n") / pl.col("expected") < needs) & (pl.col("held") > 0) & with_held)
        .then("off")
        .otherwise(why)
    )
    said = days_in_words(rule) if isinstance(rule, KindRule) else counted
    return rows.select(
        metric=pl.lit(rollup.metric),
        area="area",
        area_level="area_level",
        day="start",
        hour=pl.lit(None, pl.Datetime("us")),
        hour_utc=pl.lit(None, pl.Datetime("us")),
        value=pl.when(pl.col("n") > 0).then("value"),
        n="n",
        expected="expected",
        covered=pl.col("n").cast(pl.Float64),
        at_least=pl.lit(None, pl.Float64),
        counted=pl.lit(counted),
        needs=pl.lit(needs),
        why=why,
        remark="off",
        method=pl.lit(f"{said} of the {rollup.period.replace('_', ' ')}: {_way(rule)}, {needs * 100:g} %"),
        standard="standard",
    ).cast(MEASURED)


def _said_of_days(values: pl.DataFrame) -> pl.Expr:
    """What was said of a day beside its value, or as the reason why its witness left none; null: nothing."""
    if "reason_code" not in values.columns:
        return pl.lit(None, REASON)
    said = pl.struct(code=pl.col("reason_code"), gaps=pl.col("reason_gaps")).cast(REASON)
    return pl.when(pl.col("reason_code").is_in(SAID_OF_VALUES)).then(said)


def _of_one_outline(parts: pl.DataFrame, period: OverPeriod, setting: CitySetting) -> pl.DataFrame:
    """With `_since`, the day of the period from which an area has another outline; the days before are not valid.

    Days of two outlines do not make one value: that of the period is of the one with which it ends.
    """
    if setting.breaks.is_empty():
        return parts.with_columns(_since=pl.lit(None, pl.Date))
    ends = {start: last_of_period(start, period) for start in parts["start"].unique().to_list()}
    pairs = setting.breaks.join(pl.DataFrame({"start": list(ends), "_end": list(ends.values())}), how="cross")
    within = pairs.filter(pl.col("since") > pl.col("start"), pl.col("since") <= pl.col("_end"))
    last = within.group_by("area", "start").agg(pl.col("since").max().alias("_since"))
    stays = pl.col("_since").is_null() | (pl.col("day") >= pl.col("_since"))
    return parts.join(last, on=["area", "start"], how="left", maintain_order="left").with_columns(
        value=pl.when(stays).then("value"), _valid=pl.col("_valid") & stays
    )


def _made(rule: PeriodRule | Threshold) -> pl.Expr:
    value = pl.col("value")
    if isinstance(rule, Threshold):
        found = value > pl.col("_limit") if rule.above is not None else value >= pl.col("_limit")
        days = (found & pl.col("_valid")).sum()
        return days if rule.as_ == "days" else days / pl.col("_valid").sum() * 100
    if rule.as_ == "mean_of_all":
        return value.sum() / pl.col("passed").first()
    if rule.as_ == "reporting":
        return value.count() / pl.col("whole").first() * 100
    return aggregate(rule, value)


def limit_of_days(rule: Threshold, unit: str, setting: CitySetting) -> tuple[pl.Expr, pl.Expr]:
    """The limit of each row's `day`, in `unit`, and its edition; null where there is none."""
    none = pl.lit(None, pl.String)
    if not isinstance(rule.limit, str):
        return pl.lit(float(rule.limit)), none
    try:
        return setting.limit(rule.limit, pl.col("day"), unit)
    except ContractError:  # the standard has none of this name or unit: city check says so, and here no day is judged
        return pl.lit(None, pl.Float64), none


def _editions(rule: PeriodRule | Threshold) -> pl.Expr:
    """The editions that the days were judged by, in the order of days."""
    if isinstance(rule, PeriodRule):
        return pl.lit(None, pl.String)
    known = pl.col("_edition").filter(pl.col("_valid")).drop_nulls().unique(maintain_order=True)
    return pl.when(known.len() > 0).then(known.str.join(", "))


def _way(rule: PeriodRule | Threshold) -> str:
    if isinstance(rule, PeriodRule):
        return way_of(rule) if rule.as_ != "mean_of_all" else "sum by all days"
    return f"{'above' if rule.above is not None else 'at least'} {rule.limit}, as {rule.as_}"


def _spans(days: Sequence[date], last: date, period: OverPeriod, timezone: str | None) -> pl.DataFrame:
    """day, start, whole, passed: the periods of each day, and how many days (or, in a timezone, hours) they have."""
    pairs = [(day, start) for day in days for start in periods_with(day, period)]
    ends = {start: last_of_period(start, period) for _, start in pairs}
    rows = [
        (day, start, (ends[start] - start).days + 1, (min(ends[start], last) - start).days + 1) for day, start in pairs
    ]
    spans = pl.DataFrame(rows, schema=_SPANS, orient="row")
    if timezone is None or not rows:
        return spans
    every = pl.date_range(min(ends), max(ends.values()), eager=True)
    hours = moments(every.to_list(), HOUR_LENGTH, timezone).group_by("day").len("hours")
    of = {start: hours.filter(pl.col("day").is_between(start, end))["hours"].sum() for start, end in ends.items()}
    return spans.with_columns(whole=pl.col("start").replace_strict(of, return_dtype=pl.Int64))


def _of_kind(
    spans: pl.DataFrame, period: OverPeriod, kind: DayKind, calendar: Calendar
) -> tuple[pl.DataFrame, list[date]]:
    """The periods with how many days of the kind they have; and which of all their days are of it."""
    of_kind = {
        start: [day for day in _days_to(start, last_of_period(start, period)) if calendar.kind(day) is kind]
        for start in spans["start"].unique().to_list()
    }
    whole = {start: len(days) for start, days in of_kind.items()}
    counted = spans.with_columns(whole=pl.col("start").replace_strict(whole, return_dtype=pl.Int64))
    return counted, sorted({day for days in of_kind.values() for day in days})


def _days_to(start: date, end: date) -> list[date]:
    return pl.date_range(start, end, eager=True).to_list()


def _worst_quarter(parts: pl.DataFrame, keys: Sequence[str], a_day: int, needs: float) -> pl.DataFrame:
    """`keys`, quarter, q_n, q_whole: of each period the first quarter that has too few valid days (or hours)."""
    day, start = pl.col("day"), pl.col("start")
    months = (day.dt.year() - start.dt.year()) * 12 + day.dt.month().cast(pl.Int32) - start.dt.month().cast(pl.Int32)
    counted = parts.group_by(*keys, quarter=(months // 3 + 1).cast(pl.Int64)).agg(q_n=pl.col("_valid").sum())
    four = pl.DataFrame({"quarter": [1, 2, 3, 4]}, schema={"quarter": pl.Int64})
    first, after = (start.dt.offset_by(pl.format("{}mo", (pl.col("quarter") - 1 + more) * 3)) for more in (0, 1))
    every = (
        parts.select(keys)
        .unique()
        .join(four, how="cross")
        .join(counted, on=[*keys, "quarter"], how="left")
        .with_columns(q_n=pl.col("q_n").fill_null(0), q_whole=(after - first).dt.total_days() * a_day)
    )
    lacking = every.filter(pl.col("q_n") / pl.col("q_whole") < needs).sort(*keys, "quarter")
    return lacking.group_by(keys, maintain_order=True).first()
