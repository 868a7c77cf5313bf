"""Faults in how Seoul's services reply: silence, errors, limits, broken bytes, paging that lies."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.fault import ChangeReply, Fault, HonestReply
from simulator.messages import Answer, Question

HASTE = {"timeout_s": 0.25, "attempts": 2}
HTML = {"content-type": "text/html;charset=UTF-8"}
_TOTAL = re.compile(rb'"list_total_count":([0-9]+)')


def _always(answer: Answer) -> ChangeReply:
    return lambda _question, _honest, _before: answer


def _at_first(answer: Answer, times: int) -> ChangeReply:
    return lambda question, honest, before: answer if before < times else honest(question)


def _seoul(code: str, message: str) -> Answer:
    return Answer(json.dumps({"RESULT": {"CODE": code, "MESSAGE": message}}, ensure_ascii=False).encode())


def _span(question: Question) -> tuple[int, int]:
    """First and last row that Seoul's portal is asked for."""
    return int(question.path[3]), int(question.path[4])


def _asking(question: Question, first: int, last: int) -> Question:
    return replace(question, path=(*question.path[:3], str(first), str(last), *question.path[5:]))


def _with_total(answer: Answer, change: int) -> Answer:
    return replace(answer, body=_TOTAL.sub(lambda m: b'"list_total_count":%d' % (int(m[1]) + change), answer.body))


def _drip(question: Question, honest: HonestReply, _before: int) -> Answer:
    return replace(honest(question), drip_s=0.05)


