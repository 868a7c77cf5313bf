"""Without faults: what Madang publishes of the simulated city is what its generator knows to be true.

A real server process, real HTTP, the real jobs, a month of days; every metric of the pack is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.parts import feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.failures import PermanentFailure
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City
from assets.publication.publish import publish_all
from pipelines import runner
from pipelines.settings import Settings
from simulator.process import running
from simulator.world.world import World
from tests.worlds import truth
from tests.worlds.packs import seoul
from tests.worlds.simulated_night import NIGHT, simulated_night
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import BATCH
from warehouse.published import connect

JUNE, LAST = date(2026, 6, 1), NIGHT
FEW = 3  # street sensors in a district: enough for a month of sums
YEARS = {"pm25_annual_mean", "pm10_annual_mean"}
OF_MONTHS = ("sdot_ref", "boundaries", "air_daily", "sdot_env", "subway_daily")


@pytest.fixture(scope="module")
def city() -> City:
    return seoul()


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with running([city.folder], now=truth.night_at(LAST)) as server:
        yield server.address


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory, city: City, address: str) -> pl.DataFrame:
    """metric.value after one night through the real jobs, and the air of the day whose people came with it."""
    settings = simulated_night(tmp_path_factory)
    return worked(settings.home, city, address, ["air_daily"], [LAST - timedelta(days=5)])


@pytest.fixture(scope="module")
def june_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("june"))


@pytest.fixture(scope="module")
def june(june_home: Home, city: City) -> pl.DataFrame:
    """metric.value after a month of the feeds that have monthly metrics, without Dagster, seen a week later."""
    with running([city.folder], now=truth.night_at(LAST + timedelta(days=7)), sensors=FEW) as server:
        return worked(june_home, city, server.address, OF_MONTHS, [JUNE + timedelta(days=n) for n in range(30)])


def worked(home: Home, city: City, address: str, names: Sequence[str], days: list[date]) -> pl.DataFrame:
    """metric.value after these feeds and all that is made of them, as far as the rest is there; without Dagster."""

    run = RunContext(home=home, city=city, source="simulated", run_id="worked", today=LAST, simulator_address=address)
    for name in names:
        contract = city.contracts[name]
        read_new(run, contract, fetch(run, contract, days))
        assert ingest.ingest(run, contract, days).closed == []
    for table in derived_tables(city):
        if table.feeds & set(names):
            build(run, table, days)
    publish_all(home, [city], run_id="worked")
    return read(home)


def read(home: Home) -> pl.DataFrame:
    with connect.open_published(home) as con:
        return con.sql(
            "SELECT metric, area, period, period_start, value, status, reason, source FROM metric.value"
        ).pl()


@pytest.fixture(scope="module")
def world(city: City) -> World:
    return World(city)


def compared(values: pl.DataFrame, expected: truth.Truth) -> set[str]:
    """The metrics of `expected`, after each of its values was found in `values` within its rounding."""
    found = {(m, a): v for m, a, v in values.select("metric", "area", "value").iter_rows()}
    for key, (value, slack) in expected.items():
        assert found.get(key) is not None, f"{key} is absent; the truth is {value}"
        assert found[key] == pytest.approx(value, abs=slack + 1e-9), key
    return {metric for metric, _ in expected}


def test_every_metric_of_a_day_is_the_truth(values: pl.DataFrame, world: World, city: City):
    """Each on the newest day that all of its feeds have: what people do comes up to five days late."""
    feeds = feeds_of_metrics(city)
    lags = {
        name: max(city.contracts[feed].lag_days for feed in chain(*feeds[name])) for name in city.metrics if feeds[name]
    }
    seen = compared(values.filter(pl.col("period_start") == LAST), truth.poll_truth(world, truth.night_at(LAST)))
    for lag in set(lags.values()):
        day = LAST - timedelta(days=lag)
        expected = {key: found for key, found in truth.day_truth(world, day).items() if lags[key[0]] == lag}
        seen |= compared(values.filter((pl.col("period") == "day") & (pl.col("period_start") == day)), expected)
    assert len(seen) >= 20, "other metrics are worked out by hand in tests/golden"


def test_every_metric_of_a_month_is_the_truth(june: pl.DataFrame, city: City):
    found = june.filter((pl.col("period") == "month") & (pl.col("period_start") == JUNE))
    seen = compared(found, truth.month_truth(World(city, sensors_per_district=FEW), JUNE))
    assert len(seen) >= 7, "other metrics are worked out by hand in tests/golden"


def test_a_year_that_is_not_whole_is_absent_and_says_so(values: pl.DataFrame):
    years = values.filter(pl.col("metric").is_in(YEARS))
    assert set(years["metric"]) == YEARS
    assert years["value"].null_count() == years.height
    assert years["reason"].null_count() == 0


def test_everything_says_that_it_is_simulated(values: pl.DataFrame):
    assert set(values["source"]) == {"simulated"}


def test_a_home_never_holds_real_and_simulated_values(tmp_path: Path, city: City):
    """Two kinds under one city's name could not be told apart by whoever reads a mean."""
    settings = Settings(home_dir=tmp_path, drop_dir=tmp_path)
    row = BATCH.row() | {"city": "seoul", "source": "simulated", "batch_id": "x"}
    ledger.append(settings.home, "batch", [row])
    with pytest.raises(PermanentFailure, match=r"FEED-MIXED.*holds simulated data of seoul.*add files data.*--home"):
        runner.run(settings, city, JUNE, JUNE, backfill=False)


def test_nor_does_a_run_of_dagster_mix_them(tmp_path: Path, city: City):
    """`make dev` without a drop folder on a home with real data: the schedule would have asked the simulated city."""
    home = Home(tmp_path)
    row = BATCH.row() | {"city": "seoul", "source": "files", "batch_id": "x"}
    ledger.append(home, "batch", [row])
    run = RunContext(
        home=home, city=city, source="simulated", run_id="x", today=LAST, simulator_address="http://127.0.0.1:9"
    )
    with pytest.raises(PermanentFailure, match=r"FEED-MIXED.*holds files data of seoul"):
        fetch(run, city.contracts["air_daily"], [JUNE])


@pytest.mark.usefixtures("june")
def test_what_is_absent_has_the_source_of_what_is_there(june_home: Home, city: City):
    """`madang publish` on its own knows no source; guessed from its surroundings, 1,254 rows changed theirs."""
    publish_all(june_home, [city], run_id="again")
    found = read(june_home)
    assert found["value"].null_count() > 0
    assert set(found["source"]) == {"simulated"}
