"""What a feed is to metrics: how long its rows are, what one place is, and which feeds say where its places stand."""

from __future__ import annotations

from datetime import timedelta

from assets.models import models
from assets.pack.city import City
from quality.contract.columns import DAY, TIME
from quality.contract.interval import Interval
from quality.contract.model import Contract
from quality.contract.models import TIME_UTC

KIND, NETWORK, FEED = "kind", "network", "feed"
TIMETABLE, DAYS_OF_SERVICES, SUPPLIED = "transit_timetable", "transit_calendar", "transit_supply"
AREA_COLUMN = "area"
_OF_MARTS = (DAY, TIME, TIME_UTC, FEED)
_MOMENT = timedelta(0)


def references_of(contract: Contract, city: City) -> tuple[Contract, ...]:
    """The feeds that say where its places stand, taken whole as far as they are there: its register, and
    outlines where positions are known. None of a mart: its rows stand in areas already."""
    if is_mart(contract):
        return ()
    register = city.contracts.get(contract.register_ or "")
    positions = {"lat", "lon"}
    placed = positions <= set(contract.schema) or positions <= register_columns(contract, city)
    return (*([] if register is None else [register]), *(outlines_of(city) if placed else ()))


def computes_supply(contract: Contract, city: City) -> bool:
    """Whether metrics observe `transit_supply` in it, which is computed of its days and the timetable, by hour."""
    return are_days_of(contract, city.contracts.get(contract.register_ or ""))


def are_days_of(contract: Contract, register: Contract | None) -> bool:
    """Whether its rows are days of services, and its register is the timetable that says where these stop."""
    return DAYS_OF_SERVICES in contract.models and register is not None and TIMETABLE in register.models


def outlines_of(city: City) -> tuple[Contract, ...]:
    """The feeds whose rows are outlines of areas: references with `boundary_code` and `geometry`."""
    return tuple(contract for contract in city.contracts.values() if are_outlines(contract))


def are_outlines(contract: Contract) -> bool:
    """Whether its rows are outlines of areas."""
    return contract.reference_since is not None and {"boundary_code", "geometry"} <= set(contract.schema)


def is_mart(contract: Contract) -> bool:
    """Whether its rows are those of a mart."""
    return contract.layer == "mart"


def of_areas(contract: Contract) -> bool:
    """Whether its rows are of areas of the pack, as those of a mart with an area in its key: each is of its area alone,
    and not of those that this one lies in."""
    return is_mart(contract) and AREA_COLUMN in contract.key


def identity_of(contract: Contract) -> tuple[str, ...]:
    """What one place is: the columns of its models' keys but time, as far as it has them; none of a single place. Of a
    mart, what its key has beside its time and the feed."""
    if is_mart(contract):
        return tuple(name for name in contract.key if name not in _OF_MARTS)
    keys = dict.fromkeys(name for model in contract.models for name in models()[model].key if name != TIME)
    return tuple(name for name in keys if name in contract.schema)


def length_of(contract: Contract) -> timedelta:
    """Of what length its rows are; 0 of an instant."""
    return Interval.parse(contract.interval or "instant").length or _MOMENT


def register_columns(contract: Contract, city: City) -> frozenset[str]:
    """The columns of the register of its places; none where it has no register."""
    named = contract.register_ or ""
    if named in city.tables:
        return frozenset(city.tables[named].columns)
    return frozenset(city.contracts[named].schema) if named in city.contracts else frozenset()
