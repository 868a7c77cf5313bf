"""The connection stays the caller's: transactions, threads, names of tables, and nothing left behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading

import duckdb
import polars as pl

from quality.gx_duckdb import engine, table_suite
from quality.gx_duckdb.check import CheckResult
from quality.gx_duckdb.evaluate import evaluate
from tests.support.checks import not_null, one, positive, query, unique


def test_works_in_an_open_transaction_and_leaves_it_open(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("BEGIN")
    con.execute("UPDATE reading SET pm10 = 1")
    assert one(con, positive()).success  # sees what is not committed
    con.execute("ROLLBACK")  # would raise were the transaction over
    assert one(con, positive()).unexpected_count == 10


def test_an_error_in_the_data_aborts_the_transaction_and_everything_after_it_is_an_error(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """DuckDB has no savepoints. What matters: nothing passes, and the counts before it are kept."""
    con.execute("BEGIN")
    con.execute("CREATE TABLE fresh AS SELECT 1 AS x")
    failing, before, after = evaluate(
        con,
        [
            query("SELECT * FROM {batch} WHERE station::INTEGER > 0"),
            unique("id"),
            not_null(code="Z", table="fresh"),
        ],
    )
    assert "Could not convert" in (failing.error or "")
    assert before.success
    assert "aborted" in (after.error or "")
    con.execute("ROLLBACK")
    assert one(con, unique("id")).success


def test_the_connection_stays_open_and_other_connections_are_not_touched(
    con: duckdb.DuckDBPyConnection,
) -> None:
    other = con.cursor()
    other.execute("BEGIN")
    other.execute("CREATE TABLE theirs AS SELECT 1 AS pm10")
    assert one(con, not_null(table="theirs")).error is not None
    other.execute("COMMIT")
    assert one(con, not_null(table="theirs")).success
    assert con.execute("SELECT count(*) FROM reading").fetchone() == (100,)


def test_nothing_is_written(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    con.execute("BEGIN READ ONLY")
    found = evaluate(
        con,
        [
            not_null(),
            unique("hour", index_columns=("id",)),
            unique("id", "hour", code="K"),
            query("FROM {batch}"),
        ],
    )
    assert [r.error for r in found] == [None] * 4
    con.execute("COMMIT")
    assert {s.split()[0] for s in statements} <= {"SELECT", "FROM", "DESCRIBE"}


def test_temp_tables_views_schemas_and_odd_names(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TEMP TABLE tmp AS SELECT * FROM reading")
    con.execute("CREATE TEMP VIEW peek AS SELECT * FROM tmp WHERE id < 50")
    con.execute("CREATE SCHEMA core; CREATE TABLE core.reading AS SELECT * FROM reading WHERE id < 10")
    con.execute('CREATE TABLE "Odd Table" AS SELECT 1 AS "Select", 2 AS "Größe", NULL AS "a ""b"""')
    tables = ("tmp", "peek", "core.reading", "memory.main.reading")
    found = evaluate(con, [not_null(code=t, table=t) for t in tables])
    assert [(r.element_count, r.unexpected_count) for r in found] == [(100, 5), (50, 5), (10, 5), (100, 5)]
    odd = [not_null(c, code=c, table="Odd Table") for c in ("Select", "Größe", 'a "b"')]
    assert [(r.error, r.success) for r in evaluate(con, odd)] == [(None, True), (None, True), (None, False)]


def test_a_registered_frame_can_be_checked(con: duckdb.DuckDBPyConnection) -> None:
    con.register("frame", pl.DataFrame({"x": [1, 1, 2, None]}))
    assert one(con, unique("x", table="frame")).unexpected_count == 2


def test_works_on_threads_at_the_same_time() -> None:
    found: dict[int, CheckResult] = {}

    def work(n: int) -> None:
        connection = duckdb.connect()
        connection.execute(f"CREATE TABLE reading AS SELECT i AS id, NULL AS pm10 FROM range({n}) r(i)")
        found[n] = one(connection, not_null())
        connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: (r.error, r.unexpected_count) for n, r in found.items()} == {n: (None, n) for n in range(1, 7)}


def test_many_calls_leave_nothing_behind(con: duckdb.DuckDBPyConnection) -> None:
    def left() -> tuple[int, int]:
        gc.collect()
        engines = sum(isinstance(o, engine.DuckDBExecutionEngine) for o in gc.get_objects())
        return engines, len(table_suite.CONTEXT.data_sources.all())

    one(con, unique("id"))
    before = left()
    for _ in range(50):
        one(con, unique("id"))
    assert left() == before


def test_import_is_quiet_and_offline() -> None:
    """In a fresh process: no output, no network, no files, progress bars off, connection closable."""
    program = """
import logging, os, socket, sys
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
def refuse(*args): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
import duckdb
from quality.gx_duckdb import evaluate as g
con = duckdb.connect()
con.execute("CREATE TABLE t AS SELECT NULL AS x")
checks = [g.Check("A", "t", "expect_column_values_to_not_be_null", {"column": "x"}),
          g.Check("B", "t", "expect_column_values_to_match_regex", {"column": "nope", "regex": "x"})]
assert [r.success for r in g.evaluate(con, checks)] == [False, False]
con.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not [line for line in done.stdout.splitlines() if "_docs_decorators" in line or "Traceback" in line]
