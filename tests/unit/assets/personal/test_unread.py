"""What a contract does not read lands as well, so it is looked at: other files, other sheets, other members."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zipfile
from types import SimpleNamespace
from typing import Any, cast

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.deliveries import Delivery
from assets.ingest.personal import persons_in
from assets.pack.city import City
from assets.personal.look import Looker
from assets.personal.unread import personal_unread
from quality.contract.connector import Connector, Files
from quality.contract.layout import Layout
from quality.contract.model import Contract
from tests.worlds.packs import seoul
from tests.worlds.persons import CARD, MAIL, PLANTS, RESIDENT, dashed

CARD_TEXT = dashed(CARD, 4, 4, 4, 4)


def found(content: bytes, layout: Layout, name: str = "a.bin") -> str | None:
    """Where something is found in a delivery of this layout."""
    contract = seoul().contracts["air_daily"]
    assert contract.connector is not None
    assert contract.connector.files is not None
    files = contract.connector.files.model_copy(update={"layout": layout})
    contract = contract.model_copy(update={"connector": Connector(files=cast(Files, files))})
    run = cast(Any, SimpleNamespace(city=cast(City, seoul())))
    looked = persons_in(run, cast(Contract, contract), Delivery("air_daily", name, "0" * 64), content).found
    return None if looked is None else looked.place


def book(**cells: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        for name, rows in cells.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def packed(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_csv", ".csv"), text)
    return out.getvalue()


GOOD = "day,n\n2026-05-01,1\n2026-05-02,2\n"


@pytest.mark.parametrize("kind", ["a number of cards", "a number of residents", "a number of devices"])
def test_a_file_of_an_archive_that_is_not_meant(kind: str):
    layout = Layout(member="good.csv")
    assert found(packed(good_csv=GOOD, other_csv="a,b\n1,2\n"), layout) is None
    place = found(packed(good_csv=GOOD, other_csv=f"a,b\n1,{PLANTS[kind]}\n"), layout)
    assert place is not None
    assert "a file in it that the contract does not read" in place
    assert found(packed(good_csv=GOOD, other_csv="msisdn,b\n1,2\n"), layout) is not None


def test_a_sheet_that_is_not_meant():
    layout = Layout(sheet="good")
    good = [["day", "n"], ["2026-05-01", 1]]
    assert found(book(good=good, notes=[["write to", "opendata@example.net"]]), layout) is None
    assert found(book(good=good, notes=[["ask", f"write to {MAIL} by noon"]]), layout) is None
    assert found(book(good=good, notes=[["write to", MAIL]]), layout) is not None  # one cell that is an address
    assert found(book(good=good, notes=[["who"], ["x"], [MAIL]]), layout) is not None
    assert found(book(good=good, others=[["a", "b"], ["1", CARD_TEXT]]), layout) is not None
    assert found(book(good=good, others=[["회원번호", "b"], ["17", "x"]]), layout) is not None


@pytest.mark.parametrize("name", ["kim_010-7391-8246", f"card {CARD_TEXT} x", MAIL, "김_850412-" + RESIDENT[6:]])
@pytest.mark.parametrize("layout", [Layout(member="good.csv"), Layout()])
def test_the_names_of_files_in_an_archive_and_of_sheets(name: str, layout: Layout):
    assert found(packed(good_csv=GOOD, of_csv=GOOD), layout) is None
    place = found(packed(**{"good_csv": GOOD, f"{name}/other.csv": GOOD}), layout)
    assert place == "the name of a file or sheet in it"
    only = {name[:31].replace("/", " "): [["day", "n"], ["2026-05-01", 1]]}
    assert found(book(**only), Layout()) == "the name of a file or sheet in it"
    assert found(book(good=[["day", "n"], ["2026-05-01", 1]], **only), Layout(sheet="good")) is not None


PACKERS = {"bz2": bz2.compress, "xz": lzma.compress}
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_of_a_zip_are_looked_into(method: int):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("good.csv", GOOD)
        archive.writestr("other.csv", f"a,b\n1,{CARD_TEXT}\n")
    assert found(out.getvalue(), Layout(member="good.csv")) is not None


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_packed_as_bz2_or_xz_is_looked_into_also_in_a_zip(kind: str):
    bad, good = (PACKERS[kind](f"a,b\n1,{text}\n".encode()) for text in (CARD_TEXT, "2"))
    for content, there in ((bad, True), (good, False)):
        assert (found(content, Layout()) is not None) is there
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("good.csv", GOOD)
            archive.writestr(f"other.csv.{kind}", content)
        assert (found(out.getvalue(), Layout(member="good.csv")) is not None) is there


@pytest.mark.parametrize("content", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0", "locked", "imploded"])
def test_what_nobody_can_look_into_does_not_land(content: bytes | str):
    if isinstance(content, str):
        made = bytearray(packed(good_csv=GOOD))
        at, central = 0, made.index(b"PK\x01\x02")
        if content == "locked":
            made[at + 6] |= 1
            made[central + 8] |= 1
        else:
            made[at + 8 : at + 10] = made[central + 10 : central + 12] = (6).to_bytes(2, "little")
        content = bytes(made)
    who = personal_unread(Looker("KR"), "x", content, ("ko", "en"))
    assert who is not None
    failure = who.failure("a.zip", "it is locked away as 1")
    assert failure.code in ("FILE-UNSUPPORTED", "FILE-ENCRYPTED")
    assert "nobody can look whether it is about single persons; it is locked away as 1" in failure.what


def test_a_member_of_a_document_outside_of_its_rows():
    layout = Layout(kind="json", records="rows[]")
    rows = [{"day": "2026-05-01", "n": 1}]
    assert found(json.dumps({"rows": rows, "write_to": MAIL}).encode(), layout) is None
    assert found(json.dumps({"rows": rows, "who": [{"c": CARD_TEXT}]}).encode(), layout) is not None
    mails = [{"m": f"{n}{MAIL}"} for n in range(3)]
    assert found(json.dumps({"rows": rows, "who": mails}).encode(), layout) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\1\2",
        b"%PDF-1.7",
        b"{",
        b"[[[",
        b"<a><b>",
        b"PAR1PAR1",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        "측정".encode("cp949") * 9,
        "測定".encode("utf-16"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b'"a\n"b',
        b",,,\n,",
    ],
)
def test_whatever_the_bytes_are_the_look_ends(content: bytes):
    assert personal_unread(Looker("KR"), "x", content, ("ko", "en")) is None


_TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200)
    | _VALUES.map(lambda value: json.dumps(value).encode())
    | st.lists(st.lists(_TEXTS, max_size=4), max_size=5).map(
        lambda rows: "\n".join(map(",".join, rows)).encode("utf-8", "replace")
    )
    | _TEXTS.map(lambda text: f"<a><b c='x'>{text}</b></a>".encode("utf-8", "replace"))
)
def test_the_look_never_crashes(content: bytes):
    personal_unread(Looker("KR"), "x", content, ("ko", "en"))


def test_half_of_a_sign_is_looked_at():
    rows = [{"station": "\ud800", "card": CARD_TEXT}]
    assert personal_unread(Looker("KR"), "x", json.dumps(rows).encode(), ("ko",)) is not None


def test_a_page_of_errors_that_names_somebody_to_write_to():
    page = f"<!doctype html><html><body>Service closed. Write to {MAIL}, call 010-1234-5678.</body></html>"
    assert personal_unread(Looker("KR"), "x", page.encode(), ("ko",)) is None
    assert personal_unread(Looker("KR"), "x", page.replace(MAIL, CARD_TEXT).encode(), ("ko",)) is not None
