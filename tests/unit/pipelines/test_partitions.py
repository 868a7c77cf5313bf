"""Where the partitions of a city begin: with its data, the days that a night looks at, and the periods of these."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.context import RunContext
from assets.derive.build import starts_of
from assets.derive.tables import derived_tables
from assets.ingest.deliveries import attempt
from assets.pack.city import City
from pipelines.partitions import daily, first_of_runs, first_shown
from pipelines.plan import days_to_fetch
from quality.contract.due import due, from_first_day
from quality.contract.model import Contract
from tests.worlds.derived_town import measuring, run_of
from tests.worlds.measuring_town import entry, feed, town
from warehouse.home import Home
from warehouse.ledger import ledger

DAY = date(2024, 4, 10)
AIR = ("air_quality", ["place", "time", "pm25"])


def air(name: str = "air", **said: Any) -> Contract:
    return feed(name, *AIR, network="reference", **said)


def delivered(run: RunContext, contract: Contract, *days: date) -> None:
    """What the ledger says once a delivery with rows from the first to the last of these days was read."""
    row = attempt(run, contract, status="parsed", sha256=f"{days}", day_min=days[0], day_max=days[-1])
    ledger.append(run.home, "attempt", [row])


def begins(root: Path, city: City, *days: date) -> date:
    """Where the partitions begin once the city's first feed has delivered these days."""
    run = run_of(city, root)
    if days:
        delivered(run, next(iter(city.contracts.values())), *days)
    return first_shown(run.home, city)


def test_where_nothing_was_delivered_they_begin_with_the_city(tmp_path: Path):
    assert begins(tmp_path, town(air())) == date(2020, 1, 1)
    assert list(tmp_path.iterdir()) == []


def test_they_begin_with_the_first_delivery_and_an_older_one_moves_them(tmp_path: Path):
    city = town(air())
    assert begins(tmp_path, city, DAY, DAY + timedelta(days=3)) == DAY
    run = run_of(city, tmp_path)
    assert daily(city, first_shown(run.home, city)).get_first_partition_key() == str(DAY)
    delivered(run, city.contracts["air"], DAY - timedelta(days=400))
    assert first_shown(Home(tmp_path), city) == DAY - timedelta(days=400)


def test_the_first_of_the_feeds_counts_and_no_register(tmp_path: Path):
    place = feed("stations", "place", ["place", "name"])
    city = town(air(), air("more"), place)
    run = run_of(city, tmp_path)
    for contract, day in ((city.contracts["air"], DAY), (city.contracts["more"], DAY + timedelta(days=9))):
        delivered(run, contract, day)
    delivered(run, place, date(2020, 1, 1))
    assert first_shown(run.home, city) == DAY


def test_the_first_day_of_the_contract_stands_before_what_was_delivered(tmp_path: Path):
    city = town(air(first_day=DAY))
    assert begins(tmp_path / "empty", city) == DAY
    assert begins(tmp_path / "later", city, DAY + timedelta(days=5)) == DAY
    assert begins(tmp_path / "stray", city, DAY - timedelta(days=5)) == DAY


def test_a_feed_that_begins_tomorrow_leaves_the_night_its_day(tmp_path: Path):
    today = date.today()  # noqa: DTZ011 - either of two days, wherever this runs
    assert begins(tmp_path, town(air(first_day=date(2999, 1, 1)))) in (today - timedelta(days=n) for n in range(3))


@pytest.mark.parametrize(
    ("periods", "first"),
    [
        ({"week": {"needs": 0.1}}, date(2024, 4, 8)),
        ({"month": {"needs": 0.1}, "year": {"needs": 0.1}}, date(2024, 1, 1)),
        ({"trailing_year": {"needs": 0.1}}, date(2023, 5, 1)),
    ],
)
def test_the_periods_of_the_first_day_have_their_first_days(tmp_path: Path, periods: dict[str, Any], first: date):
    fine = entry(over_space={"as": "mean", "expects": 1}, periods=periods)
    assert begins(tmp_path, measuring(town(air()), {"fine": ("air", fine)}), DAY) == first


@given(
    lags=st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["day", "month", "quarter"])), min_size=1, max_size=3),
    begin=st.dates(date(2020, 1, 1), date(2024, 4, 10)),
    later=st.integers(0, 500),
)
@settings(deadline=None, max_examples=20)
def test_every_night_from_the_first_day_on_has_its_days_and_their_periods(lags, begin: date, later: int):
    feeds = [air(f"air{n}", lag_days=lag, interval=interval) for n, (lag, interval) in enumerate(lags)]
    feeds.append(air(first_day=begin))
    fine = entry(over_space={"as": "mean", "expects": 1}, periods={"month": {"needs": 0.1}})
    city = measuring(town(*feeds), {"fine": ("air", fine)})
    first, night = first_shown(Home(Path("/nowhere")), city), begin + timedelta(days=later)
    days = [night, *(due(contract, night) for contract in feeds)]
    assert first_of_runs(city) <= first
    assert all(first <= day for day in days)
    assert all(first <= day for table in derived_tables(city) for day in starts_of(table, days))


def test_a_day_before_the_data_is_not_asked_for(tmp_path: Path):
    services = [{"protocol": "http_file", "address": "https://a.example", "ask": {"path": "{day:%Y%m%d}.csv"}}]
    contract = air(first_day=DAY, lookback_days=2, services=services)
    run = RunContext(Home(tmp_path), town(contract), "live", "run", DAY)
    assert days_to_fetch(run, contract, DAY) == [DAY]
    assert days_to_fetch(run, contract, DAY - timedelta(days=1)) == []


def test_a_feed_by_month_begins_with_the_month_of_its_first_day():
    contract = air(interval="month", first_day=DAY)
    march, april = date(2024, 3, 1), date(2024, 4, 1)
    assert from_first_day(contract, [march, april]) == [april]


def test_where_data_begin_makes_nothing_anew_and_a_register_has_no_such_day():
    assert air(first_day=DAY).hash == air().hash
    with pytest.raises(ValueError, match="a register has no days"):
        feed("stations", "place", ["place", "name"], first_day=DAY)
