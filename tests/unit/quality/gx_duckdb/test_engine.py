"""Great Expectations on an open DuckDB connection: isolation, transactions, uniqueness."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlalchemy as sa
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.expectations.row_conditions import Column

from quality.gx_duckdb import engine
from quality.gx_duckdb.engine import Check, CheckResult, evaluate


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """reading: 100 rows; pm10 is NULL in 5 rows and negative in 10, station S0..S3, key (station, hour)."""
    connection = duckdb.connect()
    connection.execute(
        """
        CREATE TABLE reading AS
        SELECT i AS id, 'S' || i % 4 AS station, i // 4 AS hour,
            CASE WHEN i < 5 THEN NULL WHEN i < 15 THEN -1.0 ELSE i END::DOUBLE AS pm10
        FROM range(100) r(i)
        """
    )
    yield connection
    connection.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL sent to DuckDB, in order."""
    sent: list[str] = []
    real = engine._relation

    def spy(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
        sent.append(sql)
        return real(con, sql)

    monkeypatch.setattr(engine, "_relation", spy)
    return sent


def not_null(column: str = "pm10", code: str = "NN", table: str = "reading", **more: Any) -> Check:
    return Check(code, table, "expect_column_values_to_not_be_null", {"column": column}, **more)


def positive(code: str = "POS", table: str = "reading", **more: Any) -> Check:
    kwargs = {"column": "pm10", "min_value": 0, **more}
    return Check(code, table, "expect_column_values_to_be_between", kwargs, ("station", "hour"))


def unique(*columns: str, code: str = "KEY", table: str = "reading", **more: Any) -> Check:
    if len(columns) == 1:
        return Check(code, table, "expect_column_values_to_be_unique", {"column": columns[0]}, **more)
    return Check(code, table, "expect_compound_columns_to_be_unique", {"column_list": list(columns)}, **more)


def query(sql: str, code: str = "SQL", table: str = "reading") -> Check:
    return Check(code, table, "unexpected_rows_expectation", {"unexpected_rows_query": sql})


def one(con: duckdb.DuckDBPyConnection, check: Check, **kwargs: Any) -> CheckResult:
    (result,) = evaluate(con, [check], **kwargs)
    return result


# --- results ------------------------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_checks_over_several_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE other AS SELECT 1.0 AS pm10")
    checks = [not_null(code="A"), not_null(code="B", table="other"), unique("id", code="C")]
    found = evaluate(con, checks)
    assert [(r.code, r.success) for r in found] == [("A", False), ("B", True), ("C", True)]
    assert [(r.element_count, r.unexpected_count) for r in found] == [(100, 5), (1, 0), (100, 0)]


def test_no_checks_give_no_results(con: duckdb.DuckDBPyConnection) -> None:
    assert evaluate(con, []) == []


def test_a_code_used_twice_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="unique"):
        evaluate(con, [not_null(), not_null()])


def test_two_equal_expectations_keep_their_codes(con: duckdb.DuckDBPyConnection) -> None:
    found = evaluate(con, [not_null(code="A"), not_null(code="B")])
    assert [(r.code, r.unexpected_count) for r in found] == [("A", 5), ("B", 5)]


def test_mostly_lets_a_rule_succeed_and_still_counts_and_samples(con: duckdb.DuckDBPyConnection) -> None:
    result = one(con, positive(mostly=0.85))
    assert (result.success, result.unexpected_count, len(result.samples)) == (True, 10, 10)
    assert not one(con, positive(mostly=0.95)).success


