"""A day in parts, and deliveries that are parsed once: what comes out does not depend on how it was cut or kept."""

import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.ingest import ingest, parse
from quality import staging
from tests.worlds.files import DAYS, FIRST, SDOT_HEADER, Yard, csv_text, sdot_rows
from warehouse import lake


def rows(yard: Yard) -> pl.DataFrame:
    found = yard.core("sdot_env", DAYS)
    return found.sort(found.columns)


def parsed_files(yard: Yard) -> list[Path]:
    return [path for path in yard.home.parse_cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_a_batch_may_lie_in_parts(yard: Yard, monkeypatch: pytest.MonkeyPatch, size: int):
    every = sdot_rows(DAYS)
    for half in (0, 1):
        yard.put(f"sdot_env/{half}.csv", csv_text(SDOT_HEADER, every[half::2]))
    whole = yard.way("sdot_env")
    expected, table = rows(yard), yard.home.table("seoul", "core", "sdot_env")
    shutil.rmtree(yard.home.root)
    monkeypatch.setattr(staging, "PART_ROWS", size)
    report = yard.way("sdot_env")
    assert rows(yard).equals(expected)
    assert [(o.day, o.batch_id, o.verdict, o.rows_kept) for o in report.outcomes] == [
        (o.day, o.batch_id, o.verdict, o.rows_kept) for o in whole.outcomes
    ]
    assert lake.live_batches(table) == {o.day: o.batch_id for o in report.outcomes}
    parts = {day: len(lake.live_files(table, [day])) for day in lake.live_batches(table)}
    assert max(parts.values()) > 1 if size < 10 else set(parts.values()) == {1}
    yard.put("sdot_env/more.csv", csv_text(SDOT_HEADER, sdot_rows([FIRST])[:1]), "utf-8")
    before = set(lake.live_files(table, [FIRST]))
    yard.way("sdot_env")
    assert not before & set(lake.live_files(table, [FIRST]))  # the parts of the day before are no part of it any more


def test_a_delivery_is_parsed_once_and_forgotten_when_its_days_are_settled(yard: Yard, monkeypatch: pytest.MonkeyPatch):
    yard.deliver("sdot_env")
    real, times = parse.parse, []
    monkeypatch.setattr(parse, "parse", lambda *given: (times.append(given[1]), real(*given))[1])
    yard.way("sdot_env", DAYS[:1])
    assert len(times) == len(set(times)) > 0
    kept = parsed_files(yard)
    assert kept  # its other days are still to come
    ingest.ingest(yard.run(), yard.city.contracts["sdot_env"], DAYS)
    assert len(times) == len(set(times))
    assert parsed_files(yard) == []


def test_a_day_without_a_row_between_others_is_asked_for_again_without_reading_its_delivery(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
):
    """Bicycles between two half years: no batch settles such a day, and each run would read the year again."""
    real, times = parse.parse, []
    monkeypatch.setattr(parse, "parse", lambda *given: (times.append(given[1]), real(*given))[1])
    yard.put("sdot_env/gap.csv", csv_text(SDOT_HEADER, sdot_rows([DAYS[0], DAYS[2], DAYS[3]])))
    assert yard.way("sdot_env").missing == [DAYS[1]]
    assert yard.way("sdot_env").missing == [DAYS[1]]
    assert len(times) == 1
    assert {path.suffix for path in parsed_files(yard)} == {".json"}  # the rows are forgotten
    yard.put("sdot_env/more.csv", csv_text(SDOT_HEADER, sdot_rows([DAYS[1]])))  # it came late
    assert yard.way("sdot_env").missing == []
    shutil.rmtree(yard.home.parse_cache)
    assert yard.way("sdot_env", DAYS).open_days == DAYS


@pytest.mark.parametrize("lost", ["all of it", "the rows", "the facts"])
def test_what_was_parsed_may_be_deleted_at_any_time(yard: Yard, lost: str):
    yard.deliver("sdot_env")
    yard.way("sdot_env", DAYS[:1])
    for path in parsed_files(yard):
        if lost == "all of it" or path.suffix == {"the rows": ".rows", "the facts": ".json"}[lost]:
            path.unlink()
    report = ingest.ingest(yard.run(), yard.city.contracts["sdot_env"], DAYS)
    assert [o.day for o in report.outcomes if o.verdict.open] == DAYS
    assert (
        rows(yard).height
        == yard.core("sdot_env", [FIRST]).height
        + yard.core("sdot_env", [FIRST + timedelta(days=n) for n in range(1, len(DAYS))]).height
    )
