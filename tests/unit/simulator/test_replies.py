"""The simulated city's replies in the protocols of other countries: every trap of theirs, for packs of any size.

Questions go to the replies in this process; where paging matters, the real connector pulls over the loopback.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest

from assets.connectors import archive, pull
from assets.connectors.protocol import Page, protocol_for
from assets.connectors.pull import PullResult
from assets.pack.city import City
from quality.contract.connector import Service
from simulator.feed import ServedFeed
from simulator.messages import Answer, Question
from simulator.protocols import REPLIES, SHAPES
from simulator.replies import ckan
from simulator.shapes.ckan import AIR, RESIDENTS, WATER
from simulator.shapes.socrata import PEOPLE, RESIDENTS_BY_YEAR
from simulator.simulator import Simulator
from tests.support import loopback
from tests.support.paths import CITIES, PACKS_OF_TESTS
from tests.support.protocols import pulled, sample, serving
from tests.worlds.packs import pack_at

NOW = datetime.fromisoformat("2026-03-10T23:30")

DAY = date(2026, 3, 9)
ADDRESS = "http://127.0.0.1:1/harbour/feed"
SENSOR = "v3/sensors/11112102"


@cache
def city(name: str = "harbour") -> City:
    return pack_at((PACKS_OF_TESTS if name == "harbour" else CITIES) / name)


@cache
def simulator(name: str = "harbour") -> Simulator:
    return Simulator([city(name)], lambda _city: NOW)


def ask(
    protocol: str,
    path: str,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    of: Simulator | None = None,
    now: datetime = NOW,
    address: str = ADDRESS,
) -> Answer:
    """What the simulated city answers; a service of any protocol, whatever feeds the pack has."""
    server = of or simulator()
    (world,) = server.worlds.values()
    feed = ServedFeed("feed", "A feed", protocol, lag_days=1, max_reply_mib=64)
    question = Question(
        world=world,
        feed=feed,
        now=now,
        path=tuple(part for part in path.split("/") if part),
        query=query or {},
        headers=headers or {},
        address=address,
    )
    return server.answer(question)


def _service(protocol: str, **more: Any) -> Service:
    return Service(protocol=protocol, address="https://city.example.org", **more)


def _json(answer: Answer) -> Any:
    return json.loads(answer.body)


@contextmanager
def over_http(protocol: str, name: str = "harbour") -> Iterator[str]:
    """The base address of a server that passes everything on to the replies of one protocol."""

    def bridge(asked: loopback.Asked) -> loopback.Answer:
        url = urlsplit(asked.target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        address = f"http://{asked.headers['host']}"
        found = ask(protocol, asked.path, query, asked.headers, of=simulator(name), address=address)
        return loopback.Answer(found.body, found.status, found.headers)

    with serving(bridge) as (base, _):
        yield base


def _pull(service: Service, key: str = "k", name: str = "harbour", day: date | None = DAY) -> PullResult:
    with over_http(service.protocol, name) as base:
        return pulled(service, base, dict.fromkeys(service.secrets, key), day=day)


def _rows(service: Service, result: PullResult) -> pl.DataFrame:
    assert result.failure is None
    content, _ = archive.pack(result.pages)
    return pl.concat([raw.frame for raw in archive.read_pages("x", content, service)], how="diagonal")


KEYS = {"secrets": {"key": "SOME_VARIABLE"}}
HOURS = {"datetime_from": "{day}T00:00:00+08:00", "datetime_to": "{next_day}T00:00:00+08:00"}
OPENAQ = _service("openaq", ask={"path": f"{SENSOR}/hours", "query": HOURS}, page_size=8, **KEYS)
CKAN = _service("ckan", ask={"resource_id": AIR})
STREAM = {"$filter": "phenomenonTime ge {day}T00:00:00Z and phenomenonTime lt {next_day}T00:00:00Z"}
SOCRATA = _service("socrata", ask={"id": PEOPLE, "query": {"$where": "date = '{day}'"}}, page_size=700)
MOENV = _service("moenv", ask={"path": "aqx_p_432"}, page_size=3, **KEYS)
# One service of each protocol, and rows for the day of a city of 7 (Seoul: 50) air stations and 60 road links.
SERVICES = {
    "openaq": OPENAQ,
    "ckan": _service("ckan", ask={"resource_id": WATER, "filters": {"reading_date": "{day}"}}),
    "sensorthings": _service(
        "sensorthings", ask={"path": "v1.1/Datastreams(13)/Observations", "query": STREAM}, page_size=5
    ),
    "ngsi_ld": _service("ngsi_ld", ask={"type": "TrafficFlowObserved"}, page_size=25),
    "gbfs": _service("gbfs", ask={"path": "3.0/station_status.json"}),
    "gtfs": _service("gtfs", ask={"path": "feed.zip", "table": "stop_times"}),
    "socrata": _service("socrata", ask={"id": PEOPLE, "query": {"$where": "date = '{day}'"}}),
    "moenv": MOENV,
    "air4thai": _service("air4thai"),
}


@pytest.mark.parametrize("protocol", sorted(SERVICES))
@pytest.mark.parametrize("name", ["harbour", "seoul"])
def test_a_city_of_any_pack_speaks_every_protocol(protocol: str, name: str) -> None:
    rows = _rows(SERVICES[protocol], _pull(SERVICES[protocol], name=name))
    least = {"air4thai": 7, "moenv": 7, "ckan": 18, "sensorthings": 20, "openaq": 24}.get(protocol, 60)
    assert rows.height >= least
    assert rows.height == rows.unique(maintain_order=True).height


@pytest.mark.parametrize("protocol", sorted(SERVICES))
def test_the_same_city_answers_the_same_bytes(protocol: str) -> None:
    twin = Simulator([city()], lambda _city: NOW)
    first = ask(*_question(protocol))
    assert first.status == 200
    assert ask(*_question(protocol), of=twin) == first
    other = Simulator([city()], lambda _city: NOW, seed=2)
    assert (ask(*_question(protocol), of=other).body != first.body) or protocol == "gtfs"


def _question(protocol: str) -> tuple[str, str, dict[str, str], dict[str, str]]:
    service = SERVICES[protocol]
    own = pull.questions(service, DAY)[0]
    request = protocol_for(service).request(own, Page(0, 5))
    fill = {"{key}": "k"}
    query = {name: fill.get(text, text) for name, text in request.query.items()}
    return protocol, request.path, query, {name: fill.get(text, text) for name, text in request.headers.items()}


# Keys and errors: what the simulated city says, and what the connector makes of it ----------------------------------


@pytest.mark.parametrize(
    ("service", "key", "code"),
    [
        (OPENAQ, "wrong", "SERVICE-AUTH"),
        (MOENV, "wrong", "SERVICE-AUTH"),
        (SOCRATA.model_copy(update={"secrets": {"token": "V"}}), "wrong", "SERVICE-AUTH"),
        (CKAN.model_copy(update=KEYS), "wrong", "SERVICE-AUTH"),
        (SERVICES["sensorthings"].model_copy(update=KEYS), "wrong", "SERVICE-AUTH"),
        (OPENAQ.model_copy(update={"secrets": {}}), "", "SERVICE-AUTH"),
        (_service("ckan", ask={"resource_id": "nothing"}), "", "SERVICE-REQUEST"),
        (_service("ckan", ask={"resource_id": AIR, "filters": {"colour": "red"}}), "", "SERVICE-REQUEST"),
        (_service("ckan", ask={"resource_id": AIR, "path": "api/3/action/nothing"}), "", "SERVICE-REQUEST"),
        (_service("socrata", ask={"id": "none-here"}), "", "SERVICE-REQUEST"),
        (_service("socrata", ask={"id": PEOPLE, "query": {"$where": "1 <> 1"}}), "", "SERVICE-REQUEST"),
        (_service("socrata", ask={"id": PEOPLE, "query": {"$select": "people"}}), "", "SERVICE-REQUEST"),
        (_service("ngsi_ld"), "", "SERVICE-REQUEST"),  # no type
        (_service("ngsi_ld", ask={"type": "TrafficFlowObserved", "tenant": "x"}), "", "SERVICE-REQUEST"),
        (_service("openaq", ask={"path": "v3/sensors/1/hours", "query": HOURS}, **KEYS), "k", "SERVICE-REQUEST"),
        (_service("openaq", ask={"path": f"{SENSOR}/hours"}, **KEYS), "k", "SERVICE-DOWN"),  # 408: all that ever was
        (_service("openaq", ask={"path": "v3/nothing"}, **KEYS), "k", "SERVICE-REQUEST"),
        (_service("sensorthings", ask={"path": "v1.1/Datastreams(9)/Observations"}), "", "SERVICE-REQUEST"),
        (_service("sensorthings", ask={"path": "v1.1/Nothing"}), "", "SERVICE-REQUEST"),
        (
            _service("sensorthings", ask={"path": "v1.1/Datastreams(13)/Observations", "query": {"$filter": "x"}}),
            "",
            "SERVICE-REQUEST",
        ),
        (_service("gbfs", ask={"path": "2.3/nothing.json"}), "", "SERVICE-REQUEST"),
        (_service("gbfs", ask={"path": "1.1/station_status.json"}), "", "SERVICE-REQUEST"),
        (_service("gtfs", ask={"path": "feed.tar", "table": "trips"}), "", "SERVICE-REQUEST"),
        (_service("moenv", ask={"path": "aqx_p_1"}, **KEYS), "k", "SERVICE-REQUEST"),
        (_service("air4thai", ask={"path": "other.php"}), "", "SERVICE-REQUEST"),
    ],
)
def test_every_refusal_is_understood(service: Service, key: str, code: str) -> None:
    if service.protocol == "ngsi_ld" and not service.ask:
        service = service.model_copy(update={"ask": {"query": {"q": "x==1"}}})
    result = _pull(service.model_copy(update={"attempts": 1}), key)
    assert result.failure is not None
    assert (result.failure.code, result.rows) == (code, 0), str(result.failure)


def test_openaq_looks_no_further_than_the_page() -> None:
    times = {"datetime_from": f"{DAY}T00:00:00+08:00", "datetime_to": f"{DAY + timedelta(days=1)}T00:00:00+08:00"}
    key = {"x-api-key": "k"}

    def found(**page: str) -> object:
        return _json(ask("openaq", f"{SENSOR}/hours", times | page, key))["meta"]["found"]

    assert [found(), found(limit="24"), found(limit="10"), found(limit="10", page="3")] == [24, ">24", ">10", 4]
    assert found(limit="12", page="3") == 0
    for wrong in ({"limit": "1001"}, {"limit": "0"}, {"page": "0"}, {"page": "x"}, {"datetime_from": "yesterday"}):
        assert ask("openaq", f"{SENSOR}/hours", times | wrong, key).status == 422
    assert len(_rows(OPENAQ, _pull(OPENAQ))) == 24


def test_times_follow_the_clock_of_the_city() -> None:
    """A city of another zone, on the day on which summer time begins: at 02:00 it is 03:00."""
    facts = city().config.model_copy(update={"timezone": "Europe/Berlin"})
    now = datetime.fromisoformat("2026-03-30T12:00")
    there = Simulator([replace(city(), config=facts)], lambda _city: now)
    span = {"datetime_from": "2026-03-28T23:00:00Z", "datetime_to": "2026-03-29T02:00:00Z"}
    found = _json(ask("openaq", f"{SENSOR}/hours", span, {"x-api-key": "k"}, of=there, now=now))["results"]
    ends = [row["period"]["datetimeTo"] for row in found]
    assert ends[0] == {"utc": "2026-03-29T00:00:00Z", "local": "2026-03-29T01:00:00+01:00"}
    assert ends[-1] == {"utc": "2026-03-29T02:00:00Z", "local": "2026-03-29T04:00:00+02:00"}


def test_openaq_days_are_the_means_of_their_hours() -> None:
    key, days = {"x-api-key": "k"}, {"datetime_from": "2026-03-06T00:00:00+08:00"}
    found = _json(ask("openaq", f"{SENSOR}/days", days, key))["results"]
    assert [row["period"]["datetimeFrom"]["local"][:10] for row in found] == [f"2026-03-0{n}" for n in (6, 7, 8, 9)]
    hours = _rows(OPENAQ, _pull(OPENAQ))["value"].cast(pl.Float64)
    assert found[-1]["value"] == pytest.approx(hours.mean(), abs=0.06)
    assert found[-1]["summary"]["max"] == pytest.approx(hours.max(), abs=0.06)
    assert found[-1]["coverage"]["observedCount"] == 24


def test_openaq_sensors_are_those_of_its_locations() -> None:
    key = {"x-api-key": "k"}
    places = _json(ask("openaq", "v3/locations", {}, key))["results"]
    assert [place["name"] for place in places] == city().tables["air_stations"]["place"].to_list()
    assert places[0]["timezone"] == "Asia/Makassar"
    assert "11112102" in {str(sensor["id"]) for sensor in places[0]["sensors"]}
    latest = _json(ask("openaq", f"v3/locations/{places[0]['id']}/latest", {}, key))["results"]
    assert {row["sensorsId"] for row in latest} == {sensor["id"] for sensor in places[0]["sensors"]}
    assert latest[0]["datetime"] == {"utc": "2026-03-10T15:00:00Z", "local": "2026-03-10T23:00:00+08:00"}


def test_ckan_gives_a_hundred_rows_as_texts_and_clips_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    path, query = "api/3/action/datastore_search", {"resource_id": AIR}
    plain = _json(ask("ckan", path, query))["result"]
    assert (len(plain["records"]), plain["limit"], plain["total"]) == (100, 100, 68 * 7)  # days until yesterday
    assert {type(value) for value in plain["records"][0].values()} == {int, str}  # `_id` alone is a number
    assert plain["_links"]["next"].endswith("offset=100")
    monkeypatch.setattr(ckan, "MOST", 150)
    clipped = _json(ask("ckan", path, query | {"limit": "32000"}))
    assert (clipped["success"], clipped["result"]["limit"], len(clipped["result"]["records"])) == (True, 150, 150)
    result = _pull(CKAN)  # asks for 32,000
    assert [len(page.reply.content) > 0 for page in result.pages] == [True] * 4
    rows = _rows(CKAN, result)
    assert rows["_id"].cast(pl.Int64).to_list() == list(range(1, 477))


def test_ckan_numbers_of_rows_do_not_depend_on_the_question() -> None:
    path = "api/3/action/datastore_search"
    whole = _json(ask("ckan", path, {"resource_id": AIR, "limit": "1000"}))["result"]["records"]
    one = _json(ask("ckan", path, {"resource_id": AIR, "filters": f'{{"measured_on": "{DAY}"}}'}))["result"]["records"]
    assert one == [row for row in whole if row["measured_on"] == str(DAY)]
    named = {"measured_on": str(DAY), "station_name": ["Lighthouse", "Oldtown Square"]}
    some = _json(ask("ckan", path, {"resource_id": AIR, "filters": json.dumps(named), "sort": "station_name desc"}))
    assert [row["station_name"] for row in some["result"]["records"]] == ["Oldtown Square", "Lighthouse"]
    people = _json(ask("ckan", path, {"resource_id": RESIDENTS, "filters": '{"year": "2025"}'}))["result"]["records"]
    assert [row["total"] for row in people] == ["874000", "216000", "166000", "298000", "194000"]


def test_sensorthings_links_lead_below_the_address_and_to_all_rows() -> None:
    first = _json(ask("sensorthings", "v1.1/Datastreams(13)/Observations", {"$top": "5", "$count": "true"}))
    assert first["@iot.nextLink"].startswith(f"{ADDRESS}/v1.1/Datastreams(13)/Observations?")
    assert len(first["value"]) == 5 < first["@iot.count"]
    result = _pull(SERVICES["sensorthings"])
    rows = _rows(SERVICES["sensorthings"], result)
    assert len(result.pages) == 5
    assert rows["@iot.id"].n_unique() == rows.height
    assert rows["phenomenonTime"].is_sorted()
    assert "@iot.nextLink" not in _json(Answer(result.pages[-1].reply.content))


def test_sensorthings_writes_instants_with_numbers_and_intervals_with_texts() -> None:
    def one(stream: int) -> dict[str, Any]:
        text = "phenomenonTime ge 2026-03-09T00:00:00Z and phenomenonTime lt 2026-03-09T03:00:00Z"
        return _json(ask("sensorthings", f"v1.1/Datastreams({stream})/Observations", {"$filter": text}))["value"][0]

    temperature, particles = one(13), one(11)
    assert isinstance(temperature["result"], float)
    assert datetime.fromisoformat(temperature["phenomenonTime"]).tzinfo is not None
    assert isinstance(particles["result"], str)
    start, end = (datetime.fromisoformat(text) for text in particles["phenomenonTime"].split("/"))
    assert end - start == timedelta(hours=1)
    things = _json(ask("sensorthings", "v1.1/Things", {"$count": "true"}))
    streams = _json(ask("sensorthings", "v1.1/Datastreams", {"$count": "true", "$top": "1"}))
    assert streams["@iot.count"] == 5 * things["@iot.count"] == 5 * 48


@pytest.mark.parametrize("kind", ["AirQualityObserved", "TrafficFlowObserved", "WaterConsumptionObserved"])
def test_ngsi_ld_is_the_same_in_both_forms(kind: str) -> None:
    service = _service("ngsi_ld", ask={"type": kind}, page_size=4)
    full = _rows(service, _pull(service))
    simple = service.model_copy(update={"ask": {"type": kind, "query": {"options": "keyValues"}}})
    short = _rows(simple, _pull(simple))
    assert full.select(short.columns).equals(short)
    more = {"AirQualityObserved": "pm25", "TrafficFlowObserved": "averageVehicleSpeed"}.get(kind, "waterConsumption")
    assert {f"{more}.unitCode", f"{more}.observedAt"} <= set(full.columns)
    assert full["dateObserved.start"].n_unique() == 1


def test_ngsi_ld_counts_only_when_asked_and_gives_twenty() -> None:
    path, query = "ngsi-ld/v1/entities", {"type": "TrafficFlowObserved"}
    plain = ask("ngsi_ld", path, query)
    assert (len(_json(plain)), "NGSILD-Results-Count" in plain.headers) == (20, False)
    counted = ask("ngsi_ld", path, query | {"count": "true", "limit": "0"})
    assert (_json(counted), counted.headers["NGSILD-Results-Count"]) == ([], "60")
    assert ask("ngsi_ld", path, query | {"limit": "1001"}).status == 400
    problem = ask("ngsi_ld", path)
    assert (problem.status, _json(problem)["type"]) == (400, "https://uri.etsi.org/ngsi-ld/errors/BadRequestData")
    assert _json(ask("ngsi_ld", path, {"type": "Nothing", "count": "true"})) == []


def test_gbfs_says_the_same_in_both_versions() -> None:
    old, new = (_json(ask("gbfs", f"{version}/station_status.json")) for version in ("2.3", "3.0"))
    assert old["last_updated"] == 1773156600
    assert new["last_updated"] == "2026-03-10T15:30:00Z"
    for before, after in zip(old["data"]["stations"], new["data"]["stations"], strict=True):
        assert before["num_bikes_available"] == after["num_vehicles_available"]
        assert after["vehicle_types_available"] == [{"vehicle_type_id": "bike", "count": before["num_bikes_available"]}]
        assert before["last_reported"] == datetime.fromisoformat(after["last_reported"]).timestamp()
        assert before["last_reported"] < old["last_updated"]
    names = [
        _json(ask("gbfs", f"{version}/station_information.json"))["data"]["stations"][0]["name"]
        for version in ("2.3", "3.0")
    ]
    assert names[1] == [{"text": names[0], "language": "en"}]
    assert _json(ask("gbfs", "2.3/system_information.json"))["data"]["timezone"] == "Asia/Makassar"
    feeds = _json(ask("gbfs", "3.0/gbfs.json"))["data"]["feeds"]
    for feed in feeds:
        path = feed["url"].removeprefix(f"{ADDRESS}/")
        assert ask("gbfs", path).status == 200
    assert _json(ask("gbfs", "2.3/gbfs.json"))["data"]["en"]["feeds"][0]["url"].startswith(f"{ADDRESS}/2.3/")


def _table(archive: zipfile.ZipFile, name: str) -> pl.DataFrame:
    return pl.read_csv(archive.read(f"{name}.txt"), infer_schema=False)


def test_gtfs_is_a_whole_timetable_of_the_days_around() -> None:
    whole = ask("gtfs", "feed.zip")
    with zipfile.ZipFile(BytesIO(whole.body)) as archive:
        assert archive.read("stops.txt").startswith(b"\xef\xbb\xbf")
        tables = {
            name: _table(archive, name)
            for name in (
                "agency",
                "stops",
                "routes",
                "trips",
                "stop_times",
                "frequencies",
                "calendar",
                "calendar_dates",
            )
        }
    known = {
        name: set(tables[table][name])
        for name, table in (
            ("trip_id", "trips"),
            ("stop_id", "stops"),
            ("route_id", "routes"),
            ("service_id", "calendar"),
        )
    }
    assert set(tables["stop_times"]["trip_id"]) == known["trip_id"]
    assert set(tables["stop_times"]["stop_id"]) == known["stop_id"]
    assert set(tables["trips"]["route_id"]) == known["route_id"]
    assert set(tables["trips"]["service_id"]) == known["service_id"]
    assert set(tables["frequencies"]["trip_id"]) < known["trip_id"]
    assert tables["agency"]["agency_timezone"].to_list() == ["Asia/Makassar"]
    last = tables["stop_times"].filter(pl.col("trip_id").str.ends_with("LAST"))
    assert last["arrival_time"].min() == "25:10:00"
    assert tables["calendar"].filter(pl.col("start_date") <= "20260310", pl.col("end_date") >= "20260310").height == 2
    lat, lon = (tables["stops"][name].cast(pl.Float64) for name in ("stop_lat", "stop_lon"))
    assert -5.3 < lat.min() < lat.max() < -5.0  # type: ignore[operator]
    assert 119.3 < lon.min() < lon.max() < 119.6  # type: ignore[operator]


def test_gtfs_is_sent_once() -> None:
    whole = ask("gtfs", "feed.zip")
    later = ask("gtfs", "feed.zip", now=NOW + timedelta(days=20, hours=3))
    assert (later.body, later.headers) == (whole.body, whole.headers)
    etag = whole.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        assert ask("gtfs", "feed.zip", headers={"if-none-match": known}).status == 304
    assert ask("gtfs", "feed.zip", headers={"if-none-match": '"other"'}).status == 200
    assert ask("gtfs", "feed.zip", now=NOW.replace(year=2027)).headers["etag"] != etag


def test_socrata_pages_overlap_unless_they_are_ordered() -> None:
    query = {"$where": f"date = '{DAY}T00:00:00.000'", "$limit": "1000"}

    def pages(**more: str) -> list[str]:
        found: list[str] = []
        for offset in (0, 1000, 2000):
            page = _json(ask("socrata", f"resource/{PEOPLE}.json", query | {"$offset": str(offset)} | more))
            found += [json.dumps(row) for row in page]
        return found

    ordered, loose = pages(**{"$order": ":id"}), pages()
    assert len(ordered) == len(set(ordered)) == 40 * 24 * 3
    assert len(set(loose)) < len(set(ordered))  # some came twice, the last ones never
    assert _rows(SOCRATA, _pull(SOCRATA)).height == len(ordered)
    assert len(_json(ask("socrata", f"resource/{PEOPLE}.json", {"$where": query["$where"]}))) == 1000
    years = _json(ask("socrata", f"resource/{RESIDENTS_BY_YEAR}.json"))
    assert {row["year"] for row in years} == {"2023", "2024", "2025"}
    two = {"$where": "date between '2026-03-08' and '2026-03-09'", "$limit": "50000", "$order": ":id"}
    assert len(_json(ask("socrata", f"resource/{PEOPLE}.json", two))) == 2 * len(ordered)


def test_moenv_and_air4thai_show_the_same_hour() -> None:
    taiwan = _json(ask("moenv", "api/v2/aqx_p_432", {"api_key": "k"}))["records"]
    thai = _json(ask("air4thai", "services/getNewAQI_JSON.php"))["stations"]
    assert {row["publishtime"] for row in taiwan} == {"2026/03/10 23:00:00"}
    assert {(s["AQILast"]["date"], s["AQILast"]["time"]) for s in thai} == {("2026-03-10", "23:00")}
    for mine, yours in zip(taiwan, thai, strict=True):
        assert mine["sitename"] == yours["nameEN"]
        assert float(mine["pm2.5"]) == pytest.approx(float(yours["AQILast"]["PM25"]["value"]), abs=0.56)
        roadside = mine["sitename"] in ("Oldtown Ring Road", "Northquay Gate")
        assert (mine["o3"] == "", yours["AQILast"]["O3"]["value"] == "-1") == (roadside, roadside)
        assert {type(value) for value in mine.values()} == {str}
    first = city().config.first_day
    new_year = datetime.combine(first, datetime.min.time()) + timedelta(minutes=30)
    early = ask("air4thai", "services/getNewAQI_JSON.php", now=new_year)
    assert _json(early) == {"stations": []}  # before the first full hour there is none


def _leaves(value: Any, path: str = "") -> dict[str, type]:
    """Path -> type of every value; of a list, of its first element."""
    if isinstance(value, dict):
        return {k: t for name, one in value.items() for k, t in _leaves(one, f"{path}.{name}").items()}
    if isinstance(value, list):
        return _leaves(value[0], f"{path}[]") if value else {}
    return {path: float if isinstance(value, int) and not isinstance(value, bool) else type(value)}


OPENAQ_DAYS = {"datetime_from": "2026-03-06T00:00:00+08:00"}
LOOKUP = {"resource_id": AIR}
RECORDED = [  # file, question, and what the simulated city has not, or has under the names of another table
    ("openaq_v3_sensor_days.json", ("openaq", f"{SENSOR}/days", OPENAQ_DAYS | {"limit": "4"}, {"x-api-key": "k"}), ""),
    ("ckan_datastore_search.json", ("ckan", "api/3/action/datastore_search", LOOKUP), "year|level_1|value"),
    ("ckan_error.json", ("ckan", "api/3/action/datastore_search", {"resource_id": "x"}), ""),
    (
        "sensorthings_observations_page.json",
        ("sensorthings", "v1.1/Datastreams(11)/Observations", {"$top": "1", "$count": "true"}),
        "",
    ),
    ("gbfs_station_status_v2_3.json", ("gbfs", "2.3/station_status.json"), ""),
    ("gbfs_station_status_v3_0.json", ("gbfs", "3.0/station_status.json"), ""),
    ("ngsild_airqualityobserved_normalized.json", ("ngsi_ld", "AirQualityObserved", "normalized"), "context"),
    (
        "ngsild_trafficflow_keyvalues.json",
        ("ngsi_ld", "TrafficFlowObserved", "keyValues"),
        "context|intensity|occupancy",
    ),
    (
        "ngsild_waterconsumption_keyvalues.json",
        ("ngsi_ld", "WaterConsumptionObserved", "keyValues"),
        "context|alarmInProgress|Flow|moduleTampered|address",
    ),
    ("moenv_aqx_p_432_v2.json", ("moenv", "aqx_p_432", {"api_key": "k"}), r"nox|\.no$"),
    ("air4thai_getNewAQI.json", ("air4thai", "services/getNewAQI_JSON.php"), ""),
]


@pytest.mark.parametrize(("name", "asked", "other"), RECORDED, ids=[r[0] for r in RECORDED])
def test_replies_look_like_recorded_ones(name: str, asked: tuple[Any, ...], other: str) -> None:
    """Every name of a recorded reply is there with the same type of value."""
    recorded = json.loads(sample(name).read_bytes())
    if asked[0] == "ngsi_ld":
        answer = ask("ngsi_ld", "ngsi-ld/v1/entities", {"type": asked[1], "options": asked[2]})
        own = _leaves(_json(answer)[0])
    else:
        own = _leaves(_json(ask(*asked)))
    wanted = {path: kind for path, kind in _leaves(recorded).items() if not (other and re.search(other, path))}
    assert {path: own.get(path) for path in wanted} == wanted


def test_every_protocol_of_the_connectors_is_answered() -> None:
    from assets.connectors.protocol import protocol_names

    assert set(REPLIES) == set(SHAPES) == set(protocol_names())
