"""Checks in, results out. Importing this module is cheap: the first call imports Great Expectations."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import duckdb

from quality.gx_duckdb.check import Check, CheckResult
from warehouse.importing import import_later, importing

_IMPORTING = threading.Lock()


def import_great_expectations() -> None:
    """Import Great Expectations and make it faster. `evaluate` does this itself; call it to pay the seconds earlier."""
    with _IMPORTING:
        silence_loggers()
        with importing():
            import_later("scipy.stats")  # one expectation takes from it, and no rule of ours is that one
            from quality.gx_duckdb import speedups

        speedups.install_speedups()


def expectation_names() -> list[str]:
    """The names of the expectations there are."""
    import_great_expectations()
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    return sorted(list_registered_expectation_implementations())


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
