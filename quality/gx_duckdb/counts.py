"""Counts of rules about several columns, in the one SELECT of a table's other counts: GX takes a statement for each.

Importing this module registers the metrics for our engine; GX's own engines keep theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_partial
from great_expectations.validator.metric_configuration import MetricConfiguration

from quality.gx_duckdb.engine import TABLE_KEYS, DuckDBExecutionEngine

_ALL_MISSING, _ONE_MISSING = (
    {"both_values_are_missing", "all_values_are_missing"},
    {"either_value_is_missing", "any_value_is_missing"},
)
_AGGREGATE: dict[str, Any] = {
    "engine": DuckDBExecutionEngine,
    "partial_fn_type": MetricPartialFunctionTypes.AGGREGATE_FN,
    "domain_type": MetricDomainTypes.TABLE,
}


def counted_rows(domain: dict[str, Any]) -> Any:
    """The SQL condition of the rows that a rule looks at, by its `ignore_row_if`."""
    names = domain.get("column_list") or [domain["column_A"], domain["column_B"]]
    missing = [sa.column(sa.quoted_name(name, quote=True)).is_(None) for name in names]
    if domain["ignore_row_if"] in _ALL_MISSING:
        return sa.not_(sa.and_(*missing))
    if domain["ignore_row_if"] in _ONE_MISSING:
        return sa.not_(sa.or_(*missing))
    return sa.true()


def _count(condition: Any, domain: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    # DuckDB gathers the rows of each FILTER by themselves: ten times the cost of a CASE
    return sa.func.count(sa.case((condition, 1))), {k: v for k, v in domain.items() if k in TABLE_KEYS}, {}


def _register(name: str, columns: Sequence[str], values: Sequence[str] = ()) -> None:
    """Register the number of rows that the metric `name` looks at; `values` are its arguments."""

    class LookedAt(MetricProvider):
        metric_name = f"{name}.filtered_row_count"
        domain_keys = (*TABLE_KEYS, *columns, "ignore_row_if")
        value_keys = (*values, "result_format")

        @metric_partial(**_AGGREGATE)
        def _duckdb(cls, metric_domain_kwargs: Any, **_: Any) -> Any:
            return _count(counted_rows(metric_domain_kwargs), metric_domain_kwargs)


def _register_pair(name: str, values: Sequence[str]) -> None:
    """Register how many rows fail the metric `name` about a pair of columns; `values` are its arguments."""

    class Failing(MetricProvider):
        metric_name = f"{name}.unexpected_count"
        domain_keys = (*TABLE_KEYS, "column_A", "column_B", "ignore_row_if")
        value_keys = tuple(values)

        @metric_partial(**_AGGREGATE)
        def _duckdb(cls, metric_domain_kwargs: Any, metrics: Any, **_: Any) -> Any:
            fails, _domain, _columns = metrics["unexpected_condition"]
            return _count(sa.and_(counted_rows(metric_domain_kwargs), fails), metric_domain_kwargs)

        @classmethod
        def _get_evaluation_dependencies(cls, metric: MetricConfiguration, *args: Any, **kwargs: Any) -> Any:
            if not metric.metric_name.endswith(".aggregate_fn"):
                return super()._get_evaluation_dependencies(metric, *args, **kwargs)
            given = {k: v for k, v in metric.metric_value_kwargs.items() if k != "result_format"}
            condition = MetricConfiguration(f"{name}.condition", metric.metric_domain_kwargs, given)
            return {"unexpected_condition": condition}


_register("compound_columns.unique", ["column_list"])
_register("column_pair_values.a_greater_than_b", ["column_A", "column_B"], ["or_equal"])
_register_pair("column_pair_values.a_greater_than_b", ["or_equal"])
