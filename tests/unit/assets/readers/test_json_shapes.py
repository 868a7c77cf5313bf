"""JSON of services and portals to rows: nested, by lines, by columns, lists inside of records; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from quality.contract.layout import Layout
from tests.support.readers import JSON, fails, read, rejects

THINGS = Layout(kind="sensorthings")
ENTITIES = Layout(kind="ngsi_ld")


def rows(document: Any, **keys: Any) -> list[dict[str, Any]]:
    """The rows of a document under a layout of JSON, without their lines."""
    text = document if isinstance(document, str) else json.dumps(document)
    return read(text, Layout(**{"kind": "json", **keys}), "x.json").frame.drop("_line").to_dicts()


def test_objects_inside_are_dotted_names_and_points_are_lon_and_lat() -> None:
    record = {"pm": {"value": 1, "unit": {"code": "GQ"}}, "at": {"type": "Point", "coordinates": [127.05, 37.5]}}
    line = {"at": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "name": [{"text": "강", "language": "ko"}]}
    assert rows([record]) == [{"pm.value": "1", "pm.unit.code": "GQ", "at.lon": "127.05", "at.lat": "37.5"}]
    assert rows([line]) == [
        {"at": '{"type":"LineString","coordinates":[[1,2],[3,4]]}', "name": "강", "name.ko": "강"},
    ]


def test_numbers_keep_their_digits_at_any_depth() -> None:
    assert rows('{"a":{"b":1.10,"c":1e400},"d":NaN,"e":123456789012345678901234567890}') == [
        {"a.b": "1.10", "a.c": "1e400", "d": "NaN", "e": "123456789012345678901234567890"}
    ]


def test_a_record_on_each_line_whatever_the_file_is_called() -> None:
    found = read('{"a":1}\n\n{"a":2,"b":{"c":[1]}}\r\n{"a":}\n{"a":3}\n5\n', JSON, "x.csv")
    assert found.frame.select("a", "_line").rows() == [("1", 1), ("2", 3), ("3", 5)]
    assert sorted(rejects(found)) == [(4, "ROW-JSON"), (6, "ROW-NOT-OBJECT")]
    assert "line (3)" in fails("FILE-TRUNCATED", '{"a":1}\n{"a":2}\n{"a":', layout=JSON)
    fails("FILE-JSON", '{"a":1}\n{"a":2,"a":3}\n', "twice", layout=JSON)


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.integers() | st.text("가x", min_size=1), min_size=1), min_size=2
    )
)
def test_law_lines_have_the_rows_of_the_list(records: list[dict[str, Any]]) -> None:
    assert rows("\n".join(map(json.dumps, records))) == rows(records)


def test_arrays_side_by_side_are_a_table_with_its_units() -> None:
    hourly = {"time": ["2026-01-01T00:00", "2026-01-01T01:00"], "pm2_5": [121.4, None]}
    document = {"latitude": 47.9, "hourly_units": {"time": "iso8601", "pm2_5": "μg/m³"}, "hourly": hourly}
    wanted = [
        {"latitude": "47.9", "time": "2026-01-01T00:00", "pm2_5": "121.4", "pm2_5.unit": "μg/m³"},
        {"latitude": "47.9", "time": "2026-01-01T01:00", "pm2_5": None, "pm2_5.unit": "μg/m³"},
    ]
    assert rows(document, records="hourly") == wanted
    assert rows([document, document], records="hourly") == wanted * 2
    assert rows(hourly) == [{"time": "2026-01-01T00:00", "pm2_5": "121.4"}, {"time": "2026-01-01T01:00", "pm2_5": None}]
    fails("FILE-JSON", '{"a":[1,2],"b":[1]}', "differ in length", layout=JSON)


def test_lists_inside_of_records_have_what_is_around_them_beside() -> None:
    stations = [{"id": "A", "place": {"x": 1}, "readings": [{"id": 7, "v": 1}, {"id": 8, "v": 2}]}, {"id": "B"}]
    assert rows({"stations": stations}, records="stations.readings") == [
        {"stations.id": "A", "stations.place.x": "1", "id": "7", "v": "1"},
        {"stations.id": "A", "stations.place.x": "1", "id": "8", "v": "2"},
    ]
    assert rows(stations, records="readings")[0] == {"outer.id": "A", "place.x": "1", "id": "7", "v": "1"}
    fails("FILE-JSON", json.dumps(stations), "'values'", layout=Layout(kind="json", records="values"))


def test_one_object_is_one_record_and_an_error_is_none() -> None:
    assert rows({"id": "a", "v": {"n": 3}}) == [{"id": "a", "v.n": "3"}]
    fails("FILE-JSON", '{"code":401,"message":"no key"}', "no key", layout=JSON)
    fails("FILE-JSON", '{"type":"about:blank","title":"Gone","status":410}', "Gone", layout=JSON)
    fails("FILE-JSON", '{"count":1,"items":[{"a":1}]}', "records", layout=JSON)


def _datastream(**more: Any) -> dict[str, Any]:
    return {"@iot.id": 1, "@iot.selfLink": "http://a/1", "unitOfMeasurement": {"symbol": "ppb"}, **more}


def test_observations_have_the_same_columns_wherever_they_stand() -> None:
    time = "2024-01-01T00:00:00Z/2024-01-01T01:00:00Z"
    thing = {"name": "A", "Locations": [{"location": {"type": "Point", "coordinates": [1.5, 2.5]}}]}
    observation = {"@iot.id": 5, "phenomenonTime": time, "result": 1}
    inside = [
        {**observation, "Datastream": _datastream(Thing=thing)},
        _datastream(Thing=thing, Observations=[observation]),
        {**thing, "Datastreams": [_datastream(Observations=[observation])]},
    ]
    found = [read(json.dumps({"value": [one]}), THINGS, "x.json").frame.to_dicts() for one in inside]
    assert found[0] == [
        {
            "@iot.id": "5",
            "phenomenonTime": time,
            "phenomenonTime.start": "2024-01-01T00:00:00Z",
            "phenomenonTime.end": "2024-01-01T01:00:00Z",
            "result": "1",
            "Datastream.@iot.id": "1",
            "Datastream.unitOfMeasurement.symbol": "ppb",
            "Datastream.Thing.name": "A",
            "Datastream.Thing.Locations.location.lon": "1.5",
            "Datastream.Thing.Locations.location.lat": "2.5",
            "_line": 1,
        }
    ]
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_observations_as_arrays_and_what_the_file_does_not_have() -> None:
    array = {"Datastream@iot.navigationLink": "http://a/Datastreams(7)", "components": ["id", "result"]}
    raw = read(json.dumps({"value": [{**array, "dataArray": [[1, 2], [3]]}]}), THINGS)
    assert raw.frame.select("@iot.id", "result", "Datastream.@iot.id").rows() == [("1", "2", "7")]
    assert rejects(raw) == [(2, "ROW-NOT-OBJECT")]
    more = {"value": [_datastream(Observations=[{"result": 1}], **{"Observations@iot.nextLink": "http://a/2"})]}
    assert "more Observations" in read(json.dumps(more), THINGS).guesses[0]
    fails("FILE-JSON", '{"code":404,"message":"Nothing found."}', "Nothing found", layout=THINGS)


@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"@graph":[{}]}}', '{{"type":"Notification","data":[{}]}}'])
def test_entities_in_each_form_whatever_stands_around_them(around: str) -> None:
    forms = ['{"type":"Property","value":7,"unitCode":"GQ"}', '{"value":7,"unitCode":"GQ"}']
    for form in forms:
        entity = f'{{"id":"urn:ngsi-ld:A:1","type":"A","no2":{form}}}'
        frame = read(around.format(entity), ENTITIES).frame
        assert frame.select("no2", "no2.unitCode", "_place").rows() == [("7", "GQ", "urn:ngsi-ld:A:1")]
    fails("FILE-JSON", '{"type":"a/ResourceNotFound","title":"Gone"}', "Gone", layout=ENTITIES)


@pytest.mark.parametrize("layout", [JSON, THINGS, ENTITIES, Layout(kind="json", records="a")])
def test_hostile_nesting_is_refused_in_a_sentence(layout: Layout) -> None:
    fails("FILE-JSON", '{"a":' * 10_000 + "1" + "}" * 10_000, "too deep", layout=layout)


def test_many_names_and_many_repeats_are_refused() -> None:
    names = ",".join(f'"k{number}":1' for number in range(20_001))
    fails("FILE-JSON", f"[{{{names}}}]", "20,001 different names", layout=JSON)
    fails("FILE-JSON", f'[{{"z":{{{names}}}}}]', "20,001 different names", layout=JSON)
    inner = ",".join(["{}"] * 3_000)
    fails("FILE-JSON", f'[{{"o":{{{names}}},"r":[{inner}]}}]', "times", layout=Layout(kind="json", records="r"))
    things = f'{{"value":[{{"o":{{{names}}},"Observations":[{inner}]}}]}}'
    fails("FILE-JSON", things, "times", layout=THINGS)
