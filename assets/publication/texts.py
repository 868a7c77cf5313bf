"""The names of everything that is published, for readers of every language that a city in the file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain
from typing import NamedTuple

import polars as pl

from assets.metrics import reasons
from assets.pack.city import City
from assets.publication.benchmark import differences
from assets.publication.benchmark.differences import COMPARISON
from assets.publication.reference_columns import MART_TEXT
from quality.contract.model import Contract
from quality.contract.texts import PLATFORM, Texts

REASON, COUNTED = "reason", "counted"  # kinds of texts


class _Named(NamedTuple):
    kind: str
    key: str
    texts: Texts


def all_texts(cities: Sequence[City], holidays: Mapping[str, Mapping[date, Texts]] | None = None) -> pl.DataFrame:
    """Rows of mart.text: each name once for each language of any of these cities, and English.

    holidays: by city, what its public holidays are called.
    """
    languages = dict.fromkeys(chain([PLATFORM], *(city.config.languages for city in cities)))
    rows = [
        (city.name, kind, key, language, texts.in_(asked), texts.language(asked))
        for city in cities
        for kind, key, texts in chain(_named(city), _of_holidays((holidays or {}).get(city.name, {})))
        for language in languages
        for asked in [(language, *city.config.languages)]
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(MART_TEXT.names, pl.String), orient="row")


def _named(city: City) -> Iterator[_Named]:
    """What of a city has names. Private feeds have none here: they are not published."""
    plain = city.config.plain
    yield _Named("city", city.name, city.config.title.of_pack(plain))
    yield from (_Named("area", code, texts) for code, texts in city.area_names.items())
    yield from (_Named("metric", metric, city.metric_title(metric)) for metric in city.metrics)
    for metric, definition in city.metrics.items():
        for kind, texts in (("reads", definition.reads), ("not", definition.not_)):
            if texts is not None:
                yield _Named(kind, metric, texts)
    if city.metrics:
        yield from _sentences()
    for feed in city.contracts.values():
        if not feed.private:
            yield from (_Named(kind, key, texts.of_pack(plain)) for kind, key, texts in _of_feed(feed))


def _of_holidays(days: Mapping[date, Texts]) -> Iterator[_Named]:
    yield from (_Named("holiday", day.isoformat(), texts) for day, texts in days.items())


@cache
def _sentences() -> tuple[_Named, ...]:
    """Why there is no value, or no comparison, with {0}, {1} for gaps, and the words for what is counted."""
    compared = {tag: differences.numbered_sentences(tag) for tag in differences.SENTENCES.languages()}
    says = {language: reasons.numbered(language) for language in reasons.SENTENCES.languages()}
    words = {language: reasons.SENTENCES.part(language, "counted") for language in says}
    return tuple(
        _Named(kind, key, Texts({language: texts[key] for language, texts in by_language.items()}))
        for kind, by_language in ((REASON, says), (COUNTED, words), (COMPARISON, compared))
        for key in by_language[PLATFORM]
    )


def _of_feed(feed: Contract) -> Iterator[_Named]:
    yield _Named("feed", feed.name, feed.title)
    yield _Named("purpose", feed.name, feed.description)
    for column in feed.columns:
        key = f"{feed.name}.{column.name}"
        yield _Named("meaning", key, column.description)
        if column.spec.names is not None:
            yield _Named("column", key, column.spec.names)
