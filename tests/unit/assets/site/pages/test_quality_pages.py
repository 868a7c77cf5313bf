"""The pages of quality: what was judged, held back, set aside, corrected, and of private feeds the outcome alone."""

from __future__ import annotations

import re

import pytest

from assets.site.pages.quality import quality_pages
from assets.site.pages.way import way_pages
from tests.support.site_pages import broken_links, rendered_pages, text_of
from tests.worlds.checked_city import LICENCE, NOBODYS, RUNS, SCRIPT, TURNS, checked_city

INDEX, MONTH = "en/town/quality/index.html", "en/town/quality/2026-03.html"
PLACES = ("/quality/", "/way/")


@pytest.fixture(scope="module")
def html() -> dict[str, str]:
    file = checked_city()
    city = file.cities[0]
    return rendered_pages([*quality_pages(file, city, "en"), *way_pages(file, city, "en")], file)


def test_the_tally_counts_days_of_feeds_and_not_of_what_is_made_of_them(html: dict[str, str]) -> None:
    text = text_of(html[INDEX])
    assert "4 days of feeds were judged by rules. 2 were held back. 1 was published with a warning." in text
    numbers = re.findall(r"</dt><dd>([\d,]+)<small>", html[INDEX])
    assert numbers == ["1", "1", "2", "9", "5", "1"]  # passed, warned, held, rules, rows set aside, corrected


def test_a_day_that_is_held_back_says_why_and_which_measures_lack_it(html: dict[str, str]) -> None:
    text = text_of(html[INDEX])
    assert "What was found on 2 Mar 2026" in text
    assert "5 of 10 rows break it (50.0\N{NO-BREAK SPACE}%)" in html[INDEX]
    assert "rows_ratio = 0.5" in text
    assert "1 measure has no value on 2 Mar 2026 : PM2.5, daily mean" in text, text


def test_each_strip_says_its_days_in_words_and_a_held_day_is_as_high_as_the_strip(html: dict[str, str]) -> None:
    row = next(part for part in html[INDEX].split("<tr>") if "<code>air</code>" in part and "strip" in part)
    assert "1 passed, 1 with a warning, 1 held back" in row
    bars = dict(re.findall(r'<path class="(\w)" d="M\d+ \d+h\d+v(\d+)', row))
    assert int(bars["p"]) < int(bars["w"]) < int(bars["h"]) == 25


def test_what_was_set_aside_and_corrected_is_listed(html: dict[str, str]) -> None:
    text = text_of(html[INDEX])
    assert "Air by station single value 7 1" in text
    assert "PM2.5, daily mean Town 1 Mar 2026 14.0 µg/m³ 15.0 µg/m³ 2026-03-04 01:02 UTC" in text.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_the_matrix_has_the_rules_that_failed_and_counts_the_others(html: dict[str, str]) -> None:
    rows = [part for part in html[MONTH].split("<tr")[2:] if "scope=" in part]
    assert ["core.air" in rows[0], "AIR-range" in rows[1], "AIR-usual" in rows[2]] == [True] * 3
    assert "2 rules did not pass, 1 rule passed" in text_of(f"<main>{rows[0]}</main>")
    assert "AIR-key" not in html[MONTH]
    signs = [re.findall(r'<td class="(\w)">', row) for row in rows[:3]]
    assert signs == [["p", "h", "w"], ["p", "h", "p"], ["p", "w", "w"]]  # a warning holds nothing back
    assert all(len(re.findall(r"<td", row)) == 31 for row in rows)


def test_every_link_leads_to_a_page_and_a_day(html: dict[str, str]) -> None:
    assert broken_links(html, PLACES) == []
    assert "../way/core.air/2026-03.html#2026-03-02" in html[INDEX]


@pytest.mark.parametrize("tag", ["en", "ko"])
def test_of_a_private_feed_there_is_its_outcome_and_no_figure_rule_or_delivery(tag: str) -> None:
    file = checked_city()
    city = file.cities[0]
    found = rendered_pages([*quality_pages(file, city, tag), *way_pages(file, city, tag)], file)
    assert "People present" in found[f"{tag}/town/quality/index.html"]
    way_of_it = found[f"{tag}/town/way/core.people/2026-03.html"]
    assert ('class="v h"' in way_of_it, "<code>nobodys" in way_of_it) == (True, False)
    for path, text in found.items():
        for secret in (str(NOBODYS), f"{NOBODYS:,}", "nobodys", "POP-secret", "A rule of nobody", "ef" * 8):
            assert secret not in text, f"{secret} in {path}"


def test_hostile_titles_are_text_and_long_ones_are_cut(html: dict[str, str]) -> None:
    for path, text in html.items():
        assert SCRIPT not in text, path
        assert TURNS not in text, path
        assert "x" * 1_000 not in text, path
        assert len(text.encode()) < 300_000, path
    assert "&lt;script&gt;" in html[INDEX]
    assert "(10,000 characters, shortened)" in html[INDEX]


def test_a_source_has_its_licence_what_that_allows_and_no_address_that_runs_something(html: dict[str, str]) -> None:
    sources = html[INDEX][html[INDEX].index('id="sources"') :]
    assert f'<a href="{LICENCE}" rel="license noreferrer">' in sources
    text = " ".join(re.sub("<[^>]*>", " ", sources).split())
    assert "contract closed In the open file because: agreed" in text
    assert RUNS not in html[INDEX]


def test_a_file_without_checks_has_a_page_that_says_so() -> None:
    file = checked_city(without=("quality", "mart.column"))
    city = file.cities[0]
    found = rendered_pages([*quality_pages(file, city, "en"), *way_pages(file, city, "en")], file)
    assert list(found) == [INDEX]
    assert "This file says nothing of what was checked." in text_of(found[INDEX])
    assert "CC BY 4.0" in found[INDEX]


def test_a_month_is_made_again_only_if_something_in_it_differs() -> None:
    def rests_on(*changes: str) -> dict[str, str]:
        file = checked_city(and_then=changes)
        city = file.cities[0]
        return {page.path: page.rests_on for page in (*quality_pages(file, city, "en"), *way_pages(file, city, "en"))}

    before = rests_on()
    assert {
        path for path, digest in rests_on("UPDATE ledger.release SET version = 4").items() if digest != before[path]
    } == {INDEX}
    changed = rests_on("UPDATE quality.finding SET unexpected = 6 WHERE rule = 'AIR-range'")
    assert {path for path in before if changed[path] != before[path]} >= {"en/town/way/core.air/2026-03.html"}
    assert rests_on("UPDATE mart.text SET text = 'Air' WHERE kind = 'feed'")[MONTH] != before[MONTH]
