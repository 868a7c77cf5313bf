"""What is not there, and why: absent metric values with their reasons.

Absence is derived from the ledger when the file is published, so that it is right also when a run died.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from assets.derive.measuring import hours_of_day
from assets.derive.parts import feeds_of_metrics, marts_of_metrics, readings_asked, why_not_had, with_parts
from assets.derive.subjects import SubjectTable
from assets.formulas.boundaries import held_on
from assets.metrics.definition import MetricDefinition
from assets.metrics.feeds import computes_supply
from assets.metrics.reasons import in_english
from assets.publication.ledger_view import PERIODS, LedgerView
from assets.publication.metric_columns import METRIC_VALUE
from quality.contract.due import first_due
from quality.contract.interval import first_of_period, last_of_period

_FINE = "neighbourhood"  # the level of which there are hundreds of areas


class Why(NamedTuple):
    """A reason: its code, and what stands in its gaps (assets/metrics/reasons.py)."""

    code: str
    gaps: list[str]


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
    return [d.metric for d in wanted], sorted(view.verdicts.get(day, {}).items()), sorted(feeds, key=repr)


def add_absent(values: pl.DataFrame, view: LedgerView, days: Sequence[date]) -> pl.DataFrame:
    """The `values` of these days, and a row with the reason for each that should be there and is not."""
    if not view.due:
        return values
    fine = values.filter(pl.col("area_level") == _FINE).select("metric", METRIC_VALUE.day).unique()
    absent = _rows_without_value(view, [(d, day) for day in days for d in _wanted(view, day)], set(fine.iter_rows()))
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
    feeds = {d.metric: ", ".join(_feeds_of(view, d)) for d, _ in wanted}
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
    fine: Container[tuple[str, date]] = (),
) -> pl.DataFrame:
    """Rows of metric.value without a value for these metrics and first days, one for each area of their levels that
    holds on the day.

    A metric that the city cannot have says so for the first of its levels alone. Neighbourhoods do not repeat what
    their districts say of a day on which there is nothing at all: they are hundreds. `fine`: the metrics and first days
    of which some neighbourhood has a row; each that has none says why.
    """
    city, can_have = view.city, feeds_of_metrics(view.city)
    reasons = pl.DataFrame(
        [
            (d.metric, level, d.period, day, d.unit, city.choices[d.metric].target, *_reason(view, d, level, day))
            for d, day in wanted
            for level in (_said_of(d.levels, (d.metric, day) in fine) if can_have[d.metric] else d.levels[:1])
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


def _reason(view: LedgerView, definition: MetricDefinition, level: str, start: date) -> Why:
    """The first thing on the metric's way that went wrong, from the feed onwards."""
    groups = feeds_of_metrics(view.city)[definition.metric]
    occurs = (view.city.choices.get(name) for name in (definition.metric, definition.entry))
    said = next((one.does_not_occur for one in occurs if one is not None and one.does_not_occur is not None), None)
    if said is not None:
        return Why("does_not_occur", [said])
    if not groups:
        entries = {name: named.entry for name, named in view.city.entries.items()}
        return Why("no_feed", [why_not_had(definition.entry, entries, view.city)])
    if definition.of_days:
        problem = _table_problem(view, definition, f"{definition.subject}_period", start)
        return problem or Why("no_valid_day", [definition.of or _parts_said(view, definition)])
    for group in groups:
        problems = [why for feed in group if (why := _feed_problem_in(view, definition, feed, start)) is not None]
        if len(problems) == len(group):
            return problems[0]
    if (problem := _timetable_missing(view, definition, start)) is not None:
        return problem
    for mart in marts_of_metrics(view.city)[definition.metric]:
        if (problem := _table_problem(view, definition, mart.contract.name, start)) is not None:
            return problem
    table = f"{definition.subject}_hour" if definition.period == "hour" else definition.subject
    if (problem := _table_problem(view, definition, table, start)) is not None:
        return problem
    feeds = ", ".join(_feeds_of(view, definition))
    if level != view.city_level:  # the city needs no reference
        for name in _references(view, definition):
            if (problem := _register_problem(view, name, feeds, start)) is not None:
                return problem
    entries = {name: named.entry for name, named in view.city.entries.items()}
    where = readings_asked(definition.entry, entries, view.city.parameters)
    return Why("nothing_for_area", [feeds]) if where is None else Why("nothing_where", [feeds, where])


