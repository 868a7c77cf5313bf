"""Which metrics a suite needs, and in which order: Great Expectations' own answer, found once and not at every turn.

Reaches into private names of Great Expectations; `speedups` uses it on versions it was proved on.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from typing import Any

from great_expectations.exceptions.exceptions import MetricResolutionError
from great_expectations.validator.exception_info import ExceptionInfo
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validation_graph import (
    MAX_METRIC_COMPUTATION_RETRIES,
    MetricEdge,
    MetricsCalculatorErrorResultValue,
    ValidationGraph,
)

from quality.gx_duckdb.engine import ROW_COUNT, DuckDBExecutionEngine

_EXPRESSIONS = (".condition", ".aggregate_fn")  # SQL that is written and not run


class PlannedOnce(MetricsCalculator):
    """GX's calculator of metrics, for one table and its suite.

    GX asks a metric what it depends on wherever it meets it: 9200 times in the audits of six contracts, for 640
    metrics, and makes all that is below it again each time: two fifths of the CPU of an audit. Asked once here.
    """

    def __init__(self, execution_engine: DuckDBExecutionEngine) -> None:
        super().__init__(execution_engine, show_progress_bars=False)
        self._engine = execution_engine
        self._asked: dict[Any, MetricConfiguration] = {}  # by the metric's id

    def build_metric_dependency_graph(
        self, metric_configurations: list[MetricConfiguration], runtime_configuration: dict | None = None
    ) -> ValidationGraph:
        """What the metrics depend on, directly or not: the edges that GX finds, but to the number of rows from
        an expression and what is made of one: they do not use it, and wait for a SELECT of its own in GX."""
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

    def resolve_validation_graph(
        self,
        graph: ValidationGraph,
        runtime_configuration: dict | None = None,
        min_graph_edges_pbar_enable: int = 0,
    ) -> tuple[dict[Any, Any], dict[Any, MetricsCalculatorErrorResultValue]]:
        """The values of all metrics by id, and those that could not be computed.

        GX looks through all edges at each of its eight turns; here a metric is looked at when its last dependency has
        a value. A broken metric is not tried again: the engine remembers its error.
        """
        metrics = {edge.left.id: self._asked[edge.left.id] for edge in graph.edges}
        missing, above = dict[Any, int](), defaultdict[Any, list[Any]](list)
        ready = defaultdict[int, list[MetricConfiguration]](list)  # by stage
        for metric in metrics.values():
            below = {other.id for other in metric.metric_dependencies.values()} - {metric.id}
            missing[metric.id] = len(below)
            for one in below:
                above[one].append(metric.id)
            if not below:
                ready[self._engine.stage(metric)].append(metric)
        values, broken = dict[Any, Any](), dict[Any, MetricsCalculatorErrorResultValue]()
        while any(ready.values()):
            turn = ready.pop(min(stage for stage, waiting in ready.items() if waiting))
            try:
                found = self._engine.resolve_metrics(turn, values, runtime_configuration)
            except MetricResolutionError as error:
                info = ExceptionInfo(traceback.format_exc(), str(error))
                broken |= {
                    metric.id: MetricsCalculatorErrorResultValue(
                        metric_configuration=metric,
                        exception_info=info,
                        num_failures=MAX_METRIC_COMPUTATION_RETRIES,
                    )
                    for metric in error.failed_metrics
                }
                found = {metric.id: self._engine.values[metric.id] for metric in turn if metric.id not in broken}
            values |= found
            for one in found:
                for other in above[one]:
                    missing[other] -= 1
                    if not missing[other]:
                        ready[self._engine.stage(metrics[other])].append(metrics[other])
        return values, broken

    def _with_dependencies(
        self, metric: MetricConfiguration, graph: ValidationGraph, runtime_configuration: dict | None
    ) -> MetricConfiguration:
        """The metric as it was when it was first met: the others with its id are the same."""
        if metric.id not in self._asked:
            provider, _ = graph.set_metric_configuration_default_kwargs_if_absent(metric_configuration=metric)
            dependencies = provider.get_evaluation_dependencies(
                metric=metric,
                execution_engine=self._execution_engine,
                runtime_configuration=runtime_configuration,
            )
            if metric.metric_name.endswith(_EXPRESSIONS) or "metric_partial_fn" in dependencies:
                dependencies.pop(ROW_COUNT, None)
            metric.metric_dependencies = dependencies
            self._asked[metric.id] = metric
        return self._asked[metric.id]
