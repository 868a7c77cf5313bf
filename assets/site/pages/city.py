"""The page of a city: every metric as a tile, by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from assets.metrics.fields import FIELDS
from assets.site.navigation import city_path, in_languages
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Head, Page
from assets.site.tiles import Tile, TileMaker
from assets.site.words import Words


def pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[Page]:
    """The page of a city in a language."""
    words = Words(language)
    title = title_of(file, city, language)
    head = Head(title.text, language, "city", city.name, in_languages(city, city_path("{language}", city.name)))
    # ages are counted to the day of the release, so each release has another page
    rests_on = f"{file.release.version}"
    yield Page(city_path(language, city.name), head, "city.html", rests_on, lambda: _content(file, city, words))


def title_of(file: OpenFile, city: OpenCity, language: str) -> NamedText:
    """What a city is called in a language."""
    return file.texts(city.name, language).get(("city", city.name), NamedText(city.title, "en"))


def _content(file: OpenFile, city: OpenCity, words: Words) -> Content:
    tiles = TileMaker(file, city, words).tiles(city.area)
    return {"city_title": words.named(title_of(file, city, words.language)), "fields": by_field(words, tiles)}


def by_field(words: Words, tiles: Sequence[Tile]) -> list[tuple[str, Markup | str, list[Tile]]]:
    """Tiles by field, in the order of fields: an anchor, a name, and the tiles. Those of no field come last."""
    found = dict[str, list[Tile]]()
    for tile in tiles:
        found.setdefault(tile.field, []).append(tile)
    order = list(FIELDS)
    keys = sorted(found, key=lambda key: (order.index(key) if key in order else len(order), key))
    return [(_anchor(key), key, found[key]) for key in keys]


def _anchor(field: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in field)
