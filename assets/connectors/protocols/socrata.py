"""Socrata SODA 2: /resource/{id}.json?$limit&$offset&$order, 1,000 rows by default, at most 50,000.

`ask`: id (of the dataset), path (default resource/{id}.json), query ($where, $select, ...), order (default `:id`;
another one only where $group leaves no `:id`, and then one that is unique). `secrets`: token, optional, sent as
X-App-Token.
"""

from __future__ import annotations

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_array, json_object, refuse
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

AUTH = ("authentication", "authorization", "permission_denied", "invalid_app_token")
REQUEST = ("query", "dataset.missing", "not_found", "invalid_request", "type-mismatch", "no-such-column")


class Socrata(Protocol):
    """Rows of a Socrata dataset."""

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
        if reply.content.lstrip()[:1] == b"{":
            _refuse(reply)
        return Envelope(len(json_array(reply)))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(content, where)


def _refuse(reply: Reply) -> None:
    """{code, error, message, data}: `data` may repeat the query, `code` is dotted."""
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
    if code or reply.status != 200:
        refuse("down", said, reply.label)
    refuse("shape", f"a list of rows was expected, this is an object with {sorted(top)[:8]}", reply.label)


PROTOCOL = Socrata()
