"""The figures of a series are made for several languages at once, and each language writes its numbers its own way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from assets.site.language.words import SiteWords
from assets.site.measured.pictures import Pictures
from assets.site.measured.series import MetricSeries, Row, metric_series
from assets.site.measured.shown import MetricTexts

FIRST = date(2020, 9, 1)
LANGUAGES = ("en", "ko", "ru", "vi", "id", "kk", "zh-Hant", "en")


def day(number: int, value: float | None, **other: Any) -> Row:
    usual = {"first": FIRST, "completeness": 0.875, "target": 15.0, "reason": "x", "reason_code": None}
    return usual | {"reason_gaps": None, "period_start": FIRST + timedelta(days=number), "value": value} | other


def series_of(values: list[float | None]) -> MetricSeries:
    return metric_series([day(number, value) for number, value in enumerate(values)], "day")


def drawn(language: str, series: MetricSeries) -> tuple[object, ...]:
    words = SiteWords(language)
    pictures = Pictures(words, {}, MetricTexts(words, "ug/m3"), "a title", "lower")
    return pictures.table(series), pictures.calendar(series), pictures.columns(series), pictures.line(series)


@pytest.mark.parametrize("large", [1234.5, 123_456.7], ids=["in figures", "in words where there is no room"])
def test_what_languages_share_of_a_series_is_what_each_makes_of_it_alone(large: float) -> None:
    values = [None if number % 17 == 3 else number * 1.25 for number in range(70)] + [large]
    shared = series_of(values)
    assert [drawn(one, shared) for one in LANGUAGES] == [drawn(one, series_of(values)) for one in LANGUAGES]


def test_a_comma_stands_where_a_language_has_it() -> None:
    series = series_of([12.5, None, 1234.5, 20.0])
    (_, english), (_, russian) = (drawn(one, series)[0] for one in ("en", "ru"))  # pyright: ignore[reportGeneralTypeIssues]
    assert ">12.5</data>" in english
    assert ">12,5</data>" in russian


def test_another_unit_of_the_same_series_is_written_by_itself() -> None:
    series, words = series_of([0.004, 0.005]), SiteWords("en")
    tables = [
        Pictures(words, {}, MetricTexts(words, unit), "", "lower").table(series)[1] for unit in ("ug/m3", "people")
    ]
    assert tables[0] != tables[1]
