"""What is made of a feed whose licence does not let everybody use it is in no open file, unless the pack says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.pack.city import City, load_city
from assets.tiers.preview import preview
from assets.tiers.recipients import not_in_open, recipients
from assets.tiers.withheld import withheld_of
from tests.support.paths import SEOUL
from tests.unit.assets.tiers.test_release import copied
from tests.worlds.shared_city import FIRST, PRIVATE, PUBLIC, SHARING, TODAY, SharedCity, shared_city
from warehouse.published import folder

DESPITE = {"open": {"metrics": [PRIVATE], "despite_licence": {"air_daily": "the city hall has asked and may"}}}
CITIES = sorted(path.parent for path in SEOUL.parent.glob("*/city.yaml"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Published and not released: tests copy it."""
    return shared_city(tmp_path_factory.mktemp("licences"))


@pytest.fixture
def world(made: SharedCity, tmp_path: Path) -> SharedCity:
    return copied(made, tmp_path)


def licence(world: SharedCity, feed: str, text: str) -> None:
    """Give a feed this licence, and publish again."""
    path = world.city.folder / "feeds" / f"{feed}.yaml"
    written = yaml.safe_load(path.read_text("utf-8")) | {"licence": text}
    path.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    city = load_city(world.city.folder)
    world.city = replace(city, metrics=world.city.metrics, choices=world.city.choices, areas=world.city.areas)
    world.publish()


def count(world: SharedCity, metric: str, tier: str = "open", table: str = "metric.value") -> int:
    return world.rows(f"SELECT count(value) FROM {table} WHERE metric = '{metric}'", tier)[0][0]


def latest(world: SharedCity, tier: str = "open") -> set[tuple[Any, ...]]:
    columns = "value IS NULL, status, reason_code, notation, conf_status, met IS NULL, previous IS NULL"
    return set(world.rows(f"SELECT {columns} FROM metric.latest WHERE metric = '{PUBLIC}'", tier))


@pytest.mark.parametrize("text", ["CC BY-NC 4.0", "CC BY-ND 4.0", "not stated", "DOTC GTFS developer licence"])
def test_only_an_open_licence_lets_the_values_of_a_public_feed_leave(world: SharedCity, text: str):
    world.release()
    assert count(world, PUBLIC) > 0
    licence(world, "air_daily", text)
    found = world.release()
    assert found.troubles == []
    assert world.rows(f"SELECT count(*) FROM metric.value WHERE metric = '{PUBLIC}'") == [(0,)]
    assert latest(world) == {(True, "absent", "licence", "C", "N", True, True)}
    assert world.rows(f"SELECT count({PUBLIC}) FROM mart.area_day") == [(0,)]
    for table in ("quality.way", "quality.correction", "metric.latest_before", "benchmark.value"):
        assert world.rows(f"SELECT count(*) FROM {table} WHERE metric = '{PUBLIC}'") == [(0,)], table
    assert world.rows(f"SELECT count(*) FROM metric.definition WHERE metric = '{PUBLIC}'") == [(1,)]
    why = f"SELECT DISTINCT text FROM metric.reason WHERE metric = '{PUBLIC}' AND language = 'ko'"
    assert world.rows(why) == []  # it is about rows of metric.value, and there are none
    said = "SELECT text FROM mart.text WHERE kind = 'reason' AND key = 'licence' AND language = 'ko'"
    assert world.rows(said) == [("출처의 이용 허락 조건 때문에 공개하지 않습니다",)]
    assert count(world, PRIVATE) > 0  # of a feed under another licence
    for tier in ("partner/telecom", "partner/card"):  # they have it as before
        assert (
            count(world, PUBLIC, tier)
            == world.inside(f"SELECT count(value) FROM metric.value WHERE metric = '{PUBLIC}'")[0][0]
        )
        assert "licence" not in {row[2] for row in latest(world, tier)}
    assert list(folder.version_files(world.tier())) == [2]  # the kept version shows it: it is gone


def test_tiers_that_begin_with_the_open_file_have_each_value_once(world: SharedCity):
    licence(world, "air_daily", "CC BY-NC 4.0")
    world.release()
    inside = world.inside("SELECT city, area, metric, period, period_start, value FROM metric.value ORDER BY ALL")
    query = "SELECT city, area, metric, period, period_start, value FROM metric.value ORDER BY ALL"
    assert world.rows(query, "partner/telecom") == inside
    assert world.rows(query, "partner/card") == [row for row in inside if row[2] == PUBLIC]
    assert world.rows(query) == [row for row in inside if row[2] == PRIVATE]


