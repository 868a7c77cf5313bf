"""The adapter finds what Great Expectations finds on pandas: same success, same number of unexpected rows.

GX on pandas shares no code with the adapter. Where the two differ by design (NULL in a compound key) the
difference is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.gx_duckdb.check import Check
from quality.gx_duckdb.evaluate import evaluate

Rule = tuple[str, dict[str, Any]]

# Every third to tenth value of a column is wrong, missing or repeated; the key has no NULL.
DIRTY = """
SELECT i // 4 AS hour, CASE WHEN random() < 0.03 THEN 0 ELSE i % 4 END AS station,
    CASE WHEN random() < 0.1 THEN NULL ELSE random() * 120 - 10 END AS pm10,
    CASE WHEN random() < 0.1 THEN NULL ELSE random() * 60 - 5 END AS pm25,
    CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.2 THEN 'kaputt' ELSE 'S-' || (i % 100) END AS code,
    ['ok', 'ok', 'ok', 'low', 'bad', NULL][1 + (random() * 6)::INTEGER % 6] AS status,
    TIMESTAMP '2026-07-01' + to_minutes((random() * 3000)::INTEGER) AS ts,
    (random() * 3)::INTEGER AS x, (random() * 3)::INTEGER AS y
FROM range(400) r(i)
"""


def column(name: str, expectation: str, /, **kwargs: Any) -> Rule:
    return f"expect_column_{expectation}", {"column": name, **kwargs}


PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
RULES: list[Rule] = [
    column("pm10", "values_to_not_be_null"),
    column("pm10", "values_to_not_be_null", mostly=0.8),
    column("pm10", "values_to_be_between", min_value=0, max_value=100),
    column("pm10", "values_to_be_between", min_value=0, mostly=0.9),
    column("pm10", "values_to_be_between", min_value=0, strict_min=True),
    column("ts", "values_to_be_between", min_value="2026-07-01T06:00:00", max_value="2026-07-02T12:00:00"),
    column("status", "values_to_be_in_set", value_set=["ok", "low"]),
    column("status", "values_to_not_be_in_set", value_set=["bad"]),
    column("station", "values_to_be_in_set", value_set=[0, 1, 2]),
    column("code", "values_to_match_regex", regex=r"^S-\d+$"),
    column("code", "values_to_match_regex", regex=r"\d\d"),
    column("code", "values_to_not_match_regex", regex="kap"),
    column("code", "values_to_be_unique"),
    column("hour", "values_to_be_unique", mostly=0.5),
    column("code", "value_lengths_to_be_between", min_value=4, max_value=5),
    ("expect_compound_columns_to_be_unique", {"column_list": ["station", "hour"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["station", "hour", "ts"]}),
    (PAIR, {"column_A": "pm10", "column_B": "pm25", "ignore_row_if": "either_value_is_missing"}),
    (PAIR, {"column_A": "x", "column_B": "y", "or_equal": True}),
    (PAIR, {"column_A": "x", "column_B": "y", "mostly": 0.2}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["x", "y"], "sum_total": 3}),
    ("expect_table_row_count_to_be_between", {"min_value": 400, "max_value": 400}),
    ("expect_table_row_count_to_be_between", {"min_value": 401}),
    ("expect_table_columns_to_match_set", {"column_set": ["hour", "ts"], "exact_match": False}),
    ("expect_table_columns_to_match_set", {"column_set": ["hour", "ts"]}),
    column("ts", "to_exist"),
    column("gone", "to_exist"),
    column("pm10", "mean_to_be_between", min_value=40, max_value=60),
    column("pm10", "mean_to_be_between", max_value=1),
    column("x", "sum_to_be_between", min_value=1, max_value=10_000),
    column("x", "sum_to_be_between", max_value=1),
    column("pm10", "min_to_be_between", min_value=0),
    column("pm10", "max_to_be_between", min_value=100, max_value=120),
    column("ts", "max_to_be_between", min_value="2026-07-02T00:00:00"),
    column("status", "unique_value_count_to_be_between", min_value=3, max_value=3),
    column("status", "unique_value_count_to_be_between", min_value=4),
]


def on_pandas(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[tuple[bool, int | None, Any]]:
    """(success, unexpected_count, observed value) by GX's own pandas engine."""
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    suite = gx.ExpectationSuite(
        "s",
        [ExpectationConfiguration(type=t, kwargs=k, meta={"n": n}).to_domain_obj() for n, (t, k) in enumerate(rules)],
    )
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    found = batch.get_batch({"dataframe": frame}).validate(suite, result_format="BASIC").results
    by_rule = {r.expectation_config.meta["n"]: r for r in found}
    for n, result in by_rule.items():
        assert not result.exception_info.get("raised_exception"), (rules[n], result.exception_info)
    return [
        (bool(r.success), r.result.get("unexpected_count"), r.result.get("observed_value"))
        for _, r in sorted(by_rule.items())
    ]


