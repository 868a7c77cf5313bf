"""Metrics of marts by a night as it is used: from the bytes of a delivery to a value, and to why there is none."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import datetime, timedelta

import polars as pl
import pytest
import zstandard

from assets.derive.parts import feeds_of_metrics
from assets.pack.city import load_city
from pipelines import runner
from pipelines.settings import Settings
from simulator.process import running
from tests.worlds import truth
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.packs import small_seoul
from tests.worlds.retraced import differing, some_values
from tests.worlds.simulated_night import NIGHT
from warehouse.published import connect

DAY = NIGHT - timedelta(days=1)  # the feed comes a day late; a Monday
METRICS = """
metrics:
  road_speed_mean: {}
  congested_hours_day: {}
  road_km_hours_congested: {}
  slow_road_hours_day: {}
  travel_time_index: {}
  congested_hours: {}
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    root = tmp_path_factory.mktemp("roads")
    packs = small_seoul(root, "traffic_hourly")
    (packs / "seoul" / "metrics.yaml").write_text(METRICS, "utf-8")
    city = load_city(packs / "seoul")
    with running([packs / "seoul"], now=truth.night_at(NIGHT), drop=root / "drop") as server, no_events():
        settings = Settings(
            home_dir=root / "var",
            cities_dir=packs,
            source="simulated",
            simulator_address=server.address,
            simulator_drop=root / "drop",
        )
        done = runner.run(settings, city, NIGHT, NIGHT, backfill=False)
    assert (done.error, done.crashed, done.failed.height, done.closed.height) == (None, [], 0, 0)
    return Command(settings.home.root, packs), settings, city


@pytest.fixture(scope="module")
def values(night):
    _, settings, _ = night
    with connect.open_published(settings.home) as con:
        rows = con.sql("FROM metric.value WHERE area = '11'").pl()
        latest = con.sql("FROM metric.latest WHERE area = '11'").pl()
    return rows, {row["metric"]: row for row in latest.to_dicts()}


def delivered(settings):
    """Speed by link and hour of the day, and the length of each link in km, straight from the landed bytes."""
    speeds, lengths = defaultdict(dict), {}
    for path in (settings.home.root / "landing" / "seoul" / "traffic_hourly").rglob("*.zst"):
        text = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())).read().decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            at = datetime.strptime(row["hour"], "%Y-%m-%d %H:%M")  # noqa: DTZ007 - by the clocks of the city
            if at.date() == DAY and row["speed_kmh"]:
                speeds[row["link_id"]][at.hour] = float(row["speed_kmh"])
                lengths[row["link_id"]] = float(row["length_m"]) / 1000
    return speeds, lengths


def quantile(values, share):
    """Linear between the two next to it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def test_three_values_are_what_plain_python_makes_of_the_delivery(night, values):
    _, settings, _ = night
    speeds, lengths = delivered(settings)
    assert len(speeds) > 20
    congested, whole, passed = 0.0, 0.0, 0.0
    for link, by_hour in speeds.items():
        day = {hour: speed for hour, speed in by_hour.items() if 6 <= hour < 22}
        free = quantile([speed for hour, speed in day.items() if hour not in (6, 7, 8, 16, 17, 18)], 0.85)
        hours = 16 * sum(speed < 0.9 * free for speed in day.values()) / len(day)
        congested, whole = congested + hours * lengths[link], whole + lengths[link]
        passed += lengths[link] * sum(1 / speed for speed in day.values()) / len(day)
    _, latest = values
    assert congested > 0
    assert latest["road_km_hours_congested"]["value"] == pytest.approx(congested, rel=1e-6)
    assert latest["congested_hours_day"]["value"] == pytest.approx(congested / whole, rel=1e-6)
    assert latest["road_speed_mean"]["value"] == pytest.approx(whole / passed, rel=1e-6)
    assert latest["road_speed_mean"]["period_start"] == DAY


def test_a_month_that_has_begun_is_absent_and_says_how_many_days_there_are(values):
    rows, latest = values
    month = rows.filter(pl.col("metric") == "travel_time_index")
    assert month["period_start"].to_list() == [DAY.replace(day=1)]
    (reason,) = month["reason"]
    assert "too few days" in reason
    links = int(reason.split()[0])
    assert f": {links} of {links * 91} are valid" in reason  # April to June have 91 days
    assert (latest["travel_time_index"]["status"], latest["congested_hours"]["status"]) == ("absent", "absent")


def test_a_value_leads_to_its_mart_and_from_there_to_the_delivery(night):
    command, settings, city = night
    assert feeds_of_metrics(city)["congested_hours_day"] == (("traffic_hourly",),)
    told = command("explain", "seoul", "congested_hours_day", "11", str(DAY))
    assert told.code == 0, told.err
    for part in ("road_link_day", "traffic_hourly", "as published"):
        assert part in told.out
    assert [*differing(settings, city, some_values(settings, 5, seed=1))] == []  # from the bytes, by the mart
