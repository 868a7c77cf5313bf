"""Rows of the world as the service of a feed would answer with them, for feeds without a shape of their own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import polars as pl

from assets.crashes import CRASHES
from quality.contract.columns import TIME
from quality.contract.connector import Service
from quality.contract.due import due
from quality.contract.interval import Interval
from quality.contract.model import Contract
from simulator.deliver.asked import Asked, asked_by, questions
from simulator.deliver.cannot import CannotDeliverError, cannot_make
from simulator.deliver.delivery import MadeDelivery, delivered
from simulator.deliver.envelopes import envelope_of, nothing_of
from simulator.deliver.fields import Field
from simulator.deliver.world_rows import middle_of, world_rows
from simulator.messages import Answer, Question
from simulator.times import night_of
from simulator.world.world import World

_KEPT = 64  # answers in memory: the pages of one follow each other
_LOOKS_BACK = {"DAILY": timedelta(hours=24)}  # of AirKorea: its other terms are longer than a night needs
_TEXT = {"content-type": "text/plain; charset=UTF-8"}


class ServedByContract:
    """The services of feeds that no shape knows, answered from their contracts."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], MadeDelivery | None] = OrderedDict()

    def answer(self, question: Question) -> Answer | None:
        """What the service replies; None where the contract of the feed would never ask so."""
        contract = question.world.city.contracts.get(question.feed.name)
        asked = None if contract is None else asked_by(question, contract)
        if contract is None or asked is None:
            return None
        try:
            made = self._made(question.world, question.now, contract, asked)
            return nothing_of(question, asked) if made is None else envelope_of(question, asked, made)
        except CannotDeliverError as error:
            return Answer(cannot_make([contract], error).encode(), 501, _TEXT)

    def not_made(self, world: World, now: datetime) -> list[str]:
        """A sentence for each feed whose services the simulated city cannot be, as far as its newest day shows it."""
        sentences = list[str]()
        for contract in world.city.contracts.values():
            services = () if contract.connector is None else contract.connector.services
            for service in services[-1:]:
                day = None if service.snapshot else due(contract, now.date())
                try:
                    self._made(world, now, contract, Asked(service, questions(service, day, world.city.timezone)[0]))
                except CRASHES as error:
                    sentences.append(cannot_make([contract], error))
        return sentences

    def _made(self, world: World, now: datetime, contract: Contract, asked: Asked) -> MadeDelivery | None:
        ask = asked.ask
        key = (world.city.name, contract.name, ask.day, ask.each, ask.hour, f"{now:%Y-%m-%d %H:%M}")
        if key not in self._kept:
            self._kept[key] = _delivered(world, now, contract, asked)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


def _delivered(world: World, now: datetime, contract: Contract, asked: Asked) -> MadeDelivery | None:
    """The rows that a question is about; None where there are none (yet)."""
    service, ask = asked.service, asked.ask
    newest = due(contract, night_of(now)) + timedelta(days=contract.ahead_days)
    if ask.day is not None and ask.day > newest:
        return None
    day = _day_of(contract, ask.day, now)
    rows = world_rows(contract, world, day, now=now if service.snapshot else None)
    if service.snapshot and contract.reference_since is None:
        back = _LOOKS_BACK.get(str(dict(service.ask.get("query") or {}).get("dataTerm")))
        if back is None or TIME not in rows.columns:
            rows = _now(contract, rows, now)
        else:
            before = world_rows(contract, world, day - timedelta(days=1), now=now)
            rows = pl.concat([before, rows]).filter(pl.col(TIME).is_between(now - back, now - _length(contract)))
    if ask.hour is not None and TIME in rows.columns:
        rows = rows.filter(pl.col(TIME).dt.hour() == ask.hour)
    named = _named_by_question(contract, service)
    if ask.each is not None:
        rows = _of_one(rows, service.each.index(ask.each), len(service.each), alone=bool(named))
    more = {name: Field((ask.each,)) for name in named} if ask.each is not None else {}
    if rows.is_empty():
        return None

    def chance(column: str):
        return world.random(f"deliver/{contract.name}/{column}/{ask.each}", day)

    return delivered(
        contract, rows, service.layout, world.city.config.timezone, chance, service, more, middle_of(world.city)
    )


def _day_of(contract: Contract, day: date | None, now: datetime) -> date:
    if contract.reference_since is not None:
        return contract.reference_since
    if day is not None:
        return day
    return now.date() if contract.every == "day" else due(contract, now.date())


def _now(contract: Contract, rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The newest rows that a service which tells what is now can have; an instant is that of the question."""
    if TIME not in rows.columns:
        return rows
    interval = None if contract.interval is None else Interval.parse(contract.interval)
    length = _length(contract)
    key = [name for name in contract.key if name in rows.columns and name not in (TIME, f"{TIME}_utc")]
    ended = rows.filter(pl.col(TIME) + length <= now)
    rows = (ended if ended.height else rows).sort(TIME, maintain_order=True)
    if interval is not None and interval.name == "instant":
        rows = rows.unique(key, keep="last", maintain_order=True) if key else rows.tail(1)
        return rows.with_columns(pl.lit(now).cast(pl.Datetime("us")).alias(TIME)).drop(f"{TIME}_utc", strict=False)
    return rows.filter(pl.col(TIME) == rows[TIME].max())


def _length(contract: Contract) -> timedelta:
    """Of the interval of a row; 0 of an instant, and of a month."""
    interval = None if contract.interval is None else Interval.parse(contract.interval)
    return timedelta(0) if interval is None or interval.length is None else interval.length


def _named_by_question(contract: Contract, service: Service) -> list[str]:
    """Under which names the rows say what they were asked for."""
    there = {source for column in contract.delivered for source in column.spec.sources}
    said = [name for name, text in service.echo.items() if text == "{each}"]
    return [name for name in ("_each", *said) if name in there or name in said]


def _of_one(rows: pl.DataFrame, number: int, count: int, *, alone: bool) -> pl.DataFrame:
    """The rows of one of several questions. Two of them never have the same answer.

    `alone`: they are of one place, which the question names.
    """
    name = next((name for name in ("place", "area") if name in rows.columns and rows[name].null_count() == 0), None)
    if name is None:
        return _moved(rows, number)
    places = rows[name].unique(maintain_order=True).to_list()
    if alone:
        return _moved(rows.filter(pl.col(name) == places[number % len(places)]), number // len(places))
    mine = places[number::count]
    return rows.filter(pl.col(name).is_in(mine))


def _moved(rows: pl.DataFrame, by: int) -> pl.DataFrame:
    """The same rows with other numbers, where there are more questions than places."""
    changed: Mapping[str, pl.Expr] = {
        name: pl.col(name) * (1 + by / 100) if dtype.is_float() else pl.col(name) + by
        for name, dtype in rows.schema.items()
        if dtype.is_numeric() and name not in ("lat", "lon")
    }
    return rows.with_columns(**changed) if by else rows
