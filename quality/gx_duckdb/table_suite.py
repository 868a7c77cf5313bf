"""The checks of one table as one suite of Great Expectations."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Mapping, Sequence, Set
from typing import Any

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.batch import Batch
from great_expectations.core.id_dict import IDDict
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

from quality.gx_duckdb import counts, speedups, uniqueness  # noqa: F401 - two of them register metrics
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.engine import DuckDBExecutionEngine, error_text

# One per process: GX keeps "the" project in a global, so building it at import makes threads safe. 12 ms. Its
# own default for a context in memory makes and removes a temporary directory for Data Docs.
CONTEXT: Any = gx.get_context(
    mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
)
CONTEXT.variables.progress_bars = {"globally": False, "metric_calculations": False}


def run_checks(
    con: duckdb.DuckDBPyConnection, table: str, checks: Sequence[Check], samples: int
) -> dict[str, CheckResult]:
    """Results by code of checks that are all about `table`, with at most `samples` failing rows each."""
    try:
        suite = _TableSuite(con, table, samples)
    except Exception as error:
        return {check.code: failure(check, error) for check in checks}
    return suite.run(checks)


def failure(check: Check, error: Exception | str) -> CheckResult:
    """The result of a check that could not be evaluated."""
    return CheckResult(check.code, success=False, error=error if isinstance(error, str) else error_text(error))


class _TableSuite:
    """The engine lives for one call, so nothing piles up in the GX context."""

    def __init__(self, con: duckdb.DuckDBPyConnection, table: str, samples: int) -> None:
        schema, _, bare = table.rpartition(".")
        name = sa.quoted_name(bare, quote=True)  # of any other type GX logs a warning, once per table
        self.samples = samples
        self.engine = DuckDBExecutionEngine(con, samples)
        # A bare table: with GX's usual "(SELECT * FROM t) AS subselect" `{batch} b` in a user's query breaks.
        data = SqlAlchemyBatchData(self.engine, table_name=name, schema_name=schema or None)
        self.columns = {c["name"] for c in self.engine.get_inspector().get_columns(name, schema or None)}
        batch = Batch(data=data, batch_definition=IDDict({"table": table}))  # type: ignore[arg-type]
        self.validator = Validator(execution_engine=self.engine, data_context=CONTEXT, batches=[batch])
        speedups.plan_once(self.validator, self.engine)

    def run(self, checks: Sequence[Check]) -> dict[str, CheckResult]:
        """Rows that failed are asked for once it is known that some did. Users' queries come last: they alone can abort
        a transaction."""
        queries = [check for check in checks if _is_query(check)]
        results = self._round([check for check in checks if not _is_query(check)], samples=0)
        failed = [check for check in checks if check.code in results and results[check.code].unexpected_count]
        if self.samples and failed:
            results |= self._round(failed, self.samples)
        return results | self._round(queries, self.samples)

    def _round(self, checks: Sequence[Check], samples: int) -> dict[str, CheckResult]:
        results: dict[str, CheckResult] = {}
        configurations: list[ExpectationConfiguration] = []
        runnable: dict[str, Check] = {}
        for check in checks:
            try:
                configurations.append(self._configuration(check, samples))
                runnable[check.code] = check
            except Exception as error:
                results[check.code] = failure(check, error)
        if not runnable:
            return results
        try:
            validations = self.validator.graph_validate(configurations)
        except Exception as error:  # one broke while GX planned the suite, before any SQL: run each alone
            if len(runnable) == 1:
                return results | {check.code: failure(check, error) for check in runnable.values()}
            for check in runnable.values():
                results |= self._round([check], samples)
            return results
        for validation in validations:
            check = runnable[validation.expectation_config.meta["code"]]  # type: ignore[union-attr, index]
            results[check.code] = self._result(check, validation)
        return results

    def _configuration(self, check: Check, samples: int) -> ExpectationConfiguration:
        """GX's configuration of a check, tried out; raises when GX does not know or accept it."""
        if unknown := set(check.index_columns) - self.columns:
            raise ValueError(f"index columns not in {check.table}: {', '.join(sorted(unknown))}")
        rows = {"include_unexpected_rows": True, "partial_unexpected_count": samples} if samples else {}
        result_format = {"result_format": "COMPLETE" if _is_query(check) else "BASIC"} | rows
        kwargs = {**check.kwargs, "result_format": result_format, "batch_id": self.validator.active_batch_id}
        configuration = speedups.configuration(check.expectation, kwargs, {"code": check.code})
        configuration.to_domain_obj()
        return configuration

    def _result(self, check: Check, validation: Any) -> CheckResult:
        if error := self._error(validation.exception_info):
            return failure(check, error)
        result = validation.result or {}
        rows = (result.get("details") or {}).get("unexpected_rows") or []  # a user's query chose its columns
        if "unexpected_rows" in result:
            domain = [check.kwargs.get(k) for k in ("column", "column_A", "column_B")]
            shown = {*check.index_columns, *domain, *check.kwargs.get("column_list", ())}
            rows = [{k: v for k, v in row.items() if k in shown} for row in result["unexpected_rows"] or []]
        return CheckResult(
            code=check.code,
            success=bool(validation.success),
            element_count=result.get("element_count"),
            unexpected_count=result.get("observed_value" if _is_query(check) else "unexpected_count"),
            observed_value=_plain(result.get("observed_value")),
            samples=_plain(rows[: self.samples]),
        )

    def _error(self, info: Mapping[str, Any]) -> str | None:
        """GX's exception_info is one record, or one per broken metric keyed by the metric's id as text."""
        if "raised_exception" in info:
            return (info["exception_message"] or "unknown error") if info["raised_exception"] else None
        texts = {str(metric_id): text for metric_id, text in self.engine.errors.items()}
        return "; ".join(dict.fromkeys(texts.get(key, str(value)) for key, value in info.items())) or None


def _is_query(check: Check) -> bool:
    return check.expectation == "unexpected_rows_expectation"


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
