"""Which feeds of a city a metric can be made of. They are found by what they have, never by their names.

A feed is a source of an entry where it implements the model, has all columns that `where` and `value` read, and is no
other network than `where` asks for. Among these the metric is made of those of one interval: the longest that does,
so that a daily mean of the operator comes before one of our own; a pack may say otherwise (`feeds`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import polars as pl

from assets.metrics.entry import Entry, Formula
from assets.models import models
from assets.pack.city import City
from quality.contract.columns import DAY, TIME
from quality.contract.interval import Interval
from quality.contract.model import Contract

KIND, NETWORK, FEED = "kind", "network", "feed"
_HOUR, _DAY, _MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(0)
_PARAMETER = re.compile(r"\{[^{}]*\}")
_PARTS = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\(|\)|\b(?:and|or)\b""", re.IGNORECASE)


def sources_of(entry: Entry, city: City) -> tuple[Contract, ...]:
    """The feeds that the metric of an entry is made of in this city, all of one interval; none of a derived one.

    What a register or outlines say of their places comes from `references_of` each of them.
    """
    fit = [contract for contract in _meant(entry, city) if _misfit(entry, contract, city) is None]
    longest = max((length_of(contract) for contract in fit), default=None)
    return tuple(contract for contract in fit if length_of(contract) == longest)


def why_not(entry: Entry, city: City) -> str | None:
    """Why no feed of the city gives the metric of an entry, in a sentence; None: one does, or it is derived."""
    if entry.observes is None or sources_of(entry, city):
        return None
    unknown = [f"there is no feed {name}" for name in entry.feeds if name not in city.contracts]
    misfits = [_misfit(entry, contract, city) or "" for contract in _meant(entry, city)]
    return "; ".join(unknown + misfits) or f"no feed of model {entry.observes}"


def references_of(contract: Contract, city: City) -> tuple[Contract, ...]:
    """The feeds that say where its places stand, taken whole as far as they are there: its register, and outlines."""
    register = city.contracts.get(contract.register_ or "")
    return (*([] if register is None else [register]), *outlines_of(city))


def outlines_of(city: City) -> tuple[Contract, ...]:
    """The feeds whose rows are outlines of areas: references with `boundary_code` and `geometry`."""
    return tuple(
        contract
        for contract in city.contracts.values()
        if contract.reference_since is not None and {"boundary_code", "geometry"} <= set(contract.schema)
    )


def expects_usual(entry: Entry, contract: Contract) -> bool:
    """Earlier days of the feed say how many places there should be: they are inputs, too."""
    said = None if entry.over_space is None else entry.over_space.expects
    return said == "usual" or (said is None and contract.register_ is None)


def needs_hours_before(entry: Entry) -> bool:
    """A step looks back over hours: the day before is read, too."""
    return any(step.rolling_hours is not None for step in entry.over_time)


def length_of(contract: Contract) -> timedelta:
    """Of what length its rows are; 0 of an instant."""
    return Interval.parse(contract.interval or "instant").length or _MOMENT


def columns_of(entry: Entry) -> frozenset[str]:
    """The columns that `where` and `value` of an entry read. Raises polars' error for what is no SQL."""
    value = entry.value
    said = value.of if isinstance(value, Formula) else () if value is None else (value,)
    texts = said if entry.where is None else (*said, entry.where)
    return frozenset(name for text in texts for name in _expression(text).meta.root_names())


def register_columns(contract: Contract, city: City) -> frozenset[str]:
    """The columns of the register of its places; none where it has no register."""
    named = contract.register_ or ""
    if named in city.tables:
        return frozenset(city.tables[named].columns)
    return frozenset(city.contracts[named].schema) if named in city.contracts else frozenset()


def _meant(entry: Entry, city: City) -> Iterator[Contract]:
    """The feeds of its model; where the pack names feeds, those of them."""
    for contract in city.contracts.values():
        if entry.observes in contract.models and (not entry.feeds or contract.name in entry.feeds):
            yield contract


