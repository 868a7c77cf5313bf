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
from great_expectations.util import get_sqlalchemy_selectable
from great_expectations.validator.metric_configuration import MetricConfiguration

from quality.gx_duckdb.engine import TABLE_KEYS, DuckDBExecutionEngine

FIRST_ROWS = 200_000  # of which it is known how often texts are repeated
REPEATED = 10  # times on average, so that grouping them costs less than looking at each
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


def _register_form(name: str, values: Sequence[str]) -> None:
    """Register how many rows fail the metric `name` about a form of texts; `values` are its arguments.

    DuckDB compares numbers by the dictionary of a column, but looks at each text of each row. So of a table with many
    rows and few different texts each text is looked at once, and counts as often as it is there.
    """

    class Failing(MetricProvider):
        metric_name = f"{name}.unexpected_count"
        domain_keys = (*TABLE_KEYS, "column")
        value_keys = tuple(values)

        @metric_partial(**_AGGREGATE)
        def _duckdb(cls, execution_engine: Any, metric_domain_kwargs: Any, metrics: Any, **_: Any) -> Any:
            fails, _domain, _columns = metrics["unexpected_condition"]
            domain = {k: v for k, v in metric_domain_kwargs.items() if k in TABLE_KEYS}
            rows = get_sqlalchemy_selectable(execution_engine.get_domain_records(domain))
            column: Any = sa.column(sa.quoted_name(metric_domain_kwargs["column"], quote=True))
            if not _few_different(execution_engine, rows, column):
                return _count(fails, domain)
            texts = sa.select(column, sa.func.count().label("n")).select_from(rows).group_by(column).subquery()
            total = sa.select(sa.func.coalesce(sa.func.sum(texts.c.n), 0)).select_from(texts).where(fails)
            return total.scalar_subquery(), domain, {}

        @classmethod
        def _get_evaluation_dependencies(cls, metric: MetricConfiguration, *args: Any, **kwargs: Any) -> Any:
            if not metric.metric_name.endswith(".aggregate_fn"):
                return super()._get_evaluation_dependencies(metric, *args, **kwargs)
            return {"unexpected_condition": _condition_of(name, metric)}


def _few_different(engine: DuckDBExecutionEngine, rows: Any, column: Any) -> bool:
    """Whether there are more than a few rows, and the first of them repeat few texts."""
    first = sa.select(column).select_from(rows).limit(FIRST_ROWS).subquery()
    looked_at = sa.select(sa.func.count(), sa.func.approx_count_distinct(first.c[column.name])).select_from(first)
    number, different = engine.execute_query(looked_at).fetchone()
    return number == FIRST_ROWS and different <= FIRST_ROWS // REPEATED


def _condition_of(name: str, metric: MetricConfiguration) -> MetricConfiguration:
    given = {k: v for k, v in metric.metric_value_kwargs.items() if k != "result_format"}
    return MetricConfiguration(f"{name}.condition", metric.metric_domain_kwargs, given)


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
            return {"unexpected_condition": _condition_of(name, metric)}


_register("compound_columns.unique", ["column_list"])
_register("column_pair_values.a_greater_than_b", ["column_A", "column_B"], ["or_equal"])
_register_pair("column_pair_values.a_greater_than_b", ["or_equal"])
_register_form("column_values.match_regex", ["regex"])
