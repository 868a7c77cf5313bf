"""OpenAQ's replies (v3): pages of results; `found` is a text where the page is full, and nothing without a key."""

from __future__ import annotations

import json
from datetime import timedelta

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question, Rows, Selection
from simulator.rendering.instants import local_time, now_utc

DEFAULT, MOST = 100, 1000
LONGEST = timedelta(days=92)  # a longer time frame takes the database too long
RATE = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "59", "x-ratelimit-used": "1", "x-ratelimit-reset": "60"}
JSON = {"content-type": "application/json", **RATE}


def reply(question: Question, find: FindRows) -> Answer:
    """/v3/locations, /v3/locations/{id}/latest, /v3/sensors/{id}/{hours|days}?datetime_from&datetime_to&page&limit"""
    if question.headers.get("x-api-key", "") in ("", REFUSED_KEY):
        return _said(401, "message", "Unauthorized. A valid API key must be provided in the X-API-Key header.")
    page, limit = (question.query.get(name, given) for name, given in (("page", "1"), ("limit", str(DEFAULT))))
    if not (page.isdecimal() and limit.isdecimal() and int(page) > 0 and 0 < int(limit) <= MOST):
        return _said(422, "detail", f"page must be 1 or more and limit lie in 1..{MOST}")
    asked = _asked(question)
    if isinstance(asked, Answer):
        return asked
    rows = find(question, asked)
    if rows is None:
        return _said(404, "detail", "Sensor not found" if asked[0] in ("hours", "days") else "Location not found")
    return _page(rows, int(page), int(limit))


def _asked(question: Question) -> Selection | Answer:
    match question.path:
        case ("v3", "locations"):
            return ("locations",)
        case ("v3", "locations", location, "latest"):
            return ("latest", location)
        case ("v3", "sensors", sensor, ("hours" | "days") as kind):
            return _sensor(question, kind, sensor)
    return _said(404, "detail", "Not Found")


def _sensor(question: Question, kind: str, sensor: str) -> Selection | Answer:
    texts = [question.query.get(name, "") for name in ("datetime_from", "datetime_to")]
    first, last = (local_time(question, text) for text in texts)
    if any(text and at is None for text, at in zip(texts, (first, last), strict=True)):
        return _said(422, "detail", "datetime_from and datetime_to must be dates or times as in ISO 8601")
    last = last or question.now
    if first is None or last - first > LONGEST:
        return _said(
            408,
            "detail",
            "Connection timed out: Try to provide more specific query parameters or a smaller time frame.",
        )
    return (kind, sensor, texts[0], texts[1] or now_utc(question).isoformat())


def _page(rows: Rows, page: int, limit: int) -> Answer:
    start = (page - 1) * limit
    count = max(0, min(len(rows) - start, limit))
    # it looks no further than the page: a full one may or may not be the last
    meta = {
        "name": "openaq-api",
        "website": "/",
        "page": page,
        "limit": limit,
        "found": f">{limit}" if count == limit else count,
    }
    return Answer(
        b'{"meta":' + json.dumps(meta).encode() + b',"results":' + rows.page(start, start + limit) + b"}", headers=JSON
    )


def _said(status: int, name: str, text: str) -> Answer:
    return Answer(json.dumps({name: text}).encode(), status, JSON)
