"""A day that a service is asked for again: the newest answer stands for it, whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from tests.support.loopback import Answer, Loopback, loopback
from tests.worlds.packs import seoul
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger

DAY = date(2026, 3, 9)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


@pytest.fixture
def run(tmp_path: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    monkeypatch.setenv("MADANG_KEY_SEOUL", "k")
    city = seoul()
    contract = city.contracts["air_daily"]
    assert contract.connector is not None
    service = contract.connector.services[0].model_copy(update={"address": server.base})
    contract = contract.model_copy(update={"connector": contract.connector.model_copy(update={"services": (service,)})})
    city = replace(city, contracts={"air_daily": contract})
    return RunContext(home=Home(tmp_path), city=city, source="live", run_id="r", today=DAY)


def answer(stations: int, pm10: int = 40) -> Answer:
    rows = [
        {
            "MSRMT_YMD": "20260309",
            "SAREA_NM": "도심권",
            "MSRSTN_NM": f"역{n}",
            "NTDX": 0.02,
            "OZON": 0.03,
            "CBMX": 0.4,
            "SPDX": 0.003,
            "PM": pm10,
            "FPM": 20,
        }
        for n in range(stations)
    ]
    table: dict[str, Any] = {"list_total_count": stations, "RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": rows}
    return Answer(json.dumps({"DailyAverageAirQuality": table}, ensure_ascii=False).encode())


def day_of(run: RunContext, server: Loopback, found: Answer) -> pl.DataFrame:
    server.replies["*"] = found
    contract = run.city.contracts["air_daily"]
    fetched = fetch(run, contract, [DAY])
    assert fetched.failures == []
    read_new(run, contract, fetched)
    ingest.ingest(run, contract, [DAY])
    return lake.scan(run.home.table("seoul", "core", "air_daily"), contract.schema, [DAY]).collect()


def test_a_row_that_was_withdrawn_is_gone(run: RunContext, server: Loopback):
    assert day_of(run, server, answer(44)).height == 44
    corrected = day_of(run, server, answer(40, pm10=44))
    assert corrected.height == 40
    assert set(corrected["pm10"]) == {44.0}
    batches = (
        ledger.read(run.home, "batch").sort("recorded_at").select("rows_read", "rows_kept", "rows_replaced").collect()
    )
    assert batches.rows() == [(44, 44, 0), (40, 40, 0)]


def test_the_same_answer_again_changes_nothing(run: RunContext, server: Loopback):
    day_of(run, server, answer(44))
    day_of(run, server, answer(44))
    assert ledger.read(run.home, "batch").collect().height == 1


def test_a_worse_answer_does_not_take_the_place_of_a_good_one(run: RunContext, server: Loopback):
    day_of(run, server, answer(44))
    assert day_of(run, server, answer(20)).height == 44  # AIR-stations wants 35 stations


def test_an_answer_that_cannot_be_read_is_reported_in_the_same_words_every_night(run: RunContext, server: Loopback):
    """The reason is published: were the time of asking in it, absent values would change every night."""
    contract = run.city.contracts["air_daily"]
    details = set()
    for pm10 in (40, 41):  # other bytes: each is read, and fails
        found = answer(44, pm10)
        server.replies["*"] = Answer(found.body.replace(b"20260309", b"20260310"))
        fetched = fetch(run, contract, [DAY])
        read_new(run, contract, fetched)
        details |= {str(failure) for failure in fetched.failures}
    assert len(details) == 1
    assert "air_daily 2026-03-09" in details.pop()
    rows = ledger.read(run.home, "attempt").sort("recorded_at").select("status", "asked_day").collect()
    assert rows.rows() == [("landed", DAY), ("failed", DAY)] * 2


def test_an_answer_that_comes_again_after_another_stands_again(run: RunContext, server: Loopback):
    """A, B, A ends with A, and each was a batch of its own; the bytes of the third are those of the first."""
    for night, pm10 in enumerate((40, 44, 40, 44)):
        found = day_of(replace(run, run_id=f"r{night}"), server, answer(44, pm10=pm10))
        assert set(found["pm10"]) == {pm10}
    batches = ledger.read(run.home, "batch").collect()
    assert (batches.height, batches["batch_id"].n_unique(), batches["rows_read"].to_list()) == (4, 4, [44] * 4)
