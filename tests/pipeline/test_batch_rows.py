"""The rows of a batch are the same wherever they are read from: the live file, one that was replaced, the raw bytes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.failures import PermanentFailure
from assets.retrace.batch_rows import RowsOfBatches, batches_behind
from tests.worlds.files import AIR_HEADER, DAYS, LAST, Yard, air_rows, csv_text
from warehouse import lake
from warehouse.home import Home


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Four days of stations, of which the last was delivered again, with an impossible value at one of them."""
    yard = Yard(tmp_path_factory.mktemp("corrected"))
    yard.deliver("air_daily", "sdot_ref")
    yard.way("sdot_ref")
    yard.way("air_daily")
    rows = air_rows([LAST], pm25=30)
    rows[3][7] = 99_999
    yard.put("air_daily/2020_corrected.csv", csv_text(AIR_HEADER, rows), "cp949")
    yard.way("air_daily")
    return yard


@pytest.mark.parametrize(("feed", "days"), [("air_daily", DAYS), ("sdot_ref", None)])
def test_live_rows_come_from_the_bytes_again(corrected: Yard, tmp_path: Path, feed: str, days: list | None) -> None:
    run, contract = corrected.run(), corrected.city.contracts[feed]
    live = lake.live_batches(run.gate(contract).table)
    behind = list(batches_behind(run.home, "seoul", live.values()).values())
    assert {record.day for record in behind} == set(live)
    reading = RowsOfBatches(run, Home(tmp_path), from_bytes=True)
    found = reading.of_core(contract, behind)
    assert set(reading.origins.values()) == {"landed"}
    again = pl.concat([found[day].rows for day in sorted(found)]).collect().sort(contract.key)
    assert_frame_equal(again, corrected.core(feed, days), check_column_order=False)
    assert not list(tmp_path.rglob("*_delta_log"))


def test_a_batch_that_was_replaced_is_read_from_its_file_and_without_it_from_the_bytes(
    corrected: Yard, tmp_path: Path
) -> None:
    run, contract = corrected.run(), corrected.city.contracts["air_daily"]
    rows = corrected.ledger("batch").filter(pl.col("table_name") == "air_daily", pl.col("day") == LAST)
    first, second = rows.sort("recorded_at")["batch_id"].to_list()
    (record,) = batches_behind(run.home, "seoul", [first]).values()
    reading = RowsOfBatches(run, Home(tmp_path))
    kept = reading.of_core(contract, [record])[LAST].rows.collect().sort(contract.key)
    assert kept["pm25"].max() == 12 + 4 + LAST.day  # as air_rows has them before the correction
    again = RowsOfBatches(run, Home(tmp_path), from_bytes=True).of_core(contract, [record])[LAST].rows.collect()
    assert_frame_equal(again.sort(contract.key), kept)
    reading.of_core(contract, list(batches_behind(run.home, "seoul", [second]).values()))
    assert reading.origins == {first: "kept", second: "live"}


def test_bytes_that_are_gone_are_named(corrected: Yard, tmp_path: Path) -> None:
    run, contract = corrected.run(), corrected.city.contracts["air_daily"]
    (record,) = batches_behind(
        run.home, "seoul", [next(iter(lake.live_batches(run.gate(contract).table).values()))]
    ).values()
    lost = record.deliveries[0]
    (landed,) = run.home.landing.rglob(f"{lost}.zst")
    moved = landed.rename(tmp_path / "elsewhere")
    try:
        with pytest.raises(PermanentFailure, match=f"{lost} is gone"):
            RowsOfBatches(run, Home(tmp_path), from_bytes=True).of_core(contract, [record])
    finally:
        moved.rename(landed)
