"""The first page of the site: it leads to each city in each of its languages, and to the cities beside each other."""

from __future__ import annotations

from collections.abc import Iterator

from assets.site.language.words import SiteWords
from assets.site.navigation import ROOT, all_languages, cities_path, city_path
from assets.site.opened import OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import title_of
from quality.contract.texts import PLATFORM


def root_pages(file: OpenFile) -> Iterator[SitePage]:
    """The first page, in English: whoever comes here has not chosen yet."""
    words = SiteWords(PLATFORM)
    head = Head(words.plain("root.title"), PLATFORM, "root")
    rests_on = repr([(city, title_of(file, city, tag)) for city in file.cities for tag in city.languages])
    yield SitePage(ROOT, head, "root.html", rests_on, lambda: _content(file, words))


def _content(file: OpenFile, words: SiteWords) -> Content:
    cities = [
        {
            "name": words.named(title_of(file, city, PLATFORM)),
            "languages": [
                {
                    "tag": tag,
                    "path": city_path(tag, city.name),
                    "title": SiteWords(tag).named(title_of(file, city, tag)),
                }
                for tag in city.languages
            ],
        }
        for city in file.cities
    ]
    beside = [{"tag": tag, "path": cities_path(tag)} for tag in all_languages(file)]
    return {"cities": cities, "beside": beside}
