"""Metrics of days, where readings are of a month, quarter or year: the entry of that period that they give.

An author writes metrics of days with their longer `periods`. Where a city's readings are of the period itself
(`assets/pack/of_periods.py` finds it), the metric of the period is an entry with `every`: a reading of a month gives a
value of that month. There is none of its days, and none that pretends to be of one.
"""

from __future__ import annotations

import re
from typing import Any

from assets.metrics.entry import Entry, OwnEntry, PeriodRule
from quality.contract.interval import Every

_ALIKE = ("mean", "sum", "max", "min")  # of parts of a period and of its whole: the sum of sums is a sum
# a column, or a multiple of it: a mean of months of anything else is not that of the readings behind them
_LINEAR = re.compile(r"[a-z][a-z0-9_]*( [*/] [0-9.]+)?")


def made_alike(entry: Entry, rule: PeriodRule) -> bool:
    """Whether readings of a period are what the rule would make of its days: days come from readings as the period
    comes from days. So a monthly mean is one of days, and a month's highest day no mean of the highest of its days."""
    if entry.observes is None or not isinstance(entry.value, str) or len(entry.over_time) != 1:
        return False
    (step,) = entry.over_time
    return (
        step.to == "day" and step.as_ == rule.as_ and step.as_ in _ALIKE and _LINEAR.fullmatch(entry.value) is not None
    )


def of_period(entry: Entry, every: Every, rule: PeriodRule, **narrowed: Any) -> Entry:
    """The entry of the metric of a longer period as readings of that period give it."""
    said: dict[str, Any] = {
        "every": every,
        "over_time": (),
        "periods": {},
        "thresholds": {},
        "kinds_of_days": {},
        "unit": rule.unit or entry.unit,
        "standard": rule.standard or entry.standard,
        "codes": entry.codes if rule.codes is None else rule.codes,
    }
    if isinstance(entry, OwnEntry):  # what it aims at is of a day
        said |= {"target": None, "target_source": None}
    return entry.model_copy(update=said | narrowed)
