"""CSV to rows of text: every good and bad kind of file, made by hand, and the laws for all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers import csv
from quality.contract.layout import Layout
from tests.support.readers import fails, read, rejects


def test_every_column_is_text_and_white_space_is_kept() -> None:
    rows = read('a , b,c\n 01,"  x ",\nNA,null,""\n')
    assert rows.frame.schema == {"a": pl.String, "b": pl.String, "c": pl.String, "_line": pl.Int64}
    assert rows.frame.rows() == [(" 01", "  x ", None, 2), ("NA", "null", None, 3)]
    assert (rows.rejects.height, rows.blank_rows, rows.member, rows.encoding) == (0, 0, "file.csv", "utf-8")
    assert rows.rejects.schema == {
        "line": pl.Int64,
        "code": pl.String,
        "reason": pl.String,
        "text": pl.String,
    }


def test_names_of_another_number_of_columns_are_refused_with_both_numbers() -> None:
    said = "no row has the 2 fields that `names` says; line 1: 3 fields instead of 2"
    fails("FILE-LAYOUT", "1,2,3\n4,5,6\n", said, layout=Layout(names=("a", "b"), languages=("en",)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "a,b\r\n1,2\n3,4\r\n5,6",
            [("1", "2", 2), ("3", "4", 3), ("5", "6", 4)],
        ),  # mixed line ends, none at the end
        ("a,b\r1,2\r3,4\r", [("1", "2", 2), ("3", "4", 3)]),  # old Macs
        ('a,b\n"1\n\n1",2\n3,4\n', [("1\n\n1", "2", 2), ("3", "4", 5)]),
        ('a,b\n"x,y","say ""so"""\n', [("x,y", 'say "so"', 2)]),
        ('"a\nb","c"\n1,2\n', [("1", "2", 3)]),
        ("\ufeffa,b\n1,2\n", [("1", "2", 2)]),
        ('\ufeff"a","b"\n"1","2"\n', [("1", "2", 2)]),
        ("a,b\n", []),
        ("a,b", []),
    ],
)
def test_line_ends_quotes_and_bom(content: str, expected: list[tuple[object, ...]]) -> None:
    rows = read(content)
    assert rows.frame.rows() == expected
    assert not any("\ufeff" in name for name in rows.frame.columns)


def test_short_rows_are_found_though_polars_fills_them_silently() -> None:
    schema = {"a": pl.String, "b": pl.String, "c": pl.String}
    polars = pl.read_csv(b"1,2\n3,4,\n5,6,7\n", has_header=False, schema=schema, missing_columns="insert")
    assert polars.row(1) == ("3", "4", None)  # the trap: this row is whole ...
    rows = read("a,b,c\n3,4,\n1,2\n5,6,7\n5,6,7,8\n1\n")
    assert rows.frame.rows() == [("3", "4", None, 2), ("5", "6", "7", 4)]
    assert rows.rejects.rows() == [  # ... and these are not
        (3, "ROW-FIELDS", "2 fields instead of 3", "1,2"),
        (5, "ROW-FIELDS", "4 fields instead of 3", "5,6,7,8"),
        (6, "ROW-FIELDS", "1 fields instead of 3", "1"),
    ]


def test_a_short_row_is_not_made_up_for_by_a_delimiter_in_quotes() -> None:
    rows = read('a,b,c\n1,"2,2",3\n4,5\n6,7,"8,8"\n')
    assert rows.frame["_line"].to_list() == [2, 4]
    assert rejects(rows) == [(3, "ROW-FIELDS")]


def test_text_of_rejects_is_bounded() -> None:
    rows = read("a,b\n" + "x" * 5_000 + "\n1,2\n")
    assert (rows.rejects["text"].str.len_chars().item(), rows.frame.height) == (2_000, 1)


def test_blank_rows_are_counted_and_are_no_data() -> None:
    rows = read("a,b,c\n1,2,3\n\n4,5,6\n,,\n , ,\t\n\n" + ",,\r\n" * 65)
    assert (rows.frame["_line"].to_list(), rows.blank_rows, rows.rejects.height) == ([2, 4], 69, 0)


