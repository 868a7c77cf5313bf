"""CKAN DataStore: /api/3/action/datastore_search?resource_id&limit&offset, 100 rows by default, clipped without a word.

Total: `result.total`, unless `total_was_estimated`. Pages: offset and limit, both repeated in the reply, as is the
resource; its `_links.next` is not followed. A row is known by its `_id`.
`secrets`: key, where one is needed.
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, echoed
from assets.connectors.refusals import json_object, refuse, refuse_throttled, stated_total
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Ckan(Protocol):
    """Records of a CKAN datastore."""

    asked: ClassVar = {
        "resource_id": "Id of the resource.",
        "path": "Path of the search; api/3/action/datastore_search where it is not said.",
        "filters": "Column to the value, or values, that rows have.",
        "sort": 'Order of the rows; _id where it is not said. Without an order ("") pages may repeat and skip rows.',
        "query": "Further parameters.",
    }

    page_cap = 32_000  # CKAN's own rows_max; a server may be set to less

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        query = ask.texts("query") | {"resource_id": ask.need("resource_id")}
        if own.get("filters"):
            query["filters"] = json.dumps(ask.fill(own["filters"]), ensure_ascii=False)
        if own.get("sort", "_id"):
            query["sort"] = str(ask.fill(own.get("sort", "_id")))
        query |= {"limit": str(page.size), "offset": str(page.offset)}
        headers = {"authorization": "{key}"} if "key" in ask.service.secrets else {}
        return Request(str(ask.fill(own.get("path", "api/3/action/datastore_search"))), query, headers)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        top = json_object(reply)
        try:
            if json_reply.value(top.get("success")) is not True:
                _refuse(json_reply.value(top.get("error")), sorted(top), reply)
            result = json_reply.objects(top["result"])
            keys = json_reply.row_keys(result["records"], "_id")
            estimated = json_reply.value(result.get("total_was_estimated"), False)
            total = None if estimated else stated_total(json_reply.value(result.get("total")), reply.label)
            limit = json_reply.whole(json_reply.value(result.get("limit")))
            said = {name: json_reply.value(result.get(name)) for name in ("offset", "resource_id")}
        except (json_reply.NotJsonError, KeyError) as error:
            refuse("shape", f"`result` has an unexpected structure ({error})", reply.label)
        # `limit` is the one the server kept to, so a clipped page is known for a full one even without a total
        if not _UUID.fullmatch(str(said["resource_id"])) or not _UUID.search(str(service.ask.get("resource_id"))):
            del said["resource_id"]  # asked for by its alias
        return Envelope(len(keys), total, most=limit, keys=keys, echo=echoed(said))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        result = json_reply.objects(json_reply.objects(content)["result"])
        return json_reply.text_rows(result["records"], where)


def _refuse(error: Any, names: list[str], reply: Reply) -> None:
    """Validation errors have no message, only the parameters and what is wrong with each."""
    where = reply.label
    if not isinstance(error, dict):
        refuse_throttled(str(error), reply)
        refuse("shape", f"there is neither success nor an error in the reply, it has {names[:8]}", where)
    kind = str(error.get("__type", ""))
    said = str(error.get("message") or {k: v for k, v in error.items() if k != "__type"})
    if "Authorization" in kind:
        refuse("auth", f"{kind}: {said}", where)
    if "Internal" in kind or "Search Index" in kind:
        refuse("down", f"{kind}: {said}", where)
    refuse("request", f"{kind}: {said}", where)


PROTOCOL = Ckan()
