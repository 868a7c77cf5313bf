"""Mistakes that newcomers make: one edit of a good pack each; what `madang city check` says of it names the place."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.check.check import check_pack
from assets.pack.city import load_city
from tests.support.paths import SEOUL

CITY = """\
name: hue
title: {en: Hue, vi: Huế}
country: VN
timezone: Asia/Ho_Chi_Minh
languages: [vi, en]
area: "1"
owner: City of Hue
first_day: 2024-01-01
nightly_at: "04:00"
"""
AREAS = """\
code,level,parent,name,area_km2,lat,lon,population_2023
1,city,,Huế,265.99,16.467,107.590,490000
11,district,1,Phú Xuân,150.0,16.480,107.570,200000
12,district,1,Thuận Hóa,115.99,16.450,107.610,290000
"""
STATIONS = """\
place,kind,area
A,urban,11
B,roadside,12
"""
METRICS = """\
metrics:
  bike_rentals_per_100k: {target: 500}
"""
AIR = """\
title: Air by the hour
purpose: What two instruments measure.
owner: City of Hue
licence: CC BY 4.0
prefix: AIR
implements: [air_quality]
network: reference
register: air_stations
interval: hour_beginning
files:
  paths: ["air/*.csv"]
  layout: {delimiter: ";", encodings: [utf-8]}
columns:
  place: station
  time: {from: date, format: "%Y-%m-%d %H:%M"}
  pm25: {from: PM2.5, unit: ug/m3, missing: "-"}
  status: {from: Status, type: string, meaning: State of the instrument, form: "^[A-Z]+$"}
  height: {from: H, type: number, unit: m, meaning: Height above the ground}
rules:
  - {name: stations, title: Both stations report, figure: "COUNT(DISTINCT place)", least: 2, severity: warning}
  - {name: high, title: Not underground, column: height, least: 0, on_fail: flag, tolerance: 0.1}
"""
BIKES = """\
title: Rentals by day
purpose: Rentals of public bicycles.
owner: City of Hue
licence: CC BY 4.0
implements: [rentals]
interval: day
prefix: BIKE
services:
  - protocol: ckan
    address: https://data.example.org
    ask: {resource_id: 6f8c1b5e-3f0a-4a6f-9a59-0d2a2f5b7c11, query: {day: "{day:%Y-%m-%d}"}}
    secrets: {key: MADANG_KEY_HUE}
columns:
  time: {from: date, format: "%Y-%m-%d"}
  rentals: {from: n, required: true}
