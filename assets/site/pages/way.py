"""The way of each day of a table, a month a page: what it was made of, how it was judged, what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl
from markupsafe import Markup

from assets.site.checks.digests import digests_by_month, rows_of_month
from assets.site.checks.inputs import InputBatches, inputs_by_batch
from assets.site.checks.names import SIGNS, Names
from assets.site.checks.reading import Checks, checks_of
from assets.site.checks.ways import month_of_way
from assets.site.language.words import SiteWords
from assets.site.navigation import in_languages, quality_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Content, Head, SitePage
from assets.site.pages.city import title_of

# What may be said of rows, in this order; what is 0 is not said, but how many were kept.
_COUNTS = ("read", "kept", "held", "replaced", "repeated", "contradicted")


class DeliveryShown(NamedTuple):
    """Something that came from a provider. Services give no names."""

    sha256: str
    name: str | None
    size: int | None
    asked_at: datetime | None
    came_at: datetime | None
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class _Month:
    """One page. Its rows are looked for when it is made: of three years 39 months of 40 are as they were."""

    checks: Checks
    layer: str
    table: str
    first: date
    digest: str

    @cached_property
    def days(self) -> Sequence[Mapping[str, Any]]:
        return self._rows("days")

    @cached_property
    def findings(self) -> Mapping[date, Sequence[Mapping[str, Any]]]:
        found = dict[date, list[Mapping[str, Any]]]()
        for row in self._rows("findings"):
            found.setdefault(row["day"], []).append(row)
        return found

    @cached_property
    def batches(self) -> Mapping[str, Mapping[str, Any]]:
        return {row["batch_id"]: row for row in self._rows("batches")}

    def _rows(self, what: str) -> list[dict[str, Any]]:
        return rows_of_month(self.checks, what, (self.layer, self.table, self.first))


def way_pages(file: OpenFile, city: OpenCity, language: str) -> Iterator[SitePage]:
    """The pages of ways of a city in a language."""
    checks, names = checks_of(file, city.name), Names(checks_of(file, city.name), SiteWords(language))
    title = title_of(file, city, language)
    feeds = _digest(
        (
            [names.feed(feed) for feed in checks.feeds["feed"]],
            sorted(checks.titles_of_tables.items()),
            sorted(checks.private),
        )
    )
    for month in file.once(("months of ways", city.name), lambda: list(_months(checks))):
        path = month_of_way(language, city.name, month.layer, month.table, month.first)
        named = f"{names.plain(month.layer, month.table)}, {names.words.period('month', month.first)}"
        others = in_languages(city, month_of_way("{language}", city.name, month.layer, month.table, month.first))
        head = Head(f"{names.words.plain('way.title')}: {named}", language, "quality", city.name, others)
        rests_on = f"{month.digest}|{feeds}|{title.text}|{named}"
        yield SitePage(path, head, "way.html", rests_on, _later(names, city, title, month), names_release=False)


def _later(names: Names, city: OpenCity, title: Any, month: _Month) -> Any:
    return lambda: {"city_title": names.words.named(title), **_content(names, city, month)}


def _months(checks: Checks) -> Iterator[_Month]:
    """Each page, and a digest of what it shows: days, findings, batches with their inputs, deliveries."""
    parts = [digests_by_month(rows) for rows in _shown(checks)]
    around = checks.months_of_tables
    for (layer, table), months in sorted(around.items()):
        for first in months:
            shown = [part.get((layer, table, first)) for part in parts]
            yield _Month(checks, layer, table, first, _digest((shown, _neighbours(months, first))))


def _shown(checks: Checks) -> Iterator[pl.DataFrame]:
    """All rows that pages are made of, each with the layer, table and day of the page that it is on."""
    batches, where = checks.batches, ("layer", "table_name", "day")
    yield checks.days
    titles = checks.rules.select("layer", "table_name", "rule", asked="title").unique(maintain_order=True)
    yield checks.findings.join(titles, on=("layer", "table_name", "rule"), how="left")
    yield batches.select(*where, "batch_id", pl.col("input_deliveries").list.join("|"))
    came = batches.select(*where, feed="table_name", sha256="input_deliveries").explode("sha256")
    yield came.join(checks.deliveries, on=("feed", "sha256"))
    made_of = batches.select(*where, batch_id="input_batches").explode("batch_id").drop_nulls()
    made = batches.select("batch_id", made="table_name", made_in="layer", made_on="day")
    yield made_of.join(made, on="batch_id")


def _deliveries(checks: Checks) -> Mapping[tuple[str, str], DeliveryShown]:
    """By feed and hash: the same bytes may have come to several feeds."""

    def read() -> Mapping[tuple[str, str], DeliveryShown]:
        columns = ("sha256", "file_name", "size_bytes", "asked_at", "delivered_at", "first_day", "last_day")
        rows = checks.deliveries.select("feed", *columns).rows()
        return {(feed, row[0]): DeliveryShown(*row) for feed, *row in rows}

    return checks.file.once(("deliveries", checks.city), read)


def _digest(shown: object) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]


def _neighbours(months: Sequence[date], first: date) -> tuple[date | None, date | None]:
    at = months.index(first)
    return (months[at - 1] if at else None), (months[at + 1] if at + 1 < len(months) else None)


def _content(names: Names, city: OpenCity, month: _Month) -> Content:
    checks, words = names.checks, names.words
    made_of, came = _inputs(checks), _deliveries(checks)
    used = dict[str, DeliveryShown]()
    days = []
    for row in month.days:
        batch = month.batches.get(row["batch_id"], {})
        shas = [(month.table, sha) for sha in batch.get("input_deliveries") or ()]
        own = [came[sha] for sha in shas if sha in came]
        used |= {one.sha256: one for one in own}
        days.append(_day(names, month, row, made_of.get(row["batch_id"], ()), own))
    earlier, later = _neighbours(checks.months_of_tables[month.layer, month.table], month.first)
    return {
        "table": names.table(month.layer, month.table),
        "month": names.period("month", month.first),
        "back": quality_path(words.language, city.name, f"{month.first:%Y-%m}"),
        "earlier": _neighbour(names, month, earlier),
        "later": _neighbour(names, month, later),
        "is_private": month.layer == "core" and month.table in checks.private,
        "days": days,
        "deliveries": [_delivery(names, one) for one in used.values()],
    }


def _inputs(checks: Checks) -> Mapping[str, Sequence[InputBatches]]:
    """What the derived days of a city are made of, found once."""
    return checks.file.once(("inputs", checks.city), lambda: inputs_by_batch(checks))


def _neighbour(names: Names, month: _Month, first: date | None) -> tuple[str, str] | None:
    if first is None:
        return None
    path = month_of_way(names.words.language, names.checks.city, month.layer, month.table, first)
    return path, names.period("month", first)


def _day(
    names: Names,
    month: _Month,
    row: Mapping[str, Any],
    parts: Sequence[InputBatches],
    deliveries: Sequence[DeliveryShown],
) -> dict[str, object]:
    words = names.words
    counts = [(name, row[f"rows_{name}"]) for name in _COUNTS]
    return {
        "anchor": row["day"].isoformat(),
        "day": names.day(row["day"]),
        "sign": SIGNS[row["outcome"]],
        "outcome": names.outcome(row["outcome"]),
        "counts": [words(f"way.rows_{name}", n=n) for name, n in counts if n or (n is not None and name == "kept")],
        "findings": [_finding(names, month, one) for one in month.findings.get(row["day"], ())],
        "batch": row["batch_id"],
        "judged": names.instant(row["judged_at"]),
        "deliveries": [(one.sha256[:16], _named(names, one)) for one in deliveries],
        "parts": _parts(names, parts),
    }


def _finding(names: Names, month: _Month, row: Mapping[str, Any]) -> Markup:
    """A rule that did not pass, and what was found."""
    rule, found = names.rule(month.layer, month.table, row["rule"]), names.found(row)
    return Markup("{}: {}").format(rule, found) if found else rule


def _parts(names: Names, parts: Sequence[InputBatches]) -> list[tuple[Markup, list[tuple[str, str]]]]:
    """By table, links to what a day is made of: days where there are few of them, else months."""
    language, by_table = names.words.language, dict[tuple[str, str], list[tuple[str, str]]]()
    for part in parts:
        path = month_of_way(language, names.checks.city, part.layer, part.table, part.first)
        links = by_table.setdefault((part.layer, part.table), [])
        if part.batches <= 2:
            links += [
                (f"{path}#{day.isoformat()}", names.period("day", day)) for day in sorted({part.first, part.last})
            ]
        else:
            said = names.words.plain("way.days_of", month=names.period("month", part.first), n=part.batches)
            links.append((path, said))
    return [(names.table(*table), links) for table, links in by_table.items()]


def _named(names: Names, one: DeliveryShown) -> Markup:
    """A file by its name, an answer of a service by when it was asked."""
    if one.name:
        return names.outside(one.name, names.words.language)
    return names.words("way.answer", at=names.instant(one.asked_at or one.came_at))


def _delivery(names: Names, one: DeliveryShown) -> dict[str, object]:
    words = names.words
    days = [names.period("day", day) for day in dict.fromkeys((one.first_day, one.last_day)) if day is not None]
    return {
        "anchor": one.sha256[:16],
        "name": _named(names, one),
        "size": "" if one.size is None else words("way.bytes", n=one.size),
        "hash": one.sha256,
        "came": names.instant(one.came_at),
        "days": " \N{EN DASH} ".join(days),
    }
