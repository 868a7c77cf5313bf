"""What no night has made is listed with its reason: a first night with a fault made it vanish from `status`."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.pack.city import City, load_city
from pipelines.status import statuses
from tests.worlds.files import AIR_HEADER, DAYS, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(small_seoul(tmp_path_factory.mktemp("never"), "air_daily", "bike_daily") / "seoul")


def test_what_a_fault_kept_back_on_the_first_night_is_listed(city: City, tmp_path: Path):
    yard = Yard(tmp_path, city)
    assert statuses(yard.home, city) == []
    unfit = [[*row[:-1], -1] for row in air_rows(DAYS)]
    yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, unfit), "cp949")
    yard.way("air_daily")
    rows = {f"{row.layer}.{row.table_name}": row for row in statuses(yard.home, city)}
    assert rows["core.air_daily"].verdict == "BLOCK"
    assert rows["core.bike_daily"].reason == "no night has asked for it yet"
    quality, rentals = rows["metric.air_quality"], rows["metric.rentals"]
    assert (quality.verdict, quality.never_made, quality.how_long) == ("NONE", True, "never made")
    assert quality.reason == f"held back, because core.air_daily of {LAST} is closed"
    assert rentals.reason == "there is nothing yet of bike_daily"
    assert not quality.is_trouble  # its feed is


def test_what_was_made_is_not_listed_again(city: City, tmp_path: Path):
    yard = Yard(tmp_path, city)
    yard.deliver("bike_daily")
    yard.way("bike_daily")
    rows = {f"{row.layer}.{row.table_name}": row for row in statuses(yard.home, city)}
    assert not rows["core.bike_daily"].never_made
    assert rows["metric.rentals"].reason == "none of its days or periods is due yet"
