"""Replies of every protocol around rows that are made from a contract: no more than its envelope needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import escape

from assets.connectors.archive import ASKED_AT, ASKED_FOR
from simulator.deliver.asked import Asked
from simulator.deliver.delivery import MadeDelivery
from simulator.deliver.documents import entity
from simulator.deliver.files import file_content
from simulator.deliver.names import filled_pattern
from simulator.deliver.packed import packed, zipped
from simulator.deliver.unshaped import PART
from simulator.messages import Answer, Question
from simulator.rendering.instants import now_utc

Record = dict[str, Any]
_ADDED = (PART, ASKED_AT, ASKED_FOR)  # by the client, or by us
_XML = {"content-type": "application/xml;charset=UTF-8"}


@dataclass(frozen=True)
class _Reply:
    """Rows and the page of them that is asked for."""

    question: Question
    asked: Asked
    made: MadeDelivery | None
    records: list[Record]
    start: int
    stop: int

    @property
    def page(self) -> list[Record]:
        return self.records[self.start : self.stop]

    @property
    def ask(self) -> Mapping[str, Any]:
        return self.asked.service.ask


def envelope_of(question: Question, asked: Asked, made: MadeDelivery) -> Answer:
    """The reply with these rows, or with the page of them that is asked for."""
    records = made.frame.drop([name for name in _ADDED if name in made.frame.columns]).to_dicts()
    start, stop = _window(question, asked, len(records))
    return ENVELOPES[asked.service.protocol](_Reply(question, asked, made, records, start, stop))


def nothing_of(question: Question, asked: Asked) -> Answer:
    """The reply of a service that has no rows for this day."""
    if asked.service.protocol in ("http_file", "gtfs"):
        return Answer(b"404 Not Found", 404, {"content-type": "text/plain"})
    return ENVELOPES[asked.service.protocol](_Reply(question, asked, None, [], 0, 0))


def _window(question: Question, asked: Asked, total: int) -> tuple[int, int]:
    """The first row of the page and the one behind its last."""
    query, ask = question.query, asked.service.ask
    if asked.service.protocol == "seoul_openapi":
        return int(question.path[3]) - 1, int(question.path[4])
    if asked.service.protocol == "sensorthings":  # all at once: it has no next link then
        return 0, total
    names = {name: str(ask.get(name, usual)) for name, usual in (("rows", "numOfRows"), ("page", "pageNo"))}
    size = int(query.get("limit") or query.get("$limit") or query.get(names["rows"]) or total or 1)
    number = query.get("page") or query.get(names["page"])
    start = int(query.get("offset") or query.get("$offset") or 0) if number is None else (int(number) - 1) * size
    return start, start + size


def _json(document: Any, headers: Mapping[str, str] | None = None) -> Answer:
    kind = {"content-type": "application/json"}
    return Answer(json.dumps(document, ensure_ascii=False).encode(), headers={**kind, **(headers or {})})


def _air4thai(reply: _Reply) -> Answer:
    return _json({"stations": reply.records})


def _ckan(reply: _Reply) -> Answer:
    result = {
        "resource_id": reply.question.query.get("resource_id"),
        "limit": reply.stop - reply.start,
        "offset": reply.start,
        "total": len(reply.records),
        "records": reply.page,
    }
    return _json({"success": True, "result": result})


def _data_go_kr(reply: _Reply) -> Answer:
    size = max(reply.stop - reply.start, 1)
    body = {
        "items": reply.page,
        "pageNo": reply.start // size + 1,
        "numOfRows": size,
        "totalCount": len(reply.records),
    }
    return _json({"response": {"header": {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"}, "body": body}})


def _gbfs(reply: _Reply) -> Answer:
    if reply.asked.beside:
        return _json(_gbfs_document(reply, "stations", [{"station_id": r.get("station_id")} for r in reply.records]))
    own = ("_last_updated", "_ttl", "_version")
    records = [{name: value for name, value in record.items() if name not in own} for record in reply.records]
    return _json(_gbfs_document(reply, reply.ask.get("feed", "stations"), records))


def _gbfs_document(reply: _Reply, name: str, records: list[Record]) -> Record:
    first = reply.records[0] if reply.records else {}
    made = first.get("_last_updated") or f"{now_utc(reply.question):%Y-%m-%dT%H:%M:%SZ}"
    ttl, version = first.get("_ttl") or 60, first.get("_version") or "3.0"
    return {"last_updated": made, "ttl": int(ttl), "version": version, "data": {name: records}}


def _gtfs(reply: _Reply) -> Answer:
    day = reply.question.now.date()
    start, end = f"{day - timedelta(days=30):%Y%m%d}", f"{day + timedelta(days=60):%Y%m%d}"
    days = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    services = dict.fromkeys(record.get("service_id") or "all" for record in reply.records)
    calendar = f"service_id,{days},start_date,end_date\n"
    calendar += "".join(f"{service},1,1,1,1,1,1,1,{start},{end}\n" for service in services)
    assert reply.made is not None
    own = [name for name in reply.made.frame.columns if name in (*_ADDED, "_feed_start", "_feed_end")]
    table = str(reply.ask["table"]).removesuffix(".txt")
    members = {"calendar.txt": calendar.encode(), f"{table}.txt": reply.made.frame.drop(own).write_csv().encode()}
    return Answer(zipped(members), headers={"content-type": "application/zip"})


def _http_file(reply: _Reply) -> Answer:
    assert reply.made is not None
    layout, name = reply.asked.service.layout, reply.question.path[-1] if reply.question.path else "data"
    frame = reply.made.frame.drop([own for own in _ADDED if own in reply.made.frame.columns])
    content = file_content(frame, layout, name, {}, reply.made.units, (0.0, 0.0))
    member = filled_pattern(layout.member, "data") if layout.member else name
    content = packed(name, member, content, needs_container=layout.member is not None)
    return Answer(content, headers={"content-type": "application/octet-stream"})


def _moenv(reply: _Reply) -> Answer:
    head = {"total": str(len(reply.records)), "limit": str(reply.stop - reply.start), "offset": str(reply.start)}
    return _json({**head, "records": reply.page})


def _naver_datalab(reply: _Reply) -> Answer:
    asked = json.loads(reply.question.body)
    results = [
        {
            "title": group["groupName"],
            "keywords": group["keywords"],
            "data": [
                {"period": record.get("period") or asked["endDate"], "ratio": float(record[group["groupName"]])}
                for record in reply.records
                if record.get(group["groupName"]) is not None
            ],
        }
        for group in asked["keywordGroups"]
    ]
    return _json({name: asked[name] for name in ("startDate", "endDate", "timeUnit")} | {"results": results})


def _ngsi_ld(reply: _Reply) -> Answer:
    kind = str(reply.ask.get("type", "Thing"))
    entities = [entity(kind, number, record) for number, record in enumerate(reply.records)]
    page = entities[reply.start : reply.stop]
    return _json(page, {"NGSILD-Results-Count": str(len(entities))})


def _openaq(reply: _Reply) -> Answer:
    size = max(reply.stop - reply.start, 1)
    meta = {"page": reply.start // size + 1, "limit": size, "found": len(reply.records)}
    return _json({"meta": meta, "results": reply.page})


def _sensorthings(reply: _Reply) -> Answer:
    return _json({"@iot.count": len(reply.records), "value": reply.page})


def _seoul_openapi(reply: _Reply) -> Answer:
    root, code = str(reply.ask.get("root") or reply.ask["service"]), "INFO-000"
    if reply.start >= len(reply.records):
        code = "INFO-200"
    result = {"CODE": code, "MESSAGE": "simulated"}
    part = reply.ask.get("part")
    if reply.ask.get("format", "json") == "xml":
        return _xml(reply, root, code)
    if code == "INFO-200":
        return _json({"RESULT": result})
    if part is not None:
        return _json({"RESULT": result, root: {part: reply.records}})
    return _json({root: {"list_total_count": len(reply.records), "RESULT": result, "row": reply.page}})


def _xml(reply: _Reply, root: str, code: str) -> Answer:
    result = f"<RESULT><CODE>{code}</CODE><MESSAGE>simulated</MESSAGE></RESULT>"
    rows = "".join(
        "<row>" + "".join(f"<{name}>{escape(text or '')}</{name}>" for name, text in record.items()) + "</row>"
        for record in reply.page
    )
    if code == "INFO-200":
        return Answer(result.encode(), headers=_XML)
    total = f"<list_total_count>{len(reply.records)}</list_total_count>"
    return Answer(f"<{root}>{total}{result}{rows}</{root}>".encode(), headers=_XML)


def _socrata(reply: _Reply) -> Answer:
    return _json([{"count": str(len(reply.records))}] if reply.asked.beside else reply.page)


ENVELOPES: Mapping[str, Callable[[_Reply], Answer]] = {
    "air4thai": _air4thai,
    "ckan": _ckan,
    "data_go_kr": _data_go_kr,
    "gbfs": _gbfs,
    "gtfs": _gtfs,
    "http_file": _http_file,
    "moenv": _moenv,
    "naver_datalab": _naver_datalab,
    "ngsi_ld": _ngsi_ld,
    "openaq": _openaq,
    "sensorthings": _sensorthings,
    "seoul_openapi": _seoul_openapi,
    "socrata": _socrata,
}
