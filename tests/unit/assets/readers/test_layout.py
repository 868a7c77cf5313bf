"""Each key of a layout on a small file: what is a row, what is none, and that nothing is left out without a word."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.readers.read import read_rows
from assets.readers.reshape import reshaped
from assets.readers.rows import LINE, RawRows, Rejects
from quality.contract.layout import Layout
from tests.support.readers import fails, read, rejects, zipped
from tests.unit.assets.readers.test_xlsx import _grid, _xlsx


def _read(content: str | bytes, **layout: Any) -> RawRows:
    return read(content, Layout(languages=("ko", "en"), **layout))


def _rows(raw: RawRows) -> list[tuple[Any, ...]]:
    return raw.frame.rows()


def _frame(**columns: list[str | None]) -> RawRows:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return RawRows(
        frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(LINE)), Rejects().frame(), 0, "f", None
    )


# --- header -----------------------------------------------------------------------------------------------------------

TWO_ROWS = [
    [None, None, "2015", None, "2016", None],
    ["구", "동", "남", "여", "남", "여"],
    ["a", "b", "1", "2", "3", "4"],
]
NAMES = ["구", "동", "2015 남", "2015 여", "2016 남", "2016 여", LINE]


def test_a_header_of_two_rows_with_merged_cells() -> None:
    text = "\n".join(",".join(cell or "" for cell in row) for row in TWO_ROWS)
    for raw in (_read(text, header_rows=2), _read(_xlsx(A=_grid(*TWO_ROWS)), header_rows=2)):
        assert (raw.frame.columns, _rows(raw)) == (NAMES, [("a", "b", "1", "2", "3", "4", 3)])
    low = _read("구,인구,,비고\n,남,여,\na,1,2,x\n", header_rows=2)
    assert low.frame.columns == ["구", "인구 남", "인구 여", "비고", LINE]


def test_names_in_place_of_a_header() -> None:
    assert _rows(_read("a,1\nb,2\n", names=["x", "y"])) == [("a", "1", 1), ("b", "2", 2)]
    assert _rows(_read('"x,y\na,1\n', names=["x", "y"], quote="none")) == [("a", "1", 2)]  # it is the header
    twice = _read("t,v,v\na,1,2\n", names=["t", "v", "w"], header_rows=1)
    assert twice.frame.rows(named=True) == [{"t": "a", "v": "1", "w": "2", LINE: 2}]
    sheet = _read(_xlsx(A=_grid(["t", "v"], ["a", 1])), names=["t", "v", "empty"], header_rows=1)
    assert _rows(sheet) == [("a", "1", None, 2)]
    fails("FILE-LAYOUT", "t,v,w\n1,2,3\n", "`names` has 2", layout=Layout(names=["a", "b"], header_rows=1))
    fails("FILE-LAYOUT", "1,2,3\n4,5,6\n", "no row has the 2 fields", layout=Layout(names=["a", "b"]))
    fails("FILE-SEPARATOR", "1;2\n4;5\n", "delimiter", layout=Layout(names=["a", "b"]))


def test_remarks_before_the_header() -> None:
    text = "Red: SIMAT\n,,\nEstación: Merced \ndate,o3\n\n2020,1\n"
    raw = _read(text, skip_to="date", from_head=r"^Estación: (?P<station>.+)$")
    assert raw.frame.rows(named=True) == [{"date": "2020", "o3": "1", LINE: 6, "station": "Merced"}]
    grid = _grid(["Red"], ["Estación:", "Merced"], ["date", "o3"], ["2020", "1"])
    raw = _read(_xlsx(A=grid), skip_to="date", from_head=r"^Estación: (?P<station>.+)$")
    assert raw.frame["station"].to_list() == ["Merced"]
    raw = _read("# unit: ppb\na,b\n1,2\n# gap\n\n3,4\n", comment_prefix="#", from_head="unit: (?P<unit>.*)")
    assert raw.frame.rows() == [("1", "2", 3, "ppb"), ("3", "4", 6, "ppb")]
    assert (raw.blank_rows, dict(raw.left_out)) == (1, {"comment_prefix": 2})
    fails("FILE-LAYOUT", "a,b\n1,2\n", "`skip_to` 'date'", layout=Layout(skip_to="date"))
    fails("FILE-LAYOUT", "a,b\n1,2\n", "`from_head`", layout=Layout(from_head="(?P<x>q)"))


def test_a_row_of_units_is_no_data_and_may_be_checked() -> None:
    text = "time,pm\n,µg/m³\n1,2\n"
    for content in (text, _xlsx(A=_grid(["time", "pm"], [None, "µg/m³"], [1, 2]))):
        raw = _read(content, units_row={"pm": "µg/m³"})
        assert (_rows(raw), dict(raw.left_out)) == ([("1", "2", 3)], {"units_row": 1})
        fails("FILE-UNITS", content, "'pm' is not 'mg/m³' but 'µg/m³'", layout=Layout(units_row={"pm": "mg/m³"}))
    fails("FILE-LAYOUT", text, "'no2'", layout=Layout(units_row={"no2": "ppb"}))


def test_headers_that_repeat_on_every_page() -> None:
    text = "a,b\nx,y\n1,2\na,b\nx,y\n3,4\n"
    raw = _read(text, headers_repeat=True, units_row=True)
    assert (_rows(raw), dict(raw.left_out)) == ([("1", "2", 3), ("3", "4", 6)], {"units_row": 1, "headers_repeat": 2})
    assert rejects(_read("a,b\n1,2\na,b\n")) == [(3, "ROW-HEADER")]


# --- footer and rows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("footer", "left_out"), [("합계|출처", 2), (2, 2), (0, 0), ("없음", 0)])
def test_a_footer_is_left_out_and_counted(footer: int | str, left_out: int) -> None:
    text = 'a,b\n1,2\n3,4\n\n합계,"6\n출처: 시\n'
    rows = [["a", "b"], ["1", "2"], ["3", "4"], [None], ["합계", "6"], ["출처: 시"]]
    if left_out:
        csv = _read(text, footer=footer)
        assert (_rows(csv), dict(csv.left_out)) == ([("1", "2", 2), ("3", "4", 3)], {"footer": 2})
    for content in (text, _xlsx(A=_grid(*rows))):
        fails("FILE-LAYOUT", content, "fewer rows than the 5 of `footer`", layout=Layout(footer=5))
    sheet = _read(_xlsx(A=_grid(*rows)), footer=footer)
    assert (sheet.frame.height, dict(sheet.left_out).get("footer", 0)) == (4 - left_out, left_out)


def test_rows_that_are_kept_and_left_out() -> None:
    raw = reshaped(_frame(item=["PM2.5", "합 계", None, " PM10"]), Layout(where={"item": ["PM2.5", "합 계", "PM10"]}))
    assert (raw.frame["item"].to_list(), dict(raw.left_out)) == (["PM2.5", "합 계", " PM10"], {"where": 1})
    raw = reshaped(_frame(item=["PM2.5", "합 계", "소계"]), Layout(where_not={"item": {"matches": ".*계"}}))
    assert (raw.frame["item"].to_list(), dict(raw.left_out)) == (["PM2.5"], {"where_not": 2})
    raw = reshaped(_frame(a=["1", None]), Layout(where_not={"a": ""}))
    assert (_rows(raw), dict(raw.left_out)) == ([("1", 2)], {"where_not": 1})
    hours = Layout(where_not={"hour": "24"}, unpivot={"columns": r"(?P<hour>\d+)"})
    assert dict(reshaped(_frame(**{"1": ["a"], "24": ["b"]}), hours).left_out) == {"where_not": 1}
    fails("FILE-LAYOUT", "a\n1\n", "`where` needs a column 'b'", layout=Layout(where={"b": "x"}))


def test_numbers_that_are_read_at_once_are_chosen_and_joined_as_text() -> None:
    layout = Layout(where={"n": "1"}, join={"j": "{n}-{k}"}, constants={"area": "11"})
    (raw,) = read_rows("f.csv", b"n,k,v\n1,2,3\n2,2,4\n1,5,6\n", layout, {"n", "k", "v"})
    assert raw.plain is not None
    assert raw.plain.rows() == [("1", "2", 3.0, 2, "11", "1-2"), ("1", "5", 6.0, 4, "11", "1-5")]
    assert dict(raw.left_out) == {"where": 1}


# --- fields -----------------------------------------------------------------------------------------------------------


def test_other_quotes_escapes_and_white_space() -> None:
    odd = _read(
        "'a', 'b', ''\n'King's Cup', 'x, \"y\"', 'O''Neil'\n", quote="'", loose_quotes=True, names=["p", "q", "r"]
    )
    assert _rows(odd) == [("a", "b", None, 1), ("King's Cup", 'x, "y"', "O'Neil", 2)]
    assert _rows(_read("a;b\n'x;1';\"2\n", delimiter=";", quote="'")) == [("x;1", '"2', 2)]
    assert _rows(_read('a,b\n"x\\"y",1\\,2\n', escape="\\")) == [('x"y', "1,2", 2)]
    assert _rows(_read('a,b\n"x,1\n', quote="none")) == [('"x', "1", 2)]
    text = '  a   b\tc \n1  "x  y"   2\n\n　3 4 5\n'
    assert _rows(_read(text, delimiter="whitespace")) == [("1", "x  y", "2", 2), ("3", "4", "5", 4)]
    assert _rows(_read("a|b\n1|2\n", delimiter="|")) == _rows(_read("a\tb\n1\t2\n", delimiter="\t")) == [("1", "2", 2)]


def test_a_column_whose_texts_hold_the_delimiter() -> None:
    raw = _read("id,name,n\n1,a,2\n3,b,c,d,4\n5,e\n", unquoted="name")
    assert _rows(raw) == [("1", "a", "2", 2), ("3", "b,c,d", "4", 3)]
    assert (rejects(raw), "1 rows have more fields" in raw.guesses[-1]) == ([(4, "ROW-FIELDS")], True)


WIDE = "코드  값\n강남01 1.5 \n서초02   2\n\n중구0310.25x\n양천04\n"


def test_fixed_width_counts_characters() -> None:
    raw = _read(WIDE.encode("cp949"), widths={"name": 2, "code": 2, "value": [5, 9]}, header_rows=1)
    assert _rows(raw) == [("강남", "01", "1.5", 2), ("서초", "02", "2", 3), ("양천", "04", None, 6)]
    assert (rejects(raw), raw.blank_rows, raw.encoding) == ([(5, "ROW-WIDTH")], 1, "cp949")
    cut = _read("11 22\n33 44\n55 6", widths={"a": 3, "b": 2})
    assert (_rows(cut), rejects(cut)) == ([("11", "22", 1), ("33", "44", 2)], [(3, "ROW-WIDTH")])


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=5).flatmap(
        lambda widths: st.tuples(
            st.just(widths),
            st.lists(
                st.tuples(*[st.text("0123456789가나abc", min_size=1, max_size=width) for width in widths]), min_size=1
            ),
        )
    )
)
def test_law_fixed_width_is_read_as_it_was_written(given_: tuple[list[int], list[tuple[str, ...]]]) -> None:
    widths, rows = given_
    text = "".join("".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) + "\n" for row in rows)
    raw = read(text, Layout(encodings=("utf-8",), widths={f"c{n}": width for n, width in enumerate(widths)}))
    assert raw.frame.drop(LINE).rows() == rows
    assert raw.frame[LINE].to_list() == list(range(1, len(rows) + 1))


# --- places and names -------------------------------------------------------------------------------------------------


def test_values_that_stand_in_the_name_alone() -> None:
    pattern = r"pm25_(?P<station>[^_]+)_(?P<year>\d{4})"
    packed = zipped({"x/pm25_강남_2024.csv": b"v\n1\n", "x/pm25_b_2025.csv": b"v\n2\n"})
    found = read_rows("all.zip", packed, Layout(from_name=pattern))
    assert [raw.frame.rows() for raw in found] == [[("1", 2, "강남", "2024")], [("2", 2, "b", "2025")]]
    fails("FILE-NAME", "v\n1\n", "from_name", layout=Layout(from_name=pattern))
    fails("FILE-LAYOUT", "file\n1\n", "already", layout=Layout(from_name="(?P<file>f)"))


def test_sheets_and_members_by_name_pattern_and_number() -> None:
    book = _xlsx(Notes=_grid(["x"]), A2024=_grid(["v"], [1]), A2025=_grid(["v"], [2]))
    for sheet, values in (("a2024", ["1"]), (3, ["2"]), ("A*", ["1", "2"])):
        found = read_rows("b.xlsx", book, Layout(sheet=sheet, from_name=r"(?P<year>\d{4})?"))
        assert [raw.frame["v"][0] for raw in found] == values
    assert [raw.frame["year"][0] for raw in read_rows("b", book, Layout(sheet="A*", from_name=r"A(?P<year>\d+)"))] == [
        "2024",
        "2025",
    ]
    fails("FILE-SHEETS", book, "`sheet` 'B*'", "A2024", layout=Layout(sheet="B*"))
    packed = zipped({"data/a.csv": b"v\n1\n", "about.txt": b"n\n2\n"})
    (raw,) = read_rows("z.zip", packed, Layout(member="DATA/*.csv"))
    assert raw.frame["v"].to_list() == ["1"]
    fails("FILE-MEMBER", packed, "'*.xlsx'", "about.txt", layout=Layout(member="*.xlsx"))


# --- wide and long ----------------------------------------------------------------------------------------------------

LONG = {"hour": ["0", "0", "1", "1"], "item": ["PM", "NO2", "PM", "NO2"], "value": ["a", "b", "c", None]}
PIVOT = {"on": "item", "values": "value", "index": "hour"}


def test_rows_become_columns() -> None:
    raw = reshaped(_frame(**LONG), Layout(pivot=PIVOT))
    assert raw.frame.rows(named=True) == [
        {"hour": "0", "PM": "a", "NO2": "b", LINE: 2},
        {"hour": "1", "PM": "c", "NO2": None, LINE: 4},
    ]
    units = _frame(**LONG, unit=["µg", "ppb", "µg", "ppm"])
    raw = reshaped(units, Layout(pivot=PIVOT | {"values": ["value", "unit"]}))
    assert raw.frame.columns == ["hour", "PM.value", "NO2.value", "PM.unit", "NO2.unit", LINE]
    assert raw.frame["NO2.unit"].to_list() == ["ppb", "ppm"]


def test_an_item_that_is_there_twice_or_has_no_name() -> None:
    frame = _frame(hour=["0"] * 5, item=["PM", "NO2", "PM", None, " PM"], value=["a", "b", "c", "d", "a"])
    raw = reshaped(frame, Layout(pivot=PIVOT))
    assert raw.frame.rows() == [("0", "a", "b", 2), ("0", "c", "b", 4), ("0", "a", "b", 6)]
    assert rejects(raw) == [(5, "ROW-NO-ITEM")]
    fails("FILE-LAYOUT", "a,b\n1,2\n", "['item', 'value', 'hour']", layout=Layout(pivot=PIVOT))
    fails("FILE-LAYOUT", "hour,item,value\n1,hour,2\n", "already", layout=Layout(pivot=PIVOT))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text("ab1", max_size=2), *[st.text("0x", min_size=1, max_size=2) | st.none()] * 3), max_size=9
    )
)
def test_law_long_and_wide_again_is_the_same(rows: list[tuple[str | None, ...]]) -> None:
    numbered = [(f"{key}{number}", *cells) for number, (key, *cells) in enumerate(rows)]
    columns = list(zip(*numbered, strict=True)) or [()] * 4
    wide = _frame(**{name: list(column) for name, column in zip(["key", "h1", "h2", "h3"], columns, strict=True)})
    long = reshaped(wide, Layout(unpivot={"columns": "(?P<item>h.)"}))
    assert long.frame.height == 3 * len(rows)
    again = reshaped(long, Layout(pivot={"on": "item", "values": "value", "index": "key"}))
    assert again.frame.rows() == (wide.frame.rows() if rows else [])


def test_shown_numbers_of_a_sheet_become_stored_ones() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["code", "h1"])
    for column in (0, 1):
        sheet.write_number(1, column, 17, book.add_format({"num_format": "000-00"}))
    book.close()
    raw = _read(out.getvalue(), unpivot={"columns": r"h(?P<hour>\d)"})
    assert raw.frame.select("code", "hour", "value").rows() == [("000-17", "1", "17")]
