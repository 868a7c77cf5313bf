"""A context broker's replies (NGSI-LD): a bare list of entities, number and next page in headers, problems."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question

DEFAULT, MOST = 20, 1000
JSON = {"content-type": "application/json"}
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
SIMPLE = ("keyValues", "simplified")


def reply(question: Question, find: FindRows) -> Answer:
    """/ngsi-ld/v1/entities?type&limit&offset&count&options=keyValues"""
    query = question.query
    if question.headers.get("authorization", "").removeprefix("Bearer ") == REFUSED_KEY:
        return _problem(401, "Unauthorized", "the token is not valid")
    if question.headers.get("ngsild-tenant"):
        return _problem(404, "NonexistentTenant", "there is no such tenant")
    if question.path != ("ngsi-ld", "v1", "entities"):
        return _problem(404, "ResourceNotFound", "there is no such resource")
    if not query.get("type"):
        return _problem(400, "BadRequestData", "at least one of type, attrs, q or georel is needed")
    limit, offset = query.get("limit", str(DEFAULT)), query.get("offset", "0")
    counted = query.get("count") == "true"
    if not (limit.isdecimal() and offset.isdecimal() and (0 if counted else 1) <= int(limit) <= MOST):
        return _problem(400, "BadRequestData", f"limit must lie in 1..{MOST} and offset be 0 or more")
    simple = any(option in SIMPLE for option in query.get("options", "").split(","))
    rows = find(question, (query["type"], "keyValues" if simple else "normalized"))
    if rows is None:
        return _problem(400, "BadRequestData", "the type is not a type")
    headers = {**JSON, **({"NGSILD-Results-Count": str(len(rows))} if counted else {})}
    after = int(offset) + int(limit)
    if after < len(rows) and int(limit):
        link = f"{question.address}/{'/'.join(question.path)}?{urlencode({**query, 'offset': str(after)})}"
        headers["Link"] = f'<{link}>; rel="next"; type="application/json"'
    return Answer(rows.page(int(offset), int(offset) + int(limit)), headers=headers)


def _problem(status: int, kind: str, detail: str) -> Answer:
    text = json.dumps({"type": f"{ERRORS}{kind}", "title": kind, "detail": detail})
    return Answer(text.encode(), status, {"content-type": "application/problem+json"})
