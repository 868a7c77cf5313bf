"""Limits: which holds on a day, in which unit, and what is wrong in a file or a name."""

from datetime import date

import polars as pl
import pytest

from assets.pack.chosen import chosen_standards, read_choices
from assets.pack.city_file import Choices
from assets.standards.choice import StandardChoice
from assets.standards.in_force import limit, limit_by_day, limit_in
from assets.standards.limit import named_limits
from assets.standards.standards import choice_mistakes, national_of, standards
from assets.standards.tables import StandardFile
from quality.contract.mistakes import ContractError
from quality.contract.validation import validated
from quality.contract.yaml_file import read_yaml
from quality.units.conditions import Conditions

DAY = date(2026, 5, 1)
AT_20 = Conditions.model_validate({"temperature": "20 degC", "pressure": "1013.25 hPa"})


@pytest.mark.parametrize(
    ("name", "day", "value", "unit"),
    [
        ("kr.pm25_24h", DAY, 35, "ug/m3"),
        ("kr.no2_24h", DAY, 0.06, "ppm"),
        ("who_2021.pm25_24h", date(2016, 12, 1), 15, "ug/m3"),  # guidelines are compared with any day
        ("who_2021.so2_24h", DAY, 40, "ug/m3"),  # a public table has 50
        ("who_2021.pm25_year_interim_3", DAY, 15, "ug/m3"),
        ("who_2021.o3_peak_season", DAY, 60, "ug/m3"),
        ("cn.pm25_24h", date(2026, 2, 28), 75, "ug/m3"),
        ("cn.pm25_24h", date(2026, 3, 1), 60, "ug/m3"),
        ("cn.pm25_24h", date(2031, 1, 1), 50, "ug/m3"),
        ("cn.pm25_24h_grade_1", date(2031, 1, 1), 25, "ug/m3"),
        ("vn.pm25_24h", date(2025, 12, 31), 50, "ug/m3"),
        ("vn.pm25_24h", date(2026, 1, 1), 45, "ug/m3"),
        ("vn.pm25_24h", date(2023, 9, 11), None, ""),
        ("eu.pm10_24h", date(2026, 12, 11), 50, "ug/m3"),
        ("eu.pm10_24h", date(2030, 1, 1), 45, "ug/m3"),
        ("eu.o3_1h_alert", date(2030, 1, 1), 240, "ug/m3"),
        ("ph.pm25_24h", date(2015, 12, 31), 75, "ug/m3"),
        ("ph.pm25_24h", date(2016, 1, 1), 50, "ug/m3"),
        ("us.pm25_year", DAY, 9, "ug/m3"),
        ("tw.pm25_24h", DAY, 30, "ug/m3"),
        ("th.pm25_24h", DAY, 37.5, "ug/m3"),
        ("id.pm25_24h", DAY, 55, "ug/m3"),
        ("mn.pm25_24h", DAY, 50, "ug/m3"),
        ("kz.pm25_20min", DAY, 160, "ug/m3"),
    ],
)
def test_in_force(name, day, value, unit):
    found = limit(name, day)
    assert (found and found.value, found.unit if found else "") == (value, unit)


def test_what_a_limit_says_of_itself():
    found = limit("eu.pm10_24h", date(2030, 1, 1))
    assert found is not None
    assert (found.kind, found.allowed, found.edition) == ("limit", 18, "eu.directive_2024_2881_2030")
    assert not found.verified
    interim, korean = limit("who_2021.pm25_24h_interim_1", DAY), limit("kr.pm25_24h", DAY)
    assert (interim and interim.kind, korean and korean.verified) == ("interim", True)


def test_national():
    assert (national_of("KR"), national_of("DE"), national_of("XX")) == ("kr", "eu", None)
    found = limit("national.pm25_24h", DAY, StandardChoice(national="mn"))
    assert found is not None
    assert found.edition == "mn.mns_4585_2016"
    with pytest.raises(ContractError, match="there is none for this country"):
        limit("national.pm25_24h", DAY)


def test_a_pack_takes_an_edition_on_every_day():
    chosen = StandardChoice(editions=("cn.gb_3095_2026_final",))
    found = limit("cn.pm25_24h", date(2015, 12, 1), chosen)
    assert found is not None
    assert found.value == 50
    assert limit("kr.pm25_24h", DAY, chosen) is not None  # other standards stay as they are


