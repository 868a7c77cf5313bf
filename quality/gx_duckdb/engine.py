"""Great Expectations on an open DuckDB connection.

Belongs here: the SQLAlchemy mini-dialect over a connection somebody else owns, the GX engine and metrics for
it, and `evaluate`, which turns checks into results. Does not: which checks to run (contracts), what a failed
check means (the gate), where results are kept (ledger). Nothing else imports `great_expectations`. It costs
3-5 s CPU and 286 MB to import: import this module inside the function that needs it, not at definition load.

Why no ready-made dialect: GX 1.24 has no DuckDB engine, and on third-party dialects 48-52 of 58 expectation
probes die in `IndexError: list index out of range`, because GX hands its connection back to the pool, which
rolls back, before it fetches. Here one connection stays open and rows are fetched inside execute.

What a caller has to know:

* An all-NULL or empty column passes every column rule but not-null: pair rules with not-null.
* Compound uniqueness ignores rows with a NULL in a key column, as GX does on every SQL backend (on pandas it
  counts them: 511 instead of 74 in the same million rows). Pair it with not-null on each key column.
* `mostly` is a share of the non-null rows; of the rows left by `ignore_row_if` for several columns. It lets a
  rule succeed with `unexpected_count` > 0, and then there are samples too.
* A bound of an aggregate given as a date ("2026-07-01") is compared by day: a newest time of 12:00 that day
  is not above it. Give a time ("2026-07-01T00:00:00"). Row rules compare with midnight.
* A regex is searched, not matched in full: anchor it. The syntax is RE2's (no look-around).
* In a user's query braces are GX's ({batch} is the table): double those of a regex quantifier or a struct.
* Everything runs on the caller's connection. A result not yet fetched from it is lost. Misspelt columns,
  wrong types and broken SQL leave an open transaction usable; an error in the data (a failing cast in a
  user's query) aborts it, as DuckDB has no savepoints: that check and later ones become errors.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import decimal
import functools
import itertools
import logging
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import sqlalchemy as sa
from pydantic.v1 import PrivateAttr
from sqlalchemy.engine import URL, Engine, reflection
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler
from sqlalchemy.types import UserDefinedType

logging.getLogger("great_expectations._docs_decorators").setLevel(logging.WARNING)  # 218 INFO lines at import
# Every failed statement with two tracebacks; it is in CheckResult.error, once.
logging.getLogger("great_expectations.execution_engine").setLevel(logging.CRITICAL)

import great_expectations as gx  # noqa: E402
from great_expectations.core import id_dict  # noqa: E402
from great_expectations.core.batch import Batch  # noqa: E402
from great_expectations.core.id_dict import IDDict  # noqa: E402
from great_expectations.core.metric_domain_types import MetricDomainTypes  # noqa: E402
from great_expectations.data_context.types.base import (  # noqa: E402
    DataContextConfig,
    InMemoryStoreBackendDefaults,
)
from great_expectations.exceptions.exceptions import MetricResolutionError  # noqa: E402
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData  # noqa: E402
from great_expectations.execution_engine.sqlalchemy_execution_engine import (  # noqa: E402
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: E402
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value  # noqa: E402
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider  # noqa: E402
from great_expectations.expectations.registry import get_metric_provider  # noqa: E402
from great_expectations.util import convert_to_json_serializable, get_sqlalchemy_selectable  # noqa: E402
from great_expectations.validator.metric_configuration import MetricConfigurationID  # noqa: E402
from great_expectations.validator.validator import Validator  # noqa: E402


@dataclass(frozen=True)
class Check:
    """One expectation to evaluate.

    `code` is unique in a call; `table` is a table or view visible on the connection, "name" or "schema.name";
    `expectation` is GX's type in snake case and `kwargs` its arguments. With `index_columns` the samples of
    failing rows also carry these columns (a user's query chooses its own).
    """

    code: str
    table: str
    expectation: str
    kwargs: Mapping[str, Any]
    index_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What came out: `error` is set (and `success` False) when the expectation could not be evaluated.

    Counts are rows; they are None where GX has none (table and aggregate expectations). `observed_value` and
    `samples` hold only JSON types: times as ISO text, decimals as numbers, bytes as hex.
    """

    code: str
    success: bool
    error: str | None = None
    element_count: int | None = None
    unexpected_count: int | None = None
    observed_value: Any = None
    samples: list[dict[str, Any]] = field(default_factory=list)


# --- the dialect: SQLAlchemy over a connection that stays the caller's --------------------------------------


def _relation(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    """Any error inside `execute`, even a misspelt column, aborts the caller's open transaction. Parsing on a side
    connection and binding a relation do not; only errors in the data (a failing cast) still do."""
    with contextlib.closing(con.cursor()) as side:
        side.extract_statements(sql)
    return con.sql(sql)


class _Cursor:
    """DB-API cursor whose rows are fetched inside execute: DuckDB keeps one pending result per connection."""

    arraysize = 1
    rowcount = -1

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        relation = _relation(self._con, sql)
        self.description = relation.description
        self._rows = relation.fetchall()[::-1]

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return [self._rows.pop() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows)) if self._rows else []

    def close(self) -> None:
        self._rows = []


class _Connection:
    """DB-API connection that cannot end the caller's transaction or close it, which GX's engine would do."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def cursor(self) -> _Cursor:
        return _Cursor(self._con)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class _Compiler(SQLCompiler):
    """Writes values into the SQL: a relation takes no parameters without being executed at once."""

    def visit_bindparam(self, bindparam: Any, *args: Any, **kwargs: Any) -> str:
        return super().visit_bindparam(bindparam, *args, **kwargs | {"literal_binds": True})


class _Preparer(IdentifierPreparer):
    """Quotes every identifier (DuckDB has more reserved words than SQLAlchemy knows) and "catalog.schema"."""

    def _requires_quotes(self, value: str) -> bool:
        return True

    def quote_schema(self, schema: str, force: Any = None) -> str:
        return ".".join(self.quote(part) for part in schema.split("."))


@functools.cache
def _type(name: str) -> Any:
    """A SQLAlchemy type class per DuckDB type. DECIMAL(9,2) is a subclass of DECIMAL: both names fit it."""
    base, bracket, _ = name.partition("(")
    return type(name, (_type(base) if bracket else UserDefinedType,), {"get_col_spec": lambda self, **kw: name})


class _DialectModule:
    """What GX looks at to choose its regex SQL and to find types by name.

    A `DremioDialect` attribute makes it emit REGEXP_MATCHES(column, regex). A PostgreSQL look-alike would
    make it emit `~`, which in DuckDB is a FULL match.
    """

    __name__ = name = "duckdb"
    DremioDialect = True

    def __getattr__(self, name: str) -> Any:
        if name.isupper():  # a type; other names are GX asking "are you BigQuery?"
            return _type(name)
        raise AttributeError(name)


class DuckDBDialect(DefaultDialect):
    name = "duckdb"
    driver = "open_connection"
    default_paramstyle = "qmark"
    supports_statement_cache = False  # values are part of the SQL
    supports_native_boolean = True
    preparer = _Preparer
    statement_compiler = _Compiler

    @reflection.cache
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """Columns as [{name, type}], the type as DuckDB writes it (VARCHAR, DECIMAL(9,2), ...)."""
        name = self.identifier_preparer.quote(str(table_name))
        if schema:
            name = f"{self.identifier_preparer.quote_schema(schema)}.{name}"
        rows = connection.exec_driver_sql(f"DESCRIBE {name}").fetchall()
        return [{"name": r[0], "type": _type(r[1])(), "nullable": True, "default": None} for r in rows]


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine on one held connection, resolving metrics cheapest first and at most once."""

    def __init__(self, con: duckdb.DuckDBPyConnection, samples: int) -> None:
        dialect = DuckDBDialect(dbapi=duckdb, paramstyle="qmark")  # type: ignore[arg-type]
        pool = StaticPool(lambda: _Connection(con), dialect=dialect, reset_on_return=None)  # type: ignore[arg-type]
        super().__init__(engine=Engine(pool, dialect, URL.create("duckdb")), create_temp_table=False)
        self.dialect_module = _DialectModule()  # type: ignore[assignment]
        self.con = con
        self.samples = samples
        self.done: dict[Any, Any] = {}  # metric id -> value
        self.failed: dict[Any, str] = {}  # metric id -> error text
        self.repeated: dict[str, tuple[Any, list[Any], Any, list[int] | None]] = {}  # see _repeated_keys

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Resolve the cheapest stage among the metrics that are ready; GX's graph asks again for the rest.

        Stages: (0) expressions, without SQL; (1) aggregates, so that those of the whole suite share a SELECT
        per row condition; (2) metrics with a statement of their own; (3) samples, only where rows failed;
        (4) and (5) counts and rows of users' queries, last because they can abort a transaction.

        Raises MetricResolutionError for broken metrics. GX's own version then forgets the whole round, good
        metrics too, and runs it three more times; here values and errors are remembered.
        """
        wanted = list(metrics_to_resolve)
        open_ = [m for m in wanted if m.id not in self.done and m.id not in self.failed]
        stage = min(map(self._stage, open_), default=0)
        now = [m for m in open_ if self._stage(m) == stage]
        groups = [now] if stage == 1 else [[m] for m in now]
        for group in groups:
            if stage in (3, 5) and not self._sample_wanted(group[0]):
                self.done[group[0].id] = []
                continue
            try:
                self.done |= super().resolve_metrics(group, metrics, runtime_configuration)
            except Exception as exc:
                if len(group) == 1:
                    self.failed[group[0].id] = _reason(exc)
                    continue
                # The good aggregates again in one SELECT; the bad ones alone, each for its own error text.
                bad = exc.failed_metrics if isinstance(exc, MetricResolutionError) else group
                good = [m for m in group if m not in bad]
                groups += ([good] if good else []) + [[m] for m in bad]
        if broken := tuple(m for m in wanted if m.id in self.failed):
            raise MetricResolutionError(message="see DuckDBExecutionEngine.failed", failed_metrics=broken)
        return {m.id: self.done[m.id] for m in wanted if m.id in self.done}

    def execute_query(self, query: Any) -> Any:
        """Raw SQL goes as it is: SQLAlchemy would take `:30` in a user's query for a parameter."""
        if not isinstance(query, sa.TextClause):
            return super().execute_query(query)
        with self.get_connection() as connection:
            return connection.exec_driver_sql(query.text)

    def column(self, query: Any) -> Any:
        """The one column of a query as numpy array."""
        sql = str(query.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        (values,) = _relation(self.con, sql).fetchnumpy().values()
        return np.ma.getdata(values)

    def _stage(self, metric: Any) -> int:
        name: str = metric.metric_name
        if "query." in name:
            return 5 if name == "unexpected_rows_query.table" else 4
        if name.endswith((".unexpected_values", ".unexpected_rows")):
            return 3
        if name.endswith((".condition", ".map", ".aggregate_fn")) or name.startswith("table.column"):
            return 0
        return 1 if get_metric_provider(name, self)[1] is None else 2

    def _sample_wanted(self, sample: Any) -> bool:
        base, _, kind = sample.metric_name.rpartition(".")
        if not self.samples or kind == "unexpected_values":  # unexpected_rows has them, and index columns
            return False
        values = IDDict({k: v for k, v in sample.metric_value_kwargs.items() if k != "result_format"})
        count = f"{base}.row_count" if kind == "table" else f"{base}.unexpected_count"
        return bool(self.done.get(MetricConfigurationID(count, sample.metric_domain_kwargs_id, values.to_id())))


# --- metrics GX does in another way -------------------------------------------------------------------------

_MAX_SUSPECTS = 1000  # above this many repeated hashes a list of them costs more than the exact query alone
_AT_ONCE = 4_000_000  # rows whose hashes are in memory at a time


def _key_hash(columns: Sequence[Any]) -> Any:
    return sa.func.hash(*columns)


def _repeated_keys(
    engine: DuckDBExecutionEngine, domain: dict[str, Any]
) -> tuple[Any, list[Any], Any, list[int] | None]:
    """(selectable, key columns, SELECT of the keys that occur n > 1 times and of n, None if there are none; their
    hashes, None if they are many).

    No repeated hash proves no repeated key; GX's own query joins the whole table to its GROUP BY, twice. Only
    suspicious hashes are grouped by key. The hashes are sorted with numpy, which takes a fifth of the CPU of GROUP BY
    (2.3 instead of 13.6 s for 36 M rows) and bounded memory (204 MiB instead of 1.9 GiB).
    """
    memo = str(IDDict(domain).to_id())  # the count and the samples of one rule ask for the same
    if memo in engine.repeated:
        return engine.repeated[memo]
    table = get_sqlalchemy_selectable(engine.get_domain_records(domain_kwargs=domain))  # type: ignore[arg-type]
    keys: list[Any] = [sa.column(c) for c in domain.get("column_list") or [domain["column"]]]
    complete = sa.and_(*(k.is_not(None) for k in keys))
    hashed = _key_hash(keys)
    suspects: list[int] = []
    for part in _key_ranges(engine, domain, keys):
        if len(suspects) > _MAX_SUSPECTS:
            break
        rows = sa.select(hashed.label("h")).select_from(table).where(complete, *part)
        suspects += _repeated(engine.column(rows))
    exact = sa.select(*keys, sa.func.count().label("n")).select_from(table).where(complete)
    if len(suspects) <= _MAX_SUSPECTS:
        exact = exact.where(hashed.in_(suspects))
    exact = exact.group_by(*keys).having(sa.func.count() > 1)
    few = suspects if len(suspects) <= _MAX_SUSPECTS else None
    engine.repeated[memo] = table, keys, exact if suspects else None, few
    return engine.repeated[memo]


def _repeated(hashes: Any) -> list[int]:
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).tolist()


def _key_ranges(engine: DuckDBExecutionEngine, domain: dict[str, Any], keys: Sequence[Any]) -> list[list[Any]]:
    """Conditions that cut a large table into parts no two of which can have a key in common.

    By ranges of a time in the key where there is one (equal keys have equal times; sorted files are then read
    once), else by the hash itself. The whole table is asked, without the domain's conditions: so DuckDB answers
    from the statistics of the Parquet files (0.01 instead of 1.5 s for 10 M rows).
    """
    table = get_sqlalchemy_selectable(engine.get_domain_records({"batch_id": domain.get("batch_id")}))  # type: ignore[arg-type]
    rows = int(engine.execute_query(sa.select(sa.func.count()).select_from(table)).scalar() or 0)
    parts = math.ceil(rows / _AT_ONCE)
    if parts < 2:
        return [[]]
    for key in keys:
        low, high = engine.execute_query(sa.select(sa.func.min(key), sa.func.max(key)).select_from(table)).fetchone()
        if isinstance(low, dt.datetime) and low < high:
            edges = [low + (high - low) * n / parts for n in range(1, parts)]
            times = [sa.literal_column(f"TIMESTAMP '{edge.isoformat(sep=' ')}'") for edge in edges]
            inner = [[key >= a, key < b] for a, b in itertools.pairwise(times)]
            return [[key < times[0]], *inner, [key >= times[-1]]]
    return [[_key_hash(keys).op("%")(parts) == n] for n in range(parts)]


def _register_uniqueness(name: str, *columns: str) -> None:
    """Count and sample metric `name` for our engine; GX's engines keep theirs."""
    keys_of_domain = ("batch_id", "table", "row_condition", "condition_parser", *columns)

    class Count(MetricProvider):
        metric_name = f"{name}.unexpected_count"
        domain_keys = keys_of_domain

        @metric_value(engine=DuckDBExecutionEngine)
        def _duckdb(cls, execution_engine: Any, metric_domain_kwargs: Any, **_: Any) -> int:
            _table, _keys, repeated, _suspects = _repeated_keys(execution_engine, metric_domain_kwargs)
            if repeated is None:
                return 0
            total = sa.select(sa.func.sum(sa.column("n"))).select_from(repeated.subquery())
            return int(execution_engine.execute_query(total).scalar() or 0)

    class Rows(MetricProvider):
        metric_name = f"{name}.unexpected_rows"
        domain_keys = keys_of_domain
        value_keys = ("result_format",)

        @metric_value(engine=DuckDBExecutionEngine)
        def _duckdb(cls, execution_engine: Any, metric_domain_kwargs: Any, **_: Any) -> list[dict[str, Any]]:
            table, keys, repeated, suspects = _repeated_keys(execution_engine, metric_domain_kwargs)
            if repeated is None:
                return []
            key = sa.tuple_(*keys) if len(keys) > 1 else keys[0]
            rows = sa.select(sa.text("*")).select_from(table).where(key.in_(repeated.with_only_columns(*keys)))
            if suspects is not None:
                rows = rows.where(_key_hash(keys).in_(suspects))
            found = execution_engine.execute_query(rows.order_by(*keys).limit(execution_engine.samples))
            return [dict(r._mapping) for r in found.fetchall()]


_register_uniqueness("column_values.unique", "column")
_register_uniqueness("compound_columns.unique", "column_list", "ignore_row_if")


class _QueryRows(QueryMetricProvider):
    """Rows of a user's query, limited in SQL: our cursor fetches all, and a bad join can return 10 M rows."""

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
        return [dict(r._mapping) for r in rows.fetchall()]


# --- expectations that remember their configuration ---------------------------------------------------------


class _Configuration(ExpectationConfiguration):
    """GX's configuration, tied to the expectation made from it.

    GX asks an expectation for its configuration 140 times, makes it anew each time, and from that a new
    expectation for every metric: a third of an audit's CPU. Made once here; nothing changes them afterwards.
    """

    _expectation: Any = None

    def to_domain_obj(self) -> Any:
        return self._expectation or super().to_domain_obj()

    def _get_expectation_impl(self) -> Any:
        return _remembering(super()._get_expectation_impl())

    def __deepcopy__(self, memo: dict[int, Any]) -> ExpectationConfiguration:
        """GX copies a configuration in order to change it: the copy is tied to nothing."""
        return _Configuration(self.type, copy.deepcopy(self.kwargs, memo), copy.deepcopy(self.meta, memo))


@functools.cache
def _remembering(expectation: Any) -> Any:
    """GX's class of an expectation with a `configuration` that is made once. GX's registers do not get to know it."""

    def configuration(self: Any) -> ExpectationConfiguration:
        if self._made is None:
            made = expectation.configuration.fget(self)
            self._made = _Configuration(made.type, made.kwargs, made.meta)
            self._made._expectation = self
        return self._made

    body = {
        "__module__": __name__,
        "_made": PrivateAttr(default=None),
        "configuration": property(configuration),
        "is_abstract": classmethod(lambda cls: True),
        "_register_renderer_functions": classmethod(lambda cls: None),
    }
    made = type(expectation)(expectation.__name__, (expectation,), body)
    made.expectation_type = expectation.expectation_type
    return made


def _plain_json(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and _plain_json(value) for key, value in data.items())
    return data is None or type(data) in (str, int, bool) or (type(data) is list and all(map(_plain_json, data)))


def _serialisable(data: Any, _convert: Any = convert_to_json_serializable) -> Any:
    """What is plain JSON as it stands needs no conversion: GX asks NumPy about every text in it."""
    return data if _plain_json(data) else _convert(data=data)


# Of GX's own functions the only one that is replaced: it makes the ids of metrics, a fifth of the time of a suite.
setattr(id_dict, "convert_to_json_serializable", _serialisable)  # noqa: B010 - GX does not export it

# --- checks in, results out --------------------------------------------------------------------------------

# One per process: GX keeps "the" project in a global, so building it at import makes threads safe. 12 ms. Its
# own default for a context in memory makes and removes a temporary directory for Data Docs.
_CONTEXT: Any = gx.get_context(
    mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
)
_CONTEXT.variables.progress_bars = {"globally": False, "metric_calculations": False}


def evaluate(con: duckdb.DuckDBPyConnection, checks: Sequence[Check], *, samples: int = 20) -> list[CheckResult]:
    """Evaluate the checks on the open connection; results in the order of the checks.

    Reads only: nothing is written, committed, rolled back or closed, and temp tables and uncommitted rows are
    seen. All checks of one table run as one GX suite, so their aggregates share a SELECT.

    Raises ValueError for a code used twice. A check that cannot be evaluated does not raise, it has an error.
    """
    if len({c.code for c in checks}) != len(checks):
        raise ValueError("check codes must be unique within a call")
    results: dict[str, CheckResult] = {}
    for table in dict.fromkeys(c.table for c in checks):
        group = [c for c in checks if c.table == table]
        try:
            suite = _Suite(con, table, samples)
        except Exception as exc:
            results |= {c.code: _error(c, exc) for c in group}
        else:
            results |= suite.run(group)
    return [results.get(c.code) or _error(c, "Great Expectations gave no result") for c in checks]


class _Suite:
    """The checks of one table. Its engine lives for one call, so nothing piles up in the GX context."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: str, samples: int) -> None:
        schema, _, bare = table.rpartition(".")
        name = sa.quoted_name(bare, quote=True)  # of any other type GX logs a warning, once per table
        self.samples = samples
        self.engine = DuckDBExecutionEngine(con, samples)
        # A bare table: with GX's usual "(SELECT * FROM t) AS subselect" `{batch} b` in a user's query breaks.
        data = SqlAlchemyBatchData(self.engine, table_name=name, schema_name=schema or None)
        self.columns = {c["name"] for c in self.engine.get_inspector().get_columns(name, schema or None)}
        batch = Batch(data=data, batch_definition=IDDict({"table": table}))  # type: ignore[arg-type]
        self.validator = Validator(execution_engine=self.engine, data_context=_CONTEXT, batches=[batch])

    def run(self, checks: Sequence[Check]) -> dict[str, CheckResult]:
        results: dict[str, CheckResult] = {}
        configs: list[ExpectationConfiguration] = []
        runnable: dict[str, Check] = {}
        for check in checks:
            try:
                configs.append(self._configuration(check))
                runnable[check.code] = check
            except Exception as exc:
                results[check.code] = _error(check, exc)
        try:
            found = self.validator.graph_validate(configs)
        except Exception as exc:  # one broke while GX planned the suite, before any SQL: run each alone
            if len(runnable) == 1:
                return results | {c.code: _error(c, exc) for c in runnable.values()}
            for check in runnable.values():
                results |= self.run([check])
            return results
        for validation in found:
            check = runnable[validation.expectation_config.meta["code"]]  # type: ignore[union-attr, index]
            results[check.code] = self._result(check, validation)
        return results

    def _configuration(self, check: Check) -> ExpectationConfiguration:
        """GX's configuration of a check, tried out; raises when GX does not know or accept it."""
        if unknown := set(check.index_columns) - self.columns:
            raise ValueError(f"index columns not in {check.table}: {', '.join(sorted(unknown))}")
        rows = {"include_unexpected_rows": True, "partial_unexpected_count": self.samples} if self.samples else {}
        is_query = check.expectation == "unexpected_rows_expectation"
        result_format = {"result_format": "COMPLETE" if is_query else "BASIC"} | rows
        kwargs = {**check.kwargs, "result_format": result_format}
        config = _Configuration(type=check.expectation, kwargs=kwargs, meta={"code": check.code})
        config.to_domain_obj()
        return config

    def _result(self, check: Check, validation: Any) -> CheckResult:
        if error := self._error_text(validation.exception_info):
            return _error(check, error)
        result = validation.result or {}
        rows = (result.get("details") or {}).get("unexpected_rows") or []  # a user's query chose its columns
        if "unexpected_rows" in result:
            domain = [check.kwargs.get(k) for k in ("column", "column_A", "column_B")]
            keep = {*check.index_columns, *domain, *check.kwargs.get("column_list", ())}
            rows = [{k: v for k, v in row.items() if k in keep} for row in result["unexpected_rows"] or []]
        is_query = check.expectation == "unexpected_rows_expectation"
        return CheckResult(
            code=check.code,
            success=bool(validation.success),
            element_count=result.get("element_count"),
            unexpected_count=result.get("observed_value" if is_query else "unexpected_count"),
            observed_value=_plain(result.get("observed_value")),
            samples=_plain(rows),
        )

    def _error_text(self, info: Mapping[str, Any]) -> str | None:
        """GX's exception_info is one record, or one per broken metric keyed by the metric's id as text."""
        if "raised_exception" in info:
            return (info["exception_message"] or "unknown error") if info["raised_exception"] else None
        texts = {str(metric_id): text for metric_id, text in self.engine.failed.items()}
        return "; ".join(dict.fromkeys(texts.get(k, str(v)) for k, v in info.items())) or None


def _reason(exc: BaseException) -> str:
    """DuckDB's own words where it is the cause; GX wraps them in the SQL and two tracebacks (100 lines)."""
    cause: BaseException | None = exc
    while cause and not isinstance(cause, duckdb.Error):
        cause = cause.__cause__ or cause.__context__
    cause = cause or exc.__cause__ or exc
    return f"{type(cause).__name__}: {cause}".strip()


def _error(check: Check, error: Exception | str) -> CheckResult:
    return CheckResult(check.code, success=False, error=error if isinstance(error, str) else _reason(error))


def _plain(value: Any) -> Any:
    """The value in JSON types; what has none (UUID, INTERVAL) as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | decimal.Decimal):
        return float(value) if math.isfinite(value) else str(value)  # NaN is not JSON
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence | Set):
        return [_plain(v) for v in value]
    return _plain(value.item()) if hasattr(value, "item") else str(value)
