"""The frames of each step of one metric, for people who ask how a figure came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.observed import Observed


@dataclass(frozen=True)
class Step:
    """One step of a metric: which metric, what was done, and the rows that it left."""

    metric: str
    title: str  # such as "readings", "to day: mean, needs 75 %", "stations of each area: mean, needs 75 %"
    rows: pl.DataFrame


def trace(
    metric: str,
    entries: Mapping[str, Entry],
    observed: Mapping[str, Sequence[Observed]],
    days: Sequence[date],
    setting: CitySetting,
) -> tuple[Step, ...]:
    """All steps of a metric in their order, those of its parts first; the last one is in MEASURED."""
    del metric, entries, observed, days, setting
    return ()
