"""The bundle in which the pages of one pull are kept, and its way back to rows of text.

A tar archive: the pages byte by byte as they came, with what their rows cannot know by themselves.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

import polars as pl

from assets.connectors.protocol import FetchedPage, Reply, protocol_for
from assets.connectors.refusals import refuse_json
from assets.failures import PermanentFailure
from assets.readers.json_reply import NotJsonError
from assets.readers.reshape import reshaped
from assets.readers.rows import LINE, RawRows, Watch
from quality.contract.connector import Service

ASKED_FOR, ASKED_AT = "_each", "_asked_at"  # columns of what rows cannot know by themselves
KEPT_HEADERS = ("content-type", "date", "etag", "last-modified", "ngsild-results-count", "retry-after")


def pack(pages: Sequence[FetchedPage], zone: tzinfo = UTC) -> tuple[bytes, dict[str, str]]:
    """The pages as one tar archive, byte by byte as they came, and their headers. Same pages, same bytes.

    What a row cannot know from its page goes with it: which of the `each` it was asked for and, for a `stamped`
    service, when by the service's own clock, as local time of the city.
    """
    whole = io.BytesIO()
    headers: dict[str, str] = {}
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number, got in enumerate(pages, 1):
            member = tarfile.TarInfo(f"{number:05d} {got.ask}")
            member.size = len(got.reply.content)
            member.pax_headers = {ASKED_FOR: got.ask.each} if got.ask.each is not None else {}
            if got.ask.service.stamped:
                member.pax_headers[ASKED_AT] = _clock(got.reply).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
            archive.addfile(member, io.BytesIO(got.reply.content))
            kept = {name: got.reply.headers[name] for name in KEPT_HEADERS if name in got.reply.headers}
            headers[member.name] = json.dumps({"status": got.reply.status, **kept}, ensure_ascii=False)
    if len(pages) == 1:
        headers |= {
            name: pages[0].reply.headers[name] for name in ("etag", "last-modified") if name in pages[0].reply.headers
        }
    return whole.getvalue(), headers


def read_pages(
    name: str, content: bytes, service: Service, missing: Collection[str] = (), watch: Watch | None = None
) -> list[RawRows]:
    """Rows of text of all pages in a bundle. A single reply that somebody saved as a file is read just so.

    `name` is for messages; `service` is the version of the service that answered; `missing` are texts that stand for
    no value in the sums of its layout; `watch` is shown the rows as they came.

    Lines count through all pages, so that one row keeps its number whatever the page size.
    """
    protocol = protocol_for(service)
    found: list[RawRows] = []
    before = 0
    for member, page, added in _members(name, content):
        if member == name:  # not pulled but saved by somebody: it may be an error, or anything else
            protocol.envelope(service, Reply(200, {}, page, name))
        try:
            raw = protocol.rows(service, page, member)
        except NotJsonError as error:  # inside of the rows, which nobody looked at when the page came
            refuse_json(error, page, member)
        if watch is not None:
            watch.document(member, page.decode("utf-8", "ignore"))
        if raw.frame.height or raw.rejects.height:
            known = [pl.lit(text).alias(column) for column, text in added.items()]
            rows = raw.frame.with_columns(pl.col(LINE) + before, *known)
            found.append(replace(raw, frame=rows, rejects=raw.rejects.with_columns(pl.col("line") + before)))
        before += max(raw.frame.height + raw.rejects.height + raw.blank_rows, _last_line(raw))
    if not found:
        raise PermanentFailure("FILE-NO-ROWS", "the service had no rows", name, "ask the provider for the data")
    pages = _joined(found)
    for raw in pages:
        (watch or Watch()).read(raw)
    return [reshaped(raw, service.layout, missing) for raw in pages]


def _joined(pages: Sequence[RawRows]) -> list[RawRows]:
    """Pages with the same columns as one: a day of 60 small pages is typed in one go, not in 60."""
    found: dict[tuple[str, ...], list[RawRows]] = {}
    for page in pages:
        found.setdefault(tuple(page.frame.columns), []).append(page)
    return [
        replace(
            same[0],
            frame=pl.concat([p.frame for p in same]),
            rejects=pl.concat([p.rejects for p in same]),
            blank_rows=sum(p.blank_rows for p in same),
        )
        for same in found.values()
    ]


def _last_line(raw: RawRows) -> int:
    """In a table the lines run ahead of the records: it has a header, and quoted line breaks."""
    lines = pl.concat([raw.frame[LINE].cast(pl.Int64), raw.rejects["line"].cast(pl.Int64)])
    return int(lines.max() or 0)  # type: ignore[arg-type]


def _members(name: str, content: bytes) -> list[tuple[str, bytes, dict[str, str]]]:
    """Name, page and what was noted with it."""
    if content[257:262] != b"ustar":
        return [(name, content, {})]
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [
            (m.name, file.read(), {key: m.pax_headers[key] for key in (ASKED_FOR, ASKED_AT) if key in m.pax_headers})
            for m in archive.getmembers()
            if (file := archive.extractfile(m)) is not None
        ]


def _clock(reply: Reply) -> datetime:
    """When the service answered, by its own clock; ours where it does not say."""
    try:
        return parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)
