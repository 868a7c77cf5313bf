"""madang metric: list, show and export, of the platform and of a city."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from assets.metrics.definition import NamedEntry
from assets.metrics.entries import platform_entries, platform_metrics
from assets.metrics.entry import Entry
from assets.metrics.fields import FIELDS
from assets.metrics.in_words import steps_in_words
from assets.metrics.metricflow import metricflow
from pipelines.cli.known_metrics import KnownMetrics
from pipelines.cli.metric import metric_export, metric_show
from pipelines.cli.metric_list import metric_list
from pipelines.cli.options import Stop, settings_of
from tests.support.paths import REPOSITORY, SEOUL
from tests.worlds.packs import seoul


@pytest.fixture(autouse=True)
def packs(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("MADANG_CITIES", str(SEOUL.parent))
    monkeypatch.setenv("MADANG_HOME", str(tmp_path))


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_the_list_names_every_metric_and_in_a_city_which_feeds_give_it(capsys: pytest.CaptureFixture[str]):
    metric_list(as_json=True)
    everywhere = {row["metric"]: row for row in json.loads(printed(capsys))}
    assert list(everywhere) == list(platform_metrics())
    assert everywhere["pm25_annual_mean"]["period"] == "year"
    assert "feeds" not in everywhere["pm25_mean"]
    metric_list("seoul", as_json=True)
    listed = {row["metric"]: row for row in json.loads(printed(capsys))}
    assert (listed["pm25_mean"]["feeds"], listed["pm25_mean"]["chosen"]) == (["air_daily"], True)
    assert listed["cai"]["feeds"] == ["air_daily"]
    assert listed["noise_lden"]["observes"] == "made of noise_lday, noise_levening, noise_lnight"
    metric_list("seoul")
    assert "pm25_mean *" in printed(capsys)


@pytest.mark.parametrize("city", [None, "seoul"])
def test_the_list_is_no_wider_than_a_terminal(
    city: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """It had 300 columns, most of them for what a metric of ten others is made of."""
    monkeypatch.setenv("COLUMNS", "80")
    metric_list(city)
    lines = printed(capsys).splitlines()
    assert len(lines) > 300
    assert max(map(cell_len, lines)) <= 80
    names = {line.split("  ")[0].removesuffix(" *") for line in lines}
    assert set(platform_metrics()) - names == set(), "a name is cut"


def listed(capsys: pytest.CaptureFixture[str], **asked: str) -> list[str]:
    metric_list(as_json=True, **asked)
    return [row["metric"] for row in json.loads(printed(capsys))]


def test_the_list_is_narrowed_by_field_subject_and_words(capsys: pytest.CaptureFixture[str]):
    air = [name for name, metric in platform_metrics().items() if metric.subject == "air_quality"]
    assert listed(capsys, subject="air_quality") == air
    assert set(air) < set(listed(capsys, field="environment"))
    assert "pm25_mean" in listed(capsys, search="초미세먼지")  # a title in Korean
    assert "night_transport_gap" in listed(capsys, search="GAP night people")
    assert listed(capsys, subject="parking", search="초미세먼지") == []
    for asked, nearest in (({"subject": "air_qualty"}, "air_quality"), ({"field": "enviroment"}, "environment")):
        with pytest.raises(Stop, match=f"write {nearest}"):
            metric_list(**asked)
    metric_list("seoul", subject="parking")
    assert "of seoul; * are published; " in printed(capsys)


def test_the_list_has_titles_in_another_language(capsys: pytest.CaptureFixture[str]):
    metric_list(subject="parking", language="ko", as_json=True)
    (row, *_) = json.loads(printed(capsys))
    assert row["title"] == platform_metrics()[row["metric"]].title.root["ko"]
    with pytest.raises(Stop, match="there are: en, fil"):
        metric_list(language="tlh")


def test_every_subject_of_the_platform_stands_in_one_field():
    assert {metric.subject for metric in platform_metrics().values()} <= {one for of in FIELDS.values() for one in of}
    assert len({one for of in FIELDS.values() for one in of}) == sum(map(len, FIELDS.values()))


def test_the_list_names_the_cities_whose_feeds_can_give_a_metric(capsys: pytest.CaptureFixture[str]):
    metric_list(cities=True, as_json=True)
    everywhere = {row["metric"]: row["cities"] for row in json.loads(printed(capsys))}
    assert list(everywhere) == list(platform_metrics())
    assert {"seoul *", "beijing *", "busan *"} <= set(everywhere["pm25_mean"])
    assert "brunei *" in everywhere["modelled_temperature_mean_month"]  # by readings of months
    assert not {"brunei", "brunei *"} & set(everywhere["modelled_temperature_mean"])
    with pytest.raises(Stop, match="leave out --city"):
        metric_list("seoul", cities=True)


def test_each_city_can_have_what_it_publishes_and_says_why_it_lacks_the_rest():
    for folder in settings_of(None).packs():
        known = KnownMetrics.of(folder.name)
        assert known.city is not None
        had, rows = set(known.had()), {metric.metric: known.row(metric) for metric in known.metrics.values()}
        said = {name for name, choice in known.city.choices.items() if choice.does_not_occur is not None}
        assert {name for name in known.city.metrics if name not in had} <= said, folder.name
        for name, row in rows.items():
            assert (row["why_not"] is None) == (name in had), (folder.name, name)
            assert row["feeds"] or row["why_not"], (folder.name, name)


def test_show_says_the_steps_the_feeds_the_target_and_the_standard(capsys: pytest.CaptureFixture[str]):
    metric_show("heat_warning_days", "seoul")
    lines = printed(capsys).splitlines()
    assert lines[0].startswith("heat_warning_days: Days of the month")
    assert (
        "step 1: the number of days of the month on which apparent_temperature is of at least 33; "
        "75 % of the days are needed" in lines
    )
    assert "feeds: sdot_env" in lines
    assert "parameter heat_season_months: [5, 6, 7, 8, 9]" in lines
    assert "target: 0 (KMA heat warning)" in lines
    assert "standard: KMA heat warning, edition 2022" in lines
    metric_show("decline_legal_test", "seoul")
    assert "feeds: residents_history, residents_year, businesses_history, building_register" in printed(capsys)
    metric_show("o3_max8h", as_json=True)
    about = json.loads(printed(capsys))
    assert about["steps"][2] == "at each place the mean over the last 8 hours; 75 % of its parts are needed"
    assert about["made_longer"][:2] == ["o3_max8h_month", "o3_max8h_year"]


def test_show_says_which_flags_count_and_which_network_holds_it(capsys: pytest.CaptureFixture[str]):
    """It was silent of both, also of an entry with `flags: [4]`."""
    metric_show("sensor_pm25_mean", "seoul")
    lines = printed(capsys).splitlines()
    assert "flags of mart.place_health that count: good, not judged" in lines
    assert "witness: the network reference; off it by 15 % the values say so, by 30 % there are none" in lines
    for without in ("pm25_mean", "bike_rentals_per_100k"):  # a calibrated network's figures are its operator's
        metric_show(without, "seoul")
        assert not [line for line in printed(capsys).splitlines() if line.startswith(("flags", "witness"))]
    own = platform_entries()["sensor_pm25_mean"]
    known = KnownMetrics.of("seoul")
    entry = own.entry.model_copy(update={"flags": (4,), "witness": False})
    assert known._watched(replace(own, entry=entry)) == {"flags": ["bad"], "witness": None}


def test_what_has_one_row_for_each_area_is_no_highest_of_areas(capsys: pytest.CaptureFixture[str]):
    """It said "the highest of the areas of each area"."""
    metric_show("network_bias")
    assert "step 3: each area has the value of its own row" in printed(capsys)
    metric_show("dwelling_stock")
    assert "the sum of the areas within each area; 100 % of them" in printed(capsys)


def test_a_name_that_is_none_gets_the_nearest_and_so_does_a_format():
    with pytest.raises(Stop, match="there is no metric 'pm25_men'; write pm25_mean"):
        metric_show("pm25_men")
    with pytest.raises(Stop, match=r"names all\. With --city also"):
        metric_show("zzz")
    with pytest.raises(Stop, match="--format metricflow"):
        metric_export("osi")


def test_every_entry_can_be_said_in_words():
    said = Entry.model_validate(
        {
            "observes": "air_quality",
            "value": "pm25",
            "over_time": [{"rolling_hours": 8, "as": "mean"}, {"to": "day", "as": "max", "of": 24}],
            "over_space": {"as": "quantile", "quantile": 0.95, "counts": "sensors", "expects": 9, "needs": 0.5},
            "per": "km2",
            "in_months": [5, 6],
            "unit": "ug/m3",
            "possible": [0, 9],
            "title": "t",
            "formula": "f",
        }
    )
    assert steps_in_words(said) == [
        "the readings of air_quality are taken",
        "the value of each is pm25",
        "at each place the mean over the last 8 hours; 75 % of its parts are needed",
        "at each place the highest of each day; 75 % of its parts of 24 are needed",
        "the p95 of the sensors of each area; 50 % of them (9) are needed",
        "it is divided by the size of the area in km2",
        "it is defined for the months 5, 6",
    ]


METRICFLOW = """\
metrics:
- name: noise
  label: Noise
  description: Energy mean. In dB, of each day.
  type: simple
  type_params:
    measure: value
  filter: '{{ Dimension(''metric_row__metric'') }} = ''noise'''
  config:
    meta:
      unit: dB
      direction: lower
      period: day
      comparability: X3
      needs: 0.5
      counts: sensors
