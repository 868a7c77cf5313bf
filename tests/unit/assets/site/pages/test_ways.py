"""Ways: from a value to its day, from there to what it was made of, and to the deliveries with their hashes."""

from __future__ import annotations

import pytest

from assets.site.checks.ways import ways_of
from assets.site.navigation import dictionary_table_path, way_path
from assets.site.opened import OpenFile
from assets.site.pages.way import way_pages
from tests.support.site_pages import broken_links, rendered_pages, text_of
from tests.worlds.checked_city import AIR, DERIVED, FIRST, HELD, SHA, WARNED, checked_city

OF_AIR, OF_METRIC = "en/town/way/core.air/2026-03.html", "en/town/way/metric.air_quality/2026-03.html"


@pytest.fixture(scope="module")
def file() -> OpenFile:
    return checked_city()


@pytest.fixture(scope="module")
def html(file: OpenFile) -> dict[str, str]:
    return rendered_pages(way_pages(file, file.cities[0], "en"), file)


def test_a_value_leads_to_the_day_of_the_table_that_it_was_computed_in(file: OpenFile, html: dict[str, str]) -> None:
    ways = ways_of(file, "town")
    found = ways.of_value("en", "pm25_mean", FIRST)
    assert found == f"{OF_METRIC}#2026-03-01"
    assert 'id="2026-03-01"' in html[OF_METRIC]
    assert ways.of_feed("ko", AIR, HELD) == "ko/town/way/core.air/2026-03.html#2026-03-02"
    assert ways.of_day("en", "metric", DERIVED, FIRST) == found


def test_what_was_not_judged_has_no_way(file: OpenFile) -> None:
    ways = ways_of(file, "town")
    assert ways.of_value("en", "pm25_mean", WARNED) is None
    assert ways.of_value("en", "a metric of nobody", FIRST) is None
    assert ways.of_feed("en", "people", WARNED) is None


def test_a_derived_day_leads_to_the_days_it_is_made_of_and_names_no_batch_that_is_not_in_the_file(
    html: dict[str, str],
) -> None:
    text = html[OF_METRIC]
    assert '<a href="../core.air/2026-03.html#2026-03-01">1 Mar 2026</a>' in text
    assert "<code>m1</code>" in text
    assert "of another file" not in text
    assert broken_links(html, ("/way/",)) == []


def test_a_delivery_has_its_hash_its_size_and_when_it_came(html: dict[str, str]) -> None:
    text = text_of(html[OF_AIR])
    assert f"2,048 bytes · 2026-03-04 01:02 UTC · 1 Mar 2026 SHA-256 {SHA}" in text
    assert "answer of a service, 2026-03-03 05:00 UTC 4,096 bytes" in text
    assert html[OF_AIR].count(SHA) == 1  # once, however many days it has


def test_a_day_says_its_rows_and_the_rules_that_did_not_pass(html: dict[str, str]) -> None:
    text = text_of(html[OF_AIR])
    assert "10 rows read · 5 kept · 5 set aside" in text
    assert "11 rows read · 11 kept Rules that did not pass AIR-usual" in text
    assert text.count("Rules that did not pass") == 2


def test_a_table_with_a_name_that_is_a_path_leads_to_no_other_folder() -> None:
    paths = [way_path("en", "town", "core.../../x", "2026-03"), dictionary_table_path("en", "town", "feed.../../x")]
    assert all(".." not in path for path in paths), paths
    assert way_path("en", "town", "core.air_daily", "2026-03") == "en/town/way/core.air_daily/2026-03.html"
