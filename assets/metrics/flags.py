"""Which metrics leave places out that the watch flags: those that read a watched column of a network of cheap
instruments, and those that say so.

What a place is worth on a day says `mart.place_health`, by quantity: a metric of PM2.5 looks at its flag alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.flagged import COUNTS, FLAGGED, PlaceFlags
from assets.metrics.fed_marts import FedMart, tables_with
from assets.metrics.placing import PLACE
from assets.metrics.sources import expressions_of, sources_of
from assets.metrics.sql import names_in
from assets.pack.city import City
from assets.watch.flags import QcFlag
from assets.watch.watched import watched_columns
from assets.watch.witness import WITNESSED

HEALTH = "place_health"  # the mart that says it
_TRUSTED = (QcFlag.GOOD, QcFlag.NOT_JUDGED)
_JUDGED = {QcFlag.GOOD, QcFlag.NOT_JUDGED, QcFlag.SUSPECT, QcFlag.BAD}  # what a place with readings may be


@dataclass(frozen=True)
class Flagging:
    """What of a mart says which places count for an entry."""

    mart: FedMart  # HEALTH
    quantities: tuple[str, ...]
    flags: tuple[int, ...]  # of QcFlag, those that count

    @property
    def otherwise(self) -> bool:
        """Whether places count of which the mart has no row: they are not judged."""
        return QcFlag.NOT_JUDGED in self.flags

    def judged(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """FLAGGED of the mart's rows, each quantity by itself; where others count, those that do not."""
        counts = pl.col("qc").is_in(self.flags)
        of_these = rows.filter(pl.col("quantity").is_in(self.quantities), *([~counts] if self.otherwise else []))
        return of_these.select("network", PLACE, "day", counts.alias(COUNTS))


def places_of(said: Sequence[Flagging], rows: Mapping[str, pl.LazyFrame]) -> PlaceFlags:
    """What all tables together say: a place counts where it does with all quantities. rows: by name of the table."""
    found = pl.concat(one.judged(rows[one.mart.contract.name]) for one in said)
    counting = found.group_by("network", PLACE, "day").agg(pl.col(COUNTS).all())
    return PlaceFlags(counting.select(FLAGGED.names()).collect(), all(one.otherwise for one in said))


def flags_of(entry: Entry, city: City) -> tuple[Flagging, ...]:
    """Which flags count for an entry in this city, one for each table that says it; none: it takes all readings.

    It takes all where it counts readings in place of taking them, and where it says that all flags count. Where it says
    nothing, it does without what is suspect or bad in networks of cheap instruments alone: calibrated stations jump by
    more than a rule thinks on 0.02 to 0.13 % of days, and are right. Where one stands still, as that of Hanoi did at
    59 ug/m3 for 93 hours of March 2016, its figure stays the operator's, and it is no witness.
    """
    watched = watched_columns().get(entry.observes or "", {})
    if not watched or entry.every != "day" or entry.over_space is None:
        return ()
    read = {name for text in expressions_of(entry) for name in names_in(text)}
    quantities = tuple(name for name in watched if name in read)
    sources = sources_of(entry, city)
    of_places = any(PLACE in feed.schema for feed in sources)
    cheap = all(feed.network in WITNESSED for feed in sources)
    flags = entry.flags or (_TRUSTED if cheap else tuple(_JUDGED))
    if not quantities or entry.over_space.as_ == "reporting" or not of_places or set(flags) >= _JUDGED:
        return ()
    return tuple(Flagging(mart, own, flags) for mart, own in tables_with(HEALTH, quantities, city))
