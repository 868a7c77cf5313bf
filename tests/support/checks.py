"""Checks of Great Expectations on the table `reading` of the tests, written short."""

from __future__ import annotations

from typing import Any

import duckdb

from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate


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


# check, and words of its error
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
