"""The pages of what was checked: one of all days with strips of feeds, and one of each month with rules by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from assets.site.checks.digests import digests_by_month
from assets.site.checks.matrix import Matrix, Row, matrix_of
from assets.site.checks.names import SIGNS, Names
from assets.site.checks.reading import Checks, checks_of
from assets.site.checks.sections import IN_ALL, Linked, Sections
from assets.site.checks.ways import month_of_way, ways_of
from assets.site.checks.window import FeedDays, days_of_feeds, window_of
from assets.site.figures.strips import axis, strip, ticks
from assets.site.language.words import SiteWords
from assets.site.navigation import in_languages, quality_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import title_of

_SHOWN = {"passed": "\N{MIDDLE DOT}", "warning": "!", "held": "\N{MULTIPLICATION SIGN}"}


def quality_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """The pages of quality of a city in a language."""
    checks = checks_of(file, city.name)
    names = Names(checks, SiteWords(language))
    yield _index(names, city)
    for month in checks.months:
        yield _month(names, city, month)


def _head(names: Names, city: OpenCity, title: str, month: str = "index") -> Head:
    paths = in_languages(city, quality_path("{language}", city.name, month))
    return Head(title, names.words.language, "quality", city.name, paths)


def _city_title(names: Names, city: OpenCity) -> object:
    return names.words.named(title_of(names.checks.file, city, names.words.language))


def _index(names: Names, city: OpenCity) -> SitePage:
    file, words = names.checks.file, names.words

    def content() -> Content:
        sections = Sections(names, city, ways_of(file, city.name))
        return {
            "city_title": _city_title(names, city),
            "tally": tally_of_days(names.checks),
            "strips": _strips(names, city),
            "months": _months(names, city),
            "held": sections.held(),
            "aside": sections.aside(),
            "corrections": sections.corrections(),
            "drift": sections.drift(),
            "sources": sections.sources(),
            "most": IN_ALL,
        }

    # what is absent on a day that was held back, and titles of measures, may change with each release
    rests_on = f"{file.release.version}"
    head = _head(names, city, words.plain("quality.title"))
    return SitePage(quality_path(words.language, city.name), head, "quality.html", rests_on, content)


def tally_of_days(checks: Checks) -> dict[str, int | None]:
    """Days of feeds by outcome, and what was counted on them: rules and rows of private feeds are not in the file.

    cells: single values that were taken out; None where the file does not say.
    """
    days = checks.days.filter(pl.col("layer") == "core")
    of = {outcome: days.filter(pl.col("outcome") == outcome).height for outcome in SIGNS}
    cells = checks.aside.filter(pl.col("scope") == "cell")["n"]
    return {
        "judged": days.height,
        "passed": of["passed"],
        "warned": of["warning"],
        "held": of["held"],
        "rules": int(days["rules"].sum() or 0),
        "rows": int(days["rows_held"].sum() or 0),
        "rows_read": int(days["rows_read"].sum() or 0),
        "cells": int(cells.sum() or 0) if checks.aside.height else None,
        "corrected": checks.corrections.height,
    }


def _strips(names: Names, city: OpenCity) -> Content | None:
    window = window_of(names.checks)
    if window is None:
        return None
    feeds = names.checks.file.once(("days of feeds", city.name), lambda: days_of_feeds(names.checks))
    kind, named = ticks(*window)
    shown = [(day, names.words.tick(kind, day)) for day in named]
    return {
        "first": names.day(window[0]),
        "last": names.day(window[1]),
        "axis": axis(*window, shown),
        "rows": [_strip(names, city, one, window) for one in feeds],
    }


def _strip(names: Names, city: OpenCity, one: FeedDays, window: tuple[date, date]) -> Content:
    words = names.words
    stretches = [(part.first, part.last, part.outcome) for part in one.stretches]
    return {
        "feed": names.feed(one.feed),
        "code": one.feed,
        "strip": strip(stretches, *window),
        "said": [words(f"quality.n_{outcome}", n=one.counts[outcome]) for outcome in SIGNS if outcome in one.counts],
        "newest": Linked(
            f"{month_of_way(words.language, city.name, 'core', one.feed, one.newest)}#{one.newest.isoformat()}",
            names.period("day", one.newest),
        ),
    }


def _months(names: Names, city: OpenCity) -> list[tuple[object, ...]]:
    """Each month with its page, the newest first: days of feeds by outcome, and of public ones rows set aside."""
    words = names.words
    days = names.checks.days.filter(pl.col("layer") == "core").with_columns(month=pl.col("day").dt.month_start())
    outcomes = [(pl.col("outcome") == outcome).sum().alias(outcome) for outcome in SIGNS]
    sums = days.group_by("month").agg(*outcomes, pl.col("rows_read").sum(), pl.col("rows_held").sum())
    of_feeds = {row["month"]: row for row in sums.iter_rows(named=True)}
    rows = list[tuple[object, ...]]()
    for month in reversed(names.checks.months):
        row = of_feeds.get(month, {})
        counts = [row.get(name) or 0 for name in (*SIGNS, "rows_read", "rows_held")]
        share = words.share(counts[-1] / counts[-2], 2) if counts[-2] else ""
        path = quality_path(words.language, city.name, f"{month:%Y-%m}")
        rows.append((Linked(path, names.period("month", month)), *map(words.count, counts), share))
    return rows


def _month(names: Names, city: OpenCity, first: date) -> SitePage:
    words, checks = names.words, names.checks
    named = names.period("month", first)
    at = checks.months.index(first)

    def digested() -> tuple[list[Mapping[tuple[Any, ...], int]], str]:
        by_month = [digests_by_month(rows, ("month",)) for rows in (checks.days, checks.findings)]
        return by_month, repr((checks.rules.hash_rows().sum(), sorted(checks.titles_of_tables.items())))

    around = [checks.months[n] if 0 <= n < len(checks.months) else None for n in (at - 1, at + 1)]

    def content() -> Content:
        matrix = checks.file.once(("matrix", city.name, first), lambda: matrix_of(checks, first))
        return {
            "city_title": _city_title(names, city),
            "month": named,
            "back": quality_path(words.language, city.name),
            "around": [_neighbour(names, city, month) for month in around],
            "days": [(day.day, day.isoweekday() >= 6) for day in matrix.days],
            "rows": [_row(names, city, row, matrix) for row in matrix.rows],
            "quiet": [_way(names, city, *table, first) for table in matrix.quiet],
            "absent": [names.feed(feed) for feed in matrix.absent],
            "left_out": matrix.left_out,
        }

    digests, asked = checks.file.once(("digests of months", city.name), digested)
    shown = [of_month.get((first,)) for of_month in digests]
    key = ("names of feeds", city.name, words.language)
    feeds = checks.file.once(key, lambda: [names.feed(feed) for feed in checks.feeds["feed"]])
    city_title = title_of(checks.file, city, words.language)
    rests_on = repr((shown, asked, feeds, around, city_title))
    head = _head(names, city, f"{words.plain('quality.month_title')}: {named}", f"{first:%Y-%m}")
    path = quality_path(words.language, city.name, f"{first:%Y-%m}")
    return SitePage(path, head, "quality_month.html", rests_on, content, names_release=False)


def _neighbour(names: Names, city: OpenCity, month: date | None) -> Linked | None:
    if month is None:
        return None
    return Linked(quality_path(names.words.language, city.name, f"{month:%Y-%m}"), names.period("month", month))


def _way(names: Names, city: OpenCity, layer: str, table: str, day: date) -> Linked:
    path = month_of_way(names.words.language, city.name, layer, table, day)
    return Linked(path, names.table(layer, table))


def _row(names: Names, city: OpenCity, row: Row, matrix: Matrix) -> Content:
    """A line of the matrix: its heading, and a cell for each day."""
    way = _way(names, city, row.layer, row.table, matrix.days[0])
    cells = [_cell(names, row.cells.get(day.day), way.path, day) for day in matrix.days]
    if row.rule is None:
        said = [names.words("quality.rules_failed", n=row.failing)] if row.failing else []
        said += [names.words("quality.rules_passed", n=row.passing)] if row.passing else []
        return {"kind": "of", "head": way, "said": said, "cells": cells}
    severity = [names.words(f"quality.severity_{row.severity}")] if row.severity in ("critical", "warning") else []
    return {
        "kind": "",
        "head": Linked(None, names.rule(row.layer, row.table, row.rule)),
        "said": severity,
        "cells": cells,
    }


def _cell(names: Names, outcome: str | None, way: str | None, day: date) -> tuple[str, str, object, str | None]:
    """Class, sign and word of a cell, and its way where it did not pass."""
    if outcome is None:
        return "", "", "", None
    sign = SIGNS[outcome]
    return sign, _SHOWN[outcome], names.outcome(outcome), None if sign == "p" else f"{way}#{day.isoformat()}"
