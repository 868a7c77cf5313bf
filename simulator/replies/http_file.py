"""Files on a web server: CSV and GeoJSON with ETag and Last-Modified, 304 where nothing changed, 404 elsewhere."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, time
from email.utils import format_datetime, parsedate_to_datetime

from simulator.messages import Answer, FindRows, Question, Rows
from simulator.world.registers import INSTALLED_SINCE

# Parts of the name of a feed or of the last part of the path.
KINDS = {
    "sdot_ref": "sensors",
    "sensor": "sensors",
    "boundaries": "outlines",
    "municipalities": "outlines",
}
CHANGED_AT = datetime.combine(INSTALLED_SINCE, time(), UTC)  # the register and the outlines never change here


def reply(question: Question, find: FindRows) -> Answer:
    """GET, with If-None-Match or If-Modified-Since. The feed's name says which file it is, else the path does."""
    names = (question.feed.name, question.path[-1] if question.path else "")
    kind = next((kind for name in names for part, kind in KINDS.items() if part in name), None)
    rows = find(question, (kind,)) if kind is not None else None
    if rows is None:
        return Answer(b"404 Not Found", 404, {"content-type": "text/plain"})
    body, content_type = (
        (_csv(rows), "text/csv;charset=UTF-8") if kind == "sensors" else (_geojson(rows), "application/geo+json")
    )
    headers = {
        "etag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
        "last-modified": format_datetime(CHANGED_AT, usegmt=True),
    }
    if _unchanged(question, headers["etag"]):
        return Answer(b"", 304, headers)
    return Answer(body, headers={**headers, "content-type": content_type})


def _unchanged(question: Question, etag: str) -> bool:
    """The condition of the request; a date counts only where no ETag was sent."""
    tags = question.headers.get("if-none-match")
    if tags is not None:
        return etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    try:
        return parsedate_to_datetime(question.headers.get("if-modified-since", "")) >= CHANGED_AT
    except (TypeError, ValueError):
        return False


def _csv(rows: Rows) -> bytes:
    return rows.frame.write_csv().encode()


def _geojson(rows: Rows) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {name: row[name] for name in row if name != "geometry"},
            "geometry": json.loads(row["geometry"]),
        }
        for row in rows.frame.iter_rows(named=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
