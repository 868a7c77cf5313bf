"""Seoul Open Data Plaza: its envelope in all its forms, its errors, its XML, and citydata."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.seoul_openapi import SeoulOpenApi
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers.rows import LINE
from quality.contract.connector import Service
from tests.support.loopback import service
from tests.support.paths import SAMPLES

SEOUL = SeoulOpenApi()
AIR = service("seoul_openapi", {"service": "Air"})
BIKE = service("seoul_openapi", {"service": "bikeList", "root": "rentBikeStatus", "total": False})
TRAFFIC = service("seoul_openapi", {"service": "TrafficInfo", "format": "xml", "arguments": ["{each}"]})


def city(part: str) -> Service:
    return service("seoul_openapi", {"service": "citydata", "root": "CITYDATA", "part": part, "arguments": ["{each}"]})


def envelope(body: Any, asking: Service = AIR) -> Envelope:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return SEOUL.envelope(asking, Reply(200, {}, content, "seoul 2026-03-09"))


def refused(body: Any, code: str, kind: type[FeedFailure], asking: Service = AIR) -> FeedFailure:
    with pytest.raises(FeedFailure) as caught:
        envelope(body, asking)
    assert (caught.value.code, type(caught.value)) == (code, kind)
    assert caught.value.where == "seoul 2026-03-09"
    return caught.value


def ok(rows: list[Any], total: Any, root: str = "Air") -> dict[str, Any]:
    return {root: {"list_total_count": total, "RESULT": {"CODE": "INFO-000", "MESSAGE": "ok"}, "row": rows}}


def test_the_address_is_one_based_and_arguments_are_encoded() -> None:
    asking = service("seoul_openapi", {"service": "Air", "arguments": ["{day:%Y%m%d}", "{each}", "{hour:02d}"]})
    request = SEOUL.request(Ask(asking, date(2026, 3, 9), "종로 1/2·3?", 7), Page(1000, 500, 3))
    assert request.path == "{key}/json/Air/1001/1500/20260309/%EC%A2%85%EB%A1%9C%201%2F2%C2%B73%3F/07"
    assert SEOUL.request(Ask(TRAFFIC, None, "1220003800"), Page()).path == "{key}/xml/TrafficInfo/1/1000/1220003800"


def test_rows_and_total() -> None:
    assert envelope(ok([{"A": "1"}] * 3, 25)) == Envelope(3, 25)
    assert envelope(ok([{"A": "1"}], "25")) == Envelope(1, 25)
    assert envelope(ok([{"A": "1"}] * 3, 3, "rentBikeStatus"), BIKE) == Envelope(3, None)


@pytest.mark.parametrize("total", ["many", {}, 1.5, -1, "-1", True, 10**30, "9" * 5000])
def test_a_total_that_is_no_number_of_rows_is_refused(total: Any) -> None:
    assert envelope(ok([{"A": "1"}], None)) == Envelope(1, None)
    refused(ok([{"A": "1"}], total), "SERVICE-TOTAL", PermanentFailure)


@pytest.mark.parametrize(
    "body",
    [
        {"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}},
        {"Air": {"RESULT": {"CODE": "INFO-200", "MESSAGE": ""}}},
        {"Air": {"list_total_count": 0, "RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": []}},
        {"list_total_count": 0, "RESULT": {"RESULT.CODE": "INFO-000", "RESULT.MESSAGE": ""}},
        {"RESULT": {"RESULT.CODE": "INFO-200", "RESULT.MESSAGE": ""}},
        b"<?xml version='1.0'?><RESULT><CODE>INFO-200</CODE><MESSAGE><![CDATA[none]]></MESSAGE></RESULT>",
        b"<Air><RESULT><CODE>INFO-200</CODE></RESULT></Air>",
        b"\n <Air><list_total_count>0</list_total_count><RESULT><CODE>INFO-000</CODE></RESULT></Air>",
    ],
)
def test_no_data_is_empty_in_all_its_forms(body: Any) -> None:
    assert envelope(body) == Envelope(0, 0)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert SEOUL.rows(AIR, content, "x").frame.height == 0


def test_past_its_end_bike_list_has_no_root() -> None:
    assert envelope({}, BIKE) == Envelope(0)
    refused({}, "SERVICE-SHAPE", PermanentFailure)
    refused({"other": {}}, "SERVICE-SHAPE", PermanentFailure, BIKE)


ERRORS = [
    ("INFO-100", "SERVICE-AUTH", PermanentFailure),
    ("ERROR-290", "SERVICE-AUTH", PermanentFailure),
    ("ERROR-300", "SERVICE-REQUEST", PermanentFailure),
    ("ERROR-310", "SERVICE-REQUEST", PermanentFailure),
    ("ERROR-336", "SERVICE-REQUEST", PermanentFailure),
    ("ERROR-337", "SERVICE-QUOTA", TransientFailure),
    ("ERROR-500", "SERVICE-DOWN", TransientFailure),
    ("ERROR-600", "SERVICE-DOWN", TransientFailure),
    ("ERROR-601", "SERVICE-DOWN", TransientFailure),
    ("ERROR-999", "SERVICE-REQUEST", PermanentFailure),
]


@pytest.mark.parametrize(("said", "code", "kind"), ERRORS)
def test_errors_come_with_status_200(said: str, code: str, kind: type[FeedFailure]) -> None:
    result = {"CODE": said, "MESSAGE": "인증키가 유효하지 않습니다."}
    dotted = {f"RESULT.{name}": text for name, text in result.items()}
    xml = f"<RESULT><CODE>{said}</CODE><MESSAGE><![CDATA[인증키가 유효하지 않습니다.]]></MESSAGE></RESULT>"
    inside = f"<Air>{xml}</Air>"
    for body in ({"RESULT": result}, {"Air": {"RESULT": result}}, {"RESULT": dotted}, xml.encode(), inside.encode()):
        failure = refused(body, code, kind)
        assert said in failure.what
        assert "인증키" in failure.what
    refused({"RESULT": dotted, "CITYDATA": {}}, code, kind, city("PRK_STTS"))


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        (b"<html><body>503</body></html>", "SERVICE-CONTENT", TransientFailure),
        (b"<!DOCTYPE html><html><br></html>", "SERVICE-CONTENT", TransientFailure),
        (b"<Other><row/></Other>", "SERVICE-CONTENT", TransientFailure),
        (b"<Air><row>", "SERVICE-CONTENT", TransientFailure),
        (b"", "SERVICE-CONTENT", TransientFailure),
        (b"maintenance", "SERVICE-CONTENT", TransientFailure),
        (b'[{"A": 1}]', "SERVICE-SHAPE", PermanentFailure),
        (b'{"Air": {"list_total_count": 1, "row": [{"A"', "SERVICE-TRUNCATED", TransientFailure),
        ({"Air": []}, "SERVICE-SHAPE", PermanentFailure),
        ({"Air": None}, "SERVICE-SHAPE", PermanentFailure),
        ({"Air": {}}, "SERVICE-SHAPE", PermanentFailure),
        ({"Air": {"rows": []}}, "SERVICE-SHAPE", PermanentFailure),
        ({"Air": {"RESULT": {"CODE": "INFO-000"}, "row": {"A": "1"}}}, "SERVICE-SHAPE", PermanentFailure),
        ({"RESULT": "INFO-200"}, "SERVICE-SHAPE", PermanentFailure),
    ],
)
def test_what_is_no_answer(body: Any, code: str, kind: type[FeedFailure]) -> None:
    refused(body, code, kind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["INFO-000", "INFO-200"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Air", "RESULT", "CODE", "row", "list_total_count", "x"]), inner, max_size=4)
    ),
)


@example({"Air": {"RESULT": {"CODE": "INFO-200"}, "row": None}})
@example({"Air": {"row": True}})
@given(JSON)
def test_any_json_is_an_answer_or_a_failure(body: Any) -> None:
    for asking in (AIR, service("seoul_openapi", {"service": "x", "root": "Air", "part": "row"})):
        try:
            found = envelope(body, asking)
        except FeedFailure:
            continue
        raw = SEOUL.rows(asking, json.dumps(body).encode(), "x")
        assert raw.frame.height + raw.rejects.height + raw.blank_rows == found.rows


def test_rows_are_texts_under_source_names() -> None:
    body = ok([{"MSRSTN_NM": "중구", "PM": "", "FPM": 1.10}, {"MSRSTN_NM": "-", "PM": "-99", "FPM": None}], 2)
    content = json.dumps(body, ensure_ascii=False).replace("1.1", "1.10").encode()
    assert SEOUL.rows(AIR, content, "x").frame.rows(named=True) == [
        {"MSRSTN_NM": "중구", "PM": None, "FPM": "1.10", LINE: 1},
        {"MSRSTN_NM": "-", "PM": "-99", "FPM": None, LINE: 2},
    ]


# --- XML

LINK = "<row><link_id>1220003800</link_id><prcs_spd>24.00</prcs_spd><prcs_trv_time/></row>"


def traffic(inside: str, head: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<TrafficInfo>{inside}</TrafficInfo>'.encode()


OK = "<RESULT><CODE>INFO-000</CODE><MESSAGE>ok</MESSAGE></RESULT>"


def test_xml_rows() -> None:
    content = traffic(f"<list_total_count>1</list_total_count>{OK}{LINK}")
    assert envelope(content, TRAFFIC) == Envelope(1, 1)
    assert SEOUL.rows(TRAFFIC, content, "x").frame.rows(named=True) == [
        {"link_id": "1220003800", "prcs_spd": "24.00", "prcs_trv_time": None, LINE: 1}
    ]
    assert envelope(b"\xef\xbb\xbf" + content, TRAFFIC) == Envelope(1, 1)
    refused(traffic(f"<list_total_count>many</list_total_count>{OK}{LINK}"), "SERVICE-TOTAL", PermanentFailure, TRAFFIC)
    assert envelope(traffic(OK + LINK), TRAFFIC) == Envelope(1)
    refused(traffic(LINK), "SERVICE-CONTENT", TransientFailure, TRAFFIC)


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    "content",
    [
        traffic(f"{OK}<row><link_id>&j;</link_id></row>", BOMB),
        traffic(f"{OK}<row><link_id>&x;</link_id></row>", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        traffic(f"{OK}{LINK}", '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY % p SYSTEM "file:///x">]>'),
    ],
)
def test_xml_with_entities_is_refused(content: bytes) -> None:
    refused(content, "SERVICE-CONTENT", TransientFailure, TRAFFIC)
    with pytest.raises(TransientFailure):
        SEOUL.rows(TRAFFIC, content, "x")


# --- citydata


def place(**sections: Any) -> dict[str, Any]:
    result = {"RESULT.CODE": "INFO-000", "RESULT.MESSAGE": "ok"}
    return {"list_total_count": 1, "RESULT": result, "CITYDATA": {"AREA_NM": "광화문", "AREA_CD": "POI009"} | sections}


def test_a_section_is_a_list_or_a_single_object() -> None:
    record = {"AREA_PPLTN_MIN": "44000", "FCST": [{"T": 1}], "SPD": 13.0}
    for section in ([record], record):
        body = place(LIVE=section, N=5)
        assert envelope(body, city("LIVE")) == Envelope(1, 1)
        (row,) = SEOUL.rows(city("LIVE"), json.dumps(body).encode(), "x").frame.rows(named=True)
        assert row == {
            "AREA_NM": "광화문",
            "AREA_CD": "POI009",
            "AREA_PPLTN_MIN": "44000",
            "FCST": '[{"T":1}]',
            "SPD": "13.0",
            LINE: 1,
        }


@pytest.mark.parametrize("sections", [{}, {"LIVE": None}, {"LIVE": []}, {"LIVE": ""}, {"LIVE": "점검중"}])
def test_a_section_that_is_absent_is_empty(sections: Any) -> None:
    body = place(**sections)
    assert envelope(body, city("LIVE")) == Envelope(0, 0)
    assert SEOUL.rows(city("LIVE"), json.dumps(body).encode(), "x").frame.height == 0


@pytest.mark.parametrize("more", [{}, {"CITYDATA": {}}])
def test_a_place_without_data_is_empty(more: Any) -> None:
    body = {"RESULT": {"RESULT.CODE": "INFO-200", "RESULT.MESSAGE": ""}} | more
    assert envelope(body, city("LIVE")) == Envelope(0, 0)
    assert SEOUL.rows(city("LIVE"), json.dumps(body).encode(), "x").frame.height == 0


def test_digits_of_a_section_are_kept() -> None:
    body = json.dumps(place(LIVE={"X": "@"})).replace('"@"', "126.97466278000000001")
    assert SEOUL.rows(city("LIVE"), body.encode(), "x").frame["X"].to_list() == ["126.97466278000000001"]


CASES = [
    ("seoul_air_new.json", service("seoul_openapi", {"service": "ListAirQualityByDistrictService"}), "FPM", "37"),
    ("seoul_bikelist_page.json", BIKE, "stationId", "ST-4"),
    ("seoul_trafficinfo.xml", TRAFFIC, "prcs_spd", "24.00"),
    ("seoul_citydata_trimmed.json", city("SBIKE_STTS"), "SBIKE_SPOT_ID", "ST-119"),
]


@pytest.mark.parametrize(("name", "asking", "column", "first"), CASES)
def test_samples(name: str, asking: Service, column: str, first: str) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip(f"no {name} in {SAMPLES}; set MADANG_SAMPLES to the folder of sample replies")
    content = (SAMPLES / name).read_bytes()
    assert envelope(content, asking).rows >= 1
    assert SEOUL.rows(asking, content, name).frame[column][0] == first
