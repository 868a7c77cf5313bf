"""The dictionary: measures, columns and their names in deliveries, found by a search and readable without it."""

from __future__ import annotations

import pytest

from assets.site.pages.dictionary import dictionary_pages
from tests.support.site_pages import broken_links, rendered_pages, text_of
from tests.worlds.checked_city import SCRIPT, TURNS, checked_city

INDEX = "en/town/dictionary.html"


@pytest.fixture(scope="module")
def html() -> dict[str, str]:
    file = checked_city()
    return rendered_pages(dictionary_pages(file, file.cities[0], "en"), file)


def test_a_column_is_found_by_its_names_here_in_the_city_and_in_deliveries(html: dict[str, str]) -> None:
    line = next(part for part in html[INDEX].split("<li>") if "<code>pm25</code>" in part)
    assert ("초미세먼지" in line, "MSRMT_FINE" in line, 'lang="ko"' in line) == (True, True, True)
    page = text_of(html["en/town/dictionary/feed.air.html"])
    assert "pm25 초미세먼지 MSRMT_FINE" in page
    assert "number µg/m³ Mass of fine particles" in page


def test_measures_and_tables_are_listed_and_the_columns_that_are_measures_are_not_listed_twice(
    html: dict[str, str],
) -> None:
    text = text_of(html[INDEX])
    assert "PM2.5, daily mean pm25_mean µg/m³" in text
    assert "metric.value value" in text
    assert text.count("pm25_mean") == 1
    assert "Fine dust" in text_of(html["en/town/dictionary/mart.area_day.html"])


def test_it_is_readable_without_its_search_which_no_script_hides(html: dict[str, str]) -> None:
    assert 'id="search" hidden' in html[INDEX]
    assert " hidden" not in html[INDEX][html[INDEX].index('<section aria-labelledby="measures"') :].split("<script>")[0]


def test_every_table_and_feed_has_a_page_and_hostile_names_are_text(html: dict[str, str]) -> None:
    assert broken_links(html, ("/dictionary",)) == []
    for path, text in html.items():
        assert (SCRIPT in text, TURNS in text) == (False, False), path


def test_too_many_columns_are_cut_and_the_page_says_so() -> None:
    columns = "SELECT 'mart', 'wide', 'c' || i, i, 'DOUBLE', NULL, false, 'm' FROM range(2000) t(i)"
    many = f"INSERT INTO ledger.dictionary {columns}"
    file = checked_city(and_then=(many,))
    found = rendered_pages(dictionary_pages(file, file.cities[0], "en"), file)
    assert all(len(text.encode()) < 300_000 for text in found.values())
    assert "The first 900 of 2,001 stand here" in text_of(found[INDEX])
    assert "The first 900 of 2,000 stand here" in text_of(found["en/town/dictionary/mart.wide.html"])


def test_a_file_that_does_not_know_names_in_deliveries_has_the_others() -> None:
    file = checked_city(without=("mart.column",))
    found = rendered_pages(dictionary_pages(file, file.cities[0], "en"), file)
    assert "초미세먼지" in found[INDEX]
    assert "In deliveries" not in found["en/town/dictionary/feed.air.html"]
