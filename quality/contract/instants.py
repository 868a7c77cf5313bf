"""The columns that are computed from a time: its instant in UTC and its day.

Where clocks change, the instant is part of the key, so that both hours of a repeated one are there.
"""

from __future__ import annotations

from collections.abc import Sequence

from quality.contract.columns import DAY, TIME, Column, ColumnSpec
from quality.contract.interval import Interval
from quality.contract.texts import PLATFORM, Texts
from quality.contract.time_formats import has_offset, timed
from quality.contract.zones import changes_clocks

_UTC = "_utc"  # what follows the name of the time


def with_instants(
    columns: Sequence[Column], city_zone: str | None, interval: Interval | None = None
) -> tuple[Column, ...]:
    """The columns of a feed with those that are computed from its times.

    After each time of the key that has a `zone` other than UTC comes its instant, `<name>_utc`, as part of the key. In
    a city whose clocks are changed a time of the key without an offset is one of the city's zone. Which of the two
    readings of a repeated hour it is cannot be known: it is not read.

    With an `interval`, the column `time` is shifted to the beginning of its interval and always followed by its instant
    (part of the key only where clocks change) and, where none is declared, by its `day`.

    Raises ValueError for an `interval` without the zone of the city.
    """
    names = {column.name for column in columns}
    found: list[Column] = []
    for declared in columns:
        column = declared
        if city_zone is not None and _is_local(declared) and changes_clocks(city_zone):
            column = _changed(declared, zone=city_zone, delivered_zone=city_zone)
        elif _without_offset(declared) and declared.spec.zone is not None and declared.spec.delivered_zone is None:
            column = _changed(declared, delivered_zone=declared.spec.zone)
        is_time = interval is not None and column.name == TIME and column.type == "timestamp"
        if is_time and interval is not None:
            column = _changed(column, interval_end=interval.shift)
        found.append(column)
        name = f"{column.name}{_UTC}"
        if is_time:
            zone = column.spec.zone or city_zone
            if zone is None:
                raise ValueError("a feed with an `interval` needs the time zone of its city")
            if name not in names:
                zones = (column.spec.zone, column.spec.delivered_zone)
                changing = any(changes_clocks(one) for one in zones if one is not None)
                found.append(_instant_of(column, name, zone, key=column.key and changing))
            if DAY not in names:
                found.append(_day_of(column))
        elif column.key and column.type == "timestamp" and column.spec.zone not in (None, "UTC") and name not in names:
            assert column.spec.zone is not None
            found.append(_instant_of(column, name, column.spec.zone, key=True))
    return tuple(found)


def may_change_clocks(column: Column) -> bool:
    """Whether the column has times without an offset, of a zone whose clocks change."""
    delivered = column.spec.delivered_zone
    read = column.type == "timestamp" and column.spec.of is None
    return read and delivered is not None and changes_clocks(delivered)


def _is_local(column: Column) -> bool:
    """Whether it is a time of the key as the city's clocks show it. The clock of our own request is not delivered."""
    return (
        column.key and _without_offset(column) and column.spec.zone is None and "_asked_at" not in column.spec.sources
    )


def _without_offset(column: Column) -> bool:
    """Whether it has times that may say no offset."""
    forms = (form for form in column.spec.formats if timed(form) and not has_offset(form))
    return column.type == "timestamp" and any(forms)


def _changed(column: Column, **spec: object) -> Column:
    return column.model_copy(update={"spec": column.spec.model_copy(update=spec)})


def _instant_of(column: Column, name: str, zone: str, *, key: bool) -> Column:
    """`zone`: of the local time from which it is computed."""
    text = f"The instant of {column.name}, as UTC"
    if key:
        text += ": an hour that a change of clocks repeats is two instants"
    spec = ColumnSpec(of=column.name, zone="UTC", delivered_zone=zone)
    return column.model_copy(
        update={"name": name, "description": Texts({PLATFORM: text}), "key": key, "required": key, "spec": spec}
    )


def _day_of(column: Column) -> Column:
    text = f"The day of {column.name}"
    return Column(
        name=DAY, type="date", description=Texts({PLATFORM: text}), required=True, spec=ColumnSpec(of=column.name)
    )
