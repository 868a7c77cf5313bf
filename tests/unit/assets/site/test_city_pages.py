"""The page of a city, its wall and the first page: counts, what changed, fields, what is absent, in that order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.metrics.fields import FIELDS
from assets.site.language.words import SiteWords, messages_of
from assets.site.opened import OpenFile, open_for_pages
from assets.site.page import SitePage
from assets.site.pages import city, root, wall
from assets.site.render import rendered
from assets.site.tiles.scoreboard import absent_by_reason, tally_of, tiles_by_field
from assets.site.tiles.since import Since, changes_of
from assets.site.tiles.tile import Tile
from assets.site.tiles.tiles import TileMaker
from tests.support.open_files import a_value, open_file_of

DAY = date(2020, 11, 30)
MET = {"value": 8.0, "met": True, "previous": 9.0, "change": -1.0}
NOTHING: dict[str, Any] = {"value": None, "status": "absent", "met": None, "previous": None, "change": None}
WORDS = SiteWords("en")


@contextmanager
def _file(tmp_path: Path, *rows: dict[str, Any], **texts: Any) -> Iterator[OpenFile]:
    with open_for_pages(open_file_of(tmp_path / "open.duckdb", rows, before=None, **texts)) as file:
        yield file


def _tiles(tmp_path: Path, *rows: dict[str, Any]) -> list[Tile]:
    with _file(tmp_path, *rows) as file:
        return TileMaker(file, file.cities[0], WORDS).tiles("11")


def _since(tmp_path: Path, rows: list[dict[str, Any]], **given: Any) -> Since:
    with open_for_pages(open_file_of(tmp_path / "open.duckdb", rows, **given)) as file:
        return changes_of(WORDS, file, file.cities[0], TileMaker(file, file.cities[0], WORDS).tiles("11"))


def _html(file: OpenFile, page: SitePage) -> str:
    return rendered(page, file, {})


def _city(file: OpenFile, language: str = "en") -> str:
    return _html(file, next(city.city_pages(file, file.cities[0], language)))


def test_every_metric_is_counted_once(tmp_path: Path):
    rows = [
        a_value(metric="a"),
        a_value(metric="b", **MET),
        a_value(metric="c", target=None, met=None),
        a_value(metric="d", status="stale"),
        a_value(metric="e", **NOTHING, reason_code="no_residents"),
        a_value(metric="f", **NOTHING, reason_code="withheld", notation="C"),
    ]
    tally = tally_of(_tiles(tmp_path, *rows))
    assert (tally.met, tally.not_met, tally.unjudged, tally.stale, tally.absent, tally.withheld) == (1,) * 6
    assert (tally.judged, tally.all) == (2, 6)


def test_what_crossed_its_target_comes_before_what_only_moved(tmp_path: Path):
    rows = [
        a_value(metric="a_moved_far", value=400.0, previous=100.0, change=300.0),
        a_value(metric="b_lost"),
        a_value(metric="c_won", value=14.0, previous=16.0, change=-2.0, met=True),
        a_value(metric="d_same", previous=15.44, change=0.0),
        a_value(metric="e_stale_lost", status="stale"),
    ]
    since = _since(tmp_path, rows)
    assert [one.tile.metric for one in since.of_period] == ["b_lost", "c_won", "a_moved_far"]
    assert since.version is None


def test_a_change_is_shown_with_the_digits_that_tell_both_values_apart(tmp_path: Path):
    (one,) = _since(tmp_path, [a_value(value=15.44, previous=15.41, change=0.03)]).of_period
    assert str(one.from_to).startswith("15.41 → ")


def test_a_change_of_very_large_numbers_is_never_from_a_number_to_the_same(tmp_path: Path):
    row = a_value(value=2435932048.0, previous=2415724820.0, change=20207228.0, unit="visits", target=None, met=None)
    (one,) = _since(tmp_path, [row]).of_period
    assert str(one.from_to).startswith("2,415,724,820 → ")


def test_where_the_file_has_the_release_before_the_changes_are_those_since_it(tmp_path: Path):
    before = [a_value(metric=name, period_start=DAY - timedelta(1), value=9.0, met=True) for name in "abc"]
    before += [a_value(metric=name) for name in "defg"]
    now = [
        a_value(metric="a"),
        a_value(metric="b", value=8.0, met=True),
        a_value(metric="c", period_start=DAY - timedelta(1), value=9.0, met=True, status="stale"),
        a_value(metric="d", value=15.5),
        a_value(metric="e"),
        a_value(metric="f", **NOTHING),
        a_value(metric="g", value=14.0, met=True),
        a_value(metric="h_new_in_this_release"),
    ]
    since = _since(tmp_path, now, before=before)
    assert (since.version, since.at) == (1, DAY)
    assert [(one.tile.metric, one.kind) for one in since.differences] == [
        ("a", "lost"),
        ("g", "won"),
        ("d", "revised"),
        ("f", "gone"),
        ("c", "aged"),
        ("b", "new_value"),
    ]
    assert [one.meaning for one in since.differences] == ["worse", "better", "worse", "", "", "better"]


def test_a_value_that_came_back_is_said_to_be_back(tmp_path: Path):
    before = [a_value(metric="a", status="stale", period_start=DAY - timedelta(3)), a_value(metric="b", **NOTHING)]
    since = _since(tmp_path, [a_value(metric="a"), a_value(metric="b")], before=before)
    assert [tile.metric for tile in since.of("back")] == ["a", "b"]


def test_where_nothing_changed_since_the_release_before_the_page_says_so_of_each_kind(tmp_path: Path):
    path = open_file_of(tmp_path / "open.duckdb", [a_value()], before=[a_value()])
    with open_for_pages(path) as file:
        html = _city(file)
    assert "Since release 1 of" in html
    assert "Nothing has changed. The newest values beside those of the period before:" in html
    assert html.count("<dd>None.</dd>") == 3


def test_fields_stand_in_their_order_and_a_subject_of_no_field_last(tmp_path: Path):
    rows = [a_value(metric="z", subject="own_thing"), a_value(metric="y", subject="residents"), a_value(metric="x")]
    fields = tiles_by_field(WORDS, _tiles(tmp_path, *rows))
    assert [field.title for field in fields] == ["Environment", "People", "<bdi>own thing</bdi>"]


def test_what_is_absent_stands_under_its_reason(tmp_path: Path):
    rows = [
        a_value(metric="a", **NOTHING, reason_code="no_residents"),
        a_value(metric="b", **NOTHING, reason_code="no_area_size"),
        a_value(metric="c", **NOTHING, reason_code="no_residents"),
        a_value(metric="d"),
    ]
    found = absent_by_reason(_tiles(tmp_path, *rows))
    assert [(why, [tile.metric for tile in tiles]) for why, tiles in found] == [
        ("The number of residents is not known", ["a", "c"]),
        ("The size of the area is not known", ["b"]),
    ]


def test_more_metrics_than_a_page_can_hold_stand_in_tables_and_none_is_lost(tmp_path: Path):
    rows = [a_value(metric=f"m{number:03}", target=None, met=None) for number in range(130)]
    with _file(tmp_path, *rows, a_value(metric="z_judged")) as file:
        html = _city(file)
        (field,) = tiles_by_field(WORDS, TileMaker(file, file.cities[0], WORDS).tiles("11"))
    assert len(field.tiles) == 100
    assert len(field.rest) == 31
    assert "z_judged" in {tile.metric for tile in field.tiles}
    assert {f"metric/m{number:03}.html" in html for number in range(130)} == {True}
    assert len(html.encode()) < 300_000


def test_the_page_says_in_words_and_numbers_what_its_tiles_say(tmp_path: Path):
    rows = [a_value(title="PM2.5, daily mean"), a_value(metric="b", **MET), a_value(metric="c", status="stale")]
    with _file(tmp_path, *rows) as file:
        html = _city(file)
    assert "Seoul</bdi> on 30 November 2020</h1>" in html
    assert "Of 2 metrics that have a target and a current value, 1 meet it." in html
    assert "these have stopped meeting theirs: <bdi" in html
    assert "1 metric is stale" in html
    assert "This is release 1. There is no earlier one to compare it with," in html
    order = [html.index(f'id="{name}"') for name in ("changed", "field-environment", "absent", "read")]
    assert order == sorted(order)


def test_tiles_say_everything_in_one_order(tmp_path: Path):
    with _file(tmp_path, a_value(period_start=DAY - timedelta(1)), a_value(), counted__stations="stations") as file:
        tile = re.search(r'<li class="tile current">.*?</li>', _city(file), re.DOTALL)
    assert tile is not None
    parts = (
        "<h3>",
        "<data",
        "30 Nov 2020",
        "Target not met",
        "1.5 higher",
        '<svg class="spark"',
        "25 of 25",
        "1 day ago",
    )
    places = [tile[0].index(part) for part in parts]
    assert places == sorted(places)


def test_simulated_values_are_called_so_before_the_first_of_them(tmp_path: Path):
    with _file(tmp_path, a_value(source="simulated")) as file:
        html = _city(file)
    assert 0 < html.index("All values on this page are simulated") < html.index("<data")


def test_where_some_values_are_simulated_each_of_them_says_so(tmp_path: Path):
    with _file(tmp_path, a_value(source="simulated"), a_value(metric="b")) as file:
        html = _city(file)
    assert "1 value on this page is simulated" in html
    assert html.count('<span class="beside">simulated</span>') == 1


def test_a_city_without_any_value_has_a_page_that_says_so(tmp_path: Path):
    with _file(tmp_path, a_value(**NOTHING, reason_code="no_residents")) as file:
        html = _city(file)
    assert "No metric has a target and a current value." in html
    assert "There is no value of the period before, either." in html  # not: nothing has changed
    assert "Nothing has changed." not in html
    assert "<data" not in html


def test_pages_in_the_language_of_the_city_say_nothing_in_english(tmp_path: Path):
    rows = [a_value(period_start=DAY - timedelta(1)), a_value(), a_value(metric="b", status="stale")]
    with _file(tmp_path, *rows) as file:
        html = _city(file, "ko").partition("<main")[2].partition(">")[2].partition("</main>")[0]
    assert "2020년 11월 30일" in html
    said = re.sub(r'<(\w+) lang="en">.*?</\1>|<bdi lang="en">.*?</bdi>', "", html)
    said = re.sub(r"<[^>]*>", " ", said)
    assert set(re.findall(r"[A-Za-z]{4,}", said)) == {"Seoul"}  # as the file of this test calls it in Korean


def test_the_wall_has_every_field_with_a_value_and_no_view_that_is_too_full(tmp_path: Path):
    many = [a_value(metric=f"m{number:02}", target=None, met=None) for number in range(30)]
    with _file(tmp_path, *many, a_value(metric="r", subject="residents"), a_value(metric="n", **NOTHING)) as file:
        html = _html(file, next(wall.wall_pages(file, file.cities[0], "en")))
    views = html.split('<section class="view')[1:]
    assert [view.count('<li class="tile') for view in views] == [0, 12, 12, 1]
    assert "6 more are on the page of the city." in views[2]


def test_nothing_of_the_wall_moves_or_hides_without_its_script():
    style = (Path(wall.__file__).parent.parent / "static" / "wall.css").read_text(encoding="utf-8")
    hiding = [rule for rule in style.split("}") if "display:none" in rule]
    assert hiding
    assert all(".turning" in rule or "[hidden]" in rule for rule in hiding)
    assert "animation" not in style


def test_the_first_page_leads_to_each_city_in_each_of_its_languages(tmp_path: Path):
    with _file(tmp_path, a_value()) as file:
        html = _html(file, next(root.root_pages(file)))
    assert re.findall(r'href="((?:en|ko)/[^"]*)"', html) == [
        "ko/seoul/index.html",
        "en/seoul/index.html",
        "en/cities.html",
        "ko/cities.html",
    ]


def test_every_field_and_subject_has_a_name_in_english():
    names = set(messages_of("fields").part("en", "messages"))
    wanted = {name.replace(" ", "_").replace(",", "") for name in FIELDS}
    wanted |= {subject for subjects in FIELDS.values() for subject in subjects}
    assert names == wanted


@pytest.mark.parametrize("name", ['<img src=x onerror="x">', "\N{RIGHT-TO-LEFT OVERRIDE}abc", "x" * 10_000])
def test_a_hostile_title_is_text_in_every_part_of_the_page(tmp_path: Path, name: str):
    rows = [a_value(), a_value(metric="b", **NOTHING, reason_code="no_feed", reason_gaps=[name])]
    with _file(tmp_path, *rows, metric__pm25_mean=name, metric__b=name) as file:
        html = _city(file) + _html(file, next(wall.wall_pages(file, file.cities[0], "en")))
    assert "<img" not in html
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in html
