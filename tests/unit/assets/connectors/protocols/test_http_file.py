"""A file at an address: what is refused in its place, containers, and that it is fetched again only when it changed."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.http_file import HttpFile
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers.rows import RawRows
from quality.contract.connector import Service
from quality.contract.layout import Layout
from tests.support.loopback import Answer, Asked
from tests.support.protocols import pulled, refusal, serving

CSV = "code,name\n01,강남\n02,서초\n"


def _service(layout: dict[str, Any] | None = None, **ask: Any) -> Service:
    return Service(
        protocol="http_file",
        address="https://files.test",
        snapshot=True,
        ask={"path": "stations.csv", **ask},
        layout=Layout(**(layout or {})),
    )


def _zip(**members: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return whole.getvalue()


def _read(content: bytes, **ask: Any) -> RawRows:
    return HttpFile().rows(_service(**ask), content, "label")


def test_the_request() -> None:
    service = _service(path="weekly/{day:%Y%m%d}/{each}.csv", query={"n": 1, "of": "{each}"})
    request = HttpFile().request(Ask(service, date(2026, 3, 1), "강남"), Page())
    assert (request.path, dict(request.query)) == ("weekly/20260301/강남.csv", {"n": "1", "of": "강남"})


def test_a_table_in_another_encoding_and_a_layout() -> None:
    assert _read(CSV.encode()).frame["name"].to_list() == ["강남", "서초"]
    raw = _read(
        "제목\n코드;이름\n01;강남\n".encode("cp949"),
        layout={"encodings": ["utf-8", "cp949"], "skip_rows": 1, "delimiter": ";"},
    )
    assert raw.frame.to_dicts() == [{"코드": "01", "이름": "강남", "_line": 3}]
    assert raw.encoding == "cp949"


def test_outlines_and_json() -> None:
    feature = {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    outlines = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert _read(outlines, layout={"kind": "geojson"}).frame["a"].to_list() == ["1"]
    assert _envelope(outlines, layout={"kind": "geojson"}) == Envelope(1)
    assert _read(b'{"rows":[{"a":"x"}]}', layout={"kind": "json", "records": "rows"}).frame["a"].to_list() == ["x"]


def _envelope(content: bytes, **ask: Any) -> Envelope:
    return HttpFile().envelope(_service(**ask), Reply(200, {}, content, "label"))


@pytest.mark.parametrize(
    "content",
    [CSV.encode(), b"\xef\xbb\xbf" + CSV.encode(), b"<DATE>,<OPEN>\n1,2\n", gzip.compress(b"a\n1\n"), b"{a},b\n"],
)
def test_a_file_is_something(content: bytes) -> None:
    assert _envelope(content) == Envelope(1)


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "SERVICE-CONTENT", "empty"),
        (b" \r\n", "SERVICE-CONTENT", "empty"),
        (b"<!DOCTYPE html><html><head><title>Login here</title></head></html>", "SERVICE-CONTENT", "Login here"),
        (b"\xef\xbb\xbf\n<HTML><body>x</body></HTML>", "SERVICE-CONTENT", "HTML"),
        (b'<?xml version="1.0"?><Error><Message>AccessDenied</Message></Error>', "SERVICE-CONTENT", "AccessDenied"),
        (b'{"error":"no such file"}', "SERVICE-CONTENT", "no such file"),
        (_zip(**{"a.csv": CSV})[:-30], "SERVICE-TRUNCATED", "zip"),
    ],
)
def test_what_is_not_the_file_is_refused_before_it_lands(content: bytes, code: str, word: str) -> None:
    failure = refusal(_service(), content)
    assert isinstance(failure, TransientFailure)
    assert failure.code == code
    assert word in failure.what


def test_members_with_the_same_columns_are_one_table() -> None:
    both = _zip(**{"a.csv": "x,y\n1,2\n\n3,4\n5\n", "b.csv": "y,x\n7,6\n"})
    raw = _read(both)
    assert raw.frame.select("x", "y").rows() == [("1", "2"), ("3", "4"), ("6", "7")]
    assert raw.frame["_line"].to_list() == [2, 4, 7]
    assert raw.rejects["line"].to_list() == [5]
    assert (raw.blank_rows, raw.encoding) == (1, "utf-8")


def test_members_with_other_columns_have_to_be_named() -> None:
    other = _zip(**{"data/a.csv": CSV, "data/b.csv": CSV, "meta/about.csv": "k,v\nx,y\n"})
    with pytest.raises(PermanentFailure) as caught:
        _read(other)
    assert caught.value.code == "SERVICE-SHAPE"
    assert "meta/about.csv" in caught.value.what
    assert "`member`" in caught.value.what
    assert _read(other, layout={"member": "data/*.csv"}).frame.height == 4
    assert _read(other, layout={"member": "about.csv"}).frame["k"].to_list() == ["x"]
    with pytest.raises(PermanentFailure) as caught:
        _read(other, layout={"member": "*.xlsx"})
    assert (caught.value.code, "about.csv" in caught.value.quoted) == ("FILE-MEMBER", True)


def test_a_gz_is_one_file() -> None:
    assert _read(gzip.compress(CSV.encode())).frame.height == 2


def test_a_saved_page_is_refused_when_it_is_read() -> None:
    with pytest.raises(FeedFailure) as caught:
        archive.read_pages("saved", b"<!doctype html><p>no", _service())
    assert caught.value.code == "SERVICE-CONTENT"


@pytest.mark.parametrize(
    ("given", "condition"),
    [("ETag", "if-none-match"), ("Last-Modified", "if-modified-since")],
)
def test_it_is_fetched_again_only_when_it_changed(given: str, condition: str) -> None:
    mark = '"v1"' if given == "ETag" else "Sun, 01 Mar 2026 00:00:00 GMT"

    def answer(asked: Asked) -> Answer:
        return Answer(b"", 304) if asked.headers.get(condition) == mark else Answer(CSV.encode(), 200, {given: mark})

    with serving(answer) as (base, asked):
        first = pulled(_service(), base)
        content, headers = archive.pack(first.pages)
        second = pulled(_service(), base, known=headers)
        changed = pulled(_service(), base, known={given.lower(): "another"})
    assert (first.failure, first.rows, first.unchanged) == (None, 1, False)
    assert (second.failure, second.rows, second.unchanged) == (None, 0, True)
    assert (changed.rows, changed.unchanged) == (1, False)
    assert [condition in request.headers for request in asked] == [False, True, True]
    (raw,) = archive.read_pages("stations now", content, _service())
    assert raw.frame["name"].to_list() == ["강남", "서초"]


def test_a_file_without_rows_says_so() -> None:
    with serving(lambda _: Answer(b"code,name\n")) as (base, _):
        result = pulled(_service(), base)
    assert result.rows == 1  # there is something; how much is known when it is read
    with pytest.raises(PermanentFailure) as caught:
        archive.read_pages("stations now", archive.pack(result.pages)[0], _service())
    assert caught.value.code == "FILE-NO-ROWS"
