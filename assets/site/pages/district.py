"""The pages of the districts of a city: one that leads to all, and one of each with its metrics beside the city's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from assets.metrics.fields import FIELDS
from assets.site.districts.all_metrics import ComparedMetrics, by_field_of
from assets.site.districts.areas import (
    District,
    district_names,
    district_sheet,
    districts_of,
    outlines_digest,
    with_own_name,
)
from assets.site.districts.one_metric import key_of_classes, map_note
from assets.site.figures.map import AreaMark, area_map
from assets.site.figures.scales import Classes, classes_of
from assets.site.language.words import SiteWords
from assets.site.navigation import city_path, district_path, districts_path, in_languages
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import title_of
from assets.site.tiles.scoreboard import anchor, field_title

_TEXTS = "('area', 'city', 'counted', 'feed', 'metric', 'reason')"


def district_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """All pages of districts of a city in a language."""
    words = SiteWords(language)
    rests_on = _rests_on(file, city, language)
    title = words.plain("district.title", city=title_of(file, city, language).text)
    head = Head(title, language, "districts", city.name, in_languages(city, districts_path("{language}", city.name)))
    yield SitePage(
        districts_path(language, city.name), head, "district.html", rests_on, lambda: _index(file, city, words)
    )
    names = district_names(file, city, language)
    for one in districts_of(file, city):
        path = district_path(language, city.name, one.code)
        others = in_languages(city, district_path("{language}", city.name, one.code))
        head = Head(names[one.code].text, language, "districts", city.name, others)
        yield SitePage(path, head, "district.html", rests_on, lambda one=one: _content(file, city, words, one))


def _rests_on(file: OpenFile, city: OpenCity, language: str) -> str:
    """Every page says where its district stands among the others, so all rest on the values of all."""
    own = "area IN (SELECT area FROM mart.area WHERE city = ? AND (area = ? OR parent = ?))"
    shown = [
        file.frame(f"SELECT CAST(sum(hash(v)) AS VARCHAR) FROM ({query}) AS v", *given).item()
        for query, given in (
            (
                f"SELECT * EXCLUDE (published_at) FROM metric.latest WHERE city = ? AND {own}",
                (city.name, city.name, city.area, city.area),
            ),
            *((("FROM mart.residents WHERE city = ?", (city.name,)),) if "mart.residents" in file.tables() else ()),
            (f"FROM mart.text WHERE city = ? AND language = ? AND kind IN {_TEXTS}", (city.name, language)),
        )
    ]
    return "|".join([str(file.currency(city.name)), outlines_digest(file, city), *map(str, shown)])


def _rows(file: OpenFile, city: OpenCity, words: SiteWords) -> ComparedMetrics:
    return file.once(("compared", city.name, words.language), lambda: ComparedMetrics(file, city, words))


def _index(file: OpenFile, city: OpenCity, words: SiteWords) -> Content:
    districts = districts_of(file, city)
    compared, names = _rows(file, city, words), district_names(file, city, words.language)
    years = sorted({one.year for one in districts if one.year is not None})
    return {
        "one": None,
        "city_title": words.named(title_of(file, city, words.language)),
        "title": words("district.title", city=words.named(title_of(file, city, words.language))),
        "count": len(districts),
        "years": "\N{EN DASH}".join(map(str, sorted({years[0], years[-1]}))) if years else "",
        "map": _residents_map(file, city, words, districts) if districts else Markup(""),
        "key": key_of_classes(words, "people", _classes(districts)) if years else [],
        "map_note": map_note(file, city, words),
        "rows": [
            {
                "path": district_path(words.language, city.name, one.code),
                "name": with_own_name(file, city, words, one.code, names[one.code].text),
                "held": _held(words, one),
                "residents": _figure(words, one.residents, "people"),
                "size": words.value(one.km2, "km2") if one.km2 is not None else "\N{EN DASH}",
                "density": _density(words, one),
                **_counts(words, compared.of(one.code)),
            }
            for one in districts
        ],
    }


def _content(file: OpenFile, city: OpenCity, words: SiteWords, one: District) -> Content:
    rows = _rows(file, city, words).of(one.code)
    name = district_names(file, city, words.language)[one.code]
    counts = _counts(words, rows)
    return {
        "one": one,
        "city_title": words.named(title_of(file, city, words.language)),
        "title": with_own_name(file, city, words, one.code, name.text),
        "to_city": city_path(words.language, city.name),
        "to_all": districts_path(words.language, city.name),
        "held": _held(words, one),
        "residents": _figure(words, one.residents, "people"),
        "size": words.value(one.km2, "km2") if one.km2 is not None else "\N{EN DASH}",
        "density": _density(words, one),
        **counts,
        "locator": _locator(file, city, words, one),
        "fields": [
            (
                anchor(field),
                field_title(words, field),
                [row for row in found if row.when],
                [row for row in found if not row.when],
            )
            for field, found in by_field_of(rows, list(FIELDS)).items()
        ],
        "smaller": _smaller(file, city, one.code),
    }


def _counts(words: SiteWords, rows: Sequence[Any]) -> dict[str, Any]:
    there = [row for row in rows if row.when]
    judged = [row for row in rows if row.met is not None]
    met = sum(row.met for row in judged)
    return {
        "made": len(rows),
        "there": len(there),
        "judged": len(judged),
        "met": met,
        "values": words("district.of", n=len(there), all=len(rows)) if rows else "\N{EN DASH}",
        "targets": words("district.of", n=met, all=len(judged)) if judged else "\N{EN DASH}",
    }


def _figure(words: SiteWords, value: float | None, unit: str) -> Markup | str:
    if value is None:
        return "\N{EN DASH}"
    return Markup('<data value="{}">{}</data>').format(value, words.figure(value, unit))


def _density(words: SiteWords, one: District) -> Markup | str:
    dense = one.residents / one.km2 if one.residents is not None and one.km2 else None
    return _figure(words, dense, "people/km2")


def _held(words: SiteWords, one: District) -> Markup | str:
    """From when and until when there is such an area, where it has not always been or is no more."""
    said = [words("district.since", day=words.day(one.valid_from))] if one.valid_from else []
    return Markup(", ").join([*said, words("district.until", day=words.day(one.valid_to))] if one.valid_to else said)


def _classes(districts: Sequence[District]) -> Classes:
    return classes_of([one.residents for one in districts if one.residents is not None], None, "none")


def _residents_map(file: OpenFile, city: OpenCity, words: SiteWords, districts: Sequence[District]) -> Markup:
    names = district_names(file, city, words.language)
    classes = _classes(districts)
    marks = dict[str, AreaMark]()
    for one in districts:
        shown = None if one.residents is None else words.figure(one.residents, "people")
        said = words.plain("no_value") if shown is None else shown
        kind = "" if one.residents is None else classes.of(one.residents)
        marks[one.code] = AreaMark(shown, kind, f"{names[one.code].text}: {said}", names[one.code].text)
    label = words.plain("district.map_label", city=title_of(file, city, words.language).text)
    return area_map(district_sheet(file, city), marks, label)


def _locator(file: OpenFile, city: OpenCity, words: SiteWords, one: District) -> Markup:
    """Where in the city the district lies; nothing where the map does not have it."""
    sheet, names = district_sheet(file, city), district_names(file, city, words.language)
    if one.code not in sheet.shapes:
        return Markup("")
    marks = {code: AreaMark("", "step-4" if code == one.code else "", name.text) for code, name in names.items()}
    label = words.plain(
        "district.locator_label", area=names[one.code].text, city=title_of(file, city, words.language).text
    )
    return area_map(sheet, marks, label)


def _smaller(file: OpenFile, city: OpenCity, area: str) -> int:
    """How many areas inside a district have values of their own."""
    rows = file.frame(
        "SELECT a.parent, count(DISTINCT v.area) AS areas FROM mart.area AS a JOIN metric.latest AS v"
        " ON v.city = a.city AND v.area = a.area WHERE a.city = ? AND v.value IS NOT NULL GROUP BY a.parent",
        city.name,
    )
    return dict(rows.iter_rows()).get(area, 0)
