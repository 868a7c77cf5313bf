"""The tables of checks in an open file: each with the columns that pages ask for, empty where the file is older."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from assets.site.opened import OpenFile

# Tables of quality in the open file, and what pages need of them. An older file lacks tables or columns: these are
# null then, and the pages say that nothing is known.
_DAY = {
    "layer": "VARCHAR",
    "table_name": "VARCHAR",
    "day": "DATE",
    "outcome": "VARCHAR",
    "batch_id": "VARCHAR",
    "rules": "BIGINT",
    "rows_read": "BIGINT",
    "rows_kept": "BIGINT",
    "rows_held": "BIGINT",
    "rows_replaced": "BIGINT",
    "rows_repeated": "BIGINT",
    "rows_contradicted": "BIGINT",
    "judged_at": "TIMESTAMP",
}
_FINDING = {
    "layer": "VARCHAR",
    "table_name": "VARCHAR",
    "day": "DATE",
    "rule": "VARCHAR",
    "title": "VARCHAR",
    "severity": "VARCHAR",
    "status": "VARCHAR",
    "evaluated": "BIGINT",
    "unexpected": "BIGINT",
    "figure": "VARCHAR",
    "observed": "DOUBLE",
}
_RULE = {"layer": "VARCHAR", "table_name": "VARCHAR", "rule": "VARCHAR", "title": "VARCHAR"}
_ASIDE = {"table_name": "VARCHAR", "day": "DATE", "rule": "VARCHAR", "scope": "VARCHAR", "n": "BIGINT"}
_BATCH = {
    "batch_id": "VARCHAR",
    "layer": "VARCHAR",
    "table_name": "VARCHAR",
    "day": "DATE",
    "input_batches": "VARCHAR[]",
    "input_deliveries": "VARCHAR[]",
}
_DELIVERY = {
    "feed": "VARCHAR",
    "sha256": "VARCHAR",
    "file_name": "VARCHAR",
    "size_bytes": "BIGINT",
    "asked_at": "TIMESTAMP",
    "delivered_at": "TIMESTAMP",
    "first_day": "DATE",
    "last_day": "DATE",
}
_CORRECTION = {
    "metric": "VARCHAR",
    "area": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "value_before": "DOUBLE",
    "value": "DOUBLE",
    "corrected_at": "TIMESTAMP",
}
_JUDGED = {
    "layer": "VARCHAR",
    "table_name": "VARCHAR",
    "title": "VARCHAR",
    "metrics": "VARCHAR[]",
}
_COLUMN = {
    "feed": "VARCHAR",
    "column_name": "VARCHAR",
    "source_names": "VARCHAR[]",
    "dtype": "VARCHAR",
    "unit": "VARCHAR",
}
_FEED = {
    "feed": "VARCHAR",
    "title": "VARCHAR",
    "owner": "VARCHAR",
    "licence": "VARCHAR",
    "licence_class": "VARCHAR",
    "licence_url": "VARCHAR",
    "attribution": "VARCHAR",
    "despite_licence": "VARCHAR",
    "limitations": "VARCHAR",
    "every": "VARCHAR",
    "is_private": "BOOLEAN",
}


@dataclass(frozen=True)
class Checks:
    """What an open file says of the checks of one city. Private feeds have outcomes, and no figures."""

    file: OpenFile
    city: str
    _found: dict[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def days(self) -> pl.DataFrame:
        """A row for each table and day that was judged. Of private feeds the outcome alone, whatever the file has."""
        rows = self._rows("quality.day", _DAY, "layer, table_name, day")
        private = (pl.col("layer") == "core") & pl.col("table_name").is_in(list(self.private))
        figures = [name for name in _DAY if name not in ("layer", "table_name", "day", "outcome")]
        return rows.with_columns(pl.when(~private).then(pl.col(name)) for name in figures)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """Results of rules that did not pass."""
        return self._public("quality.finding", _FINDING, "layer, table_name, day, rule")

    @cached_property
    def rules(self) -> pl.DataFrame:
        """The rules of each table."""
        return self._public("quality.rule", _RULE, "layer, table_name, rule")

    @cached_property
    def aside(self) -> pl.DataFrame:
        """How many values and rows each rule took out of a day."""
        rows = self._rows("quality.set_aside", _ASIDE, "table_name, day, rule, scope")
        return rows.filter(~pl.col("table_name").is_in(list(self.private)))

    @cached_property
    def batches(self) -> pl.DataFrame:
        """What each day was made of."""
        return self._public("quality.batch", _BATCH, "layer, table_name, day, batch_id")

    @cached_property
    def deliveries(self) -> pl.DataFrame:
        """What came from providers."""
        rows = self._rows("quality.delivery", _DELIVERY, "feed, delivered_at, sha256")
        return rows.filter(~pl.col("feed").is_in(list(self.private)))

    @cached_property
    def corrections(self) -> pl.DataFrame:
        """Published values that were changed, the newest first."""
        return self._rows("quality.correction", _CORRECTION, "corrected_at DESC, metric, area, period, period_start")

    @cached_property
    def tables(self) -> pl.DataFrame:
        """All tables that are judged, with the metrics that are computed in each."""
        return self._rows("quality.judged", _JUDGED, "layer, table_name")

    @cached_property
    def feeds(self) -> pl.DataFrame:
        """The feeds of the city, with their licences."""
        return self._rows("mart.feed", _FEED, "feed")

    @cached_property
    def columns(self) -> pl.DataFrame:
        """The columns of feeds, with what they are called in deliveries."""
        return self._rows("mart.column", _COLUMN, "feed, column_name")

    @cached_property
    def titles_of_feeds(self) -> Mapping[str, str | None]:
        """The titles of feeds in English; mart.text lacks those of which the open tier has nothing else."""
        return dict(self.feeds.select("feed", "title").rows())

    @cached_property
    def private(self) -> frozenset[str]:
        """The feeds of which outcomes alone are published."""
        return frozenset(self.feeds.filter("is_private")["feed"])

    @cached_property
    def titles_of_rules(self) -> Mapping[tuple[str, str, str], str]:
        """By layer, table and code, what a rule asks, in English as contracts say it."""
        return {(layer, table, rule): title or "" for layer, table, rule, title in self.rules.rows()}

    @cached_property
    def titles_of_tables(self) -> Mapping[tuple[str, str], str]:
        """By layer and name the titles of tables, in English; those of feeds are there in other languages, too."""
        named = self.tables.select("layer", "table_name", "title").rows()
        return {(layer, table): title for layer, table, title in named if title}

    @cached_property
    def months(self) -> list[date]:
        """The first days of all months in which something was judged."""
        return sorted(self.days["day"].dt.month_start().unique())

    @cached_property
    def months_of_tables(self) -> Mapping[tuple[str, str], list[date]]:
        """By layer and table its months, in order."""
        month = pl.col("day").dt.month_start().unique().sort()
        grouped = self.days.group_by("layer", "table_name", maintain_order=True).agg(month)
        return {(layer, table): months for layer, table, months in grouped.rows()}

    @cached_property
    def judged(self) -> frozenset[tuple[str, str, date]]:
        """Layer, table and day of all that was judged: what has a place on a way page."""
        return frozenset(self.days.select("layer", "table_name", "day").rows())

    def _public(self, table: str, columns: Mapping[str, str], order: str) -> pl.DataFrame:
        """Rows without those of private feeds."""
        private = (pl.col("layer") == "core") & pl.col("table_name").is_in(list(self.private))
        return self._rows(table, columns, order).filter(~private)

    def _rows(self, table: str, columns: Mapping[str, str], order: str) -> pl.DataFrame:
        if table not in self._found:
            self._found[table] = self._asked(table, columns, order)
        return self._found[table]

    def _asked(self, table: str, columns: Mapping[str, str], order: str) -> pl.DataFrame:
        nothing = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items())
        if table not in self.file.tables():
            return self.file.frame(f"SELECT {nothing} LIMIT 0")
        there = self.file.columns_there[table]
        chosen = ", ".join(
            f'"{column}"' if column in there else f'CAST(NULL AS {kind}) AS "{column}"'
            for column, kind in columns.items()
        )
        return self.file.frame(f"SELECT {chosen} FROM {table} WHERE city = ? ORDER BY {order}", self.city)


def checks_of(file: OpenFile, city: str) -> Checks:
    """The checks of a city, read once for all its pages."""
    return file.once(("checks", city), lambda: Checks(file, city))
