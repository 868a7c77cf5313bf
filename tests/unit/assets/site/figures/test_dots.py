"""Ranked dots: the marks stand where the values of the same table say, ties share a rank, and names are text."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from assets.site.figures.dots import Dot, DotWords, dots, ranks

WORDS = DotWords("Districts by value", "Rank", "District", "Value", "10–90 %")


def dot(name: str, value: float | None, **more: object) -> Dot:
    return Dot(escape(name), value, None if value is None else f"{value:g}", **more)  # type: ignore[arg-type]


def test_each_dot_stands_at_the_value_of_its_row() -> None:
    rows = [dot("A", 10.0, rank="1"), dot("B", 40.0, rank="2"), dot("C", 20.0, rank="3")]
    html = dots(rows, WORDS, "{:g}".format)
    values = [float(text) for text in re.findall(r'<data value="([^"]+)"', html)]
    places = [float(text) for text in re.findall(r'<circle [^>]*cx="([\d.]+)%"', html)]
    assert values == [10, 40, 20]
    ticks = [(float(at), float(text)) for at, text in re.findall(r'<text x="([\d.]+)%" y="13">([^<]+)<', html)]
    (first, low), (last, high) = ticks[0], ticks[-1]
    assert (low <= min(values), high >= max(values)) == (True, True)
    assert [low + (place - first) / (last - first) * (high - low) for place in places] == pytest.approx(
        values, abs=0.02
    )


def test_bars_and_intervals_are_drawn_only_where_they_are_given() -> None:
    rows = [
        dot("A", 10.0, spread=(5.0, 20.0), spread_shown="5–20"),
        dot("B", 12.0, interval=(11.0, 13.0)),
        dot("C", 9.0),
    ]
    html = dots(rows, WORDS, "{:g}".format)
    first, second, third = re.findall(r"<tr>.*?</tr>", html.partition("<tbody>")[2], re.DOTALL)
    assert ('class="spread"' in first, 'class="interval"' in first) == (True, False)
    assert ('class="spread"' in second, second.count('class="interval"')) == (False, 3)
    assert 'class="spread"' not in third
    assert 'class="interval"' not in third
    assert "5–20" in first


def test_a_row_without_a_value_has_no_dot_and_says_why() -> None:
    html = dots([dot("A", 1.0), dot("B", None, note="No station")], WORDS, "{:g}".format)
    _, second = re.findall(r"<tr>.*?</tr>", html.partition("<tbody>")[2], re.DOTALL)
    assert "<circle" not in second
    assert "No station" in second
    assert "–" in second


def test_the_target_stands_on_the_same_axis() -> None:
    html = dots([dot("A", 10.0), dot("B", 30.0)], WORDS, "{:g}".format, target=10.0)
    line = re.search(r'<line class="target" x1="([\d.]+%)"', html)
    circle = re.search(r'<circle [^>]*cx="([\d.]+%)"', html)
    assert line
    assert circle
    assert line[1] == circle[1]


def test_a_table_without_ranks_and_spread_has_neither_column() -> None:
    html = dots([dot("A", 1.0)], DotWords("c", "", "City", "Value"), str)
    assert html.count("<th ") == 3  # two heads, and the row's own
    assert html.count("<td ") == 1


def test_a_hostile_name_is_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    html = dots([dot(hostile, 1.0, note=hostile)], DotWords(hostile, hostile, hostile, hostile), lambda _: hostile)
    assert "<img" not in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], []),
        (["5"], ["1"]),
        (["5", "5"], ["1=", "1="]),
        (["9", "8", "8", "7", None], ["1", "2=", "2=", "4", ""]),
        ([None, "1"], ["", "1"]),
    ],
)
def test_values_that_are_shown_alike_share_a_rank(shown: list[str | None], expected: list[str]) -> None:
    assert ranks(shown) == expected
