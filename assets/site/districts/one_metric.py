"""One metric by district: a map and ranked dots of the newest period that most districts have, in one language.

The page of a metric shows it by templates/districts.html. The bar of a row is the middle of its last days: a spread,
and no interval, as the values of districts have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from assets.site.districts.areas import district_names, district_sheet, districts_of
from assets.site.districts.positions import Position, Row, positions_of
from assets.site.figures.dots import Bounds, Dot, DotWords, dots
from assets.site.figures.map import AreaMark, area_map, not_drawn
from assets.site.figures.scales import Classes, classes_of
from assets.site.language.words import SiteWords
from assets.site.navigation import district_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import relative
from assets.site.tiles.tiles import TileMaker
from assets.site.tiles.why import why_absent

_DAYS, _LEAST = 30, 10  # the days that a bar is of, and how many of them it needs
_NOTES = {"outlines": "district.outlines", "squares": "district.squares"}
_UNDER, _AT_MOST, _AT_LEAST, _OVER = "<", "\N{LESS-THAN OR EQUAL TO}", "\N{GREATER-THAN OR EQUAL TO}", ">"
_ROWS = 100  # of a table: 70 kB
_SPREAD = f"""
SELECT v.metric, v.area, quantile_cont(v.value, 0.1) AS low, quantile_cont(v.value, 0.9) AS high
FROM metric.value AS v JOIN metric.latest AS l ON l.city = v.city AND l.metric = v.metric AND l.area = v.area
WHERE v.city = ? AND v.period = 'day' AND l.period = 'day' AND v.value IS NOT NULL
  AND v.period_start BETWEEN l.period_start - {_DAYS - 1} AND l.period_start
  AND v.area IN (SELECT area FROM mart.area WHERE city = ? AND parent = ?)
