"""Socrata's replies (SODA 2): a bare list of rows of texts; pages that overlap unless they are ordered by :id."""

from __future__ import annotations

import json
import re

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question

DEFAULT, MOST = 1000, 50_000
UNORDERED = 3  # rows of the page before that come again, and as many that never come, where no order was asked for
# date = 'x', or date between 'x' and 'y', or date >= 'x' and date < 'y' (whole days)
EQUALS = re.compile(r"(?i)\s*date\s*=\s*'([0-9-]{10})[^']*'\s*")
BETWEEN = re.compile(r"(?i)\s*date\s+between\s+'([0-9-]{10})[^']*'\s+and\s+'([0-9-]{10})[^']*'\s*")
KNOWN = ("$limit", "$offset", "$order", "$where", "$select", "$$app_token")
COUNT = "count(*)"  # all else that could be selected is not served


def reply(question: Question, find: FindRows) -> Answer:
    """/resource/{id}.json?$limit&$offset&$order&$where&$select=count(*), token in X-App-Token (or none)"""
    query, token = question.query, question.headers.get("x-app-token", question.query.get("$$app_token"))
    if token == REFUSED_KEY:
        return _error(403, "permission_denied", "Invalid app_token specified")
    limit, offset = query.get("$limit", str(DEFAULT)), query.get("$offset", "0")
    if not (limit.isdecimal() and offset.isdecimal()) or int(limit) > MOST:
        return _error(400, "query.soql.invalid-paging", "Invalid $limit or $offset")
    span = _span(query.get("$where", ""))
    unknown = [name for name in query if name.startswith("$") and name not in KNOWN]
    if span is None or unknown or query.get("$select", COUNT) != COUNT:
        return _error(400, "query.compiler.malformed", f"Could not parse SoQL query at {unknown or '$where'}")
    name = question.path[1].removesuffix(".json") if _is_resource(question.path) else ""
    rows = find(question, (name, *span))
    if rows is None:
        return _error(404, "dataset.missing", "Not found")
    if "$select" in query:
        return Answer(json.dumps([{"count": str(len(rows))}]).encode())
    start, stop = int(offset), min(int(offset) + int(limit), len(rows))
    moved = UNORDERED if start and ":id" not in query.get("$order", "") else 0
    return Answer(rows.page(start - moved, stop - moved))


def _is_resource(path: tuple[str, ...]) -> bool:
    return len(path) == 2 and path[0] == "resource" and path[1].endswith(".json")


def _span(condition: str) -> tuple[str, str] | None:
    """First and last day that are asked for, empty without a condition; None for one that is not understood."""
    if not condition:
        return "", ""
    if match := EQUALS.fullmatch(condition):
        return match[1], match[1]
    if match := BETWEEN.fullmatch(condition):
        return match[1], match[2]
    return None


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(json.dumps({"code": code, "error": True, "message": message}).encode(), status)
