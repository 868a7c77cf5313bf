"""Entries of metrics that newcomers write wrong: each is one mistake with file, line, key and what to write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assets.check.check import check_pack
from assets.check.entries import Among, entry_flaws
from assets.check.metrics import metric_mistakes
from assets.derive.parts import why_not_had
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.metrics.entries import platform_entries
from assets.metrics.over_days import with_parts_over_days
from assets.pack.city import load_city, read_pack
from assets.standards.choice import StandardChoice
from tests.support.paths import SEOUL
from tests.unit.assets.check.test_check import FILES, written

OWN = "metrics/dust.yaml"
ENTRY = """\
dust_high:
  observes: air_quality
  where: network = 'reference' AND place IN {places}
  value: pm25
  over_time: [{to: day, as: mean, needs: 0.75}]
  over_space: {as: max, needs: 0.5, counts: stations}
  unit: ug/m3
  direction: lower
  possible: [0, 5000]
  title: {vi: Bụi, en: Dust}
  formula: Highest daily mean
  periods: {month: {}}
  thresholds: {dust_days: {above: who_2021.pm25_24h}}
dust_share:
  derived: {ratio: [dust_high, pm25_mean]}
  unit: ratio
  possible: [0, 100]
  title: Phần
  formula: Highest by mean
  target: 2
  target_source: the mayor
