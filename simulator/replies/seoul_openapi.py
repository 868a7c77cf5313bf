"""Seoul Open Data Plaza's replies: HTTP 200 for everything, codes in the body, at most 1,000 rows."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from simulator.messages import REFUSED_KEY, Answer, FindRows, Question, Rows

MOST = 1000
ROOTS = {"bikeList": "rentBikeStatus", "tbCycleRentUseDayInfo": "cycleRentUseDayInfo"}
XML = {"content-type": "application/xml;charset=UTF-8"}
ERRORS = {
    "INFO-100": "인증키가 유효하지 않습니다.",
    "INFO-200": "해당하는 데이터가 없습니다.",
    "ERROR-300": "필수 값이 누락되어 있습니다.",
    "ERROR-301": "파일타입 값이 누락 혹은 유효하지 않습니다.",
    "ERROR-331": "요청시작위치 값을 확인하십시오.",
    "ERROR-333": "요청위치 값의 타입이 유효하지 않습니다.",
    "ERROR-334": "요청종료위치 보다 요청시작위치가 더 큽니다.",
    "ERROR-336": "데이터요청은 한번에 최대 1000건을 넘을 수 없습니다.",
    "ERROR-500": "서버 오류입니다.",  # also what it says to services that it does not have
}


def reply(question: Question, find: FindRows) -> Answer:
    """/{key}/{json|xml}/{service}/{start}/{end}[/argument...]"""
    key, form, service, first, last = [*question.path, "", "", "", "", ""][:5]
    fault = _fault(key, form, first, last)
    if fault is not None:
        return _error(form, fault)
    start, stop = int(first), int(last)
    rows = find(question, (service, *question.path[5:]))
    if rows is None:
        return _error(form, "ERROR-500")
    if service == "bikeList" and form == "json":
        return _bikes(rows, start, stop)
    if start > len(rows):
        return _error(form, "INFO-200")
    if service == "citydata" and form == "json":
        return _place(rows)
    if form == "xml":
        return _xml(ROOTS.get(service, service), rows, start, stop)
    return Answer(_table(ROOTS.get(service, service), rows.page(start - 1, stop), len(rows)))


def _fault(key: str, form: str, first: str, last: str) -> str | None:
    """The code of what is wrong with a request, in the order in which the portal looks at it."""
    if key == REFUSED_KEY:
        return "INFO-100"
    if not last:
        return "ERROR-300"
    if form not in ("json", "xml"):
        return "ERROR-301"
    if not (first.isdecimal() and last.isdecimal()):
        return "ERROR-333"
    if int(first) < 1:
        return "ERROR-331"
    if int(first) > int(last):
        return "ERROR-334"
    return "ERROR-336" if int(last) - int(first) + 1 > MOST else None


def _table(root: str, rows: bytes, total: int) -> bytes:
    result = json.dumps({"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다"}, ensure_ascii=False)
    return f'{{"{root}":{{"list_total_count":{total},"RESULT":{result},"row":'.encode() + rows + b"}}"


def _bikes(rows: Rows, start: int, stop: int) -> Answer:
    """Its total is the number of rows on the page; past the end the root key is missing."""
    lines = rows.lines[start - 1 : stop]
    if not lines:
        return Answer(b"{}")
    return Answer(_table("rentBikeStatus", rows.page(start - 1, stop), len(lines)))


def _place(rows: Rows) -> Answer:
    """One place, without the key `row`; its result has dots in the names."""
    result = json.dumps({"RESULT.CODE": "INFO-000", "RESULT.MESSAGE": "정상 처리되었습니다."}, ensure_ascii=False)
    head = f'{{"list_total_count":1,"RESULT":{result},"CITYDATA":'
    return Answer(head.encode() + rows.lines[0] + b"}")


def _xml(root: str, rows: Rows, start: int, stop: int) -> Answer:
    rows_xml = "".join(
        "<row>" + "".join(f"<{k}>{escape('' if v is None else str(v))}</{k}>" for k, v in row.items()) + "</row>"
        for row in rows.frame.slice(start - 1, stop - start + 1).iter_rows(named=True)
    )
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><{root}><list_total_count>{len(rows)}</list_total_count>'
        f"<RESULT><CODE>INFO-000</CODE><MESSAGE>정상 처리되었습니다</MESSAGE></RESULT>{rows_xml}</{root}>"
    )
    return Answer(text.encode(), headers=XML)


def _error(form: str, code: str) -> Answer:
    if form == "xml":
        text = f"<RESULT><CODE>{code}</CODE><MESSAGE><![CDATA[{ERRORS[code]}]]></MESSAGE></RESULT>"
        return Answer(text.encode(), headers=XML)
    return Answer(json.dumps({"RESULT": {"CODE": code, "MESSAGE": ERRORS[code]}}, ensure_ascii=False).encode())
