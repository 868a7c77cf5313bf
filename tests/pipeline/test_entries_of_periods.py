"""Entries with `every`: quarters that a service delivers become metrics of the quarter, by a night as it is used."""

from __future__ import annotations

import json
import shutil
from textwrap import dedent

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive import sources
from assets.pack.city import load_city
from pipelines import runner
from pipelines.settings import Settings
from simulator.process import running
from tests.worlds import truth
from tests.worlds.command import Command
from tests.worlds.events import no_events
from tests.worlds.packs import small_seoul
from tests.worlds.simulated_night import NIGHT
from warehouse.published import connect

TRADE = """
    takings:
      observes: sales
      value: amount
      over_space: {as: sum, needs: 1.0}
      every: quarter
      unit: currency
      levels: [city, district]
      possible: [0, 1.0e+15]
      title: {en: "takings", ko: "takings"}
      formula: of the quarter
    shops_there:
      observes: businesses
      value: businesses
      over_space: {as: sum, needs: 1.0}
      every: quarter
      unit: count
      levels: [city, district]
      possible: [0, 1.0e+15]
      title: {en: "shops_there", ko: "shops_there"}
      formula: of the quarter
    takings_per_shop:
      derived: {ratio: [takings, shops_there]}
      every: quarter
      unit: currency
      levels: [city, district]
      possible: [0, 1.0e+15]
      title: {en: "takings_per_shop", ko: "takings_per_shop"}
      formula: of the quarter
    takings_per_inhabitant:
      observes: sales
      value: amount
      over_space: {as: sum, needs: 1.0}
      every: quarter
      per: resident
      unit: currency/person
      levels: [city, district]
      possible: [0, 1.0e+15]
      title: {en: "takings_per_inhabitant", ko: "takings_per_inhabitant"}
      formula: of the quarter
"""
# of one day of the month: a share of the days that tests can wait for
BIKES = """
    rides:
      observes: boardings
      value: boardings
      over_time: [{to: day, as: sum}]
      over_space: {as: sum}
      unit: people
      possible: [0, 1.0e+9]
      title: {en: Rides, ko: 승차}
      formula: Sum
      periods: {month: {as: sum, needs: 0.01}}
    hires:
      observes: rentals
      value: rentals
      over_time: [{to: day, as: sum}]
      over_space: {as: sum}
      unit: trips
      possible: [0, 1.0e+9]
      title: {en: Hires, ko: 대여}
      formula: Sum
      periods: {month: {as: sum, needs: 0.01}}
    hires_by_rides:
      derived: {expression: 1000 * hires_month / rides_month}
      every: month
      unit: trips
      possible: [0, 1.0e+6]
      title: {en: Hires by rides, ko: 승차 대비 대여}
      formula: Hires of the month by rides of the month, times 1,000
    hires_by_rides_doubled:
      derived: {expression: hires_by_rides * 2}
      every: month
      per: resident
      unit: trips/person
      possible: [0, 1.0e+6]
      title: {en: Twice, ko: 두 배}
      formula: Twice, by residents
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    root = tmp_path_factory.mktemp("quarters")
    packs = small_seoul(root, "trade_sales", "trade_stores", "trade_areas", "bike_daily", "subway_daily")
    folder = packs / "seoul"
    shutil.rmtree(folder / "metrics", ignore_errors=True)  # entries of Seoul's own
    (folder / "metrics").mkdir()
    (folder / "metrics" / "trade.yaml").write_text(dedent(TRADE), "utf-8")
    (folder / "metrics" / "bikes.yaml").write_text(dedent(BIKES), "utf-8")
    (folder / "metrics.yaml").write_text("metrics: {}\n", "utf-8")
    city = load_city(folder)
    with running([folder], now=truth.night_at(NIGHT)) as server, no_events():
        settings = Settings(
            home_dir=root / "var", cities_dir=packs, source="simulated", simulator_address=server.address
        )
        done = runner.run(settings, city, NIGHT, NIGHT, backfill=False)
    assert (done.error, done.crashed, done.failed.height) == (None, [], 0)
    of_these = done.closed.filter(pl.col("layer") != "mart")  # of one day a mart of base weeks has nothing
    assert of_these.to_dicts() == []
    return Command(settings.home.root, packs), settings, city


def test_a_quarter_is_published_as_its_rows_say(night):
    _, settings, city = night
    with connect.open_published(settings.home) as con:
        found = {row["metric"]: row for row in con.sql("FROM metric.latest WHERE area = '11'").pl().to_dicts()}
        of_quarters = con.sql("FROM metric.value WHERE starts_with(metric, 'takings') AND period <> 'quarter'").pl()
    run = RunContext(settings.home, city, "simulated", "run", NIGHT)
    sales, stores = (sources.rows(run, city.contracts[name]).collect() for name in ("trade_sales", "trade_stores"))
    sold, shops = sales["amount"].sum(), stores["businesses"].sum()
    assert sold > shops > 1000
    start = found["takings"]["period_start"]
    (people,) = city.residents(pl.Series([start])).filter(area="11")["residents"]
    assert (start.month, start.day) in ((1, 1), (4, 1))
    assert found["takings"]["value"] == pytest.approx(sold)
    assert found["takings_per_shop"]["value"] == pytest.approx(sold / shops)
    assert found["takings_per_inhabitant"]["value"] == pytest.approx(sold / people)
    assert found["takings"]["method"].startswith("quarter; places: sum")
    assert of_quarters.is_empty()


def test_its_figure_comes_once_more_of_the_batches_that_it_names(night):
    madang, settings, _ = night
    with connect.open_published(settings.home) as con:
        (start,) = con.sql("FROM metric.latest WHERE metric = 'takings_per_shop' AND area = '11'").pl()["period_start"]
    again = json.loads(madang("explain", "seoul", "takings_per_shop", "11", str(start), "--json").out)["again"]
    assert again["same"] is True


def test_commands_say_of_which_period_it_is(night):
    madang, _, _ = night
    shown = madang("metric", "show", "takings", "--city", "seoul").out
    assert "of each quarter" in shown
    assert "step 1: the readings of a quarter of sales are taken" in shown
    listed = {row["metric"]: row for row in json.loads(madang("metric", "list", "--city", "seoul", "--json").out)}
    assert (listed["takings"]["period"], listed["takings"]["feeds"]) == ("quarter", ["trade_sales"])
    checked = madang("city", "check", "seoul").out  # crosswalks of Seoul name feeds that this small one has not
    assert [line for line in checked.splitlines() if "metrics/" in line] == []
    assert "of each quarter" in madang("metric", "export", "--city", "seoul").out


def test_a_ratio_of_a_month_is_one_of_two_sums_of_days(night):
    madang, settings, _ = night
    with connect.open_published(settings.home) as con:
        of_month = con.sql("FROM metric.value WHERE period = 'month' AND value IS NOT NULL").pl()
    found = {(row["metric"], row["period_start"]): row for row in of_month.to_dicts()}
    month = max(start for metric, start in found if metric == "hires_by_rides")
    hires, rides, by = (found[name, month] for name in ("hires_month", "rides_month", "hires_by_rides"))
    assert by["value"] == pytest.approx(1000 * hires["value"] / rides["value"])
    assert set(by["batch_ids"]) == {*hires["batch_ids"], *rides["batch_ids"]}
    assert (by["counted"], by["status"]) == ("days", "ok")
    said = madang("explain", "seoul", "hires_by_rides", "11", str(month), "--json")
    again = json.loads(said.out)["again"]
    assert again["same"] is True
    assert {"rides", "hires", "hires_by_rides"} == {step["metric"] for step in again["steps"]}
    assert found["hires_by_rides_doubled", month]["value"] == pytest.approx(2 * by["value"] / 9_386_034, rel=0.1)
    listed = {row["metric"]: row for row in json.loads(madang("metric", "list", "--city", "seoul", "--json").out)}
    assert (listed["hires_by_rides"]["period"], listed["hires_by_rides"]["why_not"]) == ("month", None)
    assert listed["hires_by_rides"]["feeds"] == ["bike_daily", "subway_daily"]
