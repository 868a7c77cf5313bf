"""`madang sql`: a query on the published file, for people, as JSON or as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import duckdb
import typer

from pipelines.cli.json_text import Written
from pipelines.cli.listing import Listing, form_of, print_listing
from pipelines.cli.options import CsvOption, HomeOption, JsonOption, Stop, settings_of
from pipelines.cli.output import is_read

_QUERY = duckdb.StatementType.SELECT.name
# Words in the names of operators and functions that do not only read.
_WRITING = {
    *("COPY", "INSERT", "DELETE", "UPDATE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "EXPORT", "IMPORT"),
    *("EXECUTE", "RESOURCE", "ENABLE", "DISABLE", "CHECKPOINT", "EXTENSION", "ATTACH", "VACUUM", "REGISTER"),
}
READS = "SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW or SUMMARIZE"
_TABLES = 'madang sql "SELECT schema, name FROM (SHOW ALL TABLES)"'
AT_A_TIME = 2_000  # rows in memory
# Python has no months apart from days, no nanoseconds and no infinite day: DuckDB itself writes values of these types.
_TIMES = re.compile(r"\b(?:INTERVAL|DATE|TIME|TIMESTAMP\w*)\b")
_NESTED = re.compile(r"^(?:STRUCT|MAP|UNION)\b|\]$")


def sql(
    query: Annotated[str, typer.Argument(help="One query on the published file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Query the published DuckDB file. It is opened read-only and locked, and never blocks the nightly run."""
    from warehouse.published import connect

    form = form_of(as_json, as_csv)
    with connect.open_published(settings_of(home).home) as con:
        try:
            names, rows = _answer(con, query)
            print_listing(Listing(names, rows), form)
        except duckdb.Error as error:
            raise Stop(_what_is_wrong(con, error), 1) from error


def _what_is_wrong(con: duckdb.DuckDBPyConnection, error: duckdb.Error) -> str:
    """What DuckDB says, with the names that may be meant: those of the feed before those that look alike."""
    said = str(error).splitlines()
    if lacking := re.search(r"Table with name (\w+) does not exist", said[0]):
        of_feed = "SELECT DISTINCT table_name FROM duckdb_columns() WHERE ends_with(table_name, ?) ORDER BY ALL"
        found = [name for (name,) in con.execute(of_feed, [f"_{lacking[1]}"]).fetchall()]
        said = [said[0], f"Did you mean {', '.join(found)}"] if found else said
    names = [line.rstrip("?") for line in said[1:] if line.startswith(("Did you mean", "Candidate"))]
    where = f"; `{_TABLES}` lists all tables" if isinstance(error, duckdb.CatalogException) else ""
    return "; ".join([said[0].rstrip("!"), *names]) + where


def _answer(con: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Names of the columns, and the rows as they come. Raises Stop for anything but one query that reads.

    The connection lets the files behind the views be opened, and DuckDB would also write them: by COPY, by EXPLAIN
    ANALYZE or PIVOT around it, by COPY in a WITH clause, and by SQL that is given as JSON. So what is asked must be
    parsed as a query, and it must be possible as a subquery, in which no WITH may write, with a plan that only reads.
    """
    statements = con.extract_statements(query)
    if len(statements) != 1:
        raise Stop(f"one query is answered at a time, and these are {len(statements)} statements", 1)
    kind = _kind(statements[0])
    if kind != _QUERY:
        hint = "; give PIVOT its values: ON column IN (...)" if kind.startswith("MULTI") else ""
        raise Stop(f"only queries are answered ({READS}), and this is {kind}{hint}", 1)
    if writing := _operators(con, statements[0].query) & _WRITING:
        raise Stop(f"only queries are answered ({READS}), and this would do more: {', '.join(sorted(writing))}", 1)
    relation = con.sql(statements[0])
    types = [str(dtype) for dtype in relation.types]
    con.execute(relation.project(", ".join(_exactly(n, dtype) for n, dtype in enumerate(types, 1))).sql_query())
    return _distinct(relation.columns), _fetched(con, [_written(dtype) for dtype in types])


def _operators(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The words in the names of all operators of the plan of a query, as a subquery. Nothing is run."""
    inner = f"FROM (\n{query.strip().rstrip(';')}\n)"
    try:
        whole = [_kind(statement) for statement in con.extract_statements(inner)] == [_QUERY]
    except duckdb.ParserException:
        whole = False
    if not whole:
        raise Stop("leave out what stands behind the semicolon: one query is answered at a time", 1)
    waiting = json.loads(con.execute(f"EXPLAIN (FORMAT json) {inner}").fetchall()[0][1])
    words: set[str] = set()
    while waiting:
        operator = waiting.pop()
        words |= set(operator["name"].strip().upper().split("_"))
        waiting += operator.get("children", [])
    return words


def _kind(statement: Any) -> str:
    """The type of a parsed statement: a kind that DuckDB's Python does not know is no query."""
    try:
        return statement.type.name
    except ValueError:
        return "another statement"


def _exactly(place: int, dtype: str) -> str:
    """A column of the answer as Python can hold it without loss."""
    if _TIMES.search(dtype) and _NESTED.search(dtype):
        return f"CAST(to_json(#{place}) AS VARCHAR) AS c{place}"
    if _TIMES.search(dtype) or dtype == "FLOAT":
        return f"CAST(#{place} AS VARCHAR) AS c{place}"
    return f"#{place} AS c{place}"


def _written(dtype: str) -> bool:
    """Whether DuckDB wrote the values of this type as JSON: those of 32 bits, and lists of times."""
    return dtype == "FLOAT" or bool(_TIMES.search(dtype) and _NESTED.search(dtype))


def _fetched(con: duckdb.DuckDBPyConnection, written: Sequence[bool]) -> Iterator[Sequence[Any]]:
    while is_read() and (rows := con.fetchmany(AT_A_TIME)):
        if not any(written):
            yield from rows
            continue
        for row in rows:
            yield [Written(v) if is_json and v is not None else v for v, is_json in zip(row, written, strict=True)]


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, a second one of the same name with a number: a JSON object has each key once."""
    found: list[str] = []
    for name in names:
        number, own = 1, name
        while own in found:
            own, number = f"{name}_{number}", number + 1
        found.append(own)
    return found
