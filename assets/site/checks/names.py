"""What tables, verdicts, rules and deliveries are called on pages: names from outside are text, and not too long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from markupsafe import Markup

from assets.site.checks.reading import Checks
from assets.site.language.words import SiteWords
from assets.site.opened import NamedText
from quality.contract.texts import PLATFORM

LONGEST = 200  # characters of a name from outside: a month has 31 of them, and a page 300 kB
PROSE = 800  # of what somebody wrote to be read: 60 feeds have 50 kB of it
SIGNS = {"passed": "p", "warning": "w", "held": "h"}  # classes of the styles of these pages, by outcome
T = TypeVar("T")


@dataclass(frozen=True)
class Names:
    """The names of one city in one language. A way page has hundreds: each is made once, as Babel takes 50 µs a day."""

    checks: Checks
    words: SiteWords
    _kept: dict[object, object] = field(default_factory=dict)

    def table(self, layer: str, name: str) -> Markup:
        """A table by its title, and by its name in code."""
        return self._once(("table", layer, name), lambda: self._table(layer, name))

    def day(self, day: date) -> Markup:
        """A day in its own element."""
        return self._once(("day", day), lambda: self.words.day(day))

    def period(self, period: str, start: date) -> str:
        """A period by its first day."""
        return self._once(("period", period, start), lambda: self.words.period(period, start))

    def instant(self, at: datetime | None) -> str:
        """An instant, of which nothing is said where it is not known."""
        return "" if at is None else self._once(("at", at), lambda: self.words.instant(at))

    def _once(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # pyright: ignore[reportReturnType]

    def _table(self, layer: str, name: str) -> Markup:
        code = Markup("<code>{}</code>").format(f"{layer}.{name}")
        if layer == "core":
            return Markup("{} {}").format(self.feed(name), code)
        return Markup("{} {}").format(self.outside(self.checks.titles_of_tables.get((layer, name), "")), code)

    def feed(self, name: str) -> Markup:
        """The title of a feed."""
        return self._named("feed", name, self.checks.titles_of_feeds.get(name) or name)

    def plain(self, layer: str, name: str) -> str:
        """A table as text, for titles of pages."""
        return str(self.feed(name).striptags()) if layer == "core" else f"{layer}.{name}"

    def rule(self, layer: str, table: str, rule: str) -> Markup:
        """A rule by its code and by what it asks."""
        return self._once(("rule", layer, table, rule), lambda: self._rule(layer, table, rule))

    def _rule(self, layer: str, table: str, rule: str) -> Markup:
        title = self.checks.titles_of_rules.get((layer, table, rule), "")
        return Markup("<code>{}</code> {}").format(self.outside(rule), self.outside(title) if title else "").strip()

    def outside(self, text: str, language: str = PLATFORM, longest: int = LONGEST) -> Markup:
        """A text from outside, as contracts and providers write it. Of a long one its beginning, and its length."""
        if len(text) <= longest:
            return self.words.named(NamedText(text, language))
        begins = self.words.named(NamedText(text[:longest] + "\N{HORIZONTAL ELLIPSIS}", language))
        return Markup("{} {}").format(begins, self.words("way.cut", n=len(text)))

    def found(self, finding: Mapping[str, Any]) -> Markup:
        """How many rows break a rule, or what was seen of the day; empty where nothing may be said."""
        broken, of = finding["unexpected"], finding["evaluated"]
        if broken and of:
            share = self.words.share(broken / of, 1 if broken < of else 0)
            return self.words("way.broken", n=broken, of=self.words.count(of), share=share)
        if finding["observed"] is None:
            return Markup("")
        seen = f"{finding['observed']:.6g}"
        return Markup("<code>{}</code>").format(f"{finding['figure']} = {seen}" if finding["figure"] else seen)

    def metric(self, metric: str) -> Markup:
        """The title of a metric."""
        return self._named("metric", metric)

    def area(self, area: str) -> Markup:
        """The name of an area."""
        return self._named("area", area)

    def _named(self, kind: str, key: str, otherwise: str = "") -> Markup:
        texts = self.checks.file.texts(self.checks.city, self.words.language)
        found = texts.get((kind, key), NamedText(otherwise or key, PLATFORM))
        return self.outside(found.text, found.language)

    def outcome(self, outcome: str) -> Markup:
        """What became of a day, in a word."""
        return self._once(("outcome", outcome), lambda: self.words(f"way.outcome_{outcome}"))