- name: noise_loud
  label: Loud days
  description: Days with a daily value above 55 dB. In days, of each year.
  type: simple
  type_params:
    measure: value
  filter: '{{ Dimension(''metric_row__metric'') }} = ''noise_loud'''
  config:
    meta:
      unit: days
      direction: lower
      period: year
      comparability: X3
      needs: 0.9
      counts: days
"""


def test_the_export_is_the_semantic_model_of_the_table_and_a_metric_for_each(capsys: pytest.CaptureFixture[str]):
    entry = Entry.model_validate(
        {
            "observes": "noise_level",
            "value": "laeq",
            "over_space": {"as": "energy_mean", "needs": 0.5, "counts": "sensors"},
            "unit": "dB",
            "direction": "lower",
            "possible": [0, 194],
            "title": {"en": "Noise"},
            "formula": "Energy mean",
            "thresholds": {"noise_loud": {"above": 55, "period": "year", "title": {"en": "Loud days"}}},
        }
    )
    model, _, metrics = metricflow(NamedEntry("noise", "noise", entry, REPOSITORY).metrics).partition("metrics:")
    assert "metrics:" + metrics == METRICFLOW
    assert "non_additive_dimension" in model
    assert "model: ref('metric_value')" in model
    metric_export(city="seoul")
    assert printed(capsys).count("  type: simple\n") == sum(one.period != "hour" for one in seoul().metrics.values())


def test_a_metric_of_months_that_a_city_has_not_chosen_says_which_feed_would_give_it(
    capsys: pytest.CaptureFixture[str],
):
    metric_list("busan", as_json=True)
    busan = {row["metric"]: row for row in json.loads(printed(capsys))}
    month, year = busan["electricity_per_inhabitant_month"], busan["electricity_per_inhabitant_year"]
    assert (month["feeds"], month["chosen"], month["why_not"]) == (["electricity"], True, None)
    assert "a row is of a month, and not of a day" in year["why_not"]
    metric_list("brunei", as_json=True)
    brunei = {row["metric"]: row for row in json.loads(printed(capsys))}
    assert brunei["air_temperature_mean_month"]["why_not"] == (
        "climate_month cannot give it: `where` asks for another network than its own, the network modelled; "
        "climate_year cannot give it: a row is of a year, and not of a month"
    )
