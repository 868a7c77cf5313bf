"""The readers on the real files of Seoul: facts of their provenance sheet."""

from __future__ import annotations

import functools
from pathlib import Path

import polars as pl
import pytest

from assets.connectors.files import DeliveredFile, collect
from assets.readers.read import RawRows, read_rows
from quality.contract.layout import Layout, SeriesLayout
from tests.support.paths import REAL_DATA

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "seoul").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
SERIES = SeriesLayout(
    arrays={"t": "total", "f": "female", "m": "male", **{f"a{age}": f"age{age}" for age in range(1, 6)}},
    length=168,
    start_pattern=r"(\d{8})_",
    start_format="%Y%m%d",
    step_minutes=60,
)
SPOKEN = ("ko", "en")
TABLE = Layout(languages=SPOKEN)


@functools.cache
def _read(folder: str, layout_key: str) -> dict[str, RawRows]:
    layout = {
        "table": TABLE,
        "subway": Layout(unnamed_extra_fields=1, languages=SPOKEN),
        "series": Layout(kind="json", series=SERIES, languages=SPOKEN),
        "geojson": Layout(kind="geojson"),
    }[layout_key]
    found: dict[str, RawRows] = {}
    for item in collect(REAL_DATA, [f"{folder}/*"]):
        assert isinstance(item, DeliveredFile), item
        (found[Path(item.name).name],) = read_rows(item.name, item.content, layout)
    assert found
    for rows in found.values():
        assert rows.rejects.is_empty()
        assert rows.frame.schema == {**dict.fromkeys(rows.frame.columns[:-1], pl.String), "_line": pl.Int64}
    return found


def _facts(found: dict[str, RawRows]) -> dict[str, tuple[int, int, int, str | None]]:
    return {
        name: (rows.frame.height, rows.frame.width - 1, rows.blank_rows, rows.encoding) for name, rows in found.items()
    }


def test_sensors() -> None:
    heights = {"04": 25382, "05": 26069, "06": 25239, "07": 26117, "08": 25431}
    found = _facts(_read("seoul/sdot_env", "table"))
    assert found == {f"sdot_2020{month}.csv": (height, 25, 0, "utf-8") for month, height in heights.items()}


def test_sensor_references() -> None:
    assert _facts(_read("seoul/sdot_ref", "table")) == {
        "data_detail.xlsx": (23, 8, 0, None),
        "sensor_data_information.csv": (23, 3, 0, "utf-8"),
        "sensor_longitude_latitude.csv": (851, 3, 0, "utf-8"),
    }


def test_air_is_xlsx_until_2017_and_cp949_after() -> None:
    found = _read("seoul/air_daily", "table")
    assert _facts(found) == {
        "2014.xlsx": (14541, 8, 0, None),
        "2015.xlsx": (14385, 8, 0, None),
        "2018.csv": (14637, 8, 0, "cp949"),
        "2019.csv": (17745, 8, 0, "cp949"),
        "2020.csv": (18300, 8, 0, "cp949"),
    }
    assert found["2014.xlsx"].frame.columns[4] == "이산화탄소농도(ppm)"
    assert found["2018.csv"].frame.columns[4] == "일산화탄소농도(ppm)"
    assert found["2014.xlsx"].frame.row(0)[:3] == ("20140101", "강남구", "0.031")
    assert found["2018.csv"].frame.row(1) == (
        "20180101",
        "강남대로",
        "0.04",
        "0.007",
        "0.9",
        "0.006",
        None,
        "17",
        3,
    )


def test_bikes() -> None:
    found = _read("seoul/bike_daily", "table")
    daily = "서울특별시 공공자전거 일별 대여건수"
    assert _facts(found) == {
        "대여소별 대여내역(2015년).csv": (12474, 4, 0, "cp949"),
        f"{daily}(2019.4~5).csv": (61, 2, 0, "cp949"),
        f"{daily}(2019.4~5).xlsx": (61, 2, 0, None),
        f"{daily}_19.12.01~20.05.31.csv": (183, 2, 0, None),  # XLSX named .csv
        f"{daily}_2019.12.01~2020.05.31.csv": (183, 2, 0, None),
        f"{daily}_20.07.01~21.01.31.csv": (215, 2, 0, "cp949"),  # 3 columns without name and value are gone
        f"{daily}_20190601_20191130.csv": (182, 2, 0, "cp949"),
        f"{daily}_20190601_20191130.xlsx": (182, 2, 0, None),
        f"{daily}_21.02.01~21.06.30.csv": (150, 2, 65, "cp949"),
        "서울특별시_공공자전거 일별 대여건수_(2018~2019.03).csv": (455, 2, 0, "cp949"),
    }
    assert found[f"{daily}_20.07.01~21.01.31.csv"].frame.row(0) == ("2020-07-01", " 105,196 ", 2)
    assert found[f"{daily}(2019.4~5).xlsx"].frame.row(0) == ("2019-04-01 00:00:00", "37660", 2)
    twin, other = (found[f"{daily}(2019.4~5).{kind}"].frame for kind in ("csv", "xlsx"))
    assert twin.to_series(1).to_list() == other.to_series(1).to_list()