def test_units():
    korean, chinese, who = limit("kr.no2_24h", DAY), limit("cn.no2_24h", DAY), limit("who_2021.no2_24h", DAY)
    assert all((korean, chinese, who))
    assert limit_in(korean, "ppb").value == 60
    # 80 ug/m3 at 25 degC: 80 / 46.006 x 24.465 = 42.54 ppb
    assert limit_in(chinese, "ppb").value == pytest.approx(42.54, abs=0.01)
    with pytest.raises(ContractError, match="gases_at"):
        limit_in(who, "ppb")
    # 25 / 46.006 x 24.055 = 13.07
    assert limit_in(who, "ppb", StandardChoice(gases_at=AT_20)).value == pytest.approx(13.07, abs=0.01)
    with pytest.raises(ContractError, match="cannot become"):
        limit_in(korean, "dB")


def test_by_day_of_each_row():
    days = [date(2023, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    value, edition = limit_by_day("vn.pm25_24h", pl.col("day"), "mg/m3")
    found = pl.DataFrame({"day": days}).select(value.alias("value"), edition.alias("edition"))
    assert found.rows() == [
        (None, None),
        (0.05, "vn.qcvn_05_2023_until_2025"),
        (0.045, "vn.qcvn_05_2023_from_2026"),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kr.pm25_24hh", "kr has no limit 'pm25_24hh'; write pm25_24h"),
        ("krr.pm25_24h", "there is no standard 'krr'; write kr"),
        ("pm25", "there is no standard 'pm25'"),
    ],
)
def test_unknown_names(name, said):
    with pytest.raises(ContractError, match=said):
        limit(name, DAY)


def test_unknown_choices():
    chosen = StandardChoice(national="who_2020", editions=("cn.hj_633_2027",))
    assert [(loc, hint) for loc, _, hint in choice_mistakes(chosen)] == [
        (("national",), "write who_2021"),
        (("editions", 0), "write cn.hj_633_2026"),
    ]


def test_the_choice_of_a_pack(tmp_path):
    path = tmp_path / "metrics.yaml"
    path.write_text("standards:\n  editions: [vn.decision_1459_2019]\n", "utf-8")
    chosen = chosen_standards(read_choices(path, {}), "VN")
    assert (chosen.national, chosen.editions) == ("vn", ("vn.decision_1459_2019",))
    assert chosen_standards(Choices(), "XX").national is None
    path.write_text("standards:\n  national: kor\n  editions: [vn.decision_1459_2020]\n", "utf-8")
    with pytest.raises(ContractError) as caught:
        read_choices(path, {})
    said = [(mistake.line, mistake.key, mistake.hint) for mistake in caught.value.mistakes]
    assert said == [(2, "standards.national", "write kr"), (3, "standards.editions.0", "write vn.decision_1459_2019")]


def test_editions_of_one_limit_do_not_hold_on_one_day():
    for file, standard in standards().items():
        found: dict[str, list] = {}
        for key, edition in standard.limits.items():
            for name in named_limits(f"{file}.{key}", edition):
                found.setdefault(name, []).append(edition)
        for name, editions in found.items():
            days = [day for edition in editions for day in (edition.from_, edition.to) if day is not None]
            assert all(sum(edition.in_force(day) for edition in editions) <= 1 for day in days), (file, name)


BROKEN = """
title: A country
indices:
  aqi:
    title: An index
    editions:
      one:
        title: An edition
        legal: A law
        evidence: A
        source: {name: A page}
        style: segmented
        scale: [[0, 50], [51, 100]]
        index_rounding: half_up
        rows:
          - {of: pm25, over: 24h, unit: ug/m3, rounding: {as: half_up}, at: AT}
        bands: [{to: 50, name: good}, {name: bad}]
"""


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("[[0, 15], [17, 35]]", "no band begins one step above 15"),
        ("[[0, 15.5], [16.5, 35]]", "15.5 has more decimals than its rounding"),
        ("[[0, 15]]", "has 1 places, and `scale` has 2"),
        ("[0, 15]", "a segmented table has"),
        ("[[0, 15], [16, 9]]", "the numbers do not grow"),
    ],
)
def test_mistakes_have_their_line(tmp_path, at, said):
    path = tmp_path / "xx.yaml"
    path.write_text(BROKEN.replace("AT", at))
    with pytest.raises(ContractError, match=said) as caught:
        validated(StandardFile, read_yaml(path), path)
    assert caught.value.mistakes[0].line == 16
    assert caught.value.mistakes[0].key == "indices.aqi.editions.one.rows.0.at"
