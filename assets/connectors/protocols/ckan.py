"""CKAN DataStore: /api/3/action/datastore_search?resource_id&limit&offset, 100 rows by default, clipped without a word.

`ask`: resource_id, path (default api/3/action/datastore_search), filters (mapping), sort (default `_id`: without an
order, pages may repeat and skip rows; "" sends none), query (further parameters). `secrets`: key, where one is needed.
"""

from __future__ import annotations

import json
from typing import Any

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_object, refuse
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service


class Ckan(Protocol):
    """Records of a CKAN datastore."""

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
                _refuse(json_reply.value(top.get("error")), sorted(top), reply.label)
            result = json_reply.objects(top["result"])
            rows = len(json_reply.array(result["records"]))
            estimated = json_reply.value(result.get("total_was_estimated"), False)
            total, limit = json_reply.value(result.get("total")), json_reply.value(result.get("limit"))
        except (json_reply.NotJsonError, KeyError) as error:
            refuse("shape", f"`result` has an unexpected structure ({error})", reply.label)
        # `limit` is the one the server kept to, so a clipped page is known for a full one even without a total
        return Envelope(rows, None if estimated else json_reply.whole(total), most=json_reply.whole(limit))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        result = json_reply.objects(json_reply.objects(content)["result"])
        return json_reply.text_rows(result["records"], where)


def _refuse(error: Any, names: list[str], where: str) -> None:
    """Validation errors have no message, only the parameters and what is wrong with each."""
    if not isinstance(error, dict):
        refuse("shape", f"there is neither success nor an error in the reply, it has {names[:8]}", where)
    kind = str(error.get("__type", ""))
    said = str(error.get("message") or {k: v for k, v in error.items() if k != "__type"})
    if "Authorization" in kind:
        refuse("auth", f"{kind}: {said}", where)
    if "Internal" in kind or "Search Index" in kind:
        refuse("down", f"{kind}: {said}", where)
    refuse("request", f"{kind}: {said}", where)


PROTOCOL = Ckan()
