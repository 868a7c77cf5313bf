"""What a city judges by: its country's standard, and nothing where a standard cannot be had."""

from dataclasses import replace
from datetime import date

import polars as pl

from assets.derive.setting import city_setting
from assets.standards.index import Read
from tests.worlds.packs import seoul

DAYS = pl.DataFrame({"day": [date(2020, 5, 1)], "no2": [40.0]})


def test_the_national_limit_is_that_of_the_country():
    value, edition = city_setting(seoul()).limit("national.no2_24h", pl.col("day"), "ppb")
    assert DAYS.select(value.alias("value"), edition.alias("edition")).row(0) == (60.0, "kr.environmental_standards")


def test_a_limit_or_index_that_cannot_be_had_is_none_and_takes_nothing_along():
    city = seoul()
    setting = city_setting(replace(city, standards=city.standards.model_copy(update={"gases_at": None})))
    for name in ("who_2021.no2_24h", "national.no2_8h", "xx.pm25_24h"):  # no state of gases, no limit, no standard
        value, edition = setting.limit(name, pl.col("day"), "ppb")
        assert DAYS.select(value.alias("value"), edition.alias("edition")).row(0) == (None, None)
    for name in ("eu.eaqi", "xx.aqi"):
        found = setting.index(name, {"no2_1h": Read(pl.col("no2"), "ppb")}, pl.col("day"), hourly=True)
        assert DAYS.select(found.struct.field("value"), found.struct.field("edition")).row(0) == (None, None)