def test_columns_without_name_and_value_are_dropped_others_kept() -> None:
    rows = read("date,count,,\n1,2,,\n3,4,, \n")
    assert rows.frame.columns == ["date", "count", "_line"]
    rows = read(",when,\n0,1,\n1,2,x\n")
    assert rows.frame.columns == ["_unnamed_1", "when", "_unnamed_3", "_line"]


def test_unnamed_extra_fields_only_where_allowed_and_only_empty() -> None:
    content = '"a","b"\r\n"1","2",""\n"3","4",""\n'
    assert rejects(read(content)) == [(2, "ROW-FIELDS"), (3, "ROW-FIELDS")]
    layout = Layout(unnamed_extra_fields=1)
    rows = read(content, layout)
    assert (rows.frame.rows(), rows.rejects.height) == ([("1", "2", 2), ("3", "4", 3)], 0)
    rows = read("a,b\n1,2,\n3,4,x\n5,6\n7,8,,\n", layout)
    assert rows.frame["a"].to_list() == ["1", "5"]
    assert rejects(rows) == [(3, "ROW-EXTRA-FIELD"), (5, "ROW-FIELDS")]
    assert read("a,b\n1,2\n", layout).frame.rows() == [("1", "2", 2)]


@pytest.mark.parametrize(
    ("glued", "lines"),
    [
        ("a,b\n1,2\na,b\n3,4\n", [3]),
        ("a,b\r\n1,2\r\n\ufeffa,b\r\n3,4\r\n", [3]),
        ('\ufeff"a","b"\n"1","2"\n\ufeff"a","b"\n"3","4"\n', [3]),
        (",b\n1,2\n,b\n3,4\n", [3]),
    ],
)
def test_header_in_the_middle_of_glued_files(glued: str, lines: list[int]) -> None:
    rows = read(glued)
    assert rejects(rows) == [(line, "ROW-HEADER") for line in lines]
    assert rows.frame["_line"].to_list() == [2, 4]


def test_single_column() -> None:
    rows = read('name\n가\n\n"나"\n" "\n1,2\n')
    assert rows.frame.rows() == [("가", 2), ("나", 4)]
    assert (rows.blank_rows, rejects(rows)) == (2, [(6, "ROW-FIELDS")])


def test_preamble_other_delimiter_and_decomposed_header() -> None:
    assert read('notes "\n\nmore\n\na;b\n1;2,5\n', Layout(skip_rows=3, delimiter=";")).frame.rows() == [("1", "2,5", 6)]
    assert read("대여일자,x\n1,2\n").frame.columns[0] == "대여일자"


def test_rows_with_wrong_quotes_are_rejected_and_the_next_is_read() -> None:
    rows = read('a,b\n1,"2"x\n3,4\n5" pipe,6\n')
    assert rows.frame.rows() == [("3", "4", 3), ('5" pipe', "6", 4)]
    assert rejects(rows) == [(2, "ROW-QUOTE")]


@pytest.mark.parametrize("content", ['a,b\n1,2\n3,"4\n5,6\n', '"a,b\n1,2\n', 'a,b\n"1","2"\n"3","4'])
def test_a_quote_that_never_closes_stops_the_file(content: str) -> None:
    fails("FILE-QUOTE", content, "begins at line", "stray quote")


@pytest.mark.parametrize(("odd", "slow"), [([1_000], False), ([1_000, 1_900], False), (range(1_000, 1_050), True)])
def test_odd_rows_are_set_aside_and_many_send_only_their_own_part_down_the_exact_path(
    odd: Sequence[int], slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "PART", 1_000)
    exact: list[int] = []
    real = csv._Csv._exact
    monkeypatch.setattr(csv._Csv, "_exact", lambda self, end: (exact.append(end), real(self, end)))
    lines = [f"{number},x" for number in range(2_000)]
    for number in odd:
        lines[number] = ("1000", "1000,x,y")[number % 2]
    rows = read("n,x\n" + "\n".join(lines))
    assert (rows.frame.height, 0 < len(exact) < 5) == (2_000 - len(odd), slow)
    assert rejects(rows) == [(number + 2, "ROW-FIELDS") for number in odd]
    assert rows.frame.filter(pl.col("n").cast(pl.Int64) + 2 != pl.col("_line")).is_empty()


