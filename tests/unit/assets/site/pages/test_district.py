"""Pages of districts: every value is one of the file, absent ones say why, and no name or outline runs or breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.site.navigation import district_path, sections_of
from assets.site.opened import open_for_pages
from assets.site.pages import district
from assets.site.render import rendered
from tests.support.open_files import CITY, a_value, open_file_of

HOSTILE = '</h1><script>alert("x")</script>'


def a_district(code: str, value: float | None, **given: object) -> dict[str, Any]:
    """A value of a district: of one station."""
    usual = {"area": code, "area_level": "district", "value": value, "n": 1, "expected": 1.0, "met": None}
    return a_value(**(usual | given))


THREE = (a_value(), a_district("11110", 12.0, met=True), a_district("11140", 18.2), a_district("11170", 18.4))


def pages_of(
    tmp_path: Path, rows: Iterable[Mapping[str, Any]], *changes: str, language: str = "en", **texts: Any
) -> dict[str, str]:
    """The pages of districts as HTML, by the names of their files. changes: SQL that is run on the file before."""
    file = open_file_of(tmp_path / "open.duckdb", rows, **texts)
    with duckdb.connect(file) as con:
        for change in changes:
            con.execute(change)
    with open_for_pages(file) as source:
        made = district.district_pages(source, source.cities[0], language)
        return {Path(page.path).stem: rendered(page, source, sections_of(page.head)) for page in made}


def row_of(html: str, metric: str = "pm25_mean") -> str:
    """The row of a metric."""
    return next(
        row for row in re.split(r'<div role="row"', html) if f"/{metric}.html" in row.partition('role="cell"')[0]
    )


def test_there_is_a_page_for_each_district_and_one_that_leads_to_them(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, THREE, area__11110="Jongno-gu")
    assert set(pages) == {"index", "11110", "11140", "11170"}
    assert 'href="11110.html"><bdi>Jongno-gu</bdi></a>' in pages["index"]
    assert "3 districts." in pages["index"]


def test_a_value_stands_beside_the_citys_with_its_position(tmp_path: Path) -> None:
    row = row_of(pages_of(tmp_path, THREE, area__11140="Jung-gu")["11140"])
    assert re.findall(r'<data value="([^"]+)">', row) == ["18.2", "15.44"]
    assert "2 of 3, from the best" in row
    assert "12.0 to 18.4" in row


def test_the_dot_and_the_diamond_stand_where_their_values_are(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, THREE)
    dots = {
        code: float(re.findall(r'class="one" cx="([\d.]+)%"', row_of(pages[code]))[0]) for code in ("11110", "11170")
    }
    whole = float(re.findall(r'class="whole" x="([\d.]+)%"', row_of(pages["11110"]))[0])
    share = (whole - dots["11110"]) / (dots["11170"] - dots["11110"])
    assert share == pytest.approx((15.44 - 12.0) / (18.4 - 12.0), abs=0.002)


def test_a_district_without_a_value_says_why_and_has_no_figure(tmp_path: Path) -> None:
    absent = a_district("11140", None, status="absent", reason_code="out_of_season", reason_gaps=["5", "9"])
    html = pages_of(tmp_path, [THREE[0], THREE[1], absent])["11140"]
    assert "Out of season" in html.partition("<details>")[2]
    assert 'role="row"' not in html
    assert "0 of 1 metrics" in html.replace("\n", " ")


def test_a_confidential_value_is_not_published(tmp_path: Path) -> None:
    secret = a_district("11140", None, status="absent", notation="C", reason_code="withheld", reason="few")
    assert "Not published" in pages_of(tmp_path, [THREE[0], THREE[1], secret])["11140"]


def test_targets_are_counted_by_their_verdicts(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, THREE)
    assert "1 of 1 targets is met." in pages["11110"]
    assert "targets" not in re.sub(r"(?s)<style.*?</style>", "", pages["11140"])


def test_residents_stand_on_the_map_and_in_the_table_and_an_area_without_any_is_unfilled(tmp_path: Path) -> None:
    changes = [
        "CREATE TABLE mart.residents (city VARCHAR, area VARCHAR, year BIGINT, residents DOUBLE)",
        f"INSERT INTO mart.residents VALUES ('{CITY}', '11110', 2022, 9), ('{CITY}', '11110', 2023, 149384),"
        f" ('{CITY}', '11140', 2023, 121312)",
        "UPDATE mart.area SET lat = 37.5, lon = 127 + CAST(area AS INT) / 1000, area_km2 = 10",
    ]
    html = pages_of(tmp_path, THREE, *changes, area__11110="Jongno-gu", area__11140="Jung-gu")["index"]
    assert re.findall(r"<title>([^<]*\d)</title>", html) == ["Jongno-gu: 149,384", "Jung-gu: 121,312"]
    assert re.findall(r'<td class="number"><data value="([\d.]+)">', html)[::2][:1] == ["149384.0"]
    assert '<data value="14938.4">14,938</data>' in html
    assert html.count('class="area empty"') == 1
    assert "Each square is one of them" in html


def test_outlines_are_drawn_where_the_file_has_them_and_who_lacks_a_place_is_named(tmp_path: Path) -> None:
    ring = "[[127, 37], [127.1, 37], [127.1, 37.1], [127, 37.1], [127, 37]]"
    outline = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
    change = f"UPDATE mart.area SET geometry = '{outline}' WHERE area = '11110'"
    html = pages_of(tmp_path, THREE, change, area__11140="Jung-gu", area__11170="Yongsan-gu")["index"]
    assert html.count('<path class="area') == 1
    assert "does not know their places: <bdi>Jung-gu</bdi>, <bdi>Yongsan-gu</bdi>." in html


def test_a_city_that_is_not_parted_says_so(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, [a_value()])
    assert set(pages) == {"index"}
    assert "no areas below this city" in pages["index"]


def test_hostile_names_are_text(tmp_path: Path) -> None:
    places = "UPDATE mart.area SET lat = 37.5, lon = 127 + CAST(area AS INT) / 1000"
    texts = {"area__11110": HOSTILE, "metric__pm25_mean": HOSTILE, "counted__stations": HOSTILE}
    for html in pages_of(tmp_path, THREE, places, **texts).values():
        scripts = re.findall(r"<script>.{0,40}", html)
        assert len(scripts) == 1
        assert "alert" not in scripts[0]
        assert "style=" not in html.replace("font-style=", "")


def test_a_page_is_made_again_where_another_district_changes_and_not_for_another_release(tmp_path: Path) -> None:
    file = open_file_of(tmp_path / "open.duckdb", THREE)

    def digests() -> set[str]:
        with open_for_pages(file) as source:
            return {page.rests_on for page in district.district_pages(source, source.cities[0], "en")}

    before = digests()
    with duckdb.connect(file) as con:
        con.execute("UPDATE ledger.release SET version = 2")
    assert digests() == before
    with duckdb.connect(file) as con:  # the two values change places: sums over each column would not see it
        con.execute("UPDATE metric.latest SET value = 30.2 - value WHERE area IN ('11140', '11110')")
    assert digests() != before


@pytest.mark.parametrize("code", ["../../../x", "a b/c", "11?x#y", "..", "\N{RIGHT-TO-LEFT OVERRIDE}1"])
def test_a_code_that_is_no_name_of_a_file_leads_nowhere_else(code: str) -> None:
    path = district_path("en", CITY, code)
    assert re.fullmatch(rf"en/{CITY}/district/[0-9a-f]+\.html", path)
    assert path != district_path("en", CITY, code + "1")
    assert district_path("en", CITY, "almaty-alatau") == f"en/{CITY}/district/almaty-alatau.html"
