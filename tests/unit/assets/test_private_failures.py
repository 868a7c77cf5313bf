"""A failure of a private feed is reported in fixed words, and every code has its own."""

from __future__ import annotations

import re

import pytest

from assets.failures import PermanentFailure
from assets.private_failures import KINDS, reported
from quality.disclosure import OwnWords
from tests.support.paths import REPOSITORY
from tests.worlds import good_days

PRIVATE = good_days.from_odcs(good_days.document(classification="private-aggregate"))
PUBLIC = good_days.from_odcs(good_days.document())


def test_every_code_has_a_sentence_without_a_word_of_the_delivery():
    code = re.compile(r'Failure\(\s*"((?:FEED|FILE|LANDING|SECRET|SERVICE)-[A-Z-]+)"')
    used = {found for path in (REPOSITORY / "assets").rglob("*.py") for found in code.findall(path.read_text("utf-8"))}
    assert len(used) > 30
    assert used <= KINDS.keys(), "add a fixed sentence to KINDS in assets/private_failures.py"


@pytest.mark.parametrize("code", ["FILE-JSON", "FILE-UNHEARD-OF"])
def test_what_was_found_is_not_reported_but_code_and_line_are(code: str):
    failure = PermanentFailure(code, "it says 'kim'", "kim.csv > kim", "ask kim").at_line(7)
    told = reported(PRIVATE, failure, "people.csv")
    assert "kim" not in str(told)
    assert str(told).startswith(f"{code}: people.csv, line 7: ")
    assert (told.__cause__, told.__context__, told.__traceback__) == (None, None, None)
    assert reported(PRIVATE, told, "people.csv") is told
    assert reported(PUBLIC, failure, "people.csv") is failure


def test_words_of_our_own_are_reported_and_what_they_quote_is_not():
    failure = PermanentFailure("FILE-COLUMNS", OwnWords("column a is missing"), "x", OwnWords("add it")).quoting(
        " [kim]"
    )
    assert str(failure) == "FILE-COLUMNS: x: column a is missing [kim]; add it."
    assert str(reported(PRIVATE, failure, "people.csv")) == "FILE-COLUMNS: people.csv: column a is missing; add it."
