"""The published file: built aside, audited, put in place by one os.replace, remembered in the ledger.

Which tables are published and whether they are fit is not decided here: the caller brings the tables and
the audit. Reading is in reader.py; versions, records and the way back are in history.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from glob import escape
from pathlib import Path

import duckdb
import polars as pl

from warehouse import history, reader
from warehouse.dictionary import SCHEMAS, write_comments
from warehouse.history import KEY, Publication
from warehouse.home import Home
from warehouse.lake import DAY
from warehouse.reader import literal, quoted

__all__ = ["STEPS", "Publication", "PublishError", "Table", "publish"]

# A row of metric.value keeps its run and time for as long as none of these changes.
COMPARED = ("value", "unit", "n", "completeness", "status", "reason", "target", "source", "batch_ids")
STAMP = {"run_id": "VARCHAR", "published_at": "TIMESTAMP WITH TIME ZONE"}
_TEXTS = ("city", "area", "area_level", "metric", "period", "unit", "status", "reason", "source")
VALUE = {
    **dict.fromkeys(_TEXTS, "VARCHAR"), **dict.fromkeys(("value", "completeness", "target"), "DOUBLE"),
    **STAMP, "period_start": "DATE", "batch_ids": "VARCHAR[]", "n": "BIGINT",
}  # fmt: skip
OWN = ("metric.history", "ledger.publication")  # written here, never taken from the caller
_CONTENT = [schema for schema in SCHEMAS if schema != "ledger"]
UNHASHED = (*STAMP, "at")  # these differ from run to run, whatever they stand beside
# Where at_step is called, in order. A process killed at any of them leaves nothing the next cannot mend.
STEPS = (
    "locked", "settled", "filled", "compared", "built", "audited", "synced", "kept", "swapped",
    "folder_synced", "values_recorded", "publication_recorded", "pruned",
)  # fmt: skip


class PublishError(ValueError):
    """The tables cannot be published as they are. Nothing was changed."""


@dataclass(frozen=True)
class Table:
    """One table of the published file: a frame becomes a table, Parquet files become a view over them.

    `columns` (name -> comment) must be the data's columns exactly. Files lie as
    `.../day=YYYY-MM-DD/<file>.parquet` and do not hold `day`; none at all make an empty table.
    `dtypes` are DuckDB types: casts, needed for columns that no file has and for those without a type.
    """

    schema: str
    name: str
    description: str
    columns: Mapping[str, str]
    data: pl.DataFrame | Sequence[Path]
    dtypes: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def publish(
    home: Home,
    tables: Sequence[Table],
    *,
    run_id: str,
    audit: Callable[[Path], None] = lambda _path: None,
    at_step: Callable[[str], None] = lambda _step: None,
    keep_versions: int = 30,
) -> Publication:
    """Publish `tables` as the next version, unless what is published holds the same already.

    Same means: equal rows, columns, types and comments of everything but the ledger, whatever the run
    and the time. Then there is no new version. If only the tables of the ledger differ, the file is
    refreshed under the version it has, so that it can explain the runs since; that is no publication
    and no row of ledger.publication. If these are equal too, nothing is audited and nothing is written.

    run_id and published_at of metric.value and metric.latest are filled in here, whatever they hold.
    `audit` gets the finished file and raises to refuse it: its error passes through and nothing has
    changed. Raises PublishError for tables that do not fit, UnreadableError for a damaged published
    file. One process publishes at a time, the others wait; readers notice nothing.
    """
    if keep_versions < 1:
        raise ValueError("keep_versions must be at least 1: the live version is always kept")
    _check(tables)
    with history.locked(home):
        at_step("locked")
        history.settle(home)
        past = history.past_publications(home)
        last = past[-1]["version"] if past else 0
        for number, path in history.version_files(home).items():
            if number > last:  # its process died between keeping it and the swap: it was never published
                path.unlink()
        at_step("settled")
        live = home.published_file.exists()
        file = history.part(home)
        # Connected to the file itself: what is made through ATTACH may remember the name it was attached by.
        with reader.connect(file) as con:
            if live:
                history.attach_live(con, home, "live")
            now = datetime.now(UTC)
            for schema in SCHEMAS:
                con.execute(f"CREATE SCHEMA {schema}")
            for table in sorted(tables, key=lambda table: str(table) != "metric.value"):
                try:
                    _fill(con, table, live, run_id, now)
                except (duckdb.Error, pl.exceptions.PolarsError) as error:
                    raise PublishError(f"{table} cannot be written: {error}") from error
                write_comments(con, table.schema, table.name, table.description, table.columns)
            at_step("filled")
            content = reader.fingerprint(con, _CONTENT, OWN, unhashed=UNHASHED)
            changed = not live or past[-1]["content_hash"] != content
            if not changed:
                ledgers = {reader.fingerprint(con, ["ledger"], OWN, catalog=c) for c in (None, "live")}
                if len(ledgers) == 1:
                    return Publication.of(home, past[-1], changed=False)
            at_step("compared")
            history.load_records(con, home)
            if changed:
                number = last + 1
                counted = history.record_changes(con, "FROM marked WHERE NOT same", number, now)
                past.append(
                    {"version": number, "action": "publish", "restored": None, "content_hash": content}
                    | {"values_total": _count(con, "metric.value"), "values_changed": counted}
                    | {"run_id": run_id, "at": now}
                )
            history.write_own_tables(con, past)
            if live:
                con.execute("DETACH live")
            con.execute("CHECKPOINT")
        at_step("built")
        audit(file)
        at_step("audited")
        history.install(home, file, past[-1]["version"], at_step)
        history.settle(home, at_step)
        history.prune(home, keep_versions)
        at_step("pruned")
        return Publication.of(home, past[-1], changed=changed)


def _check(tables: Sequence[Table]) -> None:
    """Everything that can be refused without touching anything."""
    names = Counter(str(table).lower() for table in tables)  # DuckDB takes Value and value for one name
    if twice := [name for name, count in names.items() if count > 1]:
        raise PublishError(f"given twice: {', '.join(twice)}")
    value = next((table for table in tables if str(table) == "metric.value"), None)
    if value is None:
        raise PublishError("metric.value is missing: there is nothing to publish without it")
    for table in tables:
        if table.schema not in SCHEMAS:
            raise PublishError(f"{table}: unknown schema; there are {', '.join(SCHEMAS)}")
        if str(table) in OWN:
            raise PublishError(f"{table} is written by publish itself")
        if not table.description.strip() or not all(comment.strip() for comment in table.columns.values()):
            raise PublishError(f"{table}: the table and each column need a comment")
        if isinstance(table.data, pl.DataFrame):
            found = set(table.data.columns)
        elif isinstance(table.data, Sequence):
            found = {name for path in table.data for name in _file_schema(table, path)} | {DAY}
            found |= set(table.columns) & set(table.dtypes or {})  # of a newer contract than any file: null
        else:
            raise PublishError(f"{table}: data is a {type(table.data).__name__}, not a DataFrame or files")
        _same_columns(table, "its data", found)
    _same_columns(value, "what metric.value is", VALUE)
    for table in tables:
        if str(table) not in ("metric.value", "metric.latest"):
            continue
        if not isinstance(table.data, pl.DataFrame) or table.data.schema.get("period_start") != pl.Date:
            raise PublishError(f"{table} must be a frame with a period_start of type Date")
        if lacking := [name for name in (*KEY, *STAMP) if name not in table.columns]:
            raise PublishError(f"{table} lacks {', '.join(lacking)}")
        if table.data.select(pl.any_horizontal(pl.col(KEY).is_null()).any()).item():
            raise PublishError(f"{table}: {', '.join(KEY)} are its key and must not be null")
        if (doubled := table.data.filter(pl.struct(KEY).is_duplicated())).height:
            raise PublishError(f"{table}: two rows of the key {doubled.select(KEY).row(0)}")


def _same_columns(table: Table, where: str, found: Iterable[str]) -> None:
    undeclared, absent = sorted(set(found) - set(table.columns)), sorted(set(table.columns) - set(found))
    if undeclared or absent:
        raise PublishError(
            f"{table}: the columns declared are not those of {where}"
            + (f"; not declared: {', '.join(undeclared)}" if undeclared else "")
            + (f"; declared but not there: {', '.join(absent)}" if absent else "")
        )


def _file_schema(table: Table, path: Path) -> dict[str, pl.DataType]:
    try:
        date.fromisoformat(path.parent.name.removeprefix(f"{DAY}="))
        with path.open("rb") as file:  # by its name Polars would take a [ in the path for a pattern
            return dict(pl.read_parquet_schema(file))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise PublishError(f"{table}: {path} is not a Parquet file under {DAY}=YYYY-MM-DD: {error}") from error


def _fill(con: duckdb.DuckDBPyConnection, table: Table, live: bool, run_id: str, now: datetime) -> None:
    keys = ", ".join(KEY)
    if not isinstance(table.data, pl.DataFrame):
        _fill_from_files(con, table, table.data)
    elif str(table) == "metric.value":
        _load(con, table, "staged", table.data, VALUE | dict(table.dtypes or {}))
        con.execute(f"CREATE TEMP TABLE previous AS FROM {'live.metric.value' if live else 'staged LIMIT 0'}")
        types = {name: dtype for name, dtype, *_ in con.execute("DESCRIBE staged").fetchall()}
        same = " AND ".join(
            # a column may have changed its type since: what cannot be cast is a change
            f"n.{name} IS NOT DISTINCT FROM TRY_CAST(p.{name} AS {types[name]})" for name in COMPARED
        )  # fmt: skip
        con.execute(f"""
            CREATE TEMP TABLE marked AS
            SELECT n.*, p.run_id AS run_before, p.published_at AS published_before,
                p.city IS NOT NULL AND {same} AS same
            FROM staged n LEFT JOIN previous p USING ({keys})""")
        con.execute("CREATE TABLE metric.value AS FROM staged LIMIT 0")
        con.execute(
            f"""INSERT INTO metric.value BY NAME
            SELECT * EXCLUDE (same, run_before, published_before) REPLACE (
                CASE WHEN same THEN run_before ELSE ? END AS run_id,
                CASE WHEN same THEN published_before ELSE ?::TIMESTAMPTZ END AS published_at)
            FROM marked ORDER BY {keys}""",
            [run_id, now],
        )
    elif str(table) == "metric.latest":
        _load(con, table, "latest", table.data, STAMP | dict(table.dtypes or {}))
        if _count(con, f"latest ANTI JOIN metric.value USING ({keys})"):
            raise PublishError(f"{table} has rows whose key is not in metric.value")
        con.execute(f"""
            CREATE TABLE metric.latest AS
            SELECT l.* REPLACE (v.run_id AS run_id, v.published_at AS published_at)
            FROM latest l JOIN metric.value v USING ({keys}) ORDER BY {keys}""")
    else:
        _load(con, table, table.sql, table.data, table.dtypes or {})


def _load(
    con: duckdb.DuckDBPyConnection, table: Table, target: str, frame: pl.DataFrame, dtypes: Mapping[str, str]
) -> None:
    """A table (a temporary one if it is in no schema), by column name, in the order of the comments."""
    # DuckDB cannot read Int128 (the sum of UInt64 and Int64), JDBC tools stumble over unsigned columns.
    whole = [name for name, dtype in frame.schema.items() if dtype.is_unsigned_integer() or dtype == pl.Int128]
    con.register("incoming", frame.with_columns(pl.col(whole).cast(pl.Int64)))
    types: dict[str, str] = {}
    for name, found, *_ in con.execute("DESCRIBE FROM incoming").fetchall():
        # Polars' Time arrives as TIME_NS, which storage v1.0.0 does not have
        types[name] = dtypes.get(name, "TIME" if found == "TIME_NS" else found)
        if '"NULL"' in types[name]:
            raise PublishError(f"{table}.{name} holds nothing but null, so its type is unknown: give dtypes")
        if "INTERVAL" in types[name]:
            raise PublishError(f"{table}.{name} is a duration, which Polars cannot read back: give a number")
    definition = ", ".join(f"{quoted(c)} {types[c]}" for c in table.columns)
    con.execute(f"CREATE {'' if '.' in target else 'TEMP '}TABLE {target} ({definition})")
    casts = ", ".join(f"CAST({quoted(c)} AS {types[c]}) AS {quoted(c)}" for c in table.columns)
    con.execute(f"INSERT INTO {target} BY NAME SELECT {casts} FROM incoming")
    con.unregister("incoming")


def _fill_from_files(con: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]) -> None:
    """A view over exactly these files, or an empty table."""
    dtypes = {DAY: "DATE", **(table.dtypes or {})}
    if not files:
        con.execute(f"CREATE TABLE {table.sql} ({', '.join(f'{quoted(c)} {dtypes[c]}' for c in table.columns)})")
        return
    schemas = [_file_schema(table, path) for path in files]
    there = {DAY}.union(*schemas)
    sources = {c: quoted(c) if c in there else "NULL" for c in table.columns}
    columns = ", ".join(
        f"{f'CAST({source} AS {dtypes[c]})' if c in dtypes else source} AS {quoted(c)}" for c, source in sources.items()
    )
    # the analyst's tool may run in any folder, and a [ in the path would be a pattern
    paths = ", ".join(literal(escape(str(path.absolute()))) for path in sorted(files))
    # Looking into every file when the view is bound is needed only where an older contract wrote some.
    alike = all(schema == schemas[0] for schema in schemas)
    con.execute(
        f"CREATE VIEW {table.sql} AS SELECT {columns} FROM read_parquet([{paths}], hive_partitioning = true,"
        f" hive_types = {{'{DAY}': DATE}}{'' if alike else ', union_by_name = true'})"
    )


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
