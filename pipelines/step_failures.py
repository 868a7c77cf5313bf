"""Why a step of a run failed: its gate is closed, which is a finding about the data, or it crashed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from quality.outcome import Outcome

_GATE_CLOSED = "madang/gate_closed"  # metadata that only GateClosed sets; what Dagster keeps of an exception is text


class GateClosed(dg.Failure):
    """A step none of whose days was admitted. Trying again would not help: the data have to change."""

    def __init__(self, closed: Sequence[Outcome]) -> None:
        """`closed`: the outcomes of the step's days, at least one."""
        first = closed[0]
        super().__init__(
            f"{first.table} {first.day}: gate closed, {first.verdict}: {first.reason}",
            metadata={
                "verdict": str(first.verdict),
                "reason": first.reason,
                "days_closed": len(closed),
                _GATE_CLOSED: True,
            },
            allow_retries=False,
        )


def failures(result: dg.ExecuteInProcessResult) -> list[dg.DagsterEvent]:
    """The events of all steps that failed."""
    return [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]


def crashes(result: dg.ExecuteInProcessResult) -> list[str]:
    """Step and message of each step that failed although no gate closed: a bug or a broken machine, not bad data."""
    crashed = [event for event in failures(result) if not is_gate_closed(event)]
    return [f"{event.step_key}: {root_message(event)}" for event in crashed]


def is_gate_closed(failure: dg.DagsterEvent) -> bool:
    """Did the step raise GateClosed?"""
    raised = failure.step_failure_data.user_failure_data
    return raised is not None and _GATE_CLOSED in raised.metadata


def root_message(failure: dg.DagsterEvent) -> str:
    """The message of the exception behind all others."""
    error: Any = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "unknown"


def reasons(result: dg.ExecuteInProcessResult) -> list[str]:
    """The messages of all steps that failed."""
    return [root_message(event) for event in failures(result)]
