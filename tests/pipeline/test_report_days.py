"""What a step reports of many days: what Dagster shows of each, and that our rows are those of Dagster's own store."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.events import (
    AssetCheckEvaluationPlanned,
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.partition_status_cache import AssetPartitionStatus as Status
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dagster_store.days import DayEvent, NotMade, report_days
from pipelines.dagster_store.event_log import EventLog
from pipelines.dagster_store.instance import open_instance
from warehouse.home import Home

DAYS = dg.DailyPartitionsDefinition("2020-01-01", "2020-01-05")
KEY, CHECK = dg.AssetKey("table"), dg.AssetCheckKey(dg.AssetKey("table"), "C")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Events = list[DayEvent]


def made(day: str) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(KEY, partition=day, metadata={"rows": int(day[-2:])})


def judged(day: str | None, passed: bool) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(asset_key=KEY, check_name="C", passed=passed, partition=day)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")
    with open_instance(Home(tmp_path)) as found:
        yield found


def step(store: dg.DagsterInstance, events: Events, first: str, last: str, *, fails: bool = False) -> bool:
    """A run of these days whose step reports these events. Whether it succeeded."""

    @dg.multi_asset(
        name="table",
        specs=[dg.AssetSpec(KEY, partitions_def=DAYS, skippable=True)],
        check_specs=[dg.AssetCheckSpec("C", asset=KEY, partitions_def=DAYS)],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def work(context: dg.AssetExecutionContext):
        report_days(context, events)
        if fails:
            raise dg.Failure("closed")
        yield from ()

    definitions = dg.Definitions([work], jobs=[dg.define_asset_job("job")], executor=dg.in_process_executor)
    job = definitions.resolve_job_def("job")
    if first == last:
        result = job.execute_in_process(instance=store, run_config=QUIET, raise_on_error=False, partition_key=first)
    else:
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        result = job.execute_in_process(instance=store, run_config=QUIET, raise_on_error=False, tags=tags)
    reported = [event for event in result.all_events if event.is_step_materialization]
    assert [event.partition for event in reported] == [e.partition for e in events if isinstance(e, type(made("01")))]
    return result.success


def shown(store: dg.DagsterInstance) -> tuple[dict[str, Status | None], dict[str, str]]:
    """What the page shows of each day, and of the check of each day."""
    of_days = store.get_status_by_partition(KEY, DAYS.get_partition_keys(), DAYS) or {}
    of_check = store.event_log_storage.get_asset_check_partition_info([CHECK])
    return dict(of_days), {str(one.partition_key): one.latest_execution_status.value for one in of_check}


def test_each_day_of_a_range_is_shown_as_it_was_reported_and_stays_so(store: dg.DagsterInstance) -> None:
    first, second, third, fourth = DAYS.get_partition_keys()
    assert step(store, [made(first), judged(first, True), judged(second, False)], first, fourth)
    of_days = {first: Status.MATERIALIZED, second: None, third: None, fourth: None}
    of_check = {first: "SUCCEEDED", second: "FAILED"}
    assert shown(store) == (of_days, of_check)
    record = store.fetch_materializations(KEY, limit=10).records[0]
    assert (record.partition_key, record.asset_materialization.metadata["rows"].value) == (first, 1)

    assert step(store, [], first, fourth)  # nothing new: nothing is taken back
    assert shown(store) == (of_days, of_check)
    assert not step(store, [judged(second, False)], second, third, fails=True)  # nor does a failed range turn days red
    assert shown(store) == (of_days, of_check)
    assert not step(store, [judged(third, False)], third, third, fails=True)  # nor its own day, of which nothing came
    assert shown(store) == (of_days, of_check | {third: "FAILED"})
    assert not step(store, [NotMade(KEY, third)], second, fourth, fails=True)  # a day that could not be made does
    assert shown(store) == (of_days | {third: Status.FAILED}, of_check | {third: "FAILED"})
    assert step(store, [made(second), judged(second, True)], second, second)  # a good version came
    assert shown(store)[0][second] is Status.MATERIALIZED
    assert shown(store)[1][second] == "SUCCEEDED"


def entry(run: str, kind: DagsterEventType, data: object) -> dg.EventLogEntry:
    event = DagsterEvent(kind.value, "job", event_specific_data=data, step_key="step")  # pyright: ignore
    return dg.EventLogEntry(None, 10, "", run, 1_600_000_000.0, "step", "job", event)


DAY = st.sampled_from([None, *DAYS.get_partition_keys()])
MADE = DAY.map(
    lambda day: (
        DagsterEventType.ASSET_MATERIALIZATION,
        StepMaterializationData(dg.AssetMaterialization(KEY, partition=day, tags={"dagster/data_version": "1"})),
    )
)
JUDGED = st.builds(lambda day, ok: (DagsterEventType.ASSET_CHECK_EVALUATION, judged(day, ok)), DAY, st.booleans())
OTHER = st.sampled_from([(DagsterEventType.RUN_START, None), (DagsterEventType.STEP_START, None)])
PLANNED_ASSET = DAY.map(
    lambda day: (DagsterEventType.ASSET_MATERIALIZATION_PLANNED, AssetMaterializationPlannedData(KEY, partition=day))
)
PLANNED_CHECK = st.just(
    (DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, AssetCheckEvaluationPlanned(asset_key=KEY, check_name="C"))
)


@contextmanager
def rows_of(path: Path) -> Iterator[dict[str, list[tuple[object, ...]]]]:
    with sqlite3.connect(path) as con:
        yield {
            "event_logs": con.execute("SELECT * FROM event_logs ORDER BY id").fetchall(),
            "checks": con.execute(
                "SELECT asset_key, check_name, partition, run_id, execution_status, evaluation_event,"
                " evaluation_event_timestamp, evaluation_event_storage_id"  # and what it is of: here, always
                " FROM asset_check_executions ORDER BY id"
            ).fetchall(),
            "assets": con.execute(
                "SELECT asset_key, last_materialization, last_run_id, last_materialization_timestamp FROM asset_keys"
            ).fetchall(),
            "tags": con.execute("SELECT event_id, asset_key, key, value FROM asset_event_tags ORDER BY id").fetchall(),
        }
    con.close()


def test_events_stored_together_leave_the_rows_that_dagster_makes_one_by_one(tmp_path: Path) -> None:
    theirs = SqliteEventLogStorage(str(tmp_path / "theirs"))
    together, one_by_one = EventLog(str(tmp_path / "together")), EventLog(str(tmp_path / "one"))

    @settings(deadline=None, max_examples=15)
    @given(
        plans=st.lists(st.one_of(PLANNED_ASSET, PLANNED_CHECK), max_size=3, unique_by=str),
        facts=st.lists(st.one_of(MADE, JUDGED, OTHER), max_size=6),
    )
    def law(plans: Sequence[tuple[DagsterEventType, object]], facts: Sequence[tuple[DagsterEventType, object]]) -> None:
        run = str(uuid4())
        events = [entry(run, kind, data) for kind, data in (*plans, *facts)]
        together.store_event_batch(events)
        for event in events:
            theirs.store_event(event)
            one_by_one.store_event(event)
        found = []
        for folder in ("theirs", "together", "one"):
            with rows_of(tmp_path / folder / "index.db") as rows:
                found.append(rows)
        assert found[1]["event_logs"] == found[0]["event_logs"]
        assert sorted(map(str, found[1]["checks"])) == sorted(map(str, found[0]["checks"]))
        assert found[1]["assets"] == found[0]["assets"]
        assert found[1]["tags"] == found[0]["tags"]
        assert found[2] == found[0]
        assert together.get_logs_for_run(run) == theirs.get_logs_for_run(run)

    law()
    together.dispose()
    one_by_one.dispose()