def _misfit(entry: Entry, contract: Contract, city: City) -> str | None:
    """Why a feed of the model does not do for an entry; None: it does."""
    name = contract.name
    of_model = set(models()[entry.observes or ""].columns) & set(contract.schema)
    known = of_model | {DAY, TIME, NETWORK, FEED} | (register_columns(contract, city) & {KIND})
    lacking = sorted(_lacking(entry, known))
    if contract.reference_since is not None:
        return f"{name} is a register, without a time"
    if contract.every != "day":
        return f"{name} has rows of a {contract.every}, and not of each day"
    if not all(_holds(part, contract) for part in _conditions(entry.where or "")):
        return f"{name} is of {f'the network {contract.network}' if contract.network else 'no network'}"
    if lacking == [KIND]:
        return f"{name} does not say of what kind its places are (it names no `register` with a column kind)"
    if lacking:
        return f"{name} lacks {', '.join(lacking)}"
    if length_of(contract) > _most(entry):
        return f"{name} has no hours, as its rows are of a {Interval.parse(contract.interval or '').span}"
    return None


def _lacking(entry: Entry, known: Collection[str]) -> set[str]:
    """The columns that an entry reads and a feed has not. Not those alone that `where` does without: a part of it
    such as `COALESCE(kind, 'urban') = 'urban'` holds of rows that have no kind."""
    lacking = columns_of(entry) - set(known)
    if not lacking:
        return lacking
    of_value = columns_of(entry.model_copy(update={"where": None}))
    done_without = [part for part in _parts(entry.where or "") if _holds_without(part, lacking, entry.observes or "")]
    rest = columns_of(entry.model_copy(update={"where": " AND ".join(_other_parts(entry.where or "", done_without))}))
    return lacking & (of_value | rest)


def _holds_without(part: str, lacking: Collection[str], model: str) -> bool:
    """Whether a part of a condition reads these columns alone, and holds where they are null."""
    try:
        names = set(_expression(part).meta.root_names())
    except pl.exceptions.PolarsError:  # a half of BETWEEN 1 AND 2
        return False
    if not names or not names <= set(lacking):
        return False
    columns = models()[model].columns
    types = {name: columns[name].dtype if name in columns else pl.String() for name in names}
    nothing = pl.DataFrame({name: [None] for name in names}, schema=types)
    try:
        return nothing.filter(_expression(part)).height > 0
    except pl.exceptions.PolarsError:
        return False


def _other_parts(where: str, without: Collection[str]) -> list[str]:
    return [part for part in _parts(where) if part not in without] or ["TRUE"]


def _most(entry: Entry) -> timedelta:
    """The longest interval that does: an hour where hours are looked at."""
    of_hours = entry.hourly or any(step.to == "hour" or step.rolling_hours for step in entry.over_time)
    return _HOUR if of_hours or TIME in columns_of(entry) else _DAY


def _expression(text: str) -> pl.Expr:
    """Polars SQL with something in the place of each parameter."""
    return pl.sql_expr(_PARAMETER.sub("(NULL)", text))


def _conditions(where: str) -> Sequence[str]:
    """The parts of a condition that have to hold all, of those that are about network or feed alone."""
    return [part for part in _parts(where) if _of_feed_alone(part)]


def _parts(where: str) -> Sequence[str]:
    """The parts of a condition that have to hold all; the halves of a BETWEEN are taken apart, too."""
    parts, depth, begin = list[str](), 0, 0
    for found in _PARTS.finditer(where):
        sign = found[0].lower()
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and sign == "or":
            return [where]
        if depth == 0 and sign == "and":
            parts.append(where[begin : found.start()])
            begin = found.end()
    return [*parts, where[begin:]] if where else []


def _of_feed_alone(part: str) -> bool:
    try:
        names = _expression(part).meta.root_names()
    except pl.exceptions.PolarsError:  # a half of BETWEEN 1 AND 2
        return False
    return bool(names) and set(names) <= {NETWORK, FEED}


def _holds(part: str, contract: Contract) -> bool:
    of_feed = pl.DataFrame(
        {NETWORK: [contract.network], FEED: [contract.name]}, schema={NETWORK: pl.String, FEED: pl.String}
    )
    return of_feed.filter(_expression(part)).height > 0
