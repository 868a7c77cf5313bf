"""Names from elsewhere: what may be written below a folder, and what two systems would take for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.pack.safe_names import clashing_names, name_mistake


@pytest.mark.parametrize("name", ["feeds/air.yaml", "sample/air/서울 2026.csv", "README.md", "a/b/c.csv.zst"])
def test_usual_names(name: str) -> None:
    assert name_mistake(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/.", "a/..", "..", "C:/x", "a\\b", "a\x00b", "a\nb"),
        *(".hidden", "a/.git/config", "a ", " a", "a.", "con", "a/NUL.txt", "com1.csv", "a" * 201, "x/" * 9 + "a"),
        *("e\u0301.csv", "가" * 86, "a\u202eb", "a*b", "a?b", "a|b", "<a>", 'a"b'),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    assert name_mistake(name) is not None


@given(st.text(st.sampled_from("./\\ ab\x00:Cé"), max_size=12))
def test_what_is_allowed_stays_below_its_folder(name: str) -> None:
    if name_mistake(name) is None:
        assert Path("/here", name).resolve().is_relative_to("/here")
        assert Path("/here", name).resolve() != Path("/here")


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["a", "b", "c/a"], 0),
        (["a", "a"], 1),
        (["a.csv", "A.csv"], 1),
        (["ß.csv", "ss.csv"], 1),
        (["\ufb01.csv", "fi.csv"], 1),
        (["a", "a/b"], 1),
        (["x/a", "X/b"], 1),
        (["x/y/a", "x/Y/b"], 1),
    ],
)
def test_clashes(names: list[str], count: int) -> None:
    assert len(list(clashing_names(names))) == count


@given(st.lists(st.sampled_from(["a", "A", "b", "a/b", "A/c", "b/a", "c"]), max_size=5))
def test_names_without_a_clash_are_as_many_files(names: list[str]) -> None:
    """On a system that does not tell capital from small letters each would be a file of its own."""
    small = [name.lower() for name in names]
    folders = {
        part for name in small for part in ("/".join(name.split("/")[:n]) for n in range(1, name.count("/") + 1))
    }
    other = {name.split("/")[0] for name in names if "/" in name}
    good = len(set(small)) == len(small) and not folders & set(small) and len({f.lower() for f in other}) == len(other)
    assert (not list(clashing_names(names))) == good
