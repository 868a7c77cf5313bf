"""What a file says: its bytes go in, and the text of its sender comes out of the home, or a refusal with a reason."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from quality.odcs.read import from_odcs
from tests.worlds.files import Yard
from tests.worlds.packs import seoul
from warehouse.ledger import ledger

DAY = date(2026, 7, 21)
CSV = "date,station,pm10\n2026-07-21,A,21\n"
TAIPEI = ["中山", "板橋", "基隆", "新店"]


class Feed:
    """A feed of stations with a number each, read from files in a drop folder, for a city of these languages."""

    def __init__(self, root: Path, *languages: str, number: str = "number", paths: str = "f/*", **layout: Any) -> None:
        def column(name: str, kind: str, source: str, *, key: bool) -> dict[str, Any]:
            madang = [{"property": "madang", "value": {"sources": [source]}}]
            about = {"name": name, "logicalType": kind, "description": name, "primaryKey": key}
            return {**about, "customProperties": madang}

        columns = [
            column("day", "date", "date", key=True),
            column("station", "string", "station", key=True),
            column("pm10", number, "pm10", key=False),
        ]
        settings = {
            "prefix": "F",
            "licence": "none",
            "unreadable_tolerance": 0.9,
            "connector": {"files": {"paths": [paths], "layout": layout}},
        }
        document = {
            "kind": "DataContract",
            "name": "f",
            "version": "1",
            "team": {"name": "Tests"},
            "description": {"purpose": "Figures."},
            "customProperties": [{"property": "madang", "value": settings}],
            "schema": [{"name": "f", "dataGranularityDescription": "a row", "properties": columns}],
        }
        contract = from_odcs(document).delivered_in(languages)
        config = seoul().config.model_copy(update={"languages": languages})
        self.yard = Yard(root, replace(seoul(), contracts={"f": contract}, config=config))

    def night(self, files: Mapping[str, bytes]) -> list[tuple[Any, ...]]:
        """Files are delivered; station and number of the day's rows after a night."""
        for name, content in files.items():
            self.yard.put(f"f/{name}", content)
        result = self.yard.way("f", [DAY])
        if not any(outcome.verdict in ("PASS", "WARN") for outcome in result.outcomes):
            return []
        return sorted(self.yard.core("f").select("station", "pm10").rows(), key=str)

    def attempts(self, status: str) -> list[dict[str, Any]]:
        return ledger.read(self.yard.home, "attempt").filter(pl.col("status") == status).collect().to_dicts()

    def refused(self) -> str:
        """Why the one delivery was refused."""
        (attempt,) = self.attempts("failed")
        return str(attempt["detail"])

    def guesses(self) -> list[str]:
        (attempt,) = self.attempts("parsed")
        return list(attempt["guesses"] or [])

    def unreadable(self) -> list[tuple[Any, ...]]:
        rows = ledger.read(self.yard.home, "quarantine").filter(pl.col("scope") == "cell").sort("line").collect()
        return rows.select("column_name", "value", "line").rows()


def stations(names: list[str], encoding: str) -> bytes:
    rows = "".join(f"2026-07-21,{name},{number}\n" for number, name in enumerate(names, 21))
    return ("date,station,pm10\n" + rows).encode(encoding)


# --- encodings -----------------------------------------------------------------------------------------------


def test_big5_in_a_korean_city_is_refused_and_in_a_taiwanese_one_read(tmp_path: Path) -> None:
    content = stations(TAIPEI, "big5")
    for number, layout in enumerate(({}, {"encodings": ["utf-8", "cp949"]})):
        korean = Feed(tmp_path / f"ko{number}", "ko", "en", **layout)
        assert korean.night({"a.csv": content}) == []
        assert "FILE-ENCODING" in korean.refused()
        assert "encodings: [cp950]" in korean.refused()
    taiwanese = Feed(tmp_path / "tw", "zh-Hant", "en")
    assert taiwanese.night({"a.csv": content}) == sorted(zip(TAIPEI, (21.0, 22.0, 23.0, 24.0), strict=True), key=str)
    assert taiwanese.guesses() == ["encoding cp950 (of utf-8, cp950, big5hkscs, cp1252)"]
    declared = Feed(tmp_path / "big5", "ko", encodings=["big5"])
    assert len(declared.night({"a.csv": content})) == 4
    assert declared.guesses() == []


def test_windows_1252_in_a_korean_city_is_refused_and_in_a_swedish_one_read(tmp_path: Path) -> None:
    content = stations(["Årsta", "Ängby", "Södermalm"], "cp1252")
    korean = Feed(tmp_path / "ko", "ko", encodings=["utf-8", "cp949"])
    assert korean.night({"a.csv": content}) == []
    assert "FILE-ENCODING" in korean.refused()
    assert [name for name, _ in Feed(tmp_path / "sv", "sv").night({"a.csv": content})] == [
        "Södermalm",
        "Ängby",
        "Årsta",
    ]


def test_other_languages_of_the_city_are_another_reading_of_what_was_delivered(tmp_path: Path) -> None:
    contract = Feed(tmp_path, "ko").yard.city.contracts["f"]
    assert contract.delivered_in(["ko"]).hash == contract.hash
    assert Feed(tmp_path, "ko", "ja").yard.city.contracts["f"].hash != contract.hash


# --- spreadsheets --------------------------------------------------------------------------------------------


