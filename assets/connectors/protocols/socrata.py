"""Socrata SODA 2: /resource/{id}.json?$limit&$offset&$order, 1,000 rows by default, at most 50,000.

Total: not in its replies, so it is asked for first: `$select=count(*)` with the same conditions; not where `$group` or
`$query` make other rows of them, then pages are read until an empty one. Pages: $offset and $limit, which no reply
repeats. A row is known by its `:id` where `$select` names it; else it is itself.
`secrets`: token, optional, sent as
X-App-Token.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, Stated
from assets.connectors.refusals import json_array, json_object, refuse, refuse_throttled, stated_total
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

AUTH = ("authentication", "authorization", "permission_denied", "invalid_app_token")
REQUEST = ("query", "dataset.missing", "not_found", "invalid_request", "type-mismatch", "no-such-column")


class Socrata(Protocol):
    """Rows of a Socrata dataset."""

    asked: ClassVar = {
        "id": "Id of the dataset.",
        "path": "Path of the rows; resource/{id}.json where it is not said.",
        "query": "$where, $select and further parameters.",
        "order": "Order of the rows; :id where it is not said. With $group one that is unique.",
    }

    page_cap = 50_000

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        path = str(ask.fill(own["path"])) if own.get("path") else f"resource/{ask.need('id')}.json"
        # always an order: without one, pages repeat some rows and skip others
        place = {
            "$limit": str(page.size),
            "$offset": str(page.offset),
            "$order": str(ask.fill(own.get("order") or ":id")),
        }
        headers = {"x-app-token": "{token}"} if "token" in ask.service.secrets else {}
        return Request(path, ask.texts("query") | place, headers)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        _refuse_object(reply)
        json_array(reply)
        keys = json_reply.row_keys(reply.content, ":id")
        return Envelope(len(keys), keys=keys)

    def beside(self, ask: Ask) -> Request | None:
        page = self.request(ask, Page())
        if {"$group", "$query"} & set(page.query):
            return None
        kept = {name: text for name, text in page.query.items() if name not in ("$limit", "$offset", "$order")}
        return replace(page, query=kept | {"$select": "count(*)"})

    def stated(self, service: Service, reply: Reply) -> Stated:
        """[{"count": "6"}], or count_1; what is no such answer says nothing."""
        _refuse_object(reply)
        rows = json_array(reply)
        try:
            members = json_reply.objects(rows[0]) if len(rows) == 1 else {}
        except json_reply.NotJsonError:
            return Stated()
        counts = [raw for name, raw in members.items() if name.lower().startswith("count")]
        if not len(members) == len(counts) == 1:
            return Stated()
        try:
            found = json_reply.value(counts[0])
        except json_reply.NotJsonError:  # 5,000 digits
            refuse("total", f"its total of rows is no number of rows: {bytes(counts[0])[:40]!r}", reply.label)
        return Stated(stated_total(found, reply.label))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(content, where)


def _refuse_object(reply: Reply) -> None:
    """Refuse an error. {code, error, message, data}: `data` may repeat the query, `code` is dotted."""
    if json_reply.begins_with(reply.content) != b"{":
        return
    top = json_object(reply)
    try:
        code = str(json_reply.value(top.get("code", top.get("errorCode")), ""))
        said = f"{code} {json_reply.value(top.get('message'), '')}"
    except json_reply.NotJsonError as error:
        refuse("shape", f"the error has an unexpected structure ({error})", reply.label)
    if code.startswith(AUTH) or reply.status in (401, 403):
        refuse("auth", said, reply.label)
    if code.startswith(REQUEST) or reply.status in (400, 404):
        refuse("request", said, reply.label)
    refuse_throttled(said, reply)
    if code or reply.status != 200:
        refuse("down", said, reply.label)
    refuse("shape", f"a list of rows was expected, this is an object with {sorted(top)[:8]}", reply.label)


PROTOCOL = Socrata()
