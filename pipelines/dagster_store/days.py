"""What a step says of many days at once, in Dagster's store."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import dagster as dg
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.context.system import StepExecutionContext


@dataclass(frozen=True)
class NotMade:
    """A day that a run meant to make and did not. When the run has failed, Dagster shows the day as failed.

    This is the event by which Dagster knows what a run plans. Of steps of days nothing is planned when a run begins
    (`storing.plans_days`): of most days of a range nothing comes, and of those nothing is to be shown.
    """

    asset_key: dg.AssetKey
    partition: str


DayEvent: TypeAlias = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation | NotMade


def report_days(context: dg.AssetExecutionContext, events: Sequence[DayEvent]) -> None:
    """Store what became of the days of a step, in the order given, in one transaction. Each names its day.

    The same events as those of `context.log_event`, one by one, which takes 7 ms for each; here it is a fifth of one.
    They are in the result of the run as well, and no logger hears of them. Put the materialisation of a day before its
    checks. A process that is killed has reported all of them or none; in Dagster's index it may be none while the run
    has them.
    """
    if not events:
        return
    step, now = context.get_step_execution_context(), time.time()
    tags = step.event_tags  # built at each look
    made = [_event(step, tags, event) for event in events]
    context.instance.event_log_storage.store_event_batch(
        [
            EventLogEntry(
                error_info=None,
                level=logging.DEBUG,
                user_message=event.message or "",
                run_id=context.run.run_id,
                timestamp=now,
                step_key=step.step.key,
                job_name=event.job_name,
                dagster_event=event,
            )
            for event in made
        ]
    )
    context.op_execution_context._events.extend(made)


def _event(step: StepExecutionContext, tags: Mapping[str, str], event: DayEvent) -> DagsterEvent:
    if isinstance(event, NotMade):
        planned = AssetMaterializationPlannedData(event.asset_key, partition=event.partition)
        return DagsterEvent.build_asset_materialization_planned_event(step.job_name, step.step.key, planned)
    if isinstance(event, dg.AssetMaterialization):
        kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(event)
        message = event.description or f"materialised {event.partition}"
    elif isinstance(event, dg.AssetObservation):
        kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(event)
        message = event.description or f"observed {event.partition}"
    else:
        kind, data = DagsterEventType.ASSET_CHECK_EVALUATION, event
        message = f"{event.check_name} {'passed' if event.passed else 'did not pass'} for {event.partition}"
    return DagsterEvent(
        event_type_value=kind.value,
        job_name=step.job_name,
        step_handle=step.step.handle,
        node_handle=step.step.node_handle,
        step_kind_value=step.step.kind.value,
        logging_tags=tags,
        event_specific_data=data,
        message=message,
        pid=os.getpid(),
    )
