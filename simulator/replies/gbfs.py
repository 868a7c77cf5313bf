"""GBFS replies: one file for each feed, below 2.3/ or 3.0/, made at the last full minute of the simulated clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from simulator.messages import Answer, FindRows, Question
from simulator.shapes.gbfs import TTL_S, updated

VERSIONS = ("2.3", "3.0")
FEEDS = ("system_information", "station_information", "station_status")
JSON = {"content-type": "application/json"}


def reply(question: Question, find: FindRows) -> Answer:
    """/{2.3|3.0}/{gbfs|station_status|station_information|system_information}.json"""
    version = question.path[0] if question.path else ""
    name = question.path[-1].removesuffix(".json") if question.path else ""
    if version not in VERSIONS or len(question.path) != 2 or not question.path[-1].endswith(".json"):
        return Answer(b'{"message":"Not Found"}', 404, JSON)
    if name == "gbfs":
        return _wrapped(question, version, json.dumps(_feeds(question, version)).encode())
    rows = find(question, (version, name))
    if rows is None:
        return Answer(b'{"message":"Not Found"}', 404, JSON)
    if name == "system_information":
        return _wrapped(question, version, rows.lines[0])
    return _wrapped(question, version, b'{"stations":' + rows.page(0, len(rows)) + b"}")


def _feeds(question: Question, version: str) -> dict[str, object]:
    feeds = [{"name": name, "url": f"{question.address}/{version}/{name}.json"} for name in FEEDS]
    return {"feeds": feeds} if version == "3.0" else {question.world.city.config.languages[0]: {"feeds": feeds}}


def _wrapped(question: Question, version: str, data: bytes) -> Answer:
    seconds = updated(question)
    moment = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    made: object = seconds if version == "2.3" else moment
    head = json.dumps({"last_updated": made, "ttl": TTL_S, "version": version})
    return Answer(f'{head[:-1]}, "data":'.encode() + data + b"}", headers=JSON)