"""
FILES = {
    "city.yaml": CITY,
    "areas.csv": AREAS,
    "air_stations.csv": STATIONS,
    "metrics.yaml": METRICS,
    "feeds/air.yaml": AIR,
    "feeds/bike_daily.yaml": BIKES,
}
FEED, BIKE = "feeds/air.yaml", "feeds/bike_daily.yaml"


def written(folder: Path, files: dict[str, str] = FILES) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


class Edit(NamedTuple):
    """`said`: of the message what follows file and line, as far as it matters. `line`: 0 is that of the edit."""

    file: str
    old: str
    new: str
    said: str
    hint: str = ""
    line: int = 0


MISTAKES = {
    # the 36 of the first trial
    "1 rule of no column": Edit(FEED, "column: height", "column: hight", "there is no column 'hight'", "write height"),
    "2 zone": Edit("city.yaml", "Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Mihn", "timezone: ", "write Asia/Ho_Chi_Minh"),
    "3 city twice": Edit("areas.csv", "11,district", "1,district", "code: code '1' is there in line 2", "take one"),
    "3b district twice": Edit(
        "areas.csv", "12,district", "11,district", "code: code '11' is there in line 3", "take one"
    ),
    "4 regular expression": Edit(FEED, '"^[A-Z]+$"', '"^[A-Z+$"', "columns.status.form: ", "mend"),
    "4b what is removed": Edit(
        FEED, "  place: station", '  place: {from: station, remove: "("}', "columns.place.remove: '(' is no", "mend it"
    ),
    "4c expectation": Edit(
        FEED,
        'figure: "COUNT(DISTINCT place)", least: 2',
        "expectation: expect_table_row_count_to_be_betwen",
        "rules.0.expectation: cannot be evaluated: there is no expectation",
        "write expect_table_row_count_to_be_between",
    ),
    "4d argument": Edit(
        FEED,
        'figure: "COUNT(DISTINCT place)", least: 2',
        "expectation: expect_column_mean_to_be_between, kwargs: {column: pm25, least: 2}",
        "rules.0.expectation: cannot be evaluated: least: extra fields not permitted",
        "docs/contracts.md",
    ),
    "5 no unit": Edit(
        FEED, "type: number, unit: m,", "type: number,", "columns.height.unit: a number needs", "unit: '1'"
    ),
    "6 indentation": Edit("city.yaml", "country: VN", "  country: VN", "is not YAML", "same column"),
    "7 tab": Edit(FEED, "  paths:", "\tpaths:", "the indentation has a tab", "spaces"),
    "8 negative tolerance": Edit(
        FEED, "tolerance: 0.1", "tolerance: -0.1", "rules.1.tolerance: -0.1 cannot be", "at least 0"
    ),
    "9 unknown key": Edit(FEED, "owner:", "ownr:", "ownr: there is no such key", "write owner"),
    "11 format": Edit(FEED, "%Y-%m-%d %H:%M", "YYYY-MM-DD HH:mm", "columns.time: ", "write '%Y-%m-%d %H:%M'"),
    "12 leaves the folder": Edit(FEED, "air/*.csv", "../air/*.csv", "files.paths.0: ", "drop folder on"),
    "13 metric": Edit(
        "metrics.yaml", "bike_rentals_per_100k", "bike_rental_per_100k", "there is no such metric", "write bike_rentals"
    ),
    "14 severity": Edit(
        FEED, "severity: warning", "severity: warn", "rules.0.severity: 'warn' is none", "write warning"
    ),
    "16 station of no area": Edit(
        "air_stations.csv", "B,roadside,12", "B,roadside,13", "area: there is no area '13'", "write 1"
    ),
    "18 kind": Edit("air_stations.csv", "A,urban", "A,urbn", "kind: there is no kind 'urbn'", "write urban"),
    "19 parent": Edit("areas.csv", "12,district,1,", "12,district,9,", "parent: there is no area '9'", "there are: 1"),
    "20 text for a number": Edit("areas.csv", "290000", "unknown", "population_2023: 'unknown' is no number", "digits"),
    "22 exchanged": Edit("areas.csv", "16.467,107.590", "107.590,16.467", "lat: ", "exchange"),
    "23 unit of another kind": Edit(FEED, "unit: ug/m3", "unit: degC", "columns.pm25", ""),
    "24 column of a metric": Edit(
        BIKE,
        "  rentals: {from: n",
        "  rental: {type: integer, unit: '1', meaning: n, from: n",
        "bike_daily cannot give it: there is no column rentals",
        line=-1,
    ),
    "25 key of layout": Edit(FEED, "delimiter:", "delimeter:", "files.layout", "delimiter"),
    "26 protocol": Edit(
        BIKE, "protocol: ckan", "protocol: ckna", "services.0.protocol: there is no protocol", "write ckan"
    ),
    "27 no day": Edit(
        BIKE,
        '  time: {from: date, format: "%Y-%m-%d"}\n',
        "  at: {from: s, type: string, meaning: Station, key: true, required: true}\n",
        "columns: the rows have no day",
        "reference_since",
        13,
    ),
    "28 key twice": Edit(
        FEED,
        "licence: CC BY 4.0",
        "licence: CC BY 4.0\nlicence: none",
        "the key 'licence' is there twice",
        "take one",
        5,
    ),
    "29 encoding": Edit(FEED, "[utf-8]", "[utf8x]", "files.layout.encodings.0: there is no encoding 'utf8x'", "utf-8"),
    "30 hour": Edit("city.yaml", '"04:00"', '"25:00"', "nightly_at: '25:00' is no time", "04:10"),
    "31 rule code twice": Edit(
        FEED, "name: high", "name: stations", "rules.1.name: there is a rule stations already", "another name"
    ),
    "32 prefix of another feed": Edit(
        BIKE, "prefix: BIKE", "prefix: AIR", "prefix: the prefix AIR is that of air.yaml", "another"
    ),
    "33 semicolons": Edit(
        "areas.csv", AREAS, AREAS.replace(",", ";"), "the cells are separated by semicolons", "commas", 1
    ),
    "34 target in another unit": Edit("metrics.yaml", "target: 500", "target: 500000000", "target: ", "write it in"),
    "35 secret": Edit(
        BIKE, "key: MADANG_KEY_HUE", "key: 8f3kd93jd83jd", "services.0.secrets.key: a secret", "environment variable"
    ),
    "36 password": Edit(
        BIKE, "https://data", "https://me:s3cret@data", "services.0.address: an address has", "environment variable"
    ),
    # others of their kinds
    "hours without a time of day": Edit(
        FEED, "%Y-%m-%d %H:%M", "%Y-%m-%d", "columns.time.format: rows of `interval: hour_beginning`", "%H:%M"
    ),
    "format of Java": Edit(FEED, "%Y-%m-%d %H:%M", "yyyy-MM-dd HH:mm", "columns.time: ", "write '%Y-%m-%d %H:%M'"),
    "country": Edit("city.yaml", "country: VN", "country: Vietnam", "country: 'Vietnam' is no code", "as in KR"),
    "no language": Edit("city.yaml", "[vi, en]", "[]", "languages: the list is empty", "at least one"),
    "level": Edit("areas.csv", "11,district", "11,ward", "level: 'ward' is no level", "district"),
    "another city": Edit("areas.csv", "11,district,1", "11,city,", "level: there is another row", "take one out"),
    "number for a text": Edit("city.yaml", 'area: "1"', "area: 1", "area: a text is needed", '"1"'),
    "truth for a text": Edit(FEED, "owner: City of Hue", "owner: true", "owner: a text is needed", '"true"'),
    "list for a text": Edit("city.yaml", "owner: City of Hue", "owner: [City]", "owner: a text is needed", "quotes"),
    "text for a list": Edit("city.yaml", "[vi, en]", "vi", "languages: a list is needed", "[vi]"),
    "day": Edit("city.yaml", "2024-01-01", "01.01.2024", "first_day: ", "2014-01-31"),
    "no such day": Edit("city.yaml", "2024-01-01", "2024-02-30", "first_day: ", "2014-01-31"),
    "zone of one word": Edit("city.yaml", "Asia/Ho_Chi_Minh", "Ho_Chi_Minh", "timezone: ", "write Asia/Ho_Chi_Minh"),
    "hour without a zero": Edit("city.yaml", '"04:00"', "4:00", "nightly_at: '4:00' is no time", "04:10"),
    "no owner": Edit(FEED, "owner: City of Hue\n", "", "owner: is needed and not there", "owner", 1),
    "quote": Edit(FEED, 'missing: "-"', 'missing: "-', "is not YAML", "", 17),
    "bracket": Edit(FEED, "implements: [air_quality]", "implements: [air_quality", "is not YAML", "]", 7),
    "star": Edit(FEED, '["air/*.csv"]', "[*.csv]", "is not YAML: a text begins with *", "'*.csv'"),
    "colon": Edit(FEED, "purpose: What", "purpose: note: What", "is not YAML", "quotes"),
    "model": Edit(
        FEED, "[air_quality]", "[air_qualty]", "implements: there is no model 'air_qualty'", "write air_quality"
    ),
    "network": Edit(
        FEED, "network: reference", "network: referenc", "network: 'referenc' is none of", "write reference"
    ),
    "type": Edit(FEED, "type: number", "type: float", "columns.height.type: 'float' is none of", "write"),
    "tolerance in per cent": Edit(
        FEED, "tolerance: 0.1", "tolerance: 10", "rules.1.tolerance: 10 cannot be", "at most 1"
    ),
    "what happens to a row": Edit(
        FEED, "on_fail: flag", "on_fail: flagg", "rules.1.on_fail: 'flagg' is none of", "write flag"
    ),
    "key of a rule": Edit(FEED, "least: 2", "lest: 2", "rules.0.lest: there is no such key", "write least"),
    "key of a column": Edit(
        FEED, 'missing: "-"', 'mising: "-"', "columns.pm25.mising: there is no such key", "write missing"
    ),
    "key of a service": Edit(BIKE, "address:", "adress:", "services.0.adress: there is no such key", "write address"),
    "figure of no column": Edit(
        FEED, "DISTINCT place", "DISTINCT plaec", "rules.0.figure: there is no column 'plaec'", "write place"
    ),
    "figure that is no SQL": Edit(
        FEED, "COUNT(DISTINCT place)", "COUNT(DISTINCT", "rules.0.figure: cannot be computed", "aggregate"
    ),
    "figure of each row": Edit(FEED, "COUNT(DISTINCT place)", "height", "rules.0.figure: 'height' is no figure", "AVG"),
    "function": Edit(FEED, "COUNT(DISTINCT place)", "FOO(place)", "rules.0.figure: cannot be computed", "aggregate"),
    "look-ahead": Edit(FEED, '"^[A-Z]+$"', '"^(?=A)"', "columns.status.form: ", "mend"),
    "too many of DuckDB": Edit(FEED, '"^[A-Z]+$"', '"^A{1001}$"', "columns.status.form: ", "mend"),
    "minutes for months": Edit(FEED, "%Y-%m-%d %H:%M", "%Y-%M-%d %H:%M", "columns.time.format: ", "%m"),
    "months for minutes": Edit(FEED, "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%m", "columns.time.format: ", "%M"),
    "American day": Edit(BIKE, '%Y-%m-%d"}\n', '%Y-%m-%D"}\n', "columns.time.format: ", "%d"),
    "absolute path": Edit(FEED, "air/*.csv", "/data/*.csv", "files.paths.0: ", "drop folder on"),
    "Windows path": Edit(FEED, '"air/*.csv"', "'air\\*.csv'", "files.paths.0: ", "write /"),
    "no resource": Edit(BIKE, "resource_id: 6f8c1b5e-3f0a-4a6f-9a59-0d2a2f5b7c11, ", "", "services.0.ask: ", "add it"),
    "key of a question": Edit(
        BIKE, "resource_id:", "resource:", "services.0.ask.resource: ckan has no such key", "write resource_id"
    ),
    "no scheme": Edit(BIKE, "https://data.example.org", "data.example.org", "services.0.address: ", "in full"),
    "key in a query": Edit(
        BIKE,
        'query: {day: "{day:%Y-%m-%d}"}',
        "query: {api_key: s3cretvalue9}",
        "services.0.ask.query.api_key: this looks",
        "environment variable",
    ),
    "key in an address": Edit(
        BIKE,
        "https://data.example.org",
        "https://data.example.org/?key=s3cretvalue9",
        "services.0.address: an address has",
        "environment variable",
    ),
    "private key": Edit(
        BIKE,
        "purpose: Rentals of public bicycles.",
        "purpose: '-----BEGIN RSA PRIVATE KEY----- s3cret'",
        "purpose: a private key",
        "take it out",
    ),
    "random text": Edit(
        BIKE,
        '"{day:%Y-%m-%d}"',
        "aK3x9Qm2Zt7Lw4Rf8Yb1Nc6Vd5Hs0Gj",
        "services.0.ask.query.day: this looks",
        "environment variable",
    ),
    "station twice": Edit(
        "air_stations.csv", "B,roadside", "A,roadside", "place: place 'A' is there in line 2", "take one"
    ),
    "column of the register": Edit(
        "air_stations.csv", "place,", "places,", "column place is missing, and air", "give places this name"
    ),
    "column of areas": Edit(
        "areas.csv", "parent,name", "parents,name", "column parent is missing", "give the column parents"
    ),
    "a part of itself": Edit(
        "areas.csv", "12,district,1,", "12,district,12,", "parent: area '12' is a part of itself", "part of"
    ),
    "in an area that is not there": Edit(
        "areas.csv",
        "population_2023",
        "also_in",
        "also_in: there is no area '290000', in which '12' lies",
        "there are",
        4,
    ),
    "in the city besides": Edit(
        "areas.csv",
        "population_2023\n1,city,,Huế,265.99,16.467,107.590,490000\n",
        "also_in\n1,city,,Huế,265.99,16.467,107.590,1\n",
        "also_in: area '1' lies in '1' anyhow",
        "another classification",
        2,
    ),
    "thousands": Edit("areas.csv", "290000", '"290,000"', "population_2023: '290,000' is no number", "digits"),
    "a cell too many": Edit("areas.csv", "290000", "290,000", "the line has 9 cells", "quotes"),
    "no population": Edit("areas.csv", "290000", "-290000", "population_2023: cannot be below 0", ""),
    "degrees": Edit("areas.csv", "16.480,107.570", "107.570,16.480", "lat: ", "exchange"),
    "no row of the city": Edit("city.yaml", 'area: "1"', 'area: "2"', "area: areas.csv has no row '2'", "there are: 1"),
    "key of metrics": Edit(
        "metrics.yaml", "target: 500", "traget: 500", "traget: there is no such key", "write target"
    ),
    "text for a target": Edit(
        "metrics.yaml", "target: 500", "target: 500 rides", "target: a number is needed", "1234.5"
    ),
    "share over 1": Edit(
        "metrics.yaml", "target: 500", "min_completeness: 75", "min_completeness: 75 cannot be", "at most 1"
    ),
    "metric without a feed": Edit("metrics.yaml", "bike_rentals_per_100k", "pm10_mean", "stays absent", "such a feed"),
}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("pack") / "hue")


def test_a_good_pack_has_no_mistake(one: Path):
    assert [str(mistake) for mistake in check_pack(one)] == []


def test_seoul_has_no_mistake_and_is_told_which_feeds_stay_for_their_licence():
    (warning,) = check_pack(SEOUL)
    assert warning.warning
    assert (warning.file, warning.key) == (SEOUL / "sharing.yaml", "open")
    assert "weather_daily (non-commercial)" in warning.what


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_has_file_line_key_and_what_to_write(case: str, one: Path):
    edit = MISTAKES[case]
    before = FILES[edit.file]
    assert edit.old in before
    after = before.replace(edit.old, edit.new, 1)
    line = edit.line or before[: before.index(edit.old)].count("\n") + 1
    (one / edit.file).write_text(after, encoding="utf-8")
    try:
        found = check_pack(one)
    finally:
        (one / edit.file).write_text(before, encoding="utf-8")
    texts = [str(mistake) for mistake in found if not mistake.warning]
    place = f"{one / edit.file}:{line}: " if line > 0 else str(one)
    assert any(text.startswith(place) and edit.said in text and edit.hint in text for text in texts), texts
    assert all("s3cret" not in str(mistake) and "8f3kd" not in str(mistake) for mistake in found)
    assert not any("cannot be checked as a whole" in text for text in texts), texts


def test_21_a_feed_of_no_model_needs_a_key(tmp_path: Path):
    own = BIKES.replace("implements: [rentals]\ninterval: day\n", "row: the whole city on one day\n")
    own = own[: own.index("columns:")] + "columns:\n  day: {from: d, type: date, meaning: Day, required: true}\n"
    (mistake, *_) = check_pack(written(tmp_path / "hue", FILES | {"feeds/bike_daily.yaml": own}))
    assert mistake.what.startswith("no key: mark columns with primaryKey")


def test_an_index_is_not_taken_for_a_concentration(tmp_path: Path):
    """In Indonesian files `pm10` is the index of PM10. Who says the unit has looked."""
    files = FILES | {"city.yaml": CITY.replace("[vi, en]", "[id, en]"), FEED: AIR.replace("PM2.5, unit: ug/m3", "pm25")}
    (warning,) = check_pack(written(tmp_path / "hue", files))
    assert (warning.warning, warning.key) == (True, "columns.pm25")
    assert "usually that of aqi_pm25" in warning.what
    assert warning.hint == "name the column aqi_pm25, or say that it comes in `unit: ug/m3`"
    files[FEED] = AIR.replace("PM2.5, unit", "pm25, unit")
    assert check_pack(written(tmp_path / "hue", files)) == []


def test_rows_without_a_place_are_suspicious(tmp_path: Path):
    lines = AIR.replace("  place: station\n", "").replace("register: air_stations\n", "").partition("rules:")[0]
    (warning,) = check_pack(written(tmp_path / "hue", FILES | {FEED: lines}))
    assert (warning.warning, warning.key) == (True, "columns")
    assert "each row of air_quality has a 'place'" in warning.what
    assert "constants" in warning.hint


def test_data_that_begin_in_a_day_yet_to_come_are_suspicious(tmp_path: Path):
    """Of a year that was mistyped nothing would be asked for, and nothing missed."""
    files = FILES | {FEED: AIR.replace("network:", "first_day: 2099-01-01\nnetwork:")}
    (warning,) = check_pack(written(tmp_path / "hue", files))
    assert (warning.warning, warning.key) == (True, "first_day")
    assert "2099-01-01 is yet to come" in warning.what
    assert check_pack(written(tmp_path / "hue", files | {FEED: files[FEED].replace("2099", "2024")})) == []


def test_10_words_that_some_yaml_reads_as_true_or_false_are_texts(tmp_path: Path):
    files = dict(FILES)
    files["city.yaml"] = CITY.replace("country: VN", "country: NO")
    files[FEED] = AIR.replace('missing: "-"', "missing: [no, on, NO]").replace('form: "^[A-Z]+$"', "known: [on, off]")
    assert [str(mistake) for mistake in check_pack(written(tmp_path / "hue", files))] == []
    city = load_city(tmp_path / "hue")
    assert city.config.country == "NO"
    assert city.contracts["air"].column("pm25").spec.sentinels == ("no", "on", "NO")


def test_15_a_feed_that_has_two_files(tmp_path: Path):
    folder = written(tmp_path / "hue", {**FILES, "feeds/air.odcs.yaml": "kind: DataContract\nname: air\n"})
    told = [str(mistake) for mistake in check_pack(folder)]
    said = "air.yaml:1: the feed air has several files: air.odcs.yaml, air.yaml; remove all but one"
    assert f"{folder}/feeds/{said}" in told


DAILY = """\
title: Air by the day
purpose: Means of the day.
owner: City of Hue
licence: CC BY 4.0
prefix: AIRD
implements: [air_quality]
interval: day
files: {paths: ["air_daily/*.csv"]}
columns:
  place: station
  time: {from: date, format: "%Y-%m-%d"}
  pm25: {from: PM2.5}
  pm10: {from: PM10}
  no2: {from: NO2}
  o3: {from: O3}
  so2: {from: SO2}
  co: {from: CO}
