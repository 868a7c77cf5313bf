"""A metric in a tile: its value, day, verdict, change, line, what it rests on, and its age. In rows of metric.latest.

The city's page, the wall and the pages of districts show these, by templates/tile.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from assets.metrics.fields import field_of
from assets.site.figures.spark import spark
from assets.site.language.periods import LOOKS_BACK, days_old, last_day, number_of
from assets.site.language.units import digits_of, with_signs
from assets.site.language.words import SiteWords
from assets.site.navigation import metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.tiles.tile import ABSENT, CURRENT, STALE, WITHHELD, Row, Said, Tile, kind_of
from assets.site.tiles.why import why_absent

_RECENT = f"""
SELECT metric, period, period_start, value, reason, reason_code, reason_gaps FROM metric.value
WHERE city = ? AND area = ?
QUALIFY row_number() OVER (PARTITION BY metric ORDER BY period_start DESC) <= {max(LOOKS_BACK.values())}
ORDER BY metric, period_start"""


@dataclass(frozen=True)
class TileMaker:
    """The tiles of one city in one language. marks_simulated: not where the page says once that all values are."""

    file: OpenFile
    city: OpenCity
    words: SiteWords
    marks_simulated: bool = True

    def tiles(self, area: str, metrics: frozenset[str] | None = None) -> list[Tile]:
        """The tiles of an area, those of each subject together. metrics: only these."""
        recent = self.file.once(("recent", self.city.name, area), lambda: self._recent(area))
        definitions = self.file.definitions(self.city.name).rows_by_key("metric", named=True, unique=True)
        rows = self.file.rows_once(
            "FROM metric.latest WHERE city = ? AND area = ? ORDER BY metric", self.city.name, area
        )
        return [
            self._tile(row, definitions.get(row["metric"], {}), recent.get(row["metric"], []))
            for row in rows.iter_rows(named=True)
            if metrics is None or row["metric"] in metrics
        ]

    def _recent(self, area: str) -> Mapping[str, list[Row]]:
        """By metric its newest values. It is asked once for all pages: the query takes 60 ms for three years."""
        found = dict[str, list[Row]]()
        for row in self.file.rows_once(_RECENT, self.city.name, area).iter_rows(named=True):
            found.setdefault(row["metric"], []).append(row)
        return found

    def _tile(self, row: Row, definition: Row, recent: Sequence[Row]) -> Tile:
        words, metric = self.words, str(row["metric"])
        title = _with_subscripts(words.named(self._text("metric", metric, str(row["title"] or metric))))
        kind = kind_of(row)
        valued = kind in (CURRENT, STALE)
        unit = self.unit_of(str(row["unit"] or ""))
        values = _in_turn(recent, row["period"]) if valued else []
        shown_range = self._range(values, unit, row["period"])
        subject = str(definition.get("subject") or "")
        label = words.plain("tile.spark", title=title.striptags(), range=shown_range)
        return Tile(
            metric=metric,
            field=field_of(subject) or subject,
            subject=subject,
            kind=kind,
            period=str(row["period"]),
            start=row["period_start"],
            path=metric_path(words.language, self.city.name, metric),
            title=title,
            second=self._second_title(metric),
            value=words.value(row["value"], unit, row["target"]) if valued else words(_INSTEAD[kind]),
            when=self.when(row["period"], row["period_start"]) if valued else "",
            beside=self.beside(row) if valued else (),
            simulated=row["source"] == "simulated",
            met=row["met"] if kind == CURRENT else None,
            was_met=_met_before(row) if kind == CURRENT else None,
            moved=_moved(row["change"], values) if kind == CURRENT else 0.0,
            verdict=self.verdict(row, unit, kind) if valued else None,
            change=self._change(row, unit) if kind == CURRENT else None,
            line=spark(values, row["target"], label),
            range=shown_range,
            share=row["completeness"] if valued else None,
            rests_on=self.rests_on(row) if valued else "",
            age=words.age(days_old(row["period"], row["period_start"], self.file.day)) if valued else "",
            why=self._why(row, kind, recent, definition.get("feeds") or ()),
            made_of=words.plain("tile.made_of", title=title.striptags()),
            row={**row, "unit": unit},
        )

    def when(self, period: str, start: date) -> Markup:
        """The period of a value in its own element."""
        words = self.words
        if period == "trailing_year":
            shown = words("tile.twelve_months", end=words.period("month", last_day(period, start)))
        else:
            shown = Markup("{}").format(words.period(period, start))
        return Markup('<time datetime="{}">{}</time>').format(_machine(period, start), shown)

    def _text(self, kind: str, key: str, otherwise: str) -> NamedText:
        return self.file.texts(self.city.name, self.words.language).get((kind, key), NamedText(otherwise, "en"))

    def _second_title(self, metric: str) -> Markup | str:
        own = self.city.languages[0] if self.city.languages else self.words.language
        text = self.file.texts(self.city.name, own).get(("metric", metric))
        if own == self.words.language or text is None or text.language != own:
            return ""
        return self.words.named(text)

    def unit_of(self, unit: str) -> str:
        """A unit with the code of the city's money in it, where that is known."""
        currency = self.file.currency(self.city.name)
        return "/".join(currency if part == "currency" and currency else part for part in unit.split("/"))

    def beside(self, row: Row) -> tuple[Markup, ...]:
        """What has to be known of a value before it is believed: that it is a stand-in, which its network is worth, or
        that it is simulated."""
        said = []
        if row["status"] == "proxy":
            said.append(self.words("tile.stand_in"))
        if row["value"] is not None and row["reason_code"]:
            texts = self.file.texts(self.city.name, self.words.language)
            said.append(why_absent(self.words, texts, row["reason_code"], row["reason_gaps"], row["reason"]))
        if row["source"] == "simulated" and self.marks_simulated:
            said.append(self.words("tile.simulated"))
        return tuple(said)

    def verdict(self, row: Row, unit: str, kind: str) -> Said:
        """Whether the value meets the target, and what that is; a stale one has no verdict."""
        words, target = self.words, row["target"]
        nothing = words("tile.no_verdict")
        if target is None:
            return Said("no-verdict", nothing, words("tile.no_target"))
        if kind == STALE:
            return Said("no-verdict", nothing, words("tile.stale"))
        limit = words.limit(target, unit)
        way = {"lower": "at_most", "higher": "at_least"}.get(row["direction"] or "")
        if row["met"] is None or way is None:
            return Said("no-verdict", nothing, words("tile.no_way", target=limit))
        word, rest = words("tile.met" if row["met"] else "tile.not_met"), words(f"tile.{way}", target=limit)
        if row["target_source"]:
            source = words.named(NamedText(with_signs(row["target_source"]), "en"))
            rest += Markup(' <span class="soft">({})</span>').format(source)
        return Said("met" if row["met"] else "not-met", word, rest)

    def _change(self, row: Row, unit: str) -> Said | None:
        words, change = self.words, row["change"]
        when = words.period_before(row["period"], row["period_start"])
        if change is None:
            return Said("", "", Markup('<span class="soft">{}</span>').format(words("tile.no_previous", when=when)))
        if change == 0:
            return Said("same", "", words("tile.same", when=when))
        better = {"lower": change < 0, "higher": change > 0}.get(row["direction"] or "")
        meaning = words("tile.neither" if better is None else "tile.better" if better else "tile.worse")
        by = words.change(change, row["value"], unit)
        return Said(
            "up" if change > 0 else "down",
            meaning,
            before=words("tile.higher" if change > 0 else "tile.lower", by=by, when=when),
        )

    def _range(self, values: Sequence[float | None], unit: str, period: str) -> Markup | str:
        there = [value for value in values if value is not None]
        if len(there) < 2:
            return ""
        low, high = min(there), max(there)
        kind = "month" if period == "trailing_year" else period
        periods = self.words(f"tile.periods_{kind}", n=len(values))
        if low == high:
            return self.words("tile.throughout", periods=periods, value=self.words.figure(low, unit))
        digits = max(digits_of(low, unit), digits_of(high, unit)) if abs(high) < 1000 else digits_of(high, unit)
        shown = {"low": self.words.number(low, digits), "high": self.words.number(high, digits)}
        return self.words("tile.range", periods=periods, **shown)

    def rests_on(self, row: Row) -> Markup:
        """How much of what there should be is behind the value, and its quality."""
        words, n, expected = self.words, row["n"], row["expected"]
        counted = words.named(self._text("counted", str(row["counted"] or ""), str(row["counted"] or "")))
        if n is None:
            return words("tile.no_count")
        if expected is None:
            said = words("tile.counted", n=n, counted=counted)
        else:
            share = words.share(row["completeness"]) if row["completeness"] is not None else "–"
            whole = words.number(expected, 0 if float(expected).is_integer() else 1)
            said = words("tile.of_expected", n=n, expected=whole, counted=counted, share=share)
        quality = row["quality"]
        if quality not in ("H", "M", "L"):
            return said
        return said + Markup(' · <span class="whole-word">{}</span>').format(words(f"tile.quality_{quality}"))

    def _why(self, row: Row, kind: str, recent: Sequence[Row], feeds: Sequence[str]) -> Markup | str:
        words, texts = self.words, self.file.texts(self.city.name, self.words.language)
        if kind == CURRENT:
            return ""
        if kind == STALE:
            later = [one for one in recent if one["period_start"] > row["period_start"] and one["value"] is None]
            if not later:
                return words("tile.not_made")
            one = later[-1]
            said = why_absent(words, texts, one["reason_code"], one["reason_gaps"], one["reason"])
            return words("tile.newest", when=self.when(one["period"], one["period_start"]), why=said)
        if not (row["reason_code"] or row["reason"]):
            return words("tile.never")
        said = why_absent(words, texts, row["reason_code"], row["reason_gaps"], row["reason"])
        closed = self._closed_sources(feeds) if kind == WITHHELD else []
        return words("tile.not_open", why=said, sources=Markup("; ").join(closed)) if closed else said

    def _closed_sources(self, feeds: Sequence[str]) -> list[Markup]:
        """The private ones of these feeds, with their licences: why a metric is not for everybody."""
        if "mart.feed" not in self.file.tables():
            return []
        rows = self.file.frame(
            "SELECT feed, title, licence FROM mart.feed WHERE city = ? AND is_private", self.city.name
        )
        named = {feed: (title, licence) for feed, title, licence in rows.iter_rows() if feed in feeds}
        return [
            Markup("{} ({})").format(
                self.words.named(self._text("feed", feed, title)), self.words.named(NamedText(licence or "–", "en"))
            )
            for feed, (title, licence) in sorted(named.items())
        ]


