"""Where Dagster's pages find the job of a run that was made by a command in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from pipelines.keys import LOCATION


def job_origin(job: str) -> RemoteJobOrigin:
    """The place of a job in the code location that `madang dev` serves."""
    location = RegisteredCodeLocationOrigin(LOCATION)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job)


@contextmanager
def making_runs_of(instance: dg.DagsterInstance, job: str) -> Iterator[None]:
    """In this block the instance makes runs that know the place of their job.

    Dagster leaves it out where a job is executed in process: then no page but that of all runs shows the run, and it
    cannot be started again (dagster-io/dagster issues 17707 and 19458).
    """
    vars(instance)["create_run_for_job"] = partial(instance.create_run_for_job, remote_job_origin=job_origin(job))
    try:
        yield
    finally:
        del vars(instance)["create_run_for_job"]
