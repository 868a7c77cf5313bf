"""Nobody takes figures of the simulated city for those of the real one."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.cli import shown_status
from pipelines.status import TableStatus


@pytest.mark.parametrize(
    ("sources", "title"),
    [
        (["files"], "Feeds and tables"),
        (["simulated"], "Feeds and tables  SIMULATED, not the real city"),
        (["simulated", "files"], "Feeds and tables; city0:  SIMULATED, not the real city"),
    ],
)
def test_the_table_of_feeds_says_which_cities_are_simulated(sources: list[str], title: str) -> None:
    rows = [
        TableStatus(f"city{number}", "core", "air", date(2026, 1, 1), "PASS", source=source)
        for number, source in enumerate(sources)
    ]
    assert str(shown_status.feeds(rows).title) == title
