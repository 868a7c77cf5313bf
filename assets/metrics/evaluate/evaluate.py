"""Observed rows to measured values, of all metrics that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.afterwards import finished
from assets.metrics.evaluate.at_place import DAY, HOUR, HOUR_UTC, AtPlace, at_places
from assets.metrics.evaluate.derived import derived_rows
from assets.metrics.evaluate.judged import measured_rows
from assets.metrics.evaluate.over_space import expected_places, over_areas, with_expected
from assets.metrics.evaluate.planner import Pass, made_from, metrics_needed, passes
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.evaluate.united import united_feeds
from assets.metrics.measured import MEASURED
from assets.metrics.observed import Observed

DIGITS = 12  # significant: the last ones of a float sum depend on the order in which the rows were added


def evaluate_metrics(
    wanted: Collection[str],
    entries: Mapping[str, Entry],
    observed: Mapping[str, Sequence[Observed]],
    days: Sequence[date],
    setting: CitySetting,
) -> pl.DataFrame:
    """The metrics `wanted` on `days`, in MEASURED: of each hour for hourly entries, else of each day.

    entries: by metric; at least those wanted and the parts that they are made of. observed: by metric that is not
    derived; a metric without rows has no values. A day on which no feed of a metric has a row is left out; an area with
    registered places of which none has a row is not. Values are not judged: `assets.metrics.measured.stands` says which
    can be shown.
    """
    needed = metrics_needed(wanted, entries, setting)
    work = passes(needed, entries, united_feeds(observed), setting.parameters)
    frames = pl.collect_all([frame for one in work for frame in measured_of(one, days, setting)])
    names = [made.metric for one in work for made in one.metrics]
    made = with_derived(needed, entries, dict(zip(names, frames, strict=True)), setting)
    shown = [
        rows.filter(pl.col("area_level").is_in(entries[metric].levels))
        for metric, rows in made.items()
        if metric in wanted
    ]
    return rounded(pl.concat([MEASURED.to_frame(), *shown])).sort(MEASURED.names()[:6])


def measured_of(work: Pass, days: Sequence[date], setting: CitySetting) -> list[pl.LazyFrame]:
    """Each metric of a pass, in MEASURED, before it is divided by anything."""
    return areas_of(work, [last_of(at_places(work, one, days, setting)) for one in work.observed], days, setting)


def areas_of(work: Pass, places: Sequence[AtPlace], days: Sequence[date], setting: CitySetting) -> list[pl.LazyFrame]:
    """Each metric of a pass in MEASURED, from its values at places."""
    areas = over_areas(work, places, setting)
    if work.hourly:
        there = pl.concat([at.rows.select(DAY, HOUR, HOUR_UTC) for at in places]).unique()
    else:
        there = pl.concat([one.rows.select(DAY) for one in work.observed]).unique()
    present = there.filter(pl.col(DAY).is_in(list(days)))
    found = list[pl.LazyFrame]()
    for made in work.metrics:
        expected = expected_places(work, made, days, setting)
        counted = with_expected(areas, made, expected, present)
        if not work.hourly:  # a running window may reach into a day that has no rows
            counted = counted.join(present, on=DAY, how="semi")
        found.append(measured_rows(work, made, counted, areas.parts, setting))
    return found


def with_derived(
    needed: Sequence[str], entries: Mapping[str, Entry], made: Mapping[str, pl.DataFrame], setting: CitySetting
) -> dict[str, pl.DataFrame]:
    """All metrics needed, of those that are made of rows: divided, left out in other months, and made of each other."""
    done = dict[str, pl.DataFrame]()
    units = {metric: entry.unit for metric, entry in entries.items()}
    for metric in needed:
        entry = entries[metric]
        parts = {part: done[part] for part in made_from(entry, setting) if part in done}
        rows = made.get(metric)
        if entry.derived is not None:
            rows = derived_rows(metric, entry, parts, units, setting)
        if rows is not None:
            done[metric] = finished(rows, entry, parts, setting)
    return done


def rounded(rows: pl.DataFrame) -> pl.DataFrame:
    """Values to the digits that do not depend on the order of rows."""
    return rows.with_columns(pl.col("value", "covered", "expected").round_sig_figs(DIGITS))


def last_of(steps: Iterable[AtPlace]) -> AtPlace:
    """The last of the steps at a place."""
    *_, last = steps
    return last
