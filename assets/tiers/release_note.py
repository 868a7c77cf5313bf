"""What the file of a tier says of itself: whom it is for, and which release it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from assets.tiers.recipients import Recipient
from warehouse.arrow import lend
from warehouse.ledger.released import RELEASE
from warehouse.published.spec import PublishedColumn, TableSpec, without_zone

RELEASE_NOTE = TableSpec(
    "ledger",
    "release",
    "Whom this file is for, and from when: whoever passes it on passes this on",
    (
        PublishedColumn("tier", "VARCHAR", "open, or partner/<name>", key=True),
        PublishedColumn("version", "BIGINT", "Number of the release, counting up in each tier", key=True),
        PublishedColumn("title", "VARCHAR", "Whom it was given to"),
        PublishedColumn("purpose", "VARCHAR", "What for"),
        PublishedColumn("licence", "VARCHAR", "Under which licence"),
        PublishedColumn("until", "DATE", "Last day of the contract; null of the open file"),
        PublishedColumn("cities", "VARCHAR[]", "Cities that are in it"),
        PublishedColumn("published_version", "BIGINT", "The publication that it was made of"),
        PublishedColumn("released_at", "TIMESTAMP", "When, UTC"),
    ),
)


@dataclass(frozen=True)
class Mark:
    """What a file says of itself: which release it is, of which publication, when. `before`: the file that it takes the
    place of; `past`: the releases of before, as the ledger has them."""

    version: int
    published_version: int
    released_at: datetime
    before: Path | None = None
    past: pl.DataFrame = field(default_factory=lambda: RELEASE.frame([]))


def write_note(con: duckdb.DuckDBPyConnection, recipient: Recipient, mark: Mark) -> None:
    """ledger.release: the one row that says whom the file is for."""
    row = {
        "tier": recipient.tier,
        "version": mark.version,
        "title": recipient.title,
        "purpose": recipient.purpose,
        "licence": recipient.licence,
        "until": recipient.until,
        "cities": sorted(recipient.allowed),
        "published_version": mark.published_version,
        "released_at": mark.released_at,
    }
    kinds = {"BIGINT": pl.Int64, "DATE": pl.Date, "VARCHAR[]": pl.List(pl.String)}
    kinds |= {"TIMESTAMP": pl.Datetime("us", "UTC")}
    schema = {name: kinds.get(dtype, pl.String) for name, dtype in RELEASE_NOTE.types.items()}
    lent = lend(con, "incoming", without_zone(pl.DataFrame([row], schema=schema)))
    con.execute(f"INSERT INTO {RELEASE_NOTE.sql} BY NAME FROM incoming")
    lent.take_back()
