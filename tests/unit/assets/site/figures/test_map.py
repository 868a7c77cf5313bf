"""A map of areas: what it draws is what it was given, and no outline or name makes it fail or run."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from assets.site.figures.map import AreaMark, area_map, not_drawn
from assets.site.figures.outlines import SHEET, Place, sheet_of


def square(west: float, south: float = 0.0, wide: float = 1.0) -> str:
    """A square of `wide` degrees."""
    ring = [[west, south], [west + wide, south], [west + wide, south + wide], [west, south + wide], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def row_of_squares(count: int, south: float = 0.0) -> list[Place]:
    """Areas a, b, c, ... from west to east."""
    return [Place(chr(97 + number), 0.5, number + 0.5, square(number, south)) for number in range(count)]


def points_of(path: str) -> list[tuple[float, float]]:
    """The corners of a path of the sheet, by following its steps."""
    start, _, steps = path.removeprefix("M").removesuffix("z").partition("l")
    x, y = map(float, start.split())
    numbers = [float(text) for text in steps.split()]
    points = [(x, y)]
    for step in zip(numbers[::2], numbers[1::2], strict=True):
        points.append((points[-1][0] + step[0], points[-1][1] + step[1]))
    return points


def test_outlines_fill_the_sheet_north_up() -> None:
    sheet = sheet_of([Place("south", None, None, square(0, 0)), Place("north", None, None, square(0, 1))])
    assert (sheet.kind, sheet.height) == ("outlines", 1000)
    assert sheet.shapes["north"].y == pytest.approx(250, abs=2)
    assert sheet.shapes["south"].y == pytest.approx(750, abs=2)
    assert sheet.shapes["south"].x == pytest.approx(SHEET / 2, abs=2)


def test_a_degree_to_the_east_is_shorter_at_sixty_degrees() -> None:
    at_60 = sheet_of([Place("a", None, None, square(0, 59.5))])
    corners = points_of(at_60.shapes["a"].path)
    assert max(x for x, _ in corners) - min(x for x, _ in corners) == pytest.approx(500, abs=10)
    assert max(y for _, y in corners) - min(y for _, y in corners) == pytest.approx(1000, abs=2)


def test_neighbours_share_a_border_also_when_simplified() -> None:
    wave = [[1 + 0.002 * (number % 2), number / 100] for number in range(101)]
    west = [[0.0, 0.0], *wave, [0.0, 1.0], [0.0, 0.0]]
    east = [[2.0, 0.0], [2.0, 1.0], *reversed(wave), [2.0, 0.0]]
    both = [json.dumps({"type": "Polygon", "coordinates": [ring]}) for ring in (west, east)]
    sheet = sheet_of([Place(name, None, None, one) for name, one in zip("we", both, strict=True)])
    borders = [{point for point in points_of(sheet.shapes[name].path) if 450 < point[0] < 550} for name in ("w", "e")]
    assert borders[0] == borders[1]
    assert 2 <= len(borders[0]) < 60


@pytest.mark.parametrize(
    "outline",
    [
        None,
        "",
        "no outline",
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [0, 0]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1e9, 0], [1e9, 1e9], [0, 0]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [NaN, 0], [1, 1], [0, 0]]]}',
        '{"type": "GeometryCollection", "geometries": []}',
    ],
)
def test_what_is_no_outline_is_a_square(outline: str | None) -> None:
    sheet = sheet_of([Place("a", 37.5, 127.0, outline), Place("b", 37.6, 127.1, None)])
    assert sheet.kind == "squares"
    assert set(sheet.shapes) == {"a", "b"}
    assert "<rect" in area_map(sheet, {}, "Map")


def test_an_outline_that_crosses_itself_is_drawn() -> None:
    bow = '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}'
    sheet = sheet_of([Place("a", None, None, bow)])
    assert sheet.kind == "outlines"
    assert sheet.shapes["a"].path


def test_an_area_without_an_outline_is_a_dot_among_those_that_have_one() -> None:
    sheet = sheet_of([*row_of_squares(2), Place("dot", 0.5, 1.5, None), Place("nowhere", None, None, None)])
    assert set(sheet.shapes) == {"a", "b", "dot"}
    assert (sheet.shapes["dot"].x, sheet.shapes["dot"].y) == pytest.approx((750, 250), abs=2)
    marks = {code: AreaMark("1", "step-1", code) for code in ("a", "b", "dot", "nowhere")}
    assert not_drawn(sheet, marks) == ["nowhere"]


def test_squares_do_not_hide_each_other_and_keep_their_places() -> None:
    close = [
        Place(f"{row}{column}", 37 + 0.001 * row, 127 + 0.001 * column, None) for row in range(5) for column in range(5)
    ]
    far = [*close, Place("far", 38.0, 128.0, None)]
    sheet = sheet_of(far)
    places = {(round(shape.x, 3), round(shape.y, 3)) for shape in sheet.shapes.values()}
    assert len(places) == len(far)
    assert sheet.shapes["far"].x == max(shape.x for shape in sheet.shapes.values())
    assert sheet.shapes["far"].y == min(shape.y for shape in sheet.shapes.values())
    for west, east in pairwise(range(5)):
        assert sheet.shapes[f"2{west}"].x <= sheet.shapes[f"2{east}"].x


def test_one_place_and_no_place_make_no_crash() -> None:
    assert len(sheet_of([Place("a", 1.0, 1.0, None)]).shapes) == 1
    nothing = sheet_of([Place("a", None, 1.0, None), Place("b", 95.0, 1.0, None)])
    assert nothing.kind == "nothing"
    assert area_map(nothing, {"a": AreaMark("1", "step-1", "a")}, "Map") == ""


def test_places_that_are_all_the_same_make_a_block() -> None:
    sheet = sheet_of([Place(str(number), 10.0, 20.0, None) for number in range(7)])
    assert len({(shape.x, shape.y) for shape in sheet.shapes.values()}) == 7


def test_every_value_is_in_a_title_and_printed_where_it_has_room() -> None:
    sheet = sheet_of(row_of_squares(3))
    marks = {
        code: AreaMark(text, "class-2", f"{code}: {text}") for code, text in (("a", "18"), ("b", "9"), ("c", "21"))
    }
    html = area_map(sheet, marks, "Three areas")
    assert re.findall(r"<title>(.*?)</title>", html) == ["a: 18", "b: 9", "c: 21"]
    assert sorted(re.findall(r"<text [^>]*>(.*?)</text>", html)) == ["18", "21", "9"]
    assert html.count('class="value on-class-2"') == 3


def test_a_value_without_room_waits_for_a_wider_map_or_for_the_table() -> None:
    sheet = sheet_of(row_of_squares(6))  # 48 px each on a phone, 87 px where there is place
    html = area_map(sheet, {"a": AreaMark("12,345.678", "", "a"), "b": AreaMark("7", "", "b")}, "Map")
    assert 'class="value wider"' in html
    one = area_map(sheet, {"b": AreaMark("1" * 60, "", "b: many")}, "Map")
    assert "<text" not in one
    assert "<title>b: many</title>" in one


def test_an_area_without_a_value_is_unfilled_and_has_no_text() -> None:
    sheet = sheet_of(row_of_squares(2))
    html = area_map(sheet, {"a": AreaMark(None, "class-1", "a: no value"), "b": AreaMark("5", "", "b: 5")}, "Map")
    assert 'class="area empty"' in html
    assert 'class="area plain"' in html
    assert "class-1" not in html
    assert re.findall(r"<text [^>]*>(.*?)</text>", html) == ["5"]


@pytest.mark.parametrize("outlined", [True, False])
def test_a_hostile_name_is_text(outlined: bool) -> None:
    places = row_of_squares(2) if outlined else [Place("a", 1, 1, None), Place("b", 1, 2, None)]
    hostile = '"><script>alert(1)</script>'
    html = area_map(sheet_of(places), {"a": AreaMark("1", "", hostile, hostile)}, hostile)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "style=" not in html
