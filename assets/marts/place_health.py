"""What the last 30 days say of each place and quantity: which are to be trusted, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads, mart_contract
from assets.pack.city import City
from assets.watch.health import READ, WINDOW_DAYS, health_of
from assets.watch.possible import seen_in_networks
from assets.watch.watched import watch_of, watched_columns

_DAYS, _REGISTERS = "place_day", "place"
_OF_PLACE = ["day", "network", "place"]
_NETWORK = {"network": pl.String}


def place_health(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each place, network and quantity that was read in the 30 days that end with the day.

    A quantity at a time: of four quantities of 50,000 places, one needs a quarter of the memory.
    """
    quantities = sorted({column for columns in watched_columns().values() for column in columns})
    made = [_of_quantity(one.rows, quantity) for one in read[_DAYS] for quantity in quantities]
    nothing = pl.DataFrame(schema=mart_contract("place_health").schema).drop("age_days")
    found = pl.concat([nothing, *made], how="diagonal")
    since = _since(read, found["network"].unique().to_list())
    age = (pl.col("day") - pl.col("valid_from")).dt.total_days()
    return (
        found.join(since, on=_OF_PLACE, how="left", maintain_order="left")
        .with_columns(age_days=pl.when(age >= 0).then(age))
        .drop("valid_from")
    )


def _of_quantity(days: pl.LazyFrame, quantity: str) -> pl.DataFrame:
    """The rows of all networks and periods of one quantity."""
    rows = days.filter(pl.col("quantity") == quantity).select(START, "network", *READ).collect()
    made = [pl.DataFrame()]
    for (start, network), of_one in rows.partition_by(START, "network", as_dict=True, include_key=False).items():
        assert isinstance(start, date)
        in_order = of_one if of_one["day"].is_sorted() else of_one.sort("day", maintain_order=True)
        found = health_of(in_order, start, watch_of(quantity))
        keys = {"day": start, "network": network, "quantity": quantity}
        made.append(found.select(*(pl.lit(said).alias(name) for name, said in keys.items()), pl.all()))
    return pl.concat(made, how="diagonal")


def _since(read: ReadRows, networks: Sequence[str]) -> pl.DataFrame:
    """day, network, place, valid_from: since when each place stands there, by the newest register before the day. A
    register that names no network is of all that have its places."""
    listed = [
        one.rows.sort("day")
        .group_by(pl.col(START).alias("day"), "place")
        .agg(pl.col("valid_from").last())
        .join(pl.LazyFrame({"network": [one.network] if one.network else networks}, _NETWORK), how="cross")
        .collect()
        for one in read[_REGISTERS]
    ]
    nothing = pl.DataFrame(schema={**_NETWORK, "place": pl.String, "day": pl.Date, "valid_from": pl.Date})
    return pl.concat([nothing, *listed], how="diagonal").unique(_OF_PLACE, keep="last", maintain_order=True)


TABLE = Mart(
    reads=(Reads(_DAYS, back=range(WINDOW_DAYS)), Reads(_REGISTERS, ("place", "valid_from"), optional=True)),
    compute=place_health,
    by_quantity=True,
    possible=seen_in_networks,
)
