"""Spreadsheets, and files of which nothing can be proposed: these get one sentence on what is needed."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from assets.failures import PermanentFailure
from tests.support.proposals.shapes import JAKARTA, LONDON, SEOUL, one, tried


def _book(*rows: list[Any], merged: tuple[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Data")
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    if merged is not None:
        sheet.merge_range(*merged)
    book.close()
    return out.getvalue()


def test_a_block_of_titles_before_the_header() -> None:
    content = _book(
        ["Air quality of the city, 2024"],
        ["Environment bureau"],
        [],
        ["station", "date", "PM10 (µg/m³)", "PM2.5 (µg/m³)"],
        ["Kota", "2024-01-01", 55, 38],
        ["Kota", "2024-01-02", 48, 30],
        ["Blok M", "2024-01-01", 61, 41],
        ["Blok M", "2024-01-02", 57, 36],
    )
    found = one(content, JAKARTA, "air.xlsx")
    assert found.models == {"air_quality"}
    assert found.first("place", "time", "pm25") == ("Kota", "2024-01-01 00:00:00", 38)


def test_a_header_of_two_rows_with_merged_cells() -> None:
    content = _book(
        ["Residents by district"],
        ["District", "2023", "", "2024", ""],
        ["", "male", "female", "male", "female"],
        ["North", 100, 110, 101, 111],
        ["South", 200, 190, 201, 191],
        merged=("B2:C2", "2023"),
    )
    (found,) = tried({"residents.xlsx": content}, LONDON)
    assert found.read.failure is None, found.read.failure
    assert found.rows > 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("report.pdf", b"%PDF-1.4 x"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("page.html", b"<!DOCTYPE html><html><body>Not found</body></html>"),
        ("header.csv", b"station,date,pm25\n"),
        ("error.json", b'{"RESULT": {"CODE": "ERROR-300", "MESSAGE": "no"}}'),
    ],
)
def test_what_cannot_be_proposed_is_said_in_a_sentence(name: str, content: bytes) -> None:
    with pytest.raises(PermanentFailure) as refusal:
        tried({name: content}, SEOUL)
    assert str(refusal.value).count("\n") == 0
    assert len(str(refusal.value)) < 400


def test_what_may_be_of_persons_is_not_shown() -> None:
    content = (
        "request_id,created,category,citizen_name,phone,district\n"
        "R1,2024-01-01 10:00:00,noise,Kim Cheol-su,010-1234-5678,Jongno\n"
        "R2,2024-01-02 11:30:00,litter,Lee Young-hee,010-2345-6789,Mapo\n"
        "R3,2024-01-03 09:15:00,noise,Park Min-ho,010-3456-7890,Jongno\n"
    )
    found = one(content, SEOUL)
    said = " ".join([*(doubt.text for doubt in found.proposal.doubts), *found.proposal.said, *found.seen.said])
    assert "010-" not in said
    assert "Kim" not in said
    restricted = {
        entry["from"]
        for entry in found.proposal.document["columns"].values()
        if isinstance(entry, dict) and entry.get("classification")
    }
    assert {"citizen_name", "phone"} <= restricted
