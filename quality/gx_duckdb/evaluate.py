"""Checks in, results out. Importing this module is cheap: the first call imports Great Expectations."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

_IMPORTING = threading.Lock()


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
    """What a check found: `error` is set (and `success` False) when the expectation could not be evaluated.

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


def import_great_expectations() -> None:
    """Import Great Expectations and make it faster. `evaluate` does this itself; call it to pay the seconds earlier."""
    with _IMPORTING:
        silence_loggers()
        from quality.gx_duckdb import speedups

        speedups.install_speedups()


def silence_loggers() -> None:
    """Keep two loggers of Great Expectations silent: 218 INFO lines at import, and each failed statement with two
    tracebacks (`CheckResult.error` has it, once)."""
    logging.getLogger("great_expectations._docs_decorators").setLevel(logging.WARNING)
    logging.getLogger("great_expectations.execution_engine").setLevel(logging.CRITICAL)


def evaluate(con: duckdb.DuckDBPyConnection, checks: Sequence[Check], *, samples: int = 20) -> list[CheckResult]:
    """Evaluate the checks on the open connection; results in the order of the checks.

    Reads only: nothing is written, committed, rolled back or closed, and temp tables and uncommitted rows are
    seen. All checks of one table run as one GX suite, so their aggregates share a SELECT.

    Raises ValueError for a code used twice. A check that cannot be evaluated does not raise, it has an error.
    """
    if len({check.code for check in checks}) != len(checks):
        raise ValueError("check codes must be unique within a call")
    import_great_expectations()
    from quality.gx_duckdb.table_suite import failure, run_checks

    results: dict[str, CheckResult] = {}
    for table in dict.fromkeys(check.table for check in checks):
        results |= run_checks(con, table, [check for check in checks if check.table == table], samples)
    return [results.get(check.code) or failure(check, "Great Expectations gave no result") for check in checks]
