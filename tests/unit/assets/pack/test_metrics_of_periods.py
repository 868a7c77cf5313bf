"""Which metrics of months a pack makes of readings of months: days come first, unless it names the feed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from assets.check.check import check_pack
from assets.derive.parts import feeds_of_metrics
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.pack.city import City, load_city

CITY = """
    name: bay
    title: Bay
    country: KR
    timezone: Asia/Seoul
    languages: [en]
    area: "1"
    owner: Bay
    first_day: 2020-01-01
    nightly_at: "04:00"
"""
FEED = """
    title: Weather
    purpose: Weather
    owner: Bay
    licence: public
    implements: weather
    network: reference
    interval: {interval}
    files: {{paths: ["{name}/*.csv"], layout: {{constants: {{site: mast}}}}}}
    columns: {{place: site, time: {{from: time, format: iso}}, temperature: {{from: t, unit: degC}}}}
"""


@pytest.fixture
def bay(tmp_path: Path):
    def of(feeds: dict[str, str], metrics: str) -> City:
        folder = tmp_path / "bay"
        (folder / "feeds").mkdir(parents=True)
        (folder / "city.yaml").write_text(dedent(CITY), "utf-8")
        (folder / "areas.csv").write_text("code,level,parent,name,area_km2,lat,lon\n1,city,,Bay,1,37.5,127\n", "utf-8")
        for name, interval in feeds.items():
            (folder / "feeds" / f"{name}.yaml").write_text(dedent(FEED).format(name=name, interval=interval), "utf-8")
        (folder / "metrics.yaml").write_text(f"metrics: {{{metrics}}}\n", "utf-8")
        return load_city(folder)

    return of


def test_a_month_is_of_readings_of_months_where_there_is_nothing_shorter(bay):
    city = bay({"months": "month"}, "air_temperature_mean_month: {}")
    metric = city.metrics["air_temperature_mean_month"]
    assert (metric.period, metric.of, metric.rule, metric.entry) == ("month", None, None, metric.metric)
    assert city.entries[metric.entry].entry.every == "month"
    assert feeds_of_metrics(city) == {metric.metric: (("months",),)}
    (table,) = derived_tables(city)
    assert isinstance(table, SubjectTable)
    assert table.metrics == ("air_temperature_mean_month",)
    assert check_pack(city.folder) == []


def test_days_come_first(bay):
    city = bay({"months": "month", "hours": "hour_beginning"}, "air_temperature_mean_month: {}")
    assert city.metrics["air_temperature_mean_month"].of == "air_temperature_mean"
    assert feeds_of_metrics(city)["air_temperature_mean_month"] == (("hours",),)
    of_values = [table for table in derived_tables(city) if table.layer == "metric"]
    assert [type(table) for table in of_values] == [SubjectTable, PeriodTable]


def test_a_pack_may_name_the_months_also_where_there_are_days(bay):
    city = bay(
        {"months": "month", "hours": "hour_beginning"},
        "air_temperature_mean: {}, air_temperature_mean_month: {feeds: [months]}, air_temperature_mean_year: {}",
    )
    assert {metric: groups for metric, groups in feeds_of_metrics(city).items() if metric in city.metrics} == {
        "air_temperature_mean": (("hours",),),
        "air_temperature_mean_month": (("months",),),
        "air_temperature_mean_year": (("hours",),),
    }
    assert check_pack(city.folder) == []


def test_a_year_is_not_made_of_months_and_a_day_of_neither(bay):
    city = bay({"months": "month"}, "air_temperature_mean: {}, air_temperature_mean_year: {}")
    assert feeds_of_metrics(city) == {
        "air_temperature_mean": (),
        "air_temperature_mean_month": (),
        "air_temperature_mean_year": (),
    }
    assert derived_tables(city) == ()
    said = [str(mistake) for mistake in check_pack(city.folder)]
    assert len(said) == 1
    assert "air_temperature_mean: stays absent: months cannot give it: a row is of a month, and not of a day" in said[0]
