"""Dates and times -> the texts of a format: what `assets/ingest` reads, written."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from quality.contract.columns import Column
from quality.contract.time_formats import EPOCH, EPOCH_MS, EXCEL, ISO, QUARTER, canonical, has_offset, timed
from quality.contract.zones import fixed_offset

_PART: Final = re.compile("%(?:[.][0-9]?f|[-_0:#]?[A-Za-z%])|[^%]+|%", re.DOTALL)
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - of a spreadsheet, which knows no zones
_YEARS: Final[Mapping[str | None, int]] = {None: 0, "minguo": -1911, "buddhist": 543}
_ISO_OF_DATES, _ISO = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"


@lru_cache(maxsize=256)
def parts_of_format(form: str) -> tuple[str, ...]:
    """A format cut into its parts and what stands between them."""
    return tuple(_PART.findall(form))


def form_of(column: Column) -> str:
    """The format in which a column is written: the first of those that no other can be taken for."""
    forms = column.spec.formats or (_ISO_OF_DATES,)
    shapes = [re.sub("%[A-Za-z]", "#", canonical(form)) for form in forms]
    alone = [form for form, shape in zip(forms, shapes, strict=True) if shapes.count(shape) == 1]
    form = (alone or list(forms))[0]
    if form == ISO:
        return _ISO_OF_DATES if column.type == "date" else _ISO
    return form


class Clock:
    """Writes local times of the city as a provider with another clock would."""

    def __init__(self, column: Column, city_zone: str) -> None:
        self.column, self.form = column, form_of(column)
        self.city = column.spec.zone or city_zone
        self.there = column.spec.delivered_zone or self.city

    @cached_property
    def moves(self) -> bool:
        """Whether what is delivered is not the city's own time."""
        return self.form in (EPOCH, EPOCH_MS) or self.there != self.city or has_offset(self.form)

    def delivered(self, local: datetime, instant: datetime | None) -> datetime | None:
        """What the provider's clock shows at the end (or beginning) of an interval that begins at `local`.

        None where that clock does not tell the moment from another one: its hour comes twice.
        """
        shift = self.column.spec.interval_end or timedelta(0)
        if self.column.spec.zone is None and not self.moves:
            return local + shift
        if not timed(self.form):
            return local
        moment = (instant or _utc(local, self.city)) + shift
        if self.form in (EPOCH, EPOCH_MS):
            return moment
        shown = _local(moment, self.there)
        if has_offset(self.form) or (_utc(shown, self.there) == moment and _utc(shown, self.there, fold=1) == moment):
            return shown
        return None

    def text(self, shown: datetime, form: str, *, at_24: bool = False) -> str:
        """A time of the provider's clock in a format. `at_24`: midnight ends the day before, as 24:00."""
        late = at_24 and shown.time() == time()
        day = shown - timedelta(days=1) if late else shown
        spec = self.column.spec
        if form == EXCEL:
            days = f"{(shown - _DAY_0) / timedelta(days=1):.9f}".rstrip("0").rstrip(".")
            return days.replace(".", ",") if spec.decimal == "comma" else days
        if form in (EPOCH, EPOCH_MS):
            seconds = round((shown.replace(tzinfo=UTC)).timestamp() * (1 if form == EPOCH else 1000))
            return str(seconds)
        if form == ISO:
            form = _ISO
        known = _known(day, _YEARS[spec.calendar], _offset(shown, self.there), late=late)
        return "".join(self._piece(one, known, day) for one in parts_of_format(form))

    def _piece(self, one: str, known: Mapping[str, Callable[[], str]], day: datetime) -> str:
        if not one.startswith("%"):
            return one
        short = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}.get(one)
        if short is not None:
            return "".join(self._piece(part, known, day) for part in parts_of_format(short))
        if one[1:2] == ".":
            return ".0"
        name = re.sub("[-_0:#]", "", one)
        return known[name]() if name in known else day.strftime(name)


def _known(day: datetime, years: int, offset: str, *, late: bool) -> dict[str, Callable[[], str]]:
    """The parts of a format that Python writes otherwise, or not at all."""
    return {
        "%Y": lambda: str(day.year + years),
        "%H": lambda: "24" if late else f"{day.hour:02d}",
        "%k": lambda: "24" if late else str(day.hour),
        "%l": lambda: str((day.hour + 11) % 12 + 1),
        "%e": lambda: str(day.day),
        "%P": lambda: f"{day:%p}",
        "%p": lambda: "PM" if day.hour >= 12 else "AM",  # whatever the locale says
        "%b": lambda: _MONTHS[day.month - 1][:3],
        "%h": lambda: _MONTHS[day.month - 1][:3],
        "%B": lambda: _MONTHS[day.month - 1],
        "%z": lambda: offset,
        QUARTER: lambda: str((day.month + 2) // 3),
        "%%": lambda: "%",
    }


_MONTHS: Final = tuple(calendar.month_name)[1:]  # in English, as long as nobody sets a locale


def as_moment(value: date | datetime) -> datetime:
    """A date as its first moment."""
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _utc(local: datetime, zone: str, fold: int = 0) -> datetime:
    fixed = fixed_offset(zone)
    if fixed is not None:
        return local - fixed
    return local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).replace(tzinfo=None)


def _local(instant: datetime, zone: str) -> datetime:
    fixed = fixed_offset(zone)
    if fixed is not None:
        return instant + fixed
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _offset(shown: datetime, zone: str) -> str:
    fixed = fixed_offset(zone)
    ahead = fixed if fixed is not None else shown.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0)
    minutes = round(ahead.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
