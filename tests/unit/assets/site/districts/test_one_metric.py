"""A metric by district: map, dots and table have the same values, and what has none is unfilled and says why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.site.districts.one_metric import DistrictsShown, districts_shown, key_of_classes
from assets.site.figures.scales import classes_of
from assets.site.language.words import SiteWords
from assets.site.navigation import sections_of
from assets.site.opened import open_for_pages
from assets.site.page import SitePage
from assets.site.pages.metric import metric_pages
from assets.site.render import rendered
from tests.support.open_files import a_value, open_file_of

DAY = date(2020, 11, 30)
HOSTILE = '"><script>alert(1)</script>'


def a_district(code: str, value: float | None, **given: object) -> dict[str, Any]:
    """A value of a district: of one station."""
    usual = {"area": code, "area_level": "district", "value": value, "n": 1, "expected": 1.0, "met": None}
    return a_value(**(usual | given))


THREE = (
    a_district("11110", 12.0, met=True),
    a_district("11140", 18.2, met=False),
    a_district("11170", 18.4, met=False),
)


def shown_of(tmp_path: Path, rows: Iterable[Mapping[str, Any]], **texts: Any) -> DistrictsShown | None:
    """The section of a metric on its page in English."""
    file = open_file_of(tmp_path / "open.duckdb", rows, **texts)
    with duckdb.connect(file) as con:
        con.execute("UPDATE mart.area SET lat = 37.5, lon = 127 + CAST(area AS INT) / 1000")
    with open_for_pages(file) as source:
        return districts_shown(source, source.cities[0], SiteWords("en"), "pm25_mean", "en/seoul/metric/pm25_mean.html")


def values_of(html: str) -> list[str]:
    """The unrounded values of a figure, in its order."""
    return re.findall(r'<data value="([^"]+)">', html)


def test_map_dots_and_table_have_the_values_of_the_file(tmp_path: Path) -> None:
    shown = shown_of(tmp_path, THREE, area__11110="Jongno-gu", area__11140="Jung-gu", area__11170="Yongsan-gu")
    assert shown is not None
    assert values_of(shown.dots) == ["12.0", "18.2", "18.4"]
    titles = re.findall(r"<title>([^<]+)</title>", shown.map)
    assert titles == ["Jongno-gu: 12.0 µg/m³", "Jung-gu: 18.2 µg/m³", "Yongsan-gu: 18.4 µg/m³"]
    kinds = re.findall(r'<rect class="area ([^"]+)"', shown.map)
    assert kinds == re.findall(r'<circle class="dot ([^"]+)"', shown.dots)
    assert (shown.met, shown.judged, shown.best_first) == (1, 3, True)
    assert 'href="../district/11110.html"' in shown.dots


def test_the_bar_is_the_middle_of_the_last_thirty_days(tmp_path: Path) -> None:
    days = [a_district("11110", float(back), period_start=DAY - timedelta(back)) for back in range(40, 0, -1)]
    shown = shown_of(tmp_path, [*days, *THREE])
    assert shown is not None
    assert shown.spread
    # 12, and 1 to 29 without gaps: of 30 values in order the tenth part lies at 3.9, nine tenths at 26.1
    assert re.findall(r'<td class="number spread">([^<]+)</td>', shown.dots) == ["3.9\N{EN DASH}26.1"]
    assert shown.dots.count('<line class="spread"') == 1
    assert "interval" not in shown.dots


def test_few_days_make_no_bar(tmp_path: Path) -> None:
    days = [a_district("11110", float(back), period_start=DAY - timedelta(back)) for back in range(8, 0, -1)]
    shown = shown_of(tmp_path, [*days, *THREE])
    assert shown is not None
    assert not shown.spread
    assert 'class="number spread"' not in shown.dots


def test_a_district_without_a_value_is_unfilled_and_says_why(tmp_path: Path) -> None:
    absent = a_district("11200", None, status="absent", reason_code="out_of_season", reason_gaps=["5", "9"])
    late = a_district("11215", 1.0, period_start=DAY - timedelta(1))
    shown = shown_of(tmp_path, [*THREE, absent, late], area__11200="Seongdong-gu")
    assert shown is not None
    assert shown.map.count('class="area empty"') == 2
    assert "Seongdong-gu: No value" in shown.map
    assert "Out of season" in shown.dots
    assert "29 Nov 2020" in shown.dots
    assert len(re.findall("<circle", shown.dots)) == 3


@pytest.mark.parametrize("rows", [[THREE[0], a_value()], [a_value()]])
def test_one_district_alone_and_none_have_no_section(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert shown_of(tmp_path, rows) is None


def test_hostile_names_are_text(tmp_path: Path) -> None:
    shown = shown_of(tmp_path, THREE, area__11110=HOSTILE)
    assert shown is not None
    assert "<script" not in shown.dots + shown.map
    assert "&lt;script" in shown.dots
    assert "&lt;script" in shown.map


@pytest.mark.parametrize(("direction", "first", "last"), [("lower", "≤ 7.5", "> 20.0"), ("higher", "< 7.5", "≥ 20.0")])
def test_the_key_says_on_which_side_a_limit_is(direction: str, first: str, last: str) -> None:
    classes = classes_of([10.0, 16.0, 20.0], 15.0, direction)
    key = key_of_classes(SiteWords("en"), "ug/m3", classes)
    assert [bool(target) for _, _, target in key].count(True) == 1
    assert key[0][1][:1] == first[:1]
    assert key[-1][1][:1] == last[:1]
    assert len(key) == len(classes.names)


def test_the_page_of_a_metric_has_the_section_and_a_way_to_it(tmp_path: Path) -> None:
    file = open_file_of(tmp_path / "open.duckdb", [*THREE, a_value()])
    with open_for_pages(file) as source:
        pages = {page.path: page for page in metric_pages(source, source.cities[0]) if isinstance(page, SitePage)}
        page = pages["en/seoul/metric/pm25_mean.html"]
        html = rendered(page, source, sections_of(page.head))
    assert '<a href="#districts">' in html
    assert values_of(html.partition('id="districts"')[2].partition("</section>")[0]) == ["12.0", "18.2", "18.4"]
