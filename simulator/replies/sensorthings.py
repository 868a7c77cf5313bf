"""SensorThings 1.1: Things, Datastreams, Observations; a link to the next page, which repeats the question."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question, Rows, Selection
from simulator.rendering.instants import local_time

DEFAULT, MOST = 100, 1000
SHOWN = timedelta(days=31)  # observations that are shown where no time is asked for
CONDITION = re.compile(r"phenomenonTime (ge|gt|lt|le) ([0-9TZ:+.-]+)")
ORDERS = ("", "phenomenonTime", "phenomenonTime asc", "@iot.id", "@iot.id asc")
TICK = timedelta(microseconds=1)


def reply(question: Question, find: FindRows) -> Answer:
    """/v1.1/{Things|Datastreams|Datastreams(id)/Observations}?$filter&$orderby&$top&$skip&$count"""
    if question.headers.get("authorization") == f"Bearer {REFUSED_KEY}":
        return _error(401, "The bearer token is not valid")
    top, skip = (question.query.get(name, given) for name, given in (("$top", str(DEFAULT)), ("$skip", "0")))
    if not (top.isdecimal() and skip.isdecimal()):
        return _error(400, "$top and $skip must be whole numbers")
    asked = _asked(question)
    rows = find(question, asked) if isinstance(asked, tuple) else None
    if isinstance(asked, Answer):
        return asked
    if rows is None:
        return _error(404, "Nothing rows.")
    return _page(question, rows, min(int(top), MOST), int(skip))


def _asked(question: Question) -> Selection | Answer:
    if question.path in (("v1.1", "Things"), ("v1.1", "Datastreams")):
        return question.path[1:]
    stream = re.fullmatch(r"Datastreams\(([0-9]+)\)", question.path[1]) if len(question.path) == 3 else None
    if stream is None or question.path[0] != "v1.1" or question.path[2] != "Observations":
        return _error(404, "Not a valid path")
    if question.query.get("$orderby", "") not in ORDERS:
        return _error(400, "$orderby is not supported for this property")
    span = _span(question, question.query.get("$filter", ""))
    if span is None:
        return _error(400, "Failed to parse the $filter")
    return ("Observations", stream[1], *(f"{at.isoformat()}" for at in span))


def _span(question: Question, text: str) -> tuple[datetime, datetime] | None:
    """From (included) and to (not included) in local time."""
    first, last = question.now - SHOWN, question.now + TICK
    for part in text.split(" and ") if text else []:
        match = CONDITION.fullmatch(part.strip())
        at = local_time(question, match[2]) if match is not None else None
        if match is None or at is None:
            return None
        if match[1] in ("ge", "gt"):
            first = at + TICK if match[1] == "gt" else at
        else:
            last = at + TICK if match[1] == "le" else at
    return first, last


def _page(question: Question, rows: Rows, top: int, skip: int) -> Answer:
    head: dict[str, object] = {}
    if question.query.get("$count") == "true":
        head["@iot.count"] = len(rows)
    if skip + top < len(rows):
        more = {**question.query, "$top": str(top), "$skip": str(skip + top)}
        link = f"{question.address}/{'/'.join(question.path)}?{urlencode(more, safe='$():,')}"
        head["@iot.nextLink"] = link
    text = json.dumps(head)[:-1] + (", " if head else "")
    return Answer(f'{text}"value":'.encode() + rows.page(skip, skip + top) + b"}")


def _error(status: int, message: str) -> Answer:
    return Answer(json.dumps({"code": status, "type": "error", "message": message}).encode(), status)
