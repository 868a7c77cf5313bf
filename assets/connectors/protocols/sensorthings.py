"""OGC SensorThings 1.1: {"@iot.count", "@iot.nextLink", "value": [...]}; only the links of the service are followed.

Total: `@iot.count`. Pages: `@iot.nextLink`, which has to stay within what was asked; reading ends at the count, or
where there is no link. A row is known by its `@iot.id`.
`secrets`: key, sent as a bearer token.
A time or an interval `a/b` becomes NAME, NAME.start and NAME.end; with `each`, its value is the column `_each`.
"""

from __future__ import annotations

from typing import ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_object, refuse, refuse_throttled, stated_total
from assets.readers import json_reply
from assets.readers.observations import with_intervals
from assets.readers.rows import RawRows
from quality.contract.connector import Service


class SensorThings(Protocol):
    """Observations of a SensorThings service."""

    asked: ClassVar = {
        "path": "Path of the entities: v1.1/Datastreams({each})/Observations.",
        "query": "$filter, $orderby and further parameters.",
        "count": "false: @iot.count is not asked for, where counting is too slow or estimated.",
    }

    page_cap = 1000  # servers clip to what they like, and say so with a link
    linked = True
    paging = frozenset({"$top", "$skip", "$skiptoken", "$skipFilter", "$count"})

    def request(self, ask: Ask, page: Page) -> Request:
        query = ask.texts("query") | {"$top": str(page.size)}
        if ask.service.ask.get("count", True):
            query["$count"] = "true"
        headers = {"authorization": "Bearer {key}"} if "key" in ask.service.secrets else {}
        return Request(ask.need("path"), query, headers)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        top = json_object(reply)
        try:
            if "value" not in top:
                said = str(json_reply.value(top.get("message", top.get("error")), sorted(top)[:8]))
                if reply.status in (401, 403):
                    refuse("auth", said, reply.label)
                if reply.status in (400, 404):
                    refuse("request", said, reply.label)
                refuse_throttled(said, reply)
                refuse("shape", f"there is no `value` in the reply: {said[:200]}", reply.label)
            keys = json_reply.row_keys(top["value"], "@iot.id")
            count, link = json_reply.value(top.get("@iot.count")), json_reply.value(top.get("@iot.nextLink"))
        except json_reply.NotJsonError as error:
            refuse("shape", f"the reply has an unexpected structure ({error})", reply.label)
        total = stated_total(count, reply.label) if service.ask.get("count", True) else None
        if link is not None and not isinstance(link, str):
            refuse("shape", "`@iot.nextLink` is no text", reply.label)
        return Envelope(len(keys), total, link or None, keys=keys)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        found = json_reply.exact(json_reply.objects(content)["value"])
        return json_reply.reply_rows([with_intervals(row) if isinstance(row, dict) else row for row in found], where)


PROTOCOL = SensorThings()
