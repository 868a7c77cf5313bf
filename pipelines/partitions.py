"""Partitions: one per day, in the city's own time zone. The city is in the asset's key, never a partition.

All tables of a city begin on one day: Dagster takes no job, and its pages take no choice of several feeds, whose
partitions differ. What is shown begins where the data begin; a run may be for any day of the city.
"""

from __future__ import annotations

from datetime import date

import dagster as dg
import polars as pl

from assets.crashes import CRASHES
from assets.derive.build import starts_of
from assets.derive.tables import derived_tables
from assets.pack.city import City
from quality.contract.due import due, first_due
from warehouse.home import Home
from warehouse.ledger import ledger


def daily(city: City, first: date) -> dg.DailyPartitionsDefinition:
    """The days of a city's tables, from `first` on."""
    return dg.DailyPartitionsDefinition(str(first), timezone=city.config.timezone)


def first_of_runs(city: City) -> date:
    """The first day that a run may be for."""
    return _with_what_it_needs(city, city.config.first_day)


def first_shown(home: Home, city: City) -> date:
    """The first day on Dagster's pages: where the data of the city's feeds begin, by contract or first delivery, with
    the days that its night needs. Of a city of which nothing is known its own `first_day`."""
    begins = _first_days(home, city).values()
    if not begins:
        return city.config.first_day
    return _with_what_it_needs(city, max(city.config.first_day, min(*begins, city.yesterday())))


def _with_what_it_needs(city: City, night: date) -> date:
    """The first of the days that a night looks at, as some feeds come later, and of the first days of the periods that
    these belong to."""
    of_feeds = {feed.name: due(feed, night) for feed in city.contracts.values() if feed.reference_since is None}
    starts = [
        start
        for table in derived_tables(city)
        for start in starts_of(table, [of_feeds[name] for name in table.feeds if name in of_feeds])
    ]
    return min([night, *of_feeds.values(), *starts])


def _first_days(home: Home, city: City) -> dict[str, date]:
    """Where the data of each feed begin, as far as that is known; a register has no days."""
    feeds = [feed for feed in city.contracts.values() if feed.reference_since is None]
    declared = {feed.name: begin for feed in feeds if (begin := first_due(feed)) is not None}
    return {feed: day for feed, day in _delivered(home, city).items() if feed in {one.name for one in feeds}} | declared


def delivered_days(home: Home, city: City) -> tuple[date, date] | None:
    """The first and the last day of which a feed has a delivery, within the days of the city; None where no one has."""
    feeds = [feed.name for feed in city.contracts.values() if feed.reference_since is None]
    days = (
        _parsed(home, city).filter(pl.col("feed").is_in(feeds)).select(pl.col("day_min").min(), pl.col("day_max").max())
    )
    first, last = days.collect().row(0)
    yesterday = city.yesterday()
    if first is None or last < city.config.first_day or first > yesterday:
        return None
    return max(first, city.config.first_day), min(last, yesterday)


def _delivered(home: Home, city: City) -> dict[str, date]:
    """The first day of which each feed has a delivery. Where the ledger cannot be read there is none: the steps of a
    run say what is wrong with it."""
    try:
        first = _parsed(home, city).group_by("feed").agg(pl.col("day_min").min()).drop_nulls().collect()
    except CRASHES:
        return {}
    return dict(first.select("feed", "day_min").iter_rows())


def _parsed(home: Home, city: City) -> pl.LazyFrame:
    """The deliveries of a city that could be read, as the ledger has them."""
    return ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("status") == "parsed")
