"""Great Expectations made faster: what each measure saves, in calls, and that results stay the same without it."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import functools
import logging
from collections import Counter
from typing import Any

import duckdb
import pytest
from great_expectations.core import id_dict
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator

from quality.gx_duckdb import speedups
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate
from tests.support.checks import not_null, query, unique


def test_an_expectation_makes_its_configuration_once_and_a_copy_has_its_own() -> None:
    kwargs = {"column": "pm10", "min_value": 0, "mostly": 0.9}
    config = speedups.CachedConfiguration("expect_column_values_to_be_between", kwargs, {"code": "A"})
    expectation = config.to_domain_obj()
    assert expectation.configuration is expectation.configuration
    assert expectation.configuration.to_domain_obj() is expectation
    assert expectation.configuration.to_json_dict() == config.to_json_dict()
    copied = copy.deepcopy(expectation.configuration)
    copied.kwargs["min_value"] = 5
    assert (copied.to_domain_obj().min_value, expectation.min_value) == (5, 0)
    assert get_expectation_impl(config.type).__module__.startswith("great_expectations.")  # GX's own stays registered


def test_ids_of_metrics_are_those_of_great_expectations():
    """The conversion is left out only where it would change nothing."""
    import numpy as np

    numbers = {"a": np.int64(3), "b": {"c": np.float64("nan")}}
    for data in ({"a": 1, "b": "x", "c": [1, None, True]}, {"a": 1.5}, numbers):
        found = id_dict.convert_to_json_serializable(data=data)
        assert str(found) == str(convert_to_json_serializable(data=data))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"a": 1},
        *({"a": "x", "b": value} for value in (1, 1.0, True, "1", None, -0.0, 0.0, [1, "1"], ["1", 1], {"c": [1.0]})),
        {"a": "x", "b": float("nan")},
        {"a": "x", "b": dt.date(2026, 3, 1)},
        {"a": "x", "b": {"c": dt.date(2026, 3, 1)}},
        {"a": "x", "b": [decimal.Decimal("1.5")]},
    ],
)
def test_a_remembered_id_is_the_one_of_great_expectations(data: dict[str, Any]) -> None:
    for _ in range(2):
        assert id_dict.IDDict(data).to_id() == speedups._id_by_great_expectations(id_dict.IDDict(data))


CHECKS = [
    not_null("pm10", "A"),
    not_null("station", "B"),
    Check("C", "reading", "expect_column_values_to_be_between", {"column": "pm10", "min_value": 0}, ("hour",)),
    Check("D", "reading", "expect_column_values_to_be_in_set", {"column": "station", "value_set": ["S0", "S1"]}),
    Check("E", "reading", "expect_column_values_to_match_regex", {"column": "station", "regex": "^S[0-9]$"}),
    unique("station", "hour", code="F"),
    query("FROM {batch} WHERE pm10 < 0", code="G"),
]


def counted(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, *, fast: bool
) -> tuple[list[CheckResult], Counter[str]]:
    """The results of CHECKS, and how often GX made a configuration, a metric and a conversion to JSON for them."""
    calls: Counter[str] = Counter()

    def counting(name: str, function: Any) -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return function(*args, **kwargs)

        return wrapped

    with monkeypatch.context() as patch:
        made = counting("configurations", ExpectationConfiguration.__init__)
        patch.setattr(ExpectationConfiguration, "__init__", made)
        patch.setattr(MetricConfiguration, "__init__", counting("metrics", MetricConfiguration.__init__))
        converted = counting("conversions", convert_to_json_serializable)
        if fast:
            patch.setattr(speedups, "_ids", {})
            patch.setattr(speedups, "convert_to_json_serializable", converted)
        else:
            patch.setattr(speedups, "proved", lambda: False)
            patch.setattr(id_dict, "convert_to_json_serializable", converted)
            patch.setattr(id_dict.IDDict, "to_id", speedups._id_by_great_expectations)
        results = evaluate(con, CHECKS, samples=100)
    return results, calls


def test_what_is_saved_and_that_the_results_are_the_same(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, fast_calls = counted(con, monkeypatch, fast=True)
    slow, slow_calls = counted(con, monkeypatch, fast=False)
    assert fast == slow
    assert [r.error for r in fast] == [None] * len(CHECKS)
    assert fast_calls["configurations"] * 10 <= slow_calls["configurations"]
    assert fast_calls["conversions"] * 5 <= slow_calls["conversions"]
    assert fast_calls["metrics"] * 2 <= slow_calls["metrics"]


def test_metrics_depend_on_what_great_expectations_finds(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """... but for the number of rows, which expressions do not use."""
    planned = speedups.PlannedOnce.build_metric_dependency_graph
    edges: list[set[Any]] = []

    def compared(self: Any, metric_configurations: list[MetricConfiguration], **more: Any) -> Any:
        theirs = MetricsCalculator.build_metric_dependency_graph(self, copy.deepcopy(metric_configurations), **more)
        ours = planned(self, metric_configurations, **more)
        assert ours.edge_ids <= theirs.edge_ids
        assert {other[0] for _, other in theirs.edge_ids - ours.edge_ids} <= {"table.row_count"}
        assert {one for one, _ in ours.edge_ids} == {one for one, _ in theirs.edge_ids}
        edges.append(ours.edge_ids)
        return ours

    monkeypatch.setattr(speedups.PlannedOnce, "build_metric_dependency_graph", compared)
    assert [result.error for result in evaluate(con, CHECKS, samples=100)] == [None] * len(CHECKS)
    assert len(edges) == len(CHECKS) + 3  # those with failing rows are planned again, with the rows
    assert max(map(len, edges)) > 10


def test_the_installed_version_is_one_they_were_proved_on() -> None:
    """An upgrade of Great Expectations ends here: run these tests and the weekly ones, then add it to PROVED_ON."""
    assert speedups.proved()


def test_on_another_version_nothing_is_replaced_and_a_warning_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(speedups, "PROVED_ON", ("0.1.",))
    monkeypatch.setattr(id_dict, "convert_to_json_serializable", convert_to_json_serializable)
    monkeypatch.setattr(id_dict.IDDict, "to_id", speedups._id_by_great_expectations)
    with caplog.at_level(logging.WARNING):
        speedups.install_speedups.__wrapped__()
    assert "not one of the versions that the speed-ups were proved on (0.1.*)" in caplog.text
    assert id_dict.convert_to_json_serializable is convert_to_json_serializable
    assert id_dict.IDDict.to_id is speedups._id_by_great_expectations
    made = speedups.configuration("expect_column_values_to_not_be_null", {"column": "a"}, {})
    assert type(made) is ExpectationConfiguration
