"""All metrics of the districts of a city in one language, made once: each page of a district takes its rows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from markupsafe import Markup

from assets.metrics.fields import field_of
from assets.site.districts.areas import districts_of
from assets.site.districts.positions import Position, Row, positions_of
from assets.site.figures.among import among, among_scale, among_ticks
from assets.site.language.words import SiteWords
from assets.site.navigation import metric_path
from assets.site.opened import NamedText, OpenCity, OpenFile
from assets.site.tiles.tiles import CURRENT, WITHHELD, Said, TileMaker, kind_of
from assets.site.tiles.why import why_absent

T = TypeVar("T")


@dataclass(frozen=True)
class ComparedMetric:
    """A metric of one district beside the city's. What it does not have is empty. rank: for tests and tables, as said.

    kind: as of tiles. met: None without a verdict.
    """

    metric: str
    field: str
    kind: str
    path: str
    title: Markup
    value: Markup
    when: Markup | str
    beside: tuple[Markup, ...]
    rests_on: Markup | str
    city: Markup | str
    figure: Markup | str
    rank: str
    position: Markup
    range: Markup | str
    met: bool | None
    verdict: Said | None


class ComparedMetrics:
    """The rows of all districts of a city in a language."""

    def __init__(self, file: OpenFile, city: OpenCity, words: SiteWords) -> None:
        self._file, self._city, self._words = file, city, words
        self._maker = TileMaker(file, city, words)
        self._said = dict[object, Any]()
        codes = {one.code for one in districts_of(file, city)}
        definitions = file.definitions(city.name).rows_by_key("metric", named=True, unique=True)
        of_city, of_districts = dict[str, Row](), dict[str, list[Row]]()
        for row in file.latest(city.name).iter_rows(named=True):
            if row["area"] == city.area:
                of_city[row["metric"]] = row
            elif row["area"] in codes:
                of_districts.setdefault(row["metric"], []).append(row)
        self._of_area = dict[str, list[ComparedMetric]]()
        for metric, rows in of_districts.items():
            field = str(definitions.get(metric, {}).get("subject") or "")
            for one in self._metric(metric, field_of(field) or field, rows, of_city.get(metric)):
                self._of_area.setdefault(one[0], []).append(one[1])

    def of(self, area: str) -> Sequence[ComparedMetric]:
        """The metrics of a district, by name."""
        return self._of_area.get(area, [])

    def _metric(
        self, metric: str, field: str, rows: Sequence[Row], city: Row | None
    ) -> list[tuple[str, ComparedMetric]]:
        words, maker = self._words, self._maker
        texts = self._file.texts(self._city.name, words.language)
        title = words.named(texts.get(("metric", metric), NamedText(str(rows[0]["title"] or metric), "en")))
        path = metric_path(words.language, self._city.name, metric)
        unit = maker.unit_of(str(rows[0]["unit"] or ""))
        shown = {row["area"]: words.figure(row["value"], unit) for row in rows if row["value"] is not None}
        positions = positions_of(rows, shown)
        group = [row for row in rows if positions[row["area"]].rank]
        line = _Line(group, city)
        found = list[tuple[str, ComparedMetric]]()
        for row in rows:
            kind, there, position = kind_of(row), row["value"] is not None, positions[row["area"]]
            said = ComparedMetric(
                metric=metric,
                field=field,
                kind=kind,
                path=path,
                title=title,
                value=words.value(row["value"], unit) if there else self._nothing(row, kind),
                when=self._once(("when", row["period"], row["period_start"]), lambda row=row: _when(maker, row))
                if there
                else "",
                beside=maker.beside(row) if there else (),
                rests_on=self._rests_on(row) if there else "",
                city=self._of_city(city, row, unit),
                figure=line.figure(row) if position.rank else "",
                rank=position.rank,
                position=self._position(position, row["direction"]),
                range=line.range(words, unit) if position.rank else "",
                met=row["met"] if kind == CURRENT else None,
                verdict=self._verdict(row, unit, kind) if there and row["target"] is not None else None,
            )
            found.append((row["area"], said))
        return found

    def _nothing(self, row: Row, kind: str) -> Markup:
        words = self._words
        if kind == WITHHELD:
            return words("not_released")
        texts = self._file.texts(self._city.name, words.language)
        key = ("why", row["reason_code"], tuple(row["reason_gaps"] or ()), row["reason"])
        why = self._once(key, lambda: why_absent(words, texts, *(row[name] for name in _REASON)))
        return why or words("no_value")

    def _rests_on(self, row: Row) -> Markup:
        key = tuple(row[name] for name in ("n", "expected", "counted", "completeness", "quality"))
        return self._once(("rests", *key), lambda: self._maker.rests_on(row))

    def _verdict(self, row: Row, unit: str, kind: str) -> Said:
        key = tuple(row[name] for name in ("target", "target_source", "met", "direction"))
        return self._once(("verdict", unit, kind, *key), lambda: self._maker.verdict(row, unit, kind))

    def _of_city(self, city: Row | None, row: Row, unit: str) -> Markup | str:
        """The value of the city; of another period than the district's, with its own."""
        if city is None or city["value"] is None:
            return ""
        key = ("city", city["metric"])
        value = self._once(key, lambda: self._words.value(city["value"], unit))
        if (city["period"], city["period_start"]) == (row["period"], row["period_start"]) and row["value"] is not None:
            return value
        return value + Markup(' <span class="when">{}</span>').format(_when(self._maker, city))

    def _position(self, position: Position, direction: str | None) -> Markup:
        if position.why == "absent":
            return Markup("")
        if not position.rank:
            return self._words(f"district.why_{position.why}")
        key = "from_best" if direction in ("lower", "higher") else "from_highest"
        return self._words(f"district.{key}", rank=position.rank, n=position.among)

    def _once(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._said:
            self._said[key] = make()
        return self._said[key]


_REASON = ("reason_code", "reason_gaps", "reason")


class _Line:
    """The line on which the districts of one metric stand; the city too, where its value is one of the same kind.

    A sum over a city lies far from all its parts: it is left out where it would press them together.
    """

    def __init__(self, group: Sequence[Row], city: Row | None) -> None:
        self._values = [float(row["value"]) for row in group]
        self._whole = _beside_parts(self._values, group, city)
        if group:
            self._scale = among_scale(self._values, self._whole)
            self._ticks = among_ticks(self._scale, self._values)

    def figure(self, row: Row) -> Markup:
        return among(self._scale, self._ticks, float(row["value"]), self._whole)

    def range(self, words: SiteWords, unit: str) -> Markup:
        low, high = min(self._values), max(self._values)
        return words("district.range", low=words.figure(low, unit), high=words.figure(high, unit))


def _beside_parts(values: Sequence[float], group: Sequence[Row], city: Row | None) -> float | None:
    if not group or city is None or city["value"] is None or city["period_start"] != group[0]["period_start"]:
        return None
    low, high = min(values), max(values)
    return float(city["value"]) if low <= city["value"] <= high else None


def _when(maker: TileMaker, row: Row) -> Markup:
    return maker.when(row["period"], row["period_start"])


def by_field_of(rows: Sequence[ComparedMetric], order: Sequence[str]) -> Mapping[str, list[ComparedMetric]]:
    """Rows by field, in the order of fields; those of no field come last."""
    found = dict[str, list[ComparedMetric]]()
    places = {field: number for number, field in enumerate(order)}
    for row in sorted(rows, key=lambda one: (places.get(one.field, len(places)), one.field)):
        found.setdefault(row.field, []).append(row)
    return found
