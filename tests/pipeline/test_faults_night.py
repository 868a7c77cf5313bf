"""Whole nights with five faults at once, and the night after them: the real jobs over real HTTP.

A small Seoul of eight feeds. Each fault alone, and what becomes of every figure, is in test_faults.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import stamina
import yaml

from assets.derive.parts import feeds_of_metrics
from assets.pack.city import City, load_city
from pipelines import runner
from pipelines.last_night import blocks, headline
from pipelines.settings import Settings
from pipelines.status import statuses
from simulator.catalogue import named
from tests.support.paths import SEOUL
from tests.worlds import truth
from tests.worlds.events import no_events
from tests.worlds.faulty import FaultyCity
from tests.worlds.faulty_cities import NIGHT
from tests.worlds.packs import small_seoul
from warehouse.ledger import ledger
from warehouse.published import connect

FEEDS = (
    "air_daily",
    "bike_daily",
    "boundaries",
    "sdot_env",
    "sdot_ref",
    "subway_daily",
    "water_supply",
    "weather_daily",
)
DEAD, SLOW = "subway_daily", "water_supply"
DUE = {"air_daily": 0, "bike_daily": 0, "sdot_env": 0, "weather_daily": 0, DEAD: 3, SLOW: 1}  # days before the night
INJECTED = ("timeout", "slow-drip", "air-renamed-swap", "sdot-unit-break", "error-500-burst")


@dataclass
class Night:
    """What one of the nights came to."""

    result: runner.Result
    status: dict[str, dict]  # by core table
    values: pl.DataFrame

    def value(self, metric: str, day: date) -> tuple[float | None, str | None]:
        rows = self.values.filter(
            pl.col("metric") == metric, pl.col("period_start") == day, pl.col("area") == truth.CITY
        )
        (found,) = rows.select("value", "reason").rows()
        return found


@dataclass
class Nights:
    city: City
    settings: Settings
    with_faults: Night
    after: Night


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    root = tmp_path_factory.mktemp("nights")
    folder = _small_seoul(root)
    stamina.set_testing(True, attempts=3, cap=True)
    city = FaultyCity(load_city(folder), NIGHT, root)
    settings = Settings(
        home_dir=city.before.root,
        source="simulated",
        simulator_address=city.address,
        cities_dir=folder.parent,
    )
    city.simulator.inject([named(name) for name in INJECTED])
    first = _night(city, settings, NIGHT)
    city.simulator.inject(())
    second = _night(city, settings, NIGHT + timedelta(days=1))
    yield Nights(city.city, settings, first, second)
    stamina.set_testing(False)


def _small_seoul(root: Path) -> Path:
    """Seoul's pack with eight of its feeds; what does not answer is not waited for long."""
    folder = small_seoul(root, *FEEDS) / "seoul"
    for name in (DEAD, SLOW):
        path = folder / "feeds" / f"{name}.yaml"
        contract = yaml.safe_load(path.read_text(encoding="utf-8"))
        (service,) = contract["services"]
        service |= {"timeout_s": 0.5, "attempts": 2}
        path.write_text(yaml.safe_dump(contract, allow_unicode=True), encoding="utf-8")
    return folder


def _night(city: FaultyCity, settings: Settings, night: date) -> Night:
    city.now = truth.night_at(night)
    with no_events():
        result = runner.run(settings, city.city, night, night, backfill=False)
    status = {row.table_name: row for row in statuses(settings.home, city.city) if row.layer == "core"}
    with connect.open_published(settings.home) as con:
        values = con.sql("SELECT metric, area, period, period_start, value, reason FROM metric.value").pl()
    return Night(result, status, values)


def _due(feed: str) -> date:
    return NIGHT - timedelta(days=DUE[feed])


