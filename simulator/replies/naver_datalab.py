"""NAVER DataLab's replies: a question in the body of a POST, ratios in the answer, errors with an HTTP status."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question
from simulator.shapes.naver_datalab import TOPICS

MOST_GROUPS = 5


def reply(question: Question, find: FindRows) -> Answer:
    """POST {startDate, endDate, timeUnit: date, keywordGroups: [{groupName, keywords}]}"""
    keys = [question.headers.get(name, "") for name in ("x-naver-client-id", "x-naver-client-secret")]
    if any(key in ("", REFUSED_KEY) for key in keys):
        return _error(401, "024", "NID AUTH Result Invalid (1000) : Authentication failed. (인증에 실패했습니다.)")
    asked = _asked(question.body)
    if asked is None:
        return _error(400, "400", "잘못된 요청입니다. (Bad Request)")
    topics = [_topic([group["groupName"], *group["keywords"]]) for group in asked["keywordGroups"]]
    rows = find(question, ("search", asked["startDate"], asked["endDate"], *topics))
    if rows is None:
        return _error(400, "400", "잘못된 요청입니다. (Bad Request)")
    ratios = rows.frame.rows(named=True)
    results = [
        {
            "title": group["groupName"],
            "keywords": group["keywords"],
            "data": [{"period": row["period"], "ratio": row["ratio"]} for row in ratios if row["group"] == number],
        }
        for number, group in enumerate(asked["keywordGroups"])
    ]
    head = {name: asked[name] for name in ("startDate", "endDate", "timeUnit")}
    return Answer(json.dumps({**head, "results": results}, ensure_ascii=False, separators=(",", ":")).encode())


def _asked(body: bytes) -> dict[str, Any] | None:
    """The question, None where it is not one that this service answers."""
    try:
        asked = json.loads(body)
        groups = asked["keywordGroups"]
        dates = [asked["startDate"], asked["endDate"]]
        named = all(
            isinstance(g["groupName"], str) and g["keywords"] and isinstance(g["keywords"], list) for g in groups
        )
    except (ValueError, KeyError, TypeError):
        return None
    right = all(isinstance(d, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", d) for d in dates)
    if not (named and right and dates[0] <= dates[1] and 1 <= len(groups) <= MOST_GROUPS):
        return None
    return asked if asked.get("timeUnit") == "date" else None


def _topic(words: list[Any]) -> str:
    """The topic that one of the words means, "" for what nobody searched here."""
    return next((topic for topic, names in TOPICS.items() if any(word in names for word in words)), "")


def _error(status: int, code: str, message: str) -> Answer:
    text = json.dumps({"errorMessage": message, "errorCode": code}, ensure_ascii=False)
    return Answer(text.encode(), status)
