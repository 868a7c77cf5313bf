"""Great Expectations on an open DuckDB connection: results, samples and errors."""

from __future__ import annotations

import json

import duckdb
import pytest

from quality.gx_duckdb.evaluate import Check, CheckResult, evaluate
from tests.support.checks import BROKEN, not_null, one, positive, query, unique


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
    assert len(statements) == 2  # the columns, everything else


def test_a_row_condition_keeps_other_rows_out_of_a_check(con: duckdb.DuckDBPyConnection) -> None:
    from great_expectations.expectations.row_conditions import Column

    assert one(con, positive(row_condition=Column("id") >= 15)).success
    assert one(con, positive(row_condition=Column("id") >= 10)).unexpected_count == 5


# --- errors -------------------------------------------------------------------------------------------------


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
    assert len(broken.error or "") < 600
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
