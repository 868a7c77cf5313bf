"""Replies of Taiwan's Ministry of Environment (v2): limit and offset; a refused key is plain text with status 200."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question

MOST = 1000
TEXT = {"content-type": "text/html; charset=UTF-8"}


def reply(question: Question, find: FindRows) -> Answer:
    """/aqx_p_432?api_key&limit&offset&format=JSON, also below api/v2/"""
    query = question.query
    if query.get("api_key", "") in ("", REFUSED_KEY):
        return Answer(b"api_key is invalid", headers=TEXT)
    rows = find(question, question.path[-1:])
    if rows is None:
        return Answer(b'{"error":"the data set does not exist"}', 404)
    limit, offset = query.get("limit", str(MOST)), query.get("offset", "0")
    if query.get("format", "JSON").upper() != "JSON" or not (limit.isdecimal() and offset.isdecimal()):
        return Answer(b'{"error":"format, limit or offset is wrong"}', 400)
    start, size = int(offset), min(int(limit), MOST)
    # the link repeats the key, and is there on the last page, too
    link = f"/api/v2/{question.path[-1]}?{urlencode({'api_key': query['api_key'], 'offset': start + size})}"
    head = {"include_total": True, "total": str(len(rows)), "limit": str(size), "offset": str(start)}
    text = json.dumps(head | {"_links": {"next": link}}).encode()
    return Answer(text[:-1] + b',"records":' + rows.page(start, start + size) + b"}")