def test_well_quoted_text_stays_on_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "PART", 50)
    monkeypatch.setattr(csv._Csv, "_exact", lambda *_: pytest.fail("the exact path was taken"))
    rows = read("a,b\n" + '1,"say ""so"",\r\nor ""no"" "\r\n' * 500)
    assert rows.frame["b"].unique().to_list() == ['say "so",\r\nor "no" ']
    assert rows.frame["_line"].to_list() == list(range(2, 1_002, 2))


def test_fields_longer_than_pythons_limit() -> None:
    rows = read("a,b\n1," + "x" * 200_000 + "\n1\n")
    assert (rows.frame["b"].str.len_chars().item(), rejects(rows)) == (200_000, [(3, "ROW-FIELDS")])


FIELD = st.text(alphabet='ab가 ,"\n\r', max_size=4)


def _written(fields: list[str], quote_all: bool) -> str:
    special = any(len(fields) > 1 or field for field in fields)
    return ",".join(
        '"' + field.replace('"', '""') + '"' if (quote_all and special) or re.search('[,"\r\n]', field) else field
        for field in fields
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(1, 4),
    records=st.lists(
        st.tuples(st.lists(FIELD, max_size=5), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.booleans()),
        max_size=12,
    ),
    part=st.sampled_from([1, 7, 40, 2**20]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "cp949", "utf-8-sig"]),
)
def test_law_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    records: list[tuple[list[str], bool, str, bool]],
    part: int,
    last: bool,
    encoding: str,
) -> None:
    """kept + rejected + blank == records, every value and line number as written; in parts of any size."""
    monkeypatch.setattr(csv, "PART", part)
    header = [f"h{number}" for number in range(width)]
    text, line = ",".join(header) + "\n", 2
    kept: list[tuple[object, ...]] = []
    rejected: list[int] = []
    blank = 0
    for fields, quote_all, end, right in records:
        row = (fields + [""] * width)[:width] if right else fields
        body = _written(row, quote_all)
        if not "".join(row).strip():
            blank += 1
        elif len(row) == width:
            kept.append((*(field or None for field in row), line))
        else:
            rejected.append(line)
        text += body + end
        line += len(re.findall("\r\n|\r|\n", body + end))
    if not last and records and text.endswith("\n") and (records[-1][0] or width > 1):
        text = text.removesuffix("\n").removesuffix("\r")
        if not _written((records[-1][0] + [""] * width)[:width] if records[-1][3] else records[-1][0], records[-1][1]):
            text += "\n"
    rows = read(text.encode(encoding), Layout(encodings=(encoding,)))
    assert rows.frame.rows() == kept
    assert rejects(rows) == [(number, "ROW-FIELDS") for number in rejected]
    assert rows.blank_rows == blank
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == len(records)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text(alphabet='ab, "\r\n', max_size=40) | st.text(alphabet="ab,\n", max_size=60),
    part=st.sampled_from([1, 7, 2**20]),
    odd=st.sampled_from([0.02, 0.5, 1]),
)
def test_law_the_fast_path_never_disagrees_with_the_exact_one(
    monkeypatch: pytest.MonkeyPatch, body: str, part: int, odd: float
) -> None:
    """Whatever the text, also with quotes all wrong: both paths give the same rows, or the same failure."""

    def outcome() -> object:
        try:
            rows = read("h0,h1,h2\n" + body)
        except PermanentFailure as failure:
            return str(failure)
        return rows.frame.rows(), rows.rejects.rows(), rows.blank_rows

    monkeypatch.setattr(csv, "PART", part)
    monkeypatch.setattr(csv, "_ODD_SHARE", odd)
    fast = outcome()
    with monkeypatch.context() as patch:
        patch.setattr(csv._Csv, "_fast", lambda *_: None)
        assert fast == outcome()


def test_a_last_line_without_all_of_its_fields_and_its_end_may_be_cut() -> None:
    cut = read(b"a,b,c\n1,2,3\n4,5,6\n7,8")
    assert (cut.frame["a"].to_list(), rejects(cut)) == (["1", "4"], [(4, "ROW-FIELDS")])
    assert cut.rejects["reason"].to_list() == ["2 fields instead of 3; it has no line end: the file may be cut"]
    assert read(b"a,b,c\n1,2,3\n7,8\n").rejects["reason"].to_list() == ["2 fields instead of 3"]
    assert read(b"a,b,c\n1,2,3\n4,5,6").rejects.height == 0