"""


def test_17_a_register_that_is_missing(tmp_path: Path):
    folder = written(tmp_path / "hue", {**FILES, "feeds/air_daily.yaml": DAILY})
    assert [str(mistake) for mistake in check_pack(folder)] == []
    (folder / "air_stations.csv").rename(folder / "air_station.csv")
    (mistake,) = check_pack(folder)
    said = "there is no table air_stations.csv beside areas.csv, and no feed air_stations; write air_station"
    assert str(mistake) == f"{folder}/feeds/air.yaml:8: register: {said}"


LIST = """\
title: Where the instruments stand
purpose: Their register.
owner: City of Hue
licence: CC BY 4.0
implements: [place]
reference_since: 2024-01-01
files: {paths: ["list/*.csv"]}
columns: {place: code, area: district, lat: lat, lon: lon}
"""


def test_a_register_may_be_a_feed_of_places(tmp_path: Path):
    files = FILES | {"feeds/list.yaml": LIST, FEED: AIR.replace("register: air_stations", "register: list")}
    assert check_pack(written(tmp_path / "hue", files)) == []
    files[FEED] = AIR.replace("register: air_stations", "register: lists")
    (mistake,) = check_pack(written(tmp_path / "hue", files))
    assert (mistake.key, mistake.hint) == ("register", "write list")
    files[FEED] = AIR.replace("register: air_stations", "register: bike_daily")
    (mistake,) = check_pack(written(tmp_path / "hue", files))
    assert (
        mistake.what == "the feed bike_daily is no register of places: it has no `reference_since`, or no column place"
    )
    files[FEED] = AIR
    files["feeds/bike_daily.yaml"] = BIKES.replace("prefix:", "register: list\nprefix:")
    (mistake,) = check_pack(written(tmp_path / "hue", files))
    assert (mistake.key, mistake.what) == ("register", "its rows have no place that stands in a register")


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("place,kind,lat,lon\nA,mains,16.4,107.6\nB,mains,,\nC,well,16.4,107.5\n", []),
        ("place,kind,lat,lon\nA,urban,16.4,107.6\nB,urben,16.4,107.6\n", ["air_stations.csv:3: kind: there is no"]),
        ("place,lat,lon\nA,107.6,16.4\n", ["air_stations.csv:2: lat: '107.6' is no such number"]),
        ("place,lat\nA,16.4\n", ["air_stations.csv:1: column lon is missing, and a position needs both"]),
        ("place,valid_frm\nA,2020-01-01\n", ["air_stations.csv:1: valid_frm: is not read; is it valid_from?"]),
        ("place,valid_to\nA,2020-13-01\n", ["air_stations.csv:2: valid_to: '2020-13-01' is no day"]),
    ],
)
def test_what_is_wrong_in_a_register(tmp_path: Path, table: str, found: list[str]):
    folder = written(tmp_path / "hue", FILES | {"air_stations.csv": table})
    said = [str(mistake) for mistake in check_pack(folder)]
    assert len(said) == len(found), said
    assert all(text.startswith(f"{folder}/{start}") for text, start in zip(said, found, strict=True)), said


NAMES = sorted(FILES)


@given(st.sampled_from(NAMES), st.integers(0, 600), st.integers(0, 40), st.binary(max_size=6))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_never_ends_in_a_traceback_and_names_a_file(
    one: Path, name: str, start: int, length: int, bytes_: bytes
):
    before = FILES[name].encode()
    start = min(start, len(before))
    (one / name).write_bytes(before[:start] + bytes_ + before[start + length :])
    try:
        found = check_pack(one)
    finally:
        (one / name).write_bytes(before)
    assert all(str(mistake).startswith(str(one)) for mistake in found)
    assert not any("cannot be checked as a whole" in mistake.what for mistake in found), found


def test_a_mistake_in_city_yaml_is_none_of_the_feeds(tmp_path: Path):
    folder = written(tmp_path / "hue", FILES | {"city.yaml": CITY.replace("Asia/Ho_Chi_Minh", "Hue")})
    assert [mistake.key for mistake in check_pack(folder)] == ["timezone"]


def test_a_long_text_is_looked_through_once(tmp_path: Path):
    folder = written(tmp_path / "hue", FILES | {FEED: AIR.replace("What two", "x" * 300_000)})
    assert check_pack(folder) == []


def test_a_column_by_the_name_of_persons_is_a_mistake_unless_it_says_why(tmp_path: Path):
    """Every delivery with it would be refused at landing."""
    files = FILES | {FEED: AIR.replace("from: Status", "from: subscriber_id")}
    (mistake,) = check_pack(written(tmp_path / "hue", files))
    assert (mistake.warning, mistake.key) == (False, "columns.status")
    assert "a number of users" in mistake.what
    said = files[FEED].replace("network:", "not_personal: {subscriber_id: the number of the instrument}\nnetwork:")
    assert check_pack(written(tmp_path / "hue", files | {FEED: said})) == []
    (silent,) = check_pack(
        written(tmp_path / "hue", files | {FEED: said.replace("the number of the instrument", '""')})
    )
    assert "say why 'subscriber_id' is about no person" in silent.what
