"""CKAN's datastore_search: 100 rows unless more are asked for, clipped silently, errors with HTTP status codes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import polars as pl

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question, Rows

DEFAULT, MOST = 100, 32_000
PATH = ("api", "3", "action", "datastore_search")
DAYS = ("reading_date", "measured_on")  # fields that filters may narrow down to one day


def reply(question: Question, find: FindRows) -> Answer:
    """/api/3/action/datastore_search?resource_id&limit&offset&sort&filters={"field":"value"}"""
    query = question.query
    if question.path != PATH:
        return _error(400, {"__type": "Validation Error", "message": "Bad request - Action name not known"})
    if question.headers.get("authorization") == REFUSED_KEY:
        return _error(403, {"__type": "Authorization Error", "message": "Access denied"})
    if not query.get("resource_id"):
        return _error(409, {"__type": "Validation Error", "resource_id": ["Missing value"]})
    limit, offset = query.get("limit", str(DEFAULT)), query.get("offset", "0")
    wrong = {name: ["Invalid integer"] for name, text in (("limit", limit), ("offset", offset)) if not _whole(text)}
    filters = _filters(query.get("filters", "{}"))
    wrong |= {} if filters is not None else {"filters": ["Cannot parse JSON"]}
    if wrong or filters is None:
        return _error(409, {"__type": "Validation Error", **wrong})
    day = next((str(filters[name]) for name in DAYS if name in filters), "")
    rows = find(question, (query["resource_id"], day))
    if rows is None:
        return _error(404, {"__type": "Not Found Error", "message": "Not found: Resource was not found."})
    chosen = _chosen(rows, filters, query.get("sort", ""))
    if isinstance(chosen, Answer):
        return chosen
    return _page(question, chosen, int(limit), int(offset))


def _page(question: Question, rows: Rows, limit: int, offset: int) -> Answer:
    size = min(limit, MOST)
    kept = {name: text for name, text in question.query.items() if name != "offset"}
    links = {
        "start": f"/api/action/datastore_search?{urlencode(kept)}",
        "next": f"/api/action/datastore_search?{urlencode(kept | {'offset': str(offset + size)})}",
    }
    fields = [{"id": name, "type": "int" if name == "_id" else "text"} for name in rows.frame.columns]
    head = {
        "include_total": True,
        "limit": size,
        "offset": offset,
        "resource_id": question.query["resource_id"],
        "fields": fields,
        "_links": links,
        "total": len(rows),
        "total_was_estimated": False,
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    help_ = f"{question.address}/api/3/action/help_show?name=datastore_search"
    start = json.dumps({"help": help_, "success": True}).encode()[:-1]
    body = b',"result":' + text[:-1] + b',"records":' + rows.page(offset, offset + size) + b"}}"
    return Answer(start + body)


def _chosen(rows: Rows, filters: dict[str, Any], sort: str) -> Rows | Answer:
    names = [part.split()[0] for part in sort.split(",") if part.strip()]
    unknown = sorted({*filters, *names} - set(rows.frame.columns))
    if unknown:
        return _error(409, {"__type": "Validation Error", "fields": [f"unknown: {name}" for name in unknown]})
    wanted = [pl.col(name).cast(pl.String).is_in(_texts(value)) for name, value in filters.items()]
    # what all rows have (the day that was asked for) takes nothing away; then the rendered rows are kept
    frame = rows.frame.filter(*wanted)
    if names:
        down = [part.split()[-1].lower() == "desc" for part in sort.split(",") if part.strip()]
        frame = frame.sort(names, descending=down, maintain_order=True)
    return rows if frame.equals(rows.frame) else Rows(frame)


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _filters(text: str) -> dict[str, Any] | None:
    try:
        filters = json.loads(text)
    except ValueError:
        return None
    return filters if isinstance(filters, dict) else None


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _error(status: int, error: dict[str, Any]) -> Answer:
    return Answer(json.dumps({"help": "datastore_search", "success": False, "error": error}).encode(), status)