def on_duckdb(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> list[tuple[bool, int | None, Any]]:
    found = evaluate(con, [Check(str(n), "t", *rule) for n, rule in enumerate(rules)])
    assert [r.error for r in found] == [None] * len(rules)
    return [(r.success, r.unexpected_count, r.observed_value) for r in found]


def table(frame: pd.DataFrame | str) -> tuple[duckdb.DuckDBPyConnection, pd.DataFrame]:
    """The rows as table t and as the pandas frame of that table, so both sides read the same."""
    con = duckdb.connect()
    if isinstance(frame, str):
        con.execute(f"CREATE TABLE t AS {frame}")
    else:
        con.register("frame", frame)
        con.execute("CREATE TABLE t AS FROM frame")
    return con, con.sql("FROM t").df()


@pytest.mark.parametrize("seed", [0.1, 0.7])
def test_dirty_rows_give_the_same_success_and_count(seed: float) -> None:
    con = duckdb.connect()
    con.execute(f"SELECT setseed({seed})")
    con.execute(f"CREATE TABLE t AS {DIRTY}")
    ours, theirs = on_duckdb(con, RULES), on_pandas(con.sql("FROM t").df(), RULES)
    con.close()
    for rule, mine, reference in zip(RULES, ours, theirs, strict=True):
        assert mine[:2] == reference[:2], rule
        if isinstance(reference[2], int | float):
            assert mine[2] == pytest.approx(reference[2]), rule
    # The data must be dirty enough to tell: both outcomes, and many counts that are neither 0 nor all.
    assert {r[0] for r in ours} == {True, False}
    assert sum(0 < (r[1] or 0) < 400 for r in ours) >= 15


NAMES = st.one_of(st.none(), st.sampled_from(["", "a", "A", "b", "it's", "50%", "ä", "a b"]))
# Multiples of 1/8 survive both engines' arithmetic, so a bound is met exactly or not at all.
NUMBERS = st.one_of(st.none(), st.integers(-80, 80).map(lambda n: n / 8))


@settings(derandomize=True, max_examples=8, database=None)
@given(rows=st.lists(st.tuples(NAMES, NUMBERS, NUMBERS), min_size=1, max_size=25), bound=st.integers(-10, 10))
def test_row_rules_agree_on_any_rows(rows: list[Any], bound: int) -> None:
    rules: list[Rule] = [
        column("s", "values_to_not_be_null"),
        column("s", "values_to_be_in_set", value_set=["a", "it's", "50%"]),
        column("s", "values_to_match_regex", regex="^[ab]$"),
        column("s", "values_to_be_unique"),
        column("s", "value_lengths_to_be_between", max_value=1),
        column("v", "values_to_be_between", min_value=bound),
        column("v", "values_to_be_unique", mostly=0.5),
        (
            PAIR,
            {"column_A": "v", "column_B": "w", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        ),
    ]
    frame = pd.DataFrame(rows, columns=["s", "v", "w"]).astype({"s": object, "v": "float64", "w": "float64"})
    con = duckdb.connect()
    con.execute("CREATE TABLE t (s VARCHAR, v DOUBLE, w DOUBLE)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    assert [r[:2] for r in on_duckdb(con, rules)] == [r[:2] for r in on_pandas(frame, rules)]
    con.close()


@settings(derandomize=True, max_examples=10, database=None)
@given(keys=st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xyz")), min_size=1, max_size=15))
def test_compound_uniqueness_agrees_on_any_keys_without_null(keys: list[tuple[int, str]]) -> None:
    rules: list[Rule] = [("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]})]
    con, frame = table(pd.DataFrame(keys, columns=["a", "b"]))
    (ours,), (theirs,) = on_duckdb(con, rules), on_pandas(frame, rules)
    con.close()
    assert ours[:2] == theirs[:2]
    assert ours[1] == sum(keys.count(k) > 1 for k in keys)


def test_null_in_a_compound_key_counts_on_pandas_and_not_in_sql() -> None:
    """Known difference, of all SQL backends of GX: (1, NULL) twice is a repeated key only for pandas."""
    rules: list[Rule] = [("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]})]
    con, frame = table("SELECT * FROM (VALUES (1, NULL), (1, NULL), (2, 1.0)) v(a, b)")
    assert on_pandas(frame, rules)[0][:2] == (False, 2)
    assert on_duckdb(con, rules)[0][:2] == (True, 0)
    not_null: list[Rule] = [column("b", "values_to_not_be_null")]
    assert on_duckdb(con, not_null)[0][:2] == (False, 2)  # so the pair of rules catches it
    con.close()
