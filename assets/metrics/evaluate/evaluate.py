"""Observed rows to measured values, of all metrics that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.afterwards import finished
from assets.metrics.evaluate.at_place import AtPlace, at_places
from assets.metrics.evaluate.derived import derived_rows
from assets.metrics.evaluate.flagged import PlaceFlags
from assets.metrics.evaluate.judged import measured_rows
from assets.metrics.evaluate.over_space import counting, over_areas
from assets.metrics.evaluate.planner import Pass, made_from, metrics_needed, passes
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.evaluate.united import united_feeds
from assets.metrics.evaluate.witnessed import held_against, remarks_of_parts
from assets.metrics.measured import DIGITS, MEASURED
from assets.metrics.observed import Observed


def evaluate_metrics(
    wanted: Collection[str],
    entries: Mapping[str, Entry],
    observed: Mapping[str, Sequence[Observed]],
    days: Sequence[date],
    setting: CitySetting,
    verdicts: Mapping[str, Sequence[pl.DataFrame]] = MappingProxyType({}),
    flags: Mapping[str, PlaceFlags] = MappingProxyType({}),
) -> pl.DataFrame:
    """The metrics `wanted` on `days`, in MEASURED: of each hour for hourly entries, else of each day.

    entries: by metric; at least those wanted and the parts that they are made of. observed: by metric that is not
    derived; a metric without rows has no values. verdicts: by metric what its witness, and the watch of
    corrections, say of it (VERDICTS of witnessed.py). flags: by metric, which places count where not all do. A day on
    which no feed of a metric has a row is left out; an area with registered places of which none has a row is not.
    Values are not judged: `assets.metrics.measured.stands` says which can be shown.
    """
    needed = metrics_needed(wanted, entries, setting)
    setting = replace(setting, levels=_levels(needed, entries))
    work = passes(needed, entries, united_feeds(observed), setting.parameters, flags)
    places = [[last_of(at_places(one, source, days, setting)) for source in one.observed] for one in work]
    parts = [counting(one, at, days, setting) for one, at in zip(work, places, strict=True)]
    frames = iter(pl.collect_all([frame for part in parts for frame in part]))
    made = dict[str, pl.DataFrame]()
    for one, at in zip(work, places, strict=True):
        made |= measured_of(one, over_areas(one, next(frames), next(frames), next(frames)), at[0].parts, setting)
    done = with_derived(needed, entries, made, setting, verdicts)
    shown = [
        done[metric].filter(pl.col("area_level").is_in(entries[metric].levels))
        for metric in sorted(wanted)
        if metric in done
    ]
    return rounded(pl.concat([MEASURED.to_frame(), *shown]))


def _levels(metrics: Iterable[str], entries: Mapping[str, Entry]) -> frozenset[str]:
    """The levels of areas that some metric is given for, or made from: a city may have hundreds of neighbourhoods."""
    found = {level for metric in metrics for level in entries[metric].levels}
    weighted = (said.weighted_mean for metric in metrics if (said := entries[metric].derived) is not None)
    return frozenset(found | {said.level for said in weighted if said is not None})


def measured_of(work: Pass, areas: pl.DataFrame, parts: str, setting: CitySetting) -> dict[str, pl.DataFrame]:
    """Each metric of a pass in MEASURED, before it is divided by anything. `parts`: what was counted at places."""
    return {made.metric: measured_rows(work, made, areas, parts, setting) for made in work.metrics}


def with_derived(
    needed: Sequence[str],
    entries: Mapping[str, Entry],
    made: Mapping[str, pl.DataFrame],
    setting: CitySetting,
    verdicts: Mapping[str, Sequence[pl.DataFrame]] = MappingProxyType({}),
) -> dict[str, pl.DataFrame]:
    """All metrics needed, of those that are made of rows: divided, left out in other months, held against their
    witness, and made of each other."""
    done = dict[str, pl.DataFrame]()
    units = {metric: entry.unit for metric, entry in entries.items()}
    for metric in needed:
        entry = entries[metric]
        parts = {part: done[part] for part in made_from(entry, setting) if part in done}
        rows = made.get(metric)
        if entry.derived is not None:
            rows = remarks_of_parts(derived_rows(metric, entry, parts, units, setting), entry, parts)
        if rows is not None:
            done[metric] = held_against(finished(rows, entry, parts, setting), verdicts.get(metric, ()), setting.city)
    return done


def rounded(rows: pl.DataFrame) -> pl.DataFrame:
    """Values to the digits that do not depend on the order of rows."""
    return rows.with_columns(pl.col("value", "covered", "expected").round_sig_figs(DIGITS))


def last_of(steps: Iterable[AtPlace]) -> AtPlace:
    """The last of the steps at a place."""
    *_, last = steps
    return last