GROUP BY ALL HAVING count(*) >= {_LEAST}"""


@dataclass(frozen=True)
class DistrictsShown:
    """What the section shows. spread: whether there are bars; met: how many districts meet the target, of `judged`."""

    when: Markup
    map: Markup
    key: Sequence[tuple[str, str, bool]]
    note: Markup
    dots: Markup
    spread: bool
    best_first: bool
    met: int
    judged: int
    left_out: int


def districts_shown(
    file: OpenFile, city: OpenCity, words: SiteWords, metric: str, from_path: str
) -> DistrictsShown | None:
    """The section of a metric, for the page at a path; None where fewer than two districts have a value of a period."""
    rows = _rows(file, city).get(metric, [])
    unit = TileMaker(file, city, words).unit_of(str(rows[0]["unit"] or "")) if rows else ""
    shown = {row["area"]: words.figure(row["value"], unit) for row in rows if row["value"] is not None}
    positions = positions_of(rows, shown)
    group = [row for row in rows if positions[row["area"]].rank]
    if not group:
        return None
    return _Section(file, city, words, unit, rows, shown, positions, from_path).made(group)


@dataclass(frozen=True)
class _Section:
    file: OpenFile
    city: OpenCity
    words: SiteWords
    unit: str
    rows: Sequence[Row]
    shown: Mapping[str, str]
    positions: Mapping[str, Position]
    from_path: str

    def made(self, group: Sequence[Row]) -> DistrictsShown:
        words, first = self.words, group[0]
        targets = {row["target"] for row in group}
        target = targets.pop() if len(targets) == 1 else None
        classes = classes_of([row["value"] for row in group], target, first["direction"] or "")
        spreads = _spreads(self.file, self.city)
        bars = {row["area"]: found for row in group if (found := spreads.get((row["metric"], row["area"])))}
        in_order = sorted(group, key=lambda row: (_number(self.positions[row["area"]]), row["area"]))
        others = [row for row in self.rows if not self.positions[row["area"]].rank]
        dotted = [self._dot(row, classes, bars.get(row["area"])) for row in in_order]
        dotted += [self._without(row) for row in others]
        when = TileMaker(self.file, self.city, words).when(first["period"], first["period_start"])
        unit = words.unit(self.unit)
        label = words.plain("district.area")
        heads = DotWords(
            caption=words.plain("district.ranked"),
            rank=words.plain("district.rank"),
            name=label,
            value=unit or words.plain("district.value"),
            spread=words.plain("district.spread") if bars else "",
        )
        judged = [row["met"] for row in group if row["met"] is not None]
        return DistrictsShown(
            when=when,
            map=self._map(group, classes),
            key=key_of_classes(words, self.unit, classes),
            note=map_note(self.file, self.city, words),
            dots=dots(dotted[:_ROWS], heads, lambda tick: words.figure(tick, self.unit), target),
            spread=bool(bars),
            best_first=first["direction"] in ("lower", "higher"),
            met=sum(judged),
            judged=len(judged),
            left_out=max(0, len(dotted) - _ROWS),
        )

    def _dot(self, row: Row, classes: Classes, bar: Bounds | None) -> Dot:
        words = self.words
        limits = "\N{EN DASH}".join(words.figure(one, self.unit) for one in bar) if bar else ""
        return Dot(
            name=self._linked(row["area"]),
            value=float(row["value"]),
            shown=self.shown[row["area"]],
            rank=self.positions[row["area"]].rank,
            kind=classes.of(row["value"]),
            spread=bar,
            spread_shown=limits,
        )

    def _without(self, row: Row) -> Dot:
        """A district that is not ranked: without a value of this period, or with one that was made in another way."""
        words, name = self.words, self._linked(row["area"])
        if row["value"] is None:
            texts = self.file.texts(self.city.name, words.language)
            why = why_absent(words, texts, row["reason_code"], row["reason_gaps"], row["reason"])
            return Dot(name, None, None, note=words("not_released") if row["notation"] == "C" else why)
        when = TileMaker(self.file, self.city, words).when(row["period"], row["period_start"])
        value = words.value(row["value"], self.unit)
        note = Markup("{}: {} ({})").format(words(f"district.why_{self.positions[row['area']].why}"), value, when)
        return Dot(name, None, None, note=note)

    def _linked(self, area: str) -> Markup:
        names = district_names(self.file, self.city, self.words.language)
        to = relative(self.from_path, district_path(self.words.language, self.city.name, area))
        return Markup('<a href="{}">{}</a>').format(to, self.words.named(names[area]))

    def _map(self, group: Sequence[Row], classes: Classes) -> Markup:
        words, names = self.words, district_names(self.file, self.city, self.words.language)
        values = {row["area"]: row["value"] for row in group}
        unit = words.unit(self.unit)
        marks = dict[str, AreaMark]()
        for code, name in names.items():
            value = values.get(code)
            shown = None if value is None else self.shown[code]
            said = words.plain("no_value") if shown is None else f"{shown} {unit}".rstrip()
            kind = "" if value is None else classes.of(value)
            marks[code] = AreaMark(shown, kind, f"{name.text}: {said}", name.text)
        title = self.file.texts(self.city.name, words.language).get(("city", self.city.name))
        label = words.plain("district.map_label", city=title.text if title else self.city.title)
        return area_map(district_sheet(self.file, self.city), marks, label)


def map_note(file: OpenFile, city: OpenCity, words: SiteWords) -> Markup:
    """What a map of districts is, and which are not on it."""
    sheet, names = district_sheet(file, city), district_names(file, city, words.language)
    notes = [words(_NOTES.get(sheet.kind, "district.nowhere"))]
    missing = not_drawn(sheet, dict.fromkeys(names, AreaMark("", "", "")))
    if sheet.shapes and missing:
        listed = Markup(", ").join(words.named(names[code]) for code in missing)
        notes.append(words("district.not_on_map", n=len(missing), names=listed))
    return Markup(" ").join(notes)


def key_of_classes(words: SiteWords, unit: str, classes: Classes) -> list[tuple[str, str, bool]]:
    """For each class: its name in the style, its limits as text, and whether the target is its lower limit."""
    under, over = (_UNDER, _AT_LEAST) if classes.more_is_better else (_AT_MOST, _OVER)
    found = list[tuple[str, str, bool]]()
    for span in classes.spans():
        low, high = (None if one is None else words.figure(one, unit) for one in (span.low, span.high))
        if low is None or high is None:
            text = f"{under} {high}" if high is not None else f"{over} {low}" if low is not None else ""
        else:
            text = f"{low}\N{EN DASH}{high}"
        found.append((span.css, text, span.after_target))
    return found


def _number(position: Position) -> int:
    return int(position.rank.rstrip("="))


def _rows(file: OpenFile, city: OpenCity) -> Mapping[str, list[Row]]:
    """By metric, the newest row of each district."""

    def made() -> Mapping[str, list[Row]]:
        codes = {one.code for one in districts_of(file, city)}
        found = dict[str, list[Row]]()
        for row in file.latest(city.name).iter_rows(named=True):
            if row["area"] in codes:
                found.setdefault(row["metric"], []).append(row)
        return found

    return file.once(("rows of districts", city.name), made)


def _spreads(file: OpenFile, city: OpenCity) -> Mapping[tuple[str, str], Bounds]:
    """By metric and district, between what the middle 80 % of its last days lie."""

    def made() -> Mapping[tuple[str, str], Any]:
        rows = file.rows_once(_SPREAD, city.name, city.name, city.area)
        return {(metric, area): (low, high) for metric, area, low, high in rows.iter_rows()}

    return file.once(("spreads", city.name), made)
