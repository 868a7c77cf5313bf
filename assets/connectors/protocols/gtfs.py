"""GTFS static: a zip of CSV tables, one of which is the feed.

`ask`: path (of the zip), table (stop_times, frequencies, trips, ...), query. Every row has the columns _feed_start
and _feed_end (YYYYMMDD) besides its own: the first and the last day of service in the calendars, for a rule that a
calendar has not run out. Times stay text: a night bus leaves at 25:10:00.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import polars as pl

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import refuse, refuse_other
from assets.readers import read
from assets.readers.containers import container, unpack
from assets.readers.rows import RawRows
from quality.contract.connector import Service

_LAYOUT = read.Layout(encodings=("utf-8",))  # the format allows no other
_CALENDARS = ("calendar.txt", "calendar_dates.txt")


class Gtfs(Protocol):
    """One table of a timetable."""

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
            if name == wanted or (name in _CALENDARS and member.content.strip()):
                (found[name],) = read.read_rows(f"{where} > {member.name}", member.content, _LAYOUT)
        start, end = _service_days([found[name].frame for name in _CALENDARS if name in found])
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
    twice = sorted(name for name in {wanted, *_CALENDARS} if names.count(name) > 1)
    if twice:
        refuse("shape", f"the zip has {twice} in more than one folder; it is unclear which counts", where)
    return wanted


def _bare(name: str) -> str:
    """Without folders: some agencies pack the folder in which the tables lie."""
    return re.split(r"[/\\]", name)[-1]


def _service_days(calendars: list[pl.DataFrame]) -> tuple[str | None, str | None]:
    """First and last day of service. Dates on which a service is taken out (exception_type 2) do not make it longer."""
    days = [pl.Series([], dtype=pl.String)]
    for frame in calendars:
        removed = pl.lit(value=False)
        if "exception_type" in frame.columns:
            removed = pl.col("exception_type").str.strip_chars() == "2"
        served = frame.filter(~removed.fill_null(value=False))
        days += [served[name] for name in ("start_date", "end_date", "date") if name in served.columns]
    found = pl.concat([day.rename("day") for day in days]).str.strip_chars()
    found = found.filter(found.str.contains("^[0-9]{8}$"))
    return found.min(), found.max()  # pyright: ignore[reportReturnType]


PROTOCOL = Gtfs()
