"""What is not there, and why: absent metric values with their reasons.

Absence is derived from the ledger when the file is published, so that it is right also when a run died.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import Any

import polars as pl

from assets.derive.measuring import hours_of_day
from assets.derive.parts import feeds_of_metrics, marts_of_metrics, readings_asked, why_not_had, with_parts
from assets.derive.subjects import SubjectTable
from assets.formulas.boundaries import held_on
from assets.metrics.definition import MetricDefinition
from assets.metrics.reasons import in_english
from assets.publication.feed_problems import (
    Why,
    any_feed_problem,
    feed_problem_in,
    feeds_said_of,
    no_value_computed,
    register_problem,
    table_problem,
    timetable_missing,
)
from assets.publication.ledger_view import LedgerView
from assets.publication.metric_columns import METRIC_VALUE

_FINE = "neighbourhood"  # the level of which there are hundreds of areas


def days_with_rows(view: LedgerView) -> set[date]:
    """The days on which there is a row for something: worked on, due, or the first of a month or year."""
    if not view.city.metrics:
        return set()
    of_readings = (view.starts_of(d) for d in view.city.metrics.values() if not d.of_days)
    return set(view.days).union(*view.periods.values(), view.due.values(), *of_readings)


def city_inputs(view: LedgerView) -> tuple[Any, ...]:
    """All that absent rows of every day depend on, but for the pack."""
    references = [c for c in view.city.contracts.values() if c.reference_since is not None]
    verdicts = [(c.name, view.verdict(c.name, c.reference_since)) for c in references]
    return view.source, sorted(view.references), verdicts


def day_inputs(view: LedgerView, day: date) -> tuple[Any, ...]:
    """All that absent rows of one day depend on besides: verdicts, what was delivered, and why a pull gave nothing."""
    if not view.due:
        return ()
    wanted = [*_wanted(view, day), *_wanted(view, day, hourly=True)]
    named = {feed for d in wanted for group in feeds_of_metrics(view.city)[d.metric] for feed in group}
    feeds = [(name, view.covered(name, day), view.pull_error(name, day), view.not_there(name, day)) for name in named]
    before = view.snapshot.of_older_packs(day)
    return [d.metric for d in wanted], sorted(view.verdicts.get(day, {}).items()), sorted(feeds, key=repr), before


def add_absent(values: pl.DataFrame, view: LedgerView, days: Sequence[date]) -> pl.DataFrame:
    """The `values` of these days, and a row with the reason for each that should be there and is not."""
    if not view.due:
        return values
    made = values.select("metric", METRIC_VALUE.day, fine=pl.col("area_level") == _FINE)
    some = made.group_by("metric", METRIC_VALUE.day).agg(pl.col("fine").any())
    wanted = [(d, day) for day in days for d in _wanted(view, day)]
    absent = _rows_without_value(view, wanted, {(metric, day): fine for metric, day, fine in some.iter_rows()})
    missing = absent.join(values, on=METRIC_VALUE.key, how="anti")
    return pl.concat([values, missing.select(values.columns)])


def add_absent_hours(values: pl.DataFrame, view: LedgerView, days: Sequence[date]) -> pl.DataFrame:
    """The `values` of the hours of these days, and rows with the reason for hours that are not there.

    Where an area has any hour of a day it has all of them. Of a metric and day of which there are none the first of its
    levels alone has: all others would say the same.
    """
    there = set(values.select("metric", "day").unique().iter_rows())
    wanted = [(d, day) for day in days for d in _wanted(view, day, hourly=True)]
    if not view.days or not wanted:
        return values
    without = [(_of_first_level(d), day) for d, day in wanted if (d.metric, day) not in there]
    hours = pl.concat(hours_of_day(day, view.city.timezone).with_columns(day=pl.lit(day)) for day in days)
    clocks = hours.rename({"hour": "starts_at", "hour_utc": "starts_at_utc"})
    feeds = {d.metric: ", ".join(feeds_said_of(view, d)) for d, _ in wanted}
    places = values.select("metric", "area", "area_level", "period", "day", "unit", "target").unique(
        ["metric", "area", "day"]
    )
    lacking = places.join(clocks, on="day").join(values, on=["metric", "area", "starts_at_utc"], how="anti")
    gaps = pl.concat_list(pl.col("metric").replace_strict(feeds, default="", return_dtype=pl.String))
    rows = [
        _rows_without_value(view, without).rename({METRIC_VALUE.day: "day"}).join(clocks, on="day"),
        _absent(lacking.with_columns(reason_code=pl.lit("nothing_in_hour"), reason_gaps=gaps), view),
    ]
    return pl.concat([values, *(frame.select(values.columns) for frame in rows)])


def _of_first_level(definition: MetricDefinition) -> MetricDefinition:
    return definition.model_copy(update={"levels": definition.levels[:1]})


def _rows_without_value(
    view: LedgerView,
    wanted: Sequence[tuple[MetricDefinition, date]],
    made: Mapping[tuple[str, date], bool] = MappingProxyType({}),
) -> pl.DataFrame:
    """Rows of metric.value without a value for these metrics and first days, one for each area of their levels that
    holds on the day.

    A metric that the city cannot have says so for the first of its levels alone. Neighbourhoods do not repeat what
    their districts say of a day on which there is nothing at all: they are hundreds. `made`: the metrics and first days
    of which some area has a row, and whether a neighbourhood has; then each that has none says why.
    """
    city, can_have = view.city, feeds_of_metrics(view.city)
    reasons = pl.DataFrame(
        [
            (d.metric, level, d.period, day, d.unit, city.choices[d.metric].target, *_reason(view, d, level, day, made))
            for d, day in wanted
            for level in (_said_of(d.levels, made.get((d.metric, day), False)) if can_have[d.metric] else d.levels[:1])
        ],
        orient="row",
        schema={
            "metric": pl.String,
            "area_level": pl.String,
            "period": pl.String,
            "period_start": pl.Date,
            "unit": pl.String,
            "target": pl.Float64,
            "reason_code": pl.String,
            "reason_gaps": pl.List(pl.String),
        },
    )
    areas = city.areas.select("valid_from", "valid_to", area="code", area_level="level")
    rows = reasons.join(areas, on="area_level").filter(held_on(pl.col("period_start")))
    return _absent(rows.drop("valid_from", "valid_to"), view)


def _said_of(levels: Sequence[str], some_fine: bool) -> Sequence[str]:
    return levels if some_fine else [level for level in levels if level != _FINE] or levels


def _absent(rows: pl.DataFrame, view: LedgerView) -> pl.DataFrame:
    """Rows that have a reason, with all else that an absent value has."""
    return rows.with_columns(
        city=pl.lit(view.city.name),
        reason=in_english(pl.col("reason_code"), pl.col("reason_gaps")),
        value=pl.lit(None, pl.Float64),
        n=pl.lit(0, pl.Int64),
        expected=pl.lit(None, pl.Float64),
        counted=pl.lit(None, pl.String),
        completeness=pl.lit(0.0),
        status=pl.lit("absent"),
        method=pl.lit(None, pl.String),
        standard=pl.lit(None, pl.String),
        source=pl.lit(view.source),
        batch_ids=pl.lit([], pl.List(pl.String)),
    )


def _wanted(view: LedgerView, day: date, *, hourly: bool = False) -> list[MetricDefinition]:
    """The metrics, of hours or of days and longer periods, of which there must be a row that starts on this day."""
    return [
        d
        for d in view.city.metrics.values()
        if (d.period == "hour") == hourly
        # the day that was due, also where no feed has been worked on for it
        and (view.was_worked_on(d, day) or (not d.of_days and day == view.due.get(d.metric)))
    ]


def _reason(
    view: LedgerView, definition: MetricDefinition, level: str, start: date, made: Container[tuple[str, date]]
) -> Why:
    """The first thing on the metric's way that went wrong, from the feed onwards. Where no area has a row (`made`), it
    is looked for in all of its feeds, and in whether it was computed at all."""
    groups = feeds_of_metrics(view.city)[definition.metric]
    occurs = (view.city.choices.get(name) for name in (definition.metric, definition.entry))
    said = next((one.does_not_occur for one in occurs if one is not None and one.does_not_occur is not None), None)
    if said is not None:
        return Why("does_not_occur", [said])
    if not groups:
        entries = {name: named.entry for name, named in view.city.entries.items()}
        return Why("no_feed", [why_not_had(definition.entry, entries, view.city)])
    if definition.of_days:
        table = f"{definition.subject}_period"
        problem = table_problem(view, definition, table, start)
        if problem is None and (definition.metric, start) not in made:
            problem = no_value_computed(view, definition, table, start)
        return problem or Why("no_valid_day", [definition.of or _parts_said(view, definition)])
    for group in groups:
        problems = [why for feed in group if (why := feed_problem_in(view, definition, feed, start)) is not None]
        if len(problems) == len(group):
            return problems[0]
    if (problem := timetable_missing(view, definition, start)) is not None:
        return problem
    for mart in marts_of_metrics(view.city)[definition.metric]:
        if (problem := table_problem(view, definition, mart.contract.name, start)) is not None:
            return problem
    table = f"{definition.subject}_hour" if definition.period == "hour" else definition.subject
    if (problem := table_problem(view, definition, table, start)) is not None:
        return problem
    if (definition.metric, start) not in made:
        problem = any_feed_problem(view, definition, start) or no_value_computed(view, definition, table, start)
        if problem is not None:
            return problem
    feeds = ", ".join(feeds_said_of(view, definition))
    if level != view.city_level:  # the city needs no reference
        for name in _references(view, definition):
            if (problem := register_problem(view, name, feeds, start)) is not None:
                return problem
    entries = {name: named.entry for name, named in view.city.entries.items()}
    where = readings_asked(definition.entry, entries, view.city.parameters)
    return Why("nothing_for_area", [feeds]) if where is None else Why("nothing_where", [feeds, where])


def _parts_said(view: LedgerView, definition: MetricDefinition) -> str:
    """What a metric over days is made of."""
    return ", ".join(view.city.entries[definition.entry].entry.made_of)


def _references(view: LedgerView, definition: MetricDefinition) -> list[str]:
    """The registers and outlines by which the rows of a metric are put into areas."""
    named = f"{definition.subject}_hour" if definition.period == "hour" else definition.subject
    table = next((t for t in view.tables if isinstance(t, SubjectTable) and t.name == named), None)
    if table is None:
        return []
    readings = chain.from_iterable(
        table.readings.get(part, ()) for part in with_parts([definition.entry], table.entries)
    )
    feeds = chain.from_iterable(one.feeds for one in readings if one.makes_values)
    return list(dict.fromkeys(one.name for one in feeds if one.reference_since is not None))
