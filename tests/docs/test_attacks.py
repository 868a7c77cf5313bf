"""docs/operating.md lists what was tried: each attack has a test, and the table says what the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.attacks import (
    PAGE,
    SUBJECTS,
    Held,
    MarkerError,
    attacks_table,
    held_attacks,
    page_with_table,
)


def test_the_table_is_what_the_tests_say():
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_table(page, attacks_table(held_attacks())), "`make attacks` writes it again"


def test_each_attack_has_a_test():
    tested = {one.attack for one in held_attacks()}
    assert {number for numbers in SUBJECTS.values() for number in numbers} <= tested


@pytest.mark.parametrize(
    "marker",
    [
        '"attack 31", "Nothing of the kind."',
        '"5", "It holds."',
        '"attack 5", "no full stop"',
        '"attack 5"',
        '"attack 5", f"made {1}."',
        f'"attack 5", "{"long " * 50}."',
    ],
)
def test_a_marker_that_says_nothing_is_refused(tmp_path: Path, marker: str):
    (tmp_path / "test_it.py").write_text(f"@pytest.mark.holds({marker})\ndef test_it(): ...\n", encoding="utf-8")
    with pytest.raises(MarkerError, match=r"test_it\.py:1: "):
        held_attacks(tmp_path)


def test_sentences_of_one_attack_are_one_row():
    rows = attacks_table(
        [Held(5, "A | holds.", "tests/a.py"), Held(5, "B.", "tests/b.py"), Held(1, "C.", "tests/a.py")]
    )
    assert rows.splitlines()[2:] == [
        "| 1, private data | C. | [a](../tests/a.py) |",
        r"| 5, services | A \| holds. B. | [a](../tests/a.py), [b](../tests/b.py) |",
    ]
