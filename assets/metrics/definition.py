"""The metrics that an entry declares: one for each published id, with one period each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from assets.metrics.entry import Comparability, Direction, Entry, KindRule, LongPeriod, Period, PeriodRule, Threshold
from assets.metrics.in_words import days_in_words
from assets.metrics.standard import Standard
from assets.metrics.titles import title_above, title_of_kind, title_of_period
from quality.contract.base import FrozenModel
from quality.contract.mistakes import Mistake
from quality.contract.texts import Texts
from quality.contract.yaml_file import line_of

M = TypeVar("M", bound=FrozenModel)

MOST_DAYS: Mapping[LongPeriod, int] = {"week": 7, "month": 31, "quarter": 92, "year": 366, "trailing_year": 366}
IN_WORDS: Mapping[str, str] = {
    "mean": "Mean of the daily values of the {period}",
    "energy_mean": "Energy mean of the daily values of the {period}",
    "sum": "Sum of the daily values of the {period}",
    "max": "Highest daily value of the {period}",
    "min": "Lowest daily value of the {period}",
    "median": "Median of the daily values of the {period}",
    "quantile": "Quantile of the daily values of the {period}",
    "last": "Last daily value of the {period}",
    "reporting": "Number of daily values of the {period}",
    "mean_of_all": "Sum of the daily values by all days of the {period}: a day without a value counts as 0",
}


class MetricDefinition(FrozenModel):
    """One metric as it is published: an id, and one period."""

    metric: str  # the id
    entry: str  # the name of the entry that declares it
    subject: str  # the table it is computed in: the name of the entry's file
    period: Period
    title: Texts
    formula: str  # in words
    unit: str
    direction: Direction  # which way is better
    levels: tuple[str, ...]
    possible: tuple[float, float]  # outside, the value is held back, alone
    usual: tuple[float, float] | None  # outside, it is a warning
    min_completeness: float  # the share that its last step needs
    counts: str  # of what completeness is the share: stations, days, people
    comparability: Comparability
    reads: Texts | None = None
    not_: Texts | None = None  # what it cannot say
    proxy: str | None = None  # why the value stands for something it does not measure exactly
    standard: Standard | None = None
    codes: tuple[Standard, ...] = ()  # what other standards call the same indicator
    of: str | None = None  # longer periods: the metric whose values they are made of
    rule: PeriodRule | Threshold | None = None  # longer periods: how
    over_days: bool = False  # it is made of such metrics of its own period: a ratio of two sums of the month

    @property
    def of_days(self) -> bool:
        """Its period is longer than what it is made of: values of days, or of hours."""
        return self.rule is not None or self.over_days


@dataclass(frozen=True)
class NamedEntry:
    """An entry with its name, its subject, and the file that it stands in."""

    name: str
    subject: str
    entry: Entry
    path: Path

    @cached_property
    def metrics(self) -> tuple[MetricDefinition, ...]:
        """The metric of the day (or hour) itself, then those of its longer periods and thresholds."""
        return tuple(_metrics_of(self))

    @property
    def longer_ids(self) -> tuple[str, ...]:
        """The ids of its metrics of longer periods, those of kinds of days among them, without those of thresholds."""
        of_all_days = (period_id(self.name, period, rule) for period, rule in self.entry.periods.items())
        return (*of_all_days, *self.entry.kinds_of_days)

    def mistake(self, what: str, hint: str = "", *key: str | int, warning: bool = False) -> Mistake:
        """Something that is wrong at a key of the entry."""
        loc = (self.name, *key)
        return Mistake(what, self.path, line_of(self.path, loc), ".".join(map(str, loc)), hint, warning)

    def in_language(self, plain: str) -> NamedEntry:
        """The same with the language of texts that have none."""
        entry = self.entry
        periods = {name: _said_in(rule, plain) for name, rule in entry.periods.items()}
        thresholds = {name: _said_in(threshold, plain) for name, threshold in entry.thresholds.items()}
        kinds = {name: _said_in(rule, plain) for name, rule in entry.kinds_of_days.items()}
        return replace(
            self,
            entry=_said_in(entry, plain).model_copy(
                update={"periods": periods, "thresholds": thresholds, "kinds_of_days": kinds}
            ),
        )


def _metrics_of(named: NamedEntry) -> Iterator[MetricDefinition]:
    base = _base(named)
    yield base
    for period, rule in named.entry.periods.items():
        yield _longer(base, period, rule)
    for metric, rule in named.entry.kinds_of_days.items():
        title = title_of_kind(base.title, rule.on)
        yield _longer(base.model_copy(update={"title": title}), rule.period, rule.model_copy(update={"metric": metric}))
    for metric, threshold in named.entry.thresholds.items():
        yield _above(base, metric, threshold)


def period_id(name: str, period: LongPeriod, rule: PeriodRule) -> str:
    """The id of the metric of a longer period."""
    return rule.metric or f"{name}_{period}"


def _said_in(part: M, plain: str) -> M:
    """The part of an entry, where its plain texts have this language."""
    texts = {
        name: text.of_pack(plain) for name in type(part).model_fields if isinstance(text := getattr(part, name), Texts)
    }
    return part.model_copy(update=texts)


def _base(named: NamedEntry) -> MetricDefinition:
    entry = named.entry
    needs, counts = _last_step(entry)
    return MetricDefinition(
        metric=named.name,
        entry=named.name,
        subject=named.subject,
        period=entry.span,
        title=entry.title,
        formula=entry.formula,
        unit=entry.unit,
        direction=entry.direction,
        levels=entry.levels,
        possible=entry.possible,
        usual=entry.usual,
        min_completeness=needs,
        counts=counts,
        comparability=entry.comparability,
        reads=entry.reads,
        not_=entry.not_,
        proxy=entry.proxy,
        standard=None if entry.standard == "none" else entry.standard,
        codes=entry.codes,
    )


def _last_step(entry: Entry) -> tuple[float, str]:
    if entry.over_space is not None:
        return entry.over_space.needs, entry.over_space.counts
    weighted = None if entry.derived is None else entry.derived.weighted_mean
    return (1.0, "metrics") if weighted is None else (weighted.needs, "people")


def _longer(base: MetricDefinition, period: LongPeriod, rule: PeriodRule) -> MetricDefinition:
    days = MOST_DAYS[period]
    possible = (min(base.possible[0], base.possible[0] * days), max(base.possible[1], base.possible[1] * days))
    quarters, days = "; of each quarter too" if rule.each_quarter else "", days_in_words(rule)
    whole = f"{_words(period)}, of its {days}" if isinstance(rule, KindRule) else _words(period)
    return _of(base, period, rule).model_copy(
        update={
            "metric": period_id(base.entry, period, rule),
            "title": title_of_period(base.title, period, rule.as_).with_(rule.title),
            "formula": f"{IN_WORDS[rule.as_].format(period=whole)} ({rule.needs:.0%} of the {days}{quarters})",
            "unit": rule.unit or base.unit,
            "possible": rule.possible or (possible if rule.as_ == "sum" else base.possible),
            "usual": None if rule.as_ == "sum" else base.usual,
            "standard": rule.standard or base.standard,
            "codes": base.codes if rule.codes is None else rule.codes,
        }
    )


def _above(base: MetricDefinition, metric: str, threshold: Threshold) -> MetricDefinition:
    days = MOST_DAYS[threshold.period]
    how = "above" if threshold.above is not None else "of at least"
    limit = threshold.limit if isinstance(threshold.limit, str) else f"{threshold.limit:g} {base.unit}"
    share = threshold.as_ == "share"
    what = "Share of the days" if share else "Days"
    return _of(base, threshold.period, threshold).model_copy(
        update={
            "metric": metric,
            "title": title_above(base.title, threshold.period, limit, share=share).with_(threshold.title),
            "formula": threshold.formula or f"{what} with a daily value {how} {limit}",
            "unit": "%" if share else "days",
            "direction": threshold.direction or base.direction,
            "possible": (0.0, 100.0 if share else float(days)),
            "usual": None,
            "standard": threshold.standard or _without_code(base.standard),
            "codes": threshold.codes,
        }
    )


def _without_code(standard: Standard | None) -> Standard | None:
    """A standard that has no number for the daily value: one that has means the value, and not days above a limit."""
    return standard if standard is not None and standard.code is None else None


def _of(base: MetricDefinition, period: LongPeriod, rule: PeriodRule | Threshold) -> MetricDefinition:
    return base.model_copy(
        update={"period": period, "min_completeness": rule.needs, "counts": "days", "of": base.metric, "rule": rule}
    )


def _words(period: LongPeriod) -> str:
    return "12 months before" if period == "trailing_year" else period
