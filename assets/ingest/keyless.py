"""Rows without a whole key: nothing can replace them by their key, and yet a correction may have.

Such a row counts, and a rule holds it back, until its delivery no longer counts for its day. Otherwise a bad old file
would keep the gate closed after a good one has replaced all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from assets.ingest.delivered import DeliveryRows
from assets.ingest.fine import FineRows
from assets.ingest.keys import keyless
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.staging import Block

_OF = [DAY, "_sha256"]


def delivered_again(contract: Contract, deliveries: Sequence[DeliveryRows]) -> tuple[list[DeliveryRows], list[Block]]:
    """The deliveries without the days on which no row has a whole key and for which a later one of the same name has
    rows; and the number of those rows, as replaced."""
    last = {delivery.name: rank for rank, delivery in enumerate(deliveries)}
    found, blocks = list[DeliveryRows](), list[Block]()
    for rank, delivery in enumerate(deliveries):
        days = _keyless_days(contract, delivery) if last[delivery.name] > rank else {}
        if days:
            later = [other.whole().rows.select(DAY) for other in deliveries[rank + 1 :] if other.name == delivery.name]
            again = set(pl.concat(later).unique().collect()[DAY])
            days = {day: rows for day, rows in days.items() if day in again}
        if days:
            there = ~pl.col(DAY).is_in(list(days))
            blocks.append(Block(delivery.rows.head(0).collect(), {day: GaveWay(replaced=n) for day, n in days.items()}))
            found.append(replace(delivery, rows=delivery.rows.filter(there), cells=delivery.cells.filter(there)))
        else:
            found.append(delivery)
    return found, blocks


def _keyless_days(contract: Contract, delivery: DeliveryRows) -> dict[date, int]:
    """Days on which no row of the delivery has a whole key, and the number of its rows."""
    days = delivery.whole().rows.group_by(DAY).agg(keyless(contract).all().alias("none"), pl.len()).filter("none")
    return dict(days.select(DAY, "len").collect().iter_rows())


def counts_of_fine(fine: FineRows) -> pl.DataFrame:
    """The same as `counts_of` these rows: each has a whole key."""
    file = fine.file
    schema = {DAY: pl.Date, "_sha256": pl.String, "keyless": pl.Int64, "len": pl.Int64}
    return pl.DataFrame([(file.day, file.sha256, 0, file.rows)], schema=schema, orient="row")


def counts_of(contract: Contract, rows: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """`day`, `_sha256`: the number of rows (`len`), and how many of them have no whole key (`keyless`)."""
    return (
        rows.lazy()
        .group_by(_OF)
        .agg(keyless(contract).sum().cast(pl.Int64).alias("keyless"), pl.len().cast(pl.Int64))
        .collect()
    )


def of_replaced_deliveries(
    contract: Contract, deliveries: Sequence[DeliveryRows], counts: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """`day` and `_sha256` of deliveries with rows without a whole key that no longer count. `counts`: of the rows of
    `deliveries` that count.

    Each of its rows of the day that have a key was replaced, and as many rows as it has of the day count from others.
    """
    counting = pl.concat(counts).group_by(_OF).sum()
    suspects = counting.filter(pl.col("keyless") > 0, pl.col("keyless") == pl.col("len")).select(_OF)
    every = [counts_of(contract, delivery.rows) for delivery in deliveries]
    every += [counts_of_fine(delivery.fine) for delivery in deliveries if delivery.fine is not None]
    delivered = pl.concat(every).group_by(_OF).sum()
    whole = counting.group_by(DAY).agg((pl.col("len") - pl.col("keyless")).sum().alias("whole"))
    known = suspects.join(delivered, on=_OF).join(whole, on=DAY)
    return known.filter(pl.col("len") > pl.col("keyless"), pl.col("whole") >= pl.col("len")).select(_OF)
