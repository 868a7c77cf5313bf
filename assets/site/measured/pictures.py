"""The figures of a metric over time, each with the table of the same values: a line, columns by month, a calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape

from assets.site.figures.calendar import calendar_month, day_cell
from assets.site.figures.cells import NOTHING, ValueCell, key_of
from assets.site.figures.columns import MonthColumn, columns_figure
from assets.site.figures.line import Peak, Run, TimeMark, line_figure
from assets.site.figures.scales import Classes, classes_of
from assets.site.language.numerals import signs_of
from assets.site.language.words import SiteWords, text_of_html
from assets.site.measured.series import MetricSeries, Row, misses
from assets.site.measured.shown import DASH, MetricTexts, month_name, period_text, weekdays
from assets.site.tiles.why import Texts, why_absent

_MONTHS_NAMED = 24
_FEW = 8  # periods that are named one by one
_SAID_GAPS = 6  # the longest; the others are in the table


@dataclass(frozen=True)
class Pictures:
    """What draws the figures of one metric. title: as plain text. direction: which way is better."""

    words: SiteWords
    texts: Texts
    shown: MetricTexts
    title: str
    direction: str
    _whys: dict[object, tuple[Markup, str]] = field(default_factory=dict)  # a page says few reasons, each many times

    def why(self, row: Row | None) -> Markup:
        """Why a period has no value."""
        return self._why(row)[0]

    def why_text(self, row: Row | None) -> str:
        """The same without HTML."""
        return self._why(row)[1]

    def _why(self, row: Row | None) -> tuple[Markup, str]:
        key = None if row is None else (row["reason_code"], tuple(row["reason_gaps"] or ()), row["reason"])
        if key not in self._whys:
            said = self.words("metric.no_row") if key is None else why_absent(self.words, self.texts, *key)
            self._whys[key] = (said, text_of_html(said))
        return self._whys[key]

    def line(self, series: MetricSeries) -> Markup:
        """The line of a series; nothing of a single value."""
        if len(series.there) < 2:
            return Markup("")
        high = max(series.there)
        index = series.values.index(high)
        when = period_text(self.words, series.period, series.starts[index])
        return line_figure(
            series.values,
            smooth=series.running_means,
            targets=series.targets,
            marks=self._marks(series),
            gaps=[Run(first, last, text_of_html(self._gap(series, first, last))) for first, last in series.gaps],
            peak=Peak(index, f"{self.shown.short(high, series.targets[index])} · {when}"),
            say=self.shown.axis,
            say_limit=self.shown.axis,
            no_value=self.words.plain("no_value"),
            label=self.words.plain("metric.line_label", title=self.title, range=self.range(series)),
        )

    def range(self, series: MetricSeries) -> Markup:
        """From when to when a series is, and between which values."""
        low, high = min(series.there), max(series.there)
        return self.words(
            "metric.range",
            first=period_text(self.words, series.period, series.starts[0]),
            last=period_text(self.words, series.period, series.starts[-1]),
            low=self.shown.short(low),
            high=self.shown.value(high),
        )

    def gaps(self, series: MetricSeries) -> list[Markup]:
        """The longest gaps in words, in their order."""
        longest = sorted(series.gaps, key=lambda gap: gap[0] - gap[1])[:_SAID_GAPS]
        return [self._gap(series, first, last) for first, last in sorted(longest)]

    def _gap(self, series: MetricSeries, first: int, last: int) -> Markup:
        when = period_text(self.words, series.period, series.starts[first])
        if last > first:
            end = period_text(self.words, series.period, series.starts[last])
            when = self.words.plain("metric.from_to", first=when, last=end)
        return self.words("metric.gap", when=when, why=self.why(series.rows[first]))

    def _marks(self, series: MetricSeries) -> list[TimeMark]:
        """Where months begin of days and weeks, where years begin of longer periods; of few each."""
        marks = list[tuple[int, date, str]]()
        by_months, few = self.names_months(series), len(series.starts) <= _FEW
        for index, start in enumerate(series.starts):
            begins = start.month == 1 or not index
            if by_months and (not index or series.starts[index - 1].month != start.month):
                text = month_name(self.words, start, with_year=True) if begins else month_name(self.words, start)
                marks.append((index, start, text))
            elif not by_months and (begins or few):
                text = period_text(self.words, series.period, start) if few else str(start.year)
                marks.append((index, start, text))
        # a first month or year of a few periods would have its label under the next one's
        if len(marks) > 1 and marks[1][0] < 0.08 * len(series.starts):
            marks = marks[1:]
        every = 3 if by_months else max(1, round(len(marks) / 4))
        return [TimeMark(index, text, seldom=at % every != 0) for at, (index, _, text) in enumerate(marks)]

    @staticmethod
    def names_months(series: MetricSeries) -> bool:
        """Whether months are what an axis names: of days and weeks, and of few months."""
        return series.period in ("day", "week") or (series.period == "month" and len(series.starts) <= _MONTHS_NAMED)

    def table(self, series: MetricSeries) -> tuple[list[tuple[Markup | str, str]], Markup]:
        """Behind the line: its columns, and its rows as HTML, the newest period first."""
        columns: list[tuple[Markup | str, str]] = [
            (self.words(f"metric.period_{series.period}"), ""),
            (self._value_title(), "number"),
        ]
        if series.running_means:
            columns.append((self.words("metric.mean_of_7"), "number"))
        columns += [(self.words("metric.completeness"), "number"), (self.words("metric.remark"), "wide")]
        key = ("cells of the table", signs_of(self.words.language), self.shown.unit, self.direction)
        numbers, missed = series.once(key, lambda: self._number_cells(series))
        said = {True: self.words("metric.missed"), False: ""}
        heads = _row_heads(self.words.language, series.period, tuple(series.starts))
        rows = [
            f"<tr>{head}{cells}<td>{self.why(row) if misses_it is None else said[misses_it]}</td></tr>"
            for head, row, cells, misses_it in zip(heads, series.rows, numbers, missed, strict=True)
        ]
        return columns, Markup("\n".join(reversed(rows)))

    def _value_title(self) -> Markup:
        name = self.words.unit(self.shown.unit)
        return self.words("metric.value_in", unit=name) if name else self.words("metric.value")

    def _number_cells(self, series: MetricSeries) -> tuple[list[str], list[bool | None]]:
        """Of each period the cells that have numbers, which languages with the same signs have alike; and whether it
        missed its target, None where it has no value."""
        figure, means = self.shown.figure, series.running_means
        cells, missed = list[str](), list[bool | None]()
        nothing = f'<td class="number">{DASH}</td>'
        for index, row in enumerate(series.rows):
            mean = f'<td class="number">{figure(means[index])}</td>' if means else ""
            if row is None or (value := row["value"]) is None:
                cells.append(f"{nothing}{mean}{nothing}")
                missed.append(None)
                continue
            share = row["completeness"]
            part = DASH if share is None else self.words.share(share)
            data = f'<data value="{value!r}">{figure(value, row["target"])}</data>'
            cells.append(f'<td class="number">{data}</td>{mean}<td class="number">{part}</td>')
            missed.append(bool(misses(row, self.direction)))
        return cells, missed

    def columns(self, series: MetricSeries) -> Markup:
        """By month the days that missed the target, of those that have a value; nothing where there is no target."""
        counted = self.counts_by_month(series)
        if not any(whole for _, whole in counted.values()) or len(counted) < 2:
            return Markup("")
        drawn = [
            MonthColumn(
                month_name(self.words, month),
                part,
                whole,
                self.words.count(part),
                self.words.plain(
                    "metric.month_counts", month=period_text(self.words, "month", month), n=part, of=whole
                ),
                seldom=number % 3 != 0,
            )
            for number, (month, (part, whole)) in enumerate(counted.items())
        ]
        return columns_figure(drawn, self.words.plain("metric.columns_label", title=self.title))

    def counts(self, rows: Sequence[Row | None]) -> tuple[int, int]:
        """How many of these miss their target, of how many that have a value and a target."""
        judged = [one for one in (misses(row, self.direction) for row in rows) if one is not None]
        return sum(judged), len(judged)

    def calendar(self, series: MetricSeries) -> list[Markup]:
        """A table for each month that has a value."""
        unit, there = self.shown.unit, series.there
        key = ("cells of days", self.shown.narrow_alike(there), unit, self.direction)
        known = series.once(key, lambda: self._day_cells(series))
        counts = self.counts_by_month(series)
        months = list[Markup]()
        for month, rows in series.by_month.items():
            found = known[month]
            if not found:
                continue
            first = max(month, series.starts[0]).day
            cells = found
            if len(found) < len(rows):
                cells = {day: found.get(day) or self._no_day(day, row) for day, row in enumerate(rows, first)}
            title = period_text(self.words, "month", month)
            says = _month_says(self.words, len(found), len(rows), *counts[month])
            months.append(calendar_month(month, cells, weekdays(self.words.language), title, says))
        return months

    def _day_cells(self, series: MetricSeries) -> Mapping[date, Mapping[int, str]]:
        """By month, the cells of its days that have a value, which many languages have alike."""
        cell, classes = self.shown.cell, self.classes(series)
        found = dict[date, dict[int, str]]()
        for month, rows in series.by_month.items():
            days = enumerate(rows, max(month, series.starts[0]).day)
            values = ((day, row["value"]) for day, row in days if row is not None and row["value"] is not None)
            found[month] = {day: day_cell(day, cell(value, classes, "")) for day, value in values}
        return found

    def _no_day(self, day: int, row: Row | None) -> str:
        return day_cell(day, ValueCell(NOTHING, DASH, self.why_text(row)))

    def counts_by_month(self, series: MetricSeries) -> Mapping[date, tuple[int, int]]:
        """The counts of each month of a series of days."""
        by_month = series.by_month
        made = lambda: {month: self.counts(rows) for month, rows in by_month.items()}  # noqa: E731
        return series.once(("counts by month", self.direction), made)

    def classes(self, series: MetricSeries) -> Classes:
        """The classes of all values of a series, about its newest target."""
        targets = [target for target in series.targets if target is not None]
        return classes_of(series.there, targets[-1] if targets else None, self.direction)

    def key(self, classes: Classes) -> Markup:
        """What the colours mean."""
        words, name = self.words, self.words.unit(self.shown.unit)
        return key_of(
            classes,
            self.shown.axis,
            label=words.plain("metric.key", unit=name),
            up_to=lambda limit: words.plain("metric.below" if classes.more_is_better else "metric.up_to", limit=limit),
            over=lambda limit: words.plain("metric.from" if classes.more_is_better else "metric.over", limit=limit),
            target=words.plain("metric.target"),
            no_value=words.plain("no_value"),
        )


@lru_cache(maxsize=64)  # most metrics of a city have the same periods
def _row_heads(language: str, period: str, starts: tuple[date, ...]) -> Sequence[str]:
    words = SiteWords(language)
    heads = ((machine(period, start), escape(period_text(words, period, start))) for start in starts)
    return [f'<th scope="row"><time datetime="{when}">{said}</time></th>' for when, said in heads]


@lru_cache(maxsize=20_000)  # months of all metrics have few counts
def _month_says(words: SiteWords, there: int, days: int, part: int, whole: int) -> str:
    said = words.plain("metric.with_value", n=there, of=days)
    return f"{said} · {words.plain('metric.of_them_missed', n=part)}" if whole else said


def machine(period: str, start: date) -> str:
    """A period as machines read it."""
    if period == "month":
        return f"{start:%Y-%m}"
    return f"{start:%Y}" if period == "year" else start.isoformat()
