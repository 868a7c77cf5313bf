"""NGSI-LD context brokers: /ngsi-ld/v1/entities?type&limit&offset&count, at most 1,000 entities a page.

Total: the header NGSILD-Results-Count. Pages: `Link: rel="next"` where the broker sends one, which has to stay within
what was asked, else limit and offset. An entity is known by its `id`.
The forms of entities, which are in `assets/readers/entities.py`, all give the same columns.
"""

from __future__ import annotations

from typing import ClassVar

from assets.connectors import links
from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_array, json_object, refuse, refuse_throttled, stated_total
from assets.readers import json_reply
from assets.readers.entities import rows_of_entities
from assets.readers.rows import RawRows
from quality.contract.connector import Service

LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
AUTH, DOWN = ("Unauthorized", "Forbidden"), ("InternalError", "TooComplexQuery", "ServiceUnavailable")


class NgsiLd(Protocol):
    """Entities of a context broker."""

    asked: ClassVar = {
        "type": "Type of the entities, such as AirQualityObserved.",
        "path": "Path of the entities; ngsi-ld/v1/entities where it is not said.",
        "query": "Further parameters: q, attrs, georel, options, ...",
        "context": "Address of the @context, sent as Link.",
        "tenant": "Sent as NGSILD-Tenant.",
        "headers": "Further headers; they may hold the names of secrets.",
    }

    page_cap = 1000  # brokers give 20 by default

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        query = ask.texts("query") | ({"type": ask.need("type")} if "type" in own else {})
        query |= {"limit": str(page.size), "offset": str(page.offset), "count": "true"}
        headers = {"accept": "application/json"} | ask.texts("headers")
        if own.get("context"):
            headers["link"] = LINK.format(ask.fill(own["context"]))
        if own.get("tenant"):
            headers["ngsild-tenant"] = str(ask.fill(own["tenant"]))
        return Request(str(ask.fill(own.get("path", "ngsi-ld/v1/entities"))), query, headers)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        found = _entities(reply.content, reply)
        keys = json_reply.row_keys(found, "id")
        if json_reply.begins_with(reply.content) == b"{" and "ngsild-results-count" not in reply.headers:
            return Envelope(len(keys), len(keys), keys=keys)  # asked for by its id, or saved as a file
        total = stated_total(reply.headers.get("ngsild-results-count"), reply.label)
        return Envelope(len(keys), total, links.next_in_header(reply.headers.get("link", "")), keys=keys)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return rows_of_entities(json_reply.exact(_entities(content)), where)


def _entities(content: bytes, reply: Reply | None = None) -> bytes:
    """The JSON array of entities: a bare list, that of `@graph`, or a single entity. Refuses a reply without."""
    if json_reply.begins_with(content) != b"{":
        if reply is not None:
            json_array(reply)
        return content
    top = json_reply.objects(content) if reply is None else json_object(reply)
    if "@graph" in top:
        graph = bytes(top["@graph"])
        return b"[" + graph + b"]" if graph[:1] == b"{" else graph
    if "id" not in top and reply is not None:
        _refuse(top, reply)
    return b"[" + content.removeprefix(json_reply.BOM) + b"]"


def _refuse(top: json_reply.Slices, reply: Reply) -> None:
    """A ProblemDetails (RFC 7807): `type` ends in the kind of error."""
    try:
        kind = str(json_reply.value(top.get("type"), "")).rpartition("/")[2]
        said = f"{kind} {json_reply.value(top.get('title'), '')} {json_reply.value(top.get('detail'), '')}".strip()
    except json_reply.NotJsonError as error:
        refuse("shape", f"the error has an unexpected structure ({error})", reply.label)
    refuse_throttled(said, reply)
    if not kind and "title" not in top:
        refuse("shape", f"a list of entities was expected, this is an object with {sorted(top)[:8]}", reply.label)
    if kind in AUTH or reply.status in (401, 403):
        refuse("auth", said, reply.label)
    refuse("down" if kind in DOWN or reply.status == 429 or reply.status >= 500 else "request", said, reply.label)


PROTOCOL = NgsiLd()
