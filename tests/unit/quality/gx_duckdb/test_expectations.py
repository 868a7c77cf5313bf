"""Which expectations work through the DuckDB adapter, each on rows that pass and on rows that fail.

Those that contracts use are probed with every `make test`, the others once a week. When an upgrade of GX or DuckDB
changes the list, it shows here first, also when one that is known not to work starts to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import pytest

from quality.gx_duckdb.check import Check
from quality.gx_duckdb.evaluate import evaluate
from tests.worlds.good_days import contracts

CONTRACTS = contracts()

# One row of `good` per i in 1..20; `bad` is the same table with faults in every column.
GOOD = """
SELECT i AS id, i // 5 AS k1, i % 5 AS k2, i::DOUBLE / 2 AS v, i::DOUBLE / 2 + 1 AS w, 10 AS ten,
    CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END AS cat, printf('S-%02d', i) AS code,
    TIMESTAMP '2026-07-01' + to_hours(i) AS ts, (i * 1.5)::DECIMAL(9, 2) AS price,
    NULL::INTEGER AS nothing, i::VARCHAR AS text_id, 'x' AS common
FROM range(1, 21) r(i)
"""
BAD = """
SELECT CASE WHEN i > 18 THEN 1 WHEN i = 3 THEN NULL ELSE i END AS id, i // 10 AS k1, 0 AS k2,
    i::DOUBLE * 100 AS v, 1.0::DOUBLE AS w, 11 AS ten,
    'Z' AS cat, 'bad code' AS code, TIMESTAMP '2020-01-01' AS ts, i::VARCHAR AS price,
    i::INTEGER AS nothing, i::VARCHAR AS text_id, CASE WHEN i = 1 THEN 'x' ELSE 'y' END AS common
