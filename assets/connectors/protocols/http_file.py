"""A file at an address: registers, outlines, weekly tables. Its rows are read by assets/readers.

Asked with `snapshot: true` it is fetched again only when its ETag or date has changed. How the file is laid out is in
`layout` of the service.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar

import polars as pl

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import refuse, refuse_other
from assets.readers import read
from assets.readers.rows import LINE, RawRows, without_addresses
from quality.contract.connector import Service


class HttpFile(Protocol):
    """A file at an address."""

    asked: ClassVar = {
        "path": "Path of the file.",
        "query": "Further parameters.",
    }

    paged = False

    def request(self, ask: Ask, page: Page) -> Request:
        return Request(ask.need("path"), ask.texts("query"))

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        """1 row stands for "there is something": to count them, the file would have to be parsed twice."""
        refuse_other(reply.content, reply.label)
        if service.layout.kind == "table":
            _refuse_json(reply.content, reply.label)
        return Envelope(1)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        refuse_other(content, where)
        parts = read.read_members(where, content, service.layout)
        return parts[0] if len(parts) == 1 else _together(parts, where)


def _refuse_json(content: bytes, where: str) -> None:
    """Services answer errors in JSON, with status 200 and in place of a table."""
    whole = content.strip()
    if whole[:1] in (b"{", b"[") and whole[-1:] in (b"}", b"]"):
        said = without_addresses(whole[:80].decode("utf-8", "replace"))
        refuse("content", f"it is JSON, not a table: {said!r}", where)


def _together(parts: list[RawRows], where: str) -> RawRows:
    """The members of a container as one table, if they have the same columns. Lines count through all of them."""
    columns = parts[0].frame.columns
    moved, before = [], 0
    for part in parts:
        other = set(part.frame.columns) ^ set(columns)
        if other:
            what = f"{parts[0].member!r} and {part.member!r} differ in the columns {sorted(other)[:8]}"
            refuse("shape", f"{what}: name one of them with `member` in `layout`", where)
        frame = part.frame.select(columns).with_columns(pl.col(LINE) + before)
        moved.append(replace(part, frame=frame, rejects=part.rejects.with_columns(pl.col("line") + before)))
        before = max([before, *frame[LINE].tail(1), *moved[-1].rejects["line"].tail(1)])
    encodings = {part.encoding for part in parts}
    left_out = Counter[str]()
    for part in parts:
        left_out.update(dict(part.left_out))
    return RawRows(
        pl.concat([part.frame for part in moved]),
        pl.concat([part.rejects for part in moved]),
        sum(part.blank_rows for part in moved),
        where,
        encodings.pop() if len(encodings) == 1 else None,
        guesses=tuple(dict.fromkeys(guess for part in parts for guess in part.guesses)),
        left_out=tuple(left_out.items()),
    )


PROTOCOL = HttpFile()
