"""Air4Thai's reply: all stations at once, without a key; its web server calls it HTML."""

from __future__ import annotations

from simulator.messages import Answer, FindRows, Question

NAME = "getNewAQI_JSON.php"


def reply(question: Question, find: FindRows) -> Answer:
    """/services/getNewAQI_JSON.php"""
    rows = find(question, ("stations",)) if question.path[-1:] == (NAME,) else None
    if rows is None:
        return Answer(b"<html><head><title>404 Not Found</title></head></html>", 404, {"content-type": "text/html"})
    headers = {"content-type": "text/html; charset=UTF-8"}
    return Answer(b'{"stations":' + rows.page(0, len(rows)) + b"}", headers=headers)
