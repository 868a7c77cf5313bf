"""Looking at deliveries of many kinds: the layout that is proposed reads them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from assets.failures import PermanentFailure
from assets.propose.look import look
from assets.propose.sampled import some_rows
from assets.readers import xlsx_book

KINDS: dict[str, tuple[bytes, dict[str, Any], list[str]]] = {
    "plain": (b"date,pm10\n2026-01-01,1.5\n2026-01-02,2\n", {}, ["date", "pm10"]),
    "Korean, semicolons, decimal commas": (
        "날짜;값\n2026-01-01;1,5\n2026-01-02;2\n".encode("cp949"),
        {"delimiter": ";", "encodings": ["cp949"]},
        ["날짜", "값"],
    ),
    "Windows": (
        "Ort,Größe\nKöln,1\nMünchen,2\nDüsseldorf,3\nKrähwinkel,3\nNürnberg,4\n".encode("cp1252"),
        {"encodings": ["cp1252"]},
        ["Ort", "Größe"],
    ),
    "UTF-16": ("date\tpm10\n2026-01-01\t1\n".encode("utf-16"), {"delimiter": "\t"}, ["date", "pm10"]),
    "title block": (
        b"Air quality of the city\nfrom the portal\n\nstation,pm10,no2\nA,1,2\nB,3,4\n",
        {"skip_to": "station"},
        ["station", "pm10", "no2"],
    ),
    "two rows of names": (
        b"station,PM10,,NO2,\n,mean,max,mean,max\nA,1,2,3,4\nB,5,6,7,8\n",
        {"header_rows": 2},
        ["station", "PM10 mean", "PM10 max", "NO2 mean", "NO2 max"],
    ),
    "row of units": (
        "station,pm10,no2\n,µg/m³,ppb\nA,1,2\nB,3,4\n".encode(),
        {"units_row": True},
        ["station", "pm10", "no2"],
    ),
    "repeated header": (b"a,b\nx,1\ny,2\nz,3\nx,4\na,b\nz,3\n", {"headers_repeat": True}, ["a", "b"]),
    "footer": (
        b"station,pm10,no2,so2\nA,1,2,1\nB,3,4,1\nC,3,4,1\nD,3,4,1\nSource: the city\n",
        {"footer": "Source"},
        ["station", "pm10", "no2", "so2"],
    ),
    "remarks": (b"# an office\n# of 2026\nplace,pm10\nA,1\nB,2\n", {"comment_prefix": "#"}, ["place", "pm10"]),
    "names in a remark": (
        b"% written by a program\n% Year, Month, PM10\n2026,1,2.5\n2026,2,3.5\n",
        {"comment_prefix": "%", "names": ["Year", "Month", "PM10"]},
        ["Year", "Month", "PM10"],
    ),
    "field too many": (b'd,n\n"1","2",""\n"3","4",""\n', {"unnamed_extra_fields": 1}, ["d", "n"]),
    "no header": (
        b"1,2.5,A\n2,3.5,B\n",
        {"names": ["column_1", "column_2", "column_3"]},
        ["column_1", "column_2", "column_3"],
    ),
    "quotes of another kind": (
        b"'id', 'name, long', 'n'\n'1', 'a, b', '2'\n'2', 'c', '3'\n",
        {"quote": "'", "loose_quotes": True},
        ["id", "name, long", "n"],
    ),
    "spaces": (b"y mon  value\n2026  1   2.5\n2026 12  13.5\n", {"delimiter": "whitespace"}, ["y", "mon", "value"]),
    "Excel's mark": (b"sep=;\na;b\n1;2\n3;4\n", {"skip_rows": 1, "delimiter": ";"}, ["a", "b"]),
    "hours above columns": (
        b"date,item,0,1,2,3\n2026-01-01,PM10,1,2,3,4\n2026-01-02,PM10,1,2,3,4\n",
        {},
        ["date", "item", "0", "1", "2", "3"],
    ),
    "texts alone": (b"code,name\nA,Alpha\nB,Beta\nC,Gamma\n", {}, ["code", "name"]),
    "array": (b'[{"a":1,"b":"x"},{"a":2,"b":"y"}]', {"kind": "json"}, ["a", "b"]),
    "records inside": (
        b'{"data":{"stations":[{"id":"1","n":2}]}}',
        {"kind": "json", "records": "data.stations"},
        ["id", "n"],
    ),
    "features": (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},'
        b'"geometry":{"type":"Point","coordinates":[1,2]}}]}',
        {"kind": "geojson"},
        ["a", "lon", "lat", "geometry"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file(kind: str, tmp_path: Path) -> None:
    content, layout, columns = KINDS[kind]
    file = tmp_path / "measured.csv"
    file.write_bytes(content)
    (seen,) = look(file)
    assert (dict(seen.layout), seen.rows.columns) == (layout, columns)
    assert seen.rows.height > 0
    assert (seen.drop, seen.paths, seen.files) == (tmp_path, ("measured.csv",), (file,))


def test_globs_catch_no_other_file(tmp_path: Path) -> None:
    for name in ("air_2024.csv", "air_2025.csv"):
        (tmp_path / name).write_text("station,pm10\nA,1\nB,2\n", encoding="utf-8")
    (tmp_path / "air_stations.csv").write_text("code,name,lat\nA,Alpha,1.5\nB,Beta,2.5\n", encoding="utf-8")
    air, stations = look(tmp_path)
    assert (air.paths, stations.paths) == (("air_202*.csv",), ("air_stations.csv",))


def test_sheets_that_are_alike(tmp_path: Path) -> None:
    rows = [
        ["Air of the city"],
        [],
        ["Place", "PM10", "", "NO2"],
        ["", "mean", "max", "mean"],
        ["", "ug/m3", "ug/m3", "ppb"],
    ]
    rows += [["A", 1, 2, 3], ["B", 2, 3, 4], ["C", 3, 4, 5], ["Total", 6, 9, 12]]
    file = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(file) as book:
        for name in ("2024", "2025"):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        book.add_worksheet("Notes").write(0, 0, "a remark")
        book.add_worksheet("Empty")
    (seen,) = look(file)
    assert seen.rows.columns == ["Place", "PM10 mean", "PM10 max", "NO2 mean"]
    assert (seen.layout["sheet"], seen.rows["NO2 mean"].to_list()) == ("202*", ["3", "4", "5"] * 2)
    assert seen.units["PM10 max"] == "ug/m3"
    assert "Air of the city" in seen.head


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe has no end while nobody writes into it."""
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(PermanentFailure, match="neither a file nor a folder"):
        look(tmp_path / "pipe.csv")


@pytest.mark.parametrize("height", [8, 9, 10, 13, 16, 40])
def test_no_row_of_a_table_is_in_its_sample_twice(height: int) -> None:
    taken = some_rows(pl.DataFrame({"row": range(height)}), 8)["row"].to_list()
    assert (len(taken), taken) == (8, sorted(set(taken)))
    assert {0, height - 1} <= set(taken)


def test_a_workbook_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However many sheets it has, and however many layouts are tried."""
    read: list[str] = []
    parsed = xlsx_book._read_cells
    monkeypatch.setattr(xlsx_book, "_read_cells", lambda *given: (read.append(given[0].name), parsed(*given))[1])
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name, column in (("one", "pm25"), ("two", "rentals")):
            sheet = book.add_worksheet(name)
            for line, row in enumerate([["day", column], ["2020-04-01", "1"], ["2020-04-02", "2"]]):
                sheet.write_row(line, 0, row)
    assert len(look(tmp_path / "book.xlsx")) == 2
    assert read == ["one", "two"]