FROM range(1, 21) r(i)
"""


class Probe(NamedTuple):
    expectation: str
    kwargs: dict[str, Any]
    bad_kwargs: dict[str, Any] | None = None  # for the failing run, where the rows alone cannot make it fail

    @property
    def name(self) -> str:
        return self.expectation.removeprefix("expect_")


def column(name: str, expectation: str, /, *, bad: dict[str, Any] | None = None, **kwargs: Any) -> Probe:
    return Probe(f"expect_column_{expectation}", {"column": name, **kwargs}, bad)


BINS = {"bins": [0, 2.75, 5.25, 7.75, 10.25], "weights": [0.25, 0.25, 0.25, 0.25]}
MATCH = "values_to_match_"
NOT_MATCH = "values_to_not_match_"

WORKING = [
    Probe("expect_table_row_count_to_be_between", {"min_value": 20, "max_value": 20}, {"min_value": 21}),
    Probe("expect_table_row_count_to_equal", {"value": 20}, {"value": 19}),
    Probe(
        "expect_table_row_count_to_equal_other_table",
        {"other_table_name": "twenty"},
        {"other_table_name": "one"},
    ),
    Probe("expect_table_column_count_to_equal", {"value": 13}, {"value": 12}),
    Probe("expect_table_column_count_to_be_between", {"min_value": 13}, {"min_value": 14}),
    Probe(
        "expect_table_columns_to_match_set",
        {"column_set": ["id"], "exact_match": False},
        {"column_set": ["id"]},
    ),
    Probe(
        "expect_table_columns_to_match_ordered_list",
        {
            "column_list": [
                "id",
                "k1",
                "k2",
                "v",
                "w",
                "ten",
                "cat",
                "code",
                "ts",
                "price",
                "nothing",
                "text_id",
                "common",
            ]
        },
        {"column_list": ["k1", "id"]},
    ),
    column("id", "to_exist", bad={"column": "gone"}),
    column("id", "values_to_not_be_null"),
    column("nothing", "values_to_be_null"),
    column("id", "proportion_of_non_null_values_to_be_between", min_value=1.0),
    column("v", "values_to_be_between", min_value=0, max_value=10),
    Probe(
        "expect_column_values_to_be_between",
        {"column": "ts", "min_value": "2026-07-01", "max_value": "2026-07-03"},
    ),
    column("id", "values_to_be_unique"),
    Probe("expect_compound_columns_to_be_unique", {"column_list": ["k1", "k2"]}),
    Probe(
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["v", "w"]},
        {"column_list": ["w", "w"]},
    ),
    Probe("expect_multicolumn_sum_to_equal", {"column_list": ["ten", "ten"], "sum_total": 20}),
    Probe(
        "expect_multicolumn_values_to_be_equal",
        {"column_list": ["ten", "ten"]},
        {"column_list": ["ten", "k2"]},
    ),
    column("cat", "values_to_be_in_set", value_set=["A", "B"]),
    column("cat", "values_to_not_be_in_set", value_set=["Z"]),
    column("cat", "distinct_values_to_be_in_set", value_set=["A", "B"]),
    column("cat", "distinct_values_to_contain_set", value_set=["A"]),
    column("cat", "distinct_values_to_equal_set", value_set=["A", "B"]),
    column("code", MATCH + "regex", regex=r"^S-\d{2}$"),
    column("code", NOT_MATCH + "regex", regex="^bad"),
    column("code", MATCH + "regex_list", regex_list=["^S", r"\d$"], match_on="all"),
    column("code", NOT_MATCH + "regex_list", regex_list=["^bad", "code$"]),
    column("code", MATCH + "like_pattern", like_pattern="S-%"),
    column("code", NOT_MATCH + "like_pattern", like_pattern="bad%"),
    column("code", MATCH + "like_pattern_list", like_pattern_list=["S-%", "T-%"], match_on="any"),
    column("code", NOT_MATCH + "like_pattern_list", like_pattern_list=["bad%", "%code"]),
    column("code", "value_lengths_to_be_between", min_value=4, max_value=5),
    column("code", "value_lengths_to_equal", value=4),
    Probe("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "w", "column_B": "v"}),
    Probe(
        "expect_column_pair_values_to_be_equal",
        {"column_A": "ten", "column_B": "ten"},
        {"column_A": "ten", "column_B": "k2"},
    ),
    Probe(
        "expect_column_pair_values_to_be_in_set",
        {"column_A": "ten", "column_B": "common", "value_pairs_set": [(10, "x")]},
    ),
    column("v", "min_to_be_between", min_value=0.5, max_value=0.5),
    column("ts", "max_to_be_between", min_value="2026-07-01"),
    column("v", "mean_to_be_between", min_value=5, max_value=6),
    column("v", "median_to_be_between", min_value=5, max_value=6),
    column("v", "stdev_to_be_between", min_value=2.9, max_value=3),
    column("v", "sum_to_be_between", min_value=105, max_value=105),
    column("v", "quantile_values_to_be_between", quantile_ranges={"quantiles": [0.5], "value_ranges": [[5, 6]]}),
    column("cat", "unique_value_count_to_be_between", min_value=2, max_value=2),
    column("id", "proportion_of_unique_values_to_be_between", min_value=1.0),
    column("common", "most_common_value_to_be_in_set", value_set=["x"]),
    column(
        "v",
        "value_z_scores_to_be_less_than",
        threshold=2,
        double_sided=True,
        bad={"column": "v", "threshold": 1, "double_sided": True},
    ),
    column("v", "kl_divergence_to_be_less_than", partition_object=BINS, threshold=0.1),
    column("v", "values_to_be_of_type", type_="DOUBLE", bad={"column": "v", "type_": "VARCHAR"}),
    column("price", "values_to_be_of_type", type_="DECIMAL"),
    column("price", "type_to_be", type_="DECIMAL(9,2)"),
    column(
        "v",
        "values_to_be_in_type_list",
        type_list=["DOUBLE", "FLOAT"],
        bad={"column": "v", "type_list": ["DATE"]},
    ),
    Probe("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT * FROM {batch} b WHERE b.v > 10"}),
    Probe(
        "unexpected_rows_expectation",
        {"unexpected_rows_query": "SELECT b.* FROM {batch} b LEFT JOIN twenty ON i = b.id WHERE i IS NULL"},
    ),
]

# What a contract must not use, and the words of the refusal. Instead: a query with lag(), json_valid(),
# try_strptime(), quantiles or a join.
NO_PROVIDER = "No provider found for"
NOT_WORKING = {
    "values_to_be_increasing": (column("id", "values_to_be_increasing"), NO_PROVIDER),
    "values_to_be_decreasing": (column("id", "values_to_be_decreasing"), NO_PROVIDER),
    "values_to_be_json_parseable": (column("code", "values_to_be_json_parseable"), NO_PROVIDER),
    "values_to_be_dateutil_parseable": (column("code", "values_to_be_dateutil_parseable"), NO_PROVIDER),
    "values_to_match_json_schema": (column("code", MATCH + "json_schema", json_schema={}), NO_PROVIDER),
    "values_to_match_strftime_format": (
        column("code", MATCH + "strftime_format", strftime_format="%Y"),
        NO_PROVIDER,
    ),
    "values_to_not_be_outliers": (
        column("v", "values_to_not_be_outliers", method="iqr"),
        "not implemented for SQL dialect",
    ),
    "multicolumn_values_to_be_unique": (
        Probe("expect_multicolumn_values_to_be_unique", {"column_list": ["k1", "k2"]}),
        "expect_multicolumn_values_to_be_unique not found",
    ),
    "query_results_to_match_comparison": (
        Probe(
            "expect_query_results_to_match_comparison",
            {"base_query": "SELECT 1", "comparison_data_source_name": "lake", "comparison_query": "SELECT 1"},
        ),
        "lake",
    ),
}


IN_USE = {rule.expectation for contract in CONTRACTS.values() for rule in contract.rules}
PROBES = [
    pytest.param(n, id=f"{n}-{p.name}", marks=() if p.expectation in IN_USE else pytest.mark.weekly)
    for n, p in enumerate(WORKING)
]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE good AS {GOOD}")
        connection.execute(f"CREATE TABLE bad AS {BAD}")
        connection.execute("CREATE TABLE twenty AS SELECT i FROM range(1, 21) r(i)")
        connection.execute("CREATE TABLE one AS SELECT 1 AS i")
        yield connection


@pytest.mark.parametrize("n", PROBES)
def test_probe_passes_on_good_rows_and_fails_on_bad_ones(con: duckdb.DuckDBPyConnection, n: int) -> None:
    probe = WORKING[n]
    good, bad = evaluate(
        con,
        [
            Check("good", "good", probe.expectation, probe.kwargs),
            Check("bad", "bad", probe.expectation, probe.bad_kwargs or probe.kwargs),
        ],
    )
    assert (good.error, bad.error) == (None, None)
    assert good.success
    assert not bad.success
    assert good.unexpected_count in (None, 0)
    assert bad.unexpected_count != 0


@pytest.mark.weekly
@pytest.mark.parametrize("name", NOT_WORKING)
def test_known_not_to_work(con: duckdb.DuckDBPyConnection, name: str) -> None:
    probe, words = NOT_WORKING[name]
    (result,) = evaluate(con, [Check(name, "good", probe.expectation, probe.kwargs)])
    assert result.error is not None, f"{name} works now: move it to WORKING"
    assert words in result.error
    assert not result.success


def test_what_contracts_use_is_probed_here() -> None:
    assert {probe.expectation for probe in WORKING} >= IN_USE


@pytest.mark.weekly
def test_the_list_covers_every_expectation_of_great_expectations() -> None:
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    probed = {p.expectation for p in WORKING} | {p.expectation for p, _ in NOT_WORKING.values()}
    assert set(list_registered_expectation_implementations()) <= probed
