"""The rows of the world of which a feed is: those of its models, or rows made of its own columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import polars as pl

from assets.pack.city import City
from quality.contract.columns import DAY, TIME, Column
from quality.contract.interval import Interval, first_of_period
from quality.contract.model import Contract
from quality.contract.time_formats import timed
from simulator.deliver.fit import limits_of
from simulator.deliver.named_places import with_named
from simulator.observations import OBSERVED, observed_rows
from simulator.row_kinds import Listing, Readings
from simulator.world.world import World

_KEYS = ("place", "area", "time", "time_utc")  # by which rows of two models are put together
_ALIKE = 3  # letters that two names begin with
_OF_A_KEY = 3  # texts of a key of which nothing says how many there are


def world_rows(
    contract: Contract, world: World, day: date, leading: Contract | None = None, now: datetime | None = None
) -> pl.DataFrame:
    """Rows of one day (or of the period that it begins), in columns and units of the models.

    leading: the feed whose places they are of, where that is another one. now: the time of rows of a feed that tells
    what is now, where nothing says of what they are.
    """
    leading = leading or _listed_in(contract, world.city)
    places_of = leading.models[0] if leading is not None and leading.models else None
    network = (leading or contract).network
    said = contract.every if contract.interval is None and contract.every != "day" else contract.interval
    interval = None if said is None else Interval.parse(said)  # a register of years says only of what it is
    names = [column.name for column in contract.columns]
    if not contract.models or not set(contract.models) <= OBSERVED.keys():
        return with_named(own_rows(contract, day, interval, world.city.timezone, now), leading or contract, world.city)
    first, *others = contract.models
    rows = observed_rows(world, first, day, interval, names, places_of, network)
    for model in others:
        more = observed_rows(world, model, day, interval, names, places_of or first, network)
        on = [name for name in _KEYS if name in rows.columns and name in more.columns and name in names]
        new = [name for name in more.columns if name not in rows.columns]
        rows = rows.join(more.select(*on, *new).unique(on), on=on, how="left", maintain_order="left")
    return with_named(rows, leading or contract, world.city)


def _listed_in(register: Contract, city: City) -> Contract | None:
    """The feed whose places a register lists: one that names it as its `register`; else the one whose name begins most
    like its own, as `bike_sites` and `bikes` do; None where no name does."""
    if register.models[:1] != ("place",):
        return None
    others = [
        other
        for other in city.contracts.values()
        if isinstance(OBSERVED.get((*other.models, "")[0]), Readings | Listing) and other.models[0] != "place"
    ]
    naming = [other for other in others if other.register_ == register.name]
    if naming:
        return naming[0]
    alike = {_begun_alike(register.name, other.name): other for other in reversed(others)}
    best = max(alike, default=0)
    return alike[best] if best >= _ALIKE else None


def _begun_alike(one: str, other: str) -> int:
    return next(
        (at for at, signs in enumerate(zip(one, other, strict=False)) if len({*signs}) > 1), min(len(one), len(other))
    )


def own_rows(
    contract: Contract, day: date, interval: Interval | None, zone: ZoneInfo, now: datetime | None = None
) -> pl.DataFrame:
    """A row for each combination of what the key may be, of a feed that implements no model."""
    columns = [column for column in contract.delivered if column.spec.sources]
    zone = ZoneInfo(contract.column(DAY).spec.zone or zone.key)  # whose days they are
    moments = _moments(columns, day, interval) if now is None or interval is not None else [now]
    keys = [
        _values(contract, column, day, [_in_zone(at, zone, column) for at in moments])
        for column in columns
        if column.key
    ]
    together = reduce(lambda rows, values: rows.join(values.to_frame(), how="cross"), keys, pl.DataFrame({DAY: [day]}))
    times = [column.name for column in columns if column.key and column.type == "timestamp"]
    return together.with_columns(pl.col(times[0]).alias(TIME)) if times else together


def _in_zone(local: datetime, zone: ZoneInfo, column: Column) -> datetime:
    """A time of the zone as a column has it."""
    if column.spec.zone in (None, zone.key):
        return local
    return local.replace(tzinfo=zone).astimezone(ZoneInfo(column.spec.zone)).replace(tzinfo=None)


def _values(contract: Contract, column: Column, day: date, moments: Sequence[datetime]) -> pl.Series:
    limits = limits_of(contract, column.name)
    if column.type == "timestamp":
        return pl.Series(column.name, moments, dtype=pl.Datetime("us"))
    if column.type == "date":
        return pl.Series(column.name, [day], dtype=pl.Date)
    if column.type == "boolean":
        return pl.Series(column.name, [False, True])
    if column.type == "string":
        known = [word for word in dict.fromkeys(column.spec.values.values()) if word]
        texts = limits.known or known or [f"{column.name} {number}" for number in range(1, _OF_A_KEY + 1)]
        return pl.Series(column.name, list(texts), dtype=pl.String)
    least = 1 if limits.least is None else limits.least
    return pl.Series(column.name, [least + number for number in range(_OF_A_KEY)]).cast(column.dtype)


def _moments(columns: Sequence[Column], day: date, interval: Interval | None) -> list[datetime]:
    """The beginnings of all intervals of a day; its hours where nothing says how long they are."""
    midnight = datetime.combine(day, time())
    if interval is not None and interval.truncated is not None:
        return [datetime.combine(first_of_period(day, interval.every), time())]
    if not any(timed(form) for column in columns if column.key for form in column.spec.formats):
        return [midnight]
    length = timedelta(hours=1) if interval is None or interval.length is None else interval.length
    return [midnight + length * number for number in range(timedelta(days=1) // length)]


def middle_of(city: City) -> tuple[float, float]:
    """The middle of a city, longitude and latitude."""
    row = city.areas.row(by_predicate=pl.col("code") == city.config.area, named=True)
    return float(row["lon"] or 0), float(row["lat"] or 0)
