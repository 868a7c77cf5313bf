"""What the last 30 days say of each place and quantity: which are to be trusted, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads, mart_contract
from assets.pack.city import City
from assets.watch.health import READ, WINDOW_DAYS, health_of
from assets.watch.possible import seen_in_networks
from assets.watch.watched import watch_of, watched_columns

_DAYS, _REGISTERS = "place_day", "place"
DAYS_AT_ONCE = 3_000_000  # days of places that are looked at together: 400 MiB
_OF_PLACE = ["day", "network", "place"]
_NETWORK = {"network": pl.String}


def place_health(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each place, network and quantity that was read in the 30 days that end with the day."""
    made = [found for one in read[_DAYS] for some in _at_once(one.rows) for found in _of_quantities(one.rows, some)]
    nothing = pl.DataFrame(schema=mart_contract("place_health").schema).drop("age_days")
    found = pl.concat([nothing, *made], how="diagonal")
    since = _since(read, found["network"].unique().to_list())
    age = (pl.col("day") - pl.col("valid_from")).dt.total_days()
    return (
        found.join(since, on=_OF_PLACE, how="left", maintain_order="left")
        .with_columns(age_days=pl.when(age >= 0).then(age))
        .drop("valid_from")
    )


def _at_once(days: pl.LazyFrame) -> Iterator[list[str]]:
    """The watched quantities, as many at a time as have DAYS_AT_ONCE rows. To read the files once for each of them took
    three times the CPU; all four of 50,000 places at once take 900 MiB."""
    watched = sorted({column for columns in watched_columns().values() for column in columns})
    counted = days.filter(pl.col("quantity").is_in(watched)).group_by("quantity").agg(pl.len()).sort("quantity")
    some, rows = list[str](), 0
    for quantity, more in counted.collect().iter_rows():
        if some and rows + more > DAYS_AT_ONCE:
            yield some
            some, rows = [], 0
        some, rows = [*some, quantity], rows + more
    if some:
        yield some


def _of_quantities(days: pl.LazyFrame, quantities: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows of all networks and periods of these quantities."""
    keys = (START, "network", "quantity")
    rows = days.filter(pl.col("quantity").is_in(quantities)).select(*keys, *READ).collect()
    for start, network, quantity in rows.select(keys).unique().sort("quantity", START, "network").iter_rows():
        assert isinstance(start, date)
        of_one = rows.filter(
            pl.col(START) == start, pl.col("network").eq_missing(network), pl.col("quantity") == quantity
        ).drop(keys)
        in_order = of_one if of_one["day"].is_sorted() else of_one.sort("day", maintain_order=True)
        found = health_of(in_order, start, watch_of(quantity))
        said = {"day": start, "network": network, "quantity": quantity}
        yield found.select(*(pl.lit(value).alias(name) for name, value in said.items()), pl.all())


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
