"""Cities side by side: one page that leads to all, and one for each metric that several cities have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.navigation import all_languages, cities_path, city_path, comparison_path, data_path
from assets.site.opened import OpenFile
from assets.site.page import Content, Download, Head, SitePage, relative
from assets.site.side_by_side import ComparedClass, ComparisonWords, SideBySide

_FIGURES = 24  # on the page of all metrics: with 14 cities each is 5 kB, and a page has at most 300 kB
_PERIODS = 36  # in the table of a class; the download has all
_VALUES = "FROM benchmark.value WHERE metric = ? ORDER BY period_start, city"
_CLASS = ("unit", "comparability", "source_kind", "network", "boundary_kind", "standard", "provider", "method")


def comparison_pages(file: OpenFile, language: str) -> Iterator[SitePage]:
    """All pages of cities side by side in a language."""
    words, compared = SiteWords(language), _comparison(file)
    rests_on = _rests_on(file, language)
    others = {tag: cities_path(tag) for tag in all_languages(file)}
    head = Head(words.plain("cities.title"), language, "cities", others=others)
    path = cities_path(language)
    yield SitePage(path, head, "cities.html", rests_on, lambda: _all(file, words, path))
    for metric in compared.metrics:
        yield _page(file, words, metric, rests_on)


def comparison_downloads(file: OpenFile) -> Iterator[Download]:
    """The values of each metric that several cities have, as a table."""
    for metric in _comparison(file).metrics:
        yield Download(
            data_path("cities", f"{metric}.csv"),
            _digest(file, "FROM benchmark.value"),
            lambda metric=metric: file.rows_once(_VALUES, metric).write_csv().encode(),
        )


def _page(file: OpenFile, words: SiteWords, metric: str, rests_on: str) -> SitePage:
    said = ComparisonWords(file, words)
    title = said.title(metric, _comparison(file).pairs(metric)[0]["city"]).text
    others = {tag: comparison_path(tag, metric) for tag in all_languages(file)}
    path = comparison_path(words.language, metric)
    return SitePage(
        path,
        Head(title, words.language, "cities", others=others),
        "cities.html",
        rests_on,
        lambda: _of_metric(file, words, metric, path),
    )


def _comparison(file: OpenFile) -> SideBySide:
    return file.once("comparison", lambda: SideBySide(file))


def _rests_on(file: OpenFile, language: str) -> str:
    tables = sorted(name for name in file.tables() if name.startswith("benchmark.") or name == "metric.definition")
    texts = f"FROM mart.text WHERE language = '{language}' AND kind IN ('city', 'metric', 'comparison')"
    return "|".join(_digest(file, query) for query in (*(_all_of(name) for name in tables), texts))


def _all_of(table: str) -> str:
    schema, _, name = table.partition(".")
    return f'FROM {schema}."{name}"'


def _digest(file: OpenFile, query: str) -> str:
    row = file.frame(f"SELECT CAST(sum(hash(v)) AS VARCHAR), count(*) FROM ({query}) AS v").row(0)
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def _all(file: OpenFile, words: SiteWords, path: str) -> Content:
    compared, said = _comparison(file), ComparisonWords(file, words)
    metrics = [(metric, compared.pairs(metric), compared.classes(metric)) for metric in compared.metrics]
    ranked = [(metric, one) for metric, _, classes in metrics for one in classes if one.latest]
    return {
        "metric": None,
        "cities": [(_city_of(file, words, city.name), said.city(city.name)) for city in file.cities],
        "shared": len(metrics),
        "comparable": sum(any(pair["comparable"] for pair in pairs) for _, pairs, _ in metrics),
        "figures": [
            _figure(said, one, comparison_path(words.language, metric), path) for metric, one in ranked[:_FIGURES]
        ],
        "more": max(0, len(ranked) - _FIGURES),
        "rows": [
            {
                "path": comparison_path(words.language, metric),
                "title": words.named(said.title(metric, pairs[0]["city"])),
                "cities": len({name for pair in pairs for name in (pair["city"], pair["other"])}),
                "pairs": words("cities.of", n=sum(bool(pair["comparable"]) for pair in pairs), all=len(pairs)),
                "why": _most_said(said, pairs),
            }
            for metric, pairs, _ in metrics
        ],
        "codes": [
            {
                "standard": " ".join(part for part in (row["standard_name"], row["edition"]) if part),
                "code": row["code"],
                "title": words.named(said.title(row["metric"], row["cities"][0])),
                "cities": Markup(", ").join(_coded(said, compared, name, row["metric"]) for name in row["cities"]),
                "verified": words("cities.verified" if row["verified"] else "cities.unverified"),
            }
            for row in compared.codes
        ],
    }


def _coded(said: ComparisonWords, compared: SideBySide, city: str, metric: str) -> Markup:
    """A city, with the value of its newest year where there is one."""
    row = compared.newest.get((city, metric))
    if row is None:
        return said.city(city)
    value, when = said.words.value(row["value"], row["unit"] or ""), said.period(row["period"], row["period_start"])
    return Markup('{} {} <span class="when">({})</span>').format(said.city(city), value, when)


def _city_of(file: OpenFile, words: SiteWords, name: str) -> str:
    """The page of a city, in this language or the first that it has."""
    languages = next(city.languages for city in file.cities if city.name == name)
    return city_path(words.language if words.language in languages else (*languages, "en")[0], name)


def _most_said(said: ComparisonWords, pairs: Sequence[Mapping[str, Any]]) -> Markup:
    """The reason that the most pairs of a metric have, in words; the page of the metric has all."""
    reasons = [pair for pair in pairs if not pair["comparable"]]
    if not reasons:
        return Markup("")
    texts = [said.why_not(pair) for pair in reasons]
    return max(texts, key=texts.count)


def _figure(said: ComparisonWords, one: ComparedClass, to: str, path: str) -> dict[str, Any]:
    words, first = said.words, one.latest[0]
    links = {row["city"]: said.page_of(row["city"], row["metric"]) for row in one.latest}
    newest = max(one.latest, key=lambda row: row["period_start"])
    return {
        "path": to,
        "title": words.named(said.title(one.row["metric"], first["city"])),
        "period": said.period(newest["period"], newest["period_start"]),
        "unit": words.unit(str(one.row["unit"] or "")),
        "way": words(f"cities.way_{one.row['direction']}") if one.row["direction"] in ("lower", "higher") else "",
        "html": said.figure(one, {city: relative(path, to) if to else "" for city, to in links.items()}),
        "apart": _apart(said, one.latest),
    }


def _apart(said: ComparisonWords, latest: Sequence[Mapping[str, Any]]) -> Markup | str:
    """What the intervals say: that all cities, some or none can be told apart."""
    together = [row for row in latest if any(_overlap(row, other) for other in latest if other is not row)]
    if not together:
        return said.words("cities.apart")
    if len(together) == len(latest):
        return said.words("cities.not_apart")
    names = Markup(", ").join(said.city(row["city"]) for row in together)
    return said.words("cities.partly_apart", cities=names)


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["rank_low"] <= other["rank_high"] and other["rank_low"] <= one["rank_high"]


def _of_metric(file: OpenFile, words: SiteWords, metric: str, path: str) -> Content:
    compared, said = _comparison(file), ComparisonWords(file, words)
    pairs = compared.pairs(metric)
    return {
        "metric": metric,
        "title": words.named(said.title(metric, pairs[0]["city"])),
        "to_all": cities_path(words.language),
        "csv": data_path("cities", f"{metric}.csv"),
        "pairs": len(pairs),
        "comparable": sum(bool(pair["comparable"]) for pair in pairs),
        "classes": [_class(said, one, path) for one in compared.classes(metric)],
        "apart": [
            (said.city(pair["city"]), said.city(pair["other"]), said.why_not(pair), len(pair["codes"] or ()) - 1)
            for pair in pairs
            if not pair["comparable"]
        ],
    }


def _class(said: ComparisonWords, one: ComparedClass, path: str) -> dict[str, Any]:
    words = said.words
    unit = str(one.row["unit"] or "")
    starts = list(dict.fromkeys((row["period"], row["period_start"]) for row in one.values))
    by_place = {(row["period_start"], row["city"]): row for row in one.values}

    def cell(row: Mapping[str, Any] | None) -> Markup:
        if row is None or row["value"] is None:
            return Markup('<span class="soft">{}</span>').format("\N{EN DASH}")
        value = Markup('<data value="{}">{}</data>').format(row["value"], words.figure(row["value"], unit))
        if row["rank"] is None:
            return value
        return value + Markup(' <span class="rank">{}</span>').format(words("cities.rank_of", rank=said.rank(row)))

    return {
        "name": Markup(", ").join(said.city(name) for name in one.cities),
        "facts": [(words(f"cities.key_{name}"), said.term(name, one.row[name])) for name in _CLASS if one.row[name]],
        "unit": words.unit(unit),
        "figure": _figure(said, one, "", path) if one.latest else None,
        "heads": [said.city(name) for name in one.cities],
        "rows": [
            (said.period(period, start), [cell(by_place.get((start, name))) for name in one.cities])
            for period, start in starts[:_PERIODS]
        ],
        "left_out": max(0, len(starts) - _PERIODS),
    }
