"""metric.history: every value ever published. Which values are as they were, and the record of those that are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb
import polars as pl

from warehouse.arrow import lend
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import VALUE_HISTORY
from warehouse.published.comments import write_comments
from warehouse.published.connect import quoted
from warehouse.published.load import Change, temporary
from warehouse.published.manifest import Previous, read_relations
from warehouse.published.spec import (
    CITY,
    PUBLISHED_AT,
    RUN_ID,
    PublishedColumn,
    PublishError,
    TableSpec,
    duckdb_type,
    without_zone,
)

WITHDRAWN = "withdrawn"
STATUS = "status"  # the recorded column that says so
VERSION, REPLACED_AT = "version", "replaced_at"
SCHEMA, NAME = "metric", "history"
TABLE = f"{SCHEMA}.{NAME}"
_ORIGIN = ("batch_ids",)  # recorded beside what a value says: a change of it alone is none of the value
_STANDING = f"{TABLE} WHERE {REPLACED_AT} IS NULL"


@dataclass(frozen=True)
class Revision:
    """What a load did to the versioned table, as temporary tables.

    `values`: all rows that were loaded, and whether each is `same` as before. `partitions`: the cities and days in
    which rows may be gone.
    """

    values: str
    partitions: str


def history(value: TableSpec) -> TableSpec:
    """The record that belongs to the versioned table: its key, what is recorded of it, and how long that stood.

    Raises PublishError when the ledger cannot keep it.
    """
    columns, key = [*value.key, *value.recorded, VERSION, PUBLISHED_AT], {*value.key, VERSION}
    if STATUS not in value.recorded or set(columns) != set(VALUE_HISTORY.meanings):
        raise PublishError(f"the ledger keeps {', '.join(VALUE_HISTORY.meanings)} of a value, not {', '.join(columns)}")
    return TableSpec(
        SCHEMA,
        NAME,
        "Every value ever published, and how long it stood",
        (
            *(
                PublishedColumn(
                    name, duckdb_type(VALUE_HISTORY.schema[name]), VALUE_HISTORY.meanings[name], key=name in key
                )
                for name in columns
            ),
            PublishedColumn(
                REPLACED_AT,
                "TIMESTAMP",
                "When the next record took its place, UTC; null for what is published now",
            ),
        ),
    )


def keep_stamps(
    con: duckdb.DuckDBPyConnection, spec: TableSpec, previous: Previous, change: Change, run_id: str, now: datetime
) -> tuple[Change, Revision]:
    """Give new and changed rows this run and time, and all others those they had.

    The change of a versioned table must have rows. A compared column that the table did not have before was null.
    """
    before, values, stamped = (temporary(spec, purpose) for purpose in ("rows before", "compared rows", "stamped rows"))
    day, key = quoted(spec.day), _list(spec.key)
    types = previous.types or {}
    columns = ", ".join(
        # a column may have changed its type since: what cannot be cast is a change
        f"TRY_CAST({quoted(c) if c in types else 'NULL'} AS {spec.types[c]}) AS {quoted(c)}"
        for c in (*spec.key, *spec.compared, RUN_ID, PUBLISHED_AT)
    )
    source = spec.sql if types else f"{change.rows} LIMIT 0"
    if types and change.partitions is not None:
        source += f" WHERE ({CITY}, {day}) IN (FROM {change.partitions})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {before} AS SELECT {columns}, true AS _existed FROM {source}")
    same = " AND ".join(f"n.{quoted(c)} IS NOT DISTINCT FROM b.{quoted(c)}" for c in spec.compared)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {values} AS
        SELECT n.* EXCLUDE ({RUN_ID}, {PUBLISHED_AT}), b.{RUN_ID}, b.{PUBLISHED_AT},
            b._existed IS NOT NULL AND {same} AS _same
        FROM {change.rows} n LEFT JOIN {before} b USING ({key})""")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {stamped} AS
        SELECT * EXCLUDE (_same) REPLACE (
            CASE WHEN _same THEN {RUN_ID} ELSE ? END AS {RUN_ID},
            CASE WHEN _same THEN {PUBLISHED_AT} ELSE ?::TIMESTAMP END AS {PUBLISHED_AT})
        FROM {values} ORDER BY {day}, {key}""",
        [run_id, _naive(now)],
    )
    partitions = change.partitions
    if partitions is None:
        partitions = temporary(spec, "all partitions")
        places = f"SELECT {CITY}, {day} AS day FROM"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {partitions} AS {places} {TABLE} UNION {places} {change.rows}")
    return replace(change, rows=stamped), Revision(values, partitions)


def follow_stamps(con: duckdb.DuckDBPyConnection, spec: TableSpec, value: TableSpec, change: Change) -> Change:
    """Give each row the run and time of the row of `value` with the same key. Raises PublishError if there is none."""
    stamped, key = temporary(spec, "stamped rows"), _list(value.key)
    if con.execute(f"SELECT 1 FROM {change.rows} ANTI JOIN {value.sql} USING ({key}) LIMIT 1").fetchall():
        raise PublishError(f"{spec} has rows whose key is not in {value}")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {stamped} AS
        SELECT l.* REPLACE (v.{RUN_ID} AS {RUN_ID}, v.{PUBLISHED_AT} AS {PUBLISHED_AT})
        FROM {change.rows} l JOIN {value.sql} v USING ({key}) ORDER BY {key}""")
    return replace(change, rows=stamped)


