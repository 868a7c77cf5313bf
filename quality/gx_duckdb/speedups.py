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
from great_expectations.validator.validator import ValidationDependencies, Validator
from pydantic.v1 import PrivateAttr

from quality.gx_duckdb.engine import DuckDBExecutionEngine
from quality.gx_duckdb.planning import PlannedOnce

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
    # Of GX's own functions the only ones that are replaced: they make the ids of metrics, a third of a suite's CPU.
    setattr(id_dict, "convert_to_json_serializable", json_serialisable)  # noqa: B010 - GX does not export it
    id_dict.IDDict.to_id = remembered_id  # type: ignore[method-assign]
    _limit_rows_of_queries()


def configuration(expectation: str, kwargs: dict[str, Any], meta: dict[str, Any]) -> ExpectationConfiguration:
    """GX's configuration of an expectation, made once where that was proved to work."""
    make = CachedConfiguration if proved() else ExpectationConfiguration
    return make(expectation, kwargs, meta)


def plan_once(validator: Validator, engine: DuckDBExecutionEngine) -> None:
    """Let a validator of one table ask each metric once what it depends on, where that was proved to work."""
    if proved():
        validator._metrics_calculator = PlannedOnce(engine)


# --- a configuration that is made once ----------------------------------------------------------------------


class CachedConfiguration(ExpectationConfiguration):
    """GX's configuration, tied to the expectation made from it.

    GX asks an expectation for its configuration 140 times, makes it again each time, and from that a new
    expectation for every metric: a third of an audit's CPU. Made once here; nothing changes them afterwards.
    """

    _expectation: Any = None
    _copied: CachedConfiguration | None = None

    def to_domain_obj(self) -> Any:
        """The expectation, the same at every call; that of the configuration it was copied from, if nothing changed."""
        if self._expectation is None and self._copied is not None and self._copied.kwargs == self.kwargs:
            self._expectation = self._copied.to_domain_obj()
        if self._expectation is None:
            self._expectation = super().to_domain_obj()
        return self._expectation

    def _get_expectation_impl(self) -> Any:
        return _with_cached_configuration(super()._get_expectation_impl())

    def __deepcopy__(self, memo: dict[int, Any]) -> ExpectationConfiguration:
        """GX copies a configuration in order to change it: the copy has an expectation of its own if it does."""
        copied = CachedConfiguration(self.type, copy.deepcopy(self.kwargs, memo), copy.deepcopy(self.meta, memo))
        copied._copied = self
        return copied


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
            _leave_out_values(self._dependencies)
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


def _leave_out_values(dependencies: ValidationDependencies) -> None:
    """Nobody looks at the failing values: `unexpected_rows` has them too. They may be absent, as in BOOLEAN_ONLY."""
    for name in [name for name in dependencies.metric_configurations if name.endswith(".unexpected_values")]:
        dependencies.remove_metric_configuration(name)


# --- ids of metrics -----------------------------------------------------------------------------------------


def json_serialisable(data: Any) -> Any:
    """What is plain JSON as it stands needs no conversion: GX asks NumPy about every text in it."""
    return data if _plain_json(data) else convert_to_json_serializable(data=data)


def _plain_json(data: Any) -> bool:
    if type(data) is dict:
        return all(type(key) is str and _plain_json(value) for key, value in data.items())
    return data is None or type(data) in (str, int, bool) or (type(data) is list and all(map(_plain_json, data)))


_id_by_great_expectations = id_dict.IDDict.to_id
_MOST_IDS = 10_000
_ids: dict[Any, Any] = {}  # by content


def remembered_id(self: id_dict.IDDict, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
    """GX's id, made once for the same content: a suite asks 40 times for each of its metrics."""
    content = None if id_keys or id_ignore_keys or type(self) is not id_dict.IDDict else _content(dict(self))
    if content is None:
        return _id_by_great_expectations(self, id_keys, id_ignore_keys)
    if content not in _ids:
        if len(_ids) >= _MOST_IDS:
            _ids.clear()
        _ids[content] = _id_by_great_expectations(self)
    return _ids[content]


def _content(value: Any) -> Any:
    """A key for the value, other for 1, 1.0 and True, which have other ids; None where it is more than JSON."""
    kind = type(value)
    if kind is str:
        return value
    if value is None or kind in (int, bool, float):
        return kind, repr(value)
    if kind is dict:
        parts = [(name, _content(part)) for name, part in value.items()]
        return None if any(part is None for _, part in parts) else (kind, *parts)
    if kind is list:
        parts = [_content(part) for part in value]
        return None if None in parts else (kind, *parts)
    return None


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
