"""Taiwan's Ministry of Environment (data.moenv.gov.tw) v2, and v1 of its predecessor: limit and offset.

`ask`: path (the data set, such as aqx_p_432), query (further parameters: sort, filters, language). The secret is
called key. Names with dots such as pm2.5 are plain names.
"""

from __future__ import annotations

import re
from typing import Any

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import refuse, refuse_json
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

_KEY = re.compile(r"(?i)api[ _-]?key|金鑰")
_QUOTA = re.compile(r"(?i)quota|too many|次數|流量")


class Moenv(Protocol):
    """Taiwan's ministry of environment."""

    page_cap = 1000

    def request(self, ask: Ask, page: Page) -> Request:
        query = {"format": "JSON"} | ask.texts("query")
        query |= {"limit": str(page.size), "offset": str(page.offset), "api_key": "{key}"}
        return Request(ask.need("path"), query)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        """Its _links.next is not looked at: it is there on the last page, too, and holds the key."""
        records, total = _opened(reply.content, reply.label)
        return Envelope(len(json_reply.array(records)), total)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(_opened(content, where)[0], where)


def _opened(content: bytes, where: str) -> tuple[bytes, int | None]:
    """The JSON array of records, bare or not, and how many there are on all pages. Refuses errors."""
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if content[:1] not in (b"{", b"["):
        _refuse_key(content.decode("utf-8", "replace"), where)
    try:
        if content[:1] == b"[":
            json_reply.array(content)
            return content, None
        top = json_reply.objects(content)
        if "records" not in top:
            _refuse_object(json_reply.value(content), where)
        json_reply.array(top["records"])
        total = json_reply.value(top.get("total"))
        return bytes(top["records"]), None if total in (None, "") else int(total)
    except json_reply.NotJsonError as error:
        refuse_json(error, content, where)
    except (ValueError, TypeError) as error:
        refuse("shape", f"total is not a number ({error})", where)


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
