"""Seoul's two fact tables: areas (city + districts) and air stations."""

from __future__ import annotations

import csv
import math
from itertools import pairwise

from tests.support.paths import SEOUL

YEARS = [f"population_{year}" for year in range(2015, 2024)]
AREA_HEADER = [
    *("code", "level", "parent", "name_ko", "name_en", "boundary_code"),
    *("area_km2", "lat", "lon"),
    *YEARS,
    *("valid_from", "valid_to", "verified", "source"),
]


def read(name: str) -> tuple[list[str], list[dict[str, str]]]:
    raw = (SEOUL / name).read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    reader = csv.DictReader(raw.decode("utf-8").splitlines(), strict=True)
    rows = list(reader)
    for row in rows:
        assert None not in row, row
        assert None not in row.values(), row
    return list(reader.fieldnames or []), rows


HEADER, ROWS = read("areas.csv")
AREAS, NEIGHBOURHOODS = ROWS[:26], ROWS[26:]
CITY, DISTRICTS = AREAS[0], AREAS[1:]
STATION_HEADER, STATIONS = read("air_stations.csv")


def test_shape_and_codes() -> None:
    assert HEADER == AREA_HEADER
    assert (CITY["code"], CITY["level"], CITY["parent"]) == ("11", "city", "")
    assert len(DISTRICTS) == 25
    for row in DISTRICTS:
        assert (row["level"], row["parent"]) == ("district", CITY["code"])
        assert len(row["code"]) == 5
        assert row["code"].startswith("11")
    codes = [row["code"] for row in DISTRICTS]
    assert codes == sorted(codes)
    for column in ("code", "name_ko", "name_en", "boundary_code"):
        assert len({row[column] for row in AREAS}) == len(AREAS), column
    # Both code systems list the districts in the same order.
    kostat = [row["boundary_code"] for row in DISTRICTS]
    assert kostat == [str(11000 + 10 * n) for n in range(1, 26)]


def test_names() -> None:
    for row in DISTRICTS:
        assert row["name_ko"].endswith("구")
        assert row["name_en"].endswith("-gu")
        assert row["name_en"].isascii()


def test_city_population_is_the_sum_of_the_districts() -> None:
    for year in YEARS:
        filled = [row[year] for row in AREAS if row[year] != ""]
        # A year is either filled for every area or for none.
        assert len(filled) in (0, len(AREAS)), year
        if filled:
            assert int(CITY[year]) == sum(int(row[year]) for row in DISTRICTS), year
    assert CITY["population_2020"] == "9668465"
    assert CITY["population_2021"] == ""  # never confirmed, see SOURCES.md


def test_populations_are_plausible() -> None:
    for row in DISTRICTS:
        values = [int(row[year]) for year in YEARS if row[year] != ""]
        assert all(100_000 <= value <= 700_000 for value in values), row
        for before, after in pairwise(values):
            assert abs(after / before - 1) < 0.08, (row["name_ko"], before, after)


def test_areas_sum_to_the_city() -> None:
    for row in AREAS:
        assert len(row["area_km2"].split(".")[1]) == 2
    # In hundredths of a square kilometre, to stay in integers.
    total = sum(round(float(row["area_km2"]) * 100) for row in DISTRICTS)
    assert total == round(float(CITY["area_km2"]) * 100)
    assert abs(total - 60520) <= 10
    assert all(9 < float(row["area_km2"]) < 48 for row in DISTRICTS)


def test_centres_lie_inside_seoul() -> None:
    for row in AREAS:
        assert 37.4 < float(row["lat"]) < 37.72, row
        assert 126.7 < float(row["lon"]) < 127.2, row
        assert len(row["lat"].split(".")[1]) == len(row["lon"].split(".")[1]) == 3


def test_neighbourhoods_lie_in_their_districts_and_hold_in_turn() -> None:
    districts = {row["code"] for row in DISTRICTS}
    for row in NEIGHBOURHOODS:
        assert (row["level"], row["parent"]) == ("neighbourhood", row["code"][:5])
        assert row["parent"] in districts
        assert len(row["code"]) == 8
        assert row["name_ko"].endswith("동")
        assert row["valid_from"] < (row["valid_to"] or "9")
    codes = [row["code"] for row in NEIGHBOURHOODS]
    assert codes == sorted(set(codes))
    # one more with Wirye-dong (2015), Hang-dong (2020) and Sangil 2-dong (2021); eight are called otherwise since
    counts = {
        day: sum(row["valid_from"] <= day <= (row["valid_to"] or "9") for row in NEIGHBOURHOODS)
        for day in ("2014-01-01", "2016-01-01", "2020-01-01", "2021-07-01", "2023-05-01")
    }
    assert list(counts.values()) == [423, 424, 425, 426, 426]
    for row in DISTRICTS:  # outlines are simplified, above all along the river; where one has no size there is no sum
        sizes = [float(part["area_km2"] or "nan") for part in NEIGHBOURHOODS if part["parent"] == row["code"]]
        renamed = row["name_ko"] in ("강북구", "강동구", "강남구")
        if not renamed and not any(math.isnan(size) for size in sizes):
            assert abs(sum(sizes) / float(row["area_km2"]) - 1) < 0.15, row["name_ko"]


def test_stations() -> None:
    assert STATION_HEADER == ["place", "kind", "area", "name_en", "valid_from", "valid_to"]
    names = [row["place"] for row in STATIONS]
    assert len(set(names)) == len(names) == 51
    counts = {kind: sum(row["kind"] == kind for row in STATIONS) for kind in ("urban", "roadside", "background")}
    assert counts == {"urban": 25, "roadside": 16, "background": 10}
    assert all(row["name_en"] and row["name_en"].isascii() for row in STATIONS)


def test_every_urban_station_is_a_district() -> None:
    by_name = {row["name_ko"]: row for row in DISTRICTS}
    urban = [row for row in STATIONS if row["kind"] == "urban"]
    assert {row["place"] for row in urban} == set(by_name)
    for row in urban:
        assert row["area"] == by_name[row["place"]]["code"]
        assert row["name_en"] == by_name[row["place"]]["name_en"]
    for row in STATIONS:
        assert (row["area"] != "") == (row["kind"] == "urban"), row
