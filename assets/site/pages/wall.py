"""The page of a city for a screen on a wall: its fields in turn, as many tiles at once as can be read from afar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.navigation import city_path, in_languages, wall_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import heading_of, simulated_note, standfirst, title_of
from assets.site.tiles.scoreboard import tally_of, tiles_by_field
from assets.site.tiles.tile import CURRENT, STALE, Tile
from assets.site.tiles.tiles import TileMaker

_AT_ONCE = 12  # tiles of one view: four columns and three rows fit 1920 x 1080 with a name of three lines
_MOST_VIEWS = 2  # of a field: a turn through all of them takes minutes as it is


@dataclass(frozen=True)
class View:
    """What is seen at once. part: `2 of 2`, where a field has several; more: how many of its tiles are in none."""

    anchor: str
    title: Markup
    part: Markup | str
    tiles: Sequence[Tile]
    more: int


def wall_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """The wall of a city in a language."""
    words = SiteWords(language)
    title = f"{title_of(file, city, language).text} – {words.plain('wall.title')}"
    head = Head(title, language, "city", city.name, in_languages(city, wall_path("{language}", city.name)))
    rests_on = f"{file.release.version}"  # as the page of the city
    yield SitePage(wall_path(language, city.name), head, "wall.html", rests_on, lambda: _content(file, city, words))


def _content(file: OpenFile, city: OpenCity, words: SiteWords) -> Content:
    tiles = TileMaker(file, city, words, marks_simulated=not file.is_simulated(city.name)).tiles(city.area)
    name = words.named(title_of(file, city, words.language))
    return {
        "city_title": name,
        "heading": heading_of(words, name, tiles),
        "stand": standfirst(words, tally_of(tiles), tiles),
        "tally": tally_of(tiles),
        "simulated": simulated_note(words, tiles),
        "views": list(_views(words, tiles)),
        "city_page": city_path(words.language, city.name),
    }


def _views(words: SiteWords, tiles: Sequence[Tile]) -> Iterator[View]:
    for field in tiles_by_field(words, tiles):
        valued = [tile for tile in (*field.tiles, *field.rest) if tile.kind in (CURRENT, STALE)]
        # in their order; where there are too many, what is stale is left out first
        chosen = {t.metric for t in sorted(valued, key=lambda t: t.kind == STALE)[: _AT_ONCE * _MOST_VIEWS]}
        shown = [tile for tile in valued if tile.metric in chosen]
        parts = [shown[at : at + _AT_ONCE] for at in range(0, len(shown), _AT_ONCE)]
        for number, part in enumerate(parts, 1):
            of = words("wall.part", n=number, all=len(parts)) if len(parts) > 1 else ""
            left = len(valued) - len(shown) if number == len(parts) else 0
            yield View(f"{field.anchor}-{number}", field.title, of, part, left)
