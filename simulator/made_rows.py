"""Rows of readings, events and stocks at the times and for the parts that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from itertools import groupby

import numpy as np
import polars as pl

from simulator.aggregation import LAST, SUM, longer, together
from simulator.row_kinds import Events, Readings, Stocks, Values
from simulator.spans import HOUR, Span
from simulator.times import clock_hours, instants_of, times_of
from simulator.world.places import city_area, districts
from simulator.world.sites import sites
from simulator.world.when import When
from simulator.world.world import World

TIMES = ["time", "time_utc"]
CLOCK_HOUR = "clock_hour"  # a key of rows that are sums over the days of a longer interval
Keys = tuple[str, ...]


def reading_rows(world: World, made: Readings, span: Span, kind: str, keys: Keys | None, known: Keys) -> pl.DataFrame:
    """Readings at places of a kind, told apart by `keys`, or by all of the `known` ones that their series have."""
    if span.kind == "period":
        months = [tuple(days) for _, days in groupby(span.dates, key=lambda day: day.month)]
        made_of = [_of_days(world, made, days, kind, keys, known) for days in months]
        if len(made_of) == 1:
            return made_of[0]
        rows = pl.concat(made_of)
        by = [name for name in rows.columns if name not in made.how and name not in TIMES]
        return _at(world, longer(rows, by, made.how), span.first)
    times = instants_of(_zone(world), span.first, made.at) if span.kind == "instant" else _times(world, span, span.step)
    step = 0 if span.kind == "instant" else span.step
    rows = _read(world, made, [span.first], [times], step, kind, keys, known)
    if step in (0, span.minutes):
        return rows
    begun = _times(world, span, span.minutes).sort("time_utc")
    parts = rows.rename({"time_utc": "at"}).drop("time").sort("at")
    parts = parts.join_asof(begun, left_on="at", right_on="time_utc", coalesce=False).drop("at")
    by = [name for name in parts.columns if name not in made.how]
    return longer(parts, by, made.how)


@lru_cache(maxsize=256)
def _of_days(
    world: World, made: Readings, days: tuple[date, ...], kind: str, keys: Keys | None, known: Keys
) -> pl.DataFrame:
    """One row for each series and all hours of some days; kept, because years are made of months."""
    times = [times_of(_zone(world), day, HOUR) for day in days]
    rows = _read(world, made, days, times, HOUR, kind, keys, known)
    by = [name for name in rows.columns if name not in made.how and name not in TIMES]
    return _at(world, longer(rows, by, made.how), days[0])


def _read(
    world: World,
    made: Readings,
    days: Sequence[date],
    times_of_days: Sequence[pl.DataFrame],
    step: int,
    kind: str,
    keys: Keys | None,
    known: Keys,
) -> pl.DataFrame:
    """Readings at the times of each day, each in the middle of `step` minutes, or of the instant where that is 0."""
    series = made.series(world, sites(world, kind))
    length = step / HOUR if step else 1.0
    whens = [When(day, clock_hours(times) + step / 120, length) for day, times in zip(days, times_of_days, strict=True)]
    read = [made.read(world, series, when) for when in whens]
    values: Values = {name: np.concatenate([one[name] for one in read], axis=1) for name in made.how}
    times = pl.concat(times_of_days)
    wanted = tuple(name for name in known if name in series.columns) if keys is None else keys
    for name in (name for name in made.splits if name in wanted and name not in series.columns):
        series, values = _split(series, values, made, name)
    rows = series.select(pl.all().repeat_by(times.height).explode())
    told_apart = [name for name in known if name in series.columns]
    rows = rows.with_columns(
        *(pl.Series(name, np.tile(times[name].to_numpy(), series.height)) for name in TIMES),
        *(pl.Series(name, values[name].ravel()) for name in made.how),
    )
    if CLOCK_HOUR in wanted:
        rows = rows.with_columns(pl.col("time").dt.hour().cast(pl.Int64).alias(CLOCK_HOUR))
    described = [name for name in series.columns if name not in told_apart]
    if set(wanted) >= set(told_apart) or ("place" in wanted and told_apart == ["place"]):
        return rows
    by = [name for name in wanted if name in rows.columns]
    whole = together(rows, [*by, *TIMES], made.how)
    return _described(world, whole, series, by, described)


def _described(
    world: World, rows: pl.DataFrame, series: pl.DataFrame, by: list[str], described: list[str]
) -> pl.DataFrame:
    """Rows of several series with what holds for all of them; a sum of places is called as its area."""
    same = [
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)
        for name in dict.fromkeys((*described, "area"))
        if name in series.columns and name not in by
    ]
    by = [name for name in by if name in series.columns]
    if by:
        rows = rows.join(series.group_by(by, maintain_order=True).agg(same), on=by, how="left", maintain_order="left")
    else:
        rows = rows.join(series.select(same), how="cross")
    if "name" not in rows.columns or "place" in by:
        return rows
    areas = districts(world).select("area", "name", "lat", "lon")
    city = city_area(world)
    named = rows.select("area").join(areas, on="area", how="left", maintain_order="left")
    filled = [named[name].fill_null(pl.lit(city[name])) for name in ("name", "lat", "lon") if name in rows.columns]
    return rows.with_columns(filled)


def _split(series: pl.DataFrame, values: Values, made: Readings, column: str) -> tuple[pl.DataFrame, Values]:
    """Each series as several, which together have what it had."""
    shares = made.splits[column](series)
    ends = np.cumsum(list(shares.values()))[:, None]
    parts = {}
    for name, block in values.items():
        each = np.repeat(block, len(shares), axis=0)
        if made.how[name].of_parts is SUM.of_parts:
            upto = np.concatenate([np.zeros((1, 1)), ends / ends[-1]])
            upto = block[:, None, :] * upto[None]
            if np.issubdtype(block.dtype, np.integer):
                upto = np.rint(upto)
            each = np.diff(upto, axis=1).reshape(each.shape)
        parts[name] = each
    values_of = pl.DataFrame({column: list(shares)})
    return series.join(values_of, how="cross", maintain_order="left_right"), parts


def event_rows(
    world: World, made: Events, span: Span, wanted: frozenset[str] | None, keys: Keys | None
) -> pl.DataFrame:
    """Single events, or sums of them by the parts that can have some, 0 where nothing happened.

    Rows are single ones where the feed has their number, and where it has no count and is of instants, or tells rows
    apart by what only a single one has, such as an address.
    """
    events = _timed(world, made.happen(world, span.dates))
    grid = made.groups(world)
    by = grid.columns if keys is None else [name for name in keys if name in events.columns]
    if wanted is None:
        single = span.kind == "instant"
    else:
        own = span.kind == "instant" or not set(by) <= set(grid.columns)
        single = made.number in wanted or (made.count not in wanted and own)
    if single and span.kind == "instant":
        return events
    begun = _times(world, span, span.minutes) if span.kind == "minutes" else _begin(world, span.first)
    begins = begun.select(time_utc=pl.col("time_utc"), begun=pl.col("time"), at="time_utc").sort("time_utc")
    events = events.sort("time_utc").join_asof(begins, on="time_utc")
    events = events.drop(TIMES).rename({"begun": "time", "at": "time_utc"})
    if single:
        return events if keys is None else events.unique([*by, *TIMES], keep="first", maintain_order=True)
    how = {**made.how, made.count: SUM}
    if not set(by) <= set(grid.columns):  # a row is one event, or those that nothing tells apart
        how |= {name: LAST for name in events.columns if name not in {*how, *by, *TIMES, made.number}}
    sums = longer(events.with_columns(pl.lit(1.0).alias(made.count)), [*by, *TIMES], how)
    if not set(by) <= set(grid.columns):
        return sums
    full = grid.select(by).unique(maintain_order=True).join(begun, how="cross") if by else begun
    filled = full.join(sums, on=[*by, *TIMES], how="left", maintain_order="left")
    return filled.with_columns(pl.col(name).fill_null(0) for name, way in how.items() if way is SUM)


def stock_rows(world: World, made: Stocks, span: Span, keys: Keys | None, known: Keys) -> pl.DataFrame:
    """Stocks at the end of a period, or of each interval of a day."""
    times = _begin(world, span.first) if span.kind != "minutes" else _times(world, span, span.minutes)
    days = span.days if span.kind != "minutes" else span.minutes / 1440
    rows = made.stand(world, span.first, float(days))
    for name, value in made.alone.items():
        rows = rows if keys is None or name in keys else rows.filter(pl.col(name) == value).drop(name)
    told_apart = [name for name in known if name in rows.columns]
    by = told_apart if keys is None else [name for name in keys if name in rows.columns]
    if set(by) < set(told_apart):
        described = [name for name in rows.columns if name not in made.how and name not in told_apart]
        whole = together(rows, by, made.how)
        rows = _described(world, whole, rows, by, described)
    return rows.join(times, how="cross", maintain_order="left_right")


def _timed(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Events with their times; those of a minute that clocks skip are in none."""
    local = pl.col("day").cast(pl.Datetime("us")) + pl.duration(minutes="minute")
    instant = local.dt.replace_time_zone(_zone(world), ambiguous="earliest", non_existent="null")
    timed = events.with_columns(time=local, time_utc=instant.dt.convert_time_zone("UTC").dt.replace_time_zone(None))
    return timed.drop_nulls("time_utc").drop("day", "minute")


def _times(world: World, span: Span, minutes: int) -> pl.DataFrame:
    return times_of(_zone(world), span.first, minutes)


def _begin(world: World, day: date) -> pl.DataFrame:
    """Midnight of a day, and its instant: the first of the day where clocks skip it."""
    first = times_of(_zone(world), day, HOUR)["time_utc"][0]
    return pl.DataFrame({"time": [datetime.combine(day, time())], "time_utc": [first]})


def _at(world: World, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Rows of which each is of a period that begins on this day."""
    return rows.join(_begin(world, day), how="cross", maintain_order="left_right")


def _zone(world: World) -> str:
    return world.city.config.timezone
