"""Times that a change of clocks repeats: their instant in UTC is part of the key, so that both hours are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from quality.contract.columns import Column

_UTC = "_utc"  # what follows the name of the time


@cache
def changes_clocks(zone: str) -> bool:
    """Whether the clocks of a zone were or will be changed between 2000 and 2037."""
    first = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))
    moments = (first + timedelta(days=days) for days in range(0, 38 * 365, 14))
    return len({moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments}) > 1


def with_instants(columns: Sequence[Column], city_zone: str | None) -> tuple[Column, ...]:
    """The columns of a feed, and after each time of the key that has a `zone` other than UTC its instant: `<name>_utc`.

    In a city whose clocks are changed a time of the key without an offset is one of the city's zone. Which of the two
    readings of a repeated hour it is cannot be known: it is not read.
    """
    names = {column.name for column in columns}
    found: list[Column] = []
    for declared in columns:
        column = declared
        if city_zone is not None and _is_local(declared) and changes_clocks(city_zone):
            spec = declared.spec.model_copy(update={"zone": city_zone, "delivered_zone": city_zone})
            column = declared.model_copy(update={"spec": spec})
        found.append(column)
        if column.key and column.type == "timestamp" and column.spec.zone not in (None, "UTC"):
            name = f"{column.name}{_UTC}"
            if name not in names:
                found.append(_instant_of(column, name))
    return tuple(found)


def may_change_clocks(column: Column) -> bool:
    """Whether the column has times without an offset, of a zone whose clocks change."""
    delivered = column.spec.delivered_zone
    return column.type == "timestamp" and delivered is not None and changes_clocks(delivered)


def _is_local(column: Column) -> bool:
    """Whether it is a time of the key as the city's clocks show it. The clock of our own request is not delivered."""
    timed = any("%H" in form or "%I" in form for form in column.spec.formats)
    is_time = column.key and column.type == "timestamp" and timed
    return is_time and column.spec.zone is None and "_asked_at" not in column.spec.sources


def _instant_of(column: Column, name: str) -> Column:
    text = f"The instant of {column.name}, as UTC: an hour that a change of clocks repeats is two instants"
    delivered = column.spec.delivered_zone or column.spec.zone
    spec = column.spec.model_copy(update={"zone": "UTC", "delivered_zone": delivered, "name_ko": None})
    return column.model_copy(update={"name": name, "description": text, "spec": spec})
