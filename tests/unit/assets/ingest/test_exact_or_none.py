"""Texts that a parser reads as something other than what was written: each is its exact value, or unreadable."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pytest

from assets.failures import PermanentFailure
from assets.ingest import parse
from assets.ingest.cast import numbers
from assets.readers import read
from quality.contract.columns import ColumnSpec
from quality.contract.layout import Layout
from tests.unit.assets.ingest.one_column import one_column, read_cells

NO_NUMBER = [
    *("0x1F", "0b1", "0o7", "1_000", "١٢", "１２", "½", "²", "٫5", "−5", "--5", "+-5", "5-", "(5)", "5%", "1L", "1f"),
    *("NaN", "nan", "inf", "-inf", "Infinity", "TRUE", "true", "1.5.2", "5e", "e5", "+", "-", ".", "1,2,3", "5 m"),
    *("1e400", "-1e400", "1e-400", "-1e-400", "1E-0400", "0." + "0" * 330 + "1"),
]
NUMBERS = {
    "+5": 5.0,
    ".5": 0.5,
    "5.": 5.0,
    "-.5": -0.5,
    " 5 ": 5.0,
    "007": 7.0,
    "-0": 0.0,
    "-0.0": 0.0,
    "0e-400": 0.0,
    "0.000e5": 0.0,
    "1e5": 1e5,
    "1e-300": 1e-300,
    "5e-324": 5e-324,
}
WHOLE = {"+5": 5, "5.": 5, "5.0": 5, " 5 ": 5, "007": 7, "-0": 0, "-0.0": 0}


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_is_no_number_is_unreadable(text: str, key: bool) -> None:
    for kind in ("number", "integer"):
        found = read_cells([text], kind, key=key)
        assert (found.values, found.unreadable) == ([None], [text])


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number_is_what_is_written(text: str, value: float) -> None:
    found = read_cells([text], "number")
    assert (found.values, found.unreadable) == ([value], [])
    for cells in ([text], [text, "1.5"]):  # -0 is zero, also as part of a key
        assert math.copysign(1, read_cells(cells, "number").values[0]) == math.copysign(1, value)


@pytest.mark.parametrize(("text", "value"), WHOLE.items())
def test_a_whole_number_is_what_is_written(text: str, value: int) -> None:
    found = read_cells([text], "integer")
    assert (found.values, found.unreadable) == ([value], [])


@pytest.mark.parametrize("text", ["1e5", "5.5", ".5", "5.000000000000000000001", "9223372036854775808"])
def test_what_is_no_whole_number_or_not_exact_is_unreadable(text: str) -> None:
    assert read_cells([text], "integer").unreadable == [text]


@pytest.mark.parametrize("text", ["1e-400", "0." + "0" * 330 + "1", "1e400"])
def test_numbers_that_are_read_at_once_too(text: str) -> None:
    """Also those of the first look, beside other rows, with and without quotes."""
    contract = one_column("number")
    for line in (f"2,2026-07-21,{text}", f'2,2026-07-21,"{text}"'):
        content = f"n,day,x\n1,2026-07-21,0\n{line}\n3,2026-07-21,0.0\n".encode()
        for wanted in (numbers(contract), ()):
            found = parse.parse(contract, "t", "0" * 64, read.read_rows("t.csv", content, Layout(), wanted))
            assert found.rows.sort("_line")["x"].to_list() == [0.0, None, 0.0]
            assert found.cells.select("_line", "value").rows() == [(3, text)]


def test_a_number_of_json_that_is_too_small_or_infinite_is_unreadable() -> None:
    content = b'[{"n":1,"day":"2026-07-21","x":1e-400},{"n":2,"day":"2026-07-21","x":Infinity},{"n":3,"day":"2026-07-21","x":true},{"n":4,"day":"2026-07-21","x":-0.0}]'  # noqa: E501
    layout = Layout(kind="json")
    found = parse.parse(one_column("number"), "t", "0" * 64, read.read_rows("t.json", content, layout))
    assert found.rows["x"].to_list() == [None, None, None, 0.0]
    assert found.cells["value"].to_list() == ["1e-400", "Infinity", "true"]


MINUTES, SECONDS = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"
NO_TIME = [
    (SECONDS, "2026-07-21 12:34:60"),
    (SECONDS, "2026-06-30 23:59:60"),
    (SECONDS, "2026-07-21 24:00:60"),
    (SECONDS, "2026-07-21 12:60:00"),
    ("%Y-%m-%d %T", "2026-07-21 12:34:60"),
    ("%Y%m%d%H%M%S", "20260721123460"),
    ("%Y-%m-%dT%H:%M:%S%.f", "2026-07-21T12:34:60.5"),
    ("%Y-%m-%d %I:%M:%S %p", "2026-07-21 12:34:60 PM"),
    ("%Y-%m-%d %I:%M %p", "2026-07-21 13:00 PM"),
    (MINUTES, "2026-07-21 24:30"),
    (MINUTES, "2026-07-21 24:01"),
    (MINUTES, "2026-07-21 25:00"),
    (MINUTES, "2026-07-211:00"),
    (MINUTES, "2026-07-2111:00"),
    (MINUTES, "2026-07-21 12:00 CET"),
    (MINUTES, "2026-07-21 12:00Z"),
    (MINUTES, "２０２６-07-21 12:00"),
]
NO_DAY = [
    ("%Y-%m-%d", "2026-06-31"),
    ("%Y-%m-%d", "2026-02-29"),
    ("%Y-%m-%d", "2026-13-01"),
    ("%Y-%m-%d", "2026-07-21 extra"),
    ("%Y-%m-%d", "2026-07-21T00:00:00"),
    ("%Y-%m-%d", "2026-07-211"),
    ("%Y-%m-%d", "-2026-07-21"),
    ("%Y%m%d", "20260631"),
    ("%Y%m%d", "2026071"),
    ("%d/%m/%Y", "31/06/2026"),
    ("%m/%d/%Y", "06/31/2026"),
    ("%d.%m.%y", "31.06.26"),
    ("%Y-%j", "2026-366"),
    ("%Y%q", "20265"),
    ("%a %Y-%m-%d", "Tue 2026-07-20"),
]


@pytest.mark.parametrize(("form", "text"), NO_TIME)
def test_what_is_no_time_is_unreadable(form: str, text: str) -> None:
    for kind in ("timestamp", "date"):
        found = read_cells([text], kind, formats=(form,))
        assert (found.values, found.unreadable) == ([None], [text])


@pytest.mark.parametrize(("form", "text"), NO_DAY)
def test_what_is_no_day_is_unreadable(form: str, text: str) -> None:
    found = read_cells([text], "date", formats=(form,))
    assert (found.values, found.unreadable) == ([None], [text])


def test_second_60_of_a_time_with_an_offset_is_unreadable() -> None:
    texts = ["2026-07-21T12:34:60+0900", "2026-07-21T12:34:59+0900", "2060-07-21T12:34:00+0900"]
    found = read_cells(texts, "timestamp", formats=("%Y-%m-%dT%H:%M:%S%z",), zone="Asia/Seoul")
    assert found.unreadable == texts[:1]


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - the city's own time, as delivered


TIMES = {
    (SECONDS, "2026-07-21 12:34:59"): local(2026, 7, 21, 12, 34, 59),
    (SECONDS, "2060-07-21 12:00:00"): local(2060, 7, 21, 12),
    (SECONDS, "2026-07-21 24:00:00"): local(2026, 7, 22),
    (MINUTES, " 2026-07-21\u00a0 12:05"): local(2026, 7, 21, 12, 5),
    ("%Y-%m-%d %I:%M %p", "2026-07-21 12:00 AM"): local(2026, 7, 21),
    ("%Y-%m-%d", "2026-07-21"): local(2026, 7, 21),
}


@pytest.mark.parametrize(("written", "value"), TIMES.items())
def test_a_time_is_what_is_written(written: tuple[str, str], value: Any) -> None:
    form, text = written
    assert read_cells([text], "timestamp", formats=(form,)).values == [value]
    if "24:00" not in text:
        assert read_cells([text], "date", formats=(form,)).values == [value.date()]


def test_a_date_in_words_with_its_weekday() -> None:
    assert read_cells(["Mon 2026-07-20"], "date", formats=("%a %Y-%m-%d",)).values == [date(2026, 7, 20)]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M %Z", "%Y-%m-%d %H:%M%.f"])
def test_a_format_that_reads_something_and_leaves_it_out_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"%Z|%\.f"):
        ColumnSpec(formats=(form,))


@pytest.mark.parametrize("literal", ["Z", "+00:00", "-0500", " UTC", "KST", ".000Z", " (KST)"])
def test_a_format_with_a_zone_in_its_letters_has_to_say_which_zone(literal: str) -> None:
    form = f"%Y-%m-%dT%H:%M:%S{literal}"
    with pytest.raises(ValueError, match="delivered_zone"):
        ColumnSpec(formats=(form,))
    assert ColumnSpec(formats=(form,), zone="Asia/Seoul", delivered_zone="UTC").zone == "Asia/Seoul"


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S.000", "%H:%M %d.%m.%Y", "%Y-Q1", "%Y-%m-%d %I %p", "%d.%m.%Y %H:%M Uhr"]
)
def test_a_format_with_other_letters_is_accepted(form: str) -> None:
    assert ColumnSpec(formats=(form,)).formats == (form,)


def test_a_file_without_a_day_names_the_usual_format_where_none_is_declared() -> None:
    content = b"n,day,x\n1,someday,2\n"
    with pytest.raises(PermanentFailure, match=r"read as \['%Y-%m-%d'\]"):
        parse.parse(one_column("number"), "t", "0" * 64, read.read_rows("t.csv", content, Layout()))
