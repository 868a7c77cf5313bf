"""For how many nights in a row a feed has failed, from nothing but the attempts in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.pack.city import City
from pipelines.status import statuses
from tests.worlds.packs import seoul
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT

CITY: City = seoul()
Night = tuple[str, str, tuple[str, ...]]  # run, moment in May 2020, statuses of its attempts


def nights_failed(root: Path, nights: list[Night]) -> int:
    home = Home(root)
    for run_id, moment, night_statuses in nights:
        at = datetime.strptime(f"2020-05-{moment}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        common = ATTEMPT.row() | {
            "city": "seoul",
            "source": "live",
            "run_id": run_id,
            "recorded_at": at,
        }
        other = ("weather_daily", "failed")  # does not matter
        tried = [*(("air_daily", status) for status in night_statuses), other]
        ledger.append(home, "attempt", [common | {"feed": feed, "status": status} for feed, status in tried])
    (row,) = [row for row in statuses(home, CITY) if row.table_name == "air_daily"]
    assert (row.deliveries_failed > 0) == (row.nights_failed > 0)
    return row.nights_failed


BAD, GOOD, HALF = ("failed",), ("landed", "parsed"), ("landed", "failed", "parsed")
HISTORIES: dict[str, tuple[list[Night], int]] = {
    "the first": ([("a", "01 19:10", BAD)], 1),
    "all three": ([("a", "01 19:10", BAD), ("b", "02 19:10", BAD), ("c", "03 19:10", BAD)], 3),
    "since a good one": ([("a", "01 19:10", BAD), ("b", "02 19:10", GOOD), ("c", "03 19:10", BAD)], 1),
    "one of several deliveries": ([("a", "01 19:10", HALF), ("b", "02 19:10", BAD)], 2),
    "tried twice in one night": ([("a", "01 19:10", BAD), ("b", "02 19:10", BAD), ("c", "02 20:00", BAD)], 2),
    "over a night nobody ran": ([("a", "01 19:10", BAD), ("b", "04 19:10", BAD)], 2),
    "good by now": ([("a", "01 19:10", BAD), ("b", "02 19:10", GOOD)], 0),
    "mended on the same day, and broken again": (
        [("a", "01 19:10", BAD), ("b", "02 08:00", GOOD), ("c", "02 19:10", BAD)],
        1,
    ),
    "read again without a fetch": ([("a", "01 19:10", BAD), ("b", "02 19:10", ("parsed",))], 1),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_nights_in_a_row(tmp_path: Path, history: str):
    nights, expected = HISTORIES[history]
    assert nights_failed(tmp_path, nights) == expected