def _cut_text(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, body=answer.body[: len(answer.body) * 2 // 3])


def _cut_connection(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, cut_at=len(answer.body) // 2)


def _not_gzip(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, headers={**answer.headers, "content-encoding": "gzip"})


def _bomb(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    packed = gzip.compress(b" " * (question.feed.max_reply_mib * 2**20 + 1), 1)
    return replace(answer, body=packed, headers={**answer.headers, "content-encoding": "gzip"})


def _other_root(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, body=b'{"data":' + answer.body + b',"version":2}')


def _first_page_always(question: Question, honest: HonestReply, _before: int) -> Answer:
    first, last = _span(question)
    return honest(_asking(question, 1, last - first + 1))


def _shrinking(question: Question, honest: HonestReply, before: int) -> Answer:
    return _with_total(honest(question), -10 * before)


def _clipped(question: Question, honest: HonestReply, _before: int) -> Answer:
    first, last = _span(question)
    return honest(_asking(question, first, min(last, first + 499)))


def _promising(question: Question, honest: HonestReply, _before: int) -> Answer:
    return _with_total(honest(question), 7)


def _overlapping(question: Question, honest: HonestReply, _before: int) -> Answer:
    """Each page but the first begins with the last row of the one before; the last row of all never comes."""
    first, last = _span(question)
    answer = honest(question)
    total = _TOTAL.search(answer.body)
    if first == 1 or total is None:
        return answer
    return honest(_asking(question, first - 1, min(last, int(total[1])) - 1))


def _absurd_total(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, body=_TOTAL.sub(b'"list_total_count":"' + b"9" * 5000 + b'"', answer.body))


def _in_members(question: Question, honest: HonestReply, _before: int) -> Answer:
    """Packed as two members, as by a server that joins packed files."""
    answer = honest(question)
    middle = len(answer.body) // 2
    packed = gzip.compress(answer.body[:middle]) + gzip.compress(answer.body[middle:])
    return replace(answer, body=packed, headers={**answer.headers, "content-encoding": "gzip"})


def _with_garbage(question: Question, honest: HonestReply, before: int) -> Answer:
    answer = _in_members(question, honest, before)
    return replace(answer, body=answer.body + b"garbage")


def _first_place_always(question: Question, honest: HonestReply, before: int) -> Answer:
    """A number that rises makes the bytes of each reply others, so that only the rows show it."""
    answer = honest(replace(question, path=(*question.path[:5], "강남역")))
    return replace(answer, body=answer.body[:-1] + b',"request":%d}' % before)


def _total_of_page(question: Question, honest: HonestReply, _before: int) -> Answer:
    first, last = _span(question)
    answer = honest(question)
    return replace(answer, body=_TOTAL.sub(b'"list_total_count":%d' % (last - first + 1), answer.body))


def _yesterday(question: Question, honest: HonestReply, _before: int) -> Answer:
    day = datetime.strptime(question.path[5], "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
    before = f"{day - timedelta(days=1):%Y-%m-%d}"
    return honest(replace(question, path=(*question.path[:5], before)))


_GATEWAY = Answer(
    b"<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>"
    b"LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR</returnAuthMsg><returnReasonCode>22</returnReasonCode>"
    b"</cmmMsgHeader></OpenAPI_ServiceResponse>",
    headers={"content-type": "text/xml;charset=UTF-8"},
)
_MAINTENANCE = Answer("<!DOCTYPE html><html><body>서비스 점검 중입니다</body></html>".encode(), headers=HTML)
_BUSY = Answer(b"", 429, {"retry-after": "0"})

FAULTS: tuple[Fault, ...] = (
    Fault("timeout", "The service takes the request and never answers",
          "subway_daily", "SERVICE-TIMEOUT", "absent", change_reply=_always(Answer(b"", hangs=True)), service=HASTE),
    Fault("slow-drip", "The service sends its reply byte by byte, so slowly that it never ends",
          "water_supply", "SERVICE-TIMEOUT", "absent", change_reply=_drip, service=HASTE),
    Fault("error-500-burst", "The service answers two requests with an error and recovers",
          "bike_daily", None, "unharmed", change_reply=_at_first(Answer(b"", 500), 2)),
    Fault("error-500-always", "The service answers every request with HTTP 500",
          "bike_daily", "SERVICE-DOWN", "absent", change_reply=_always(Answer(b"", 500))),
    Fault("error-in-the-body", "The service says that its server is broken (ERROR-500), with status 200",
          "bike_stations", "SERVICE-DOWN", "absent", change_reply=_always(_seoul("ERROR-500", "서버 오류입니다."))),
    Fault("rate-limited", "The service is busy (429) and says that it can be asked again at once",
          "search_trend", None, "unharmed", change_reply=_at_first(_BUSY, 2)),
    Fault("rate-limited-always", "The service is busy (429) for good",
          "search_trend", "SERVICE-BUSY", "absent", change_reply=_always(_BUSY)),
    Fault("quota", "The quota of the day is used up (ERROR-337)",
          "water_supply", "SERVICE-QUOTA", "absent",
          change_reply=_always(_seoul("ERROR-337", "일별 트래픽 제한을 초과한 호출입니다."))),
    Fault("kma-xml-error", "The national gateway answers in XML where JSON was asked for: quota used up (22)",
          "weather_daily", "SERVICE-QUOTA", "absent", 11, change_reply=_always(_GATEWAY)),
    Fault("wrong-key", "The key is refused (INFO-100)",
          "water_supply", "SERVICE-AUTH", "absent",
          change_reply=_always(_seoul("INFO-100", "인증키가 유효하지 않습니다."))),
    Fault("html-for-json", "A maintenance page with status 200 stands in for the data",
          "bike_daily", "SERVICE-CONTENT", "absent", change_reply=_always(_MAINTENANCE)),
    Fault("empty-body", "The reply is empty, with status 200",
          "water_supply", "SERVICE-CONTENT", "absent", change_reply=_always(Answer(b""))),
    Fault("truncated-json", "The text of the reply ends in the middle",
          "subway_daily", "SERVICE-TRUNCATED", "absent", change_reply=_cut_text),
    Fault("broken-connection", "The connection breaks in the middle of the reply",
          "subway_daily", "SERVICE-TRUNCATED", "absent", change_reply=_cut_connection),
    Fault("garbage-gzip", "The reply says that it is packed, and is not",
          "water_supply", "SERVICE-TRUNCATED", "absent", change_reply=_not_gzip),
    Fault("too-large", "The reply unpacks to more than is allowed",
          "water_supply", "SERVICE-TOO-LARGE", "absent", change_reply=_bomb),
    Fault("other-envelope", "The service wraps its reply in a new envelope",
          "water_supply", "SERVICE-SHAPE", "absent", change_reply=_other_root),
    Fault("redirect", "The service has moved and answers with a redirect",
          "water_supply", "SERVICE-MOVED", "absent",
          change_reply=_always(Answer(b"", 302, {"location": "http://127.0.0.1:9/elsewhere"}))),
    Fault("stale-answer", "The service answers with the data of the day before",
          "bike_daily", "SERVICE-OTHER-DAY", "absent", change_reply=_yesterday),
    Fault("repeated-page", "Every page is the first page again",
          "sdot_env", "SERVICE-PAGE-TWICE", "absent", 19, change_reply=_first_page_always),
    Fault("shrinking-total", "Rows go away while the pages are being read",
          "sdot_env", "SERVICE-SHRANK", "absent", change_reply=_shrinking),
    Fault("silent-clip", "The service gives 500 rows where 1,000 were asked for, and says nothing",
          "sdot_env", None, "unharmed", 18, change_reply=_clipped, service={"again_days": 0}),
    Fault("total-too-high", "The service promises more rows than it has",
          "sdot_env", "SERVICE-SHORT", "absent", change_reply=_promising),
    Fault("total-of-page", "The total is that of the page: most of the day would be left out",
          "sdot_env", "SERVICE-TOTAL", "absent", 9, change_reply=_total_of_page, service={"again_days": 0}),
    Fault("page-overlap", "Each page begins with the last row of the one before, and one row never comes",
          "sdot_env", "SERVICE-ROW-TWICE", "absent", change_reply=_overlapping),
    Fault("total-absurd", "The total is a number of 5,000 digits",
          "water_supply", "SERVICE-TOTAL", "absent", change_reply=_absurd_total),
    Fault("gzip-members", "The reply is packed in two pieces, one after the other",
          "bike_daily", None, "unharmed", change_reply=_in_members),
    Fault("gzip-garbage-after", "Something else follows the packed reply",
          "bike_daily", "SERVICE-TRUNCATED", "absent", change_reply=_with_garbage),
    Fault("other-place", "Whatever place is asked for, the figures of one and the same come",
          "hotspots", "SERVICE-OTHER-ANSWER", "absent", change_reply=_first_place_always),
)  # fmt: skip