def test_the_pack_can_say_why_a_feed_leaves_and_take_it_back(world: SharedCity):
    licence(world, "air_daily", "CC BY-NC 4.0")
    world.sharing(DESPITE)
    world.publish()
    world.release()
    assert count(world, PUBLIC) > 0
    feed = "SELECT licence_class, licence_ids, licence_url, attribution, despite_licence FROM mart.feed"
    assert world.rows(f"{feed} WHERE feed = 'air_daily'") == [
        (
            "non_commercial",
            ["CC-BY-NC-4.0"],
            "https://creativecommons.org/licenses/by-nc/4.0/",
            "Air quality by station and day: Seoul Institute of Health and Environment (CC BY-NC)",
            "the city hall has asked and may",
        )
    ]
    world.sharing(SHARING)
    world.publish()
    world.release()
    assert count(world, PUBLIC) == 0
    assert list(folder.version_files(world.tier())) == [2]


def test_a_metric_of_a_private_feed_that_may_leave_stays_for_its_licence_and_partners_have_it(world: SharedCity):
    licence(world, "living_population", "terms were not checked")
    world.release()
    assert world.rows(f"SELECT count(*) FROM metric.value WHERE metric = '{PRIVATE}'") == [(0,)]
    of_latest = f"SELECT DISTINCT reason_code, value FROM metric.latest WHERE metric = '{PRIVATE}'"
    assert world.rows(of_latest) == [("licence", None)]
    assert count(world, PRIVATE, "partner/telecom") > 0


def test_share_check_says_what_stays_and_why(world: SharedCity):
    licence(world, "air_daily", "CC BY-NC 4.0")
    found = preview(world.home, world.city, world.judging)
    assert found.licences == (
        "open: nothing that is made of air_daily is in it: it may not be used commercially (CC BY-NC 4.0)",
        "open: 1 of 2 metrics are not published for their licence",
    )
    world.sharing(DESPITE)
    said = preview(world.home, world.city, world.judging).licences
    assert said == ("open: air_daily is in it despite its licence: the city hall has asked and may",)


def test_marts_derived_metrics_and_outlines_stay_with_the_feed():
    city = load_city(SEOUL)
    stays = withheld_of(city, ())
    assert {"search_signal", "dwelling_sales_quarter"} <= stays.marts
    assert {"air_temperature_mean", "apparent_temperature_max", "search_interest_flu"} <= stays.metrics
    longer = {name: one.of for name, one in city.metrics.items() if one.of in stays.metrics}
    assert longer.keys() <= stays.metrics
    assert len(longer) > 5
    assert stays.outlines
    assert "sensor_pm25_mean" not in stays.metrics  # outlines place its sensors, and nothing more
    assert not {"pm25_mean", "bike_rentals"} & stays.metrics
    without = withheld_of(city, ("weather_daily", "boundaries"))
    assert "air_temperature_mean" not in without.metrics
    assert not without.outlines
    assert without.metrics < stays.metrics


@pytest.mark.parametrize("pack", CITIES, ids=lambda path: path.name)
def test_each_city_that_comes_with_madang_has_an_open_file(pack: Path):
    city: City = load_city(pack)
    found = recipients([city], TODAY)
    assert found.mistakes == []
    assert "open" in found.of_tier
    assert not_in_open([city]) == []
    assert len((pack / "sharing.yaml").read_text("utf-8").splitlines()) <= 150


def test_a_city_without_an_open_part_is_told_apart(world: SharedCity):
    assert not_in_open([world.city]) == []
    world.sharing({"partners": SHARING["partners"]})
    assert not_in_open([world.city]) == [world.city]
    world.sharing(None)
    assert not_in_open([world.city]) == [world.city]


def test_days_are_said_of_a_feed_that_stays(world: SharedCity):
    licence(world, "air_daily", "CC BY-NC 4.0")
    world.release()
    held = f"SELECT rows_kept, outcome FROM quality.day WHERE table_name = 'air_daily' AND day = DATE '{FIRST}'"
    assert world.rows(held) == [(20, "passed")]


def test_a_metric_of_a_mart_of_many_quantities_is_bound_by_feeds_of_its_own_alone() -> None:
    """mart.place_day has rows of Seoul's weather, which is for no trade, and no share of dust sensors takes them."""
    withheld = withheld_of(load_city(SEOUL), ())

    assert "weather_daily" in withheld.feeds
    assert "place_health" in withheld.marts
    assert "air_temperature_mean" in withheld.metrics
    assert withheld.metrics.isdisjoint({"network_bias", "sensor_trusted_share", "sensor_judged_share"})
