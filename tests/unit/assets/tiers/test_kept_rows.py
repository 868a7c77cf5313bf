"""What private tables say is kept by month: only months of which a batch is another one are read from the lake."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from assets.derive.rows_for_cells import ROWS, PrivateRows
from assets.tiers.kept_rows import KeptRows
from warehouse.home import Home

FIRST = date(2026, 1, 30)
CONTRACT: Any = SimpleNamespace(layer="metric", name="people", schema=ROWS)


class Lake:
    """Days of one table, each with the batch that its one row tells, and which of them were read."""

    def __init__(self, folder: Path) -> None:
        self.home, self.city = Home(folder), SimpleNamespace(name="seoul")
        self.live = {FIRST + timedelta(days=n): f"{n}" for n in range(40)}  # of January, February, March
        self.had = list[date]()

    @property
    def batches(self) -> dict[tuple[str, str], dict[date, str]]:
        return {("metric", "people"): self.live}

    def read(self, contract: Any, days: Collection[date]) -> pl.LazyFrame:
        self.had += days
        rows = {"period_start": list(days), "value": [float(self.live[day]) for day in days]}
        given = pl.DataFrame(rows).with_columns(table=pl.lit("people"), period=pl.lit("day"), rank=pl.lit(0))
        missing = (pl.lit(None).alias(name) for name in ROWS if name not in given.columns)
        return given.with_columns(*missing).select(pl.col(name).cast(dtype) for name, dtype in ROWS.items()).lazy()

    def found(self, said: str = "", made: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows) -> list[date]:
        """The months that are read, after a look at whether all rows are those of the lake."""
        self.had.clear()
        snapshot: Any = self
        kept = KeptRows(self.home, snapshot, b"key")
        found = kept.find(PrivateRows(CONTRACT, said, made)).collect()
        kept.prune()
        months = sorted({day.replace(day=1) for day in self.had})
        expected = made(self.read(CONTRACT, sorted(self.live))).collect()
        assert found.schema == ROWS
        assert found.equals(expected)
        return months

    @property
    def files(self) -> list[Path]:
        return sorted(self.home.root.glob("disclosure/rows/seoul/*"))


JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    assert made.found() == [JANUARY, FEBRUARY, MARCH]
    assert made.found() == []
    return made


def test_a_corrected_a_new_and_a_lost_day_are_read_with_their_month_alone(lake: Lake):
    lake.live[date(2026, 2, 10)] = "99"
    assert lake.found() == [FEBRUARY]
    lake.live[date(2026, 3, 11)] = "40"
    assert lake.found() == [MARCH]
    del lake.live[FIRST]
    assert lake.found() == [JANUARY]
    del lake.live[FIRST + timedelta(days=1)]
    assert lake.found() == []
    assert len(lake.files) == 2  # of days that are gone nothing stays


def test_what_else_is_made_of_the_rows_is_made_of_all(lake: Lake):
    doubled = pl.col("value") * 2
    assert lake.found("twice", lambda rows: rows.with_columns(doubled)) == [JANUARY, FEBRUARY, MARCH]
    assert len(lake.files) == 3


def test_a_month_in_which_nobody_is_counted_is_kept_too(lake: Lake):
    nobody: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows.filter(pl.col("value") < 0)  # noqa: E731
    assert lake.found("nobody", nobody) == [JANUARY, FEBRUARY, MARCH]
    assert lake.found("nobody", nobody) == []


def test_a_file_that_is_not_as_it_was_written_is_made_again(lake: Lake):
    lake.files[0].write_bytes(lake.files[1].read_bytes())
    assert len(lake.found()) == 1
    assert lake.found() == []


def test_what_is_kept_is_the_owners_alone_and_names_tell_nothing(lake: Lake):
    assert lake.files[0].parent.stat().st_mode & 0o077 == 0
    assert not any("people" in file.name for file in lake.files)
