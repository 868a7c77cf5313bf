"""Pages of the site: one module for each kind of page, each from rows of the open file to what its template shows."""

from __future__ import annotations

from collections.abc import Iterator

from assets.site.navigation import all_languages
from assets.site.opened import OpenFile
from assets.site.page import SiteFile, SitePage
from assets.site.pages import city
from assets.site.pages.catalogue import catalogue_downloads, catalogue_pages, closing_downloads
from assets.site.pages.cities import comparison_downloads, comparison_pages
from assets.site.pages.dictionary import dictionary_pages
from assets.site.pages.district import district_pages
from assets.site.pages.metric import metric_pages
from assets.site.pages.quality import quality_pages
from assets.site.pages.root import root_pages
from assets.site.pages.wall import wall_pages
from assets.site.pages.way import way_pages


def all_pages(file: OpenFile) -> Iterator[SiteFile]:
    """Everything there is in the site of a file, in the order in which it is made."""
    pages = list[SitePage]()
    for one in _all_but_closing(file):
        if isinstance(one, SitePage):
            pages.append(one)
        yield one
    yield from closing_downloads(file, pages)


def _all_but_closing(file: OpenFile) -> Iterator[SiteFile]:
    yield from root_pages(file)
    for one in file.cities:
        for language in one.languages:
            yield from city.city_pages(file, one, language)
            yield from wall_pages(file, one, language)
            yield from district_pages(file, one, language)
            yield from quality_pages(file, one, language)
            yield from way_pages(file, one, language)
            yield from dictionary_pages(file, one, language)
        yield from metric_pages(file, one)
        yield from catalogue_pages(file, one)
    for language in all_languages(file):
        yield from comparison_pages(file, language)
    yield from comparison_downloads(file)
    yield from catalogue_downloads(file)