def test_the_rest_is_published_and_the_exit_code_says_that_something_was_held_back(nights: Nights) -> None:
    first = nights.with_faults
    assert first.result.error is None
    assert first.result.crashed == []
    assert first.result.version is not None
    assert first.result.exit_code == 3
    assert set(first.result.failed["feed"]) == {DEAD, SLOW}
    assert set(first.result.closed["table_name"]) == {"air_daily", "sdot_env"}
    for metric in ("air_temperature_mean", "precipitation_total", "bike_rentals_per_100k"):
        assert first.value(metric, NIGHT)[0] is not None, metric


@pytest.mark.parametrize(
    ("metric", "feed", "seen"),
    [
        ("transit_boardings_per_inhabitant", DEAD, "SERVICE-TIMEOUT"),
        ("water_supplied_per_inhabitant", SLOW, "SERVICE-TIMEOUT"),
        ("pm25_mean", "air_daily", "AIR-pm10-not-below-pm25"),
        ("noise_leq", "sdot_env", "SDOT-temperature-range"),
    ],
)
def test_what_is_missing_says_which_feed_and_why(nights: Nights, metric: str, feed: str, seen: str) -> None:
    value, reason = nights.with_faults.value(metric, _due(feed))
    assert value is None
    assert reason is not None
    assert feed in reason
    assert seen in reason


def test_the_night_before_is_still_there(nights: Nights) -> None:
    for metric in ("pm25_mean", "noise_leq"):
        assert nights.with_faults.value(metric, NIGHT - timedelta(days=1))[0] is not None


def test_dead_and_slow_services_are_given_up_after_the_attempts_that_the_contract_allows(nights: Nights) -> None:
    rows = ledger.read(nights.settings.home, "attempt").filter(pl.col("code") == "SERVICE-TIMEOUT").collect()
    assert sorted(rows["feed"]) == [DEAD, SLOW]
    assert rows["requests"].to_list() == [2, 2]


def test_status_says_what_is_wrong_and_for_how_long(nights: Nights) -> None:
    status = nights.with_faults.status
    assert {name: row.how_long for name, row in status.items() if row.is_trouble} == {
        DEAD: "failed 1 night",
        SLOW: "failed 1 night",
        # the day before was asked for again, and that answer was broken as well
        "air_daily": "closed 2 days",
        "sdot_env": "closed 2 days",
    }
    assert any(row.is_broken for row in status.values())


def test_the_next_night_catches_up(nights: Nights) -> None:
    second = nights.after
    assert second.result.error is None
    assert second.result.crashed == []
    assert second.result.exit_code == 0, (second.result.failed, second.result.closed)
    feeds, whole, looked_at = feeds_of_metrics(nights.city), feeds_of_metrics(load_city(SEOUL)), set()
    for metric, definition in nights.city.metrics.items():
        # none: the small pack lacks one of its feeds, or another one does in its place
        alone = [len(group) for group in feeds[metric]] == [1] and feeds[metric] == whole[metric]
        feed = feeds[metric][0][0] if alone else None
        if definition.rule is None and definition.period == "day" and feed in DUE:
            value, reason = second.value(metric, _due(feed))
            if value is not None:
                looked_at.add(metric)
            else:  # it looks back further than this home has nights
                assert reason, metric
                assert feed not in reason, f"{metric}: {reason}"
    assert len(looked_at) > 12


def test_what_was_caught_up_is_the_truth(nights: Nights) -> None:
    from simulator.world.world import World

    expected = truth.day_truth(World(nights.city), NIGHT)
    for metric in ("pm25_mean", "noise_leq", "bike_rentals_per_100k"):
        value, slack = expected[metric, truth.CITY]
        assert nights.after.value(metric, NIGHT)[0] == pytest.approx(value, abs=slack + 1e-9)


def test_after_it_nothing_is_said_to_be_wrong(nights: Nights) -> None:
    status = list(nights.after.status.values())
    assert [row for row in status if row.is_trouble] == []
    assert not any(row.is_broken for row in status)
    assert headline(status).startswith("Nothing failed")
    assert blocks(status) == {}
