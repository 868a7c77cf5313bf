"""Which rows of a delivery gave way to another row of their key, line by line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import polars as pl

from assets.ingest.deduplicate import unread_of
from assets.ingest.keyless import keyless
from assets.ingest.parse_cache import ParsedDelivery
from assets.ingest.same_key import UNREAD
from quality.contract.model import Contract

_SCHEMA = {"_sha256": pl.String, "_line": pl.Int64, "_counts": pl.Int64}


def repeating(contract: Contract, parsed: Iterable[ParsedDelivery], days: Collection[date]) -> pl.DataFrame:
    """Rows that are there again in their delivery: contract columns, origin and `_counts`, the line that counts."""
    return _gave_way(contract, parsed, days, same=True)


def contradicting(contract: Contract, parsed: Iterable[ParsedDelivery], days: Collection[date]) -> pl.DataFrame:
    """Rows whose key is there again in their delivery with other values; columns as `repeating` gives them."""
    return _gave_way(contract, parsed, days, same=False)


def _gave_way(
    contract: Contract, parsed: Iterable[ParsedDelivery], days: Collection[date], *, same: bool
) -> pl.DataFrame:
    keys, names = list(contract.key), contract.schema.names()
    others = [name for name in names if name not in keys]
    found = [pl.DataFrame(schema={**contract.schema, **_SCHEMA})]
    for one in parsed:
        rows = one.rows([day for day in one.days if day in days]).remove(keyless(contract))
        again = rows.filter(pl.struct(keys).is_duplicated()).sort("_line")
        unread = unread_of(one.cells(days)).lazy()  # two values that cannot be read are not the same
        again = again.join(unread, on=["_sha256", "_line"], how="left", maintain_order="left")
        equal = [pl.col(name).eq_missing(pl.col(name).last().over(keys)) for name in (*others, UNREAD)]
        all_equal = pl.all_horizontal(pl.lit(value=True), *equal)
        last = pl.int_range(pl.len()).over(keys) == pl.len().over(keys) - 1
        marked = again.with_columns(
            pl.col("_line").cast(pl.Int64).last().over(keys).alias("_counts"),
            (~last & (all_equal if same else ~all_equal)).alias("_found"),
        )
        found.append(marked.filter("_found").select(*names, *_SCHEMA).collect())
    return pl.concat(found)
