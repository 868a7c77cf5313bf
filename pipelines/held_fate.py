"""What became of the rows that the gates held back, from the ledger alone: nothing is written to know it.

A held row is found again by its delivery and line. The newest batch of its day says whether it is still held.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from warehouse.home import Home
from warehouse.ledger import ledger

PLACE = ["city", "table_name", "sha256", "line", "scope", "column_name"]  # of a row or value in what was delivered
_OF_DAY = ["city", "table_name", "day"]


class Fate(StrEnum):
    """What became of a row or value that was held back."""

    HELD = "held"  # it is held back now
    RELEASED = "released"  # the batch that is live of its day does not hold it back
    CLOSED = "closed"  # the newest batch does not hold it back, and its gate is closed
    REPLACED = "replaced"  # its delivery does not count any more
    AGAIN = "again"  # a later batch of its day holds it back, and has it as a row of its own


NOW = (Fate.HELD, Fate.CLOSED)  # what is not there for anybody


def with_fate(home: Home, rows: pl.LazyFrame) -> pl.LazyFrame:
    """These rows of ledger.quarantine with `fate`, the rules under which they were held back (`contract_hash`), and of
    those judged again since the batch (`judged_in`) and its rules (`judged_under`)."""
    batches = ledger.read(home, "batch").sort("recorded_at")
    own = batches.select("batch_id", "layer", "contract_hash", "code_version").unique("batch_id", keep="last")
    newest = (
        batches.filter(pl.col("layer") != "delivery")
        .unique(_OF_DAY, keep="last")
        .select(*_OF_DAY, "input_deliveries", "state", judged_in="batch_id", judged_under="contract_hash")
    )
    found = rows.join(own, on="batch_id", how="left").join(newest, on=_OF_DAY, how="left")
    found = found.join(_newest_readings(home), on=["city", "table_name", "sha256"], how="left")
    of_delivery = pl.col("layer") == "delivery"
    is_newest = (
        pl.when(of_delivery)
        .then(
            pl.col("contract_hash").eq_missing(pl.col("read_under"))
            & pl.col("code_version").eq_missing(pl.col("reading"))
        )
        .otherwise(pl.col("batch_id").eq_missing(pl.col("judged_in")) | pl.col("judged_in").is_null())
    )
    found = found.with_columns(is_newest=is_newest, of_delivery=of_delivery)
    still = found.filter(pl.col("is_newest")).select(*PLACE, "of_delivery").unique().with_columns(again=True)
    found = found.join(still, on=[*PLACE, "of_delivery"], how="left", nulls_equal=True)
    counts = pl.col("input_deliveries").list.contains(pl.col("sha256"))
    fate = (
        pl.when(pl.col("is_newest"))
        .then(pl.lit(Fate.HELD))
        .when(pl.col("again"))
        .then(pl.lit(Fate.AGAIN))
        .when(of_delivery)
        .then(pl.lit(Fate.RELEASED))
        .when(~counts.fill_null(False))
        .then(pl.lit(Fate.REPLACED))
        .when(pl.col("state") == "committed")
        .then(pl.lit(Fate.RELEASED))
        .otherwise(pl.lit(Fate.CLOSED))
    )
    columns = [*rows.collect_schema().names(), "layer", "contract_hash"]
    judged = [
        pl.when(pl.col("is_newest")).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("judged_in", "judged_under")
    ]
    return found.select(*columns, fate.alias("fate"), *judged)


def _newest_readings(home: Home) -> pl.LazyFrame:
    """Of each delivery the contract under which it was read last, and the version of the code where it was not the
    first under that contract: as `readings_of` has it for one contract."""
    parsed = ledger.read(home, "attempt").filter(pl.col("status") == "parsed").sort("recorded_at")
    of_contract = parsed.group_by("city", "feed", "sha256", "contract_hash", maintain_order=True).agg(
        pl.col("recorded_at").last(),
        pl.when(pl.col("read_by").n_unique() > 1).then(pl.col("read_by").last()).alias("reading"),
    )
    newest = of_contract.sort("recorded_at").unique(["city", "feed", "sha256"], keep="last")
    return newest.select("city", "sha256", "reading", table_name="feed", read_under="contract_hash")
