"""Bytes to rows of text: every good and bad kind of file, made by hand, and the laws for all of them."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence

import fastexcel  # noqa: F401 - imported here so that its loading is not counted as reading time
import polars as pl
import pytest
import xlsxwriter
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers import containers, csv, xlsx
from assets.readers.containers import Limits
from assets.readers.read import Layout, RawRows, SeriesLayout, read_rows

JSON = Layout(kind="json")
GEO = Layout(kind="geojson")
GOOD = "code,name\n1,강남\n2,서초\n".encode()


def _read(content: bytes | str, layout: Layout | None = None, name: str = "file.csv") -> RawRows:
    data = content.encode() if isinstance(content, str) else content
    (rows,) = read_rows(name, data, layout or Layout())
    return rows


def _fails(code: str, content: bytes | str, *words: str, layout: Layout | None = None, name: str = "file.csv") -> str:
    with pytest.raises(PermanentFailure) as caught:
        read_rows(name, content.encode() if isinstance(content, str) else content, layout or Layout())
    text = str(caught.value)
    assert caught.value.code == code, text
    assert name in text
    assert text.endswith(f"; {caught.value.hint}.")
    assert len(caught.value.hint) > 10
    for word in words:
        assert word in text
    return text


def _rejects(rows: RawRows) -> list[tuple[int, str]]:
    return rows.rejects.select("line", "code").rows()


# --- CSV ------------------------------------------------------------------------------------------


def test_every_column_is_text_and_white_space_is_kept() -> None:
    rows = _read('a , b,c\n 01,"  x ",\nNA,null,""\n')
    assert rows.frame.schema == {"a": pl.String, "b": pl.String, "c": pl.String, "_line": pl.Int64}
    assert rows.frame.rows() == [(" 01", "  x ", None, 2), ("NA", "null", None, 3)]
    assert (rows.rejects.height, rows.blank_rows, rows.member, rows.encoding) == (0, 0, "file.csv", "utf-8")
    assert rows.rejects.schema == {
        "line": pl.Int64,
        "code": pl.String,
        "reason": pl.String,
        "text": pl.String,
    }


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
    rows = _read(content)
    assert rows.frame.rows() == expected
    assert not any("\ufeff" in name for name in rows.frame.columns)


def test_short_rows_are_found_though_polars_fills_them_silently() -> None:
    schema = {"a": pl.String, "b": pl.String, "c": pl.String}
    polars = pl.read_csv(b"1,2\n3,4,\n5,6,7\n", has_header=False, schema=schema, missing_columns="insert")
    assert polars.row(1) == ("3", "4", None)  # the trap: this row is whole ...
    rows = _read("a,b,c\n3,4,\n1,2\n5,6,7\n5,6,7,8\n1\n")
    assert rows.frame.rows() == [("3", "4", None, 2), ("5", "6", "7", 4)]
    assert rows.rejects.rows() == [  # ... and these are not
        (3, "ROW-FIELDS", "2 fields instead of 3", "1,2"),
        (5, "ROW-FIELDS", "4 fields instead of 3", "5,6,7,8"),
        (6, "ROW-FIELDS", "1 fields instead of 3", "1"),
    ]


def test_a_short_row_is_not_made_up_for_by_a_delimiter_in_quotes() -> None:
    rows = _read('a,b,c\n1,"2,2",3\n4,5\n6,7,"8,8"\n')
    assert rows.frame["_line"].to_list() == [2, 4]
    assert _rejects(rows) == [(3, "ROW-FIELDS")]


def test_text_of_rejects_is_bounded() -> None:
    rows = _read("a,b\n" + "x" * 5_000 + "\n1,2\n")
    assert (rows.rejects["text"].str.len_chars().item(), rows.frame.height) == (2_000, 1)


def test_blank_rows_are_counted_and_are_no_data() -> None:
    rows = _read("a,b,c\n1,2,3\n\n4,5,6\n,,\n , ,\t\n\n" + ",,\r\n" * 65)
    assert (rows.frame["_line"].to_list(), rows.blank_rows, rows.rejects.height) == ([2, 4], 69, 0)


def test_columns_without_name_and_value_are_dropped_others_kept() -> None:
    rows = _read("date,count,,\n1,2,,\n3,4,, \n")
    assert rows.frame.columns == ["date", "count", "_line"]
    rows = _read(",when,\n0,1,\n1,2,x\n")
    assert rows.frame.columns == ["_unnamed_1", "when", "_unnamed_3", "_line"]


def test_unnamed_extra_fields_only_where_allowed_and_only_empty() -> None:
    content = '"a","b"\r\n"1","2",""\n"3","4",""\n'
    assert _rejects(_read(content)) == [(2, "ROW-FIELDS"), (3, "ROW-FIELDS")]
    layout = Layout(unnamed_extra_fields=1)
    rows = _read(content, layout)
    assert (rows.frame.rows(), rows.rejects.height) == ([("1", "2", 2), ("3", "4", 3)], 0)
    rows = _read("a,b\n1,2,\n3,4,x\n5,6\n7,8,,\n", layout)
    assert rows.frame["a"].to_list() == ["1", "5"]
    assert _rejects(rows) == [(3, "ROW-EXTRA-FIELD"), (5, "ROW-FIELDS")]
    assert _read("a,b\n1,2\n", layout).frame.rows() == [("1", "2", 2)]


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
    rows = _read(glued)
    assert _rejects(rows) == [(line, "ROW-HEADER") for line in lines]
    assert rows.frame["_line"].to_list() == [2, 4]


def test_single_column() -> None:
    rows = _read('name\n가\n\n"나"\n" "\n1,2\n')
    assert rows.frame.rows() == [("가", 2), ("나", 4)]
    assert (rows.blank_rows, _rejects(rows)) == (2, [(6, "ROW-FIELDS")])


def test_preamble_other_delimiter_and_decomposed_header() -> None:
    assert _read('notes "\n\nmore\n\na;b\n1;2,5\n', Layout(skip_rows=3, delimiter=";")).frame.rows() == [
        ("1", "2,5", 6)
    ]
    assert _read("대여일자,x\n1,2\n").frame.columns[0] == "대여일자"


def test_rows_with_wrong_quotes_are_rejected_and_the_next_is_read() -> None:
    rows = _read('a,b\n1,"2"x\n3,4\n5" pipe,6\n')
    assert rows.frame.rows() == [("3", "4", 3), ('5" pipe', "6", 4)]
    assert _rejects(rows) == [(2, "ROW-QUOTE")]


@pytest.mark.parametrize("content", ['a,b\n1,2\n3,"4\n5,6\n', '"a,b\n1,2\n', 'a,b\n"1","2"\n"3","4'])
def test_a_quote_that_never_closes_stops_the_file(content: str) -> None:
    _fails("FILE-QUOTE", content, "begins at line", "stray quote")


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
    rows = _read("n,x\n" + "\n".join(lines))
    assert (rows.frame.height, 0 < len(exact) < 5) == (2_000 - len(odd), slow)
    assert _rejects(rows) == [(number + 2, "ROW-FIELDS") for number in odd]
    assert rows.frame.filter(pl.col("n").cast(pl.Int64) + 2 != pl.col("_line")).is_empty()


def test_well_quoted_text_stays_on_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "PART", 50)
    monkeypatch.setattr(csv._Csv, "_exact", lambda *_: pytest.fail("the exact path was taken"))
    rows = _read("a,b\n" + '1,"say ""so"",\r\nor ""no"" "\r\n' * 500)
    assert rows.frame["b"].unique().to_list() == ['say "so",\r\nor "no" ']
    assert rows.frame["_line"].to_list() == list(range(2, 1_002, 2))


def test_fields_longer_than_pythons_limit() -> None:
    rows = _read("a,b\n1," + "x" * 200_000 + "\n1\n")
    assert (rows.frame["b"].str.len_chars().item(), _rejects(rows)) == (200_000, [(3, "ROW-FIELDS")])


FIELD = st.text(alphabet='ab가 ,"\n\r', max_size=4)


def _written(fields: list[str], quote_all: bool) -> str:
    special = any(len(fields) > 1 or field for field in fields)
    return ",".join(
        '"' + field.replace('"', '""') + '"' if (quote_all and special) or re.search('[,"\r\n]', field) else field
        for field in fields
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    rows = _read(text.encode(encoding))
    assert rows.frame.rows() == kept
    assert _rejects(rows) == [(number, "ROW-FIELDS") for number in rejected]
    assert rows.blank_rows == blank
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == len(records)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
            rows = _read("h0,h1,h2\n" + body)
        except PermanentFailure as failure:
            return str(failure)
        return rows.frame.rows(), rows.rejects.rows(), rows.blank_rows

    monkeypatch.setattr(csv, "PART", part)
    monkeypatch.setattr(csv, "_ODD_SHARE", odd)
    fast = outcome()
    with monkeypatch.context() as patch:
        patch.setattr(csv._Csv, "_fast", lambda *_: None)
        assert fast == outcome()


# --- encodings and things that are no table -------------------------------------------------------


def test_encodings_are_decided_on_the_whole_file() -> None:
    long = "code,name\n" + "1,plain ascii\n" * 5_000 + "2,강남구\n"
    rows = _read(long.encode("cp949"))
    assert (rows.encoding, rows.frame["name"][-1]) == ("cp949", "강남구")
    rows = _read(long.encode())
    assert (rows.encoding, rows.frame["name"][-1]) == ("utf-8", "강남구")
    assert _read("이름\n뷁똠\n".encode("cp949")).frame.rows() == [("뷁똠", 2)]  # only in CP949, not in EUC-KR
    assert _read("a,b\n1,가\n".encode("utf-16"), Layout(encodings=("utf-8", "utf-16"))).encoding == "utf-16"


def test_wrong_encoding_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "code,name\n1,강남\n".encode() + b"2,\xff\n"
    _fails("FILE-ENCODING", content, "utf-8 fails at byte 21 (0xff)", "cp949 fails at byte", "UTF-8")
    monkeypatch.setattr("assets.readers.read._PIECE", 4)
    _fails("FILE-ENCODING", content, "utf-8 fails at byte 21 (0xff)")
    _fails("FILE-ENCODING", b"a,b\xeaxx\n", "at byte 3 (0xea)", layout=Layout(encodings=("utf-8",)))
    _fails("FILE-ENCODING", "a,b\n1,가\n".encode("utf-16"), "UTF-16", "save it as UTF-8")
    _fails("FILE-ENCODING", "이름\n가\n".encode("cp949"), layout=Layout(encodings=("utf-8",)))
    _fails("FILE-ENCODING", "a\n가\n", layout=Layout(encodings=("ascii",)))


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
@pytest.mark.parametrize("layout", [Layout(), JSON, GEO])
def test_empty(content: bytes, layout: Layout) -> None:
    _fails("FILE-EMPTY", content, "delivered again", layout=layout)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>점검 중입니다</title></head></html>",
        "\n  <html><body><h1>점검 중입니다</h1></body></html>",
        '<?xml version="1.0"?><RESULT><CODE>X</CODE><MESSAGE><![CDATA[점검 중입니다]]></MESSAGE></RESULT>',
        "<OpenAPI_ServiceResponse><errMsg>점검 중입니다</errMsg></OpenAPI_ServiceResponse>",
        "<html><title>점검 중입니다",
    ],
)
@pytest.mark.parametrize("layout", [Layout(), JSON, GEO])
def test_error_pages_under_the_right_name(page: str, layout: Layout) -> None:
    _fails("FILE-HTML", page, "점검 중입니다", "ask the partner", layout=layout)


def test_messages_never_repeat_addresses_with_keys() -> None:
    text = _fails("FILE-HTML", "<html><title>404 http://openapi.seoul.go.kr:8088/SECRETKEY/json/x</title></html>")
    text += _fails("FILE-HTML", "<html><title>404 /SECRETKEY/json/x not found</title></html>")
    text += _fails("FILE-JSON", '{"RESULT":{"MESSAGE":"no http://a.kr/SECRETKEY/x"}}', layout=JSON)
    text += _fails("FILE-JSON", '{"RESULT":{"MESSAGE":"no http://a.kr/SECRETKEY/x"}}')
    assert "SECRETKEY" not in text


def test_a_column_in_angle_brackets_is_no_page() -> None:
    assert _read("<DATE>,<OPEN>\n1,2\n").frame.columns[:2] == ["<DATE>", "<OPEN>"]


def test_json_where_a_table_should_be() -> None:
    _fails("FILE-JSON", '{"RESULT":{"CODE":"INFO-200"}}', "not a table", "INFO-200")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a,b\n1,2\n\0\0\0\0", "NUL at byte 8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy"),
        (b"%PDF-1.7 text", "PDF"),
        (b"PAR1abc", "Parquet"),
    ],
)
def test_binary(content: bytes, word: str) -> None:
    _fails("FILE-BINARY", content, word, "save", "XLSX or CSV")


@pytest.mark.parametrize("content", ["only notes", "20200101,3\n20200102,4\n", ",,\n1,2,3\n"])
def test_no_header(content: str) -> None:
    _fails("FILE-NO-HEADER", content, "skip_rows", layout=Layout(skip_rows=1 if content == "only notes" else 0))


def test_no_header_where_only_blank_lines_follow() -> None:
    _fails("FILE-NO-HEADER", "notes\n\n,,\n", "no row has a name", layout=Layout(skip_rows=1))


@pytest.mark.parametrize("content", ["a,b, a \n1,2,3\n", "a,_line\n1,2\n"])
def test_duplicate_columns(content: str) -> None:
    _fails("FILE-DUPLICATE-COLUMN", content, "own name")


# --- containers -----------------------------------------------------------------------------------


def _zip(members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    return out.getvalue()


def _tar(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = (
                (len(content) if kind == tarfile.REGTYPE else 0),
                kind,
                "target",
            )
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


NOISE = "a,b\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(3_000))
PACKED = {
    "zip": _zip({"in.csv": NOISE.encode()}),
    "tar": _tar({"in.csv": NOISE.encode()}),
    "gz": gzip.compress(NOISE.encode()),
    "zst": _zst(NOISE.encode()),
    "tar.gz": gzip.compress(_tar({"in.csv": NOISE.encode()})),
    "tar.zst": _zst(_tar({"in.csv": NOISE.encode()})),
}


@pytest.mark.parametrize("kind", PACKED)
def test_containers_by_their_bytes_whatever_the_name(kind: str) -> None:
    for name in (f"in.csv.{kind}", "wrong.csv"):
        rows = _read(PACKED[kind], name=name)
        assert rows.frame.height == 3_000
    if kind in ("gz", "zst"):
        assert _read(PACKED[kind], name=f"in.csv.{kind}").member == "in.csv"
    elif kind != "tar.gz":
        assert rows.member == "in.csv"


def test_several_frames_in_one_file_are_one_text() -> None:
    assert _read(_zst(b"a,b\n") + _zst(b"1,2\n") + _zst(b"3,4\n")).frame.height == 2
    assert _read(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")).frame.height == 1


def test_all_members_in_order_without_the_clutter_of_desktops() -> None:
    members = {
        "b.csv": GOOD,
        "sub/a.csv": GOOD,
        "__MACOSX/._b.csv": b"\0",
        ".DS_Store": b"\0",
        "sub/._a.csv": b"\0",
    }
    for content in (_zip(members), _tar(members), _zst(_tar(members)), _zip({"x.zip": _zip(members)})):
        found = read_rows("x.zip", content, Layout())
        assert [rows.member.removeprefix("x.zip/") for rows in found] == ["b.csv", "sub/a.csv"]
    folders = _zip({"empty/": b"", "b.csv": GOOD})
    assert len(read_rows("x.zip", folders, Layout())) == 1


def test_korean_member_names_of_windows() -> None:
    def windows(info: zipfile.ZipInfo) -> None:
        info.filename = info.orig_filename = "대여.csv".encode("cp949").decode("cp437")
        info._encodeFilenameFlags = lambda: (info.filename.encode("cp437"), 0)  # type: ignore[attr-defined]

    class Named(zipfile.ZipInfo):
        __slots__ = ("_encodeFilenameFlags",)

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = Named("x")
        windows(info)
        archive.writestr(info, GOOD)
    assert _read(out.getvalue(), name="x.zip").member == "대여.csv"
    assert _read(_zip({"대여.csv": GOOD}), name="x.zip").member == "대여.csv"


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_truncated_containers(kind: str, share: float) -> None:
    packed = PACKED[kind].rstrip(b"\0") if kind == "tar" else PACKED[kind]
    _fails("FILE-TRUNCATED", packed[: int(len(packed) * share)], "compare the size", name=f"in.csv.{kind}")


def test_tar_cut_between_two_members_is_not_taken_for_whole() -> None:
    content = _tar({"a.csv": GOOD, "b.csv": GOOD})
    _fails("FILE-TRUNCATED", content[:1024], "closing block", name="x.tar")


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(PACKED)))
def test_law_a_cut_container_never_gives_rows(data: st.DataObject, kind: str) -> None:
    packed = PACKED[kind]
    # From where the bytes say what it is, to where all that is missing is padding.
    least, most = (512, 512 + (len(NOISE) + 511) // 512 * 512 + 511) if kind == "tar" else (4, len(packed) - 1)
    at = data.draw(st.integers(least, most))
    with pytest.raises(PermanentFailure):
        read_rows("x", packed[:at], Layout())


def test_a_damaged_member_fails_the_whole_delivery() -> None:
    content = bytearray(_zip({"a.csv": GOOD, "b.csv": NOISE.encode()}))
    content[content.rfind(b"b.csv", 0, -100) + 2_000] ^= 0xFF
    _fails("FILE-TRUNCATED", bytes(content), "b.csv", name="x.zip")
    broken = bytearray(PACKED["gz"])
    broken[len(broken) // 2] ^= 0xFF
    _fails("FILE-TRUNCATED", bytes(broken), name="x.gz")


def test_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"0" * 80 * 2**20
    began = time.perf_counter()
    for name, content in {
        "x.gz": gzip.compress(zeros),
        "x.zst": _zst(zeros),
        "x.zip": _zip({"a": zeros}),
    }.items():
        _fails("FILE-BOMB", content, "expand more than 200 times", "smaller parts", name=name)
    assert time.perf_counter() - began < 20
    monkeypatch.setattr(containers.unpack, "__defaults__", (Limits(expanded=1_000, members=3),))
    for name, content in {
        "x.gz": gzip.compress(b"0" * 1_001),
        "x.zip": _zip({"a": b"0" * 600, "b": b"0" * 600}),
    }.items():
        _fails("FILE-BOMB", content, "more than 1,000 bytes", name=name)
    for content in (
        _zip({str(number): GOOD for number in range(4)}),
        _tar({str(number): GOOD for number in range(4)}),
    ):
        _fails("FILE-BOMB", content, "more than 3 files", name="x")


def test_a_bomb_never_gets_into_memory() -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join([*(packer.compress(bytes(2**20)) for _ in range(1_024)), packer.flush()])
    tracemalloc.start()
    try:
        _fails("FILE-BOMB", bomb, name="x.zst")
        assert tracemalloc.get_traced_memory()[1] < 160 * 2**20  # of 1 GiB
    finally:
        tracemalloc.stop()


def test_nesting() -> None:
    twice = _zip({"b.zip": _zip({"a.csv": GOOD})})
    assert _read(twice, name="c.zip").member == "b.zip/a.csv"
    assert _read(_zip({"b.tar.gz": gzip.compress(_tar({"a.csv": GOOD}))}), name="c.zip").frame.height == 2
    for content in (_zip({"c.zip": twice}), gzip.compress(_zst(gzip.compress(GOOD))), gzip.compress(twice)):
        _fails("FILE-BOMB", content, "nested more than 2 deep", name="x")


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.csv", "a/../../b.csv", "C:\\x.csv", "..\\x.csv"])
def test_member_paths(path: str) -> None:
    _fails("FILE-MEMBER-PATH", _zip({path: GOOD}), "relative names", name="x.zip")
    _fails("FILE-MEMBER-PATH", _tar({path: GOOD}), "relative names", name="x.tar")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_containers(kind: bytes) -> None:
    _fails("FILE-MEMBER-PATH", _tar({"a.csv": b""}, kind), "link or a device", name="x.tar")

    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    _fails("FILE-MEMBER-PATH", _zip({"a.csv": b"/etc/passwd"}, link), "link or a device", name="x.zip")


def test_encrypted() -> None:
    content = bytearray(_zip({"a.csv": GOOD}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    _fails("FILE-ENCRYPTED", bytes(content), "a.csv", "without a password", name="x.zip")
    office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    _fails("FILE-ENCRYPTED", office, "without a password", name="x.xlsx")


@pytest.mark.parametrize("content", [b"BZh91AY", b"\xfd7zXZ\0abc", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0"])
def test_other_packers(content: bytes) -> None:
    _fails("FILE-UNSUPPORTED", content, "pack it again as zip")


def test_containers_without_data() -> None:
    for content in (
        _zip({}),
        _zip({".DS_Store": b"x"}),
        _tar({"._a": b"x"}),
        _zip({"a.csv": b""}),
        gzip.compress(b""),
    ):
        _fails("FILE-EMPTY", content, "delivered again", name="x")


def test_failure_in_a_member_names_both_files() -> None:
    text = _fails("FILE-DUPLICATE-COLUMN", _zip({"a.csv": GOOD, "sub/b.csv": b"x,x\n"}), name="x.zip")
    assert "x.zip > sub/b.csv" in text


# --- XLSX -----------------------------------------------------------------------------------------


def _xlsx(**sheets: dict[tuple[int, int], object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        for (row, column), value in cells.items():
            sheet.write(row, column, value)
    book.close()
    return out.getvalue()


def _grid(*rows: list[object], top: int = 0) -> dict[tuple[int, int], object]:
    return {(top + y, x): value for y, row in enumerate(rows) for x, value in enumerate(row) if value is not None}


def test_xlsx_by_its_bytes_with_true_row_numbers() -> None:
    grid = _grid([" 일자 ", "건수", None], [20140101, 1.5, None], [None, None], ["x", True, " y "], top=3)
    for name in ("a.xlsx", "a.csv"):
        rows = _read(_xlsx(First={}, Data=grid, Last={}), name=name)
        assert rows.frame.rows() == [("20140101", "1.5", None, 5), ("x", "true", " y ", 7)]
        assert rows.frame.columns == ["일자", "건수", "_unnamed_3", "_line"]
        assert (rows.blank_rows, rows.rejects.height, rows.encoding) == (4, 0, None)
    rows = _read(_xlsx(Data=_grid(["notes"], ["a", "b"], ["1", "2"])), Layout(skip_rows=1))
    assert rows.frame.rows() == [("1", "2", 3)]


def test_xlsx_header_again_and_in_a_zip() -> None:
    rows = _read(_zip({"in.xlsx": _xlsx(A=_grid(["a", "b"], [1, 2], ["a", "b"], [3, 4]))}), name="x.zip")
    assert (rows.frame["_line"].to_list(), _rejects(rows), rows.member) == (
        [2, 4],
        [(3, "ROW-HEADER")],
        "in.xlsx",
    )


def test_xlsx_that_can_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a.xlsx"
    good = _xlsx(A=_grid(["a"], [1]))
    _fails("FILE-SHEETS", _xlsx(A=_grid(["a"]), B={}, C=_grid(["c"])), "['A', 'C']", "one sheet", name=name)
    _fails("FILE-EMPTY", _xlsx(A={}, B=_grid([" "])), "no sheet", name=name)
    _fails("FILE-TRUNCATED", good[: len(good) // 2], "compare the size", name=name)
    _fails("FILE-DUPLICATE-COLUMN", _xlsx(A=_grid(["a", "a"], [1, 2])), "own name", name=name)
    _fails("FILE-NO-HEADER", _xlsx(A=_grid([20200101, 5], [20200102, 6])), "skip_rows", name=name)
    _fails("FILE-BINARY", good, "spreadsheet, not json", layout=JSON, name=name)
    _fails(
        "FILE-BINARY",
        _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "XLSX",
        name="a.docx",
    )
    far = _xlsx(A={(0, 0): "a", (1_048_575, 16_383): "b"})
    _fails("FILE-BOMB", far, "1,048,576 rows and 16,384 columns", "CSV", name=name)
    broken = _zip({"xl/workbook.xml": b"<workbook", "[Content_Types].xml": b"<x"})
    _fails("FILE-TRUNCATED", broken, "save it again", name=name)
    monkeypatch.setattr(xlsx, "MAX_CELLS", 1)
    _fails("FILE-BOMB", good, name=name)


# --- JSON -----------------------------------------------------------------------------------------


def test_json_values_keep_their_digits_and_nested_ones_are_compact() -> None:
    text = '[{"a": 1.10, "b": "x ", "c": {"d": [1, 2.50, null, "가"]}, "e": 12345678901234567890},'
    text += '{"a": null, " f ": true, "b": ""}]'
    rows = _read(text, JSON, "x.json")
    assert rows.frame.columns == ["a", "b", "c", "e", "f", "_line"]
    assert rows.frame.rows() == [
        ("1.10", "x ", '{"d":[1,2.50,null,"가"]}', "12345678901234567890", None, 1),
        (None, None, None, None, "true", 2),
    ]
    assert set(rows.frame.dtypes[:-1]) == {pl.String}


def test_json_records_by_path_with_rejects_and_blanks() -> None:
    document = {"sdot": {"row": [{"a": "1"}, 5, [1, 2], {}, {"a": None}, None, {"a": " "}, {"b": 2}]}}
    rows = _read(json.dumps(document), Layout(kind="json", records="sdot.row"), "x.json")
    assert rows.frame.rows() == [("1", None, 1), (None, "2", 8)]
    assert _rejects(rows) == [(2, "ROW-NOT-OBJECT"), (3, "ROW-NOT-OBJECT")]
    assert rows.rejects["text"].to_list() == ["5", "[1,2]"]
    assert rows.blank_rows == 4
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == 8


def test_json_in_cp949_with_bom_and_empty() -> None:
    assert _read('[{"이름":"강남"}]'.encode("cp949"), JSON).encoding == "cp949"
    assert _read('\ufeff[{"이름":"강남"}]', JSON).frame.rows() == [("강남", 1)]
    assert _read("[]", JSON).frame.height == 0


def test_json_that_can_not_be_read() -> None:
    name = "x.json"
    _fails("FILE-JSON", '[{"a":1},}]', "line 1, column", "validator", layout=JSON, name=name)
    _fails("FILE-JSON", '{"a":1}\n{"a":2}\n', "one per line", layout=JSON, name=name)
    _fails(
        "FILE-JSON",
        '{"RESULT":{"MESSAGE":"인증키"}}',
        "'RESULT'",
        "인증키",
        "records",
        layout=JSON,
        name=name,
    )
    _fails("FILE-JSON", "5", layout=JSON, name=name)
    _fails("FILE-JSON", "[" * 100_000 + "]" * 100_000, "nested", layout=JSON, name=name)
    _fails("FILE-DUPLICATE-COLUMN", '[{"a":1," a":2}]', "own name", layout=JSON, name=name)
    cut = '[{"a":"가나"}]'.encode()[:-5]
    _fails("FILE-TRUNCATED", cut, "middle of a character", layout=JSON, name=name)


DOCUMENT = json.dumps([{"a": "가\n", "b": [1.5e3, -2, True, None, False], "c": {}}, {"a": "\\u00e9"}], indent=1)


@pytest.mark.parametrize("at", range(1, len(DOCUMENT)))
def test_law_cut_json_is_called_truncated(at: int) -> None:
    _fails("FILE-TRUNCATED", DOCUMENT[:at], "cut short", layout=JSON, name="x.json")


SERIES = Layout(
    kind="json",
    series=SeriesLayout(
        arrays={"t": "total", "f": "female"},
        length=3,
        start_pattern=r"(\d{8})_",
        start_format="%Y%m%d",
        step_minutes=60,
    ),
)


def test_series_become_one_row_per_value() -> None:
    records = [
        {"id": 7, "t": [1, 2, 3], "f": [4, None, "6"], "extra": [9]},
        {"id": 8, "t": [1, 2], "f": [7, 8, 9]},
        {"id": 9, "t": [1, 2, 3]},
        "no",
        {},
    ]
    rows = _read(json.dumps(records), SERIES, "20200302_total.json")
    assert rows.frame.columns == ["id", "extra", "group", "time", "value", "_line"]
    assert rows.frame.rows()[:6] == [
        ("7", "[9]", "total", "2020-03-02T00:00:00", "1", 1),
        ("7", "[9]", "total", "2020-03-02T01:00:00", "2", 1),
        ("7", "[9]", "total", "2020-03-02T02:00:00", "3", 1),
        ("7", "[9]", "female", "2020-03-02T00:00:00", "4", 1),
        ("7", "[9]", "female", "2020-03-02T01:00:00", None, 1),
        ("7", "[9]", "female", "2020-03-02T02:00:00", "6", 1),
    ]
    assert (rows.frame.height, rows.blank_rows) == (12, 1)
    assert sorted(_rejects(rows)) == [(2, "ROW-ARRAY"), (3, "ROW-ARRAY"), (4, "ROW-NOT-OBJECT")]
    reasons = " ".join(rows.rejects["reason"])
    assert "array 't' has 2 values instead of 3" in reasons
    assert "array 'f' is missing" in reasons


def test_series_arrays_that_a_file_does_not_have_are_simply_not_there() -> None:
    rows = _read('[{"id":1,"f":[1,2,3]}]', SERIES, "20200302_f.json")
    assert (rows.frame["group"].unique().to_list(), rows.rejects.height) == (["female"], 0)
    nested = _read('[{"t":[1,[2],3]},{"t":{}}]', SERIES, "20200302_f.json")
    assert (nested.frame.height, _rejects(nested)) == (0, [(1, "ROW-ARRAY"), (2, "ROW-ARRAY")])


def test_series_that_can_not_be_read() -> None:
    _fails("FILE-NAME", '[{"t":[1,2,3]}]', "start date", "agreed name", layout=SERIES, name="total.json")
    _fails("FILE-NAME", '[{"t":[1,2,3]}]', layout=SERIES, name="20209999_total.json")
    _fails("FILE-NO-HEADER", '[{"x":[1,2,3]}]', "['f', 't']", "arrays", layout=SERIES, name="20200302_x.json")
    _fails(
        "FILE-DUPLICATE-COLUMN",
        '[{"time":1,"t":[1,2,3]}]',
        "time_column",
        layout=SERIES,
        name="20200302_x.json",
    )


def test_series_of_a_city_are_read_in_seconds() -> None:
    labels = {f"a{number}": f"age{number}" for number in range(8)}
    layout = Layout(kind="json", series=SeriesLayout(labels, 168, r"(\d{8})_", "%Y%m%d", 60))
    record = {"full_name": "종로구사직동", "id": 1, **{name: list(range(1_000, 1_168)) for name in labels}}
    content = json.dumps([record] * 424).encode()
    began = time.perf_counter()
    rows = _read(content, layout, "20200316_whole.json")
    assert rows.frame.height == 424 * 168 * 8
    assert time.perf_counter() - began < 6  # 0.8 s on a quiet core


# --- GeoJSON --------------------------------------------------------------------------------------


def test_geojson_features() -> None:
    point = {"type": "Point", "coordinates": [127.10, 37.5]}
    features = [
        {"type": "Feature", "properties": {"code": "11250", "name": "강동구"}, "geometry": point},
        {"type": "Feature", "properties": {"code": "x"}, "geometry": None},
        {"type": "Feature", "properties": {"code": "y"}},
        {"type": "Feature", "id": 5, "properties": None, "geometry": point},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": []}},
        "no",
    ]
    rows = _read(json.dumps({"type": "FeatureCollection", "features": features}), GEO, "x.geojson")
    assert rows.frame.columns == ["code", "name", "id", "geometry", "_line"]
    assert rows.frame["geometry"][0] == '{"type":"Point","coordinates":[127.1,37.5]}'
    assert rows.frame.select("code", "name", "id", "_line").rows() == [
        ("11250", "강동구", None, 1),
        (None, None, "5", 4),
    ]
    assert _rejects(rows) == [
        (2, "ROW-NO-GEOMETRY"),
        (3, "ROW-NO-GEOMETRY"),
        (5, "ROW-NO-GEOMETRY"),
        (6, "ROW-NOT-OBJECT"),
    ]
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == len(features)


def test_geojson_that_can_not_be_read() -> None:
    name = "x.geojson"
    _fails(
        "FILE-JSON",
        '{"type":"Topology","objects":{}}',
        "'Topology'",
        "FeatureCollection",
        layout=GEO,
        name=name,
    )
    _fails("FILE-JSON", "[]", layout=GEO, name=name)
    _fails("FILE-TRUNCATED", '{"type":"FeatureCollection","features":[', layout=GEO, name=name)
    _fails(
        "FILE-DUPLICATE-COLUMN",
        '{"type":"FeatureCollection","features":[{"properties":{"geometry":1},"geometry":{"type":"Point","coordinates":[1,2]}}]}',
        "rename",
        layout=GEO,
        name=name,
    )


# --- layouts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ";;"},
        {"delimiter": '"'},
        {"kind": "csv"},
        {"encodings": ()},
        {"skip_rows": -1},
        {"series": SERIES.series},
    ],
)
def test_wrong_layouts_are_told_when_written(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".{20}"):
        Layout(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exactly one group"):
        SeriesLayout({"t": "total"}, 168, r"\d{8}", "%Y%m%d", 60)
