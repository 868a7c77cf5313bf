"""Corrections of providers that changed below a published value, as sentences for `madang explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assets.derive.parts import with_parts
from assets.metrics.sources import expressions_of, sources_of
from assets.metrics.sql import names_in
from assets.pack.city import City
from assets.watch.correction import CorrectionFigure
from quality.contract.interval import last_of_period
from warehouse.home import Home
from warehouse.published import connect

_MART = "correction_change"
_IS_THERE = f"SELECT 1 FROM duckdb_tables() WHERE schema_name = 'mart' AND table_name = '{_MART}'"
_CHANGED = f"""SELECT figure, MIN(since) FROM mart.{_MART} WHERE city = ? AND feed = ? AND quantity = ?
    AND day BETWEEN ? AND ? AND changed = 1 GROUP BY figure ORDER BY figure"""
_WORDS: Mapping[str, str] = {
    CorrectionFigure.LOW: "its lowest readings",
    CorrectionFigure.ZEROS: "its share of zeros",
    CorrectionFigure.NULLS: "its share of missing values",
    CorrectionFigure.SAME: "its share of readings that are not corrected",
}


def changed_corrections(home: Home, city: City, value: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each column behind a value of metric.value whose correction changed in its period."""
    corrected = _corrected(city, value["metric"])
    if not corrected:
        return
    first, period = value["period_start"], value["period"]
    last = first if period in ("hour", "day") else last_of_period(first, period)
    with connect.open_published(home) as con:
        if not con.execute(_IS_THERE).fetchall():
            return
        for (feed, column), raw in corrected.items():
            found = con.execute(_CHANGED, [city.name, feed, column, first, last]).fetchall()
            if found:
                what = " and ".join(_WORDS[figure] for figure, _ in found)
                since = min(one for _, one in found)
                yield (
                    f"{feed}.{column}: its provider's correction is another since {since}: against {raw}, {what} left "
                    f"what the 30 days before had (mart.{_MART})"
                )


def _corrected(city: City, metric: str) -> dict[tuple[str, str], str]:
    """Feed and column that a metric reads, with the column that the provider corrected it from."""
    entries = {name: one.entry for name, one in city.entries.items()}
    found = dict[tuple[str, str], str]()
    for name in with_parts([city.computed_metrics[metric].entry], entries):
        entry = entries[name]
        if entry.observes is None:
            continue
        read = {column for text in expressions_of(entry) for column in names_in(text)}
        for feed in sources_of(entry, city):
            found |= {(feed.name, column): raw for column, raw in feed.corrections.items() if column in read}
    return found