_INSTEAD = {ABSENT: "no_value", WITHHELD: "not_released"}


def _with_subscripts(text: Markup) -> Markup:
    return Markup(re.sub(r"\bPM(2\.5|10)\b", r"PM<sub>\1</sub>", str(text)))


def _moved(change: float | None, values: Sequence[float | None]) -> float:
    there = [value for value in values if value is not None]
    span = max(there) - min(there) if there else 0.0
    return abs(change) / span if change and span else float(bool(change))


def _met_before(row: Row) -> bool | None:
    """Whether the value of the period before met the target of this one."""
    previous, target = row["previous"], row["target"]
    if previous is None or target is None or row["met"] is None:
        return None
    return previous <= target if row["direction"] == "lower" else previous >= target


def _in_turn(recent: Sequence[Row], period: str) -> list[float | None]:
    """The newest values, one for each period from the first to the last: None where there is none."""
    by_number = {number_of(period, row["period_start"]): row["value"] for row in recent}
    if not by_number:
        return []
    last = max(by_number)
    first = max(min(by_number), last - LOOKS_BACK.get(period, 60) + 1)
    return [by_number.get(number) for number in range(first, last + 1)]


def _machine(period: str, start: date) -> str:
    """A period as machines read it."""
    if period == "month":
        return f"{start:%Y-%m}"
    return f"{start:%Y}" if period == "year" else start.isoformat()
