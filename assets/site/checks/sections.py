"""The sections of the page of quality under its strips: held back, set aside, corrected, drifting, and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import polars as pl
from markupsafe import Markup

from assets.site.checks.names import PROSE, Names
from assets.site.checks.ways import Ways, month_of_way
from assets.site.navigation import metric_path
from assets.site.opened import OpenCity

IN_ALL = 100  # rows of a list
MOST_CASES, MOST_DAYS, MOST_RULES = 20, 62, 12  # of what was held back: 20 cases of 62 days take 100 kB
_DRIFT = ("sensor_agreement", "street_sensors")  # subjects of metrics that judge a network
_OF_NETWORK = ("%", "ratio")  # their units: days of heat are of the same subject and say nothing of the network
_MONTHS = 12
LICENCE_CLASSES = ("open", "non_commercial", "no_derivatives", "closed", "unclear")


class Linked(NamedTuple):
    """SiteWords with the page that they lead to; None: to no page of this file."""

    path: str | None
    said: Markup | str


@dataclass(frozen=True)
class Sections:
    """What the sections of one city show in one language."""

    names: Names
    city: OpenCity
    ways: Ways

    def held(self) -> dict[str, object]:
        """Days that are not published, the newest first: together those of a table on which the same rules failed."""
        checks = self.names.checks
        days = checks.days.filter(pl.col("outcome") == "held").sort(
            "day", "layer", "table_name", descending=[True, False, False]
        )
        found = dict[tuple[str, str, date], list[Mapping[str, Any]]]()
        for row in checks.findings.iter_rows(named=True):
            found.setdefault((row["layer"], row["table_name"], row["day"]), []).append(row)
        cases = dict[tuple[object, ...], list[Mapping[str, Any]]]()
        for row in days.iter_rows(named=True):
            where = (row["layer"], row["table_name"])
            failed = tuple(one["rule"] for one in found.get((*where, row["day"]), []))
            cases.setdefault((*where, failed), []).append(row)
        shown = [
            self._held(case, found.get((case[0]["layer"], case[0]["table_name"], case[0]["day"]), []))
            for case in list(cases.values())[:MOST_CASES]
        ]
        return {"n": len(cases), "cases": shown}

    def _held(self, case: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> dict[str, object]:
        """What is known of days that were held back for the same reason; figures and effects are of the newest."""
        newest = case[0]
        layer, table = newest["layer"], newest["table_name"]
        worst = sorted(found, key=lambda one: (one["severity"] != "critical", one["rule"]))[:MOST_RULES]
        return {
            "table": self.names.table(layer, table),
            "private": layer == "core" and table in self.names.checks.private,
            "days": [self._day(layer, table, row["day"]) for row in case[:MOST_DAYS]],
            "n": len(case),
            "newest": self.names.day(newest["day"]),
            "found": [(self.names.rule(layer, table, one["rule"]), self.names.found(one)) for one in worst],
            "missing": self._missing(table, newest["day"]) if layer == "core" else [],
        }

    def _day(self, layer: str, table: str, day: date) -> Linked:
        way = self.ways.of_day(self.names.words.language, layer, table, day)
        return Linked(way, self.names.period("day", day))

    def _missing(self, feed: str, day: date) -> list[Linked]:
        """The metrics made of a feed that have no value of the city on a day."""
        file = self.names.checks.file
        rows = file.rows_once(
            "SELECT DISTINCT v.metric FROM metric.value v JOIN metric.definition d USING (city, metric)"
            " WHERE v.city = ? AND v.area = ? AND v.period = 'day' AND v.period_start = ? AND v.value IS NULL"
            " AND list_contains(d.feeds, ?) ORDER BY ALL",
            *(self.city.name, self.city.area, day, feed),
        )
        return [self.metric(metric) for metric in rows["metric"]]

    def metric(self, metric: str) -> Linked:
        """A metric by its title, with its page."""
        return Linked(metric_path(self.names.words.language, self.city.name, metric), self.names.metric(metric))

    def aside(self) -> dict[str, object]:
        """What was taken out, by rule and by month."""
        frame, words = self.names.checks.aside, self.names.words
        by_rule = (
            frame.group_by("table_name", "rule", "scope")
            .agg(n=pl.col("n").sum(), days=pl.col("day").n_unique(), last=pl.col("day").max())
            .sort("n", "table_name", "rule", "scope", descending=[True, False, False, False])
        )
        rows = [
            (
                self.names.rule("core", row["table_name"], row["rule"]),
                self.names.feed(row["table_name"]),
                words("quality.scope_row" if row["scope"] == "row" else "quality.scope_cell"),
                words.count(row["n"]),
                Linked(self._month("core", row["table_name"], row["last"]), words.count(row["days"])),
            )
            for row in by_rule.head(IN_ALL).iter_rows(named=True)
        ]
        return {"rows": rows, "n": by_rule.height}

    def corrections(self) -> dict[str, object]:
        """Published values that were changed later, the newest first."""
        frame, words = self.names.checks.corrections, self.names.words
        units = dict(self.names.checks.file.definitions(self.city.name).select("metric", "unit").rows())
        rows = list[tuple[object, ...]]()
        for row in frame.head(IN_ALL).iter_rows(named=True):
            unit = units.get(row["metric"], "")
            values = (row["value_before"], row["value"])
            shown = [words("no_value") if value is None else words.value(value, unit) for value in values]
            way = self.ways.of_value(words.language, row["metric"], row["period_start"])
            rows.append(
                (
                    self.metric(row["metric"]),
                    self.names.area(row["area"]),
                    Linked(way, self.names.period(row["period"], row["period_start"])),
                    *shown,
                    self.names.instant(row["corrected_at"]),
                )
            )
        return {"rows": rows, "n": frame.height}

    def drift(self) -> dict[str, object]:
        """By month, the values of the whole city that say how well its networks measure."""
        file = self.names.checks.file
        own = file.definitions(self.city.name).filter(
            pl.col("subject").is_in(_DRIFT) & (pl.col("period") == "month") & pl.col("unit").is_in(_OF_NETWORK)
        )
        values = file.frame(
            "SELECT metric, period_start, value FROM metric.value v JOIN metric.definition d USING (city, metric)"
            " WHERE v.city = ? AND v.area = ? AND v.period = 'month' AND d.subject IN (?, ?)",
            *(self.city.name, self.city.area, *_DRIFT),
        )
        months = sorted(values["period_start"].unique())[-_MONTHS:]
        found = {(metric, month): value for metric, month, value in values.rows()}
        rows = []
        for row in own.iter_rows(named=True):
            cells = [
                self._drifted(row["metric"], row["unit"], month, found.get((row["metric"], month))) for month in months
            ]
            rows.append((self.metric(row["metric"]), self.names.words.unit(row["unit"]), cells))
        return {"months": [self.names.period("month", month) for month in months], "rows": rows if months else []}

    def _drifted(self, metric: str, unit: str, month: date, value: float | None) -> tuple[str, Linked]:
        """The class of a cell, what it says, and its way. Shares have five classes, ratios none: which is better?"""
        way = self.ways.of_value(self.names.words.language, metric, month)
        if value is None:
            return "", Linked(way, "\N{EN DASH}")
        shade = f"s{min(int(value // 20) + 1, 5)}" if unit == "%" else ""
        return shade, Linked(way, self.names.words.number(value, 0 if unit == "%" else 2))

    def sources(self) -> list[dict[str, object]]:
        """The feeds with whom to name, and under which licence they are."""
        return [self._source(row) for row in self.names.checks.feeds.iter_rows(named=True)]

    def _month(self, layer: str, table: str, day: date) -> str:
        return month_of_way(self.names.words.language, self.city.name, layer, table, day)

    def _source(self, row: Mapping[str, Any]) -> dict[str, object]:
        said = {
            name: self.names.outside(row[name], longest=PROSE) if row[name] else ""
            for name in ("owner", "licence", "limitations", "attribution", "despite_licence")
        }
        kind, url = row["licence_class"], row["licence_url"] or ""
        months = self.names.checks.months_of_tables.get(("core", row["feed"]), ())
        return {
            **said,
            "feed": self.names.feed(row["feed"]),
            "code": row["feed"],
            "kind": self.names.words(f"quality.licence_{kind}") if kind in LICENCE_CLASSES else "",
            "kept_out": kind not in (None, "open"),
            "url": url if url.startswith(("https://", "http://")) else "",  # no address that runs something
            "every": self.names.words(f"quality.every_{row['every']}") if row["every"] else "",
            "private": row["is_private"],
            "way": self._month("core", row["feed"], months[-1]) if months else None,
        }
