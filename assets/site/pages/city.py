"""The page of a city: every metric as a tile, by field."""

from __future__ import annotations

from collections.abc import Iterator

from assets.site.navigation import city_path, in_languages, metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Head, Page
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
    texts = file.texts(city.name, words.language)
    subjects = dict[str, list[dict[str, object]]]()
    latest = {row["metric"]: row for row in file.latest(city.name).iter_rows(named=True) if row["area"] == city.area}
    for row in file.definitions(city.name).iter_rows(named=True):
        metric = row["metric"]
        value = latest.get(metric, {}).get("value")
        tile = {
            "path": metric_path(words.language, city.name, metric),
            "title": words.named(texts.get(("metric", metric), NamedText(row["title"], "en"))),
            "shown": words("no_value") if value is None else words.number(value, 1),
        }
        subjects.setdefault(row["subject"], []).append(tile)
    return {"city_title": words.named(title_of(file, city, words.language)), "subjects": list(subjects.items())}
