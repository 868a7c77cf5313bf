"""A mart as a derived table: each day is made from whichever of its feeds have the day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.mart import Mart
from assets.metrics.observing import observe
from assets.metrics.sources import FEED, length_of, references_of
from assets.pack.city import City
from quality.contract.model import Contract


@dataclass(frozen=True, eq=False)
class MartTable:
    """A mart of a city. Each day is made from those of its feeds that have it, and again when another one comes."""

    contract: Contract
    mart: Mart
    needs: tuple[Contract, ...]  # of which one must have the day
    uses: tuple[Contract, ...]  # registers and outlines, taken whole, as far as they are there

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def title(self) -> str:
        return self.contract.title.shown

    @property
    def layer(self) -> str:
        return self.contract.layer

    @cached_property
    def feeds(self) -> frozenset[str]:
        """All that it is made from."""
        return frozenset(contract.name for contract in (*self.needs, *self.uses))

    def starts(self, day: date) -> list[date]:
        """The days of this table that a day of its sources goes into."""
        return [day]

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches each of `days` is made from. A day that no feed has is not among them."""
        live = {contract.name: sources.live(run, contract) for contract in (*self.needs, *self.uses)}
        found = dict[date, list[str]]()
        for day in days:
            having = [contract for contract in self.needs if day in live[contract.name]]
            references = {one.name for contract in having for one in references_of(contract, run.city)}
            used = [batch for name in sorted(references) for batch in live[name].values()]
            if having:
                found[day] = [*(live[contract.name][day] for contract in having), *used]
        return found

    def rows(self, run: RunContext, days: Sequence[date]) -> pl.DataFrame:
        """The rows of `days`."""
        references = {contract.name: sources.rows(run, contract) for contract in self.uses}
        of_feeds = {contract.name: sources.rows(run, contract, days) for contract in self.needs}
        return self.made(of_feeds, days, references, run.city)

    def made(
        self,
        of_feeds: Mapping[str, pl.LazyFrame],
        days: Collection[date],
        references: Mapping[str, pl.LazyFrame],
        city: City,
    ) -> pl.DataFrame:
        """From the rows of its feeds and references, by name, to its rows on these days."""
        found = [
            self.mart.compute(observe(feed, city, of_feeds[feed.name], days, references), city).with_columns(
                pl.lit(feed.name).alias(FEED)
            )
            for feed in self.needs
        ]
        return pl.concat(found, how="vertical_relaxed")


def mart_of(city: City, mart: Mart, contract: Contract) -> MartTable | None:
    """The mart of this contract as this city can have it; None where none of its feeds gives it.

    Made from a private feed, its rows are published once its gate has admitted them.
    """
    needs = tuple(feed for feed in city.contracts.values() if _gives(feed, mart))
    if not needs:
        return None
    uses = {one.name: one for feed in needs for one in references_of(feed, city)}
    private = any(feed.private for feed in (*needs, *uses.values()))
    rules = tuple(rule for rule in contract.rules if private or rule.code not in mart.of_private)
    made_from = contract.model_copy(update={"from_private": private, "rules": rules})
    return MartTable(made_from, mart, needs, tuple(uses.values()))


def _gives(feed: Contract, mart: Mart) -> bool:
    of_days = feed.reference_since is None and feed.every == "day" and length_of(feed) <= mart.longest
    return of_days and mart.observes in feed.models and set(mart.columns) <= set(feed.schema)
