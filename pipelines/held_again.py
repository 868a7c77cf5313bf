"""Rows that are held back, judged again from landing: after a rule or the code that reads was corrected.

Nothing is fetched. What was read under an earlier contract, or by another version of the code, is read again, and days
whose batch is another one now go through the same gate as in a night. It may be killed and begun again at any time:
what was read and judged stays so, and the same command goes on with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.ingest.fetch import Fetched
from assets.ingest.read import read_new
from pipelines.held_fate import NOW, Fate, with_fate
from pipelines.plan import Group, plan_backfill
from pipelines.quarantine import Wanted
from warehouse.home import Home

_KEY = ["batch_id", "sha256", "line", "scope", "column_name"]  # of a row of ledger.quarantine


@dataclass(frozen=True)
class HeldBefore:
    """What was held back when the replay began. `rows`: of ledger.quarantine, with their fate then."""

    rows: pl.DataFrame

    @classmethod
    def of(cls, home: Home, wanted: Wanted) -> HeldBefore:
        """What is held back of a city's feeds, with days that were judged again before: a replay that was killed may
        have left what follows from them."""
        return cls(with_fate(home, wanted.of(home)).filter(pl.col("sha256").is_not_null()).collect())

    @property
    def held(self) -> pl.DataFrame:
        """The rows that nobody has now."""
        return self.rows.filter(pl.col("fate").is_in(NOW))

    @property
    def days(self) -> Mapping[str, Sequence[date]]:
        """By feed, the days of all of them."""
        found = self.rows.group_by("table_name").agg(pl.col("day").unique().sort()).sort("table_name")
        return dict(found.iter_rows())

    def read_again(self, run: RunContext) -> list[Group]:
        """Read what has to be read again, and plan what is to be made: nothing where neither the rules nor the code
        that reads are others than those that held the rows back. Failures of deliveries are in ledger.attempt."""
        feeds = [name for name in self.days if name in run.city.contracts]
        for name in feeds:
            held = set(self.held.filter(pl.col("table_name") == name)["sha256"])
            read_new(run, run.city.contracts[name], Fetched(), again=held)
        days = sorted({day for name in feeds for day in self.days[name]})
        return plan_backfill(run, days[0], days[-1], only=feeds) if days else []

    def fates(self, home: Home, wanted: Wanted) -> pl.DataFrame:
        """What became of the held rows: city, feed, rule, the counts of each fate, and the rules of before and now."""
        now = with_fate(home, wanted.of(home)).select(*_KEY, "fate", "judged_under").collect()
        before = self.held.drop("fate", "judged_under").explode("rules")
        found = before.join(now, on=_KEY, how="left", nulls_equal=True)
        still = pl.col("fate").is_in([Fate.HELD, Fate.AGAIN])
        counts = {
            "held": pl.len(),
            "released": (pl.col("fate") == Fate.RELEASED).sum(),
            "still_held": still.sum(),
            "closed": (pl.col("fate") == Fate.CLOSED).sum(),
            "replaced": (pl.col("fate") == Fate.REPLACED).sum(),
        }
        under = pl.col("judged_under").drop_nulls().last().alias("judged_under")
        return (
            found.group_by("city", pl.col("table_name").alias("feed"), pl.col("rules").alias("rule"))
            .agg(**counts, held_under=pl.col("contract_hash").last(), judged_under=under)
            .sort("city", "feed", "rule")
        )
