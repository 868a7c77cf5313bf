"""The gateway of data.go.kr (AirKorea, KMA and all the others): numbered pages below response.body.items.

Total: `totalCount`. Pages: pageNo and numOfRows, both repeated in `body`. A row has no id: it is itself.
The secret is called key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, echoed
from assets.connectors.refusals import refuse, refuse_json, stated_total, xml_tree
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

OK, EMPTY = 0, 3
# Of the gateway and of the services behind it alike; a code that is not here is the contract's fault.
KINDS = {
    1: "down",
    2: "down",
    4: "down",
    5: "down",
    99: "down",
    20: "auth",
    21: "auth",
    30: "auth",
    31: "auth",
    32: "auth",
    33: "auth",
    22: "quota",
}


class DataGoKr(Protocol):
    """Korea's national open data gateway."""

    asked: ClassVar = {
        "path": "Path below the gateway: organisation, service and operation.",
        "query": "Further parameters.",
        "type": "Parameter that asks for JSON, as name or name=value; returnType where it is not said (KMA: dataType).",
        "rows": "Parameter for the rows on a page; numOfRows where it is not said.",
        "page": "Parameter for the number of the page; pageNo where it is not said.",
    }

    page_cap = 1000

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        kind, _, value = own.get("type", "returnType").partition("=")
        query = ask.texts("query")
        query |= {
            kind: value or ("JSON" if kind == "dataType" else "json"),  # KMA writes it in capitals
            own.get("rows", "numOfRows"): str(page.size),
            own.get("page", "pageNo"): str(page.number),
            "serviceKey": "{key}",
        }
        return Request(ask.need("path"), query)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        found = _opened(reply.content, reply.label)
        keys = json_reply.row_keys(found.items)
        most = found.size if found.total is None else None
        echo = echoed({service.ask.get("page", "pageNo"): found.page})
        return Envelope(len(keys), found.total, most=most, keys=keys, echo=echo)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.text_rows(_opened(content, where).items, where)


@dataclass(frozen=True)
class _Opened:
    """The JSON array of rows, and what stands beside it."""

    items: bytes
    total: int | None  # rows on all pages
    page: Any = None  # its number
    size: int | None = None  # rows on a full page


_NO_ROWS = _Opened(b"[]", 0)


def _opened(content: bytes, where: str) -> _Opened:
    """Refuses errors."""
    if json_reply.begins_with(content) == b"<":
        return _markup(content.removeprefix(json_reply.BOM), where)
    try:
        top = json_reply.objects(content)
        top = json_reply.objects(top["OpenAPI_ServiceResponse"]) if "OpenAPI_ServiceResponse" in top else top
        if "cmmMsgHeader" in top:
            header = _mapping(top["cmmMsgHeader"])
            message = f"{header.get('errMsg', '')} {header.get('returnAuthMsg', '')}".strip()
            _judge(header.get("returnReasonCode"), message, where)
            return _NO_ROWS
        # food and drugs (1471000) have header and body at the top
        response = json_reply.objects(top["response"]) if "response" in top else top
        header = _mapping(response.get("header"))
        if _judge(header.get("resultCode"), str(header.get("resultMsg", "")), where) == EMPTY:
            return _NO_ROWS
        body = json_reply.objects(response.get("body", msgspec.Raw(b"null")))
        total, page, size = (json_reply.value(body.get(name)) for name in ("totalCount", "pageNo", "numOfRows"))
        items = _array(body.get("items", msgspec.Raw(b"null")))
        return _Opened(items, stated_total(total, where), page, json_reply.whole(size))
    except json_reply.NotJsonError as error:
        refuse_json(error, content, where)


def _array(items: msgspec.Raw | bytes) -> bytes:
    """The rows as an array. No row is "" or [], a single one a bare object, and `item` is left out or not."""
    raw = bytes(items).strip()
    if raw[:1] == b"{":
        inner = json_reply.objects(raw)
        return _array(inner["item"]) if list(inner) == ["item"] else b"[" + raw + b"]" if inner else b"[]"
    if raw[:1] != b"[":
        if str(json_reply.value(raw) or "").strip():
            raise json_reply.NotJsonError(f"items is {raw[:40]!r}", cut=False)
        return b"[]"
    elements = json_reply.array(raw)
    if elements and bytes(elements[0]).strip()[:1] == b"{" and list(json_reply.objects(elements[0])) == ["item"]:
        return b"[" + b",".join(bytes(json_reply.objects(element)["item"]) for element in elements) + b"]"
    return raw


def _markup(content: bytes, where: str) -> _Opened:
    """The gateway's own errors are XML whatever was asked for, and so is all of a service that cannot do JSON."""
    tree = xml_tree(content, where)
    found = {child.tag: (child.text or "").strip() for child in tree.iter()}
    code = found.get("returnReasonCode", found.get("resultCode"))
    if code is None:
        kind = "an HTML page" if tree.tag.lower().endswith("html") else f"XML, its root is {tree.tag!r}"
        refuse("content", f"the reply is not the JSON that was asked for: it is {kind}", where)
    said = [found.get(name, "") for name in ("errMsg", "returnAuthMsg", "resultMsg")]
    if _judge(code, " ".join(text for text in said if text), where) == OK:
        refuse("shape", "the rows are XML although JSON was asked for: `type` in `ask` has another name here", where)
    return _NO_ROWS


def _judge(code: Any, message: str, where: str) -> int:
    """OK or EMPTY; refuses everything else. "00", "0000" and 0 are one code."""
    if code is None:
        refuse("shape", "the reply has neither a result code nor an error of the gateway", where)
    text = str(code).strip()
    number = int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else -1
    if number not in (OK, EMPTY):
        refuse(KINDS.get(number, "request"), f"{text[:40]} {message}", where)
    return number


def _mapping(raw: msgspec.Raw | None) -> dict[str, Any]:
    found = json_reply.value(raw)
    return found if isinstance(found, dict) else {}


PROTOCOL = DataGoKr()
