"""The address of the way of a value: the page and the day on which its table says what it was made of.

Pages build no address of a way by hand: where a day was not judged a link leads nowhere, and this is known here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.site.checks.reading import Checks, checks_of
from assets.site.navigation import way_path
from assets.site.opened import OpenFile


@dataclass(frozen=True)
class Ways:
    """Where the ways of one city stand. `made_in`: by metric, the table that its values are computed in."""

    checks: Checks
    made_in: Mapping[str, str]

    def of_value(self, language: str, metric: str, period_start: date) -> str | None:
        """The path, with an anchor, of the way of a published value; None where the file does not have it."""
        table = self.made_in.get(metric)
        return None if table is None else self.of_day(language, "metric", table, period_start)

    def of_feed(self, language: str, feed: str, day: date) -> str | None:
        """The path, with an anchor, of the way of a day of a feed; None where it was not judged."""
        return self.of_day(language, "core", feed, day)

    def of_day(self, language: str, layer: str, table: str, day: date) -> str | None:
        """The same of a day of any table. layer: core, mart or metric."""
        if (layer, table, day) not in self.checks.judged:
            return None
        return f"{month_of_way(language, self.checks.city, layer, table, day)}#{day.isoformat()}"


def month_of_way(language: str, city: str, layer: str, table: str, day: date) -> str:
    """The page that has the ways of a table in the month of a day. It is there if a day of the month was judged."""
    return way_path(language, city, f"{layer}.{table}", f"{day:%Y-%m}")


def ways_of(file: OpenFile, city: str) -> Ways:
    """The ways of a city, read once for all its pages."""

    def read() -> Ways:
        checks = checks_of(file, city)
        tables = checks.tables.filter(pl.col("layer") == "metric").select("table_name", "metrics").rows()
        return Ways(checks, {metric: table for table, metrics in tables for metric in metrics or ()})

    return file.once(("ways", city), read)
