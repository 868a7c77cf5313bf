"""Odd files of real portals, each read by a layout alone; recomputed from their text by other means."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from assets.readers.read import read_rows
from assets.readers.rows import RawRows
from quality.contract.layout import Layout
from tests.support.paths import REAL_DATA

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "bangkok").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def _read(path: str, **layout: Any) -> RawRows:
    (raw,) = read_rows(path.rsplit("/", maxsplit=1)[-1], (REAL_DATA / path).read_bytes(), Layout(**layout))
    assert raw.rejects.is_empty()
    return raw


def _table(path: str, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO((REAL_DATA / path).read_text(encoding))))


def _rows(raw: RawRows, *names: str) -> list[tuple[str, ...]]:
    return [tuple("" if value is None else str(value) for value in row) for row in raw.frame.select(names).rows()]


def test_the_stops_of_bangkok_have_no_header_and_single_quotes() -> None:
    path = "bangkok/namtang_stop/namtang-stop.txt"
    names = ["code", "name", "name_en", "latitude", "longitude", "{a,b,c,d,e,f,g,h,i,j,k,l,m,n}"]
    raw = _read(path, languages=["th", "en"], quote="'", loose_quotes=True, names=names)
    lines = (REAL_DATA / path).read_text("utf-8").splitlines()
    columns = [name for name in raw.frame.columns if name != "_line"]
    assert len(columns) == 19
    for line, row in zip(lines, raw.frame.rows(named=True), strict=True):
        assert "', '".join(row[name] or "" for name in columns) == line[1:-1].rstrip() or line.count("', '") != 18
        assert line.startswith(f"'{row['code']}', '")
    assert raw.frame.row(656, named=True)["name_en"] == "Toyota Thajean Toyota's Dealer Co., Ltd."
    assert raw.frame["latitude"].cast(pl.Float64).is_between(5, 21).all()


def test_date_parts_of_beijing_and_the_station_in_the_name() -> None:
    path = "beijing/prsa/PRSA_Data_Changping_20130301-20170228.csv"
    raw = _read(path, from_name=r"PRSA_Data_(?P<site>\w+?)_", join={"time": "{year}-{month}-{day} {hour}"})
    expected = [(f"{y}-{m}-{d} {h}", pm25, "Changping") for _, y, m, d, h, pm25, *_ in _table(path)[1:]]
    assert _rows(raw, "time", "PM2.5", "site") == expected


@pytest.mark.parametrize(("year", "created", "encoding"), [(2015, "20160201", "utf-8"), (2017, "20170803", "latin-1")])
def test_files_of_the_embassy_change_their_encoding(year: int, created: str, encoding: str) -> None:
    path = f"beijing/stateair/Beijing_{year}_HourlyPM25_created{created}.csv"
    raw = _read(
        path,
        languages=["zh-Hans", "en"],
        encodings=["utf-8", "cp1252"],
        from_name=r"_(?P<of>\d{4})_",
        where={"Parameter": "PM2.5"},
        where_not={"QC Name": "Missing"},
    )
    delivered = _table(path, encoding)[1:]
    kept = [row for row in delivered if row[10] != "Missing"]
    assert _rows(raw, "Date (LST)", "Value", "Unit", "of") == [(r[2], r[7], "µg/m³", str(year)) for r in kept]
    assert dict(raw.left_out) == {"where_not": len(delivered) - len(kept)}


def test_pollutants_of_taipei_are_rows_and_hours_are_columns() -> None:
    path = "taipei/air_hourly_wide/train.csv"
    raw = _read(
        path,
        unpivot={"columns": r"(?P<hour>\d+)", "value": "reading"},
        join={"time": "{date} {hour}"},
        pivot={"on": "item", "values": "reading", "index": ["date", "observatory", "hour"]},
    )
    cells = {
        (date, str(hour), item): text for date, _, item, *hours in _table(path)[1:] for hour, text in enumerate(hours)
    }
    items = {item for *_, item in cells}
    assert raw.frame.height * len(items) == len(cells) == 4_320 * 24
    for row in raw.frame.rows(named=True):
        assert {item: row[item] for item in items} == {i: cells[row["date"], row["hour"], i] for i in items}
        assert row["time"] == f"{row['date']} {row['hour']}"


def test_months_of_the_electricity_company_and_its_totals() -> None:
    path = "korea/electricity_kepco/electricity_usage.csv"
    raw = _read(
        path,
        languages=["ko"],
        where_not={"계약종별": "합 계"},
        join={"month": "{연도}-{of}"},
        unpivot={"columns": r"(?P<of>\d{1,2})월", "value": "kwh"},
    )
    rows = [row for row in _table(path)[1:] if row[3] != "합 계"]
    expected = [(row[1], row[3], f"2023-{month}", row[3 + month]) for row in rows for month in (1, 2, 3, 4)]
    assert _rows(raw, "시도", "계약종별", "month", "kwh") == expected
    assert dict(raw.left_out) == {"where_not": 229}


def test_months_of_brunei_without_their_mean() -> None:
    path = "brunei/climate/brunei_temp.csv"
    raw = _read(
        path,
        where={"PARAMETER": "T2M"},
        drop=["ANN"],
        unpivot={"columns": f"(?P<month>{'|'.join(MONTHS)})", "value": "temperature"},
    )
    rows = [row for row in _table(path)[1:] if row[2] == "T2M"]
    expected = [(row[3], month, row[4 + at]) for row in rows for at, month in enumerate(MONTHS)]
    assert _rows(raw, "YEAR", "month", "temperature") == expected
    assert dict(raw.left_out) == {"where": 258 - len(rows)}
    assert raw.beside == ("LON", "LAT", "YEAR")


def test_a_header_that_holds_remarks_gets_names() -> None:
    path = "brunei/climate/nino34.csv"
    raw = _read(path, header_rows=1, names=["date", "nino34"])
    assert _rows(raw, "date", "nino34") == [(row[0], row[1]) for row in _table(path)[1:]]


def _bus_lines(month: str) -> Iterator[str]:
    with zipfile.ZipFile(REAL_DATA / f"seoul/bus/2022_{month}.txt.zip") as archive:
        for line in archive.read(archive.namelist()[0]).decode().splitlines():
            if line.startswith("2022"):
                yield line


@pytest.mark.parametrize(
    ("month", "surplus"),
    [("02", 705), *(pytest.param(month, 704, marks=pytest.mark.weekly) for month in ("01", "03"))],
)
def test_the_buses_of_seoul_have_48_columns_and_commas_in_names(month: str, surplus: int) -> None:
    raw = _read(
        f"seoul/bus/2022_{month}.txt.zip",
        languages=["ko"],
        quote="none",
        unquoted="노선명",
        member="*.txt",
        names=["사용년월", "노선번호", "노선명", "버스정류장ARS번호", "역명", "{00,1..23}시{승차,하차}총승객수"],
        unpivot={"columns": r"(?P<hour>\d{1,2})시(?P<value>승차|하차)총승객수"},
    )
    pattern = re.compile(r"(\d{6}),([^,]*),(.*),([^,]*),([^,]*)" + 48 * r",(\d*)")
    at = 0
    routes, hours = raw.frame["노선명"].to_list(), raw.frame["hour"].cast(pl.Int64).to_list()
    on, off = raw.frame["승차"].to_list(), raw.frame["하차"].to_list()
    for line in _bus_lines(month):
        found = pattern.fullmatch(line)
        assert found is not None
        _, _, route, _, _, *counts = found.groups()
        assert routes[at] == routes[at + 23] == route
        assert hours[at : at + 24] == list(range(24))
        assert on[at : at + 24] == counts[0::2]
        assert off[at : at + 24] == counts[1::2]
        at += 24
    assert at == raw.frame.height
    assert f"{surplus} rows have more fields" in raw.guesses[-1]


def test_offences_and_cameras_of_seouls_districts() -> None:
    path = "seoul/district_stats/02. crime_in_Seoul.csv"
    raw = _read(path, languages=["ko"], unpivot={"columns": r"(?P<kind>\S+) (?P<value>발생|검거)"})
    header, *rows = _table(path, "cp949")
    kinds = [name.split()[0] for name in header[1::2]]
    expected = [(row[0], kind, row[1 + 2 * at], row[2 + 2 * at]) for row in rows for at, kind in enumerate(kinds)]
    assert _rows(raw, "관서명", "kind", "발생", "검거") == expected
    path = "seoul/district_stats/01. CCTV_in_Seoul.csv"
    raw = _read(path, languages=["ko"], drop=["소계"], unpivot={"columns": r"(?P<year>\d{4})년.*", "value": "cameras"})
    expected = [(row[0], str(2013 + at), row[2 + at]) for row in _table(path)[1:] for at in range(4)]
    assert _rows(raw, "기관명", "year", "cameras") == expected


def test_weather_and_air_of_ulaanbaatar_join_their_parts() -> None:
    path = "ulaanbaatar/air_stateair/weather-and-aqi-v5.csv"
    raw = _read(path, languages=["mn", "en"], join={"time": "{Year}-{Month}-{Day} {Hour}"}, constants={"network": "us"})
    header, *rows = _table(path)
    at = [header.index(name) for name in ("Year", "Month", "Day", "Hour", "Value")]
    parts = [[row[index] for index in at] for row in rows]
    assert _rows(raw, "time", "Value", "network") == [(f"{y}-{m}-{d} {h}", v, "us") for y, m, d, h, v in parts]
