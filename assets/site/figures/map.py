"""A map of areas: each in the class of its value, with the value printed where there is room for it.

The shapes are an SVG that grows with the page; the values lie over it in another one, so that they stay 13 px. The
classes of colours are those of static/site.css: class-1 to class-6 (about a target), step-1 to step-5 (more and more).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from markupsafe import Markup

from assets.site.figures.outlines import SHEET, AreaSheet, Shape

# How wide a map is in its narrowest and its usual place, in px; a value that has no room is shown by the wider map
# alone, or by neither: the table beside has it. static/site.css has the same two numbers.
NARROW, WIDE = 288, 520
_DIGIT, _LINE = 7.6, 15.0  # px of a bold figure of 13 px, and of a line of them
_HALF_OF_A_CHARACTER = 0x1100  # from Hangul on, characters are as wide as they are high


@dataclass(frozen=True)
class AreaMark:
    """What the map says of an area. shown: its value as text, None if it has none; kind: its class of colours.

    said: what a pointer over it tells, with the name, as plain text. name: printed on a square that has room for it.
    own: it is the one that the page is about.
    """

    shown: str | None
    kind: str
    said: str
    name: str = ""
    own: bool = False


def area_map(sheet: AreaSheet, marks: Mapping[str, AreaMark], label: str) -> Markup:
    """The figure: an image that is called `label`. Areas without a mark are drawn without a value. Empty: no place."""
    if not sheet.shapes:
        return Markup("")
    none = AreaMark(None, "", "")
    drawn = {code: (shape, marks.get(code, none)) for code, shape in sheet.shapes.items()}
    shapes = Markup("").join(_area(sheet, shape, mark) for shape, mark in drawn.values())
    values = Markup("").join(_label(sheet, shape, mark) for shape, mark in drawn.values())
    return Markup(
        '<div class="map"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
        '<svg class="over" aria-hidden="true" focusable="false">{}</svg></div>'
    ).format(SHEET, f"{sheet.height:.0f}", label, shapes, values)


def not_drawn(sheet: AreaSheet, marks: Mapping[str, AreaMark]) -> list[str]:
    """The areas with a mark that the map has no place for, by code: the page has to say so."""
    return [code for code in marks if code not in sheet.shapes]


def _area(sheet: AreaSheet, shape: Shape, mark: AreaMark) -> Markup:
    kind = "area " + ("empty" if mark.shown is None else mark.kind or "plain") + (" own" if mark.own else "")
    title = Markup("<title>{}</title>").format(mark.said) if mark.said else Markup("")
    if sheet.kind == "outlines":
        return Markup('<path class="{}" d="{}">{}</path>').format(kind, shape.path, title)
    west, north, east, south = shape.ground.bounds
    place = (f"{number:.0f}" for number in (west, north, east - west, south - north))
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(kind, *place, title)


def _label(sheet: AreaSheet, shape: Shape, mark: AreaMark) -> Markup:
    """The value, where its area has room for it: in every map, in the wider one, or in neither."""
    named = sheet.kind == "squares" and bool(mark.name) and _has_room(shape, mark.name, WIDE)
    x, y = f"{100 * shape.x / SHEET:.2f}%", f"{100 * shape.y / sheet.height:.2f}%"
    if mark.shown is None and named:
        return Markup('<text class="name alone" x="{}" y="{}">{}</text>').format(x, y, mark.name)
    if not mark.shown or not _has_room(shape, mark.shown, WIDE):
        return Markup("")
    on = f" on-{mark.kind}" if mark.kind else ""
    where = "" if _has_room(shape, mark.shown, NARROW) else " wider"
    value = Markup('<text class="value{}{}{}" x="{}" y="{}">{}</text>').format(
        where, on, " named" if named else "", x, y, mark.shown
    )
    return (
        value + Markup('<text class="name{}" x="{}" y="{}">{}</text>').format(on, x, y, mark.name) if named else value
    )


def _has_room(shape: Shape, text: str, at: int) -> bool:
    """Whether a text lies in its area on a map that is so many px wide. Its corners may lie over a border."""
    half, high = text_width(text) / 2 * SHEET / at, _LINE / 4 * SHEET / at
    return bool(
        shapely.contains(shape.ground, shapely.box(shape.x - half, shape.y - high, shape.x + half, shape.y + high))
    )


def text_width(text: str) -> float:
    """How wide a text of 13 px is about, in px."""
    return sum(2 * _DIGIT if ord(char) >= _HALF_OF_A_CHARACTER else _DIGIT for char in text)
