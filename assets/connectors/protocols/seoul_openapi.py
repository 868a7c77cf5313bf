"""Seoul Open Data Plaza: /{key}/json/{service}/{start}/{end}[/argument...], 1-based, at most 1,000 rows a call.

Total: `list_total_count`, of all pages. Pages: the first and the last row are part of the path, which no reply repeats.
A row has no id: it is itself. A section of citydata (`part`) is whole on its one page.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, ClassVar
from urllib.parse import quote
from xml.etree.ElementTree import Element

import msgspec

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_object, refuse, stated_total, xml_tree
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

OK, EMPTY = "INFO-000", "INFO-200"
KINDS = {
    "INFO-100": "auth",
    "ERROR-290": "auth",
    "ERROR-337": "quota",
    "ERROR-500": "down",
    "ERROR-600": "down",
    "ERROR-601": "down",
}


class SeoulOpenApi(Protocol):
    """Seoul's open data services."""

    asked: ClassVar = {
        "service": "Name of the service in the path.",
        "arguments": "Texts that follow in the path.",
        "format": "json or xml; json where it is not said.",
        "root": "Name of the rows in the reply, where it is another than the service.",
        "total": "false where list_total_count repeats the size of the page, as bikeList's does.",
        "part": "Of citydata: the section that holds the records.",
    }

    page_cap = 1000

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        first = page.offset + 1
        arguments = [str(text) for text in ask.fill(own.get("arguments", []))]
        # a link cannot carry the Korean of an argument as it is
        parts = ["{key}", own.get("format", "json"), ask.need("service"), str(first), str(first + page.size - 1)]
        return Request("/".join([*parts, *[quote(text, safe="") for text in arguments]]))

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        if json_reply.begins_with(reply.content) == b"<":
            return self._xml(service, reply)
        top = json_object(reply)
        root = _root(service)
        code, message = _result(top.get("RESULT"))
        if root not in top:
            if code == EMPTY or (code == OK and "list_total_count" in top):
                return Envelope(0, 0)
            if code is None:
                # past its end, bikeList answers without its root key
                if not service.ask.get("total", True) and not top:
                    return Envelope(0)
                refuse("shape", f"there is no {root!r} in the reply, it has {sorted(top)[:8]}", reply.label)
            refuse(KINDS.get(code, "request"), f"{code} {message}", reply.label)
        return self._inside(service, top, root, reply.label)

    def _inside(self, service: Service, top: json_reply.Slices, root: str, label: str) -> Envelope:
        part = service.ask.get("part")
        try:
            if part is not None:  # citydata: one place, its records in a section that may be a list or a single object
                if _nothing(*_result(top.get("RESULT")), label):
                    return Envelope(0, 0)
                records = len(_section(top[root], part))
                return Envelope(records, records)
            inner = json_reply.objects(top[root])
            code, message = _result(inner.get("RESULT"))
            if _nothing(code, message, label):
                return Envelope(0, 0)
            if code is None and "row" not in inner:  # or a day without any rows would look like a day without data
                refuse("shape", f"{root} has neither RESULT nor row, it has {sorted(inner)[:8]}", label)
            keys = json_reply.row_keys(inner["row"]) if "row" in inner else ()
            stated = json_reply.value(inner.get("list_total_count"))
        except json_reply.NotJsonError as error:
            refuse("shape", f"{root} has an unexpected structure ({error})", label)
        return Envelope(len(keys), _total(service, stated, label), keys=keys)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        if json_reply.begins_with(content) == b"<":
            return json_reply.reply_rows([_record(row) for row in xml_tree(content, where).iter("row")], where)
        top = json_reply.objects(content)
        root = _root(service)
        if "part" in service.ask:
            # of many places, one may have answered INFO-200
            empty = _result(top.get("RESULT"))[0] == EMPTY
            found = msgspec.Raw(b"{}") if empty else top.get(root, msgspec.Raw(b"{}"))
            place = {k: json_reply.value(v) for k, v in json_reply.objects(found).items() if bytes(v)[:1] == b'"'}
            return json_reply.reply_rows([place | record for record in _section(found, service.ask["part"])], where)
        inner = json_reply.objects(top.get(root, msgspec.Raw(b"{}")))
        empty = _result(inner.get("RESULT"))[0] == EMPTY or "row" not in inner
        return json_reply.text_rows(msgspec.Raw(b"[]") if empty else inner["row"], where)

    def _xml(self, service: Service, reply: Reply) -> Envelope:
        tree = xml_tree(reply.content, reply.label)
        result = tree if tree.tag == "RESULT" else tree.find("RESULT")
        code = result.findtext("CODE") if result is not None else None
        message = result.findtext("MESSAGE") or "" if result is not None else ""
        if _nothing(code, message, reply.label):
            return Envelope(0, 0)
        if code is None or tree.tag != _root(service):
            refuse("content", f"the reply is not the one that was asked for (its root is {tree.tag!r})", reply.label)
        keys = tuple(blake2b(repr(_record(row)).encode(), digest_size=16).digest() for row in tree.findall("row"))
        stated = tree.findtext("list_total_count")
        return Envelope(len(keys), _total(service, stated, reply.label), keys=keys)


def _root(service: Service) -> str:
    """The name of what holds the rows."""
    return service.ask.get("root") or Ask(service).need("service")


def _total(service: Service, stated: Any, where: str) -> int | None:
    return stated_total(stated, where) if service.ask.get("total", True) else None


def _result(raw: msgspec.Raw | None) -> tuple[str | None, str]:
    """Code and message; citydata writes the names with dots."""
    if raw is None:
        return None, ""
    found: Any = json_reply.value(raw)
    if not isinstance(found, dict):
        return None, ""
    code = found.get("CODE", found.get("RESULT.CODE"))
    return None if code is None else str(code), str(found.get("MESSAGE", found.get("RESULT.MESSAGE", "")))


def _nothing(code: str | None, message: str, where: str) -> bool:
    """Does the service say that it has no data? Refuses its errors; a reply without a code is judged by its rows."""
    if code not in (None, OK, EMPTY):
        refuse(KINDS.get(code, "request"), f"{code} {message}", where)
    return code == EMPTY


def _section(place: msgspec.Raw, part: str) -> list[dict[str, Any]]:
    """The records of a section: a list, a single object in place of a list of one, or anything else for none."""
    raw = json_reply.objects(place).get(part)
    found = None if raw is None else json_reply.exact(raw)
    if isinstance(found, dict):
        return [found]
    return [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []


def _record(row: Element) -> dict[str, Any]:
    return {child.tag: child.text for child in row}


PROTOCOL = SeoulOpenApi()
