"""The page of a city: what its metrics say together, what changed, every metric as a tile by field, what is absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.navigation import city_path, in_languages, wall_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.tiles.scoreboard import Tally, absent_by_reason, crossed, tally_of, tiles_by_field
from assets.site.tiles.since import Since, changes_of
from assets.site.tiles.tile import CURRENT, STALE, Tile
from assets.site.tiles.tiles import TileMaker

_MOST_NAMED = 3  # metrics in a sentence
_MOST_CHANGED = 12  # rows of the table of changes: a dozen can be read, and each tile says its own
READ = ("line", "value", "verdict", "change", "spark", "rests", "way")  # how to read a tile, from above


def city_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """The page of a city in a language."""
    words = SiteWords(language)
    title = title_of(file, city, language)
    head = Head(title.text, language, "city", city.name, in_languages(city, city_path("{language}", city.name)))
    # ages are counted to the day of the release, so each release has another page
    rests_on = f"{file.release.version}"
    yield SitePage(city_path(language, city.name), head, "city.html", rests_on, lambda: _content(file, city, words))


def title_of(file: OpenFile, city: OpenCity, language: str) -> NamedText:
    """What a city is called in a language."""
    return file.texts(city.name, language).get(("city", city.name), NamedText(city.title, "en"))


def heading_of(words: SiteWords, name: Markup, tiles: Sequence[Tile]) -> Markup:
    """The city, and the newest day of which it has a value."""
    days = [tile.start for tile in tiles if tile.kind == CURRENT and tile.period == "day"]
    return words("city.title_on", city=name, day=words.long_day(max(days))) if days else name


def _content(file: OpenFile, city: OpenCity, words: SiteWords) -> Content:
    tiles = TileMaker(file, city, words, marks_simulated=not file.is_simulated(city.name)).tiles(city.area)
    name, tally = words.named(title_of(file, city, words.language)), tally_of(tiles)
    since = changes_of(words, file, city, tiles)
    changes = since.differences or since.of_period
    fields = tiles_by_field(words, tiles)
    return {
        "city_title": name,
        "heading": heading_of(words, name, tiles),
        "stand": standfirst(words, tally, tiles),
        "tally": tally,
        "simulated": simulated_note(words, tiles),
        "fields": [field for field in fields if field.tiles or field.rest],
        "empty_fields": [field for field in fields if not (field.tiles or field.rest)],
        "since": _since(words, file, since),
        "same_since": since.version is not None and not since.differences,
        "facts": list(_facts(words, since)),
        "changes": changes[:_MOST_CHANGED],
        "compared": since.version is not None or any(tile.row["previous"] is not None for tile in tiles),
        "more_changed": max(0, len(changes) - _MOST_CHANGED),
        "absent": absent_by_reason(tiles),
        "read": READ,
        "wall": wall_path(words.language, city.name),
    }


def standfirst(words: SiteWords, tally: Tally, tiles: Sequence[Tile]) -> Markup:
    """What the tiles say together, in sentences."""
    lost, won = crossed(tiles)
    said = [words("city.stand_judged", n=tally.judged, met=tally.met) if tally.judged else words("city.stand_unjudged")]
    if lost:
        said.append(words("city.stand_lost", names=_names(lost)))
    if won:
        said.append(words("city.stand_won", names=_names(won)))
    if any(tile.was_met is not None for tile in tiles) and not lost and not won:
        said.append(words("city.stand_kept"))
    left = {"stale": tally.stale, "absent": tally.absent, "withheld": tally.withheld}
    said.extend(words(f"city.stand_{kind}", n=n) for kind, n in left.items() if n)
    return Markup(" ").join(said)


def _names(tiles: Sequence[Tile]) -> Markup:
    named = Markup(", ").join(tile.title for tile in tiles[:_MOST_NAMED])
    return named + Markup(" …") if len(tiles) > _MOST_NAMED else named


def simulated_note(words: SiteWords, tiles: Sequence[Tile]) -> Markup | str:
    """What a page has to say of simulated values before it shows one."""
    valued = [tile for tile in tiles if tile.kind in (CURRENT, STALE)]
    n = sum(tile.simulated for tile in valued)
    if n and n == len(valued):
        return words("city.all_simulated")
    return words("city.some_simulated", n=n) if n else ""


def _since(words: SiteWords, file: OpenFile, since: Since) -> Markup:
    """Since when something is said to have changed."""
    if since.version is not None and since.at is not None:
        return words("city.since_release", version=since.version, at=words.day(since.at))
    return words("city.first_release" if file.release.version == 1 else "city.no_release_before")


def _facts(words: SiteWords, since: Since) -> Iterator[tuple[Markup, Markup]]:
    """What else changed since the release before, also where it is nothing."""
    if since.version is None:
        return
    for fact, kinds in (("revised", ("revised",)), ("gone", ("gone", "aged")), ("back", ("back",))):
        tiles = since.of(*kinds)
        yield words(f"city.fact_{fact}"), _names(tiles) if tiles else words("city.none")
