"""Air4Thai (Pollution Control Department): all stations with their last values in one reply, numbers as texts.

Older replies have LastUpdate in place of AQILast; both give columns under `AQILast.`. "-1" means missing and is left to
the sentinels of the contract.
"""

from __future__ import annotations

from typing import Any, ClassVar

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_object, refuse
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service


class Air4Thai(Protocol):
    """Thailand's air quality network."""

    asked: ClassVar = {
        "path": "Path of the data; services/getNewAQI_JSON.php where it is not said.",
        "query": "Further parameters.",
    }

    paged = False

    def request(self, ask: Ask, page: Page) -> Request:
        return Request(str(ask.fill(ask.service.ask.get("path", "services/getNewAQI_JSON.php"))), ask.texts("query"))

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        top = json_object(reply)
        try:
            return Envelope(len(json_reply.array(top["stations"])))
        except (json_reply.NotJsonError, KeyError):
            refuse("shape", f"there is no list of `stations` in the reply, it has {sorted(top)[:8]}", reply.label)

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        stations = json_reply.exact(json_reply.objects(content)["stations"])
        return json_reply.reply_rows([_record(station) for station in stations], where)


def _record(station: Any) -> Any:
    if not isinstance(station, dict) or "AQILast" in station:
        return station
    return {"AQILast" if name == "LastUpdate" else name: value for name, value in station.items()}


PROTOCOL = Air4Thai()
