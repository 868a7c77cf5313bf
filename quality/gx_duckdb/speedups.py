"""Great Expectations made faster. Whatever reaches into its private names stands here, and nothing else depends on it.

Without these the results are the same: on a version that they were not proved on, nothing is replaced.
"""

from __future__ import annotations

import copy
import functools
import logging
from typing import Any

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core import id_dict
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.util import convert_to_json_serializable
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validation_graph import MetricEdge, ValidationGraph
from great_expectations.validator.validator import Validator
from pydantic.v1 import PrivateAttr

from quality.gx_duckdb.engine import DuckDBExecutionEngine

PROVED_ON = ("1.24.",)  # the versions of Great Expectations with which the tests of this module have passed


def proved() -> bool:
    """Whether the version that is installed is one of PROVED_ON."""
    return gx.__version__.startswith(PROVED_ON)


@functools.cache
def install_speedups() -> None:
    """Make this process faster, once. On a version not in PROVED_ON: a warning, and nothing is replaced."""
    if not proved():
        text = (
            "Great Expectations %s is not one of the versions that the speed-ups were proved on (%s): it runs without"
        )
        logging.getLogger(__name__).warning(text, gx.__version__, ", ".join(f"{v}*" for v in PROVED_ON))
        return
    # Of GX's own functions the only one that is replaced: it makes the ids of metrics, a fifth of the time of a suite.
    setattr(id_dict, "convert_to_json_serializable", json_serialisable)  # noqa: B010 - GX does not export it
    _limit_rows_of_queries()


def configuration(expectation: str, kwargs: dict[str, Any], meta: dict[str, Any]) -> ExpectationConfiguration:
    """GX's configuration of an expectation, made once where that was proved to work."""
    make = CachedConfiguration if proved() else ExpectationConfiguration
    return make(expectation, kwargs, meta)


def plan_once(validator: Validator) -> None:
    """Let a validator of one table ask each metric once what it depends on, where that was proved to work."""
    if proved():
        validator._metrics_calculator = PlannedOnce(validator.execution_engine, show_progress_bars=False)


# --- a configuration that is made once ----------------------------------------------------------------------


class CachedConfiguration(ExpectationConfiguration):
    """GX's configuration, tied to the expectation made from it.

    GX asks an expectation for its configuration 140 times, makes it again each time, and from that a new
    expectation for every metric: a third of an audit's CPU. Made once here; nothing changes them afterwards.
    """

    _expectation: Any = None

    def to_domain_obj(self) -> Any:
        """The expectation, the same at every call."""
        if self._expectation is None:
            self._expectation = super().to_domain_obj()
        return self._expectation

    def _get_expectation_impl(self) -> Any:
        return _with_cached_configuration(super()._get_expectation_impl())

    def __deepcopy__(self, memo: dict[int, Any]) -> ExpectationConfiguration:
        """GX copies a configuration in order to change it: the copy is tied to nothing."""
        return CachedConfiguration(self.type, copy.deepcopy(self.kwargs, memo), copy.deepcopy(self.meta, memo))


@functools.cache
def _with_cached_configuration(expectation: Any) -> Any:
    """A subclass of GX's expectation whose `configuration`, and what it needs of a table, are made once. GX's registers
    do not learn of it."""

    def cached_configuration(self: Any) -> ExpectationConfiguration:
        if self._cached is None:
            made = expectation.configuration.fget(self)
            self._cached = CachedConfiguration(made.type, made.kwargs, made.meta)
            self._cached._expectation = self
        return self._cached

    def cached_dependencies(
        self: Any, execution_engine: Any = None, runtime_configuration: dict | None = None, **more: Any
    ) -> Any:
        if runtime_configuration:
            return expectation.get_validation_dependencies(self, execution_engine, runtime_configuration, **more)
        if self._dependencies is None:  # asked for before the metrics are computed, and again after it
            self._dependencies = expectation.get_validation_dependencies(self, execution_engine, None, **more)
        return self._dependencies

    body = {
        "__module__": __name__,
        "_cached": PrivateAttr(default=None),
        "_dependencies": PrivateAttr(default=None),
        "get_validation_dependencies": cached_dependencies,
        "configuration": property(cached_configuration),
        "is_abstract": classmethod(lambda cls: True),
        "_register_renderer_functions": classmethod(lambda cls: None),
    }
    subclass = type(expectation)(expectation.__name__, (expectation,), body)
    subclass.expectation_type = expectation.expectation_type
    return subclass