def spreadsheet(
    rows: list[list[object]], codes: str = "General", *, formulas: bool = False, numbers: bool = False
) -> bytes:
    """A sheet with date, station, pm10. `codes`: the format of the station, or of `numbers`.

    `formulas`: those of the last column have no stored result.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, style = book.add_worksheet(), book.add_format({"num_format": codes})
    sheet.write_row(0, 0, ["date", "station", "pm10"])
    for line, row in enumerate(rows, 1):
        sheet.write_string(line, 0, "2026-07-21")
        sheet.write(line, 1, row[0], *([] if numbers else [style]))
        sheet.write(line, 2, row[1], *([style] if numbers else []))
    book.close()
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    part = members["xl/worksheets/sheet1.xml"]
    for number, error in ((901, b"#N/A"), (902, b"#REF!"), (903, b"#DIV/0!")):
        for cell in (b'"><v>%d</v>' % number, b'" s="0"><v>%d</v>' % number):
            part = part.replace(cell, b'" t="e"><v>' + error + b"</v>")
    members["xl/worksheets/sheet1.xml"] = part.replace(b"</f><v>0</v>", b"</f>") if formulas else part
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_errors_of_a_spreadsheet_are_unreadable_and_no_station(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko")
    rows: list[list[object]] = [["A", 21], ["B", 901], ["C", 902], ["D", 903], [901, 25]]
    assert feed.night({"a.xlsx": spreadsheet(rows)}) == [("A", 21.0), ("B", None), ("C", None), ("D", None)]
    expected = [("pm10", "#N/A", 3), ("pm10", "#REF!", 4), ("pm10", "#DIV/0!", 5), ("station", "#N/A", 6)]
    assert feed.unreadable() == expected


def test_formulas_without_a_result_are_unreadable(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko")
    rows: list[list[object]] = [["A", "=10+1"], ["B", "=20+2"], ["C", 33]]
    assert feed.night({"a.xlsx": spreadsheet(rows, formulas=True)}) == [("A", None), ("B", None), ("C", 33.0)]
    assert feed.unreadable() == [("pm10", "=10+1", 2), ("pm10", "=20+2", 3)]


def test_codes_are_as_they_are_shown(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko", number="integer")
    rows: list[list[object]] = [[4213, 1], [17, 2], [1234, 3]]
    assert feed.night({"a.xlsx": spreadsheet(rows, "00000")}) == [("00017", 2), ("01234", 3), ("04213", 1)]


def test_a_text_takes_what_is_shown_and_a_number_what_is_stored(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko", number="integer")
    rows: list[list[object]] = [["A", 17], ["B", 4213]]
    for pattern in ('00000"0"', "000-00", "#00000"):
        content = spreadsheet(rows, pattern, numbers=True)
        assert feed.night({f"{len(pattern)}.xlsx": content}) == [("A", 17), ("B", 4213)]
    feed = Feed(tmp_path / "texts", "ko")
    content = spreadsheet([[4213, 1], ["B", 2]], "#00000")
    assert feed.night({"a.xlsx": content}) == [("B", 2.0)]
    assert feed.unreadable() == [("station", "4213 (shown by the format #00000; format the column as text)", 2)]


# --- separators, archives, JSON ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CSV.replace(",", ";"), "write `delimiter: ';'`"),
        ("sep=,\n" + CSV, "write `skip_rows: 1`"),
        ('"sep=;"\n' + CSV.replace(",", ";"), "write `skip_rows: 1`"),
        (CSV.replace(",", "\t"), r"write `delimiter: '\t'`"),
    ],
)
def test_another_separator_is_named_with_what_to_write(tmp_path: Path, content: str, said: str) -> None:
    feed = Feed(tmp_path, "ko")
    assert feed.night({"a.csv": content.encode()}) == []
    assert "FILE-SEPARATOR" in feed.refused()
    assert said in feed.refused()


def test_all_members_of_a_gzip_are_read_and_what_follows_them_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(CSV.encode()) + gzip.compress(b"2026-07-21,B,22\n")
    assert Feed(tmp_path / "1", "ko").night({"a.csv.gz": packed}) == [("A", 21.0), ("B", 22.0)]
    for number, broken in enumerate((packed[:-5], packed + b"rest"), 2):
        feed = Feed(tmp_path / f"{number}", "ko")
        assert feed.night({"a.csv.gz": broken}) == []
        assert "FILE-TRUNCATED" in feed.refused()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"date":"2026-07-21","station":"A","pm10":21,"pm10":99}', "the name 'pm10' twice"),
        (r'{"date":"2026-07-21","station":"\ud800","pm10":21}', "half of a sign"),
    ],
)
def test_json_with_two_readings_is_refused(tmp_path: Path, record: str, said: str) -> None:
    feed = Feed(tmp_path, "ko", kind="json")
    assert feed.night({"a.json": f"[{record}]".encode()}) == []
    assert said in feed.refused()


# --- names ---------------------------------------------------------------------------------------------------


def test_capital_letters_in_a_name_are_no_other_name(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko", paths="f/*.csv")
    assert feed.night({"PM10_20260721.CSV": CSV.encode()}) == [("A", 21.0)]


def test_a_file_that_no_contract_reads_is_named_once_and_is_no_failure(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "ko", paths="f/*.csv")
    others = {"PM10-2026.txt": b"x", ".hidden": b"x", "~$a.csv.xlsx": b"x", "b.csv.part": b"x"}
    assert feed.night({"a.csv": CSV.encode(), **others}) == [("A", 21.0)]
    assert feed.night({}) == [("A", 21.0)]
    (attempt,) = feed.attempts("not_read")
    assert attempt["detail"].startswith("no contract reads 'f/PM10-2026.txt'")
    assert (attempt["feed"], attempt["code"]) == (None, None)
    feed.night({"c.dat": b"x"})
    assert len(feed.attempts("not_read")) == 2
