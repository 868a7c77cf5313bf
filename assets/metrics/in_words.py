"""An entry in plain words: what is read, and what is done with it, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assets.metrics.entry import Entry, KindRule, PeriodRule, Threshold
from assets.metrics.made_of_others import Derived
from assets.metrics.steps import Aggregation, Formula, SpaceStep, TimeStep

_PER: Mapping[str, str] = {
    "resident": "by the residents of the area",
    "100000_residents": "by the residents of the area, times 100,000",
    "km2": "by the size of the area in km2",
    "person_present": "by the people present in the area",
}
DAYS_IN_WORDS: Mapping[str, str] = {
    "weekday": "working days",
    "saturday": "Saturdays",
    "rest": "Sundays and public holidays",
}
_EXPECTED: Mapping[object, str] = {
    "register": "those of the register",
    "usual": "as many as on days of its kind before",
    None: "those of the register, or as many as on days of its kind before",
}


def steps_in_words(entry: Entry) -> list[str]:
    """One sentence for each step of an entry, in their order."""
    found = list(_made_of(entry.derived) if entry.derived is not None else _read(entry))
    found += [_at_place(step) for step in entry.over_time]
    if entry.over_space is not None:
        found.append(_of_area(entry.over_space))
    if entry.per is not None:
        found.append(f"it is divided {_PER[entry.per]}")
    if entry.in_months is not None:
        months = entry.in_months if isinstance(entry.in_months, str) else ", ".join(map(str, entry.in_months))
        found.append(f"it is defined for the months {months}")
    return found


def rule_in_words(rule: PeriodRule | Threshold, of: str, period: str) -> str:
    """How a metric of a longer period is made of the values of `of`."""
    if isinstance(rule, Threshold):
        what = "share of the days" if rule.as_ == "share" else "number of days"
        how = "above" if rule.above is not None else "of at least"
        limit = rule.limit if isinstance(rule.limit, str) else f"{rule.limit:g}"
        return f"the {what} of the {period} on which {of} is {how} {limit}; {_needs(rule.needs, 'of the days')}"
    quarters, days = ", also in each of the four quarters" if rule.each_quarter else "", days_in_words(rule)
    return f"the {_way(rule)} of {of} over the {days} of the {period}; {_needs(rule.needs, f'of the {days}')}{quarters}"


def days_in_words(rule: PeriodRule | Threshold) -> str:
    """Which days of the period count."""
    return DAYS_IN_WORDS[rule.on] if isinstance(rule, KindRule) else "days"


def _read(entry: Entry) -> Iterator[str]:
    where = "" if entry.where is None else f" where {entry.where}"
    of = "" if entry.every == "day" else f" of a {entry.every}"
    yield f"the readings{of} of {entry.observes}{where} are taken"
    if entry.changing:
        yield f"places at which {' and '.join(entry.changing)} stay the same all day are left out"
    value = entry.value
    said = f"{value.formula} of {', '.join(value.of)}" if isinstance(value, Formula) else str(value)
    yield f"the value of each is {said}"


def _made_of(said: Derived) -> Iterator[str]:
    if said.ratio is not None:
        yield f"{said.ratio[0]} is divided by {said.ratio[1]}"
    if said.difference is not None:
        yield f"{said.difference[1]} is taken from {said.difference[0]}"
    if said.weighted_mean is not None:
        mean = said.weighted_mean
        yield f"the mean of {mean.of} over the areas of level {mean.level}, weighted by {mean.by}"
        yield _needs(mean.needs, "of the people")
    if said.index is not None:
        rows = ", ".join(f"{row} from {metric}" for row, metric in said.index.of.items())
        yield f"the index {said.index.standard} is read from its table: {rows}"
    if said.expression is not None:
        yield f"it is {said.expression}"


def _at_place(step: TimeStep) -> str:
    to = f"over the last {step.rolling_hours} hours" if step.rolling_hours is not None else f"of each {step.to}"
    of = "" if step.of is None else f" of {step.of}"
    return f"at each place the {_way(step)} {to}; {_needs(step.needs, f'of its parts{of}')}"


def _of_area(step: SpaceStep) -> str:
    if step.as_ == "reporting":
        return f"the share of the {step.counts} of each area that report, of those of the register"
    if step.counts == "areas" and step.as_ == "max":  # of a mart with one row for each area
        return "each area has the value of its own row"
    expected = _EXPECTED.get(step.expects, str(step.expects))
    way = _way(step) if step.weight is None else f"{_way(step)} weighted by {step.weight}"
    of = "areas within" if step.counts == "areas" else f"{step.counts} of"
    return f"the {way} of the {of} each area; {_needs(step.needs, f'of them ({expected})')}"


def _needs(share: float, of: str) -> str:
    return f"{share * 100:g} % {of} are needed"


def _way(step: Aggregation) -> str:
    if step.as_ == "quantile" and step.quantile is not None:
        return f"p{step.quantile * 100:g}"
    return {
        "max": "highest",
        "min": "lowest",
        "mean_of_all": "sum by all days",
        "unchanged": "whether all are the same",
    }.get(step.as_, step.as_.replace("_", " "))