def test_mostly_is_a_share_of_the_rows_that_are_not_null(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE t AS SELECT CASE WHEN i = 0 THEN -1.0 WHEN i = 1 THEN 1 END AS pm10 FROM range(10) r(i)")
    half = {"column": "pm10", "min_value": 0, "mostly": 0.6}
    assert not one(con, Check("A", "t", "expect_column_values_to_be_between", half)).success


def test_samples_hold_the_column_and_the_index_columns(con: duckdb.DuckDBPyConnection) -> None:
    result = one(con, positive(), samples=3)
    assert len(result.samples) == 3
    assert all(set(row) == {"pm10", "station", "hour"} and row["pm10"] == -1.0 for row in result.samples)
    assert one(con, not_null()).samples == [{"pm10": None}] * 5


def test_no_samples_are_read_where_none_are_wanted_or_nothing_failed(
    con: duckdb.DuckDBPyConnection, statements: list[str]
) -> None:
    evaluate(
        con,
        [not_null("id", code="OK"), unique("id", code="KEY"), query("SELECT * FROM {batch} WHERE id < 0")],
    )
    assert not [s for s in statements if "LIMIT 20" in s]
    assert one(con, positive(), samples=0).samples == []
    assert not [s for s in statements if "LIMIT" in s and "hash" not in s]


def test_counts_and_samples_of_a_pair_of_columns(con: duckdb.DuckDBPyConnection) -> None:
    kwargs = {
        "column_A": "id",
        "column_B": "pm10",
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    result = one(con, Check("P", "reading", "expect_column_pair_values_a_to_be_greater_than_b", kwargs, ("station",)))
    assert (result.success, result.element_count, result.unexpected_count) == (True, 100, 0)
    swapped = kwargs | {"column_A": "pm10", "column_B": "id"}
    result = one(con, Check("P", "reading", "expect_column_pair_values_a_to_be_greater_than_b", swapped, ("station",)))
    assert (result.success, result.unexpected_count) == (False, 10)
    assert set(result.samples[0]) == {"id", "pm10", "station"}


def test_a_users_query_counts_all_rows_and_returns_a_few(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    result = one(con, query("SELECT b.id, 'a:b' AS label FROM {batch} b WHERE b.pm10 < 0"), samples=2)
    assert (result.success, result.unexpected_count, result.observed_value) == (False, 10, 10)
    assert len(result.samples) == 2
    assert set(result.samples[0]) == {"id", "label"}
    assert "LIMIT 2" in statements[-1]


def test_colons_and_percent_signs_in_a_users_query_are_left_alone(con: duckdb.DuckDBPyConnection) -> None:
    result = one(con, query("SELECT id, ' :30%' AS t FROM {batch} WHERE id::VARCHAR LIKE '9%' AND ':x' <> '%s'"))
    assert result.error is None
    assert result.unexpected_count == 11
    assert result.samples[0]["t"] == " :30%"


def test_values_with_quotes_percent_signs_and_colons(con: duckdb.DuckDBPyConnection) -> None:
    odd = ["it's", "50%", "a:b", 'say "x"', "back\\slash", "?"]
    con.execute("CREATE TABLE odd (s VARCHAR)")
    con.executemany("INSERT INTO odd VALUES (?)", [[s] for s in [*odd, "other"]])
    result = one(con, Check("SET", "odd", "expect_column_values_to_be_in_set", {"column": "s", "value_set": odd}))
    assert (result.unexpected_count, result.samples) == (1, [{"s": "other"}])


def test_observed_values_and_samples_are_json(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        CREATE TABLE kinds AS SELECT 1 AS one, DATE '2026-07-01' AS d, TIMESTAMP '2026-07-01 12:00' AS ts,
            1.5::DECIMAL(9, 2) AS n, 'x'::BLOB AS b, [1, 2] AS l, {'a': 1} AS s, uuid() AS u,
            INTERVAL 1 DAY AS i,
            'nan'::DOUBLE AS nan, TIME '10:00' AS t
        """
    )
    result = one(con, query("SELECT * FROM {batch}", table="kinds"))
    (row,) = json.loads(json.dumps(result.samples, allow_nan=False))
    assert (row["d"], row["ts"], row["n"], row["b"]) == ("2026-07-01", "2026-07-01T12:00:00", 1.5, "78")
    assert (row["l"], row["s"], row["nan"], row["t"]) == ([1, 2], {"a": 1}, "nan", "10:00:00")


@pytest.mark.parametrize(("bound", "ok"), [("2026-07-01", True), ("2026-07-01T11:00:00", False)])
def test_a_date_as_bound_of_an_aggregate_is_compared_by_day(
    con: duckdb.DuckDBPyConnection, bound: str, ok: bool
) -> None:
    con.execute("CREATE TABLE f AS SELECT TIMESTAMP '2026-07-01 12:00' AS ts")
    result = one(con, Check("F", "f", "expect_column_max_to_be_between", {"column": "ts", "max_value": bound}))
    assert result.success is ok
    assert result.observed_value == ("2026-07-01" if ok else "2026-07-01T12:00:00")


def test_an_all_null_or_empty_column_passes_row_rules(con: duckdb.DuckDBPyConnection) -> None:
    """As documented: this is why rules are paired with not-null."""
    con.execute("CREATE TABLE nulls AS SELECT NULL::DOUBLE AS pm10 FROM range(3)")
    con.execute("CREATE TABLE empty AS SELECT * FROM nulls WHERE false")
    for table in ("nulls", "empty"):
        between = Check("B", table, "expect_column_values_to_be_between", {"column": "pm10", "min_value": 0})
        assert [r.success for r in evaluate(con, [between, unique("pm10", table=table)])] == [True, True]
    assert not one(con, not_null(table="nulls")).success


def test_a_regex_is_searched_not_matched_in_full(con: duckdb.DuckDBPyConnection) -> None:
    def regex(pattern: str) -> CheckResult:
        kwargs = {"column": "station", "regex": pattern}
        return one(con, Check("R", "reading", "expect_column_values_to_match_regex", kwargs))

    assert regex("S").success
    assert regex(r"^S\d$").success
    assert regex("^S$").unexpected_count == 100


# --- errors -------------------------------------------------------------------------------------------------

BROKEN = {
    "gone column": (not_null("nope", code="X"), "nope"),
    "gone table": (not_null(code="X", table="nowhere"), "nowhere"),
    "gone key column": (unique("id", "nope", code="X"), "nope"),
    "gone index column": (not_null(code="X", index_columns=("nope",)), "nope"),
    "gone table in a query": (query("SELECT * FROM {batch} JOIN nowhere USING (id)", code="X"), "nowhere"),
    "broken SQL": (query("SELEC * FROM {batch}", code="X"), "SELEC"),
    "text where a number is": (
        Check("X", "reading", "expect_column_values_to_match_regex", {"column": "id", "regex": "x"}),
        "regexp_matches",
    ),
    "number where a text is": (
        Check("X", "reading", "expect_column_values_to_be_between", {"column": "station", "min_value": 1}),
        "VARCHAR",
    ),
    "broken regex": (
        Check("X", "reading", "expect_column_values_to_match_regex", {"column": "station", "regex": "("}),
        "missing )",
    ),
    "unknown expectation": (Check("X", "reading", "expect_the_best", {}), "expect_the_best"),
    "unknown argument": (
        Check("X", "reading", "expect_column_values_to_be_unique", {"column": "id", "y": 1}),
        "y",
    ),
    "missing argument": (
        Check("X", "reading", "expect_column_values_to_be_in_set", {"column": "id"}),
        "value_set",
    ),
    "no SQL for it": (
        Check("X", "reading", "expect_column_values_to_be_increasing", {"column": "id"}),
        "No provider found",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_check_is_an_error_and_the_others_still_give_results(
    con: duckdb.DuckDBPyConnection, name: str
) -> None:
    check, words = BROKEN[name]
    good = [
        not_null(code="A"),
        positive(code="B"),
        unique("id", code="C"),
        query("SELECT * FROM {batch}", code="D"),
    ]
    broken, *rest = evaluate(con, [check, *good])
    assert not broken.success
    assert words in (broken.error or "")
    assert len(broken.error or "") < 500
    assert broken.samples == []
    assert [(r.code, r.error, r.unexpected_count) for r in rest] == [
        ("A", None, 5),
        ("B", None, 10),
        ("C", None, 0),
        ("D", None, 100),
    ]


def test_several_broken_aggregates_of_one_select_have_their_own_errors(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def regex(code: str, column: str, pattern: str) -> Check:
        return Check(code, "reading", "expect_column_values_to_match_regex", {"column": column, "regex": pattern})

    checks = [regex("A", "id", "x"), not_null(), regex("B", "pm10", "y"), regex("C", "station", "S")]
    found = evaluate(con, checks)
    assert "regexp_matches(BIGINT" in (found[0].error or "")
    assert "regexp_matches(DOUBLE" in (found[2].error or "")
    assert [r.success for r in found] == [False, False, False, True]
    assert [r.error is None for r in found] == [False, True, False, True]


def test_no_broken_statement_is_run_again_and_again(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    """Stock GX computes a metric that fails three more times, with all others that were ready."""
    evaluate(con, [query("SELECT broken FROM {batch}"), unique("id")])
    assert len([s for s in statements if "broken" in s]) <= 2  # the count, and the sample that depends on it
    assert len([s for s in statements if "hash" in s]) == 1


def test_index_columns_are_checked_even_where_no_row_fails(con: duckdb.DuckDBPyConnection) -> None:
    assert "nope" in (one(con, unique("id", index_columns=("nope",))).error or "")


# --- the caller's connection --------------------------------------------------------------------------------


def test_works_in_an_open_transaction_and_leaves_it_open(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("BEGIN")
    con.execute("UPDATE reading SET pm10 = 1")
    assert one(con, positive()).success  # sees what is not committed
    con.execute("ROLLBACK")  # would raise were the transaction over
    assert one(con, positive()).unexpected_count == 10


@pytest.mark.parametrize(
    "name", [n for n in BROKEN if n != "broken regex"]
)  # a regex is compiled when it runs: that one is an error in the data
def test_a_broken_check_does_not_abort_the_callers_transaction(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute("BEGIN")
    con.execute("DELETE FROM reading WHERE pm10 < 0")
    assert one(con, BROKEN[name][0]).error is not None
    con.execute("COMMIT")
    assert one(con, positive()).success


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


# --- bundling and uniqueness --------------------------------------------------------------------------------


def test_the_aggregates_of_a_table_share_one_select(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    checks = [not_null(c, code=c) for c in ("id", "station", "hour")]
    checks += [
        Check("B", "reading", "expect_column_values_to_be_between", {"column": "id", "min_value": 0}),
        Check(
            "S",
            "reading",
            "expect_column_values_to_be_in_set",
            {"column": "hour", "value_set": list(range(25))},
        ),
        Check("M", "reading", "expect_column_max_to_be_between", {"column": "id", "max_value": 99}),
    ]
    assert all(r.success for r in evaluate(con, checks))
    assert len([s for s in statements if "sum(CASE" in s]) == 1
    assert len(statements) == 3  # the columns, the row count, everything else


DUPLICATES = [
    # (rows of (a, b), rows whose key occurs more than once)
    ([(1, 1), (1, 2), (2, 1)], 0),
    ([(1, 1), (1, 1), (2, 1)], 2),
    ([(1, 1), (1, 1), (1, 1), (2, 2), (2, 2), (3, 3)], 5),
    ([(None, 1), (None, 1), (1, None), (1, None)], 0),  # NULL is equal to nothing
    ([(None, None), (None, None), (1, 1), (1, 1)], 2),
    ([], 0),
]


@pytest.mark.parametrize(("rows", "repeated"), DUPLICATES)
@pytest.mark.parametrize("collide", [False, True], ids=["hashed", "every hash collides"])
def test_compound_uniqueness_counts_rows_of_repeated_keys(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rows: Any, repeated: int, collide: bool
) -> None:
    if collide:
        monkeypatch.setattr(engine, "_key_hash", lambda columns: sa.literal_column("42::UBIGINT"))
    con.execute("CREATE TABLE k (a INTEGER, b INTEGER)")
    if rows:
        con.executemany("INSERT INTO k VALUES (?, ?)", rows)
    result = one(con, unique("a", "b", table="k"))
    assert (result.error, result.unexpected_count) == (None, repeated)
    assert result.success == (repeated == 0)
    assert len(result.samples) == repeated


@pytest.mark.parametrize("collide", [False, True], ids=["hashed", "every hash collides"])
def test_uniqueness_of_one_column(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, collide: bool
) -> None:
    if collide:
        monkeypatch.setattr(engine, "_key_hash", lambda columns: sa.literal_column("42::UBIGINT"))
    con.execute("CREATE TABLE k AS SELECT unnest([3, 2, 1, 3, 2, 3, NULL, NULL]) AS a, 'n' AS note")
    result = one(con, unique("a", table="k", index_columns=("note",)))
    assert (result.element_count, result.unexpected_count, result.success) == (8, 5, False)
    assert result.samples == [{"a": 2, "note": "n"}] * 2 + [{"a": 3, "note": "n"}] * 3
    lenient = Check("M", "k", "expect_column_values_to_be_unique", {"column": "a", "mostly": 1 / 6})
    assert one(con, lenient).success  # one of six values that are not null occurs once


def test_a_clean_key_costs_one_scan_and_a_dirty_one_looks_only_at_suspicious_hashes(
    con: duckdb.DuckDBPyConnection, statements: list[str]
) -> None:
    assert one(con, unique("station", "hour")).success
    assert not [s for s in statements if "GROUP BY" in s]
    assert len([s for s in statements if s.startswith("SELECT hash")]) == 1
    statements.clear()
    con.execute("INSERT INTO reading SELECT * FROM reading WHERE id = 7")
    result = one(con, unique("station", "hour", index_columns=("id",)))
    assert result.samples == [{"id": 7, "station": "S3", "hour": 1}] * 2
    assert len([s for s in statements if s.startswith("SELECT hash")]) == 1  # the samples use the same
    exact = [s for s in statements if "GROUP BY" in s and '"n"' in s]
    assert exact
    assert all("hash(" in s and "IN (" in s for s in exact)


@pytest.mark.parametrize("key", ["at", "name"])
@pytest.mark.parametrize("rows", [1, 5, 60, 61, 200])
def test_large_tables_are_looked_at_part_by_part(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, statements: list[str], rows: int, key: str
) -> None:
    """By ranges of a time in the key, or by the hash: equal keys always lie in one part."""
    monkeypatch.setattr(engine, "_AT_ONCE", 60)
    con.execute(
        "CREATE TABLE k AS SELECT i % 7 AS sensor, TIMESTAMP '2026-07-01' + to_seconds(i * 3601) AS at,"
        f" 'n' || i AS name FROM range({rows}) r(i)"
    )
    assert one(con, unique("sensor", key, table="k")).success
    assert len([s for s in statements if s.startswith("SELECT hash")]) == -(-rows // 60)
    assert ("TIMESTAMP" in "".join(statements)) == (key == "at" and rows > 60)
    con.execute(f"INSERT INTO k SELECT * FROM k WHERE name IN ('n0', 'n{rows - 1}', 'n59', 'n60')")
    again = len({0, rows - 1, *(n for n in (59, 60) if n < rows)})
    assert one(con, unique("sensor", key, table="k")).unexpected_count == 2 * again


def test_with_very_many_repeated_keys_the_exact_query_runs_alone(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    monkeypatch.setattr(engine, "_MAX_SUSPECTS", 3)
    assert one(con, unique("hour")).unexpected_count == 100
    assert all("IN (" not in s for s in statements if '"n"' in s and "sum" in s)


def test_uniqueness_of_the_rows_a_condition_keeps(con: duckdb.DuckDBPyConnection) -> None:
    kwargs = {
        "column_list": ["station", "hour"],
        "row_condition": Column("id") < 4,
    }
    con.execute("INSERT INTO reading SELECT * FROM reading WHERE id IN (2, 50)")
    result = one(con, Check("K", "reading", "expect_compound_columns_to_be_unique", kwargs))
    assert result.unexpected_count == 2


# --- the process --------------------------------------------------------------------------------------------


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


def test_an_expectation_makes_its_configuration_once_and_a_copy_has_its_own() -> None:
    kwargs = {"column": "pm10", "min_value": 0, "mostly": 0.9}
    config = engine._Configuration("expect_column_values_to_be_between", kwargs, {"code": "A"})
    expectation = config.to_domain_obj()
    assert expectation.configuration is expectation.configuration
    assert expectation.configuration.to_domain_obj() is expectation
    assert expectation.configuration.to_json_dict() == config.to_json_dict()
    copied = copy.deepcopy(expectation.configuration)
    copied.kwargs["min_value"] = 5
    assert (copied.to_domain_obj().min_value, expectation.min_value) == (5, 0)
    assert get_expectation_impl(config.type).__module__.startswith("great_expectations.")  # GX's own stays registered


def test_many_calls_leave_nothing_behind(con: duckdb.DuckDBPyConnection) -> None:
    import gc

    def left() -> tuple[int, int]:
        gc.collect()
        engines = sum(isinstance(o, engine.DuckDBExecutionEngine) for o in gc.get_objects())
        return engines, len(engine._CONTEXT.data_sources.all())

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
from quality.gx_duckdb import engine as g
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


def test_ids_of_metrics_are_those_of_great_expectations():
    """The conversion is left out only where it would change nothing."""
    import numpy as np
    from great_expectations.core import id_dict
    from great_expectations.util import convert_to_json_serializable

    numbers = {"a": np.int64(3), "b": {"c": np.float64("nan")}}
    for data in ({"a": 1, "b": "x", "c": [1, None, True]}, {"a": 1.5}, numbers):
        found = id_dict.convert_to_json_serializable(data=data)
        assert str(found) == str(convert_to_json_serializable(data=data))
