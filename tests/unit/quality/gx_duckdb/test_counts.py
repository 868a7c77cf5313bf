"""Forms of texts: each different text is looked at once where a table repeats few of them, and counts as it did."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.gx_duckdb import counts
from quality.gx_duckdb.check import Check, CheckResult
from tests.support.checks import one

texts = st.lists(st.sampled_from(["a1", "b2", "", "x", "ä", 'q"', "a1\nb2", None]), max_size=30)


def form(con: duckdb.DuckDBPyConnection, regex: str, *, rows: int, repeated: int) -> CheckResult:
    """The result where so many rows, with each text so many times, are enough to look at different texts alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "FIRST_ROWS", rows)
        patch.setattr(counts, "REPEATED", repeated)
        return one(con, Check("F", "t", "expect_column_values_to_match_regex", {"column": "a b", "regex": regex}))


@given(texts, st.sampled_from(["^[a-z][0-9]$", "", "b", "^$"]))
@settings(deadline=None, max_examples=20)
def test_both_ways_find_the_same(values: list[str | None], regex: str):
    with duckdb.connect() as con:
        con.execute('CREATE TABLE t ("a b" VARCHAR, n INTEGER)')
        if values:
            con.executemany("INSERT INTO t VALUES (?, 1)", [[value] for value in values])
        each, different = (
            form(con, regex, rows=1000, repeated=1),
            form(con, regex, rows=min(len(values), 5), repeated=1),
        )
    assert each.error is None
    assert different == each


@pytest.mark.parametrize(("repeated", "grouped"), [(2, True), (9, False)])
def test_many_different_texts_are_not_grouped(
    con: duckdb.DuckDBPyConnection, statements: list[str], repeated: int, grouped: bool
):
    con.execute("CREATE TABLE t AS SELECT 'n' || i % 5 AS \"a b\" FROM range(40) r(i)")
    found = form(con, "^n[0-3]$", rows=20, repeated=repeated)
    assert (found.success, found.element_count, found.unexpected_count) == (False, 40, 8)
    assert any("GROUP BY" in sql for sql in statements) == grouped