def _parts_said(view: LedgerView, definition: MetricDefinition) -> str:
    """What a metric over days is made of."""
    return ", ".join(view.city.entries[definition.entry].entry.made_of)


def _feeds_of(view: LedgerView, definition: MetricDefinition) -> list[str]:
    """The feeds that a metric is made of, each once."""
    return list(dict.fromkeys(feed for group in feeds_of_metrics(view.city)[definition.metric] for feed in group))


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


def _table_problem(view: LedgerView, definition: MetricDefinition, table: str, day: date) -> Why | None:
    """Why a derived table has no rows on a day; None where its gate did not close."""
    verdict, details = view.verdict(table, day)
    if verdict == "ERROR":
        return Why("could_not_compute", [definition.metric, table, details])
    return Why("gate_closed", [table, verdict, details]) if verdict == "BLOCK" else None


def _feed_problem_in(view: LedgerView, definition: MetricDefinition, feed: str, start: date) -> Why | None:
    """Why a feed has no rows in the period of a metric that begins on `start`; None if it has."""
    contract = view.city.contracts[feed]
    if definition.period not in PERIODS:
        return _feed_problem(view, feed, first_of_period(start, contract.every))
    first, last = first_of_period(start, contract.every), last_of_period(start, definition.period)
    days = view.days_of(feed, first, last)
    problems = [_feed_problem(view, feed, day) for day in days]
    if None in problems:
        return None
    return problems[-1] if problems else _feed_problem(view, feed, first)


def _feed_problem(view: LedgerView, feed: str, day: date) -> Why | None:
    """Why a feed has no rows on a day; None if it has."""
    if (said := view.not_there(feed, day)) is not None:
        return Why(*said)
    verdict, details = view.verdict(feed, day)
    if verdict in ("BLOCK", "ERROR"):
        return Why("gate_closed", [feed, verdict, details])
    if verdict is not None:
        return None
    if (error := view.pull_error(feed, day)) is not None:
        return Why("gave_nothing", [feed, error])
    if view.covered(feed, day):
        return Why("not_worked_on", [feed])
    if (ended := _timetable_over(view, feed, day)) is not None:
        return ended
    begins = first_due(view.city.contracts[feed]) if feed in view.city.contracts else None
    if begins is not None and day < begins:
        return Why("before_first_day", [feed, str(begins)])
    lag = view.city.contracts[feed].lag_days if feed in view.city.contracts else 0
    return Why("not_delivered_yet", [feed, str(lag)]) if lag else Why("not_delivered", [feed])


def _timetable_over(view: LedgerView, feed: str, day: date) -> Why | None:
    """The days of a timetable's services have run out; None of other feeds."""
    contract, spans = view.city.contracts.get(feed), view.spans.get(feed)
    if contract is None or not spans or not computes_supply(contract, view.city):
        return None
    last = max(until for _, until in spans)
    return Why("timetable_over", [feed, str(last)]) if day > last else None


def _timetable_missing(view: LedgerView, definition: MetricDefinition, day: date) -> Why | None:
    """Services run on the day, and no timetable that holds on it says where they stop."""
    for feed in _feeds_of(view, definition):
        contract = view.city.contracts[feed]
        if computes_supply(contract, view.city):
            timetable = contract.register_ or ""
            since = view.city.contracts[timetable].reference_since
            if timetable not in view.references or (since is not None and day < since):
                return Why("timetable_missing", [timetable, feed])
    return None


def _register_problem(view: LedgerView, name: str, feeds: str, day: date) -> Why | None:
    """Why a register or outlines, by which `feeds` are put into areas, cannot be used on a day; None if they can."""
    since = view.city.contracts[name].reference_since
    verdict, details = view.verdict(name, since)
    if name not in view.references:
        closed = Why("register_closed", [name, verdict or "", details, feeds])
        return Why("register_missing", [name, feeds]) if verdict is None else closed
    return Why("register_later", [name, str(since), feeds]) if since is not None and day < since else None
