"""The event log with kept connections: several processes at once, kill -9, a run that is watched, files let go."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.dagster_store.event_log import KEPT, EventLog
from pipelines.settings import REPOSITORY

RUN = """
import os, signal, sys
import dagster as dg

@dg.asset(check_specs=[dg.AssetCheckSpec(f"C_{n}", asset="table") for n in range(20)])
def table():
    for n in range(20):
        yield dg.AssetCheckResult(check_name=f"C_{n}", passed=n % 2 == 0, severity=dg.AssetCheckSeverity.WARN)
        if n == 10 and "kill" in sys.argv:
            os.kill(os.getpid(), signal.SIGKILL)
    yield dg.MaterializeResult()

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
defs = dg.Definitions([table], jobs=[dg.define_asset_job("everything")], executor=dg.in_process_executor)
with dg.DagsterInstance.get() as instance:
    for _ in range(2):
        assert defs.resolve_job_def("everything").execute_in_process(instance=instance, run_config=QUIET).success
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_bytes((REPOSITORY / "deploy" / "dagster.yaml").read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    dg.DagsterInstance.get().dispose()
    return tmp_path


def start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"DAGSTER_HOME": str(home)}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", RUN, *arguments], env=environment, cwd=REPOSITORY)


def checks(instance: dg.DagsterInstance, run: str) -> dict[str, str]:
    """Check -> how it stands in the run."""
    found = {}
    for n in range(20):
        key = dg.AssetCheckKey(dg.AssetKey("table"), f"C_{n}")
        history = instance.event_log_storage.get_asset_check_execution_history(key, limit=100)
        (found[key.name],) = [record.status.value for record in history if record.run_id == run]
    return found


def whole(home: Path) -> None:
    for path in (home / "history").rglob("*.db"):
        with sqlite3.connect(path) as con:
            assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",), path


def test_three_processes_at_once_lose_and_mix_up_nothing(home: Path) -> None:
    assert [process.wait(300) for process in [start(home) for _ in range(3)]] == [0, 0, 0]
    whole(home)
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        runs = instance.get_runs()
        assert [run.status.value for run in runs] == ["SUCCESS"] * 6
        expected = {f"C_{n}": "SUCCEEDED" if n % 2 == 0 else "FAILED" for n in range(20)}
        assert [checks(instance, run.run_id) for run in runs] == [expected] * 6
        assert len(instance.fetch_materializations(dg.AssetKey("table"), limit=10).records) == 6
        ours = {run.run_id: instance.all_logs(run.run_id) for run in runs}
    theirs = SqliteEventLogStorage(str(home / "history" / "runs"))  # Dagster's own reads what ours has written
    assert {run: theirs.get_logs_for_run(run) for run in ours} == ours


def test_kill_9_leaves_all_that_was_reported(home: Path) -> None:
    assert start(home, "kill").wait(300) == -signal.SIGKILL
    whole(home)
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED  # as ever: run monitoring ends it
        stand = checks(instance, run.run_id)
        assert [stand[f"C_{n}"] for n in range(11)] == ["SUCCEEDED", "FAILED"] * 5 + ["SUCCEEDED"]
        assert {stand[f"C_{n}"] for n in range(11, 20)} == {"PLANNED"}
    assert start(home).wait(300) == 0


def test_a_run_of_another_process_can_be_watched(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run = instance.create_run_for_job(dg.Definitions(jobs=[_job()]).resolve_job_def("job"))
        seen: list[str] = []
        arrived = threading.Event()

        def see(event: dg.EventLogEntry, _cursor: str) -> None:
            seen.append(event.message)
            if event.message == "second":
                arrived.set()

        instance.event_log_storage.watch(run.run_id, None, see)
        with dg.DagsterInstance.get() as other:  # has connections of its own, which stay open
            for text in ("first", "second"):
                other.report_engine_event(text, run)
            assert arrived.wait(300)
        instance.event_log_storage.end_watch(run.run_id, see)
    assert seen == ["first", "second"]


def test_the_file_of_a_run_is_a_copy_with_all_tables_and_an_old_one_stays(home: Path) -> None:
    theirs = SqliteEventLogStorage(str(home / "history" / "runs"))
    assert theirs.get_logs_for_run("before") == []  # Dagster's own makes the file
    log = EventLog(str(home / "history" / "runs"))
    (template,) = (home / "history").glob("run-*.template")
    template.write_bytes(b"")  # a power cut
    for run in ("before", "now"):
        log.store_event(_line(run))
        assert [line.user_message for line in log.get_logs_for_run(run)] == [run]
    log.dispose()
    made = [_layout(home / "history" / "runs" / f"{run}.db") for run in ("before", "now")]
    assert made[0] == made[1]
    assert sorted(log.get_all_run_ids()) == ["before", "now"]
    assert [path.name for path in (home / "history").iterdir() if path.name.startswith("being-made")] == []


def _layout(path: Path) -> tuple[list[str], list[str], str]:
    with sqlite3.connect(path) as con:
        tables = con.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        revision = con.execute("SELECT version_num FROM alembic_version").fetchall()
        return [sql for (sql,) in tables], [text for (text,) in revision], con.execute("PRAGMA journal_mode").fetchone()


def _line(run: str) -> dg.EventLogEntry:
    return dg.EventLogEntry(None, "INFO", run, run, 0.0)


def _job() -> dg.JobDefinition:
    @dg.job(name="job")
    def job() -> None: ...

    return job


def test_only_the_files_used_last_are_kept_open(home: Path) -> None:
    log = EventLog(str(home / "history" / "runs"))
    for n in range(3 * KEPT):
        assert log.get_logs_for_run(f"run{n}") == []
        log.has_asset_key(dg.AssetKey("any"))
    assert list(log._engines) == [f"run{n}" for n in range(3 * KEPT - KEPT + 1, 3 * KEPT)] + ["index"]
    log.wipe()
    assert not list((home / "history" / "runs").glob("run*.db*"))
    assert log.get_logs_for_run("run1") == []  # is made anew
    log.dispose()
    assert not list((home / "history" / "runs").glob("*-wal"))
