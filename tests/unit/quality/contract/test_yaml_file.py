"""YAML as people write it: what is a text, what is refused and how, and where a key stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from quality.contract.mistakes import ContractError
from quality.contract.yaml_file import line_of, read_yaml


def read(tmp_path: Path, content: str | bytes) -> dict[str, Any]:
    path = tmp_path / "a.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_yaml(path)


@pytest.mark.parametrize("text", ["NO", "no", "No", "on", "OFF", "yes", "y", "N"])
def test_words_are_texts(text: str, tmp_path: Path):
    assert read(tmp_path, f"country: {text}\n{text}: [{text}]") == {"country": text, text: [text]}


@pytest.mark.parametrize(
    "text",
    ["04:10", "12:30:59", "0110", "-007", "00.5", "1_000", "0x1F", "0o17", "1e5", "1E5", ".inf", "1.2.3", "2014-02-30"],
)
def test_codes_and_times_are_texts(text: str, tmp_path: Path):
    assert read(tmp_path, f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("", None),
        ("null", None),
        ("~", None),
        ("0", 0),
        ("-999", -999),
        ("+3", 3),
        ("0.50", 0.5),
        ("-.5", -0.5),
        ("1.5e-3", 0.0015),
        ("2014-01-01", date(2014, 1, 1)),
        ("'2014-01-01'", "2014-01-01"),
        ('"5"', "5"),
        ("!!str 5", "5"),
        ("[1, x]", [1, "x"]),
    ],
)
def test_values(text: str, value: object, tmp_path: Path):
    found = read(tmp_path, f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_texts_as_they_are_written(tmp_path: Path):
    assert list(read(tmp_path, "{1: a, 01: b, true: c, 2014-01-01: d, ~: e}")) == ["1", "01", "true", "2014-01-01", "~"]


def test_a_mark_at_the_beginning_and_other_ends_of_lines(tmp_path: Path):
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}
    assert read(tmp_path, "a: &x [1]\nb: *x\n") == {"a": [1], "b": [1]}


REFUSED: dict[str, tuple[str | bytes, str, str]] = {  # content, what follows the name of the file, a word of the hint
    "tab": ("a:\n\tb: 1", ":2: the indentation has a tab", "spaces"),
    "tab after a text": ("a: x\n\tb: 1", ":2: the indentation has a tab", "spaces"),
    "no space": ("a:\n\u00a0b: 1", ":2: the indentation has white space", "spaces"),
    "deeper": ("a: x\n  b: 1", ":2: is not YAML: there is a `: `", "same column"),
    "not as deep": ("a:\n   b: 1\n  c: 2", ":3: is not YAML: the indentation", "same column"),
    "colon in a text": ("a: b: c", ":1: is not YAML: there is a `: `", "quotes"),
    "no colon": ("a: 1\nb\nc: 1", ":2: is not YAML: a line has no `: `", "key: value"),
    "no space after colons": ("a:1\nb:2", ": is a text as a whole", "`name: value`"),
    "bracket": ("a: [1, 2\nb: 3", ":2: is not YAML: the list in brackets that begins in line 1", "]"),
    "brace": ("a: {b: 1\nc: 3", ":2: is not YAML: the part in braces that begins in line 1", "}"),
    "quote": ("a: 'x\nb: 3\n", ":1: is not YAML: the quote", "close"),
    "quote in a text": ("a: 'it's'", ":1: is not YAML: ", "twice"),
    "escape": ('a: "[0-9]\\.csv"', ":1: is not YAML: \\ within", "'...'"),
    "star": ("a: [*.csv]", ":1: is not YAML: a text begins with *", "'*.csv'"),
    "star and a word": ("a: *csv", ":1: a: *csv repeats", "quotes"),
    "at": ("a: @x", ":1: is not YAML: a text begins with @", "quotes"),
    "per cent": ("a: %Y", ":1: is not YAML: a text begins with %", "quotes"),
    "exclamation mark": ("a: !x y", ":1: a: the tag !x", "quotes"),
    "twice": ("a: 1\nb: 2\na: 3", ":3: the key 'a' is there twice, in lines 1 and 3", "one of the two"),
    "twice below": ("x:\n  a: 1\n  a: 2", ":3: x: the key 'a' is there twice", "one of the two"),
    "another document": ("a: 1\n---\nb: 1", ":2: a second document", "---"),
    "merged": ("<<: {a: 1}", ":1: merged keys", "write the keys"),
    "list": ("- a", ": is a list as a whole", "name: value"),
    "empty": ("# nothing\n", ": is empty", "name: value"),
    "own part": ("a: &x [*x]", ":1: a.0: *x repeats", "quotes"),
    "deep": ("a: " + "[" * 5000, ":1: a", "brackets"),
    "bomb": (
        "a: &a [x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 30)}]\n" for a, b in zip("abcde", "bcdef", strict=True)),
        ":5: e",
        "write them out",
    ),
    "Korean of 1995": (b"a: 1\nb: \xbc\xad\xbf\xef", ":2: is not in UTF-8", "UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), ":1: is in UTF-16", "UTF-8"),
    "zero byte": (b"a: 1\nb: \x00", ":2: there is a sign", "take it out"),
    "zero byte after letters of many bytes": ("a: 서울시\nb: \x00".encode(), ":2: there is a sign", "take it out"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_line_and_what_to_write(case: str, tmp_path: Path):
    content, begins, hint = REFUSED[case]
    with pytest.raises(ContractError) as error:
        read(tmp_path, content)
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'a.yaml'}{begins}"), said
    assert hint in (error.value.mistakes[0].hint), said
    assert "\n" not in said


def test_what_is_not_there_or_no_file_is_named(tmp_path: Path):
    for path, what in ((tmp_path / "none.yaml", "there is no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(ContractError, match=what):
            read_yaml(path)
    assert line_of(tmp_path / "none.yaml", ("a",)) is None


def test_the_line_of_a_key_or_entry(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: 1\n  c:\n  - x\n  - d: 1\n    e: 2\nf: {g: [1,\n 2]}\nh: [")
    found = [
        line_of(path, loc)
        for loc in [("a",), ("a", "c"), ("a", "c", 1), ("a", "c", 1, "e"), ("f", "g", 1), ("f", "zz"), ("zz",)]
    ]
    assert found == [1, 3, 5, 6, 8, 7, 1]


TEXTS = st.text(st.characters(max_codepoint=0x3000, exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.dates() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_what_pyyaml_writes_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]):
    path = tmp_path_factory.getbasetemp() / "law.yaml"
    text = normalize("NFC", yaml.safe_dump(document, allow_unicode=True))
    path.write_text(text, encoding="utf-8")
    assume("<<" not in text)
    assert read_yaml(path) == yaml.safe_load(text)
