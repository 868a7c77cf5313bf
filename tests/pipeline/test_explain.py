"""Every number explains itself: its steps, from reading to figure, and the same number from the raw files it names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assets.metrics.entries import platform_metrics
from pipelines.settings import Settings
from tests.support.paths import SEOUL
from tests.worlds.command import Command
from tests.worlds.packs import seoul
from tests.worlds.retraced import differing, some_values
from tests.worlds.simulated_night import simulated_night

DAY = "2026-06-29"  # the newest day of most feeds


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return simulated_night(tmp_path_factory)


@pytest.fixture
def madang(home: Settings) -> Command:
    return Command(home.home.root)


@pytest.mark.parametrize("number", [15, pytest.param(50, marks=pytest.mark.weekly)])
def test_values_come_out_the_same_from_the_raw_files_they_name(home: Settings, number: int) -> None:
    values = some_values(home, number, seed=13)
    assert len({value["metric"] for value in values}) > 7
    assert list(differing(home, seoul(), values)) == []


def _newest(home: Settings, metric: str, area: str = "11") -> dict[str, Any]:
    from warehouse.published import connect

    query = f"FROM metric.latest WHERE metric = '{metric}' AND area = '{area}'"
    with connect.open_published(home.home) as con:
        (row,) = con.sql(query).pl().to_dicts()
    return row


def _asked(value: dict[str, Any]) -> tuple[str, str, str, str, str]:
    return "explain", "seoul", value["metric"], value["area"], str(value["period_start"])


def test_the_steps_lead_from_readings_to_the_value(home: Settings, madang: Command) -> None:
    value = _newest(home, "pm25_mean")
    said = madang(*_asked(value))
    assert said.code == 0, said.err
    assert "pm25_mean: readings of air_daily" in said.words
    assert f"Computed once more: {value['value']:.12g} ug/m3, as published" in said.words
    assert "How it came about" not in madang(*_asked(value), "--steps", "none").out
    assert madang(*_asked(value), "--steps", "some").code == 2


def test_json_has_all_rows_of_each_step(home: Settings, madang: Command) -> None:
    value = _newest(home, "pm25_mean")
    again = json.loads(madang(*_asked(value), "--json").out)["again"]
    readings, areas = again["steps"]
    assert (again["same"], len(readings["rows"]), len(areas["rows"])) == (True, value["n"], 1)
    mean = sum(row["value"] for row in readings["rows"]) / value["n"]
    assert mean == pytest.approx(value["value"], rel=1e-11)
    few = json.loads(madang(*_asked(value), "--json", "--steps", "few").out)["again"]
    assert len(few["steps"][0]["rows"]) == 12


def test_nothing_of_a_private_feed_is_shown_but_what_is_published(home: Settings, madang: Command) -> None:
    value = _newest(home, "living_population")
    again = json.loads(madang(*_asked(value), "--json").out)["again"]
    assert again["same"] is True
    assert {step["title"] for step in again["steps"]} == {"as published"}
    assert {tuple(step["rows"][0])[:3] for step in again["steps"]} == {("area", "day", "value")}
    assert "living_population: private, so that only what is published is shown, and no reading or place" in "".join(
        again["remarks"]
    )


@pytest.mark.parametrize(
    ("metric", "mart", "private", "column"),
    [
        ("decline_legal_test", "regeneration_area_year", "building_register", "buildings_over_20y"),
        ("night_transport_gap_share", "night_presence", "living_population", "unserved"),
    ],
)
def test_of_a_private_mart_the_published_row_is_shown_and_no_other(
    home: Settings, madang: Command, metric: str, mart: str, private: str, column: str
) -> None:
    """All was hidden that the figure is made of, though the row of the mart is published beside it."""
    from warehouse.published import connect

    value = _newest(home, metric)
    again = json.loads(madang(*_asked(value), "--json").out)["again"]
    shown = again["steps"][0]
    assert (shown["metric"], shown["title"], len(shown["rows"])) == (f"mart.{mart}", "as published", 1)
    query = f"FROM mart.{mart} WHERE area = '11' AND day = DATE '{value['period_start']}'"
    with connect.open_published(home.home) as con:
        (published,) = con.sql(query).pl().to_dicts()
    assert shown["rows"][0][column] == published[column] is not None
    assert {step["title"] for step in again["steps"]} == {"as published"}
    assert again["same"] is True
    assert f"{private}: private, so that only what is published is shown" in "".join(again["remarks"])
    assert column in madang(*_asked(value)).out


def test_a_pack_that_has_changed_since_is_said(home: Settings, tmp_path: Path) -> None:
    pack = tmp_path / "cities" / "seoul"
    shutil.copytree(SEOUL, pack)
    metrics = pack / "metrics.yaml"
    text = metrics.read_text("utf-8")
    changed = text.replace("heat_season_months: [5, 6, 7, 8, 9]", "heat_season_months: [1, 2]")
    assert changed != text
    metrics.write_text(changed, "utf-8")
    value = _newest(home, "apparent_temperature_max")
    assert value["value"] is not None
    said = Command(home.home.root, pack.parent)(*_asked(value))
    assert f"PUBLISHED IS {value['value']:.12g} degC" in said.words
    assert "the pack of seoul has changed since" in said.words


# A metric that is tried


def test_a_metric_is_tried_on_what_the_home_has(home: Settings, madang: Command) -> None:
    value = _newest(home, "pm25_mean")
    said = madang("metric", "try", "pm25_mean", "--city", "seoul", "--day", str(value["period_start"]), "--json")
    assert said.code == 0, said.err
    (tried,) = json.loads(said.out)
    assert (tried["figures"][0]["area"], tried["figures"][0]["value"]) == ("11", value["value"])
    assert tried["steps"][0]["title"] == "readings"


def test_a_period_is_named_as_people_name_it(home: Settings, madang: Command) -> None:
    value = _newest(home, "decline_legal_test")
    year = str(value["period_start"].year)
    said = madang("explain", "seoul", "decline_legal_test", "11", year, "--steps", "none")
    assert (said.code, f"year {value['period_start']}" in said.words) == (0, True)
    for asked in (f"{year}-Q2", f"{year}-04"):
        wrong = madang("explain", "seoul", "decline_legal_test", "11", asked)
        assert (wrong.code, f"it has values of each year; write {year}" in wrong.err) == (2, True)
    assert "'April' is no period; write it as 2026-06-30" in madang("explain", "seoul", "pm25_mean", "11", "April").err


def test_a_part_of_a_chosen_metric_is_told_as_that(home: Settings, madang: Command) -> None:
    """It said that the city has no such metric."""
    city = seoul()
    metric = next(name for name in city.entries if name not in city.metrics and name in city.computed_metrics)
    said = madang("explain", "seoul", metric, "11", "2026-06-29")
    assert said.code == 2
    assert f"{metric} is not published: seoul has not chosen it, and it is a part of " in said.err
    assert f"madang metric try {metric} --city seoul" in said.err
    other = next(name for name in platform_metrics() if name not in city.computed_metrics)
    assert f"{other} is not published: seoul has not chosen it; " in madang("explain", "seoul", other, "11", "2026").err
    assert "seoul has no metric 'zzz'" in madang("explain", "seoul", "zzz", "11", "2026").err


RATIO = """
rentals_by_rain:
  derived: {ratio: [bike_rentals_month, precipitation_total_month]}
  every: month
  unit: ratio
  possible: [0, 1000000000]
  title: Rentals by rain
  formula: Rentals of the month by its rain
