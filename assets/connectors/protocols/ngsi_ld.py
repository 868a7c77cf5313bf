"""NGSI-LD context brokers: /ngsi-ld/v1/entities?type&limit&offset&count, at most 1,000 entities a page.

`ask`: type, path (default ngsi-ld/v1/entities), query (q, attrs, georel, options, ...), context (address of the
@context, sent as Link), tenant (sent as NGSILD-Tenant), headers (others; may hold the names of secrets).
Normalized and simplified entities give the same columns: NAME, NAME.unitCode, NAME.observedAt; points as NAME.lon and
NAME.lat, other geometries as JSON text; dateObserved also as .start and .end.
"""

from __future__ import annotations

from typing import Any

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_array, json_object, refuse
from assets.readers import json_reply
from assets.readers.json_records import compact_json
from assets.readers.rows import RawRows
from quality.contract.connector import Service

VALUES = {  # kind of attribute -> the member that holds its value
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "VocabularyProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
    "JsonProperty": "json",
}
LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
AUTH, DOWN = ("Unauthorized", "Forbidden"), ("InternalError", "TooComplexQuery", "ServiceUnavailable")


class NgsiLd(Protocol):
    """Entities of a context broker."""

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
        if reply.content.removeprefix(json_reply.BOM).lstrip()[:1] == b"{":
            top = json_object(reply)
            if "id" not in top:
                _refuse(top, reply)
            return Envelope(1, 1)  # one entity, asked for by its id or saved as a file
        count = reply.headers.get("ngsild-results-count", "")
        return Envelope(len(json_array(reply)), int(count) if count.isascii() and count.isdigit() else None)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        found = json_reply.exact(content)
        entities = found if isinstance(found, list) else [found]
        return json_reply.reply_rows([_entity(one) if isinstance(one, dict) else one for one in entities], where)


def _refuse(top: json_reply.Slices, reply: Reply) -> None:
    """A ProblemDetails (RFC 7807): `type` ends in the kind of error."""
    try:
        kind = str(json_reply.value(top.get("type"), "")).rpartition("/")[2]
        said = f"{kind} {json_reply.value(top.get('title'), '')} {json_reply.value(top.get('detail'), '')}".strip()
    except json_reply.NotJsonError as error:
        refuse("shape", f"the error has an unexpected structure ({error})", reply.label)
    if not kind and "title" not in top:
        refuse("shape", f"a list of entities was expected, this is an object with {sorted(top)[:8]}", reply.label)
    if kind in AUTH or reply.status in (401, 403):
        refuse("auth", said, reply.label)
    refuse("down" if kind in DOWN or reply.status == 429 or reply.status >= 500 else "request", said, reply.label)


def _entity(entity: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, item in entity.items():
        if name == "@context":
            continue
        if name in ("id", "type"):
            record[name] = item
        else:
            record |= _attribute(name, item)
    return record


def _attribute(name: str, item: Any) -> dict[str, Any]:
    """One attribute of either form. Of several instances, the one without a datasetId is the attribute itself."""
    if isinstance(item, list) and item and all(_holder(one) for one in item):
        item = next((one for one in item if "datasetId" not in one), item)
    holder = _holder(item)
    if holder is None or not isinstance(item, dict):
        return _value(name, item)
    found = _value(name, item.get(holder))
    for own, value in item.items():  # unitCode, observedAt, and properties of properties
        if own not in ("type", holder):
            found |= _attribute(f"{name}.{own}", value)
    return found


def _holder(item: Any) -> str | None:
    """Under which name an attribute has its value; None where it is a plain value, as in the simplified form."""
    return VALUES.get(str(item.get("type"))) if isinstance(item, dict) else None


def _value(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if isinstance(value, dict) and "coordinates" in value and "type" in value:
        place = value["coordinates"]
        if value["type"] == "Point" and isinstance(place, list) and len(place) >= 2:
            return {f"{name}.lon": place[0], f"{name}.lat": place[1]}
        return {name: compact_json(value)}
    if name == "dateObserved" and isinstance(value, str):
        start, _, end = value.partition("/")
        return {name: value, f"{name}.start": start, f"{name}.end": end or start}
    return {name: value}


PROTOCOL = NgsiLd()
