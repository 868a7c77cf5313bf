"""What is refused of a reply, and with which failure: another format than expected, or an error the service reports."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any, NoReturn, TypeVar
from xml.etree.ElementTree import Element

import msgspec
from defusedxml import ElementTree

from assets.connectors.protocol import Reply
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers import json_reply
from assets.readers.containers import container
from assets.readers.rows import without_addresses

Sliced = TypeVar("Sliced")
MOST_ROWS = 10**12  # no service of a city has more
_THROTTLED = re.compile(r"(?i)too many requests|rate.?limit|throttl|quota")
_MARKUP = re.compile(rb"(?i)<(!doctype|html|head|body|\?xml|!--)")


def json_object(reply: Reply) -> json_reply.Slices:
    """The members of the JSON object that a reply has to be; anything else is refused."""
    return _json(reply, json_reply.objects)


def json_array(reply: Reply) -> list[msgspec.Raw]:
    """The elements of the JSON array that a reply has to be; anything else is refused."""
    return _json(reply, json_reply.array)


def _json(reply: Reply, decode: Callable[[bytes], Sliced]) -> Sliced:
    try:
        return decode(reply.content)
    except json_reply.NotJsonError as error:
        refuse_json(error, reply.content, reply.label)


def refuse_json(
    error: json_reply.NotJsonError, content: bytes, where: str, what: str = "the reply has an unexpected structure"
) -> NoReturn:
    """Refuse what could not be read as the JSON that was expected; `what` is said of JSON that is another one."""
    begin = json_reply.begins_with(content)
    if begin not in (b"{", b"["):
        kind = "an HTML page" if _html(content) else "XML" if begin == b"<" else "plain text" if begin else "empty"
        refuse("content", f"the reply is not the JSON that was asked for: it is {kind}", where)
    if error.cut:
        refuse("truncated", "the JSON ends in the middle", where)
    refuse("shape", f"{what} ({error})", where)


def stated_total(found: Any, where: str) -> int | None:
    """How many rows a service says there are; None where it says nothing. Refuses what is no such number."""
    if found is None or found == "":
        return None
    if isinstance(found, float) and found.is_integer() and 0 <= found < MOST_ROWS:
        return int(found)
    total = None if isinstance(found, bool) else json_reply.whole(found)
    if total is None or total >= MOST_ROWS:
        refuse("total", f"its total of rows is no number of rows: {str(found)[:40]!r}", where)
    return total


def refuse_throttled(said: str, reply: Reply) -> None:
    """Refuse, for now, an error that came with status 200 and says that too much was asked."""
    if reply.status == 200 and _THROTTLED.search(said):
        hint = "no action if it recovers; otherwise lower per_second in the contract"
        what = f"the service says {without_addresses(said)[:300]!r}"
        raise TransientFailure("SERVICE-BUSY", what, reply.label, hint)


def xml_tree(content: bytes, where: str) -> Element:
    """The XML of a reply; what is none is refused: broken, with entities, or in an encoding nobody reads."""
    try:
        return ElementTree.fromstring(content)
    except (SyntaxError, ValueError, LookupError) as error:
        html = _html(content)
        refuse("content", "it is an HTML page" if html else f"the XML cannot be read ({type(error).__name__})", where)


def _html(content: bytes) -> bool:
    begin = content[:2000].lower()
    return b"<html" in begin or b"<!doctype html" in begin


def refused(kind: str, said: str, where: str) -> FeedFailure:
    """The failure for what went wrong. `kind`: auth, quota, request, down, total, shape, content or truncated."""
    said = (
        f"the service says {without_addresses(said)[:300]!r}" if kind in ("auth", "quota", "request", "down") else said
    )
    if kind == "auth":
        return PermanentFailure(
            "SERVICE-AUTH", said, where, "check the key in the environment and whether it has expired"
        )
    if kind == "quota":
        return TransientFailure(
            "SERVICE-QUOTA",
            said,
            where,
            "wait until tomorrow, ask for a higher quota, or lower per_day in the contract",
        )
    if kind == "request":
        return PermanentFailure("SERVICE-REQUEST", said, where, "correct `ask` in the contract of this feed")
    if kind == "down":
        return TransientFailure(
            "SERVICE-DOWN", said, where, "no action needed; it will be retried in the next nightly run"
        )
    if kind == "truncated":
        return TransientFailure(
            "SERVICE-TRUNCATED", said, where, "it will be retried; if it stays, ask for smaller pages"
        )
    if kind == "content":
        return TransientFailure("SERVICE-CONTENT", said, where, "look at the landed reply; often a maintenance page")
    if kind == "total":
        hint = "ask the provider; where its totals are no totals, say `total: false` in `ask`"
        return PermanentFailure("SERVICE-TOTAL", said, where, hint)
    if kind == "shape":
        hint = "look at the landed reply; if the service changed, add its new shape to the protocol or the contract"
        return PermanentFailure("SERVICE-SHAPE", said, where, hint)
    raise ValueError(kind)


def refuse(kind: str, said: str, where: str) -> NoReturn:
    """Raise the failure that `refused` gives."""
    raise refused(kind, said, where)


def refuse_other(content: bytes, where: str) -> None:
    """Refuse what is no file: nothing, a page in its place, or the beginning of a zip."""
    if not content.strip():
        refuse("content", "the file is empty", where)
    head = content[:20_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _MARKUP.match(head):
        title = re.search(rb"(?is)<(title|h1|message|errmsg)\b[^>]*>\s*([^<]{1,120})", head)
        said = f" that says {without_addresses(title[2].decode('utf-8', 'replace').strip())!r}" if title else ""
        refuse("content", f"it is an HTML or XML page{said}, not the file", where)
    if container(content) == "zip" and not zipfile.is_zipfile(BytesIO(content)):
        refuse("truncated", "the zip ends before its table of contents", where)