"""
METRICS = "parameters:\n  places: [A, B]\nmetrics:\n  pm25_mean: {}\n  dust_high_month: {target: 30}\n"
GOOD = FILES | {OWN: ENTRY, "metrics.yaml": METRICS}


@dataclass(frozen=True)
class Wrong:
    """An edit of the entries (or of `file`), where it is said, and what."""

    old: str
    new: str
    place: str  # line and key, as they stand before the sentence
    said: str
    hint: str
    file: str = OWN
    at: str = OWN


def test_good_entries_have_no_mistake_and_are_chosen_by_being_there(tmp_path: Path):
    folder = written(tmp_path / "hue", GOOD)
    assert [str(mistake) for mistake in check_pack(folder)] == []
    city = load_city(folder)
    assert list(city.metrics) == ["pm25_mean", "dust_high_month", "dust_high", "dust_days", "dust_share"]
    assert [city.metrics[name].period for name in city.metrics] == ["day", "month", "day", "month", "day"]
    assert (city.choices["dust_share"].target, city.choices["dust_high_month"].target) == (2, 30)
    assert city.metrics["dust_share"].title.root == {"vi": "Phần"}
    assert city.metrics["dust_high_month"].title.root == {
        "vi": "Bụi: trung bình của tháng",
        "en": "Dust: mean of the month",
    }


WRONG = {
    "unknown column": Wrong("value: pm25", "value: pm2_5", "4: dust_high.value", "there is no column 'pm2_5'", "pm25"),
    "wrong aggregate": Wrong("as: max", "as: maxi", "6: dust_high.over_space.as", "'maxi' is none of", "write max"),
    "aggregate in value": Wrong("value: pm25", "value: AVG(pm25)", "4: dust_high.value", "looks at several", "AVG"),
    "window in value": Wrong(
        "value: pm25", "value: LAG(pm25) OVER (ORDER BY time)", "4: dust_high.value", "looks at several", "over_time"
    ),
    "window over a place": Wrong(
        "value: pm25", "value: SUM(pm25) OVER (PARTITION BY place)", "4: dust_high.value", "looks at several", "OVER"
    ),
    "number of readings": Wrong("value: pm25", "value: COUNT(*)", "4: dust_high.value", "looks at several", "SUM"),
    "condition on several": Wrong(
        "place IN {places}", "COUNT(*) > 1", "3: dust_high.where", "looks at several", "leave SUM"
    ),
    "too long": Wrong("value: pm25", f"value: {'pm25 + ' * 700}1", "4: dust_high.value", "at most 4000", ""),
    "long window": Wrong(
        "{to: day,", "{rolling_hours: 48,", "5: dust_high.over_time.0.rolling_hours", "at most 24", ""
    ),
    "parts without end": Wrong(
        "needs: 0.75}", "needs: 0.75, of: 100000000000000000000}", "5: dust_high.over_time.0.of", "at most 86400", ""
    ),
    "no places expected": Wrong("needs: 0.5,", "expects: 0,", "6: dust_high.over_space.expects", "more than 0", ""),
    "nothing possible in a month": Wrong(
        "{month: {}}", "{month: {possible: [5, 1]}}", "12: dust_high.periods.month", "nothing is possible", "lower end"
    ),
    "limit that is no number": Wrong(
        "above: who_2021.pm25_24h",
        "above: .nan",
        "13: dust_high.thresholds.dust_days",
        "'.nan' is no limit",
        "a number",
    ),
    "limit without a standard": Wrong(
        "who_2021.pm25_24h", "../x.y", "13: dust_high.thresholds.dust_days", "is no limit", "who_2021.pm25_24h"
    ),
    "expression that is no SQL": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "expression: dust_high +",
        "15: dust_share.derived.expression",
        "is no expr",
        "as",
    ),
    "expression of several areas": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "expression: dust_high - MAX(dust_high)",
        "15: dust_share.derived.expression",
        "looks at several",
        "leave SUM",
    ),
    "expression that is no number": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "expression: dust_high > 1",
        "15: dust_share.derived.expression",
        "is no number",
        "CASE",
    ),
    "expression of no metric": Wrong(
        "ratio: [dust_high, pm25_mean]", "expression: '1'", "15: dust_share.derived.expression", "names no metric", ""
    ),
    "index of nothing": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "index: {standard: kr.cai, of: {}}",
        "15: dust_share.derived.index.of",
        "",
        "at least one",
    ),
    "select": Wrong("value: pm25", "value: SELECT pm25 FROM air", "4: dust_high.value", "is no expression", "SELECT"),
    "two statements": Wrong(
        "value: pm25", "value: pm25; DROP", "4: dust_high.value", "is no expression", "without `;`"
    ),
    "unknown function": Wrong(
        "value: pm25", "value: MEAN2(pm25)", "4: dust_high.value", "is no expression", "write it"
    ),
    "no condition": Wrong(
        "network = 'reference' AND place IN {places}", "pm25", "3: dust_high.where", "no cond", "> 0"
    ),
    "no number": Wrong("value: pm25", "value: place", "4: dust_high.value", "is no number: it is of type text", "CASE"),
    "types": Wrong("value: pm25", "value: pm25 + place", "4: dust_high.value", "", ""),
    "parameter": Wrong(
        "{places}", "{place}", "3: dust_high.where", "there is no parameter 'place'", "write places here"
    ),
    "parameter in quotes": Wrong("{places}", "('{places}')", "3: dust_high.where", "stands in quotes", "without"),
    "model": Wrong("air_quality", "air_qualty", "2: dust_high.observes", "there is no model", "write air_quality"),
    "formula": Wrong(
        "value: pm25",
        "value: {formula: wet_bulb, of: [pm25]}",
        "4: dust_high.value.formula",
        "there is no formula 'wet_bulb'",
        "write wet_bulb_stull",
    ),
    "arguments": Wrong(
        "value: pm25",
        "value: {formula: wet_bulb_stull, of: [pm25]}",
        "4: dust_high.value.of",
        "wet_bulb_stull takes 2 arguments, and there are 1",
        "temp_c, humidity_pct",
    ),
    "negative needs": Wrong(
        "needs: 0.75", "needs: -0.75", "5: dust_high.over_time.0.needs", "cannot be", "more than 0"
    ),
    "share over 1": Wrong("needs: 0.75", "needs: 75", "5: dust_high.over_time.0.needs", "cannot be", "at most 1"),
    "capitals": Wrong("dust_high:\n", "Dust_high:\n", "1: Dust_high", "cannot be the name", "small letters"),
    "two ways of a step": Wrong("{to: day,", "{to: day, rolling_hours: 8,", "5: dust_high.over_time.0", "", "either"),
    "steps the wrong way": Wrong(
        "[{to: day, as: mean, needs: 0.75}]",
        "[{to: day, as: mean}, {to: hour, as: mean}]",
        "1: dust_high",
        "`over_time` goes to hours",
        "put it so",
    ),
    "steps to hours": Wrong("{to: day,", "{to: hour,", "1: dust_high", "ends with hours", "{to: day, as: mean}"),
    "hours and days": Wrong(
        "  unit: ug/m3\n", "  unit: ug/m3\n  hourly: true\n", "1: dust_high", "ends with", "take one"
    ),
    "two periods of one name": Wrong(
        "{month: {}}",
        "{month: {metric: dust_long}, year: {metric: dust_long}}",
        "12: dust_high.periods.month",
        "dust_long is there twice",
        "another name",
    ),
    "unknown period": Wrong("{month: {}}", "{decade: {}}", "12: dust_high.periods.decade", "'decade' is none", ""),
    "a name of the platform": Wrong("dust_days:", "pm25_mean:", "13: dust_high.thresholds.pm25_mean", "Madang", "name"),
    "unknown standard": Wrong(
        "who_2021.pm25_24h", "who_2022.pm25_24h", "13: dust_high.thresholds.dust_days.above", "no standard", "who_2021"
    ),
    "unknown limit": Wrong(
        "who_2021.pm25_24h", "who_2021.pm2_24h", "13: dust_high.thresholds.dust_days.above", "has no limit", "pm25_24h"
    ),
    "above what": Wrong("{above: who_2021.pm25_24h}", "{}", "13: dust_high.thresholds.dust_days", "write `above`", ""),
    "unknown metric": Wrong(
        "[dust_high, pm25_mean]", "[dust_hihg, pm25_mean]", "15: dust_share.derived.ratio", "no metric", "dust_high"
    ),
    "ratio of one": Wrong(
        "[dust_high, pm25_mean]",
        "[dust_high]",
        "15: dust_share.derived.ratio",
        "ratio needs two metrics: [above, below]",
        "",
    ),
    "ratio of a text": Wrong(
        "[dust_high, pm25_mean]", "dust_high", "15: dust_share.derived.ratio", "needs two metrics: [above, below]", ""
    ),
    "difference of three": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "difference: [dust_high, pm25_mean, pm10_mean]",
        "15: dust_share.derived.difference",
        "difference needs two metrics: [first, second]",
        "",
    ),
    "by residents": Wrong(
        "[dust_high, pm25_mean]",
        "[dust_high, residents]",
        "15: dust_share.derived.ratio",
        "residents is no metric",
        "write `per: resident`",
    ),
    "weighted by residents of another name": Wrong(
        "ratio: [dust_high, pm25_mean]",
        "weighted_mean: {of: dust_high, by: resident}",
        "15: dust_share.derived.weighted_mean.by",
        "no metric 'resident'",
        "write residents",
    ),
    "half a range": Wrong("[0, 5000]", "[0]", "9: dust_high.possible.1", "the list ends too early", "needs 2 entries"),
    "metric of a month": Wrong(
        "[dust_high, pm25_mean]",
        "[dust_high_month, pm25_mean]",
        "15: dust_share.derived.ratio",
        "no metric",
        "dust_high",
    ),
    "metric of the hour": Wrong(
        "[dust_high, pm25_mean]", "[pm25_hourly, pm25_mean]", "15: dust_share.derived.ratio", "of each hour", "day"
    ),
    "quarter of days": Wrong(
        "  unit: ratio",
        "  every: quarter\n  unit: ratio",
        "15: dust_share.derived.ratio",
        "of each day",
        "change `every`",
    ),
    "steps to days of a quarter": Wrong(
        "  unit: ug/m3\n",
        "  unit: ug/m3\n  every: quarter\n",
        "1: dust_high",
        "of a quarter alone",
        "take `over_time` out, or write `periods: {quarter: {}}` in place of `every`",
    ),
    "unknown every": Wrong(
        "  unit: ratio", "  every: week\n  unit: ratio", "16: dust_share.every", "'week'", "quarter"
    ),
    "people present in a quarter": Wrong(
        "  unit: ratio", "  every: year\n  per: person_present\n  unit: ratio", "14: dust_share", "on days", "resident"
    ),
    "circle": Wrong(
        "[dust_high, pm25_mean]", "[dust_share, pm25_mean]", "15: dust_share.derived", "dust_share > dust_share", "take"
    ),
    "two ways of a derived one": Wrong(
        "{ratio:", "{expression: pm25_mean, ratio:", "15: dust_share.derived", "write one of ratio", ""
    ),
    "readings of a derived one": Wrong(
        "  unit: ratio", "  value: pm25\n  unit: ratio", "14: dust_share", "", "take `value`"
    ),
    "neither": Wrong("  observes: air_quality\n", "", "1: dust_high", "write `observes` or `derived`", ""),
    "unit": Wrong("unit: ug/m3", "unit: mg/m3", "7: dust_high.unit", "stored in ug/m3", "write `unit: ug/m3`"),
    "level": Wrong(
        "  unit: ratio", "  levels: [distrikt]\n  unit: ratio", "16: dust_share.levels.0", "no area", "district"
    ),
    "nothing possible": Wrong("[0, 5000]", "[5000, 0]", "1: dust_high", "nothing is possible", "lower end first"),
    "target that cannot be": Wrong("target: 2\n", "target: 200\n", "20: dust_share.target", "is no target", "in ratio"),
    "month": Wrong("  unit: ratio", "  in_months: [13]\n  unit: ratio", "16: dust_share.in_months", "1 to 12", "[5, 6"),
    "quantile": Wrong("as: max", "as: quantile", "6: dust_high.over_space", "`quantile` belong together", "0.95"),
    "key": Wrong("over_space", "over_spaces", "6: dust_high.over_spaces", "there is no such key", "write over_space"),
    "kinds of days without holidays": Wrong(
        "  unit: ratio",
        "  kinds_of_days: {dust_saturday: {on: saturday}}\n  unit: ratio",
        "16: dust_share.kinds_of_days.dust_saturday",
        "without holidays no day is of one",
        "write `holidays: {country: VN}` in city.yaml",
    ),
    "no feed": Wrong("'reference'", "'low_cost'", "1: dust_high", "stays absent: air cannot give it", "such a feed"),
    "choice of what has no readings": Wrong(
        "dust_high_month: {target: 30}",
        "dust_high_month: {where: pm25 > 0}",
        "5: metrics.dust_high_month.where",
        "has no readings of its own",
        "below dust_high",
        "metrics.yaml",
        "metrics.yaml",
    ),
    "choice that is no SQL": Wrong(
        "pm25_mean: {}",
        "pm25_mean: {where: SELECT 1}",
        "4: metrics.pm25_mean.where",
        "is no expression",
        "SELECT",
        "metrics.yaml",
        "metrics.yaml",
    ),
    "feed that is not there": Wrong(
        "pm25_mean: {}",
        "pm25_mean: {feeds: [air_hourly]}",
        "4: metrics.pm25_mean",
        "there is no feed air_hourly",
        "such a feed",
        "metrics.yaml",
        "metrics.yaml",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_entry_is_named_with_file_line_key_and_what_to_write(case: str, tmp_path: Path):
    wrong = WRONG[case]
    assert GOOD[wrong.file].count(wrong.old) >= 1
    folder = written(tmp_path / "hue", GOOD | {wrong.file: GOOD[wrong.file].replace(wrong.old, wrong.new, 1)})
    found = [mistake for mistake in check_pack(folder) if mistake.file == folder / wrong.at]
    begins = f"{folder / wrong.at}:{wrong.place}: "
    fitting = [m for m in found if str(m).startswith(begins) and wrong.said in m.what and wrong.hint in m.hint + m.what]
    assert fitting, [str(mistake) for mistake in found]
    assert all("\n" not in str(mistake) for mistake in found)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("value: pm25", "value: MEAN2(pm25)", "air cannot give it: 'MEAN2(pm25)' is no expression in SQL"),
        ("where: network", "where: (network", "air cannot give it: '(network = 'reference'"),
        ("value: pm25", "value: {formula: wet_bulb_stull, of: [pm25 +, pm25]}", "air cannot give it: 'pm25 +' is no"),
        ("ratio: [dust_high, pm25_mean]", "expression: dust_high +", "what dust_share is derived from names no metric"),
        ("[dust_high, pm25_mean]", "[dust_share, pm25_mean]", "dust_share is made of itself: dust_share > dust_share"),
        ("[dust_high, pm25_mean]", "[dust_low, pm25_mean]", "there is no metric dust_low, of which dust_share is made"),
    ],
)
def test_a_wrong_entry_costs_the_metrics_made_of_it_alone(old: str, new: str, why: str, tmp_path: Path):
    """What `city check` says is for the author; a night that nobody checked before has all other metrics."""
    city = load_city(written(tmp_path / "hue", GOOD | {OWN: ENTRY.replace(old, new)}))
    entries = {name: named.entry for name, named in city.entries.items()}
    (table,) = (table for table in derived_tables(city) if table.name == "air_quality")
    assert isinstance(table, SubjectTable)
    assert table.metrics == ("pm25_mean",)
    assert why in why_not_had("dust_share", entries, city).replace('"', "'")


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("metrics/dust.yml", "is not read", "metrics/dust.yaml"),
        ("metrics/air.yaml", "is the name of another table", "what its metrics are about"),
        ("metrics/dust_hour.yaml", "a table of metrics that Madang makes itself", "rename"),
    ],
)
def test_the_file_of_entries_has_a_name_of_its_own(name: str, said: str, hint: str, tmp_path: Path):
    one = "other:\n" + ENTRY.partition("dust_high:\n")[2].partition("  periods")[0]
    (mistake,) = check_pack(written(tmp_path / "hue", GOOD | {name: one}))
    assert said in mistake.what
    assert hint in mistake.hint


def test_a_parameter_that_nothing_reads_is_suspicious(tmp_path: Path):
    files = GOOD | {"metrics.yaml": METRICS.replace("places: [A, B]", "places: [A, B]\n  place: C")}
    (warning,) = check_pack(written(tmp_path / "hue", files))
    assert (warning.warning, warning.key, warning.line) == (True, "parameters.place", 3)


def test_a_parameter_of_the_platform_is_not_to_be_written_as_another(tmp_path: Path):
    """Nobody of a pack can write another name into an entry of the platform: it has to be declared, or renamed."""
    hints = {}
    for other in ("heat_season_months", "cold_months"):
        declared = METRICS.replace("  places:", f"  {other}: [1]\n  places:")
        chosen = declared + "  wind_chill_min: {}\n"
        found = check_pack(written(tmp_path / other / "hue", GOOD | {"metrics.yaml": chosen}))
        hints[other] = {mistake.hint for mistake in found if "no parameter 'cold_season_months'" in mistake.what}
    assert hints == {
        "heat_season_months": {"write `cold_season_months: ...` below `parameters`"},
        "cold_months": {"rename cold_months below `parameters`"},
    }


@pytest.mark.parametrize(
    ("parameter", "key", "said", "hint"),
    [
        (
            "request_terms:\n    - question=7\n    - road works=a week",
            "request_terms.1",
            "'road works=a week'",
            "question=7",
        ),
        ("request_terms:\n    - question=7\n    - 14", "request_terms.1", "14 is no kind", "question=7"),
        ("other: 1\n  request_terms: question=7", "request_terms", "it is a list", "[question=7]"),
        ("other: 1\n  recovery_base_years: 2019", "recovery_base_years", "2019 is no list of years", "[2018, 2019]"),
        ("other: 1\n  recovery_other_years: [last]", "recovery_other_years", "no list of years", "[2018, 2019]"),
    ],
)
def test_a_parameter_that_a_mart_takes_apart_can_be_read(
    parameter: str, key: str, said: str, hint: str, tmp_path: Path
) -> None:
    """A term of "a week" was fine for the check, and each night the mart crashed on it."""
    files = GOOD | {"metrics.yaml": METRICS.replace("parameters:\n", f"parameters:\n  {parameter}\n")}
    line = 4 if "request_terms.1" in key else 3
    mistakes = check_pack(written(tmp_path / "hue", files))
    (mistake,) = [one for one in mistakes if one.key == f"parameters.{key}"]
    assert mistake.file is not None
    assert (mistake.file.name, mistake.line) == ("metrics.yaml", line)
    assert said in mistake.what
    assert hint in mistake.hint


@pytest.mark.parametrize("name", ["platform_cost_work", "request_terms"])
def test_what_is_read_without_an_entry_of_it_is_not_suspicious(name: str):
    """City check said of the costs of the platform that no metric reads them."""
    pack = read_pack(SEOUL)
    assert pack.choices is not None
    more = pack.choices.model_copy(update={"parameters": {**pack.choices.parameters, name: ["a=7"]}})
    keys = {mistake.key for mistake in metric_mistakes(replace(pack, choices=more))}
    assert f"parameters.{name}" not in keys


def test_residents_are_needed_where_a_metric_is_per_inhabitant(tmp_path: Path):
    areas = FILES["areas.csv"].replace(",population_2023", "").replace(",490000", "").replace(",200000", "")
    files = FILES | {"areas.csv": areas.replace(",290000", "")}
    (mistake,) = check_pack(written(tmp_path / "hue", files))
    assert mistake.key == "metrics.bike_rentals_per_100k"
    assert "areas.csv has no residents" in mistake.what


def test_an_index_is_read_at_a_state_that_somebody_says(tmp_path: Path):
    choice = FILES["metrics.yaml"] + "  aqi: {}\n"
    only_particles = FILES | {"metrics.yaml": choice}
    assert check_pack(written(tmp_path / "one" / "hue", only_particles)) == []  # no gas is measured, none is converted
    air = FILES["feeds/air.yaml"].replace("  status:", "  no2: {from: NO2, unit: ppb}\n  status:")
    (mistake,) = check_pack(written(tmp_path / "two" / "hue", only_particles | {"feeds/air.yaml": air}))
    assert (mistake.key, mistake.line) == ("metrics.aqi", choice.count("\n"))
    assert "of no2 becomes" in mistake.what
    assert "gases_at: {temperature" in mistake.hint
    said = choice + "standards:\n  gases_at: {temperature: 25 degC, pressure: 1013.25 hPa}\n"
    more = only_particles | {"feeds/air.yaml": air, "metrics.yaml": said}
    assert check_pack(written(tmp_path / "three" / "hue", more)) == []


def test_the_entries_of_the_platform_have_no_mistake():
    entries = platform_entries()
    standards = StandardChoice.model_validate({"gases_at": {"temperature": "25 degC", "pressure": "1013.25 hPa"}})
    found = {
        name: list(entry_flaws(name, Among(with_parts_over_days(entries), standards=standards))) for name in entries
    }
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


def test_of_an_entry_that_cannot_be_read_its_mistake_alone_is_said(tmp_path: Path):
    """Metrics that are chosen, or made of it, were said not to be there, with 12,967 signs of those that are."""
    flags = "  flags: [7]\n  unit: ug/m3\n  direction: lower\n"
    further = "dust_twice:\n  derived: {ratio: [dust_high, pm25_mean]}\n  unit: ratio\n  possible: [0, 100]\n"
    further += "  title: Phần\n  formula: By mean\n"
    files = GOOD | {OWN: ENTRY.replace("  unit: ug/m3\n  direction: lower\n", flags), "metrics/more.yaml": further}
    found = check_pack(written(tmp_path / "hue", files))
    assert [(one.file and one.file.name, one.key) for one in found] == [("dust.yaml", "dust_high.flags.0")]


def test_a_metric_that_nobody_knows_is_said_beside_those_most_like_it(tmp_path: Path):
    files = GOOD | {"metrics.yaml": METRICS + "  qqqq_zzzz: {}\n"}
    (found,) = check_pack(written(tmp_path / "hue", files))
    assert found.key == "metrics.qqqq_zzzz"
    assert len(str(found.hint)) < 350
