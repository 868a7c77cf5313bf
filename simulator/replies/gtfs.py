"""A GTFS timetable: one zip with the same bytes until its content changes, an ETag, and 304 to who has it."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO

from simulator.messages import Answer, FindRows, Question
from simulator.shapes.gtfs import TABLES

SAVED = (2020, 1, 1, 0, 0, 0)  # in the zip: of any moment, so that the bytes do not change with it
WITH_BOM = "stops"  # saved by another program than the other tables


def reply(question: Question, find: FindRows) -> Answer:
    """/{anything}.zip"""
    if not question.path or not question.path[-1].endswith(".zip"):
        return Answer(b"Not Found", 404, {"content-type": "text/plain"})
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in TABLES:
            rows = find(question, (table,))
            if rows is None:
                continue
            text = rows.frame.write_csv().encode()
            archive.writestr(_member(table), b"\xef\xbb\xbf" + text if table == WITH_BOM else text)
    body = packed.getvalue()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    known_tags = [tag.strip().removeprefix("W/") for tag in question.headers.get("if-none-match", "").split(",")]
    if etag in known_tags:
        return Answer(b"", 304, {"etag": etag})
    return Answer(body, headers={"content-type": "application/zip", "etag": etag})


def _member(table: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(f"{table}.txt", SAVED)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
