"""The record of publications: one row for each, in the published file and in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.arrow import fetched_frame, lend
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger, schema
from warehouse.published import connect, value_history
from warehouse.published.comments import write_comments
from warehouse.published.folder import attach_live
from warehouse.published.spec import ledger_table, without_zone

PUBLICATION = ledger_table("publication", "Every publication and rollback, this one included", key=["version"])


@dataclass(frozen=True)
class Publication:
    """What is published now. `changed` is False when it was so before. `damaged`: what of the home is lost and was
    left out or made again, a sentence for each table."""

    version: int
    path: Path
    changed: bool
    values_total: int
    values_changed: int
    published_at: datetime
    restored: int | None = None  # of a rollback: the version that it put back
    damaged: Sequence[str] = ()

    @classmethod
    def of(cls, home: Home, row: dict[str, Any], *, changed: bool, damaged: Sequence[str] = ()) -> Publication:
        """From its row of ledger.publication."""
        return cls(
            version=row["version"],
            path=home.published_file,
            changed=changed,
            values_total=row["values_total"],
            values_changed=row["values_changed"] if changed else 0,
            published_at=row["recorded_at"],
            restored=row["restored"],
            damaged=damaged,
        )


def past_publications(home: Home) -> list[dict[str, Any]]:
    """The rows of ledger.publication, by version."""
    return ledger.read(home, "publication").sort("version").collect().to_dicts()


def read_publications(con: duckdb.DuckDBPyConnection, catalog: str) -> pl.DataFrame:
    """The publications that an attached file knows of, in the columns of the ledger.

    Raises UnreadableError for the file of another version of Madang, as a backup may bring it back.
    """
    rows = fetched_frame(con.sql(f"FROM {catalog}.{PUBLICATION.sql}"))
    if lacking := [name for name in schema.PUBLICATION.schema if name not in rows.columns]:
        hint = "put a version of this home back with `madang rollback`"
        raise connect.UnreadableError(
            f"the published file is of another version of Madang (it has no {lacking[0]}): {hint}"
        )
    return schema.PUBLICATION.read_back(rows)


def write_publications(con: duckdb.DuckDBPyConnection, publications: list[dict[str, Any]]) -> None:
    """ledger.publication, with this publication in it."""
    lent = lend(con, "incoming", without_zone(schema.PUBLICATION.frame(publications)))
    con.execute(f"CREATE OR REPLACE TABLE {PUBLICATION.sql} ({PUBLICATION.definition})")
    con.execute(f"INSERT INTO {PUBLICATION.sql} BY NAME FROM incoming ORDER BY version")
    lent.take_back()
    write_comments(con, PUBLICATION)


def settle(home: Home) -> None:
    """Write down in the ledger what the published file says about itself and the ledger lacks.

    This is how every publication gets into the ledger, right after the swap; a process that dies there
    leaves it to the next one, which starts with it. Raises UnreadableError.
    """
    if not home.published_file.exists():
        return
    with connect.connect() as con:
        attach_live(con, home, "live")
        try:
            recorded = _versions(home, "value_history")
            unknown = f"FROM live.{value_history.TABLE} WHERE NOT list_contains(?::BIGINT[], version)"
            values = fetched_frame(con.sql(unknown, params=[recorded]))
            publications = read_publications(con, "live")
        except duckdb.Error as error:  # some damage shows only when a block is read
            raise connect.opening_error(home.published_file, error) from error
    if values.height:
        ledger.append(
            home, "value_history", schema.VALUE_HISTORY.read_back(values)
        )  # one Delta commit: all of it or nothing
        failpoint("publish.values_recorded")
    missing = publications.filter(~pl.col("version").is_in(_versions(home, "publication")))
    if missing.height:
        ledger.append(home, "publication", missing)
        failpoint("publish.publication_recorded")


def _versions(home: Home, table: str) -> list[int]:
    return ledger.read(home, table).select("version").unique().collect().to_series().to_list()
