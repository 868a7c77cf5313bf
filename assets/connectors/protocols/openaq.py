"""OpenAQ v3: /v3/sensors/{id}/hours?limit&page, key in the header X-API-Key, at most 1,000 rows a page.

Total: `meta.found` of the first page where it is a number; ">1000" means that there are more, and on a further page it
is the number of rows on that page. Pages: page and limit, both repeated in the reply. A row has no id: it is itself.
`secrets`: key. Rows of a sensor do not name it: with `each`, the value asked for is the column `_each`.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, echoed
from assets.connectors.refusals import json_object, refuse, refuse_throttled, stated_total
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service


class OpenAq(Protocol):
    """Measurements of OpenAQ."""

    asked: ClassVar = {
        "path": "Path of the rows: v3/sensors/{each}/hours.",
        "query": "datetime_from, datetime_to and whatever else the path takes.",
    }

    page_cap = 1000

    def request(self, ask: Ask, page: Page) -> Request:
        headers = {"x-api-key": "{key}"} if "key" in ask.service.secrets else {}
        place = {"limit": str(page.size), "page": str(page.number)}
        return Request(ask.need("path"), ask.texts("query") | place, headers)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        top = json_object(reply)
        try:
            if "results" not in top:
                said = str(json_reply.value(top.get("detail", top.get("message")), sorted(top)[:8]))
                if reply.status in (401, 403):
                    refuse("auth", said, reply.label)
                if reply.status in (400, 404, 422):  # 404: this sensor is not known (any more)
                    refuse("request", said, reply.label)
                refuse_throttled(said, reply)
                refuse("shape", f"there are no `results` in the reply: {said[:200]}", reply.label)
            keys = json_reply.row_keys(top["results"])
            meta = json_reply.value(top.get("meta"), {})
        except json_reply.NotJsonError as error:
            refuse("shape", f"`results` or `meta` has an unexpected structure ({error})", reply.label)
        meta = meta if isinstance(meta, dict) else {}
        return Envelope(
            len(keys),
            _found(meta, reply.label),
            most=json_reply.whole(meta.get("limit")),
            keys=keys,
            echo=echoed({"page": meta.get("page")}),
        )

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(json_reply.objects(content)["results"], where)


def _found(meta: dict[str, Any], where: str) -> int | None:
    found = meta.get("found")
    more = isinstance(found, str) and re.fullmatch(r"> *[0-9]{1,12}", found.strip()) is not None
    total = None if more else stated_total(found, where)
    return total if json_reply.whole(meta.get("page")) in (None, 1) else None


PROTOCOL = OpenAq()
