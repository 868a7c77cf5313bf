"""What is written of a proposal loads to the same document, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.propose.proposal import Proposal
from assets.propose.seen import Doubt
from assets.propose.written import WIDTH, written
from quality.contract.yaml_file import read_yaml

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.sampled_from(
    [
        "{each}",
        "a: b",
        "- a",
        "#x",
        "a #b",
        "no",
        "NULL",
        "1e5",
        "2026-01-01",
        "0110",
        "04:10",
        "'",
        '"',
        "\\d+",
        " a ",
        "a\nb",
        "\x00\x1b[2J",
        "é",
        "\ufeff",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a",
        "a,b",
        "[a]",
        "~",
        "",
        "한글",
        "x" * 3000,
        "word " * 80,
        "a  b" * 50,
        "ends with \\",
        "\u2028",
        "\x85",
        "?",
        "? a",
        "-",
        "---",
        "...",
    ]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    TEXTS | NUMBERS | st.booleans() | st.none() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["title", "purpose", "files", "columns", "rules", "missing", "other"]) | TEXTS
DOUBTS = st.lists(st.builds(Doubt, st.lists(KEYS | st.integers(0, 3), max_size=3).map(tuple), TEXTS), max_size=4)


def unlike(key: str) -> bool:
    """Keys that the loader itself refuses."""
    return "\n" in key or key == "<<" or len(key) > 1_000 or key[:1] in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"


def keys_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys_of(inner))]
    return [key for inner in value for key in keys_of(inner)] if isinstance(value, list) else []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), doubts=DOUBTS)
def test_it_loads_to_the_same(document: dict[str, Any], doubts: list[Doubt], tmp_path: Path) -> None:
    text = written(Proposal(document, tuple(doubts), ()), "../../.schemas/feed.json")
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    if not any(map(unlike, keys_of(document))):
        assert read_yaml(file) == document
    else:
        read_yaml(file, may_be_empty=True)


def test_the_style() -> None:
    document = {
        "columns": {
            "place": "측정소명",
            "time": {"from": ["a", "b"], "format": "%Y-%m-%d"},
            "pm25": {
                "from": "PM2.5 (ug/m3)",
                "missing": ["-", "-999"],
                "range": {"most": 500, "reason": "because " * 12},
            },
        },
        "files": {"paths": ["*.csv"], "layout": {"skip_to": "지점 \\(a\\)"}},
        "title": "Air",
        "rules": [{"name": "n", "title": "t", "column": "place", "form": "^[0-9]{3}$"}],
    }
    doubts = (
        Doubt(("columns", "place"), "is it the station?"),
        Doubt(("files", "layout", "skip_to"), "what stands before it? " * 8),
        Doubt((), "who owns it?"),
    )
    text = written(Proposal(document, doubts, ()), "../../.schemas/feed.json")
    assert text.splitlines()[:3] == [
        "# yaml-language-server: $schema=../../.schemas/feed.json",
        "# ? who owns it?",
        "title: Air",
    ]
    assert "  place: 측정소명 # ? is it the station?" in text
    assert '  time: {from: [a, b], format: "%Y-%m-%d"}' in text
    assert "  layout: {skip_to: '지점 \\(a\\)'}" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_half_of_a_sign_is_left_out_and_said(tmp_path: Path) -> None:
    document = {"title": "a", "columns": {"place": "\ud800", "time": "t"}}
    text = written(Proposal(document, (), ()), None)
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"title": "a", "columns": {"time": "t"}}
    assert "# ? something is left out" in text


@pytest.mark.parametrize("value", [float("nan"), object(), 10**400])
def test_no_value_of_a_file(value: Any, tmp_path: Path) -> None:
    text = written(Proposal({"title": "a", "other": value}, (), ()), None)
    assert text.endswith("title: a\n")