"""


def test_a_ratio_over_a_month_is_tried(madang: Command, tmp_path: Path) -> None:
    """It crashed: a metric over days that is made of two has two series that it is rolled up from."""
    path = tmp_path / "mine.yaml"
    path.write_text(RATIO, "utf-8")
    said = madang("metric", "try", str(path), "--city", "seoul", "--day", "2026-06", "--json")
    (tried,) = json.loads(said.out)
    assert (tried["period"], tried["start"], tried["feeds"][0]) == ("month", "2026-06-01", "bike_daily")
    assert tried["figures"][0]["reason"] == "bike_rentals_month, which it is made of, has no value"


def test_a_month_is_tried_by_any_of_its_days(madang: Command) -> None:
    """The day was taken for the first of the month, and no feed had rows of it."""
    words = ("metric", "try", "transit_mode_share_metro", "--city", "seoul", "--json", "--day")
    first, inside, named = (json.loads(madang(*words, day).out) for day in ("2026-05-01", "2026-05-20", "2026-05"))
    assert first == inside == named
    assert first[0]["figures"][0]["value"] is not None
    none = madang("metric", "try", "electricity_industrial_share", "--city", "seoul", "--steps", "none")
    assert "the rows of 2026-04 give no figure where" in none.words
    assert "customer_group" in none.words


LOUD = """
loud_share:
  observes: noise_level
  value: CASE WHEN laeq > {limit} THEN 100 ELSE 0 END
  over_time: [{{to: day, as: mean, needs: 0.01}}]
  over_space: {{as: mean, needs: 0.1, counts: sensors}}
  levels: [city, district]
  unit: "%"
  possible: [0, 100]
  title: Share of loud readings
  formula: Share of the readings above a level
