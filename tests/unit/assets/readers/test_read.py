"""What is no table, which encoding a file is in, and layouts that make no sense: the same for all kinds of file."""

from __future__ import annotations

from typing import Any

import pytest

from quality.contract.layout import Layout, SeriesLayout
from tests.support.readers import GEO, JSON, fails, read


def test_encodings_are_decided_on_the_whole_file() -> None:
    long = "code,name\n" + "1,plain ascii\n" * 5_000 + "2,강남구\n"
    rows = read(long.encode("cp949"))
    assert (rows.encoding, rows.frame["name"][-1]) == ("cp949", "강남구")
    rows = read(long.encode())
    assert (rows.encoding, rows.frame["name"][-1]) == ("utf-8", "강남구")
    only = Layout(encodings=("cp949",))
    assert read("이름\n뷁똠\n".encode("cp949"), only).frame.rows() == [("뷁똠", 2)]  # only in CP949, not in EUC-KR
    assert read("a,b\n1,가\n".encode("utf-16"), Layout(encodings=("utf-8", "utf-16"))).encoding == "utf-16"


def test_wrong_encoding_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "code,name\n1,강남\n".encode() + b"2,\xff\n"
    fails("FILE-ENCODING", content, "utf-8 fails at byte 21 (0xff)", "cp949 fails at byte", "`encodings: [")
    monkeypatch.setattr("assets.readers.encodings.decide._BLOCK", 4)
    fails("FILE-ENCODING", content, "utf-8 fails at byte 21 (0xff)")
    fails("FILE-ENCODING", b"a,b\xeaxx\n", "at byte 3 (0xea)", layout=Layout(encodings=("utf-8",)))
    declared = Layout(encodings=("utf-8", "cp949"))
    fails("FILE-ENCODING", "a,b\n1,가\n".encode("utf-16"), "UTF-16", "save it as utf-8", layout=declared)
    fails("FILE-ENCODING", "이름\n가\n".encode("cp949"), layout=Layout(encodings=("utf-8",)))
    fails("FILE-ENCODING", "a\n가\n", layout=Layout(encodings=("ascii",)))


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
@pytest.mark.parametrize("layout", [Layout(), JSON, GEO])
def test_files_without_content_are_refused(content: bytes, layout: Layout) -> None:
    fails("FILE-EMPTY", content, "delivered again", layout=layout)


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
    fails("FILE-HTML", page, "점검 중입니다", "ask the partner", layout=layout)


def test_messages_never_repeat_addresses_with_keys() -> None:
    text = fails("FILE-HTML", "<html><title>404 http://openapi.seoul.go.kr:8088/SECRETKEY/json/x</title></html>")
    text += fails("FILE-HTML", "<html><title>404 /SECRETKEY/json/x not found</title></html>")
    text += fails("FILE-JSON", '{"RESULT":{"MESSAGE":"no http://a.kr/SECRETKEY/x"}}', layout=JSON)
    text += fails("FILE-JSON", '{"RESULT":{"MESSAGE":"no http://a.kr/SECRETKEY/x"}}')
    assert "SECRETKEY" not in text


def test_a_column_in_angle_brackets_is_no_page() -> None:
    assert read("<DATE>,<OPEN>\n1,2\n").frame.columns[:2] == ["<DATE>", "<OPEN>"]


def test_json_where_a_table_should_be() -> None:
    fails("FILE-JSON", '{"RESULT":{"CODE":"INFO-200"}}', "not a table", "INFO-200")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a,b\n1,2\n\0\0\0\0", "NUL at byte 8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy"),
        (b"%PDF-1.7 text", "PDF"),
        (b"PAR1abc", "Parquet"),
    ],
)
def test_bytes_of_another_kind_of_file_are_named(content: bytes, word: str) -> None:
    fails("FILE-BINARY", content, word, "save", "XLSX or CSV")


@pytest.mark.parametrize("content", ["only notes", "20200101,3\n20200102,4\n", ",,\n1,2,3\n"])
def test_rows_without_a_header_are_refused(content: str) -> None:
    fails("FILE-NO-HEADER", content, "skip_rows", layout=Layout(skip_rows=1 if content == "only notes" else 0))


def test_no_header_where_only_blank_lines_follow() -> None:
    fails("FILE-NO-HEADER", "notes\n\n,,\n", "no row has a name", layout=Layout(skip_rows=1))


@pytest.mark.parametrize("content", ["a,b, a \n1,2,3\n", "a,_line\n1,2\n"])
def test_columns_with_one_name_are_refused(content: str) -> None:
    fails("FILE-DUPLICATE-COLUMN", content, "own name")


SERIES: dict[str, Any] = {"arrays": {"t": "total"}, "length": 3, "start_format": "%Y%m%d", "step_minutes": 60}


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ";;"},
        {"delimiter": '"'},
        {"kind": "csv"},
        {"encodings": ("hangul",)},
        {"skip_rows": -1},
        {"series": SeriesLayout(**SERIES, start_pattern=r"(\d{8})_")},
    ],
)
def test_layouts_that_make_no_sense_are_refused_when_written(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".{20}"):
        Layout(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exactly one group"):
        SeriesLayout(**SERIES, start_pattern=r"\d{8}")


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_named(encoding: str) -> None:
    fails("FILE-ENCODING", "일자,건수\n20200101,1\n".encode(encoding), "UTF-32", "UTF-8")
    fails("FILE-ENCODING", b"\0\0\xfe\xff" + "a\n1\n".encode("utf-32-be"), "UTF-32", "UTF-8")