# --- what metrics depend on ---------------------------------------------------------------------------------


class PlannedOnce(MetricsCalculator):
    """GX's calculator of metrics, for one table and its suite.

    GX asks a metric what it depends on wherever it meets it: 9200 times in the audits of six contracts, for 640
    metrics, and makes all that is below it again each time: two fifths of the CPU of an audit. Asked once here.
    """

    def __init__(self, execution_engine: Any, show_progress_bars: bool = False) -> None:
        super().__init__(execution_engine, show_progress_bars)
        self._asked: dict[Any, MetricConfiguration] = {}  # by the metric's id

    def build_metric_dependency_graph(
        self, metric_configurations: list[MetricConfiguration], runtime_configuration: dict | None = None
    ) -> ValidationGraph:
        """What the metrics depend on, directly or not: the same edges as GX finds."""
        graph = ValidationGraph(execution_engine=self._execution_engine)
        waiting, seen = list(metric_configurations), set()
        while waiting:
            metric = waiting.pop()
            if metric.id in seen:
                continue
            seen.add(metric.id)
            metric = self._with_dependencies(metric, graph, runtime_configuration)
            below = [other for other in metric.metric_dependencies.values() if other.id != metric.id]
            for edge in [MetricEdge(metric, other) for other in below] or [MetricEdge(metric)]:
                graph.add(edge)
            waiting += below
        return graph

    def _with_dependencies(
        self, metric: MetricConfiguration, graph: ValidationGraph, runtime_configuration: dict | None
    ) -> MetricConfiguration:
        """The metric as it was when it was first met: the others with its id are the same."""
        if metric.id not in self._asked:
            provider, _ = graph.set_metric_configuration_default_kwargs_if_absent(metric_configuration=metric)
            metric.metric_dependencies = provider.get_evaluation_dependencies(
                metric=metric,
                execution_engine=self._execution_engine,
                runtime_configuration=runtime_configuration,
            )
            self._asked[metric.id] = metric
        return self._asked[metric.id]


# --- ids of metrics -----------------------------------------------------------------------------------------


def json_serialisable(data: Any) -> Any:
    """What is plain JSON as it stands needs no conversion: GX asks NumPy about every text in it."""
    return data if _plain_json(data) else convert_to_json_serializable(data=data)


def _plain_json(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and _plain_json(value) for key, value in data.items())
    return data is None or type(data) in (str, int, bool) or (type(data) is list and all(map(_plain_json, data)))


# --- rows of users' queries ---------------------------------------------------------------------------------


def _limit_rows_of_queries() -> None:
    """Limit the rows of a user's query in SQL: our cursor fetches all, and a bad join can return 10 M rows."""

    class QueryRows(QueryMetricProvider):
        metric_name = "unexpected_rows_query.table"
        query_param_name = "unexpected_rows_query"
        value_keys = (query_param_name,)

        @metric_value(engine=DuckDBExecutionEngine)
        def _duckdb(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> Any:
            batch, _c, _a = execution_engine.get_compute_domain(metric_domain_kwargs, MetricDomainTypes.TABLE)
            query = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
                cls._get_query_from_metric_value_kwargs(metric_value_kwargs), batch, execution_engine
            )
            rows = execution_engine.execute_query(sa.text(f"FROM ({query}\n) LIMIT {execution_engine.samples}"))
            return [dict(row._mapping) for row in rows.fetchall()]
