"""data.go.kr's replies: a gateway that answers in XML whatever was asked for, and providers with codes of their own."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question, Rows, Selection

MOST = 1000
XML = {"content-type": "text/xml;charset=UTF-8"}
# operation: names of its arguments, is it the KMA's
OPERATIONS = {
    "getWthrDataList": (("startDt", "endDt", "stnIds"), True),
    "AsosHourlyInfoService/getWthrDataList": (("startDt", "endDt", "stnIds"), True),  # of the same name as that of days
    "getMsrstnAcctoRltmMesureDnsty": (("stationName", "dataTerm"), False),
    "getCtprvnRltmMesureDnsty": (("sidoName",), False),
}


def reply(question: Question, find: FindRows) -> Answer:
    """[provider/service/]operation?serviceKey=...&pageNo=1&numOfRows=10&..."""
    query = question.query
    if query.get("serviceKey", "") in ("", REFUSED_KEY):
        return _gateway("SERVICE_KEY_IS_NOT_REGISTERED_ERROR", 30)
    of_service = "/".join(question.path[-2:])
    operation = of_service if of_service in OPERATIONS else of_service.rpartition("/")[2]
    if operation not in OPERATIONS:
        return _gateway("NO_OPENAPI_SERVICE_ERROR", 12)
    names, kma = OPERATIONS[operation]
    form = query.get("dataType" if kma else "returnType", "xml").lower()
    page, size = query.get("pageNo", "1"), query.get("numOfRows", "10")
    if any(not query.get(name) for name in names):
        return _enveloped(form, {"resultCode": "11", "resultMsg": "NO_MANDATORY_REQUEST_PARAMETERS_ERROR"}, None)
    dates = [query[name] for name in names if name.endswith("Dt")]
    whole = page.isdecimal() and size.isdecimal() and int(page) > 0 and 0 < int(size) <= MOST
    if not whole or not all(re.fullmatch("[0-9]{8}", text) for text in dates):
        return _enveloped(form, {"resultCode": "10", "resultMsg": "INVALID_REQUEST_PARAMETER_ERROR"}, None)
    selection: Selection = (operation, *(query[name] for name in names))
    rows = find(question, selection)
    if rows is None:
        return _gateway("NO_OPENAPI_SERVICE_ERROR", 12)
    if kma and not len(rows):
        return _enveloped(form, {"resultCode": "03", "resultMsg": "NO_DATA"}, None)
    header = {"resultCode": "00", "resultMsg": "NORMAL_SERVICE" if kma else "NORMAL_CODE"}
    return _page(form, header, rows, int(page), int(size), kma=kma)


def _page(form: str, header: dict[str, str], rows: Rows, page: int, size: int, *, kma: bool) -> Answer:
    start, stop = (page - 1) * size, page * size
    numbers = f'"pageNo":{page},"numOfRows":{size},"totalCount":{len(rows)}'
    if form == "json":
        page_of_rows = rows.page(start, stop)
        items = (
            b'"dataType":"JSON","items":{"item":' + page_of_rows + b"}," if kma else b'"items":' + page_of_rows + b","
        )
        return _enveloped(form, header, b"{" + items + numbers.encode() + b"}")
    rows_xml = "".join(
        "<item>" + "".join(f"<{k}>{escape('' if v is None else str(v))}</{k}>" for k, v in row.items()) + "</item>"
        for row in rows.frame.slice(start, size).iter_rows(named=True)
    )
    counts = re.sub(r'"(\w+)":(\d+),?', r"<\1>\2</\1>", numbers)
    return _enveloped(form, header, f"<items>{rows_xml}</items>{counts}".encode())


def _enveloped(form: str, header: dict[str, str], body: bytes | None) -> Answer:
    """What the provider itself says. Without data there is no body."""
    if form == "json":
        head = b'{"response":{"header":' + json.dumps(header).encode()
        return Answer(head + (b"" if body is None else b',"body":' + body) + b"}}")
    top = "".join(f"<{name}>{text}</{name}>" for name, text in header.items())
    tail = b"" if body is None else b"<body>" + body + b"</body>"
    text = f'<?xml version="1.0" encoding="UTF-8"?><response><header>{top}</header>'.encode()
    return Answer(text + tail + b"</response>", headers=XML)


def _gateway(message: str, reason: int) -> Answer:
    """What the gateway says before any provider is asked: XML also where JSON was asked for, HTTP 200."""
    text = (
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>"
        f"<returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{reason}</returnReasonCode>"
        "</cmmMsgHeader></OpenAPI_ServiceResponse>"
    )
    return Answer(text.encode(), headers=XML)
