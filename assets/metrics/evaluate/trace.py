"""The frames of each step of one metric, for people who ask how a figure came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.aggregates import AREA, way_of
from assets.metrics.evaluate.at_place import (
    AtPlace,
    at_places,
    flagged_column,
    there_column,
    value_column,
    whole_column,
)
from assets.metrics.evaluate.evaluate import measured_of, rounded, with_derived
from assets.metrics.evaluate.flagged import PlaceFlags
from assets.metrics.evaluate.over_space import counting, over_areas
from assets.metrics.evaluate.planner import Pass, metrics_needed, passes
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.evaluate.united import united_feeds
from assets.metrics.measured import MEASURED
from assets.metrics.observed import Observed


@dataclass(frozen=True)
class TracedStep:
    """One step of a metric: what was done, and the rows that it left.

    At places the rows have the columns of what one place is, the times, `_area`, `_registered` and `value`, and where
    parts were counted `there` and `expected`. From the areas on they are in MEASURED.
    """

    metric: str
    title: str  # such as "readings", "to day: mean, needs 75 %", "stations of each area: mean, needs 75 %"
    feed: str | None  # of which feed, at places
    rows: pl.DataFrame


def trace(
    metric: str,
    entries: Mapping[str, Entry],
    observed: Mapping[str, Sequence[Observed]],
    days: Sequence[date],
    setting: CitySetting,
    area: str | None = None,
    verdicts: Mapping[str, Sequence[pl.DataFrame]] = MappingProxyType({}),
    flags: Mapping[str, PlaceFlags] = MappingProxyType({}),
) -> tuple[TracedStep, ...]:
    """All steps of a metric in their order, those of its parts first; the last one is what `evaluate_metrics` gives.

    area: only its places are shown, and of areas it alone and those that lie in it. verdicts, flags: as of
    `evaluate_metrics`.
    """
    needed = metrics_needed([metric], entries, setting)
    inside = _leaves(area, setting)
    made, steps = dict[str, pl.DataFrame](), list[TracedStep]()
    sources = united_feeds(observed)
    for name in needed:
        for work in passes([name], entries, sources, setting.parameters, flags):
            made[name] = _observed(name, work, days, setting, inside, steps)
        judged = bool(verdicts.get(name))
        if entries[name].derived is not None or entries[name].per or entries[name].in_months or judged:
            done = with_derived(needed, entries, made, setting, verdicts).get(name)
            if done is not None:
                steps.append(TracedStep(name, _title(entries[name], judged=judged), None, _within(done, inside)))
    return tuple(steps)


def _observed(
    name: str,
    work: Pass,
    days: Sequence[date],
    setting: CitySetting,
    inside: frozenset[str] | None,
    steps: list[TracedStep],
) -> pl.DataFrame:
    """The areas of a metric that is made of rows; its steps are added to `steps`."""
    last = list[AtPlace]()
    for one in work.observed:
        at = None
        for at in at_places(work, replace(one, unplaced=None), days, setting):
            only = [setting.city] if inside is None and one.of_areas else None if inside is None else sorted(inside)
            shown = at.rows if only is None else at.rows.filter(pl.col(AREA).is_in(only))
            plain = shown.sort(at.keys).rename(_plain(name), strict=False).drop(flagged_column(name), strict=False)
            steps.append(TracedStep(name, at.title, one.feed, plain.collect()))
        if at is not None:
            last.append(at)
    areas = over_areas(work, *pl.collect_all(counting(work, last, days, setting)))
    rows = measured_of(work, areas, last[0].parts, setting)[name]
    space = work.metrics[0].space
    title = f"{space.counts} of each area: {way_of(space)}, needs {space.needs * 100:g} %"
    steps.append(TracedStep(name, title, None, _within(rows, inside)))
    return rows


def _plain(metric: str) -> dict[str, str]:
    return {value_column(metric): "value", there_column(metric): "there", whole_column(metric): "expected"}


def _within(rows: pl.DataFrame, inside: frozenset[str] | None) -> pl.DataFrame:
    shown = rows if inside is None else rows.filter(pl.col("area").is_in(sorted(inside)))
    return rounded(shown).sort(MEASURED.names()[:6])


def _leaves(area: str | None, setting: CitySetting) -> frozenset[str] | None:
    """An area and all that lie in it; None: the whole city, with places that lie in none of its areas."""
    if area is None or area == setting.city:
        return None
    return frozenset(setting.inside.filter(pl.col("area") == area)["_area"])


def _title(entry: Entry, *, judged: bool) -> str:
    said = entry.derived
    what = [] if said is None else [f"{next(iter(said.model_fields_set))} of {', '.join(entry.made_of)}"]
    what += [f"per {entry.per}"] if entry.per else []
    what += ["in the months it is defined for"] if entry.in_months else []
    what += ["held against the witness of its network, or its correction"] if judged else []
    return ", ".join(what)
