"""A closed gate and a crash are told apart by what was raised, whatever its message says."""

from __future__ import annotations

from datetime import date

import dagster as dg
import pytest

from pipelines.step_failures import GateClosed, crashes, failures, is_gate_closed, reasons
from quality.outcome import Outcome
from quality.verdict import Verdict

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CLOSED = Outcome(
    "air_daily", date(2020, 4, 4), "batch", Verdict.BLOCK, "AIR-pm10-not-below-pm25: 39 rows", 39, 0, 39, 0
)


def failed(error: Exception) -> dg.ExecuteInProcessResult:
    """The result of a run whose only step raises this."""

    @dg.asset
    def thing() -> None:
        raise error

    job = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("only", [thing])]).resolve_job_def("only")
    return job.execute_in_process(raise_on_error=False, run_config=QUIET)


def test_a_closed_gate_is_no_crash():
    result = failed(GateClosed([CLOSED]))
    assert [is_gate_closed(event) for event in failures(result)] == [True]
    assert crashes(result) == []
    (reason,) = reasons(result)
    assert reason.endswith("air_daily 2020-04-04: gate closed, BLOCK: AIR-pm10-not-below-pm25: 39 rows")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("air_daily 2020-04-04: gate closed, BLOCK: AIR-pm10-not-below-pm25"),
        RuntimeError("DagsterAssetCheckFailedError"),
        dg.Failure("gate closed", metadata={"verdict": "BLOCK"}),
    ],
    ids=["exception", "name of Dagster's error", "failure"],
)
def test_a_crash_whose_text_speaks_of_a_gate_is_a_crash(error: Exception):
    result = failed(error)
    (text,) = crashes(result)
    assert text.startswith("thing: ")


def test_a_closed_gate_behind_another_exception_is_a_crash():
    """Whoever catches GateClosed and fails has failed."""
    error = RuntimeError("while closing")
    error.__cause__ = GateClosed([CLOSED])
    assert len(crashes(failed(error))) == 1


def test_a_run_without_failures_has_no_reasons():
    @dg.asset
    def thing() -> None: ...

    job = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("only", [thing])]).resolve_job_def("only")
    result = job.execute_in_process(run_config=QUIET)
    assert crashes(result) == reasons(result) == []
