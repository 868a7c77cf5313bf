"""A tile says what its row says: verdict, change, completeness, age, why it is absent; and nothing that it does not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from assets.publication.reference_columns import MART_FEED
from assets.site.language.words import SiteWords
from assets.site.opened import open_for_pages
from assets.site.tiles.tiles import Tile, TileMaker
from tests.support.open_files import a_value, open_file_of, with_table

DAY = date(2020, 11, 30)


def _tile(tmp_path: Path, *rows: dict[str, object], language: str = "en", **texts: Any) -> Tile:
    with open_for_pages(open_file_of(tmp_path / "open.duckdb", rows or [a_value()], **texts)) as file:
        city = file.cities[0]
        return TileMaker(file, city, SiteWords(language)).tiles("11")[0]


def test_a_value_over_its_target_has_not_met_it_by_word_and_by_sign(tmp_path: Path):
    tile = _tile(tmp_path)
    assert tile.verdict is not None
    assert (tile.kind, tile.met, tile.verdict.sign, tile.verdict.word) == (
        "current",
        False,
        "not-met",
        "Target not met",
    )
    assert str(tile.verdict.rest).startswith("at most 15\N{NO-BREAK SPACE}µg/m³")
    assert '<time datetime="2020-11-30">30 Nov 2020</time>' in tile.when


@pytest.mark.parametrize(
    ("direction", "change", "sign", "meaning"),
    [
        ("lower", 1.54, "up", "worse"),
        ("lower", -1.54, "down", "better"),
        ("higher", 1.54, "up", "better"),
        ("none", 1.54, "up", "neither better nor worse"),
    ],
)
def test_the_arrow_is_the_way_of_the_number_and_its_meaning_a_word(
    tmp_path: Path, direction: str, change: float, sign: str, meaning: str
):
    change_of = _tile(tmp_path, a_value(direction=direction, change=change)).change
    assert change_of is not None
    assert (change_of.sign, change_of.word) == (sign, meaning)
    assert "1.5" in change_of.before
    assert "29 Nov:" in change_of.before


def test_a_change_too_small_for_the_digits_is_not_called_nothing(tmp_path: Path):
    change = _tile(tmp_path, a_value(change=0.004)).change
    assert change is not None
    assert "0.004 higher" in change.before


def test_a_stale_value_has_no_verdict_and_no_change_and_says_why_there_is_no_newer(tmp_path: Path):
    stale = a_value(status="stale")
    newer = a_value(period_start=DAY + timedelta(1), value=None, reason_code="not_delivered", reason_gaps=["air_daily"])
    path = open_file_of(tmp_path / "open.duckdb", [newer, stale], feed__air_daily="Air quality by day")
    with open_for_pages(path) as file:
        tile = TileMaker(file, file.cities[0], SiteWords("en")).tiles("11")[0]
    assert tile.verdict is not None
    assert (tile.kind, tile.met, tile.verdict.sign, tile.change) == ("stale", None, "no-verdict", None)
    assert "1 Dec 2020" in tile.why
    assert "No delivery of" not in tile.why[:20]
    assert "Air quality by day" in tile.why


def test_a_value_where_no_way_is_better_has_no_verdict(tmp_path: Path):
    tile = _tile(tmp_path, a_value(direction="none", met=None))
    assert tile.verdict is not None
    assert tile.verdict.sign == "no-verdict"


def test_an_absent_value_is_no_zero_and_says_why(tmp_path: Path):
    absent = a_value(value=None, status="absent", met=None, reason_code="out_of_season", reason_gaps=["5", "9"])
    tile = _tile(tmp_path, absent)
    assert (tile.kind, tile.value, tile.verdict, tile.line) == ("absent", "No value", None, "")
    assert tile.why == "Out of season: it is defined for the months <bdi>5</bdi> to <bdi>9</bdi>"


def test_a_confidential_value_is_not_published_rather_than_absent(tmp_path: Path):
    tile = _tile(tmp_path, a_value(value=None, status="absent", met=None, notation="C", reason_code="withheld"))
    assert (tile.kind, tile.value) == ("withheld", "Not published")


def test_what_is_not_published_names_the_source_that_is_not_open_and_its_licence(tmp_path: Path):
    withheld = a_value(value=None, status="absent", met=None, notation="C", reason_code="withheld", feeds=["a", "b"])
    path = open_file_of(tmp_path / "open.duckdb", [withheld])
    feeds = [
        {"city": "seoul", "feed": "a", "title": "Searches", "licence": "CC BY-NC-SA 4.0", "is_private": True},
        {"city": "seoul", "feed": "b", "title": "Air", "licence": "KOGL type 1", "is_private": False},
        {"city": "seoul", "feed": "c", "title": "Phones", "licence": "a contract", "is_private": True},
    ]
    with_table(path, MART_FEED, feeds)
    with open_for_pages(path) as file:
        (tile,) = TileMaker(file, file.cities[0], SiteWords("en")).tiles("11")
    assert Markup(tile.why).striptags() == ("It is confidential. Source that is not open: Searches (CC BY-NC-SA 4.0)")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"n": 9_386_034, "expected": 9386034.0, "counted": "people"},
            "9,386,034 of 9,386,034 people (100 %) · high quality",
        ),
        (
            {"n": 800, "expected": 1000.0, "counted": "people", "completeness": 0.8},
            "800 of 1,000 people (80 %) · high quality",
        ),
        ({"n": 16, "expected": None}, "16 stations · high quality"),
        ({"n": None}, "How much it rests on is not known"),
    ],
)
def test_what_is_counted_fits_its_share(tmp_path: Path, row: dict[str, object], said: str):
    tile = _tile(tmp_path, a_value(**row), counted__people="people", counted__stations="stations")
    assert Markup(tile.rests_on).striptags().replace("\N{NO-BREAK SPACE}", " ") == said


def test_it_says_on_how_much_it_rests_and_how_old_it_is(tmp_path: Path):
    tile = _tile(tmp_path, counted__stations="stations")
    assert Markup(tile.rests_on).striptags() == "25 of 25 stations (100 %) · high quality"
    assert tile.age == "1 day ago"


def test_a_stand_in_and_a_simulated_value_say_so(tmp_path: Path):
    tile = _tile(tmp_path, a_value(status="proxy", source="simulated"))
    assert tile.beside == ("stand-in", "simulated")


def test_a_value_says_that_its_network_is_off_its_witness(tmp_path: Path):
    said = a_value(status="proxy", reason_code="off_witness_below", reason_gaps=["27 %", "2020-07-22"])
    tile = _tile(tmp_path, said)
    stand_in, why = tile.beside
    assert stand_in == "stand-in"
    assert why.striptags() == "Reads 27 % below the reference network since 2020-07-22"
    assert tile.why == ""


def test_a_gap_breaks_the_line(tmp_path: Path):
    rows = [a_value(period_start=DAY - timedelta(back), value=float(back)) for back in (6, 5, 4, 2, 1, 0)]
    tile = _tile(tmp_path, *rows)
    assert tile.range == "7 days: 0.0 to 6.0"
    assert tile.line.partition(' d="')[2].count("M") == 2


def test_amounts_are_in_the_money_of_the_city(tmp_path: Path):
    assert "KRW per inhabitant" in _tile(tmp_path, a_value(unit="currency/inhabitant", value=12.0)).value


def test_texts_of_a_pack_are_text(tmp_path: Path):
    hostile = '<script>alert("x")</script>\N{RIGHT-TO-LEFT OVERRIDE}{0.__class__}'
    absent = a_value(value=None, status="absent", met=None, reason_code="no_feed", reason_gaps=[hostile])
    tile = _tile(tmp_path, absent, metric__pm25_mean=hostile)
    assert "<script" not in tile.title + tile.why
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in tile.title + tile.why
    assert "{0.__class__}" in tile.title


def test_reasons_are_in_the_language_of_the_reader(tmp_path: Path):
    absent = a_value(value=None, status="absent", met=None, reason_code="no_residents")
    tile = _tile(tmp_path, absent, language="ko")
    assert tile.value == "값 없음"
    assert "lang=" not in tile.why
