"""A backfill takes all days of a range in one go. What comes out is the same as if each day had been a night."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.pack.city import load_city
from tests.worlds.files import AIR_HEADER, DAYS, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul
from warehouse import lake

OF_A_RUN = ("run_id", "recorded_at")
FEED = "air_daily"


def _delivered(root: Path) -> Yard:
    """Days that differ: one is held back, one has values that are not usual, one has values that are set to null."""
    root.mkdir()
    yard = Yard(root, load_city(small_seoul(root, FEED) / "seoul"))
    air = air_rows(DAYS)
    for row in air[:39]:
        row[6], row[7] = 900, 800  # far above what is usual, in one day
    air[50][3] = 5  # ozone out of range
    air[2 * 39][1] = ""  # no station: the row is held back, and with it the day
    yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, air), "cp949")
    yard.fetch(FEED)
    return yard


def _work(yard: Yard, spans: Sequence[Sequence[date]]) -> None:
    for days in spans:
        ingest.ingest(yard.run(), yard.city.contracts[FEED], days)
        for table in derived_tables(yard.city):
            yard.derive(table, days)


def test_a_range_in_one_go_is_the_same_as_day_by_day(tmp_path: Path) -> None:
    together, alone = _delivered(tmp_path / "together"), _delivered(tmp_path / "alone")
    _work(together, [DAYS])
    _work(alone, [[day] for day in DAYS])
    _same(together, alone)
    assert {"BLOCK", "WARN", "PASS"} <= set(together.ledger("verdict")["verdict"])


@pytest.mark.parametrize("rows", [1, 2 * 39])
def test_pieces_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Of a range so many days are in memory at once as have so many rows: one, or a few, and not all."""
    whole, pieces = _delivered(tmp_path / "whole"), _delivered(tmp_path / "pieces")
    _work(whole, [DAYS])
    seen = list[int]()
    monkeypatch.setattr("assets.pieces.AT_ONCE", rows)
    monkeypatch.setattr("assets.derive.build.ROWS_OF_AREA", 0)
    read = SubjectTable.rows
    monkeypatch.setattr(SubjectTable, "rows", lambda *given: (seen.append(len(given[2])), read(*given))[1])
    _work(pieces, [DAYS])
    assert max(seen) == (1 if rows == 1 else 2)
    _same(whole, pieces)


def _same(together: Yard, alone: Yard) -> None:
    """The live values, the batches that they were made of, and what the ledger says of these."""
    for table in derived_tables(together.city):  # values, with the batches that each was made of
        rows = [
            lake.scan(yard.home.table("seoul", table.layer, table.name), table.contract.schema).collect()
            for yard in (together, alone)
        ]
        assert rows[0].sort(table.contract.key).equals(rows[1].sort(table.contract.key)), table.name
    last = {row["batch_id"] for row in together.ledger("batch").iter_rows(named=True)}
    for name in ("batch", "verdict", "rule_result", "quarantine"):
        # a month is made again with each of its days: of these batches the last is meant
        rows = [
            yard.ledger(name).filter(pl.col("batch_id").is_in(last)).drop(OF_A_RUN, strict=False)
            for yard in (together, alone)
        ]
        assert rows[0].height > 0
        assert sorted(map(repr, rows[0].rows())) == sorted(map(repr, rows[1].rows())), name
