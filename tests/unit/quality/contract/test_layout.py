"""A layout as it is written: what it means, and mistakes that are told when the contract is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from quality.contract.connector import Connector, Service
from quality.contract.layout import Layout
from quality.contract.validation import mistakes_in


def _mistake(**written: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Layout(**written)
    return str(mistakes_in(caught.value, Path("f.yaml"), written, model=Layout)[0])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"delimeter": ";"}, "delimeter: there is no such key; write delimiter"),
        ({"unpivot": {"columns": "(?P<a>.)", "column": "b"}}, "unpivot.column: there is no such key; write columns"),
        ({"unpivot": {"columns": "("}}, "unpivot.columns: '(' is no regular expression: missing )"),
        ({"unpivot": {"columns": r"\d+"}}, "a group with a name, such as (?P<hour>"),
        ({"unpivot": {"columns": "(?P<value>a)"}}, "a group with a name, such as (?P<hour>"),
        ({"unpivot": {"columns": "(?P<h>a)(?P<value>b)", "value": "v"}}, "not by both"),
        ({"unpivot": {"columns": "(?P<h>a)", "value": "h"}}, "'h' is a group"),
        ({"pivot": {"on": "a", "values": "a", "index": "b"}}, "['a'] cannot be two"),
        ({"constants": {"area": 11}}, "constants.area: 11 is no text; write it in quotes, as '11'"),
        ({"where": {"year": [2023]}}, "write it in quotes, as '2023'"),
        ({"where": {"a": {"match": "x"}}}, "{matches: a regular expression}"),
        ({"where": {"a": {"matches": "("}}}, "no regular expression"),
        ({"names": ["a", "{1..2}", "2"]}, "['2'] are there twice"),
        ({"names": ["{5..1}"]}, "must go up"),
        ({"widths": {"a": [3, 2]}}, "[first, last], counted from 1"),
        ({"widths": {"a": "3"}}, "[first, last], counted from 1"),
        ({"widths": {"a": [1, 3], "b": [3, 4]}}, "'a' and 'b' share the characters 3 to 3"),
        ({"widths": {"a": 3}, "delimiter": ";"}, "delimiter: not with `widths`"),
        ({"header_rows": 0}, "header_rows: without a header the columns need `names`"),
        ({"quote": "none", "escape": "\\"}, "escape: there are no quotes"),
        ({"quote": "''"}, "one ASCII character"),
        ({"delimiter": ";;"}, "delimiter: ';;': write one ASCII character, or whitespace"),
        ({"delimiter": "'", "quote": "'"}, "cannot be the quote"),
        ({"unquoted": "b", "names": ["a"]}, "'b' is none of `names`"),
        ({"unquoted": "b", "unnamed_extra_fields": 1}, "unnamed_extra_fields: not with `unquoted`"),
        ({"skip_to": "a", "skip_rows": 1}, "skip_rows: not with `skip_to`"),
        ({"footer": -1}, "footer: -1: write how many rows"),
        ({"footer": "["}, "no regular expression"),
        ({"units_row": 1}, "write true, or the units"),
        ({"sheet": 0}, "or its number, from 1"),
        ({"from_name": r"\d+"}, "it becomes a column"),
        ({"join": {"time": "{day"}}, "join.time: '{day'"),
        ({"join": {"time": "{} x"}}, "the name of a column between the braces"),
        ({"constants": {"a": "1"}, "join": {"a": "{b}"}}, "join: the column 'a' is made by `constants`"),
        ({"kind": "json", "skip_rows": 1}, "skip_rows: only for tables, and kind is 'json'"),
        ({"records": "rows"}, "records: only for `kind: json`"),
        ({"kind": "reply", "join": {"a": "{b}"}}, "join: `kind: reply` takes no other keys"),
        ({"encodings": ["hangul"]}, "no encoding 'hangul'"),
    ],
)
def test_mistakes_say_where_and_what_to_write(written: dict[str, Any], told: str) -> None:
    assert told in _mistake(**written)


def test_names_are_written_out() -> None:
    layout = Layout(names=["id", "{00,1..2}h{on,off}", "d{08..10}"])
    assert layout.names == ("id", "00hon", "00hoff", "1hon", "1hoff", "2hon", "2hoff", "d08", "d09", "d10")
    assert (layout.header_lines, Layout(names=["a"], header_rows=1).header_lines, Layout().header_lines) == (0, 1, 1)


def test_places_of_fixed_width_follow_each_other_or_are_given() -> None:
    assert Layout(widths={"a": 3, "b": [6, 7], "c": 2}).positions == {"a": (0, 3), "b": (5, 7), "c": (7, 9)}


def test_a_service_takes_what_is_for_its_rows() -> None:
    Service(protocol="moenv", address="http://x.example", layout=Layout(fill={"a": "0"}))
    with pytest.raises(ValidationError, match="skip_rows is for files; what moenv answers is known"):
        Service(protocol="moenv", address="http://x.example", layout=Layout(skip_rows=1))
    with pytest.raises(ValidationError, match=r"services\.0\.layout\.joins"):
        Connector.model_validate({"services": [{"protocol": "ckan", "address": "x", "layout": {"joins": {}}}]})
