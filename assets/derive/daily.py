"""A table that is made day by day: a mart, or the metric values of one subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.mart import Frames
from assets.metrics.usual import days_before, pairs, rows_before
from assets.pack.city import City
from quality.contract.model import Contract
from quality.usual_days import Calendar


@dataclass(frozen=True, eq=False)
class DailyTable:
    """A derived table of which each day is made from the same day of the tables it needs.

    `compares`: of the needed ones, those of which earlier days are inputs too, as they say what is usual; none before
    `usual_since` counts.
    """

    contract: Contract
    title: str
    needs: tuple[Contract, ...]  # must have the day
    uses: tuple[Contract, ...]  # reference feeds, taken whole, as far as they are there
    feeds: frozenset[str]  # all that it is made from in the end
    compute: Callable[[Frames, City], pl.DataFrame]  # of the rows of needs and uses, by table name
    compares: tuple[Contract, ...] = ()
    usual_since: date | None = None

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def layer(self) -> str:
        return self.contract.layer

    def starts(self, day: date) -> list[date]:
        """The days of this table that a day of its sources goes into."""
        return [day]

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches each of `days` is made from. A day that a needed table lacks is not among them."""
        needed = [sources.live(run, contract) for contract in self.needs]
        used = [batch for contract in self.uses for batch in sources.live(run, contract).values()]
        there = [day for day in days if all(day in batches for batches in needed)]
        made_from = {day: [*(batches[day] for batches in needed), *used] for day in there}
        for contract in self.compares:
            live = sources.live(run, contract)
            for day, before in self._pairs(run, contract, there).iter_rows():
                made_from[day].append(live[before])
        return made_from

    def frames(self, run: RunContext, days: Sequence[date]) -> Frames:
        """What `compute` reads to make `days`."""
        frames = {contract.name: sources.rows(run, contract, days) for contract in self.needs}
        frames |= {contract.name: sources.rows(run, contract) for contract in self.uses}
        for contract in self.compares:
            compared = self._pairs(run, contract, days)
            frames[days_before(contract.name)] = compared.lazy()
            frames[rows_before(contract.name)] = sources.rows(run, contract, compared["before"].unique().to_list())
        return frames

    def no_rows(self) -> Frames:
        """What `compute` reads where no day has rows: what it cannot do without shows by that."""
        frames: dict[str, pl.LazyFrame] = {c.name: c.schema.to_frame().lazy() for c in (*self.needs, *self.uses)}
        for contract in self.compares:
            frames[days_before(contract.name)] = pairs((), (), Calendar(), None).lazy()
            frames[rows_before(contract.name)] = contract.schema.to_frame().lazy()
        return frames

    def _pairs(self, run: RunContext, contract: Contract, days: Sequence[date]) -> pl.DataFrame:
        return pairs(days, sources.live(run, contract), run.city.calendar, self.usual_since)
