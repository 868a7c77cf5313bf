"""Why a table was not made of a day, or made without some of its feeds: what upstream is closed, or did not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.derive.build import starts_of
from assets.derive.tables import DerivedTable
from assets.ingest.ingest import Report
from pipelines.visible import visible
from quality.verdict import OPEN
from warehouse.ledger import ledger

FEEDS = 5  # that are named in a sentence


@dataclass(frozen=True)
class Upstream:
    """The closed gates of what a table is made from, by its own days, a sentence for each."""

    table: DerivedTable
    closed: Mapping[date, Sequence[str]]

    @classmethod
    def of(cls, run: RunContext, table: DerivedTable, days: Sequence[date]) -> Upstream:
        """`days`: of the run. One read of the ledger."""
        made_from = {("core", name) for name in table.feeds} | {(one.layer, one.name) for one in table.needs}
        verdicts = ledger.newest_verdicts(run.home, run.city.name).filter(pl.col("day").is_in(list(days)))
        closed: dict[date, list[str]] = {}
        rows = verdicts.select("layer", "table_name", "day", "verdict", "reason").sort("layer", "table_name", "day")
        for layer, name, day, verdict, reason in rows.collect().iter_rows():
            if (layer, name) in made_from and verdict not in OPEN:
                for start in table.starts(day):
                    closed.setdefault(start, []).append(f"{layer}.{name} of {day} is closed, {verdict}: {reason}")
        return cls(table, closed)

    def made_without(self, day: date) -> str | None:
        """What a day was made without; None where nothing of it is closed."""
        return _in_words(self.closed.get(day, ()))

    def why_not_made(self, report: Report, days: Sequence[date]) -> dict[date, str]:
        """Of the days without inputs those that are held back, and why.

        Where nothing came there is nothing to be said, but in a run for one day, which is asked what became of it.
        """
        found = dict[date, str]()
        for day in report.missing:
            closed = self.made_without(day)
            if closed is not None:
                found[day] = f"Held back, because {closed}"
            elif len(days) == 1 and starts_of(self.table, days) == [day]:
                found[day] = f"Held back, because nothing came of {self._feeds()}"
        return found

    def _feeds(self) -> str:
        names = sorted(self.table.feeds - {one.name for one in self.table.uses})
        more = f" and {len(names) - FEEDS} more" if len(names) > FEEDS else ""
        return f"{', '.join(names[:FEEDS])}{more}"


def _in_words(closed: Sequence[str]) -> str | None:
    if not closed:
        return None
    more = f"; and {len(closed) - FEEDS} more" if len(closed) > FEEDS else ""
    return visible(f"{'; '.join(closed[:FEEDS])}{more}")
