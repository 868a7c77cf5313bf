"""What a metric means, in words: how it is computed, by which standard, what it cannot say, what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.measured.rows import CityRows, Row
from assets.site.measured.shown import MetricTexts
from assets.site.navigation import metric_path
from assets.site.opened import NamedText

Fact = tuple[Markup, list[Markup]]  # a name, and what is said of it, a paragraph each
_COMPARABLE = ("X0", "X1", "X2", "X3")
_NEAR = 12  # metrics that are linked as near


@dataclass(frozen=True)
class MetricMeaning:
    """What there is to say of one metric in one language. newest: a row with a value, for its method and target."""

    rows: CityRows
    words: SiteWords
    shown: MetricTexts
    definition: Row
    newest: Row | None

    def facts(self) -> list[Fact]:
        """All of it, as a list of names and paragraphs; what the file does not say is left out."""
        words = self.words
        found: list[tuple[str, list[Markup | None]]] = [
            ("reads", [self._text("reads")]),
            ("not", [self._text("not"), self._stand_in()]),
            ("formula", [self._english("formula"), self._steps(), self._needs()]),
            ("unit", [Markup(words.unit(self.shown.unit)) or words("metric.no_unit")]),
            ("better", [words(f"metric.better_{self.definition['direction']}")]),
            ("target", [self._target()]),
            ("standard", self._standards()),
            ("comparability", [self._comparability()]),
            ("possible", [self._possible(), self._usual()]),
        ]
        kept = [(words(f"metric.fact_{key}"), [said for said in paragraphs if said]) for key, paragraphs in found]
        return [(name, paragraphs) for name, paragraphs in kept if paragraphs]

    def feeds(self, ways: Mapping[str, str]) -> list[dict[str, Any]]:
        """What it is made of: each feed with its giver, licence and limits. ways: by feed where its way stands."""
        feeds, found = self.rows.feeds, list[dict[str, Any]]()
        for name in self.definition["feeds"] or ():
            feed = feeds.get(name, {})
            found.append(
                {
                    "name": name,
                    "title": self._named("feed", name, feed.get("title") or name),
                    "purpose": self._named("purpose", name, ""),
                    "owner": self._given(feed.get("owner")),
                    "licence": self._given(feed.get("licence")),
                    "limitations": self._given(feed.get("limitations")),
                    "way": ways.get(name),
                    "private": bool(feed.get("is_private")),
                }
            )
        return found

    def near(self) -> list[tuple[str, Markup]]:
        """Metrics that are made of this one, that it is made of, or that measure the same over another time."""
        metric, base = self.definition["metric"], self.definition["rolled_up_from"]
        among = self.rows.definitions
        names = [base] if base in among else []
        names += [one["metric"] for one in self.rows.derived(metric)]
        names += [one["metric"] for one in self.rows.derived(base) if base and one["metric"] != metric]
        if not names:
            names = [
                other
                for other, one in among.items()
                if other != metric
                and one["subject"] == self.definition["subject"]
                and set(one["feeds"] or ()) & set(self.definition["feeds"] or ())
                and one["rolled_up_from"] is None
            ]
        path = self.words.language, self.rows.city.name
        return [(metric_path(*path, one), self.title_of(one)) for one in names[:_NEAR]]

    def title_of(self, metric: str) -> Markup:
        """What a metric is called."""
        return self._named("metric", metric, self.rows.definitions[metric]["title"])

    def citation(self, city_title: str, title: str, first: date, last: date, content: str) -> Markup:
        """How to cite it: with the days, and a digest by which the same values are known again."""
        days = (first.isoformat(), last.isoformat())
        said = self.words("metric.citation", city=city_title, title=title, first=days[0], last=days[1], content=content)
        if self.newest is not None and self.newest["source"] == "simulated":  # nobody gave what is made up
            return said + Markup(" [{}]").format(self.words("tile.simulated"))
        given = [self.rows.feeds[name] for name in self.definition["feeds"] or () if name in self.rows.feeds]
        owners = sorted(
            {self.words.named(NamedText(feed["owner"], "und")).striptags() for feed in given if feed["owner"]}
        )
        if not owners:
            return said
        return said + Markup(" ") + self.words("metric.citation_data", owners="; ".join(owners))

    def _text(self, kind: str) -> Markup | None:
        found = self._texts.get((kind, self.definition["metric"]))
        return self.words.named(found) if found is not None and found.text else None

    def _named(self, kind: str, key: str, otherwise: str) -> Markup:
        return self.words.named(self._texts.get((kind, key), NamedText(otherwise, "en")))

    @property
    def _texts(self) -> Any:
        return self.rows.file.texts(self.rows.city.name, self.words.language)

    def _given(self, text: str | None) -> Markup | None:
        """A text that the pack has in English alone."""
        return self.words.named(NamedText(text, "en")) if text else None

    def _english(self, column: str) -> Markup | None:
        return self._given(self.definition[column])

    def _stand_in(self) -> Markup | None:
        caveat = self.definition["caveat"]
        return self.words("metric.stand_in", why=self._given(caveat)) if caveat else None

    def _steps(self) -> Markup | None:
        method = None if self.newest is None else self.newest["method"]
        return self.words("metric.steps", steps=Markup("<code>{}</code>").format(method)) if method else None

    def _needs(self) -> Markup | None:
        least = self.definition["min_completeness"]
        return self.words("metric.needs", share=self.words.share(least)) if least else None

    def _target(self) -> Markup | None:
        row = self.newest
        if row is None or row["target"] is None:
            return self.words("metric.no_target")
        limit = self.shown.limit(row["target"])
        source = self._given(row["target_source"])
        return self.words("metric.target_of", limit=limit, source=source) if source else limit

    def _standards(self) -> list[Markup | None]:
        own = self.definition
        name = own["standard"]
        found = list[Markup | None]()
        if name:
            found.append(self._standard(name, own["edition"], own["code"], own["source_url"], verified=own["verified"]))
        for code in self.rows.codes(own["metric"]):
            if code["standard_name"] != name:
                values = (code["standard_name"], code["edition"], code["code"], code["source_url"])
                found.append(self._standard(*values, verified=code["verified"]))
        if self.newest is not None and self.newest["standard"]:
            found.append(
                self.words("metric.judged_by", edition=Markup("<code>{}</code>").format(self.newest["standard"]))
            )
        return found or [self.words("metric.no_standard")]

    def _standard(
        self, name: str, edition: str | None, code: str | None, url: str | None, *, verified: bool | None
    ) -> Markup:
        words = self.words
        said = Markup(", ").join(
            [
                words.named(NamedText(name, "en")),
                *([words("metric.edition", edition=edition)] if edition else []),
                *([words("metric.code", code=code)] if code else []),
            ]
        )
        said += Markup(". ") + words("metric.verified" if verified else "metric.not_verified")
        return said + Markup(" ") + _address(url) if url else said

    def _comparability(self) -> Markup | None:
        kind = self.definition["comparability"]
        return self.words(f"metric.comparable_{kind}") if kind in _COMPARABLE else None

    def _possible(self) -> Markup | None:
        return self._between("metric.possible", self.definition["possible_min"], self.definition["possible_max"])

    def _usual(self) -> Markup | None:
        return self._between("metric.usual", self.definition["usual_min"], self.definition["usual_max"])

    def _between(self, key: str, low: float | None, high: float | None) -> Markup | None:
        if low is None and high is None:
            return None
        ends = ["\N{EN DASH}" if end is None else self.shown.axis(end) for end in (low, high)]
        return self.words(key, low=ends[0], high=ends[1])


def _address(url: str) -> Markup:
    """A link to where a definition can be read; only of the web: the text is the pack's."""
    if not url.startswith(("https://", "http://")):
        return Markup("<code>{}</code>").format(url)
    return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(url)
