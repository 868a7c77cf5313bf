"""Cities side by side, in the words of one language: classes with their ranks, and why two cities are not comparable.

In rows of the schema benchmark of the open file (docs/benchmark.md). Nothing is ranked or compared here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from assets.publication.benchmark.differences import COMPARISON, DIFFERENCES
from assets.site.figures.dots import Dot, DotWords, dots
from assets.site.language.units import with_signs
from assets.site.language.words import SiteWords
from assets.site.navigation import metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile

Row = Mapping[str, Any]
_STANDARDS = ("U4SSC", "ISO 37120", "SDG")  # these come first; an SDG is named with its number
_CODED = {"source_kind": "kind", "network": "net", "boundary_kind": "border"}  # whose values are words of messages


@dataclass(frozen=True)
class ComparedClass:
    """A group of values that may be compared. latest: the rows of its newest ranked period, the first rank first."""

    row: Row
    latest: Sequence[Row]
    values: Sequence[Row]

    @property
    def cities(self) -> Sequence[str]:
        return self.row["cities"]


@dataclass(frozen=True)
class SideBySide:
    """The tables of the benchmark, read once for all languages."""

    file: OpenFile

    @property
    def there(self) -> bool:
        """Whether the file has cities beside each other at all."""
        return {"benchmark.value", "benchmark.pair", "benchmark.class"} <= self.file.tables()

    @cached_property
    def metrics(self) -> Sequence[str]:
        """The metrics that several cities have, by title in English."""
        return list(dict.fromkeys(row["metric"] for row in self._pairs))

    def pairs(self, metric: str) -> Sequence[Row]:
        """Every two cities that have a metric, once; those that may be compared first."""
        return [row for row in self._pairs if row["metric"] == metric]

    def classes(self, metric: str) -> Sequence[ComparedClass]:
        """The classes of a metric, those with the most cities first."""
        return [self._class(row) for row in self._classes if row["metric"] == metric]

    @cached_property
    def codes(self) -> Sequence[Row]:
        """What standards call the metrics: a row for each code and metric, with its cities."""
        if "benchmark.code" not in self.file.tables():
            return []
        query = """SELECT standard_name, edition, code, metric, bool_and(verified) AS verified, any_value(source_url) AS
            source_url, list(city ORDER BY city) AS cities FROM benchmark.code GROUP BY ALL
            ORDER BY standard_name, edition, code, metric"""
        rows = self.file.frame(query).rows(named=True)
        return sorted(rows, key=lambda row: not str(row["standard_name"]).startswith(_STANDARDS))

    @cached_property
    def newest(self) -> Mapping[tuple[str, str], Row]:
        """By city and metric, the newest year that is over."""
        if "benchmark.latest" not in self.file.tables():
            return {}
        rows = self.file.frame("FROM benchmark.latest WHERE value IS NOT NULL").iter_rows(named=True)
        return {(row["city"], row["metric"]): row for row in rows}

    @cached_property
    def _pairs(self) -> Sequence[Row]:
        if not self.there:
            return []
        query = """SELECT p.*, d.title FROM benchmark.pair AS p LEFT JOIN metric.definition AS d
            ON d.city = p.city AND d.metric = p.metric WHERE p.city < p.other
            ORDER BY coalesce(d.title, p.metric), p.metric, NOT comparable, p.city, p.other"""
        return self.file.frame(query).rows(named=True)

    @cached_property
    def _classes(self) -> Sequence[Row]:
        query = "FROM benchmark.class ORDER BY metric, len(cities) DESC, compared DESC, class_id"
        return self.file.frame(query).rows(named=True)

    @cached_property
    def _values(self) -> Mapping[str, Sequence[Row]]:
        return self._by_class("FROM benchmark.value WHERE class_id IS NOT NULL ORDER BY period_start DESC, city")

    @cached_property
    def _newest(self) -> Mapping[str, Sequence[Row]]:
        if "benchmark.latest" not in self.file.tables():
            return {}
        return self._by_class("FROM benchmark.latest WHERE rank IS NOT NULL ORDER BY rank, city")

    def _by_class(self, query: str) -> Mapping[str, Sequence[Row]]:
        found = dict[str, list[Row]]()
        for row in self.file.frame(query).iter_rows(named=True):
            found.setdefault(row["class_id"], []).append(row)
        return found

    def _class(self, row: Row) -> ComparedClass:
        values = self._values.get(row["class_id"], [])
        latest = list(self._newest.get(row["class_id"], []))
        ranked = [one for one in values if one["rank"] is not None]
        if not latest and ranked:
            latest = [one for one in ranked if one["period_start"] == ranked[0]["period_start"]]
            latest.sort(key=lambda one: (one["rank"], one["city"]))
        return ComparedClass(row, latest, values)


@dataclass(frozen=True)
class ComparisonWords:
    """What is said of a comparison in one language."""

    file: OpenFile
    words: SiteWords

    @cached_property
    def _cities(self) -> Mapping[str, OpenCity]:
        return {city.name: city for city in self.file.cities}

    def city(self, name: str) -> Markup:
        """What a city is called."""
        one = self._cities.get(name)
        otherwise = NamedText(one.title if one else name, "en")
        return self.words.named(self.file.texts(name, self.words.language).get(("city", name), otherwise))

    def title(self, metric: str, city: str) -> NamedText:
        """What a metric is called, as one of its cities has it."""
        return self.file.texts(city, self.words.language).get(("metric", metric), NamedText(metric, "en"))

    def page_of(self, city: str, metric: str) -> str:
        """The page of a metric of a city, in the language of this page or the nearest that it has."""
        one = self._cities.get(city)
        if one is None or not one.languages:
            return ""
        known = one.languages
        language = self.words.language if self.words.language in known else "en" if "en" in known else known[0]
        return metric_path(language, city, metric)

    def why_not(self, pair: Row) -> Markup:
        """Why two cities are not comparable, with names for what the file has codes for."""
        sentence = self.file.texts(pair["city"], self.words.language).get((COMPARISON, pair["code"] or ""))
        if sentence is None:
            return self.words.named(NamedText(pair["text"] or "", "en"))
        kinds, given = DIFFERENCES.get(pair["code"], ()), pair["gaps"] or ()

        def filled(gap: re.Match[str]) -> str:
            at = int(gap[1])
            return str(self._gap(pair, kinds[at] if at < len(kinds) else "", given[at])) if at < len(given) else "–"

        said = Markup(re.sub(r"\{(\d+)\}", filled, str(escape(sentence.text))))
        return said if sentence.language == self.words.language else self.words.marked(said, sentence.language)

    def _gap(self, pair: Row, gap: str, given: str) -> Markup | str:
        if gap == "cities":
            return Markup(", ").join(self.city(name) for name in given.split(", "))
        if gap == "metric":
            return self.words.named(self.title(given, pair["city"]))
        if pair["code"] in ("years", "no_common_period") and re.fullmatch(r"\d{4}-\d\d-\d\d", given):
            return self.period(pair["period"], date.fromisoformat(given))
        return self.term(pair["code"], given)

    def term(self, name: str, value: str | None) -> Markup | str:
        """A value of a column of the class, in words where it is one of few."""
        if value is None or value == "-":
            return self.words("cities.none_named")
        if name == "unit":
            return self.words.unit(value) or self.words("cities.number")
        if name == "comparability" and value in ("X0", "X1", "X2", "X3"):
            return self.words(f"cities.class_{value}")
        if name in _CODED:
            parts = [self._coded(_CODED[name], one) for one in value.split(", ")]
            return Markup(", ").join(parts)
        return self.words.named(NamedText(with_signs(value), "en"))

    def _coded(self, kind: str, value: str) -> Markup:
        try:
            return self.words(f"cities.{kind}_{value}")
        except KeyError:
            return self.words.named(NamedText(value, "en"))

    def period(self, period: str, start: date) -> str:
        """A period as people write it."""
        return self.words.period(period, start)

    def rank(self, row: Row) -> str:
        """The interval in which the rank lies: 1, or 1–2."""
        low, high = row["rank_low"], row["rank_high"]
        return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"

    def figure(self, one: ComparedClass, link: Mapping[str, str]) -> Markup:
        """Ranked dots of the newest period. link: by city, the address of its metric in this page; "" for none."""
        words, unit = self.words, str(one.row["unit"] or "")
        newest = max(row["period_start"] for row in one.latest)
        rows = [
            Dot(
                name=self._linked(row["city"], link.get(row["city"], "")),
                value=float(row["value"]),
                shown=words.figure(row["value"], unit),
                rank=self.rank(row),
                note="" if row["period_start"] == newest else self.period(row["period"], row["period_start"]),
            )
            for row in one.latest
        ]
        title = words.named(self.title(one.row["metric"], one.latest[0]["city"])).striptags()
        name = words.unit(unit)
        heads = DotWords(
            title, words.plain("cities.rank"), words.plain("cities.city"), name or words.plain("cities.value")
        )
        return dots(rows, heads, lambda tick: words.figure(tick, unit))

    def _linked(self, city: str, to: str) -> Markup:
        return Markup('<a href="{}">{}</a>').format(to, self.city(city)) if to else self.city(city)
