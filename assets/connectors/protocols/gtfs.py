"""GTFS static: a zip of CSV tables, one of which is the feed.

Total and pages: none, the zip is all there is.
Every row has the columns _feed_start and _feed_end (YYYYMMDD) besides its own, for a rule that a calendar has not run
out: the first and the last day on which a trip runs, by weekdays, added and removed dates. The table feed_info is not
asked: it says what was meant.
A timetable by which no trip ever runs is refused. Times stay text: a night bus leaves at 25:10:00.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import ClassVar

import polars as pl

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import refuse, refuse_other
from assets.failures import PermanentFailure
from assets.readers import read
from assets.readers.containers import container, unpack
from assets.readers.rows import RawRows
from assets.readers.running_days import running_days, texts
from quality.contract.connector import Service
from quality.contract.layout import Layout

_LAYOUT = Layout(encodings=("utf-8",))  # the format allows no other
_CALENDARS, _TRIPS = ("calendar.txt", "calendar_dates.txt"), "trips.txt"


class Gtfs(Protocol):
    """One table of a timetable."""

    asked: ClassVar = {
        "path": "Path of the zip.",
        "table": "The table that is the feed: stop_times, frequencies, trips, ...",
        "query": "Further parameters.",
    }

    paged = False

    def request(self, ask: Ask, page: Page) -> Request:
        return Request(ask.need("path"), ask.texts("query"))

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        """1 row stands for "the table is there": to count them, it would have to be expanded and parsed twice."""
        _refuse_other(service, reply.content, reply.label)
        return Envelope(1)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        wanted = _refuse_other(service, content, where)
        found: dict[str, RawRows] = {}
        for member in unpack(where, content):
            name = _bare(member.name)
            # of the calendars an empty one is as good as none; the table itself may not be empty
            if name == wanted or (name in (*_CALENDARS, _TRIPS) and member.content.strip()):
                (found[name],) = read.read_members(f"{where} > {member.name}", member.content, _LAYOUT)
        start, end = _days_of_trips({name: raw.frame for name, raw in found.items()}, where)
        raw = found[wanted]
        days = [pl.lit(start, pl.String).alias("_feed_start"), pl.lit(end, pl.String).alias("_feed_end")]
        return RawRows(raw.frame.with_columns(days), raw.rejects, raw.blank_rows, raw.member, raw.encoding)


def _refuse_other(service: Service, content: bytes, where: str) -> str:
    """The file name of the table. Refuses what is no zip that holds it once; other tables may be missing."""
    refuse_other(content, where)
    if container(content) != "zip":
        refuse("content", f"it is not a zip (it begins with {content[:8]!r})", where)
    wanted = f"{Ask(service).need('table').removesuffix('.txt')}.txt"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [_bare(name) for name in archive.namelist()]
    if wanted not in names:
        tables = sorted(name for name in names if name.endswith(".txt"))
        refuse("shape", f"there is no {wanted} in the zip, it has {tables[:20]}", where)
    twice = sorted(name for name in {wanted, _TRIPS, *_CALENDARS} if names.count(name) > 1)
    if twice:
        refuse("shape", f"the zip has {twice} in more than one folder; it is unclear which counts", where)
    return wanted


def _bare(name: str) -> str:
    """Without folders: some agencies pack the folder in which the tables lie."""
    return re.split(r"[/\\]", name)[-1]


def _days_of_trips(tables: Mapping[str, pl.DataFrame], where: str) -> tuple[str | None, str | None]:
    """First and last day on which a trip runs; None where the zip has no calendar."""
    calendars = [name for name in _CALENDARS if name in tables]
    if not calendars:
        return None, None
    trips = tables.get(_TRIPS)
    wanted = None if trips is None or "service_id" not in trips.columns else set(texts(trips, "service_id"))
    first, last = running_days(tables.get(_CALENDARS[0]), tables.get(_CALENDARS[1]), wanted)
    if first is None or last is None:
        what = f"no trip runs on any day of {' and '.join(calendars)}"
        hint = "ask the agency for a timetable that runs; the calendars have no day on which a trip's service is on"
        raise PermanentFailure("SERVICE-NEVER", what, where, hint)
    return f"{first:%Y%m%d}", f"{last:%Y%m%d}"


PROTOCOL = Gtfs()
