"""Why a step of a run failed: its gate is closed, which is a finding about the data, or it crashed."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, cast

import dagster as dg

from pipelines.visible import one_line, visible
from quality.outcome import Outcome

_OF_A_MODULE = {*string.ascii_letters, *string.digits, "_", "."}
DAMAGED = "damaged"  # metadata of the publication
_GATE_CLOSED = "madang/gate_closed"  # metadata that only GateClosed sets; what Dagster keeps of an exception is text


class GateClosed(dg.Failure):
    """A step none of whose days was admitted. Trying again would not help: the data have to change."""

    def __init__(self, closed: Sequence[Outcome]) -> None:
        """`closed`: the outcomes of the step's days, at least one."""
        first = closed[0]
        super().__init__(
            visible(f"{first.table} {first.day}: gate closed, {first.verdict}: {first.reason}"),
            metadata={
                "verdict": str(first.verdict),
                "reason": visible(first.reason),
                "days_closed": len(closed),
                _GATE_CLOSED: True,
            },
            allow_retries=False,
        )


def failures(result: dg.ExecuteInProcessResult) -> list[dg.DagsterEvent]:
    """The events of all steps that failed."""
    return [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]


def crashes(result: dg.ExecuteInProcessResult) -> list[str]:
    """Step, error and message of each step that failed although no gate closed: a bug or a broken machine."""
    crashed = [event for event in failures(result) if not is_gate_closed(event)]
    return [one_line(f"{event.step_key}: {_root(event)[0]}: {root_message(event)}") for event in crashed]


def is_gate_closed(failure: dg.DagsterEvent) -> bool:
    """Did the step raise GateClosed?"""
    raised = failure.step_failure_data.user_failure_data
    return raised is not None and _GATE_CLOSED in raised.metadata


def root_message(failure: dg.DagsterEvent) -> str:
    """The message of the exception behind all others."""
    name, message = _root(failure)
    # Dagster writes the class, with its module, before the text of an exception
    before, found, text = message.partition(f"{name}: ")
    return (text if found and set(before) <= _OF_A_MODULE else message) or "unknown"


def _root(failure: dg.DagsterEvent) -> tuple[str, str]:
    """The class of the exception behind all others, and what Dagster keeps of its text."""
    error: Any = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return ("error", "unknown") if error is None else (str(error.cls_name), str(error.message).strip())


def has_made(result: dg.ExecuteInProcessResult, asset: dg.AssetKey) -> bool:
    """Was this asset materialised, whatever became of the others?"""
    made = (event for event in result.all_events if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION)
    return any(event.asset_key == asset for event in made)


def damaged(result: dg.ExecuteInProcessResult, asset: dg.AssetKey) -> list[str]:
    """What the publication found damaged, in sentences."""
    made = [e for e in result.all_events if e.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION]
    said = [e.materialization.metadata.get(DAMAGED) for e in made if e.asset_key == asset]
    return [str(text) for one in said if one is not None for text in cast("list[str]", one.value)]


def reasons(result: dg.ExecuteInProcessResult) -> list[str]:
    """The messages of all steps that failed."""
    return [root_message(event) for event in failures(result)]
