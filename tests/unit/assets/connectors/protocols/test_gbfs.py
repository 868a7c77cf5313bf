"""GBFS: three versions under one roof, times in one form, and data that nobody fills any more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.gbfs import Gbfs, instant
from assets.failures import TransientFailure
from quality.contract.connector import Service
from tests.support.loopback import Answer
from tests.support.protocols import pulled, refusal, sample, serving

UPDATED = 1772323200  # 2026-03-01T00:00:00Z
ISO = "2026-03-01T00:00:00+00:00"
V1 = {"station_id": "a", "num_bikes_available": 3, "is_installed": 1, "is_renting": 0, "last_reported": UPDATED - 60}
V2 = {**V1, "is_installed": True, "is_renting": False}
V3 = {
    "station_id": "a",
    "num_vehicles_available": 3,
    "is_installed": True,
    "is_renting": False,
    "vehicle_types_available": [{"vehicle_type_id": "bike", "count": 3}],
    "last_reported": "2026-03-01T08:59:00+09:00",
}


def _service(**ask: Any) -> Service:
    return Service(
        protocol="gbfs",
        address="https://bikes.test/gbfs",
        snapshot=True,
        ask={"path": "{each}/station_status.json", **ask},
    )


def _reply(stations: Any, updated: Any = UPDATED, feed: str = "stations", **more: Any) -> bytes:
    return json.dumps({"last_updated": updated, "ttl": 30, "data": {feed: stations}, **more}).encode()


def _rows(content: bytes, **ask: Any) -> list[dict[str, Any]]:
    return Gbfs().rows(_service(**ask), content, "label").frame.drop("_line").to_dicts()


def test_the_request() -> None:
    request = Gbfs().request(Ask(_service(query={"v": 2}), each="en"), Page())
    assert (request.path, dict(request.query)) == ("en/station_status.json", {"v": "2"})


@pytest.mark.parametrize(
    ("station", "updated", "version", "counts"),
    [
        (V1, UPDATED, None, {"num_bikes_available": "3"}),
        (V2, UPDATED, "2.3", {"num_bikes_available": "3"}),
        (V3, "2026-03-01T09:00:00+09:00", "3.0", {"num_vehicles_available": "3"}),
    ],
)
def test_three_versions_give_the_same_texts(station: Any, updated: Any, version: str | None, counts: Any) -> None:
    content = _reply([station], updated, **({} if version is None else {"version": version}))
    assert Gbfs().envelope(_service(), Reply(200, {}, content, "label")) == Envelope(1, 1)
    (row,) = _rows(content)
    assert (
        row.items()
        >= {
            "station_id": "a",
            "is_installed": "true",
            "is_renting": "false",
            "last_reported": "2026-02-28T23:59:00+00:00",
            "_last_updated": ISO,
            "_ttl": "30",
            "_version": version,
            **counts,
        }.items()
    )
    assert len([name for name in row if name.startswith("num_")]) == 1  # each under the name of its own version


def test_names_in_several_languages_become_the_first() -> None:
    names = [{"text": "시청", "language": "ko"}, {"text": "City Hall", "language": "en"}]
    (row,) = _rows(_reply([{"station_id": "a", "name": names, "lat": 37.50, "rental_uris": {"web": "w"}}]))
    assert row["name"] == "시청"
    assert row["lat"] == "37.5"
    assert row["rental_uris.web"] == "w"
    digits = _reply([{"lat": 1}]).replace(b'"lat": 1', b'"lat": 37.5010000000000001')
    assert _rows(digits)[0]["lat"] == "37.5010000000000001"


def test_another_feed_and_what_is_no_time_stays_visible() -> None:
    content = _reply([{"vehicle_id": "v", "last_reported": "soon", "is_reserved": "?"}], feed="vehicles")
    (row,) = _rows(content, feed="vehicles")
    assert (row["last_reported"], row["is_reserved"]) == ("soon", "?")


def test_empty_records_are_no_rows() -> None:
    raw = Gbfs().rows(_service(), _reply([{}, "x", {"station_id": "a"}]), "label")
    assert (raw.frame.height, raw.blank_rows, raw.rejects.height) == (1, 1, 1)
    assert Gbfs().envelope(_service(), Reply(200, {}, _reply([]), "label")) == Envelope(0, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (UPDATED, ISO),
        (str(UPDATED), ISO),
        (UPDATED + 0.5, ISO),
        ("2026-03-01T00:00:00Z", ISO),
        ("2026-03-01T00:00:00", None),
        ("", None),
        (None, None),
        (True, None),
        (10**15, None),
        (-1, None),
    ],
)
def test_times(value: Any, text: str | None) -> None:
    at = instant(value)
    assert (None if at is None else at.isoformat(timespec="seconds")) == text


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (_reply([V2])[:-3], "SERVICE-TRUNCATED", "middle"),
        (b"<html>", "SERVICE-CONTENT", "JSON"),
        (b"[]", "SERVICE-SHAPE", "data"),
        (b'{"message":"no such system"}', "SERVICE-SHAPE", "data"),
        (_reply([V2], feed="bikes"), "SERVICE-SHAPE", "['bikes']"),
        (_reply({"a": 1}), "SERVICE-SHAPE", "stations"),
        (_reply([V2], None), "SERVICE-SHAPE", "last_updated"),
        (_reply([V2], "yesterday"), "SERVICE-SHAPE", "last_updated"),
    ],
)
def test_what_is_no_gbfs_is_refused(body: bytes, code: str, word: str) -> None:
    failure = refusal(_service(), body)
    assert failure.code == code
    assert word in failure.what


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_stale_data_are_refused(zone: str) -> None:
    service = _service(stale_after_s=600)
    failure = refusal(service, _reply([V2]), date=f"Sun, 01 Mar 2026 00:10:01 {zone}")
    assert isinstance(failure, TransientFailure)
    assert failure.code == "SERVICE-STALE"
    assert "601 s" in failure.what


@pytest.mark.parametrize("date", ["Sun, 01 Mar 2026 00:10:00 GMT", "Sat, 28 Feb 2026 23:59:00 GMT", "now", ""])
def test_fresh_data_and_replies_without_a_date_are_taken(date: str) -> None:
    service = _service(stale_after_s=600)
    assert Gbfs().envelope(service, Reply(200, {"date": date}, _reply([V2]), "label")).rows == 1


def test_a_pull_comes_back_as_rows() -> None:
    service = Service(protocol="gbfs", address="https://bikes.test", ask={"path": "station_status.json"}, snapshot=True)
    with serving(lambda _: Answer(_reply([V3, {**V3, "station_id": "b"}], version="3.0"))) as (base, _):
        result = pulled(service, base)
    assert (result.failure, result.rows, result.requests) == (None, 2, 1)
    (raw,) = archive.read_pages("bikes now", archive.pack(result.pages)[0], service)
    assert raw.frame["station_id"].to_list() == ["a", "b"]
    assert raw.frame["_last_updated"].to_list() == [ISO, ISO]


def test_samples() -> None:
    (old,) = _rows(sample("gbfs_station_status_v2_3.json").read_bytes())
    (new,) = _rows(sample("gbfs_station_status_v3_0.json").read_bytes())
    same = {"station_id", "is_installed", "is_renting", "_ttl"}
    assert {name: old[name] for name in same} == {name: new[name] for name in same}
    assert (old["_last_updated"], old["last_reported"]) == ("2026-09-21T14:13:20+00:00", "2026-09-21T14:13:10+00:00")
    assert (new["_last_updated"], new["last_reported"]) == ("2026-09-21T13:33:20+00:00", "2026-09-21T13:33:10+00:00")
    assert (old["num_bikes_available"], new["num_vehicles_available"]) == ("53", "53")
    assert (old["_version"], new["_version"]) == ("2.3", "3.0")
