"""Great Expectations' execution engine on one held DuckDB connection: the cheapest metrics first, each at most once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import duckdb
import numpy as np
import sqlalchemy as sa
from great_expectations.core.id_dict import IDDict
from great_expectations.exceptions.exceptions import MetricResolutionError
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.registry import get_metric_provider
from great_expectations.util import convert_to_json_serializable, get_sqlalchemy_selectable
from great_expectations.validator.metric_configuration import MetricConfigurationID

from quality.gx_duckdb import dialect


class MetricStage(IntEnum):
    """What a metric costs; the stages are computed in this order."""

    EXPRESSION = 0  # no SQL
    AGGREGATE = 1  # those of the whole suite share a SELECT per row condition
    STATEMENT = 2  # a statement of its own
    SAMPLE = 3  # only where rows failed
    QUERY_COUNT = 4  # a user's query: last, because it can abort a transaction
    QUERY_SAMPLE = 5


ROW_COUNT = "table.row_count"  # the metric
TABLE_KEYS = ("batch_id", "table", "row_condition", "condition_parser")  # what makes a domain, beside columns
_AT_ONCE = (MetricStage.EXPRESSION, MetricStage.AGGREGATE)


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine for the tables of one connection. `samples` is how many failing rows a check may show."""

    def __init__(self, con: duckdb.DuckDBPyConnection, samples: int) -> None:
        super().__init__(engine=dialect.sqlalchemy_engine(con), create_temp_table=False)
        self.dialect_module = dialect.DialectModule()  # type: ignore[assignment]
        self.con = con
        self.samples = samples
        self.values: dict[Any, Any] = {}  # metric id -> value
        self.errors: dict[Any, str] = {}  # metric id -> error text
        self.shared: dict[str, Any] = {}  # what several metrics of one domain need, by the domain's id

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Resolve the cheapest stage among the metrics that are ready; GX's graph asks again for the rest.

        Raises MetricResolutionError for broken metrics. GX's own version then forgets the whole round, good
        metrics too, and runs it three more times; here values and errors are remembered.
        """
        wanted = list(metrics_to_resolve)
        unresolved = [m for m in wanted if m.id not in self.values and m.id not in self.errors]
        stage = min(map(self.stage, unresolved), default=MetricStage.EXPRESSION)
        cheapest = [m for m in unresolved if self.stage(m) == stage]
        groups = [cheapest] if stage in _AT_ONCE else [[m] for m in cheapest]
        for group in groups:
            if stage in (MetricStage.SAMPLE, MetricStage.QUERY_SAMPLE) and not self._sample_wanted(group[0]):
                self.values[group[0].id] = []
                continue
            try:
                self.values |= super().resolve_metrics(group, metrics, runtime_configuration)
            except Exception as exc:
                if len(group) == 1:
                    self.errors[group[0].id] = error_text(exc)
                    continue
                # The good ones together again; the bad ones alone, each for its own error text.
                bad = exc.failed_metrics if isinstance(exc, MetricResolutionError) else group
                good = [m for m in group if m not in bad]
                groups += ([good] if good else []) + [[m] for m in bad]
        if broken := tuple(m for m in wanted if m.id in self.errors):
            raise MetricResolutionError(message="see DuckDBExecutionEngine.errors", failed_metrics=broken)
        return {m.id: self.values[m.id] for m in wanted if m.id in self.values}

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
        """The values of aggregates, by the metric's id: one SELECT for those of the same rows.

        GX's own version writes each SELECT twice, once for a log that nobody reads.
        """
        values: dict[Any, Any] = {}
        for together in _by_rows(metric_fn_bundle):
            rows = get_sqlalchemy_selectable(self.get_domain_records(together[0].compute_domain_kwargs))
            columns = [
                one.metric_fn.label(f"{one.metric_configuration.metric_name}_{n}") for n, one in enumerate(together)
            ]
            (found,) = self.execute_query(sa.select(*columns).select_from(rows)).fetchall()
            ids = [one.metric_configuration.id for one in together]
            values |= zip(ids, map(convert_to_json_serializable, found), strict=True)
        return values

    def stage(self, metric: Any) -> MetricStage:
        """What the metric costs."""
        name: str = metric.metric_name
        if "query." in name:
            return MetricStage.QUERY_SAMPLE if name == "unexpected_rows_query.table" else MetricStage.QUERY_COUNT
        if name.endswith((".unexpected_values", ".unexpected_rows")):
            return MetricStage.SAMPLE
        if name.endswith((".condition", ".map", ".aggregate_fn")) or name.startswith("table.column"):
            return MetricStage.EXPRESSION
        return MetricStage.AGGREGATE if get_metric_provider(name, self)[1] is None else MetricStage.STATEMENT

    def execute_query(self, query: Any) -> Any:
        """Raw SQL goes as it is: SQLAlchemy would take `:30` in a user's query for a parameter."""
        if not isinstance(query, sa.TextClause):
            return super().execute_query(query)
        with self.get_connection() as connection:
            return connection.exec_driver_sql(query.text)

    def column(self, query: Any) -> Any:
        """The one column of a query as numpy array."""
        (values,) = self._fetched(query).values()
        return np.ma.getdata(values)

    def times(self, query: Any) -> list[Any]:
        """The columns of a query that are times or dates. No row is read."""
        found = self._fetched(query.limit(0)).items()
        return [sa.column(sa.quoted_name(name, quote=True)) for name, values in found if values.dtype.kind == "M"]

    def _fetched(self, query: Any) -> dict[str, Any]:
        sql = str(query.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        return dialect.executed(self.con, sql).fetchnumpy()

    def _sample_wanted(self, sample: Any) -> bool:
        base, _, kind = sample.metric_name.rpartition(".")
        if not self.samples or kind == "unexpected_values":  # unexpected_rows has them, and index columns
            return False
        arguments = IDDict({k: v for k, v in sample.metric_value_kwargs.items() if k != "result_format"})
        count = f"{base}.row_count" if kind == "table" else f"{base}.unexpected_count"
        return bool(self.values.get(MetricConfigurationID(count, sample.metric_domain_kwargs_id, arguments.to_id())))


def _by_rows(bundle: Iterable[Any]) -> list[list[Any]]:
    """The aggregates in groups that look at the same rows."""
    groups: dict[Any, list[Any]] = {}
    for one in bundle:
        groups.setdefault(IDDict(one.compute_domain_kwargs).to_id(), []).append(one)
    return list(groups.values())


def error_text(error: BaseException) -> str:
    """DuckDB's own words where it is the cause; GX wraps them in the SQL and two tracebacks (100 lines)."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, duckdb.Error):
        cause = cause.__cause__ or cause.__context__
    cause = cause or error.__cause__ or error
    return f"{type(cause).__name__}: {cause}".strip()