"""


@pytest.mark.parametrize(("limit", "code", "says"), [("0", 0, "100"), ("laqe", 2, "laqe")])
def test_a_file_of_an_entry_is_tried_before_a_pack_has_it(
    madang: Command, tmp_path: Path, limit: str, code: int, says: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(LOUD.format(limit=limit), "utf-8")
    said = madang("metric", "try", path, "--city", "seoul", "--area", "종로구")
    assert said.code == code, said.err
    assert says in said.words + said.err
    assert "loud_share" in said.words + said.err


@pytest.mark.parametrize(
    ("steps", "places", "more"), [("all", True, False), ("few", True, True), ("none", False, False)]
)
def test_a_trial_shows_as_many_rows_as_it_is_asked_for(madang: Command, steps: str, places: bool, more: bool) -> None:
    said = madang("metric", "try", "pm25_mean", "--city", "seoul", "--steps", steps)
    assert said.code == 0, said.err
    assert ("readings of" in said.words, "--steps all" in said.words) == (places, more)


def test_why_there_is_none(madang: Command) -> None:
    said = madang("metric", "try", "pm25_mean", "--city", "seoul", "--day", "1999-01-01")
    assert (said.code, "no feed has rows of it on 1999-01-01" in said.words) == (3, True)
    assert madang("metric", "try", "pm25_mean", "--city", "seoul", "--steps", "some").code == 2
    assert madang("metric", "try", "zzz", "--city", "seoul").code == 2
    assert madang("metric", "try", "pm25_mean", "--city", "seoul", "--area", "zzz").code == 2
    assert madang("metric", "try", "zzz.yaml", "--city", "seoul").code == 2


@pytest.mark.parametrize(
    ("metric", "day", "write"),
    [("decline_legal_test", "2025-06-01", "a year"), ("price_per_m2_median_quarter", "2026-05-15", "a quarter")],
)
def test_a_day_within_a_period_is_told_which_day_begins_it(madang: Command, metric: str, day: str, write: str) -> None:
    first = {"a year": "2025-01-01", "a quarter": "2026-04-01"}[write]
    said = madang("explain", "seoul", metric, "11110", day)
    assert said.code == 1
    assert (
        f"on {day} was ever published; its values are of {write} and stand on the first day: write {first}" in said.err
    )
    assert "has not been worked on" not in said.err
    assert madang("explain", "seoul", metric, "11110", first, "--steps", "none").code == 0
    later = madang("explain", "seoul", metric, "11110", "2031-01-01")
    assert f"the {write[2:]} has not been worked on" in later.err
