"""JSON records to rows of text: digits are kept, and a document that is cut is called so."""

from __future__ import annotations

import json

import polars as pl
import pytest

from quality.contract.layout import Layout
from tests.support.readers import JSON, fails, read, rejects


def test_json_values_keep_their_digits_and_lists_are_compact() -> None:
    text = '[{"a": 1.10, "b": "x ", "c": {"d": [1, 2.50, null, "가"]}, "e": 12345678901234567890},'
    text += '{"a": null, " f ": true, "b": ""}]'
    rows = read(text, JSON, "x.json")
    assert rows.frame.columns == ["a", "b", "c.d", "e", "f", "_line"]
    assert rows.frame.rows() == [
        ("1.10", "x ", '[1,2.50,null,"가"]', "12345678901234567890", None, 1),
        (None, None, None, None, "true", 2),
    ]
    assert set(rows.frame.dtypes[:-1]) == {pl.String}


def test_json_records_by_path_with_rejects_and_blanks() -> None:
    document = {"sdot": {"row": [{"a": "1"}, 5, [1, 2], {}, {"a": None}, None, {"a": " "}, {"b": 2}]}}
    rows = read(json.dumps(document), Layout(kind="json", records="sdot.row"), "x.json")
    assert rows.frame.rows() == [("1", None, 1), (None, "2", 8)]
    assert rejects(rows) == [(2, "ROW-NOT-OBJECT"), (3, "ROW-NOT-OBJECT")]
    assert rows.rejects["text"].to_list() == ["5", "[1,2]"]
    assert rows.blank_rows == 4
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == 8


def test_json_in_cp949_with_bom_and_empty() -> None:
    assert read('[{"이름":"강남"}]'.encode("cp949"), JSON).encoding == "cp949"
    assert read('\ufeff[{"이름":"강남"}]', JSON).frame.rows() == [("강남", 1)]
    assert read("[]", JSON).frame.height == 0


def test_json_that_cannot_be_read() -> None:
    name = "x.json"
    fails("FILE-JSON", '[{"a":1},}]', "line 1, column", "validator", layout=JSON, name=name)
    fails("FILE-JSON", '{"a":1} {"a":2}\n5', "one on each line", layout=JSON, name=name)
    fails(
        "FILE-JSON",
        '{"RESULT":{"MESSAGE":"인증키"}}',
        "'RESULT'",
        "인증키",
        "records",
        layout=JSON,
        name=name,
    )
    fails("FILE-JSON", "5", layout=JSON, name=name)
    fails("FILE-JSON", "[" * 100_000 + "]" * 100_000, "nested", layout=JSON, name=name)
    fails("FILE-DUPLICATE-COLUMN", '[{"a":1," a":2}]', "own name", layout=JSON, name=name)
    cut = '[{"a":"가나"}]'.encode()[:-5]
    fails("FILE-TRUNCATED", cut, "middle of a character", layout=JSON, name=name)


DOCUMENT = json.dumps([{"a": "가\n", "b": [1.5e3, -2, True, None, False], "c": {}}, {"a": "\\u00e9"}], indent=1)


@pytest.mark.parametrize("at", range(1, len(DOCUMENT)))
def test_law_cut_json_is_called_truncated(at: int) -> None:
    fails("FILE-TRUNCATED", DOCUMENT[:at], "cut short", layout=JSON, name="x.json")
