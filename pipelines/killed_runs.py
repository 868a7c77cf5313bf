"""Runs of commands that were killed. Nobody ends them: Dagster looks after the runs that its own daemon began.

Such a run would be "started" without end, and hold the place of the one run that may go on: nights from the schedule
and the pages would wait behind it. A command holds a lock while it lives, and its runs are tagged with the lock's name.
The system lets go of a lock with its process, whatever killed it.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import dagster as dg

from pipelines.keys import PROCESS
from pipelines.nights import is_of_a_command
from warehouse.home import Home
from warehouse.modes import make_private_folder

EVERY_S = 30
UNENDED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
_SAYS = "The command of this run was killed. What it committed stays; the same command goes on from there."


@contextmanager
def living(home: Home) -> Iterator[str]:
    """The name of a lock that this process holds in the block: the tag PROCESS of its runs."""
    folder = home.dagster / "commands"
    make_private_folder(folder, home.root)
    name = str(uuid.uuid4())
    unfinished = folder / f".{name}"  # nobody may find it before it is locked
    lock = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unfinished.rename(folder / name)
        yield name
    finally:
        (folder / name).unlink(missing_ok=True)
        os.close(lock)


def end_killed_runs(instance: dg.DagsterInstance, home: Home) -> list[str]:
    """End, as failed, the runs whose command is gone. Returns their ids."""
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=UNENDED)):
        run = record.dagster_run
        # one that was started again from the page has the tags of the first, and another process
        if not is_of_a_command(run) or PROCESS not in run.tags or _is_held(home, run.tags[PROCESS]):
            continue
        # a command lets go of its lock after its runs have ended: this one may have ended well since it was looked up
        now = instance.get_run_by_id(run.run_id)
        if now is not None and now.status in UNENDED:
            instance.report_run_failed(now, _SAYS)
            ended.append(run.run_id)
    return ended


def killed_runs_sensor(home: Home) -> Any:
    """Looks for such runs while Dagster's daemon goes on."""

    @dg.sensor(
        name="end_killed_runs",
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends the runs of commands that were killed, so that other runs need not wait for them.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = end_killed_runs(context.instance, home)
        return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "no run of a killed command")

    return sensor


def _is_held(home: Home, name: str) -> bool:
    """Whether a process holds the lock of this name. That of one that is gone is removed."""
    path = home.dagster / "commands" / name
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        with suppress(OSError):
            path.unlink()
        return False
    finally:
        os.close(lock)
