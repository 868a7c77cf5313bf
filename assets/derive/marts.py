"""A mart as a derived table: each day is made from the same day of the tables it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.mart import Frames
from assets.pack.city import City
from quality.contract.model import Contract


@dataclass(frozen=True, eq=False)
class MartTable:
    """A derived table of which each day is made from the same day of the tables it needs."""

    contract: Contract
    title: str
    needs: tuple[Contract, ...]  # must have the day
    uses: tuple[Contract, ...]  # reference feeds, taken whole, as far as they are there
    feeds: frozenset[str]  # all that it is made from in the end
    compute: Callable[[Frames, City], pl.DataFrame]  # of the rows of needs and uses, by table name

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
        return {day: [*(batches[day] for batches in needed), *used] for day in there}

    def rows(self, run: RunContext, days: Sequence[date]) -> pl.DataFrame:
        """The rows of `days`."""
        frames = {contract.name: sources.rows(run, contract, days) for contract in self.needs}
        frames |= {contract.name: sources.rows(run, contract) for contract in self.uses}
        return self.compute(frames, run.city)

    def no_rows(self) -> Frames:
        """What `compute` reads where no day has rows: what it cannot do without shows by that."""
        return {c.name: c.schema.to_frame().lazy() for c in (*self.needs, *self.uses)}