def compare_with_history(con: duckdb.DuckDBPyConnection, value: TableSpec) -> Revision:
    """What differs between the values in the file and those that stand in metric.history: all of them are looked at."""
    values, partitions = temporary(value, "compared rows"), temporary(value, "all partitions")
    same = " AND ".join(f"v.{quoted(c)} IS NOT DISTINCT FROM h.{quoted(c)}" for c in value.recorded)
    con.execute(f"CREATE TEMP TABLE {partitions} AS SELECT DISTINCT {CITY}, {quoted(value.day)} FROM {TABLE}")
    con.execute(
        f"CREATE TEMP TABLE {values} AS SELECT v.*, h.{VERSION} IS NOT NULL AND {same} AS _same"
        f" FROM {value.sql} v LEFT JOIN (FROM {_STANDING}) h USING ({_list(value.key)})"
    )
    return Revision(values, partitions)


def add_missing_records(
    con: duckdb.DuckDBPyConnection, home: Home, value: TableSpec, *, all_again: bool = False
) -> None:
    """Add to metric.history what the ledger knows and the file does not: all, or what came after a kept version.

    `all_again`: nothing of the file counts, as the ledger has forgotten some of it.
    """
    spec = history(value)
    # a record of other columns was written by another version of Madang: it is made again from the ledger
    exists = not all_again and Previous(read_relations(con).get(TABLE), ()).fits(spec)
    versions = con.execute(f"SELECT DISTINCT {VERSION} FROM {TABLE}").fetchall() if exists else []
    in_file = pl.col(VERSION).is_in([version for (version,) in versions])
    missing = ledger.read(home, "value_history").filter(~in_file).collect()
    if exists and missing.is_empty():
        return
    lent = lend(con, "incoming", without_zone(missing))
    records = f"SELECT {_list(name for name in spec.names if name != REPLACED_AT)} FROM"
    source = f"{records} {TABLE} UNION ALL {records} incoming" if exists else f"{records} incoming"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE all_records AS
        SELECT *, lead({PUBLISHED_AT}) OVER (PARTITION BY {_list(value.key)} ORDER BY {VERSION}) AS {REPLACED_AT}
        FROM ({source}) ORDER BY {VERSION}, {quoted(value.day)}, {_list(value.key)}""")
    lent.take_back()
    con.execute(f"CREATE OR REPLACE TABLE {TABLE} ({spec.definition})")
    con.execute(f"INSERT INTO {TABLE} BY NAME FROM all_records; DROP TABLE all_records")
    write_comments(con, spec)


def record_changes(
    con: duckdb.DuckDBPyConnection, value: TableSpec, revision: Revision, version: int, now: datetime
) -> int:
    """Add to metric.history the values that do not say what they said before, and those that are gone. How many.

    A value that was made again, of other batches, and says the same is no record: most corrections change few values.
    """
    gone = ", ".join(f"'{WITHDRAWN}'" if name == STATUS else "NULL" for name in value.recorded)
    key, columns = _list(value.key), _list((*value.key, *value.recorded))
    same_key = " AND ".join(f"h.{quoted(name)} = n.{quoted(name)}" for name in value.key)
    said = " AND ".join(f"h.{quoted(c)} IS NOT DISTINCT FROM n.{quoted(c)}" for c in value.recorded if c not in _ORIGIN)
    con.execute(f"""
        CREATE TEMP TABLE new_records AS
        SELECT {columns} FROM (FROM {revision.values} WHERE NOT _same) n
            ANTI JOIN (FROM {_STANDING}) h ON {same_key} AND {said}
        UNION ALL
        SELECT {key}, {gone}
        FROM (FROM {_STANDING} AND ({CITY}, {quoted(value.day)}) IN (FROM {revision.partitions}))
            ANTI JOIN {value.sql} USING ({key})
        WHERE {STATUS} IS DISTINCT FROM '{WITHDRAWN}'""")
    con.execute(
        f"UPDATE {TABLE} AS h SET {REPLACED_AT} = ?::TIMESTAMP FROM new_records AS n"
        f" WHERE h.{REPLACED_AT} IS NULL AND {same_key}",
        [_naive(now)],
    )
    con.execute(
        f"INSERT INTO {TABLE} BY NAME SELECT *, ?::BIGINT AS {VERSION}, ?::TIMESTAMP AS {PUBLISHED_AT}"
        f" FROM new_records ORDER BY {quoted(value.day)}, {key}",
        [version, _naive(now)],
    )
    return con.execute("SELECT count(*) FROM new_records").fetchall()[0][0]


def _naive(moment: datetime) -> datetime:
    """An instant as it is published: in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _list(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
