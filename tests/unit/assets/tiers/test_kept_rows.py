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
from assets.derive.said_of_cells import SAID, rows_beside, said_of_cells
from assets.tiers.kept_rows import KeptRows
from warehouse.home import Home

FIRST = date(2026, 1, 30)


def contract(name: str) -> Any:
    return SimpleNamespace(layer="metric", name=name, schema=ROWS)


class Lake:
    """Days of two tables, each with the batch that its rows tell, and which of them were read: of people, and of women
    among these."""

    def __init__(self, folder: Path) -> None:
        self.home, self.city = Home(folder), SimpleNamespace(name="seoul")
        self.live = {FIRST + timedelta(days=n): f"{n}" for n in range(40)}  # of January, February, March
        self.women = dict(self.live)
        self.had = list[tuple[str, date]]()

    @property
    def batches(self) -> dict[tuple[str, str], dict[date, str]]:
        return {("metric", "people"): self.live, ("metric", "women"): self.women}

    def read(self, contract: Any, days: Collection[date]) -> pl.LazyFrame:
        self.had += [(contract.name, day) for day in days]
        rows = {
            "period_start": list(days),
            "value": [float(self.batches["metric", contract.name][day]) for day in days],
        }
        rank = pl.lit(0 if contract.name == "people" else 1)
        given = pl.DataFrame(rows).with_columns(table=pl.lit("people"), period=pl.lit("day"), rank=rank)
        given = given.with_columns(figure=pl.lit(contract.name))
        missing = (pl.lit(None).alias(name) for name in ROWS if name not in given.columns)
        return given.with_columns(*missing).select(pl.col(name).cast(dtype) for name, dtype in ROWS.items()).lazy()

    def found(
        self, said: str = "", made: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows
    ) -> list[tuple[str, date]]:
        """The tables and months that are read, after a look at whether all that is found is as the lake has it."""
        self.had.clear()
        snapshot: Any = self
        kept = KeptRows(self.home, snapshot, b"key")
        found = kept.find(PrivateRows(contract(name), said, made) for name in ("people", "women"))
        cells, beside = pl.concat(one.cells for one in found).collect(), rows_beside(found)
        kept.prune()
        read = sorted({(name, day.replace(day=1)) for name, day in self.had})
        live = [made(self.read(contract(name), sorted(days))) for (_, name), days in self.batches.items()]
        expected = said_of_cells(pl.concat(live))
        assert cells.schema == SAID
        assert cells.sort(pl.all()).equals(expected.cells.collect().sort(pl.all()))
        assert beside.sort(pl.all()).equals(rows_beside([expected]).sort(pl.all()))
        return read

    @property
    def files(self) -> list[Path]:
        return sorted(self.home.root.glob("disclosure/rows/seoul/*"))


JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


ALL = [(name, month) for name in ("people", "women") for month in (JANUARY, FEBRUARY, MARCH)]
OF_A_MONTH = 4  # files: a table each, their cells, and what is published beside these


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    assert made.found() == ALL
    assert made.found() == []
    return made


def test_a_corrected_a_new_and_a_lost_day_are_read_with_their_month_alone(lake: Lake):
    lake.live[date(2026, 2, 10)] = "99"
    assert lake.found() == [("people", FEBRUARY)]
    lake.live[date(2026, 3, 11)] = "40"
    assert lake.found() == [("people", MARCH)]
    del lake.live[FIRST]
    assert lake.found() == [("people", JANUARY)]
    assert len(lake.files) == 3 * OF_A_MONTH  # of batches that are gone nothing stays


def test_of_a_month_that_is_gone_nothing_stays(lake: Lake):
    for day in (FIRST, FIRST + timedelta(days=1)):
        del lake.live[day], lake.women[day]
    assert lake.found() == []
    assert len(lake.files) == 2 * OF_A_MONTH


def test_a_table_that_is_gone_from_an_old_month_is_in_no_cell_of_it(lake: Lake):
    del lake.women[FIRST], lake.women[FIRST + timedelta(days=1)]
    assert lake.found() == []
    assert lake.found() == []


def test_what_is_the_value_in_one_month_and_stands_beside_it_in_others_is_read_whole(lake: Lake):
    """Of January women are all that is known: they are the value of its cells, and their rows are not in short."""
    del lake.live[FIRST], lake.live[FIRST + timedelta(days=1)]
    assert lake.found() == []


def test_what_else_is_made_of_the_rows_is_made_of_all(lake: Lake):
    doubled = pl.col("value") * 2
    assert lake.found("twice", lambda rows: rows.with_columns(doubled)) == ALL
    assert len(lake.files) == 3 * OF_A_MONTH


def test_a_month_in_which_nobody_is_counted_is_kept_too(lake: Lake):
    nobody: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows.filter(pl.col("value") < 0)  # noqa: E731
    assert lake.found("nobody", nobody) == ALL
    assert lake.found("nobody", nobody) == []


@pytest.mark.parametrize("place", range(3 * OF_A_MONTH))
def test_a_file_that_is_not_as_it_was_written_says_nothing(lake: Lake, place: int):
    """`found` holds what is found against the lake."""
    one, other = lake.files[place], lake.files[place - 1]
    one.write_bytes(other.read_bytes())
    lake.found()
    lake.live[date(2026, 1, 30)] = "70"
    lake.live[date(2026, 2, 10)] = "71"
    lake.live[date(2026, 3, 10)] = "72"
    lake.found()


@pytest.mark.parametrize("place", range(3 * OF_A_MONTH))
def test_a_file_that_is_lost_is_made_again(lake: Lake, place: int):
    names = {file.name for file in lake.files}
    lake.files[place].unlink()
    lake.found()
    lake.live[date(2026, 2, 10)] = "99"
    lake.found()
    assert len(names & {file.name for file in lake.files}) >= 2 * OF_A_MONTH


def test_what_is_kept_is_the_owners_alone_and_names_tell_nothing(lake: Lake):
    assert lake.files[0].parent.stat().st_mode & 0o077 == 0
    assert not any("people" in file.name for file in lake.files)
