"""Which feeds of a city, or which of its marts, a metric can be made of. Feeds are found by what they have, never by
their names.

A feed is a source of an entry where it implements the model, has all columns that `where` and `value` read, and is no
other network than `where` asks for. Among these the metric is made of those of one interval: the longest that does,
so that a daily mean of the operator comes before one of our own; a pack may say otherwise (`feeds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import get_args

import polars as pl

from assets.mart import QUANTITY, declared_marts
from assets.metrics.conditions import conjuncts, holds_of, may_be
from assets.metrics.entry import Entry
from assets.metrics.fed_marts import FedMart, fed_marts, tables_of_mart, why_no_mart
from assets.metrics.feeds import (
    FEED,
    KIND,
    NETWORK,
    SUPPLIED,
    computes_supply,
    identity_of,
    length_of,
    of_areas,
    register_columns,
)
from assets.metrics.observable import observable_columns
from assets.metrics.sql import names_in
from assets.metrics.steps import Formula
from assets.pack.city import City
from quality.contract.base import Network
from quality.contract.columns import DAY, TIME
from quality.contract.interval import Interval
from quality.contract.model import Contract

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# What is asked of the date of a time alone: rows of a day can say it.
_OF_DATE = re.compile(
    r"""extract\s*\(\s*(?:century|decade|isoyear|year|quarter|month|week|isoweek|isodow|dow|weekday|doy|day)\s+from\s+
    time\s*\)|cast\s*\(\s*time\s+as\s+date\s*\)|date\s*\(\s*time\s*\)|time\s*::\s*date""",
    re.IGNORECASE | re.VERBOSE,
)


def sources_of(entry: Entry, city: City) -> tuple[Contract, ...]:
    """The feeds that the metric of an entry is made of in this city, all of one interval, or the mart; none of a
    derived one.

    What a register or outlines say of their places comes from `references_of` each of them.
    """
    known = _sources_known(city)
    found = known.get(id(entry))
    if found is None:
        fit = [contract for contract in _meant(entry, city) if _misfit(entry, contract, city) is None]
        longest = max((_length(contract, city) for contract in fit), default=None)
        found = known[id(entry)] = entry, tuple(one for one in fit if _length(one, city) == longest)
    return found[1]


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def _sources_known(_city: City) -> dict[int, tuple[Entry, tuple[Contract, ...]]]:
    """By identity, each entry that was asked for, which is kept for that, and its feeds. A run asks 250 times."""
    return {}


def why_not(entry: Entry, city: City) -> str | None:
    """Why no feed of the city gives the metric of an entry, in a sentence; None: one does, or it is derived."""
    if entry.observes is None or sources_of(entry, city):
        return None
    if entry.observes in declared_marts():
        if (lacking := why_no_mart(entry.observes, city)) is not None:
            return lacking
        mart = fed_marts(city)[entry.observes].contract
        return f"{mart.name} {_misfit(entry, mart, city)}"
    misfits = dict[str, list[str]]()
    for contract in _meant(entry, city):
        misfits.setdefault(_misfit(entry, contract, city) or "", []).append(contract.name)
    said = [f"there is no feed {name}" for name in entry.feeds if name not in city.contracts]
    said += [f"{' and '.join(names)} {misfit}" for misfit, names in misfits.items()]
    return "; ".join(said) or f"no feed of model {entry.observes}"


def expects_usual(entry: Entry, contract: Contract) -> bool:
    """Earlier days of the feed say how many places there should be: they are inputs, too."""
    said = None if entry.over_space is None else entry.over_space.expects
    listed = contract.register_ is not None and "place" in contract.schema  # of areas it does not say how many rows
    known = listed or of_areas(contract)
    return said == "usual" or (said is None and not known and bool(identity_of(contract)))


def needs_hours_before(entry: Entry) -> bool:
    """A step looks back over hours: the day before is read, too."""
    return any(step.rolling_hours is not None for step in entry.over_time)


def _meant(entry: Entry, city: City) -> Iterator[Contract]:
    """The feeds of its model by name; where the pack names feeds, those of them in its order: the first goes before.
    Of a mart its tables that may have what `where` asks for: it has its feeds itself."""
    for mart in tables_of_mart(entry.observes or "", city):
        if mart.quantities is None or any(
            may_be(entry.where, QUANTITY, one, city.parameters) for one in mart.quantities
        ):
            yield mart.contract
    for name in entry.feeds or sorted(city.contracts):
        contract = city.contracts.get(name)
        if contract is not None and entry.observes in _seen_in(contract, city):
            yield contract


def _seen_in(contract: Contract, city: City) -> tuple[str, ...]:
    """The models whose rows metrics observe in a feed."""
    return (SUPPLIED,) if computes_supply(contract, city) else contract.models


def _length(contract: Contract, city: City) -> timedelta:
    return _HOUR if computes_supply(contract, city) else length_of(contract)


def _misfit(entry: Entry, contract: Contract, city: City) -> str | None:
    """Why a feed of the model does not do for an entry, after its name; None: it does."""
    if contract.reference_since is not None:
        return "cannot give it: rows of a register have no time"
    said = _no_sql(entry)
    if said is not None:
        return f"cannot give it: {said}"
    every = entry.every
    if contract.every != every:
        said = f"cannot give it: a row is of a {contract.every}, and not of a {every}"
        return (
            f"{said} (a metric of days gives that by `periods: {{{every}: {{}}}}`)" if contract.every == "day" else said
        )
    if every != "day" and Interval.parse(contract.interval or "instant").every != every:
        return f"cannot give it: a row is of a moment in a {every}"
    if not _of_its_network(entry, contract, city):
        return f"cannot give it: {_other_network(entry, contract, city)}"
    if (possible := _no_such_row(entry, contract, city)) is not None:
        return f"cannot give it: {possible}"
    lacking = sorted(_lacking(entry, contract, city))
    if lacking == [KIND]:
        return "cannot give it: no `register` says of what kind its places are, in a column kind"
    if lacking:
        return f"cannot give it: there is no column {', '.join(lacking)}"
    if _length(contract, city) > _most(entry) or (every != "day" and _most(entry) < _DAY):
        return f"cannot give it: there are no hours, as a row is of a {Interval.parse(contract.interval or '').span}"
    return None


def _no_sql(entry: Entry) -> str | None:
    """What is no expression in an entry: the other metrics of the city do not suffer by it."""
    try:
        for text in (*expressions_of(entry), entry.where or "TRUE"):
            names_in(text)
    except ValueError as error:
        return str(error)
    return None


def _other_network(entry: Entry, contract: Contract, city: City) -> str:
    """Why `where` does not hold, and what to write in a feed that says of no network that it is its own."""
    if contract.network is not None:
        return f"`where` asks for another network than its own, the network {contract.network}"
    able = [
        f"`network: {one}`"
        for one in get_args(Network)
        if _of_its_network(entry, contract.model_copy(update={"network": one}), city)
    ]
    if not able:
        return "`where` asks for another network or feed"
    return f"`where` asks for a network, and its file says none: write {' or '.join(able)} there if it is one"


def _of_its_network(entry: Entry, contract: Contract, city: City) -> bool:
    """Whether `where` holds as far as it asks for network and feed alone."""
    # a mart of rows of several feeds or networks says itself of which each is
    said = {NETWORK: contract.network, FEED: contract.name}
    known = {name: value for name, value in said.items() if name not in contract.schema}
    types = dict.fromkeys(known, pl.String())
    parts = [part for part in conjuncts(entry.where or "") if (names := names_in(part)) and set(names) <= set(known)]
    return all(holds_of(part, known, types, city.parameters) for part in parts)


def _no_such_row(entry: Entry, contract: Contract, city: City) -> str | None:
    """Why a mart never has a row in this city for which `where` holds; None: it may, or it is a feed."""
    mart = fed_marts(city).get(contract.name)
    if mart is None or mart.mart.possible is None or mart.contract is not contract or rows_asked(entry, mart, city):
        return None
    rows, each = _rows_possible(mart, city), mart.mart.possible(mart.feeds_read, city).each
    there = "; ".join(" ".join(value or "of no network" for value in row.values()) for row in rows)
    asked = f", and none is where {entry.where}" if rows else ""
    return f"it has rows of each {each}, here of {there or 'none'}{asked}"


def _rows_possible(mart: FedMart, city: City) -> list[Mapping[str, str | None]]:
    """The rows that a table of a mart can have in this city, as `Mart.possible` has them; none where it has nothing to
    say of that."""
    found = () if mart.mart.possible is None else mart.mart.possible(mart.feeds_read, city).rows
    return [row for row in found if mart.quantities is None or row.get(QUANTITY) in mart.quantities]


def rows_asked(entry: Entry, mart: FedMart, city: City) -> list[Mapping[str, str | None]]:
    """Of the rows that a table of a mart can have in this city those for which `where` of an entry holds, as
    `Mart.possible` has them; none where the mart does not say which it can have."""
    where = conjuncts(entry.where or "")

    def asked(row: Mapping[str, str | None]) -> bool:
        parts = [part for part in where if (names := names_in(part)) and set(names) <= row.keys()]
        return all(holds_of(part, row, dict.fromkeys(row, pl.String()), city.parameters) for part in parts)

    return [row for row in _rows_possible(mart, city) if asked(row)]


def _lacking(entry: Entry, contract: Contract, city: City) -> set[str]:
    """The columns that an entry reads and a feed has not. Not those alone that `where` does without: a part of it
    such as `COALESCE(kind, 'urban') = 'urban'` holds of rows that have no kind."""
    columns = observable_columns(entry.observes or "")
    of_model = set(columns) if computes_supply(contract, city) else set(columns) & set(contract.schema)
    has = of_model | {DAY, TIME, NETWORK, FEED} | (register_columns(contract, city) & {KIND})
    weight = () if entry.over_space is None or entry.over_space.weight is None else (entry.over_space.weight,)
    lacking = {*entry.changing, *weight, *(name for text in expressions_of(entry) for name in names_in(text))} - has
    for part in conjuncts(entry.where or ""):
        names = set(names_in(part))
        types = {name: columns[name].dtype if name in columns else pl.String() for name in names}
        if names & has or not holds_of(part, dict.fromkeys(names), types, city.parameters):
            lacking |= names - has
    return lacking


def _most(entry: Entry) -> timedelta:
    """The longest interval that does: an hour where hours are looked at."""
    of_hours = entry.hourly or any(step.to == "hour" or step.rolling_hours for step in entry.over_time)
    of_time = any(TIME in names_in(_OF_DATE.sub("0", text)) for text in (*expressions_of(entry), entry.where or "TRUE"))
    return _HOUR if of_hours or of_time else _DAY


def expressions_of(entry: Entry) -> tuple[str, ...]:
    """The expressions that its value is made of."""
    value = entry.value
    return value.of if isinstance(value, Formula) else () if value is None else (value,)
