"""NAVER DataLab, search trend: how much is searched for groups of keywords, one column a group.

The secrets are called client_id and client_secret. A ratio is relative to the greatest value of the *request*: those of
two windows, or of two sets of groups, cannot be compared. So of each window only the last day is taken, each day
measured by the days before it; the rest is the yardstick. `measured_by` names what is 100, group and day: two windows
with the same one have the same scale.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

import msgspec

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import refuse, refuse_json
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

KINDS = {"024": "auth", "028": "auth", "010": "quota"}


class NaverDatalab(Protocol):
    """Search trends of Naver."""

    asked: ClassVar = {
        "groups": "Title to keywords; at most 5 titles of 20 keywords.",
        "days_back": "So many days before {day} the window begins.",
        "unit": "date, week or month; date where it is not said.",
        "whole": "true: all periods of the window, not only the last.",
        "path": "Path of the service.",
        "body": "Further members of the request: device, gender, ages.",
    }

    paged = False

    def request(self, ask: Ask, page: Page) -> Request:
        own = ask.service.ask
        end = ask.fill("{day:%Y-%m-%d}")  # says so where there is no day
        assert ask.day is not None
        body = {
            "startDate": (ask.day - timedelta(days=ask.need("days_back", int))).isoformat(),
            "endDate": end,
            "timeUnit": own.get("unit", "date"),
            "keywordGroups": [
                {"groupName": title, "keywords": words} for title, words in ask.need("groups", dict).items()
            ],
            **ask.fill(own.get("body", {})),
        }
        headers = {"X-Naver-Client-Id": "{client_id}", "X-Naver-Client-Secret": "{client_secret}"}
        return Request(own.get("path", "v1/datalab/search"), headers=headers, body=body)

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        return Envelope(len(_taken(service, reply.content, reply.label, reply.status)))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        return json_reply.reply_rows(_taken(service, content, where), where)


def _taken(service: Service, content: bytes, where: str, status: int = 200) -> list[dict[str, Any]]:
    periods = _periods(content, where, status)
    if service.ask.get("whole", False):
        return periods
    end = json_reply.value(json_reply.objects(content).get("endDate"))
    return [record for record in periods if record["period"] == end]


def _periods(content: bytes, where: str, status: int = 200) -> list[dict[str, Any]]:
    """One record per period: `period`, a ratio for each title, and what they are measured by; days without any search
    are left out by NAVER."""
    try:
        top = json_reply.objects(content)
        if "errorCode" in top or "errorMessage" in top:
            code = str(json_reply.value(top.get("errorCode"), ""))
            kind = "quota" if status == 429 else "down" if status >= 500 else KINDS.get(code, "request")
            refuse(kind, f"{code} {json_reply.value(top.get('errorMessage'), '')}", where)
        json_reply.array(top.get("results", msgspec.Raw(b"null")))
    except json_reply.NotJsonError as error:
        refuse_json(error, content, where, "there is no list of `results` in the reply")
    periods: dict[str, dict[str, Any]] = {}
    try:
        for result in json.loads(bytes(top["results"]), parse_float=str, parse_int=str):
            for point in result["data"]:
                periods.setdefault(point["period"], {"period": point["period"]})[result["title"]] = point["ratio"]
        peak = max(
            (
                (float(ratio), period, title)
                for period, said in periods.items()
                for title, ratio in said.items()
                if title != "period"
            ),
            default=None,
        )
        measured_by = {} if peak is None else {"measured_by": f"{peak[2]} {peak[1]}"}
    except (KeyError, TypeError, ValueError) as error:
        refuse("shape", f"`results` have an unexpected structure ({type(error).__name__}: {error})", where)
    return [periods[period] | measured_by for period in sorted(periods)]


PROTOCOL = NaverDatalab()
