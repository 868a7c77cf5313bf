"""One entry of a metric, as its author writes it: what it observes, and by which steps readings become a figure.

Readings of a model are taken through declared steps: `where` and `value` of each reading, `over_time` at one place,
`over_space` in one area, `per` people or land, and `periods` and `thresholds` of the daily values. An entry of a month,
quarter or year (`every`) has readings and values of that period, and nothing shorter. A derived entry is made of other
metrics. Nothing here is bound to a feed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Literal, Self

from pydantic import Field, model_validator

from assets.metrics.made_of_others import Derived
from assets.metrics.sql import Sql, parameters_in
from assets.metrics.standard import Standard
from assets.metrics.steps import Aggregate, Aggregation, Formula, SpaceStep, TimeStep
from quality.contract.base import FrozenModel, Number, Said, Truth, Whole
from quality.contract.interval import Every
from quality.contract.texts import Texts

Period = Literal["hour", "day", "week", "month", "quarter", "year", "trailing_year"]
LongPeriod = Literal["week", "month", "quarter", "year", "trailing_year"]
Per = Literal["resident", "100000_residents", "km2", "person_present"]
Comparability = Literal["X0", "X1", "X2", "X3"]
PEOPLE_PRESENT = "living_population"  # the metric that `per: person_present` divides by
_OF_DAYS = ("over_time", "changing", "hourly", "periods", "thresholds", "kinds_of_days")
_OF_READINGS = ("where", "changing", "value", "over_time", "over_space", "feeds", "of_night", "declared")
Direction = Literal["lower", "higher", "none"]
_LIMIT = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]+")


class PeriodRule(Aggregation):
    """A longer period of the daily values (of the hourly ones: the day)."""

    as_: Aggregate | Literal["mean_of_all"] = Field(
        default="mean", alias="as", description="How days become one; mean_of_all: a day without a value counts as 0."
    )
    metric: str | None = Field(default=None, description="Its name, where it is not <metric>_<period>.")
    title: Texts | None = Field(default=None, description="Where it is not made of that of the day.")
    each_quarter: Truth = Field(default=False, description="`needs` holds in each of the four quarters too.")
    possible: tuple[Number, Number] | None = Field(default=None, description="Where it is not made of that of the day.")
    unit: str | None = Field(default=None, description="Where it is not that of the day.")
    standard: Standard | None = Field(default=None, description="Where it is not that of the day.")
    codes: tuple[Standard, ...] | None = Field(default=None, description="Where they are not those of the day.")

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.possible is not None and self.possible[0] >= self.possible[1]:
            low, high = self.possible
            raise ValueError(f"nothing is possible from {low:g} to {high:g}; write the lower end first")
        return self


class Threshold(FrozenModel):
    """Days of a period on which the daily value is above a limit."""

    above: Number | str | None = Field(default=None, description="A number, or a limit such as who_2021.pm25_24h.")
    reaches: Number | str | None = Field(default=None, description="As `above`, where the limit itself counts too.")
    as_: Literal["days", "share"] = Field(default="days", alias="as", description="Days, or their share in %.")
    period: LongPeriod = Field(default="month", description="The period whose days are counted.")
    needs: Number = Field(default=0.9, gt=0, le=1, description="The share of the days that must have a value.")
    title: Texts | None = Field(default=None, description="Where it is not made of that of the day.")
    formula: Said | None = Field(default=None, description="In words, how it is computed.")
    direction: Direction | None = Field(default=None, description="Which way is better, where not as the daily value.")
    standard: Standard | None = Field(default=None, description="Whose limit it is.")
    codes: tuple[Standard, ...] = Field(default=(), description="What other standards call the days counted.")

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if (self.above is None) == (self.reaches is None):
            raise ValueError("write `above` or `reaches`")
        limit = self.limit
        if not (_LIMIT.fullmatch(limit) if isinstance(limit, str) else isfinite(limit)):
            raise ValueError(f"{limit!r} is no limit; write a number, or a name such as who_2021.pm25_24h")
        return self

    @property
    def limit(self) -> float | str:
        """The number, or the name of the limit."""
        return self.above if self.above is not None else self.reaches  # pyright: ignore[reportReturnType]


class KindRule(PeriodRule):
    """A longer period of the daily values of one kind of day: Saturdays are compared with Saturdays."""

    on: Literal["weekday", "saturday", "rest"] = Field(
        description="Which days: working days, Saturdays, or Sundays and public holidays, by `holidays` of city.yaml."
    )
    period: Literal["month", "quarter", "year"] = Field(default="month", description="The period of these days.")
    needs: Number = Field(default=0.75, gt=0, le=1, description="The share of the days of the kind that must be valid.")

    @model_validator(mode="after")
    def _of_its_days(self) -> Self:
        if self.metric is not None or self.each_quarter or self.as_ == "mean_of_all":
            raise ValueError("days of one kind have their name as key, and neither `each_quarter` nor `mean_of_all`")
        return self


class Entry(FrozenModel):
    """One metric."""

    observes: str | None = Field(default=None, description="A model of docs/models.md, or a mart of assets/marts.")
    where: Sql | None = Field(default=None, description="Polars SQL: which readings count.")
    feeds: tuple[str, ...] = Field(
        default=(), description="Of a pack alone: the feeds that it is made of. Left out: found by what they have."
    )
    changing: tuple[str, ...] = Field(
        default=(),
        description="Columns of the model: a place at which none of them changes on the day is left out, as a broken "
        "station is that goes on reporting.",
    )
    value: Sql | Formula | None = Field(default=None, description="Polars SQL of one reading, or a named formula.")
    over_time: tuple[TimeStep, ...] = Field(default=(), description="Steps at one place. None: daily rows as they are.")
    over_space: SpaceStep | None = Field(default=None, description="From the places of an area to the area.")
    derived: Derived | None = Field(default=None, description="Made of other metrics, in place of `observes`.")
    per: Per | None = Field(default=None, description="Divided by people or land of the area.")
    in_months: str | tuple[Whole, ...] | None = Field(default=None, description="Months it is defined for.")
    unit: str = Field(description="Unit of the value.")
    direction: Direction = Field(default="none", description="Which way is better.")
    levels: tuple[str, ...] = Field(
        default=("city",), min_length=1, description="Levels of areas.csv that it is given for."
    )
    of_night: Truth = Field(
        default=False, description="Its readings are of a night that is over: where none has a value, there was none."
    )
    witness: Truth = Field(
        default=True,
        description="Where it reads a watched column of a network that has a witness (docs/network-witness.md): off it "
        "by 15 % the values say so, off by 30 % there are none. false: they show just that.",
    )
    flags: tuple[Literal[1, 2, 3, 4], ...] | None = Field(
        default=None,
        min_length=1,
        description="Where it reads a watched column: which places count, by their flag in mart.place_health (1 good, "
        "2 not judged, 3 suspect, 4 bad). The others have no value, and are expected. Default: 1 and 2 of networks of "
        "cheap instruments, all of others, which their operators check.",
    )
    declared: tuple[str, ...] = Field(
        default=(), description="Parameters of a pack that its readings come from: where none has a value, they lack."
    )
    every: Every = Field(
        default="day", description="Of what readings and values are: month, quarter or year, where they are of no day."
    )
    hourly: Truth = Field(default=False, description="Values of each hour, in metric.hourly, and none of the day.")
    possible: tuple[Number, Number] = Field(description="Outside, the value cannot be: it is held back, alone.")
    usual: tuple[Number, Number] | None = Field(default=None, description="Outside, somebody should look at it.")
    title: Texts = Field(description="What people call it.")
    formula: Said = Field(description="In words, how it is computed.")
    reads: Texts | None = Field(default=None, description="How to read it.")
    not_: Texts | None = Field(default=None, alias="not", description="What it cannot say.")
    proxy: Said | None = Field(default=None, description="Why the value stands for something it does not measure.")
    standard: Standard | Literal["none"] | None = Field(default=None, description="What it follows; none: its own.")
    codes: tuple[Standard, ...] = Field(default=(), description="What other standards call the same indicator.")
    comparability: Comparability = Field(
        default="X3",
        description="X1: between cities of one method and network; X2: in one country or of one provider; "
        "X3: within the city; X0: not beside anything.",
    )
    periods: Mapping[LongPeriod, PeriodRule] = Field(
        default_factory=dict, description="Longer periods, each a metric of its own."
    )
    thresholds: Mapping[str, Threshold] = Field(default_factory=dict, description="By the name of the metric made.")
    kinds_of_days: Mapping[str, KindRule] = Field(
        default_factory=dict, description="By the name of the metric made: a longer period of days of one kind alone."
    )

    @model_validator(mode="after")
    def _whole(self) -> Entry:
        if (self.observes is None) == (self.derived is None):
            raise ValueError("write `observes` or `derived`")
        if self.observes is not None and (self.value is None or self.over_space is None):
            raise ValueError("`observes` needs `value` and `over_space`")
        read = [key for key in _OF_READINGS if getattr(self, key)]
        if self.derived is not None and read:
            raise ValueError(f"a derived metric has no readings of its own; take `{read[0]}` out")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Entry:
        """Readings become hours, hours windows, and these days; each once."""
        steps = [step.to or "window" for step in self.over_time]
        if steps != sorted(set(steps), key=("hour", "window", "day").index):
            raise ValueError("`over_time` goes to hours, then over `rolling_hours`, then to days, each once; put it so")
        if self.hourly and "day" in steps:
            raise ValueError("`hourly: true` ends with hours, and a step goes to days; take one of the two out")
        if steps and self.over_space is not None and self.over_space.weight is not None:
            raise ValueError("rows that become days or hours have no weight any more; take `over_time` or `weight` out")
        if steps and not self.hourly and steps[-1] != "day":
            raise ValueError("`over_time` ends with hours; add {to: day, as: mean}, or write `hourly: true`")
        if self.hourly and (self.periods or self.thresholds or self.kinds_of_days):
            raise ValueError("an hourly metric has no longer periods; declare another metric of the day for them")
        short = [period for period, rule in self.periods.items() if rule.each_quarter and "year" not in period]
        if short:
            raise ValueError(f"a {short[0]} has no four quarters; write `each_quarter` below `year` alone")
        return self

    @model_validator(mode="after")
    def _of_its_period(self) -> Entry:
        """What is of days, hours or people of a day is of no month."""
        if self.every == "day":
            return self
        of_days = [key for key in _OF_DAYS if getattr(self, key)]
        if of_days:
            longer = f", or write `periods: {{{self.every}: {{}}}}` in place of `every`" if self.over_time else ""
            raise ValueError(
                f"`every: {self.every}` has values of a {self.every} alone; take `{of_days[0]}` out{longer}"
            )
        if self.per == "person_present":
            raise ValueError(f"people are present on days, and not in a {self.every}; write `per: resident`")
        if self.derived is not None and self.derived.index is not None:
            raise ValueError(f"an index is of a day or an hour, and never of a {self.every}")
        if self.in_months is not None and self.every != "month":
            raise ValueError(f"a {self.every} is in no single month; take `in_months` out, or write `every: month`")
        return self

    @model_validator(mode="after")
    def _ranges(self) -> Entry:
        (low, high), usual = self.possible, self.usual
        if low >= high:
            raise ValueError(f"nothing is possible from {low:g} to {high:g}; write the lower end first")
        if usual is not None and not low <= usual[0] < usual[1] <= high:
            raise ValueError(f"what is usual lies within what is possible, {low:g} to {high:g}; mend `usual`")
        return self

    @property
    def span(self) -> Period:
        """Of what its values are: hour, day, month, quarter or year."""
        return "hour" if self.hourly else self.every

    @property
    def made_of(self) -> tuple[str, ...]:
        """The metrics that it is made of, or divided by."""
        parts = () if self.derived is None else self.derived.made_of
        return (*parts, PEOPLE_PRESENT) if self.per == "person_present" else parts

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters of a pack that it reads."""
        value = self.value.of if isinstance(self.value, Formula) else (self.value,)
        texts = (self.where, *value, None if self.derived is None else self.derived.expression)
        names = [name for text in texts if text is not None for name in parameters_in(text)]
        more = [*([self.in_months] if isinstance(self.in_months, str) else []), *self.declared]
        return tuple(dict.fromkeys([*names, *more]))


class OwnEntry(Entry):
    """One metric of a city's own, in its folder `metrics/`: it is chosen by being there."""

    target: Number | None = Field(default=None, description="What the city aims at, in the unit of the metric.")
    target_source: Said | None = Field(default=None, description="Who set the target, and where it stands.")
