"""The pages of quality, ways and the dictionary in all languages: no message falls back to English."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from assets.site.opened import OpenCity, OpenFile
from assets.site.page import SitePage
from assets.site.pages.dictionary import dictionary_pages
from assets.site.pages.quality import quality_pages
from assets.site.pages.way import way_pages
from tests.support.site_pages import rendered_pages
from tests.worlds.checked_city import checked_city

Make = Callable[[OpenFile, OpenCity, str], Iterator[SitePage]]


@pytest.mark.parametrize("tag", ["en", "fil", "id", "kk", "ko", "mn", "ms", "ru", "th", "vi", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("make", [quality_pages, way_pages, dictionary_pages])
def test_pages_of_checks_speak_each_language(
    tag: str, make: Callable[[OpenFile, OpenCity, str], Iterator[SitePage]]
) -> None:
    file = checked_city()
    found = rendered_pages(make(file, file.cities[0], tag), file)
    for path, html in found.items():
        main = html[html.index("<main") : html.index("</main>")]
        assert '<span lang="en">' not in main, path
        assert f'<html lang="{tag}">' in html
