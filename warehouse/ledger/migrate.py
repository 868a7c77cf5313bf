"""From the ledger of an earlier version to that of today: a column for each thing.

The first version had strings with parts; here, and only here, those are taken apart. The second had one count
(`rows_superseded`) of all rows that gave way to another. Each table is replaced in one commit, and each published file
in one step; what is already of today is left as it is, so that a migration that was killed is gone on with.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from warehouse.delta import log
from warehouse.delta.commit import Changes, add_action, commit_changes
from warehouse.failpoint import failpoint
from warehouse.files import sync
from warehouse.home import Home
from warehouse.ledger import storage
from warehouse.ledger.schema import TABLES
from warehouse.ledger.storage import LedgerFiles
from warehouse.published import connect, folder
from warehouse.published.comments import write_comments
from warehouse.published.connect import quoted
from warehouse.published.spec import ledger_table

RENAMED = {"at": "recorded_at", "table": "table_name", "column": "column_name"}
_MANIFEST = "content"  # of the published files of the first version; without one all is published again
# a service's delivery was named "<feed> <day or now> asked <time, UTC>"
_ASKED_DAY = r"^\S+ (\d{4}-\d{2}-\d{2}) asked \S+Z$"
_ASKED_AT = r"^\S+ (?:\d{4}-\d{2}-\d{2}|now) asked (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+)Z$"
_ASKING = r" asked \d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z"
_SHA256 = r"^[0-9a-f]{64}$"


def is_old(home: Home) -> bool:
    """Whether a table of the ledger or a published file is of an earlier version. Raises BusyError."""
    if any(_is_old_table(home.ledger(name)) for name in TABLES):
        return True
    return any(_old_tables(path) for path in _published_files(home))


def migrate(home: Home) -> None:
    """Bring ledger and published files to the columns of today. No row, value or version changes."""
    for name in TABLES:
        files = home.ledger(name)
        if _is_old_table(files):
            _migrate_table(files)
            failpoint(f"migrate.ledger_{name}")
    with folder.locked(home):  # nobody publishes meanwhile, and what a killed migration left there is removed
        for path in _published_files(home):
            if tables := _old_tables(path):
                _migrate_file(home, path, tables)
                failpoint("migrate.file_replaced")


def converted(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Rows of an earlier version in the columns of today."""
    rows = rows.rename({old: new for old, new in RENAMED.items() if old in rows.columns})
    if table == "batch" and "inputs" in rows.columns:
        rows = _split_inputs(rows)
    if table == "attempt" and "asked_at" not in rows.columns:
        delivery = pl.col("delivery")
        rows = rows.with_columns(
            delivery.str.extract(_ASKED_DAY).str.to_date("%Y-%m-%d").alias("asked_day"),
            delivery.str.extract(_ASKED_AT)
            .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", time_zone="UTC")
            .alias("asked_at"),
            # published as a reason: it must not change with the time of asking
            pl.col("detail").str.replace_all(_ASKING, ""),
        )
    if "rows_superseded" in rows.columns:  # by which reason was not kept
        rows = rows.rename({"rows_superseded": "rows_replaced"}).with_columns(
            pl.lit(0, pl.Int64).alias("rows_repeated"), pl.lit(0, pl.Int64).alias("rows_contradicted")
        )
    lacking = [pl.lit(None).alias(name) for name in TABLES[table].schema if name not in rows.columns]
    return rows.with_columns(lacking).select(pl.col(name).cast(dtype) for name, dtype in TABLES[table].schema.items())


def _split_inputs(rows: pl.DataFrame) -> pl.DataFrame:
    """`inputs` held SHA-256 of deliveries, ids of batches, "code:<version>" and "pack:<version>", all in one list."""
    one = pl.element()
    sha, code, pack = one.str.contains(_SHA256), one.str.starts_with("code:"), one.str.starts_with("pack:")
    inputs = pl.col("inputs")
    return rows.with_columns(
        inputs.list.eval(one.filter(sha)).alias("input_deliveries"),
        inputs.list.eval(one.filter(~(sha | code | pack))).alias("input_batches"),
        inputs.list.eval(one.filter(code).str.strip_prefix("code:")).list.first().alias("code_version"),
        inputs.list.eval(one.filter(pack).str.strip_prefix("pack:")).list.first().alias("pack_version"),
    )


def _is_old_table(files: LedgerFiles) -> bool:
    delta = files.table.opened()
    return delta is not None and _columns(delta) != _todays(files.declaration.name)


def _todays(table: str) -> set[str]:
    return set(TABLES[table].schema)


def _columns(delta: DeltaTable) -> set[str]:
    return {field.name for field in delta.schema().fields}


def _migrate_table(files: LedgerFiles) -> None:
    """One file a month in place of all that are live, in one commit."""
    declaration = files.declaration

    def changes(delta: DeltaTable) -> Changes | None:
        if _columns(delta) == _todays(declaration.name):
            return None
        actions = []
        for month, paths in storage.by_month([Path(path) for path in log.paths_of(delta, files.path)]):
            old = [converted(pl.read_parquet(path, glob=False), declaration.name) for path in paths]
            name = storage.write(files.path, pl.concat(old).sort(declaration.order), month)
            rows = sum(frame.height for frame in old)
            actions.append(add_action(name, (files.path / name).stat().st_size, rows))
        return Changes(actions)

    commit_changes(files.table, declaration.schema, changes, after_others=False, replace_table=True)


def _published_files(home: Home) -> list[Path]:
    return [path for path in (*folder.version_files(home).values(), home.published_file) if path.exists()]


def _old_tables(path: Path) -> list[tuple[str, str]]:
    """The ledger tables of a published file that have other columns than today, each with its comment.

    None of a damaged file: it is left as it is, and refused where it is used. Raises BusyError.
    """
    with connect.connect() as con:
        try:
            connect.attach(con, path, "old")
        except connect.BusyError:
            raise
        except connect.UnreadableError:
            return []
        tables = con.execute(
            "SELECT table_name, any_value(t.comment), list(column_name) FROM duckdb_columns() c"
            " JOIN duckdb_tables() t USING (database_name, schema_name, table_name)"
            " WHERE database_name = 'old' AND schema_name = 'ledger' AND list_contains(?, table_name)"
            " GROUP BY table_name ORDER BY table_name",
            [list(TABLES)],
        ).fetchall()
        return [(table, comment) for table, comment, columns in tables if set(columns) != _todays(table)]


def _migrate_file(home: Home, path: Path, tables: list[tuple[str, str]]) -> None:
    """A published file, copied, with its tables converted, in the place of the old one. Readers keep what they have."""
    copy = folder.unfinished(home)
    shutil.copyfile(path, copy)
    with connect.connect(copy) as con:
        con.execute("BEGIN")
        con.execute(f"DROP TABLE IF EXISTS ledger.{_MANIFEST}")
        for table, comment in tables:
            spec = ledger_table(table, comment or "A table of the ledger")
            con.register("incoming", converted(con.sql(f"FROM {spec.sql}").pl(), table))
            columns = ", ".join(
                f"CAST({quoted(name)} AS {dtype}) AS {quoted(name)}" for name, dtype in spec.types.items()
            )
            con.execute(f"CREATE OR REPLACE TABLE {spec.sql} AS SELECT {columns} FROM incoming")
            con.unregister("incoming")
            write_comments(con, spec)
        con.execute("COMMIT")
        con.execute("CHECKPOINT")
    copy.chmod(path.stat().st_mode)
    sync(copy)
    failpoint("migrate.file_copied")
    os.replace(copy, path)
    sync(path.parent)
