"""Drop folders of packs that nobody here has written: what cannot be made is said, and all else is there."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.connectors.files import DeliveredFile, collect
from assets.ingest.cast import numbers
from assets.ingest.parse import ParsedFrames, parse
from assets.models import models
from assets.readers.read import read_rows
from quality.contract.due import fixed_day, newest_night
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from simulator.deliver import folder, world_rows
from simulator.deliver.folder import write_drop_folder
from simulator.deliver.kept_up import KeptUp
from simulator.world.world import World
from tests.worlds.deliveries import files_in
from tests.worlds.small_cities import SOMEWHERE, small_city

NIGHT = date(2026, 11, 27)
REGISTER = {"reference_since": date(2024, 1, 1)}
TREES: dict[str, Any] = REGISTER | {
    "row": "a tree",
    "files": {"paths": ["trees.csv"]},
    "columns": {"tree": {"from": "id", "type": "string", "key": True, "meaning": "id", "form": "^T-[0-9]+$"}},
}


def _feed(name: str, said: dict[str, Any]) -> Contract:
    plain = {"title": name, "purpose": name, "owner": "O", "licence": "L"}
    return from_feed(plain | said, name, models(), "Asia/Ho_Chi_Minh").delivered_in(["vi", "en"])


def _made(to: Path, **feeds: dict[str, Any]) -> tuple[list[str], dict[str, ParsedFrames]]:
    """The sentences about what cannot be made, and what a night reads of the others."""
    contracts = {name: _feed(name, said) for name, said in feeds.items()}
    city = replace(small_city(SOMEWHERE[0]), contracts=contracts)
    sentences = write_drop_folder(World(city), NIGHT, NIGHT, to)
    return sentences, {name: read for name, contract in contracts.items() for read in _read(to / city.name, contract)}


def _read(drop: Path, contract: Contract) -> list[ParsedFrames]:
    files = files_in(contract)
    found = [one for one in collect(drop, files.paths) if isinstance(one, DeliveredFile)]
    raw = [(one.name, read_rows(one.name, one.content, files.layout, numbers(contract))) for one in found]
    return [parse(contract, name, "0" * 64, rows, lambda rows=rows: rows) for name, rows in raw]


def test_months_as_columns_are_of_the_month_of_the_rows(tmp_path: Path) -> None:
    months = "(?P<month>JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
    layout = {"unpivot": {"columns": months, "drop_nulls": True}, "join": {"time": "{year} {month}"}}
    energy = {
        "implements": "energy_use",
        "interval": "month",
        "lag_days": 20,
        "files": {"paths": ["energy/*.csv"], "layout": layout},
        "columns": {
            "area": "district",
            "time": {"from": "time", "format": "%Y %b"},
            "energy": {"from": "value", "unit": "MWh"},
        },
    }
    sentences, read = _made(tmp_path, energy=energy)
    assert sentences == []
    assert set(read["energy"].rows["day"]) == {date(2026, 10, 1)}


def test_the_tables_of_one_archive_are_in_it_together_and_name_the_same_places(tmp_path: Path) -> None:
    def table(name: str) -> dict[str, Any]:
        return REGISTER | {"files": {"paths": ["gtfs/*.zip"], "layout": {"member": f"{name}.txt"}}}

    times = {"trip": "trip_id", "stop_sequence": "stop_sequence", "place": "stop_id", "arrival_time": "arrival_time"}
    sentences, read = _made(
        tmp_path,
        stops=table("stops") | {"implements": "place", "columns": {"place": "stop_id", "name": "stop_name"}},
        stop_times=table("stop_times") | {"implements": "transit_timetable", "columns": times},
        trees=TREES,
    )
    assert sentences == []
    (archive,) = (tmp_path / "hanoi" / "gtfs").iterdir()
    assert sorted(zipfile.ZipFile(archive).namelist()) == ["stop_times.txt", "stops.txt"]
    assert set(read["stop_times"].rows["place"]) == set(read["stops"].rows["place"])


def test_a_register_lists_the_places_of_the_feed_that_is_named_like_it(tmp_path: Path) -> None:
    def bikes(name: str) -> dict[str, Any]:
        return {"files": {"paths": [f"{name}.csv"]}}

    docks = {"place": "id", "time": {"from": "t", "format": "%Y-%m-%d %H:%M"}, "vehicles_available": "bikes"}
    sentences, read = _made(
        tmp_path,
        bike_sites=bikes("sites") | REGISTER | {"implements": "place", "columns": {"place": "id", "capacity": "docks"}},
        bikes=bikes("bikes") | {"implements": "shared_vehicles", "interval": "instant", "columns": docks},
    )
    assert sentences == []
    sites = read["bike_sites"].rows
    assert set(sites["place"]) == set(read["bikes"].rows["place"])
    assert sites["capacity"].null_count() == 0


def test_a_register_lists_the_places_of_the_feed_that_names_it(tmp_path: Path) -> None:
    time = {"from": "t", "format": "%Y-%m-%d %H:%M"}
    air = {"implements": "air_quality", "network": "low_cost", "interval": "instant", "files": {"paths": ["a.csv"]}}
    _, read = _made(
        tmp_path,
        posts=REGISTER | {"implements": "place", "columns": {"place": "id"}, "files": {"paths": ["p.csv"]}},
        postings=air
        | {
            "implements": "weather",
            "columns": {"place": "id", "time": time, "temperature": "c"},
            "network": "reference",
            "files": {"paths": ["w.csv"]},
        },
        sensors=air | {"register": "posts", "columns": {"place": "id", "time": time, "pm25": "fine"}},
    )
    assert set(read["posts"].rows["place"]) == set(read["sensors"].rows["place"]) != set(read["postings"].rows["place"])


def test_files_of_each_day_are_there_once_it_is_over(tmp_path: Path) -> None:
    interest = {
        "implements": "search_interest",
        "interval": "day",
        "files": {"paths": ["s/*.csv"]},
        "columns": {"topic": "topic", "time": {"from": "day", "format": "%Y-%m-%d"}, "interest": "interest"},
    }
    world = World(replace(small_city(SOMEWHERE[0]), contracts={"s": _feed("s", interest)}))
    now = [datetime.fromisoformat("2026-11-28T09:00")]
    drop = KeptUp(tmp_path, lambda _city: now[0])
    there = []
    for moment in ("2026-11-28T09:00", "2026-11-28T23:29", "2026-11-29T00:01"):
        now[0] = datetime.fromisoformat(moment)
        drop.write(world)
        there.append(sorted(path.stem for path in (tmp_path / "hanoi" / "s").iterdir()))
    assert there == [["2026-11-27"], ["2026-11-27"], ["2026-11-27", "2026-11-28"]]


def test_a_feed_that_fails_is_named_and_the_others_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(contract: Contract, *rest: Any) -> Any:
        if contract.name == "broken":
            raise ZeroDivisionError("by zero")
        return world_rows.world_rows(contract, *rest)

    monkeypatch.setattr(folder, "world_rows", failing)
    (sentence,), read = _made(tmp_path, broken=TREES | {"files": {"paths": ["b.csv"]}}, trees=TREES)
    assert sentence.startswith("the simulated city cannot make broken: it failed, please report it: ZeroDivisionError")
    assert list(read) == ["trees"]
    assert read["trees"].rows.height


def _climate(columns: dict[str, Any], layout: dict[str, Any], interval: str) -> dict[str, Any]:
    layout = {"join": {"cell": "{LAT}/{LON}"} | layout.pop("join", {})} | layout
    return {
        "implements": "weather",
        "interval": interval,
        "files": {"paths": ["climate.csv"], "layout": layout},
        "columns": {"place": "cell", **columns},
    }


def test_a_table_with_the_year_beside_its_months_has_what_is_due_of_both(tmp_path: Path) -> None:
    index = ["LAT", "LON", "YEAR"]
    months = {
        "drop": ["ANN"],
        "unpivot": {"columns": "(?P<month>JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"},
        "pivot": {"on": "WHAT", "values": "value", "index": [*index, "month"]},
        "join": {"time": "{month} {YEAR}"},
    }
    years = {
        "drop": ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        "pivot": {"on": "WHAT", "values": "ANN", "index": index},
    }
    ground = {"from": "TS", "type": "number", "unit": "degC", "meaning": "Temperature of the ground"}
    sentences, read = _made(
        tmp_path,
        climate_month=_climate(
            {
                "time": {"from": "time", "format": "%b %Y"},
                "lat": "LAT",
                "lon": "LON",
                "temperature": "T2M",
                "ground_temperature": ground,
            },
            months,
            "month",
        ),
        climate_year=_climate({"time": {"from": "YEAR", "format": "%Y"}, "temperature": "T2M"}, years, "year"),
    )
    assert sentences == []
    month = read["climate_month"].rows.filter(day=date(2026, 10, 1))
    year = read["climate_year"].rows.filter(day=date(2025, 1, 1))
    assert month.height == year.height > 1
    assert set(month["place"]) == set(year["place"])
    for place, *point in month.select("place", "lat", "lon").iter_rows():
        assert [float(text) for text in place.split("/")] == point
    assert month.null_count().select("temperature", "ground_temperature").row(0) == (0, 0)
    assert (month["ground_temperature"] - month["temperature"]).abs().max() < 5  # type: ignore[operator]


def test_numbers_that_may_not_be_above_others_are_parts_of_them(tmp_path: Path) -> None:
    part = {"from": "pm10", "type": "integer", "unit": "index", "meaning": "Index of PM10"}
    of_air = {"place": "site", "time": {"from": "t", "format": "%Y-%m-%d"}, "aqi": "max", "pm10_index": part}
    index = {
        "implements": "air_quality",
        "network": "reference",
        "interval": "day",
        "files": {"paths": ["i.csv"]},
        "columns": of_air,
        "rules": [{"name": "highest", "title": "The highest", "not_below": ["aqi", "pm10_index"]}],
    }
    _, read = _made(tmp_path, index=index)
    rows = read["index"].rows
    assert rows.height
    assert 0 < rows["aqi"].max() <= 200  # type: ignore[operator]
    assert rows.filter(rows["pm10_index"] > rows["aqi"]).is_empty()


def test_files_whose_day_the_contract_says_are_of_that_day(tmp_path: Path) -> None:
    supply = {
        "implements": "weather",
        "interval": "day",
        "files": {"paths": ["w.csv"], "layout": {"constants": {"date": "2025-01-01"}}},
        "columns": {"place": "id", "time": {"from": "date", "format": "%Y-%m-%d"}, "temperature": "c"},
    }
    sentences, read = _made(tmp_path, fixed=supply)
    assert sentences == []
    assert set(read["fixed"].rows["day"]) == {date(2025, 1, 1)}
    fixed = _feed("fixed", supply)
    other = {**supply, "files": {"paths": ["o.csv"]}}
    assert fixed_day(fixed) == date(2025, 1, 1)
    assert newest_night([fixed, _feed("trees", TREES)], NIGHT) == date(2025, 1, 1)
    assert newest_night([fixed, _feed("other", other)], NIGHT) == NIGHT
    assert newest_night([fixed], date(2024, 5, 1)) == date(2024, 5, 1)
    assert newest_night([], NIGHT) == NIGHT


def test_a_register_of_years_has_each_year_from_the_day_on_which_it_holds(tmp_path: Path) -> None:
    history = {
        "implements": "residents",
        "interval": "year",
        "reference_since": date(1995, 1, 1),
        "files": {"paths": ["history/*.csv"]},
        "columns": {"time": {"from": "year", "format": "%Y"}, "area": "area", "residents": "residents"},
    }
    said, read = _made(tmp_path, history=history)
    assert said == []
    rows = read["history"].rows
    assert sorted(rows["time"].dt.year().unique()) == list(range(1995, 2026))  # 2026 is not over in November
    assert set(rows["day"]) == {date(1995, 1, 1)}  # one batch
    now, then = (rows.filter(rows["time"].dt.year() == year)["residents"].sum() for year in (2025, 1995))
    assert now != then


def test_contracts_that_were_cancelled_are_told_by_the_day_and_by_what_is_joined_of_it(tmp_path: Path) -> None:
    """A remainder of a joined text does not say the text: the day does. The name of the file says when it was made."""
    sales = {
        "implements": "dwelling_sales",
        "interval": "month",
        "lag_days": 26,
        "files": {
            "paths": ["sales/*.csv"],
            "layout": {
                "skip_to": '^area"?,',
                "from_name": "_(?P<made>\\d{8})_",
                "fill": {"ended": "-"},
                "join": {"gone": "{ended} ended"},
                "constants": {"one": "1"},
            },
        },
        "columns": {
            "time": {"from": "month", "format": "%Y%m"},
            "area": "area",
            "address": "address",
            "floor_area": "m2",
            "price": {"from": "price", "unit": "KRW"},
            "built_year": "built",
            "cancelled_on": {"from": "ended", "format": "%Y%m%d", "missing": "-"},
            "sales_count": {"from": "one", "combine": "sum"},
            "cancelled_count": {"from": "gone", "remove": "[0-9]{8}", "values": {"- ended": "0", "ended": "1"}},
            "reported_until": {"from": "made", "format": "%Y%m%d"},
        },
    }
    said, read = _made(tmp_path, sales=sales)
    assert said == []
    rows = read["sales"].rows
    assert set(rows["reported_until"]) == {NIGHT}
    assert rows["built_year"].null_count() == 0
    gone = rows.filter(rows["cancelled_count"] == 1)
    assert 0 < gone.height < rows.height / 5
    assert gone["cancelled_on"].null_count() == 0
    assert rows.filter(rows["cancelled_count"] == 0)["cancelled_on"].null_count() == rows.height - gone.height
