"""The page of what can be downloaded: every data set with its extent, its licence and its files, and the same for
programs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from markupsafe import Markup

from assets.site.catalogue.atom import RELEASES, atom_files, closed_path
from assets.site.catalogue.csvw import csvw_files
from assets.site.catalogue.datasets import DataSet, FeedSource, datasets_of, feed_sources, licence_address
from assets.site.catalogue.dcat import PATH, dcat_file
from assets.site.catalogue.marts import mart_downloads
from assets.site.catalogue.product import product_files, product_path
from assets.site.catalogue.sitemap import SITEMAP, sitemap_files
from assets.site.catalogue.tables import DataFile
from assets.site.language.words import SiteWords
from assets.site.navigation import catalogue_path, in_languages, metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Download, Head, PartedDownload, SitePage, relative
from assets.site.tiles.scoreboard import field_title

MOST = 500  # rows of the page; the others are in the catalogue for programs
_KINDS = {"csv": "CSV", "parquet": "Parquet", "json": "JSON"}
_SHOWN_PARTS = 1  # of a data set in parts: the newest, the others stand on its page


def catalogue_pages(file: OpenFile, city: OpenCity) -> Iterator[SitePage]:
    """The page of a city in each of its languages."""
    sets = datasets_of(file, city)
    seen = [(one.name, one.titles, one.last, one.licences, [data.path for data in one.files]) for one in sets]
    sources = feed_sources(file, city)
    for language in city.languages:
        words = SiteWords(language)
        others = in_languages(city, catalogue_path("{language}", city.name))
        head = Head(words.plain("catalogue.title"), language, "catalogue", city.name, others)
        said = repr(
            (
                seen,
                file.is_simulated(city.name),
                sorted(sources.items(), key=str),
                file.address,
                _titles(file, city, words),
            )
        )
        rests_on = hashlib.sha256(said.encode()).hexdigest()
        yield SitePage(head.others[language], head, "catalogue.html", rests_on, _content_of(file, city, words))


def catalogue_downloads(file: OpenFile) -> Iterator[Download | PartedDownload]:
    """What is made for programs, and the marts."""
    for city in file.cities:
        yield from mart_downloads(file, city)
        yield from csvw_files(file, list(datasets_of(file, city)))
    yield from product_files(file)
    yield from atom_files(file)
    yield from dcat_file(file)


def closing_downloads(file: OpenFile, pages: Sequence[SitePage]) -> Iterator[Download]:
    """What names all pages."""
    yield from sitemap_files(file, pages)


def _content_of(file: OpenFile, city: OpenCity, words: SiteWords) -> Callable[[], Content]:
    return lambda: _content(file, city, words)


def _titles(file: OpenFile, city: OpenCity, words: SiteWords) -> list[object]:
    texts = file.texts(city.name, words.language)
    return [texts.get(("city", city.name)), *(texts.get(("metric", one.name)) for one in datasets_of(file, city))]


def _content(file: OpenFile, city: OpenCity, words: SiteWords) -> Content:
    sets = datasets_of(file, city)
    sources = feed_sources(file, city)
    licences = sorted({source.licence for source in sources.values()})
    number = {licence: place for place, licence in enumerate(licences, 1)}
    texts = file.texts(city.name, words.language)
    fields = dict[str, list[Sequence[object]]]()
    page = catalogue_path(words.language, city.name)
    for one in sets[:MOST]:
        fields.setdefault(one.subject, []).append(_row(one, texts, words, page, number))
    programs = [(PATH, "for_dcat"), (product_path(city.name), "for_odps"), (RELEASES, "for_releases")]
    if "quality.day" in file.tables():
        programs.append((closed_path(city.name), "for_closed"))
    if file.address is not None:
        programs.append((SITEMAP, "for_sitemap"))
    return {
        "city_title": words.named(texts.get(("city", city.name), NamedText(city.title, "en"))),
        "simulated": words("city.all_simulated") if file.is_simulated(city.name) else "",
        "count": len(sets),
        "files": sum(len(one.files) for one in sets),
        "left_out": max(0, len(sets) - MOST),
        "fields": [(subject, _field(subject, words), rows) for subject, rows in fields.items()],
        "columns": _columns(words),
        "programs": [(path, path.rpartition("/")[2], words(f"catalogue.{key}")) for path, key in programs],
        "has_address": file.address is not None,
        "licences": [_licence(number[licence], licence, sources.values(), texts, words) for licence in licences],
        "licence_columns": [
            (words("catalogue.number"), "number"),
            (words("catalogue.licence"), "wide"),
            (words("catalogue.sources"), "wide"),
        ],
    }


def _columns(words: SiteWords) -> list[tuple[Markup, str]]:
    heads = {"data_set": "wide", "period": "whole-word", "extent": "extent", "licences": "", "files": "files"}
    return [(words(f"catalogue.{name}"), kind) for name, kind in heads.items()]


def _field(subject: str, words: SiteWords) -> Markup:
    return words("catalogue.marts") if subject == "mart" else field_title(words, subject)


def _row(
    one: DataSet,
    texts: Mapping[tuple[str, str], NamedText],
    words: SiteWords,
    page: str,
    number: Mapping[str, int],
) -> Sequence[object]:
    title = words.named(texts.get(("metric", one.name), NamedText(one.titles["en"], "en")))
    if one.is_metric:
        path = relative(page, metric_path(words.language, one.city.name, one.name))
        title = Markup('<a href="{}">{}</a>').format(path, title)
    period = Markup("") if one.period is None else words(f"catalogue.per_{one.period}")
    extent = Markup("")
    if one.first is not None and one.last is not None:
        ends = [_when(one.period, day, words) for day in (one.first, one.last)]
        extent = Markup("{} \N{EN DASH} {}").format(*ends) if ends[0] != ends[1] else ends[0]
    marks = Markup(" ").join(
        Markup('<a href="#licence-{0}">{0}</a>').format(number[licence]) for licence in one.licences
    )
    return title, period, extent, marks, _files(one.files, words, page)


def _when(period: str | None, day: date, words: SiteWords) -> Markup:
    """A day, or the period that begins with it."""
    if period in ("week", "month", "quarter", "year"):
        return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), words.period(period, day))
    return words.day(day)


def _files(files: Sequence[DataFile], words: SiteWords, page: str) -> Markup:
    parts = list(dict.fromkeys(one.part for one in files))
    shown = [one for one in files if one.part in parts[:_SHOWN_PARTS]]
    links = Markup(" ").join(
        Markup('<a href="{}" download>{}</a>').format(relative(page, one.path), _KINDS[one.kind]) for one in shown
    )
    more = len(parts) - _SHOWN_PARTS
    if parts[0]:
        links = Markup("<span>{}</span> {}").format(parts[0], links)
    return (
        links if more <= 0 else Markup("{} <span class=soft>{}</span>").format(links, words("catalogue.more", n=more))
    )


def _licence(
    number: int,
    licence: str,
    sources: Iterable[FeedSource],
    texts: Mapping[tuple[str, str], NamedText],
    words: SiteWords,
) -> Sequence[object]:
    own = [one for one in sources if one.licence == licence]
    shown = words.named(NamedText(licence, "en"))
    if address := licence_address(licence):
        shown = Markup('<a href="{}" rel="external license">{}</a>').format(address, shown)
    named = [
        Markup("{} ({})").format(
            words.named(texts.get(("feed", one.feed), NamedText(one.title, "en"))),
            words.named(NamedText(one.owner, "en")),
        )
        for one in own
    ]
    return Markup('<span id="licence-{0}">{0}</span>').format(number), shown, Markup("; ").join(named)