def test_subway_with_a_seventh_field_since_2020_09() -> None:
    heights = {"201503": 16831, "201603": 17124, "201703": 17538, "201803": 18024, "201903": 18342}
    heights |= {"202003": 18265, "202009": 17882, "202301": 18797, "202302": 16994, "202303": 18815}
    found = _read("seoul/subway", "subway")
    wanted = {f"CARD_SUBWAY_MONTH_{month}.csv": (height, 6, 0, "utf-8") for month, height in heights.items()}
    assert _facts(found) == wanted
    assert all(rows.frame.columns[0] == "사용일자" for rows in found.values())
    late = "CARD_SUBWAY_MONTH_202301.csv"
    (strict,) = read_rows(late, (REAL_DATA / "seoul/subway" / late).read_bytes(), Layout())
    assert (strict.frame.height, strict.rejects["code"].unique().to_list()) == (0, ["ROW-FIELDS"])
    assert strict.rejects.height == 18797


def test_search_trend_and_weather() -> None:
    assert sorted(rows.frame.height for rows in _read("seoul/naver_search_trend", "table").values()) == [
        1461,
        1550,
        1558,
    ]
    weather = _read("korea/weather_daily", "table")
    assert {name: rows.frame.height for name, rows in weather.items()} == {
        "Weather_8d469611.csv": 23375,
        "Weather_fba310f5.csv": 24799,
        "Weather_6f2b319c.csv": 24927,
    }
    empty = {name: rows.frame["precipitation"].null_count() for name, rows in weather.items()}
    assert 15_000 < empty["Weather_fba310f5.csv"] < 16_000  # the bad release
    assert empty["Weather_6f2b319c.csv"] < 1_000


def test_living_population_is_424_times_168_by_array() -> None:
    found = _read("seoul/living_population_kt", "series")
    assert {name: rows.frame.height // (424 * 168) for name, rows in found.items()} == {
        "20200302_a1.json": 1,
        "20200302_f.json": 1,
        "20200302_m.json": 1,
        "20200302_total.json": 1,
        "20200309_total.json": 1,
        "20200316_whole.json": 8,
    }
    frame = found["20200302_total.json"].frame
    assert frame.columns == ["full_name", "code_8", "id", "group", "time", "value", "_line"]
    assert frame.row(0) == ("종로구사직동", "11110530", "1", "total", "2020-03-02T00:00:00", "13293", 1)
    assert frame.row(167)[4] == "2020-03-08T23:00:00"
    assert found["20200316_whole.json"].frame["group"].unique().sort().to_list() == sorted(SERIES.arrays.values())


def test_boundaries() -> None:
    found = _read("seoul/boundaries", "geojson")
    assert sorted(rows.frame.height for rows in found.values()) == [25, 423]
    for rows in found.values():
        assert rows.frame.columns == ["code", "name", "name_eng", "base_year", "geometry", "_line"]
        assert rows.frame["geometry"].str.starts_with('{"type":').all()


def test_workbooks_of_excel_97() -> None:
    name = "district_stats/01. population_in_Seoul.xls"
    (rows,) = read_rows(name, (REAL_DATA / "seoul" / name).read_bytes(), Layout(header_rows=3))
    assert rows.frame.height == 26  # the city and 25 districts
    assert rows.frame.row(0)[:4] == ("2017.1/4", "합계", "4202888", "10197604")
    name = "fuel_price_opinet/지역_위치별(주유소).xls"
    (rows,) = read_rows(name, (REAL_DATA / "seoul" / name).read_bytes(), Layout(skip_to="지역$"))
    assert rows.frame.height == 46
    assert rows.frame.select("_line", "휘발유", "고급휘발유").row(0) == (4, "1548", "-")
