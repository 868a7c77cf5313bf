"""A good day of a pack's feed, out of the pack's committed sample and read as a night reads it.

A sample has what a simulated night delivered. Here it is cut to a few rows, and moved to whatever day is asked for.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from assets.connectors.files import cut_pattern, matches
from assets.context import RunContext
from assets.ingest.deliveries import Delivery
from assets.ingest.read import parsed_from
from assets.moving.sample import SampledDelivery, read_sample
from assets.pack.city import City
from pipelines.replayed import evening_of
from quality.contract.model import Contract
from tests.support.bites import counted
from tests.support.paths import CITIES
from tests.worlds.good_days import Day
from tests.worlds.packs import pack_at
from warehouse.home import Home

ROWS = 60  # of a day: enough for all hours, and a share of 1 % is a row


class NotInTheSampleError(LookupError):
    """A sample has no row of a feed."""


def sampled_day(pack: str, contract: Contract, day: date) -> Day:
    """The rows of the sample as if they were of another day: all their times and dates move with it."""
    rows = _rows(pack, contract.name)
    moved = pl.duration(days=(day - rows["day"][0]).days)
    return Day(rows.with_columns(pl.col(pl.Date, pl.Datetime) + moved))


@cache
def _rows(pack: str, feed: str) -> pl.DataFrame:
    """Rows of the day that the sample has most of; those that lack least come first."""
    city = _city(pack)
    contract = city.feed(feed)
    found = _read(city, contract)
    (most,) = found["day"].mode().sort()[-1:]
    of_day = found.filter(day=most).sort(*contract.key)
    rows = of_day.sample(min(ROWS, of_day.height), seed=7)
    asked = [found for rule in contract.rules if rule.scope == "day" and (found := counted(rule, contract)) is not None]
    for column, least in asked:
        if rows[column].n_unique() < least:
            rows = _more(rows, of_day, column, least)
    # bites break the first rows: the day shall not lack a place or an hour with them
    lacking = pl.sum_horizontal(pl.col(*contract.schema).is_null())
    ordered = rows.sort(lacking, *contract.key)
    scarce = [column for column, least in asked if rows[column].n_unique() < 1.2 * least]
    if scarce:
        one_of_each = pl.any_horizontal(*(pl.col(column).is_first_distinct() for column in scarce))
        ordered = ordered.sort(one_of_each, maintain_order=True)
    return ordered.with_columns(_line=pl.int_range(pl.len(), dtype=pl.Int64) + 2)


def _more(rows: pl.DataFrame, of_day: pl.DataFrame, column: str, least: int) -> pl.DataFrame:
    """Two rows of each further value that the sample has, of an hour or kind. Where these are too few, the rows again
    and again under other names: a sample has fewer places than a city."""
    further = of_day.join(rows, on=column, how="anti")
    rows = pl.concat([rows, further.group_by(column, maintain_order=True).head(2).select(rows.columns)])
    if rows[column].n_unique() >= least:
        return rows
    times = 2 + least // rows[column].n_unique()
    return pl.concat([rows.with_columns(pl.col(column) + f" {n}") for n in range(times)])


def _city(pack: str) -> City:
    return pack_at(CITIES / pack)


def _read(city: City, contract: Contract) -> pl.DataFrame:
    """All rows of a feed, as the replay of the sample reads them."""
    sample = read_sample(city.folder)
    came, night = evening_of(city, sample.about.night), sample.about.night
    found = list[pl.DataFrame]()
    with TemporaryDirectory() as folder:
        for one in sample.about.deliveries:
            if not _is_of(contract, one):
                continue
            content, asked_at = sample.content(one), came if one.pulled else None
            delivery = Delivery(contract.name, one.name, hashlib.sha256(content).hexdigest(), one.asked_day, asked_at)
            run = RunContext(Home(Path(folder)), city, "live" if one.pulled else "files", "test", night)
            parsed, _ = parsed_from(run, contract, delivery, content)
            found.append(parsed.rows(parsed.days).collect())
    if not any(rows.height for rows in found):
        raise NotInTheSampleError(f"the sample of {city.name} has no row of {contract.name}")
    return pl.concat(found)


def _is_of(contract: Contract, delivery: SampledDelivery) -> bool:
    """A file lies in a sample once, however many feeds read it."""
    files = None if contract.connector is None else contract.connector.files
    if delivery.pulled or files is None:
        return delivery.feed == contract.name
    small = delivery.name.lower().split("/")
    return any(matches(small, cut_pattern(pattern)) for pattern in files.paths)
