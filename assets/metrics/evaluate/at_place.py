"""Steps over time at one place: readings to hours, running windows and days, each complete enough or null."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import polars as pl

from assets.metrics.evaluate.aggregates import AREA, DAY, HOUR, HOUR_UTC, REGISTERED, aggregate, way_of
from assets.metrics.evaluate.clock import HOUR_LENGTH, instant_of, moments
from assets.metrics.evaluate.flagged import PLACE, PlaceFlags
from assets.metrics.evaluate.planner import SEEN, ObservedMetric, Pass
from assets.metrics.evaluate.readings import conditions, value_of, where_of
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.evaluate.windows import running_windows
from assets.metrics.known_days import means_at_places
from assets.metrics.observed import Observed, PartsOfRows, Unplaced
from assets.metrics.steps import Aggregation, TimeStep

_TIME, _UTC, KIND = "time", "time_utc", "kind"
_PLACE_COLUMNS = {AREA: pl.String, REGISTERED: pl.Boolean}
_CONSTANT = ("network", "feed")  # the same in all rows of a source


@dataclass(frozen=True)
class AtPlace:
    """Rows at one place after a step, and what was done.

    rows: `keys`, AREA, REGISTERED, and of each metric `v_<metric>`, and after a step that counts its parts also
    `t_<metric>`, how many were there, and `w_<metric>`, how many there should be (null: not known); of one that looks
    at flags `f_<metric>`, 1 where the place does not count.
    """

    title: str
    rows: pl.LazyFrame
    keys: tuple[str, ...]
    parts: str = ""  # what was counted: readings, hours, windows


Taken: TypeAlias = tuple[ObservedMetric, TimeStep]  # a step of a metric


def there_column(metric: str) -> str:
    """The column that says how many parts a value at a place has."""
    return f"t_{metric}"


def whole_column(metric: str) -> str:
    """The column that says how many parts it should have."""
    return f"w_{metric}"


def value_column(metric: str) -> str:
    """The column of the value at a place."""
    return f"v_{metric}"


def flagged_column(metric: str) -> str:
    """The column that is 1 where the place does not count for a metric, as the watch flags it, else 0."""
    return f"f_{metric}"


def weight_column(metric: str) -> str:
    """The column of what the value at a place weighs, of a weighted mean."""
    return f"g_{metric}"


def at_places(work: Pass, observed: Observed, days: Sequence[date], setting: CitySetting) -> Iterator[AtPlace]:
    """The rows of one source after each step at its places: the readings first."""
    names = tuple(name for name in observed.identity if name not in _CONSTANT)
    where = where_of(work.entry, setting.parameters, observed)
    values = [
        value_of(made.entry, setting.parameters).alias(value_column(made.metric))
        for made in work.metrics
        if not any(step is SEEN for step in made.steps)  # an author may write an equal one, with a value
    ]
    values += [*_weights(work), *_parts_said(work, observed)]
    later = _placed_later(work, observed, [*values, *([] if where is None else [where])])
    rows = observed.rows if later is None else later.rows
    rows = _of_changing_places(rows if where is None else rows.filter(where), work.entry.changing, names)
    read = _Timed(observed, rows, setting, placed=later is None)
    at = AtPlace("readings", read.rows(*values), (*names, *read.keys))
    if not read.keys[1:]:
        at = AtPlace(at.title, at.rows.filter(pl.col(DAY).is_in(list(days))), at.keys)
    if not work.metrics[0].steps:
        at = _without_flagged(at, work, observed)
    yield at
    if observed.parts is not None:
        yield _judged_by_parts(at, work, observed.parts)
        return
    grain = read.grain
    for number in range(len(work.metrics[0].steps)):
        steps = [(made, made.steps[number]) for made in work.metrics]
        kind = steps[0][1]
        if kind.rolling_hours is not None:
            at, grain = _windows(at, steps, names, days, setting.timezone), "windows"
        elif kind.to == "hour":
            expected = None if observed.interval.length is None else int(HOUR_LENGTH / observed.interval.length)
            at, grain = _hours(at, steps, names, expected), "hours"
        else:
            expected_parts = _parts_of_days(grain, observed, where, days, setting)
            if work.known and later is not None and number == 0:
                asked = [(one.mean_of_day, value_column(one.metric), there_column(one.metric)) for one, _ in steps]
                made = means_at_places(observed.days, days, asked)
            else:
                made = _of_days(at, steps, names, days, grain)
            at = _days(made, steps, names, expected_parts, grain)
        if number == 0 and later is not None:
            at = replace(at, rows=later.place(at.rows))
        if number in (0, len(work.metrics[0].steps) - 1):  # the last, too: steps do not hand on which places those are
            at = _without_flagged(at, work, observed)
        yield at
    if work.hourly:
        yield AtPlace("hours of the days", at.rows.filter(pl.col(DAY).is_in(list(days))), at.keys, at.parts)


def _without_flagged(at: AtPlace, work: Pass, observed: Observed) -> AtPlace:
    """The rows after a step: values of places that do not count on the day are null, and `f_<metric>` says so."""
    groups = dict[PlaceFlags, dict[str, str]]()
    for made in work.metrics:
        if made.flags is not None and PLACE in at.keys:
            groups.setdefault(made.flags, {})[value_column(made.metric)] = flagged_column(made.metric)
    rows, network = at.rows, observed.network or observed.feed
    for flags, values in groups.items():
        rows = flags.nulled(rows, network, values)
    return at if rows is at.rows else replace(at, title=f"{at.title}; without places that are flagged", rows=rows)


def _weights(work: Pass) -> list[pl.Expr]:
    return [
        pl.col(made.space.weight).cast(pl.Float64).alias(weight_column(made.metric))
        for made in work.metrics
        if made.space.weight is not None
    ]


def _parts_said(work: Pass, observed: Observed) -> list[pl.Expr]:
    """Of how many parts rows say that they are made, and of how many they should be."""
    parts = observed.parts
    if parts is None:
        return []
    said = ((parts.counted, there_column), (parts.expected, whole_column))
    return [pl.col(of).cast(pl.Int64).alias(name(made.metric)) for made in work.metrics for of, name in said]


def _judged_by_parts(at: AtPlace, work: Pass, parts: PartsOfRows) -> AtPlace:
    """Rows that say themselves of how many parts they are made: those of too few have no value."""
    judged = [
        pl.when(enough_parts(made.metric, made.steps[-1]).fill_null(True)).then(value_column(made.metric))
        for made in work.metrics
    ]
    named = [value.alias(value_column(made.metric)) for value, made in zip(judged, work.metrics, strict=True)]
    title = f"rows with a value where at least {parts.needs * 100:g} % of their {parts.counted} are there"
    return AtPlace(title, at.rows.with_columns(named), at.keys, parts.counted)


def _placed_later(work: Pass, observed: Observed, asked: Sequence[pl.Expr]) -> Unplaced | None:
    """The rows before they are joined with their register, where the first step makes fewer and needs no kind."""
    steps = work.metrics[0].steps
    if observed.unplaced is None or not steps or steps[0].to is None:
        return None
    return None if any(KIND in expression.meta.root_names() for expression in asked) else observed.unplaced


def _of_changing_places(rows: pl.LazyFrame, columns: Sequence[str], names: Sequence[str]) -> pl.LazyFrame:
    """The readings of the places at which one of these columns changes on the day; all where none is asked for."""
    if not columns:
        return rows
    changes = pl.any_horizontal(pl.col(name).max() != pl.col(name).min() for name in columns)
    return rows.filter(changes.over(*names, DAY))


class _Timed:
    """Readings with the keys that the next step needs: the day alone, or the hour and its instant."""

    def __init__(self, observed: Observed, rows: pl.LazyFrame, setting: CitySetting, *, placed: bool) -> None:
        self._rows, self._zone, self._has = rows, setting.timezone, frozenset(rows.collect_schema())
        self._of_place = _PLACE_COLUMNS if placed else {}
        length = observed.interval.length
        self.of_hours = length == HOUR_LENGTH
        self.grain = "hours" if self.of_hours else "readings"
        self.keys: tuple[str, ...] = (DAY, HOUR, HOUR_UTC) if self.of_hours else (DAY,)
        self._finer = observed.interval.every == "day" and (length is None or length < HOUR_LENGTH)
        self._names = tuple(name for name in observed.identity if name not in _CONSTANT)

    def rows(self, *values: pl.Expr) -> pl.LazyFrame:
        of_place = [
            pl.col(name) if name in self._has else pl.lit(None, dtype).alias(name)
            for name, dtype in self._of_place.items()
        ]
        return self._rows.select(*self._names, DAY, *of_place, *self._times(), *values)

    def _times(self) -> list[pl.Expr]:
        if not (self.of_hours or self._finer):
            return []
        time = pl.col(_TIME).cast(pl.Datetime("us"))
        instant = pl.col(_UTC).cast(pl.Datetime("us")) if _UTC in self._has else instant_of(time, self._zone)
        if self.of_hours:
            return [time.alias(HOUR), instant.alias(HOUR_UTC)]
        return [time.alias(_TIME), instant.alias(_UTC)]


def _hours(at: AtPlace, steps: Sequence[Taken], names: Sequence[str], expected: int | None) -> AtPlace:
    """Readings to the hours they lie in."""
    hour = pl.col(_TIME).dt.truncate("1h")
    hours = at.rows.with_columns(hour.alias(HOUR), (pl.col(_UTC) - (pl.col(_TIME) - hour)).alias(HOUR_UTC))
    keys = (*names, DAY, HOUR, HOUR_UTC)
    made = hours.group_by(keys).agg(*_place_columns(hours), *_parts(steps, _UTC))
    return AtPlace(_said("to hour", steps), _enough(made, steps, pl.lit(expected, pl.Int64)), keys, "readings")


def _windows(at: AtPlace, steps: Sequence[Taken], names: Sequence[str], days: Sequence[date], timezone: str) -> AtPlace:
    """Hours to running windows, each known by its last hour."""
    long = steps[0][1].rolling_hours or 1
    columns = [(value_column(made.metric), there_column(made.metric), step) for made, step in steps]
    made = running_windows(at.rows, names, long, columns, days, timezone)
    keys = (*names, DAY, HOUR, HOUR_UTC)
    return AtPlace(_said(f"over {long} hours", steps), _enough(made, steps, pl.lit(long)), keys, "hours")


def _of_days(
    at: AtPlace, steps: Sequence[Taken], names: Sequence[str], days: Sequence[date], grain: str
) -> pl.LazyFrame:
    """Readings, hours or windows to days."""
    order = _UTC if grain == "readings" else HOUR_UTC
    of_days = at.rows.filter(pl.col(DAY).is_in(list(days)))
    # of one day its rows are all those of a place: a text alone as key costs two thirds of a text and a day
    by = names if len(days) == 1 and names else (*names, DAY)
    made = of_days.group_by(by).agg(*_place_columns(of_days), *_parts(steps, order))
    return made if DAY in by else made.with_columns(pl.lit(days[0]).alias(DAY))


def _days(
    made: pl.LazyFrame, steps: Sequence[Taken], names: Sequence[str], expected: pl.DataFrame | None, grain: str
) -> AtPlace:
    """Days, of as many parts as there should be or null."""
    known = pl.lit(None, pl.Int64)
    if expected is not None:
        made, known = made.join(expected.lazy(), on=DAY, how="left"), pl.col("_whole")
    return AtPlace(_said("to day", steps), _enough(made, steps, known), (*names, DAY), grain)


def _parts_of_days(
    grain: str, observed: Observed, where: pl.Expr | None, days: Sequence[date], setting: CitySetting
) -> pl.DataFrame | None:
    """day, _whole: how many parts each day should have: its hours (23 to 25), as far as `where` asks for them."""
    length = observed.interval.length if grain == "readings" else HOUR_LENGTH
    if length is None:
        return None
    parts = moments(days, length, setting.timezone)
    asked = None if grain == "windows" else conditions(where, frozenset({_TIME}))
    parts = parts if asked is None else parts.filter(asked)
    return parts.group_by(DAY).agg(pl.len().cast(pl.Int64).alias("_whole"))


def _place_columns(rows: pl.LazyFrame) -> list[pl.Expr]:
    has = frozenset(rows.collect_schema())
    return [pl.col(name).first() for name in _PLACE_COLUMNS if name in has]  # a place does not move within a day


def _parts(steps: Sequence[Taken], order: str) -> Iterator[pl.Expr]:
    for made, step in steps:
        if step is SEEN:  # a row is enough
            yield pl.lit(1.0).alias(value_column(made.metric))
            yield pl.lit(1, pl.Int64).alias(there_column(made.metric))
            continue
        column = pl.col(value_column(made.metric))
        yield aggregate(step, column, order, many=True).alias(value_column(made.metric))
        yield column.count().cast(pl.Int64).alias(there_column(made.metric))


def _enough(rows: pl.LazyFrame, steps: Sequence[Taken], expected: pl.Expr) -> pl.LazyFrame:
    """Values with too few parts become null; how many there are and should be stays beside them."""
    wholes = [
        (expected if step.of is None else pl.lit(step.of)).cast(pl.Int64).alias(whole_column(made.metric))
        for made, step in steps
    ]
    judged = [
        pl.when(enough_parts(made.metric, step).fill_null(True))
        .then(value_column(made.metric))
        .alias(value_column(made.metric))
        for made, step in steps
    ]
    return rows.with_columns(wholes).with_columns(judged)


def enough_parts(metric: str, step: Aggregation) -> pl.Expr:
    """Whether a value at a place has enough parts; null where it is not known how many there should be."""
    return pl.col(there_column(metric)) / pl.col(whole_column(metric)) >= step.needs


def _said(what: str, steps: Sequence[Taken]) -> str:
    ways = dict.fromkeys(f"{way_of(step)}, needs {step.needs * 100:g} %" for _, step in steps)
    return f"{what}: {'; '.join(ways)}"
