"""A command that was killed leaves a run that nobody ends: it must not hold up the runs of others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import PARENT_RUN_ID_TAG
from dagster._core.test_utils import create_run_for_test

from pipelines.dagster_store.instance import open_instance
from pipelines.keys import COMMAND, PROCESS
from pipelines.killed_runs import end_killed_runs, killed_runs_sensor, living
from warehouse.home import Home

LIVES = """
import sys
from pathlib import Path
from pipelines.killed_runs import living
from warehouse.home import Home
with living(Home(Path(sys.argv[1]))) as name:
    print(name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(home: Home) -> Iterator[dg.DagsterInstance]:
    with open_instance(home) as instance:
        yield instance


def _started(store: dg.DagsterInstance, **tags: str) -> str:
    run = create_run_for_test(
        store, status=dg.DagsterRunStatus.STARTED, tags={name.replace("_", "/"): value for name, value in tags.items()}
    )
    return run.run_id


def _status(store: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = store.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_killed_command_has_its_run_ended(home: Home, store: dg.DagsterInstance) -> None:
    command = [sys.executable, "-c", LIVES, str(home.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = _started(store, madang_command="nightly", madang_process=process.stdout.readline().strip())
        assert end_killed_runs(store, home) == []  # it lives
        assert _status(store, run_id) == dg.DagsterRunStatus.STARTED
        process.kill()
    assert end_killed_runs(store, home) == [run_id]
    assert _status(store, run_id) == dg.DagsterRunStatus.FAILURE
    assert end_killed_runs(store, home) == []
    assert list((home.dagster / "commands").iterdir()) == []


def test_other_runs_are_left_alone(home: Home, store: dg.DagsterInstance) -> None:
    with living(home) as name:
        gone = name
    assert (COMMAND, PROCESS) == ("madang/command", "madang/process")
    again = create_run_for_test(
        store,
        status=dg.DagsterRunStatus.STARTED,
        tags={COMMAND: "nightly", PROCESS: gone, PARENT_RUN_ID_TAG: "the first"},
    ).run_id
    for run_id in (again, _started(store), _started(store, madang_command="nightly")):
        assert end_killed_runs(store, home) == []
        assert _status(store, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_that_ends_well_in_this_moment_is_no_killed_one(
    home: Home, store: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with living(home) as name:
        run_id = _started(store, madang_command="nightly", madang_process=name)
        looked_up = store.get_run_records()
    run = store.get_run_by_id(run_id)
    assert run is not None
    store.report_dagster_event(
        dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_SUCCESS.value, job_name=run.job_name), run_id
    )
    monkeypatch.setattr(store, "get_run_records", lambda *_args, **_kwargs: looked_up)
    assert end_killed_runs(store, home) == []
    assert _status(store, run_id) == dg.DagsterRunStatus.SUCCESS


def test_the_daemon_looks_for_them(home: Home, store: dg.DagsterInstance) -> None:
    with living(home) as name:
        run_id = _started(store, madang_command="backfill", madang_process=name)
        sensor = killed_runs_sensor(home)
        said = sensor(dg.build_sensor_context(instance=store))
        assert said.skip_message == "no run of a killed command"
    assert run_id in sensor(dg.build_sensor_context(instance=store)).skip_message
    assert _status(store, run_id) == dg.DagsterRunStatus.FAILURE
