"""Taiwan's Ministry of Environment (data.moenv.gov.tw) v2, and v1 of its predecessor: limit and offset.

Total: `total` beside the records; a bare list has none and is read until an empty page. Pages: limit and offset, which
v2 repeats; its `_links.next` is not followed: it is there on the last page, too, and holds the key. A row has no id.
The secret is called key. Names with dots such as pm2.5 are plain names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, echoed
from assets.connectors.refusals import refuse, refuse_json, stated_total
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

_KEY = re.compile(r"(?i)api[ _-]?key|金鑰")
_QUOTA = re.compile(r"(?i)quota|too many|次數|流量")


class Moenv(Protocol):
    """Taiwan's ministry of environment."""

    asked: ClassVar = {
        "path": "The data set, such as aqx_p_432.",
        "query": "Further parameters: sort, filters, language.",
    }

    page_cap = 1000

    def request(self, ask: Ask, page: Page) -> Request:
        query = {"format": "JSON"} | ask.texts("query")
        query |= {"limit": str(page.size), "offset": str(page.offset), "api_key": "{key}"}
        return Request(ask.need("path"), query)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        found = _opened(reply.content, reply.label)
        keys = json_reply.row_keys(found.records)
        most = found.limit if found.total is None else None
        return Envelope(len(keys), found.total, most=most, keys=keys, echo=echoed({"offset": found.offset}))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(_opened(content, where).records, where)


@dataclass(frozen=True)
class _Opened:
    """The JSON array of records, bare or not, and what stands beside it."""

    records: bytes
    total: int | None = None  # rows on all pages
    offset: Any = None
    limit: int | None = None


def _opened(content: bytes, where: str) -> _Opened:
    """Refuses errors."""
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if content[:1] not in (b"{", b"["):
        _refuse_key(content.decode("utf-8", "replace"), where)
    try:
        if content[:1] == b"[":
            json_reply.array(content)
            return _Opened(content)
        top = json_reply.objects(content)
        if "records" not in top:
            _refuse_object(json_reply.value(content), where)
        json_reply.array(top["records"])
        total, offset, limit = (json_reply.value(top.get(name)) for name in ("total", "offset", "limit"))
        return _Opened(bytes(top["records"]), stated_total(total, where), offset, json_reply.whole(limit))
    except json_reply.NotJsonError as error:
        refuse_json(error, content, where)


def _refuse_object(top: dict[str, Any], where: str) -> None:
    said = next((top[name] for name in top if name.lower() in ("error", "message", "msg")), None)
    if said is None:
        refuse("shape", f"there are no `records` in the reply, it has {sorted(top)[:8]}", where)
    refuse(_kind(str(said)) or "request", str(said), where)


def _refuse_key(text: str, where: str) -> None:
    """A key that is refused is explained in plain text or on an HTML page, with status 200."""
    plain = " ".join(re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text).split())
    kind = _kind(plain)
    if kind is not None:
        refuse(kind, plain, where)


def _kind(said: str) -> str | None:
    return "quota" if _QUOTA.search(said) else "auth" if _KEY.search(said) else None


PROTOCOL = Moenv()
