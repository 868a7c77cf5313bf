"""Air4Thai: one reply with all stations, in its newer and its older form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.air4thai import Air4Thai
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, loopback, service
from tests.support.paths import SAMPLES

SAMPLE = SAMPLES / "air4thai_getNewAQI.json"
THAI = service("air4thai", snapshot=True)


def station(name: str, last: str = "AQILast", **more: Any) -> dict[str, Any]:
    values = {
        "date": "2026-03-09",
        "time": "15:00",
        "PM25": {"color_id": "3", "aqi": "71", "value": "31.70"},
        "O3": {"color_id": "0", "aqi": "-1", "value": "-1"},
    }
    return {"stationID": name, "nameTH": "กรุงเทพ", "lat": "13.732846", last: values} | more


def body(*stations: Any) -> bytes:
    return json.dumps({"stations": stations}, ensure_ascii=False).encode()


def test_the_request() -> None:
    assert Air4Thai().request(Ask(THAI), Page()).path == "services/getNewAQI_JSON.php"
    other = service("air4thai", {"path": "forappV2/getAQI_JSON.php", "query": {"region": 1}})
    request = Air4Thai().request(Ask(other), Page())
    assert (request.path, request.query) == ("forappV2/getAQI_JSON.php", {"region": "1"})


def test_one_request_for_everything_even_if_it_is_a_whole_page() -> None:
    with loopback() as server:
        server.replies["/services/getNewAQI_JSON.php"] = Answer(b"\xef\xbb\xbf" + body(station("02t"), station("03t")))
        asking = service("air4thai", page_size=2)
        with Client(asking, server.base, Secrets({})) as client:
            pulled = pull.pull(client, asking, None)
        assert (pulled.failure, pulled.rows, len(server.asked)) == (None, 2, 1)
        content, _ = archive.pack(pulled.pages)
        assert archive.read_pages("x", content, asking)[0].frame["stationID"].to_list() == ["02t", "03t"]


def test_both_forms_give_the_same_columns() -> None:
    new = Air4Thai().rows(THAI, body(station("02t")), "x").frame
    old = Air4Thai().rows(THAI, body(station("02t", "LastUpdate")), "x").frame
    assert new.equals(old)
    row = new.row(0, named=True)
    assert (row["AQILast.date"], row["AQILast.PM25.value"], row["nameTH"]) == ("2026-03-09", "31.70", "กรุงเทพ")
    assert row["AQILast.O3.value"] == "-1"  # the sentinels of the contract make it missing


def test_a_station_without_values_and_what_is_no_station() -> None:
    raw = Air4Thai().rows(THAI, body(station("a"), {"stationID": "b", "AQILast": None}, "c", station("d", x=1)), "x")
    assert raw.frame["stationID"].to_list() == ["a", "b", "d"]
    assert raw.frame["AQILast.time"].to_list() == ["15:00", None, "15:00"]
    assert raw.rejects["line"].to_list() == [3]


@pytest.mark.parametrize(
    ("content", "code", "kind"),
    [
        (b"<html>Warning: mysql</html>", "SERVICE-CONTENT", TransientFailure),
        (b"", "SERVICE-CONTENT", TransientFailure),
        (b'{"stations": [{"stationID"', "SERVICE-TRUNCATED", TransientFailure),
        (b'{"stations": null}', "SERVICE-SHAPE", PermanentFailure),
        (b'{"error": "x"}', "SERVICE-SHAPE", PermanentFailure),
        (b"[]", "SERVICE-SHAPE", PermanentFailure),
    ],
)
def test_what_is_no_answer(content: bytes, code: str, kind: type[FeedFailure]) -> None:
    with pytest.raises(kind, match=code):
        Air4Thai().envelope(THAI, Reply(200, {}, content, "air4thai now"))


def test_no_stations_is_empty() -> None:
    assert Air4Thai().envelope(THAI, Reply(200, {}, body(), "air4thai now")) == Envelope(0)


@pytest.mark.skipif(not SAMPLE.exists(), reason="set MADANG_SAMPLES to the folder of sample replies")
def test_sample() -> None:
    content = SAMPLE.read_bytes()
    assert Air4Thai().envelope(THAI, Reply(200, {}, content, "x")) == Envelope(1)
    assert Air4Thai().rows(THAI, content, "x").frame["AQILast.PM25.aqi"].to_list() == ["71"]
