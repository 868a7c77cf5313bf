"""What a city is, as analysts have it: areas with outlines, residents, the calendar, feeds; of a town typed in here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from assets.pack.city import load_city
from assets.publication.reference_rows import city_rows, column_rows
from tests.support.paths import SEOUL
from tests.worlds.towns import AIR, FEEDS, Towns

OUTLINES = """
title: Outlines
purpose: Where the districts are
owner: Survey office
licence: CC BY 4.0
reference_since: 2026-01-01
files: {paths: ["outlines/*.geojson"], layout: {kind: geojson}}
columns:
  boundary_code: {from: code, type: string, meaning: Code of the survey, key: true, required: true}
  geometry: {from: geometry, type: string, meaning: Outline, required: true}
"""
PRIVATE = (
    AIR.replace("air/*.csv", "phones/*.csv").replace("title: Air by hour", "title: Phones")
    + "classification: restricted\n"
)


def square(west: float) -> dict:
    """One degree high and wide."""
    ring = [[west, 0.0], [west + 1, 0.0], [west + 1, 1.0], [west, 1.0], [west, 0.0]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """A town of two districts, whose outlines have other codes than the pack, and one that nobody has drawn."""
    town = Towns(tmp_path_factory.mktemp("town"))
    pack = town.add("busan", ["air"], texts=FEEDS)
    config = yaml.safe_load((pack / "city.yaml").read_text()) | {"holidays": {"country": "KR"}, "languages": ["ko"]}
    (pack / "city.yaml").write_text(yaml.safe_dump(config))
    (pack / "areas.csv").write_text(
        "code,level,parent,name,area_km2,lat,lon,boundary_code,population_2024,population_2025\n"
        "1,city,,Busan,5.0,35.0,135.0,,1000,1100\n11,district,1,West,2.0,35.0,135.0,b1,600,\n"
        "12,district,1,East,3.0,35.0,135.0,b2,400,450\n9,city,,Elsewhere,3.0,35.0,135.0,b9,,\n"
    )
    (pack / "feeds" / "outlines.yaml").write_text(OUTLINES)
    (pack / "feeds" / "phones.yaml").write_text(PRIVATE)
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": square(west)}
        for code, west in (("b1", 0.0), ("b2", 1.0))
    ]
    for folder, name, text in (
        ("outlines", "all.geojson", json.dumps({"type": "FeatureCollection", "features": features})),
        ("phones", "march.csv", "site,at,fine\nN,2026-03-02 00:00,1\n"),
    ):
        path = town.root / "drop" / "busan" / folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (city,) = town.load().cities
    for name in ("air", "phones"):
        town.build_feed(city, city.contracts[name], date(2026, 3, 2))
    town.build_feed(city, city.contracts["outlines"], date(2026, 1, 1))
    town.publish()
    return town


def test_a_city_says_its_names_clocks_languages_and_levels(town: Towns) -> None:
    query = "SELECT title, country, timezone, languages, area, levels, boundary, currency FROM mart.city"
    zone, levels = "Asia/Tokyo", ["city", "district"]
    assert town.rows(query) == [("Busan", "XX", zone, ["ko"], "1", levels, "administrative", None)]


def test_a_column_has_the_names_that_deliveries_have(town: Towns) -> None:
    rows = town.rows("SELECT column_name, source_names, dtype, unit FROM mart.column ORDER BY column_name")
    assert ("pm25", ["fine"], "number", "ug/m3") in rows
    assert ("day", [], "date", None) in rows  # computed from the time


def test_the_columns_of_a_private_feed_are_not_listed() -> None:
    seoul = load_city(SEOUL)
    private = {name for name, feed in seoul.contracts.items() if feed.private}
    listed = set(column_rows([seoul])["feed"])
    assert private
    assert listed == set(seoul.contracts) - private


def test_the_money_of_a_city_is_that_of_its_feeds_if_it_is_one() -> None:
    found = {city.name: city for city in map(load_city, (SEOUL, SEOUL.parent / "chicago"))}
    assert city_rows(list(found.values())).select("city", "currency").rows() == [("seoul", "KRW"), ("chicago", None)]
    spending, budget = (found["seoul"].contracts[name] for name in ("district_spending", "budget"))
    yen = [one.model_copy(update={"spec": one.spec.model_copy(update={"unit": "JPY"})}) for one in budget.columns]
    abroad = budget.model_copy(update={"columns": tuple(yen)})
    both = replace(found["seoul"], contracts={"district_spending": spending, "budget": abroad})
    assert city_rows([both])["currency"].to_list() == [None]


def test_areas_have_their_outlines_under_their_own_code(town: Towns) -> None:
    rows = dict(town.rows("SELECT area, geometry FROM mart.area ORDER BY area"))
    assert rows["9"] is None
    assert json.loads(rows["11"]) == square(0.0)
    assert json.loads(rows["12"]) == square(1.0)
    both = json.loads(rows["1"])  # the two squares side by side
    assert both["type"] == "Polygon"
    assert {tuple(point) for point in both["coordinates"][0]} >= {(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)}


def test_residents_are_those_of_the_years_that_are_known(town: Towns) -> None:
    assert town.rows("SELECT area, year, residents FROM mart.residents WHERE area <> '1' ORDER BY ALL") == [
        ("11", 2024, 600.0),
        ("12", 2024, 400.0),
        ("12", 2025, 450.0),
    ]


def test_the_calendar_has_whole_years_with_weekday_holiday_season_and_kind(town: Towns) -> None:
    query = "SELECT day, weekday, weekend, holiday, season, kind FROM mart.calendar WHERE day IN ({}) ORDER BY day"
    days = "DATE '2026-02-17', DATE '2026-03-02', DATE '2026-03-03', DATE '2026-03-07', DATE '2026-03-08'"
    assert town.rows(query.format(days)) == [
        (date(2026, 2, 17), 2, False, "설날", "winter", "day of rest"),
        (date(2026, 3, 2), 1, False, "삼일절 대체 휴일", "spring", "day of rest"),
        (date(2026, 3, 3), 2, False, None, "spring", "working day"),
        (date(2026, 3, 7), 6, True, None, "spring", "Saturday"),
        (date(2026, 3, 8), 7, True, None, "spring", "day of rest"),
    ]
    assert town.rows("SELECT min(day), max(day), count(*) FROM mart.calendar") == [
        (date(2026, 1, 1), date(2026, 12, 31), 365)
    ]
    text = "SELECT language, text FROM mart.text WHERE kind = 'holiday' AND key = '2026-02-17' ORDER BY language"
    assert town.rows(text) == [("en", "Korean New Year"), ("ko", "설날")]


def test_feeds_say_whom_to_name_and_under_which_licence(town: Towns) -> None:
    query = "SELECT feed, owner, licence, models, is_private, table_name FROM mart.feed ORDER BY feed"
    assert town.rows(query) == [
        ("air", "Department of Air", "public", ["air_quality"], False, "core.busan_air"),
        ("outlines", "Survey office", "CC BY 4.0", [], False, "core.busan_outlines"),
        ("phones", "Department of Air", "public", ["air_quality"], True, None),
    ]


def test_a_city_without_holidays_outlines_and_population_has_its_rows(tmp_path: Path) -> None:
    plain = Towns(tmp_path)
    pack = plain.add("hue")
    areas = "code,level,parent,name,area_km2,lat,lon,verified\n1,city,,Hue,5.0,16.46,107.59,partial\n"
    (pack / "areas.csv").write_text(areas)
    plain.night()
    assert plain.rows("SELECT geometry, verified, source FROM mart.area") == [(None, "partial", None)]
    assert plain.rows("SELECT count(*) FROM mart.residents") == [(0,)]
    assert plain.rows("SELECT DISTINCT holiday, season, weekend, kind FROM mart.calendar ORDER BY kind") == [
        (None, None, False, "weekday"),
        (None, None, True, "weekend day"),
    ]
