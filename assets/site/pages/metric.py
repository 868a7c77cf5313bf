"""The page of a metric: its newest value, its values over time and by district, what it means, and its downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from assets.site.checks.ways import ways_of
from assets.site.districts.areas import outlines_digest
from assets.site.districts.one_metric import districts_shown
from assets.site.language.words import SiteWords
from assets.site.measured.absent import absences
from assets.site.measured.downloads import MetricFile, downloads, files_of_metrics
from assets.site.measured.hours import hours_of_days
from assets.site.measured.longer import longer_periods
from assets.site.measured.meaning import MetricMeaning
from assets.site.measured.pictures import Pictures
from assets.site.measured.rows import CityRows, Row
from assets.site.measured.series import MetricSeries, metric_series
from assets.site.measured.shown import MetricTexts, period_text
from assets.site.navigation import city_path, in_languages, metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.page import Content, Head, SiteFile, SitePage
from assets.site.pages.city import title_of
from assets.site.tiles.tiles import ABSENT, WITHHELD, Tile, TileMaker


def metric_pages(file: OpenFile, city: OpenCity) -> Iterator[SiteFile]:
    """The pages of the metrics of a city in all its languages, and their downloads."""
    rows = CityRows(file, city)
    for metric in rows.definitions:
        for language in city.languages:
            yield _page(rows, metric, SiteWords(language))
    yield from downloads(file, city)


def _page(rows: CityRows, metric: str, words: SiteWords) -> SitePage:
    city, language = rows.city, words.language
    title = _title(rows, metric, language)
    others = in_languages(city, metric_path("{language}", city.name, metric))
    of_city = words.named(title_of(rows.file, city, language)).striptags()
    # a title is no element: what would turn its direction is a sign in it, too
    shown = words.named(title).striptags()
    head = Head(f"{shown} – {of_city}", language, "city", city.name, others)
    return SitePage(
        metric_path(language, city.name, metric),
        head,
        "metric.html",
        _rests_on(rows, metric, language),
        lambda: _Made(rows, metric, words).content(),
    )


def _title(rows: CityRows, metric: str, language: str) -> NamedText:
    texts = rows.file.texts(rows.city.name, language)
    return texts.get(("metric", metric), NamedText(rows.definitions[metric]["title"], "en"))


def _rests_on(rows: CityRows, metric: str, language: str) -> str:
    """Changes with all that the page shows: own values, those of longer periods, and what is said of all metrics."""
    digests = rows.digests()
    given = (
        *(digests.get(one["metric"]) for one in (rows.definitions[metric], *rows.derived(metric))),
        rows.file.once(("said of metrics", rows.city.name, language), lambda: _said_of_all(rows, language)),
        [_way(rows, metric, language), _ways_of_feeds(rows, metric, language)],
        [one.path for one in files_of_metrics(rows.file, rows.city).get(metric, ())],
    )
    return hashlib.sha256(repr(given).encode()).hexdigest()


def _said_of_all(rows: CityRows, language: str) -> str:
    """A digest of what the pages of all metrics of a city may show. A page leads to metrics that are near its own: any
    definition, which are few, may change it."""
    file, city = rows.file, rows.city
    texts = [rows.texts_digest(tag) for tag in (language, city.languages[0])]  # titles are shown in both
    said = (city, texts, file.currency(city.name), outlines_digest(file, city), rows.definitions, rows.feeds)
    codes = [rows.codes(metric) for metric in rows.definitions]
    return hashlib.sha256(repr((said, codes)).encode()).hexdigest()


def _newest_day(rows: CityRows, metric: str) -> date | None:
    """The first day of the newest period that has a value, of any area: its way is shown."""

    def found() -> date | None:
        days = [row["period_start"] for row in rows.latest(metric) if row["value"] is not None]
        return max(days, default=None) or max((row["day"] for row in rows.hours(metric)), default=None)

    return rows.file.once(("newest day", rows.city.name, metric), found)


def _way(rows: CityRows, metric: str, language: str) -> str | None:
    day = _newest_day(rows, metric)
    return None if day is None else ways_of(rows.file, rows.city.name).of_value(language, metric, day)


def _ways_of_feeds(rows: CityRows, metric: str, language: str) -> Mapping[str, str]:
    """By feed, the way of the day of the newest value, where it was judged."""
    day, ways = _newest_day(rows, metric), ways_of(rows.file, rows.city.name)
    feeds = rows.definitions[metric]["feeds"] or ()
    found = {feed: ways.of_feed(language, feed, day) for feed in feeds} if day is not None else {}
    return {feed: path for feed, path in found.items() if path is not None}


@dataclass(frozen=True)
class _Made:
    """The content of one page."""

    rows: CityRows
    metric: str
    words: SiteWords

    def content(self) -> Content:
        rows, words, metric = self.rows, self.words, self.metric
        definition = rows.definitions[metric]
        of_city, series = rows.file.once_in_turn("series", (rows.city.name, metric), self._series)
        period = series.period
        newest = next((row for row in reversed(of_city) if row["value"] is not None), of_city[-1] if of_city else None)
        hours = rows.hours(metric)
        shown = MetricTexts(words, self._unit(definition["unit"]))
        title = _title(rows, metric, words.language)
        texts = rows.file.texts(rows.city.name, words.language)
        pictures = Pictures(words, texts, shown, words.named(title).striptags(), definition["direction"])
        meaning = MetricMeaning(rows, words, shown, definition, newest or (hours[-1] if hours else None))
        tile = _tiles(rows, words).get(metric)
        there = len(series.there)
        return {
            "city_title": words.named(title_of(rows.file, rows.city, words.language)),
            "back": city_path(words.language, rows.city.name),
            "title": words.named(title),
            "local_title": self._local_title(title),
            "metric": metric,
            "tile": tile,
            "stand": self._stand(series, pictures, tile, hours),
            "window": self._window(series, pictures),
            "one": there == 1,
            "line": pictures.line(series),
            "range": pictures.range(series) if there > 1 else "",
            "means": bool(series.running_means),
            "aimed": any(target is not None for target in series.targets),
            "gaps": pictures.gaps(series) if there else [],
            "more_gaps": max(0, len(series.gaps) - 6),
            "table": pictures.table(series) if there else None,
            "table_rows": len(series.starts),
            "left_out": series.left_out,
            "columns": pictures.columns(series) if period == "day" else "",
            "longer": longer_periods(rows, words, series, pictures) if there else [],
            "calendar": pictures.calendar(series) if period == "day" and there > 1 else [],
            "key": pictures.key(pictures.classes(series)) if there else "",
            "districts": districts_shown(
                rows.file, rows.city, words, metric, metric_path(words.language, rows.city.name, metric)
            ),
            "hours": hours_of_days(hours, pictures) if any(row["value"] is not None for row in hours) else None,
            "facts": meaning.facts(),
            "feeds": meaning.feeds(_ways_of_feeds(rows, metric, words.language)),
            "near": meaning.near(),
            "absent": absences(rows, metric, pictures),
            "extent": rows.extent(metric),
            "files": _by_kind(files_of_metrics(rows.file, rows.city).get(metric, ())),
            "way": _way(rows, metric, words.language),
            "citation": self._citation(meaning, title),
        }

    def _series(self) -> tuple[Sequence[Row], MetricSeries]:
        of_city = self.rows.of_city(self.metric)
        # a metric has one kind of period; of an older edition of it another may be left in the file
        period = next((row["period"] for row in reversed(of_city)), self.rows.definitions[self.metric]["period"])
        return of_city, metric_series([row for row in of_city if row["period"] == period], period)

    def _unit(self, unit: str | None) -> str:
        currency = self.rows.file.currency(self.rows.city.name)
        return "/".join(currency if part == "currency" and currency else part for part in (unit or "").split("/"))

    def _local_title(self, title: NamedText) -> Markup | str:
        """What the people of the city call it, beside a title in another language."""
        local = self.rows.city.languages[0]
        found = _title(self.rows, self.metric, local)
        if local == self.words.language or found.text == title.text:
            return ""
        return Markup('<span lang="{}">{}</span>').format(found.language, SiteWords(found.language).named(found))

    def _stand(self, series: MetricSeries, pictures: Pictures, tile: Tile | None, hours: Sequence[Row]) -> list[Markup]:
        """The first sentences: the newest value, whether it meets its target, and how it was before."""
        words = self.words
        city = words.named(title_of(self.rows.file, self.rows.city, words.language))
        if any(row["value"] is not None for row in hours):
            return []  # its own sentence stands with the hours
        if tile is None or tile.kind in (ABSENT, WITHHELD):
            key = "metric.lead_withheld" if tile is not None and tile.kind == WITHHELD else "metric.lead_absent"
            why = tile.why if tile is not None else pictures.why(hours[-1]) if hours else ""
            return [words(key, city=city), self._sentence(why)]
        index = max(i for i, value in enumerate(series.values) if value is not None) if series.there else None
        if index is None:
            return []
        row = series.rows[index] or {}
        when = Markup("{}").format(tile.when)
        key = "metric.lead_day" if series.period == "day" else "metric.lead_period"
        said = [words(key, when=when, value=tile.value, city=city)]
        if tile.met is not None and row["target"] is not None:
            side = "met" if tile.met else "not_met"
            target = pictures.shown.limit(row["target"])
            source = (
                words.named(NamedText(row["target_source"], "en")) if row["target_source"] else words("metric.target")
            )
            said.append(words(f"metric.lead_{side}_{pictures.direction}", target=target, source=source))
        if tile.why:
            said.append(self._sentence(tile.why))
        return [*said, *self._before(series, pictures)]

    def _sentence(self, text: Markup | str) -> Markup:
        """A reason as a sentence of its own, with the stop of the language."""
        if not text or str(text).endswith((".", "\u3002")):
            return Markup(text)
        return self.words("metric.sentence", text=Markup(text))

    def _before(self, series: MetricSeries, pictures: Pictures) -> list[Markup]:
        part, whole = pictures.counts(series.rows)
        first = period_text(self.words, series.period, series.starts[0])
        periods = self.words(f"tile.periods_{'month' if series.period == 'trailing_year' else series.period}", n=whole)
        if whole > 1:
            return [self.words("metric.lead_missed", n=part, periods=periods, first=first)]
        if len(series.there) > 1:
            low, high = pictures.shown.short(min(series.there)), pictures.shown.value(max(series.there))
            return [self.words("metric.lead_range", first=first, low=low, high=high)]
        return []

    def _window(self, series: MetricSeries, pictures: Pictures) -> list[tuple[Markup, Markup | str, Markup | str]]:
        """Of the periods shown: the lowest and the highest, and how many have a value."""
        if len(series.there) < 2:
            return []
        words, low, high = self.words, min(series.there), max(series.there)
        when = [period_text(words, series.period, series.starts[series.values.index(one)]) for one in (low, high)]
        share = words.share(len(series.there) / len(series.values))
        said = words("metric.with_value", n=len(series.there), of=len(series.values))
        figures = Markup("{}\N{EN DASH}{}").format(pictures.shown.short(low), pictures.shown.short(high))
        return [
            (words("metric.span"), figures, words("metric.low_high", low=when[0], high=when[1])),
            (words("metric.there"), share, said),
        ]

    def _citation(self, meaning: MetricMeaning, title: NamedText) -> Markup | None:
        files = files_of_metrics(self.rows.file, self.rows.city).get(self.metric, ())
        if not files:
            return None
        content = hashlib.sha256("".join(one.digest for one in files).encode()).hexdigest()[:12]
        extent = self.rows.extent(self.metric)
        days = [file_day for one in (extent,) if one for file_day in (one["first"], one["last"])] or _hour_days(
            self.rows.hours(self.metric)
        )
        words = self.words
        city = words.named(title_of(self.rows.file, self.rows.city, words.language)).striptags()
        return meaning.citation(city, words.named(title).striptags(), days[0], days[-1], content)


def _hour_days(hours: Sequence[Row]) -> list[date]:
    return [row["day"] for row in hours]


def _tiles(rows: CityRows, words: SiteWords) -> Mapping[str, Tile]:
    """The tiles of all metrics of the city as a whole, made once for each language."""

    def made() -> Mapping[str, Tile]:
        return {tile.metric: tile for tile in TileMaker(rows.file, rows.city, words).tiles(rows.city.area)}

    return rows.file.once(("tiles of metrics", rows.city.name, words.language), made)


def _by_kind(files: Sequence[MetricFile]) -> list[tuple[str, list[MetricFile]]]:
    kinds = dict[str, list[MetricFile]]()
    for one in files:
        kinds.setdefault(one.kind, []).append(one)
    return list(kinds.items())
