"""What `madang feed new` proposes for the real files, held against what somebody who looked at them wrote down."""

from __future__ import annotations

import pytest

from tests.support.paths import REAL_DATA
from tests.support.proposals.outcome import Outcome
from tests.support.proposals.page import PAGE, all_outcomes, good, page
from tests.support.proposals.reading import beginnings, read
from tests.support.proposals.truth import TRUTHS, Truth, files_of, truths

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "hanoi").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]


@pytest.fixture(scope="module")
def known() -> list[Truth]:
    return truths(REAL_DATA)


def test_somebody_looked_at_every_folder(known: list[Truth]) -> None:
    assert len(known) == len(list(TRUTHS.glob("*.yaml")))
    assert all(bool(truth.feeds) != bool(truth.needs) for truth in known)


def test_what_is_written_down_reads_the_files(known: list[Truth]) -> None:
    for truth in known:
        for feed in truth.feeds:
            found = read(feed.document, "x", truth.city, beginnings(files_of(REAL_DATA / truth.folder, feed.files)))
            assert found.failure is None, truth.folder
            assert found.kept > 0.4, truth.folder  # notices of gatherings stand in the files of several days


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return all_outcomes(REAL_DATA)


@pytest.mark.weekly
def test_of_most_folders_the_proposal_is_right_after_a_change_of_a_few_lines(found: list[Outcome]) -> None:
    """Each proposal was mended until it read the same values as the truth, and the files were read once more."""
    assert len(good(found)) >= 20


@pytest.mark.weekly
def test_what_the_documents_say_of_proposals_is_so(found: list[Outcome]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(found), "run: make docs"
