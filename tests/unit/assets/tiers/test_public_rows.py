"""Public rows are kept from release to release: only days that differ are written, and what has to be gone is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.tiers.public_rows import KEPT, PublicRows
from tests.worlds.shared_city import FIRST, PRIVATE, PUBLIC, SharedCity, shared_city

VALUES = f"SELECT area, period_start, value FROM metric.value WHERE metric = '{PUBLIC}' ORDER BY ALL"
TIERS = ("open", "partner/telecom", "partner/card")


@pytest.fixture
def world(tmp_path: Path) -> SharedCity:
    made = shared_city(tmp_path)
    assert not made.release().troubles
    return made


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Of each file of public rows that is made, how many days are replaced; None: it was made again."""
    found, write = list[int | None](), PublicRows.write

    def noted(self: PublicRows, *given: Any) -> None:
        write(self, *given)
        found.append(self.replaced)

    monkeypatch.setattr(PublicRows, "write", noted)
    return found


def kept_file(world: SharedCity) -> Path:
    (file,) = world.home.root.glob(f"disclosure/{KEPT}")
    return file


def test_one_changed_day_is_written_alone_and_all_tiers_show_it(world: SharedCity, replaced: list[int | None]) -> None:
    day = FIRST + timedelta(days=6)
    world.nights(day, correction=1)
    world.publish("run-2")
    assert not world.release(run_id="run-2").troubles
    assert replaced == [1]
    for tier in TIERS:
        assert world.rows(VALUES, tier) == world.inside(VALUES)
    assert world.rows("SELECT DISTINCT metric FROM metric.value", file=kept_file(world)) == [(PUBLIC,)]


def test_a_kept_file_that_holds_anything_else_is_put_right_or_made_anew(
    world: SharedCity, replaced: list[int | None]
) -> None:
    changes = (
        ("UPDATE metric.value SET value = 1e6 WHERE period_start = '2026-03-04'", 1 + 1),
        (
            "INSERT INTO metric.value BY NAME SELECT * REPLACE (DATE '1999-01-01' AS period_start) FROM metric.value",
            None,
        ),
        ("DELETE FROM metric.value WHERE period_start = '2026-03-05'", 1 + 1),
        ("DROP TABLE metric.value", None),
    )
    for number, (change, expected) in enumerate(changes, start=1):
        with duckdb.connect(str(kept_file(world))) as con:
            con.execute(change)
        world.nights(FIRST + timedelta(days=6), correction=number)
        world.publish(f"run-{number}")
        assert not world.release(run_id=f"run-{number}").troubles
        assert replaced[-1] == expected, change
        assert world.rows(VALUES) == world.inside(VALUES)
    kept_file(world).write_bytes(kept_file(world).read_bytes()[:20_000])  # a machine that crashed
    world.nights(FIRST + timedelta(days=6), correction=9)
    world.publish("run-9")
    assert not world.release(run_id="run-9").troubles
    assert (replaced[-1], world.rows(VALUES)) == (None, world.inside(VALUES))


def test_a_metric_that_becomes_private_is_in_no_kept_file(world: SharedCity, replaced: list[int | None]) -> None:
    before = kept_file(world)
    tables = type(world.judging).tables

    def all_private(self: Any, city: Any) -> Any:
        return dict(tables(self, city)) | {PUBLIC: ((PRIVATE, ""),)}

    world.judging.__class__ = type("AllPrivate", (type(world.judging),), {"tables": all_private})
    world.release(run_id="private")
    assert replaced == [None]
    assert not before.exists()
    assert world.rows("SELECT count(*) FROM metric.value", file=kept_file(world)) == [(0,)]
