"""JSON replies as rows of text: the fast way and the slow way are one and the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers import json_reply
from assets.readers.json_reply import NotJsonError, array, exact, objects, reply_rows, text_rows, value, whole
from assets.readers.rows import LINE, RawRows

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ["a", '"a":', "b", "{", "[", " "]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
FLAT = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
NESTED = st.recursive(FLAT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
NAMES = st.sampled_from(["a", "b", "c", "이름", "a.b", 'q"', "back\\"])
SAME = st.lists(NAMES, unique=True, min_size=1).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, FLAT)), max_size=5)
)
MIXED = st.lists(st.dictionaries(NAMES, FLAT | NESTED, max_size=4) | FLAT, max_size=5)


def _rows_or_refusal(read: Callable[[], RawRows]) -> RawRows | str:
    try:
        return read()
    except PermanentFailure as failure:
        return str(failure)


@given(SAME | MIXED, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]), st.booleans())
@example([{"a": "b", "b": 1}, {"a": "x", "c": 2}], (",", ":"), True)  # a value makes up for the name that is missing
@example([{"a": 1, "b": 2}, {"a": {"b": 1}}], (",", ":"), True)
@example([{"a": '":'}, {"a": 1.10}], (",", ":"), True)
@example([{"a": {"": None, " ": None}}], (",", ":"), True)
def test_the_fast_way_gives_what_the_slow_way_gives(
    records: list[Any], between: tuple[str, str], ascii_only: bool
) -> None:
    raw = json.dumps(records, separators=between, ensure_ascii=ascii_only).encode()
    fast, slow = _rows_or_refusal(lambda: text_rows(raw, "x")), _rows_or_refusal(lambda: reply_rows(exact(raw), "x"))
    if isinstance(fast, str) or isinstance(slow, str):  # such as a row that has a name twice, but for white space
        assert fast == slow
        return
    assert fast.frame.select(sorted(fast.frame.columns)).equals(slow.frame.select(sorted(slow.frame.columns)))
    assert fast.frame.schema == slow.frame.schema
    assert fast.rejects.equals(slow.rejects)
    assert fast.blank_rows == slow.blank_rows
    assert slow.frame.height + slow.rejects.height + slow.blank_rows == len(records)


@pytest.mark.parametrize(
    "number",
    ["1.10", "1e5", "1E+5", "-0.0", "123456789012345678901234567890", "37.5701535360607582", "0.1000", "-1", "100.0"],
)
def test_numbers_keep_their_digits(number: str) -> None:
    flat = f'[{{"a": {number}, "b": "x"}}, {{"a": {number} , "b":"y"}}]'.encode()
    assert json_reply._flat_rows(exact(flat)) is not None
    assert text_rows(flat, "x").frame["a"].to_list() == [number, number]
    nested = f'[{{"a": {{"b": {number}, "c": [{number}, "1"]}}}}]'.encode()
    assert text_rows(nested, "x").frame.row(0, named=True) == {"a.b": number, "a.c": f'[{number},"1"]', LINE: 1}


def test_the_fast_way_is_taken_where_it_counts() -> None:
    rows = [{"STATION": "중구", "PM": "37", "N": 1.5, "NOTE": None} for _ in range(10)]
    for between in ((",", ":"), (", ", ": ")):
        raw = json.dumps(rows, ensure_ascii=False, separators=between).encode()
        assert json_reply._flat_rows(exact(raw)) is not None


def test_nested_values_have_dotted_names_and_lists_are_json() -> None:
    raw = text_rows('[{"a":{"b":{"c":1}},"l":["가",{"x":true}],"e":"","n":null,"t":false}]'.encode(), "member")
    assert raw.frame.row(0, named=True) == {
        "a.b.c": "1",
        "l": '["가",{"x":true}]',
        "e": None,
        "n": None,
        "t": "false",
        LINE: 1,
    }
    assert (raw.member, raw.encoding) == ("member", "utf-8")


def test_what_is_no_row_is_counted() -> None:
    raw = text_rows(b'[{"a":"1"}, 5, null, {}, {"a":null}, {"a":""}, "text", {"a":"2"}]', "x")
    assert raw.frame[LINE].to_list() == [1, 8]
    assert raw.rejects["line"].to_list() == [2, 3, 7]
    assert raw.blank_rows == 3
    assert text_rows(b"[]", "x").frame.columns == [LINE]


def test_a_reserved_name_is_refused() -> None:
    with pytest.raises(PermanentFailure, match="FILE-DUPLICATE-COLUMN"):
        text_rows(b'[{"_line":"1"}]', "x")


@pytest.mark.parametrize(
    "text", [b"", b'{"a"', b'{"a":1', b'{"a":"\xea\xb0', b'{"a":"x', b'{"a":tru', b'{"a":[1,{"b":']
)
def test_what_ends_in_the_middle_is_said_to_be_cut(text: bytes) -> None:
    with pytest.raises(NotJsonError) as caught:
        objects(text)
    assert caught.value.cut


@pytest.mark.parametrize(
    "text",
    [b"<html>", b'{"a":01}', b'{"a":1}x', b"nonsense", b'{"a":"\xff"}', b"[1]", b"null", b"{'a': 1}", b'{"a":NaN}',
     b"{a:1}", b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "가".encode("utf-16")],
)  # fmt: skip
def test_what_is_something_else_is_not_said_to_be_cut(text: bytes) -> None:
    with pytest.raises(NotJsonError) as caught:
        objects(text)
    assert not caught.value.cut


@given(st.binary(max_size=30) | st.text(max_size=30).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for read in (objects, array, value, exact, lambda raw: text_rows(raw, "x")):
        try:
            read(content)
        except NotJsonError:
            continue


def test_a_byte_order_mark_is_no_error() -> None:
    assert value(objects(b'\xef\xbb\xbf{"a": 5}')["a"]) == 5
    assert text_rows(b'\xef\xbb\xbf[{"a": "x"}]', "x").frame["a"].to_list() == ["x"]
    assert exact(b"\xef\xbb\xbf[1.10]") == ["1.10"]


def test_slices_are_the_bytes_they_were_written_in() -> None:
    found = objects(b'{"a": {"b" : 1.10}, "c": [ 1, "x" ]}')
    assert {name: bytes(raw) for name, raw in found.items()} == {"a": b'{"b" : 1.10}', "c": b'[ 1, "x" ]'}
    assert [bytes(raw) for raw in array(found["c"])] == [b"1", b'"x"']
    assert value(None, "default") == "default"


COUNTS = [(5, 5), ("7", 7), (0, 0), (">100", None), (None, None), (1.5, None), ("", None), (True, None), (-1, None)]


@pytest.mark.parametrize(("found", "count"), [*COUNTS, ("١", None), ([3], None)])
def test_a_count_is_a_whole_number_or_unknown(found: Any, count: int | None) -> None:
    assert whole(found) == count
