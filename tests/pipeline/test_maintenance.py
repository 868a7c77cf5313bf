"""Maintenance: what it removes, what it never touches, beside a night that writes, and killed anywhere."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from assets.pack.city import load_city
from pipelines import maintenance
from pipelines.cli.options import Stop
from pipelines.dagster_store import retention
from pipelines.dagster_store.instance import open_instance
from pipelines.settings import REPOSITORY, Settings
from warehouse import lake, landing
from warehouse import maintenance as of_home
from warehouse.delta import commit
from warehouse.files import unfinished_name
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger, storage
from warehouse.ledger.schema import BATCH
from warehouse.published import connect, folder

DAY = date(2026, 11, 1)
SCHEMA = pl.Schema({"a": pl.Int64})
MONTH = timedelta(days=30)


def put(home: Home, batch: str, *values: int, day: date = DAY) -> Path:
    """A day's batch, live."""
    table = home.table("c", "core", "t")
    file = lake.stage_file(table, day, batch, pl.DataFrame({"a": values}, schema=SCHEMA))
    lake.commit(table, SCHEMA, [file], {})
    return table.path / file.path


def rows(home: Home) -> list[int]:
    return sorted(lake.scan(home.table("c", "core", "t"), SCHEMA).collect()["a"])


def told(home: Home, *ids: str) -> None:
    for batch in ids:
        row = BATCH.row() | {"batch_id": batch, "recorded_at": datetime.now(UTC)}
        ledger.append(home, "batch", [row])


def known(home: Home) -> list[str]:
    return sorted(ledger.read(home, "batch").collect()["batch_id"])


def age(path: Path, days: float) -> Path:
    at = time.time() - days * 86400
    os.utime(path, (at, at))
    return path


def age_all(home: Home, days: float) -> None:
    for path in home.root.rglob("*"):
        if path.is_file():
            age(path, days)


def keep(home: Home, version: int, *files: Path) -> None:
    """A kept published version whose view names these files."""
    path = folder.unfinished(home)
    home.versions.mkdir(parents=True, exist_ok=True)
    names = ", ".join(connect.literal(str(file)) for file in files)
    with connect.connect(path) as con:
        con.execute("CREATE SCHEMA core")
        con.execute(f"CREATE VIEW core.t AS SELECT a, day FROM read_parquet([{names}], hive_partitioning = true)")
    folder.install(home, path, version)


def tree(home: Home) -> dict[str, bytes]:
    return {str(p.relative_to(home.root)): p.read_bytes() for p in home.root.rglob("*") if p.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a home")


# Vacuum ------------------------------------------------------------------------------------------------------


def test_vacuum_spares_what_is_live_named_or_young(home: Home):
    live = put(home, "live", 1)
    replaced = put(home, "old", 2, day=DAY + timedelta(days=1))
    named = put(home, "named", 3, day=DAY + timedelta(days=2))
    table = home.table("c", "core", "t")
    for n in (1, 2):
        put(home, f"new{n}", 9, day=DAY + timedelta(days=n))
    keep(home, 1, live, named)
    keep(home, 2, live)
    never = table.path / lake.stage_file(table, DAY, "never", pl.DataFrame({"a": [5]})).path
    part = never.with_suffix(".part")
    part.write_bytes(b"half")
    for path in (live, replaced, named, never, part):
        age(path, 31)
    staged = table.path / lake.stage_file(table, DAY, "staged", pl.DataFrame({"a": [6]})).path
    age(staged, 29)
    before = tree(home)

    would = of_home.vacuum(home, MONTH, dry_run=True)
    assert tree(home) == before
    done = of_home.vacuum(home, MONTH)
    assert would == done
    gone = {never, part}
    # `replaced` is old, but it was live until a moment ago: somebody may be reading it
    assert {home.root / name for name in before.keys() - tree(home).keys()} == gone
    assert (done.files_gone, done.note) == (2, "")
    assert done.bytes_gone == sum(len(before[str(p.relative_to(home.root))]) for p in gone)

    done = of_home.vacuum(home, timedelta(0))  # as if it had been replaced long ago
    assert not replaced.exists()
    assert not staged.exists()
    assert (live.exists(), named.exists()) == (True, True)
    assert rows(home) == [1, 9, 9]
    with duckdb.connect(str(home.versions / "000001.duckdb"), read_only=True) as con:
        assert con.execute("SELECT a FROM core.t ORDER BY a").fetchall() == [(1,), (3,)]
    assert done.files_gone == 2


def test_files_of_a_version_that_is_no_longer_kept_go(home: Home):
    first = put(home, "b1", 1)
    keep(home, 1, first)
    second = put(home, "b2", 2)
    keep(home, 2, second)
    of_home.vacuum(home, timedelta(0))
    assert first.exists()
    folder.prune(home, 1)
    of_home.vacuum(home, timedelta(0))
    assert not first.exists()
    assert rows(home) == [2]


def test_compacted_ledger_files_that_a_published_view_names_stay(home: Home):
    told(home, "b1", "b2", "b3")
    small = [Path(path) for path in home.ledger("batch").live()]
    of_home.compact(home)
    home.versions.mkdir(parents=True)
    path = folder.unfinished(home)
    with connect.connect(path) as con:
        names = ", ".join(connect.literal(str(file)) for file in small[:2])
        con.execute("CREATE SCHEMA ledger")
        con.execute(f"CREATE VIEW ledger.batch AS SELECT batch_id FROM read_parquet([{names}])")
        con.execute(f"CREATE MACRO ledger.other() AS TABLE SELECT batch_id FROM read_parquet(['{small[2]}'])")
    folder.install(home, path, 1)
    of_home.vacuum(home, timedelta(0))
    assert [file.exists() for file in small] == [True] * 3
    home.published_file.unlink()
    folder.version_files(home)[1].unlink()
    of_home.vacuum(home, timedelta(0))
    assert [file.exists() for file in small] == [False] * 3
    assert known(home) == ["b1", "b2", "b3"]


def test_version_that_cannot_be_read_stops_the_vacuum(home: Home):
    old = put(home, "b1", 1)
    put(home, "b2", 2)
    keep(home, 1, old)
    path = folder.version_files(home)[1]
    home.published_file.unlink()
    path.chmod(0o644)
    path.write_bytes(b"no DuckDB file")
    done = of_home.vacuum(home, timedelta(0))
    assert old.exists()
    assert done.files_gone == 0
    assert "nothing was removed" in done.note


def test_view_over_a_pattern_stops_the_vacuum(home: Home):
    old = put(home, "b1", 1)
    put(home, "b2", 2)
    keep(home, 1, old.with_name("*.parquet"))
    assert "pattern" in of_home.vacuum(home, timedelta(0)).note
    assert old.exists()


def test_batch_that_is_staged_again_while_it_is_looked_at_stays(home: Home, monkeypatch: pytest.MonkeyPatch):
    put(home, "b1", 1)
    table = home.table("c", "core", "t")
    old = age(table.path / lake.stage_file(table, DAY, "b2", pl.DataFrame({"a": [2]})).path, 40)
    real = of_home._unneeded

    def then_committed(*arguments):
        found = real(*arguments)
        assert found == [old]
        put(home, "b2", 2)
        return found

    monkeypatch.setattr(of_home, "_unneeded", then_committed)
    assert of_home.vacuum(home, MONTH).files_gone == 0
    assert rows(home) == [2]


def test_what_has_landed_is_never_touched(home: Home):
    kept = landing.land(home, "c", "f", DAY, b"bytes", {})
    put(home, "b1", 1)
    age_all(home, 1000)
    for part in of_home.PARTS.values():
        part(home, timedelta(0))
    assert sorted(p.name for p in kept.path.parent.iterdir()) == sorted(
        [kept.path.name, kept.path.with_suffix(".json").name]
    )
    assert landing.read_bytes(kept.path) == b"bytes"


@pytest.mark.holds("attack 22", "A file that a killed writer has begun counts as nothing, and maintenance removes it.")
def test_what_a_killed_writer_had_begun_goes_and_nothing_else(home: Home):
    kept = landing.land(home, "c", "f", DAY, b"bytes", {})
    folders = (kept.path.parent, home.refused, home.parse_cache / "c" / "f", home.root)
    for folder_of in folders:
        folder_of.mkdir(parents=True, exist_ok=True)
    old, young = ([unfinished_name(folder_of / f"{kept.sha256}.zst") for folder_of in folders] for _ in range(2))
    for path in (*old, *young):
        path.write_bytes(b"half")
    age_all(home, 2)
    for path in young:
        age(path, 0.5)
    before = tree(home)
    assert landing.landed(home, "c", "f") == {kept.sha256}
    assert of_home.abandoned(home, dry_run=True).files_gone == len(old)
    assert tree(home) == before
    done = of_home.abandoned(home)
    assert {home.root / name for name in before.keys() - tree(home).keys()} == set(old)
    assert (done.files_before, done.files_after, done.bytes_gone) == (8, 4, 16)
    assert landing.land(home, "c", "f", DAY, b"bytes", {}).new is False


# Logs --------------------------------------------------------------------------------------------------------


def test_log_gets_a_checkpoint_and_the_table_reads_as_before(home: Home):
    for n in range(12):
        put(home, f"b{n}", n, day=DAY + timedelta(days=n % 3))
        told(home, f"b{n}")
    of_home.checkpoint(home)  # the ledger's settings are an entry too
    age_all(home, 31)
    done = of_home.checkpoint(home)
    assert done.files_after == 2  # the newest entry of each table stays
    assert done.files_gone > 20
    assert rows(home) == [9, 10, 11]
    assert known(home) == sorted(f"b{n}" for n in range(12))
    put(home, "more", 99)
    told(home, "more")
    program = "import sys; from tests.pipeline.test_maintenance import *\n"
    program += "home = Home(Path(sys.argv[1])); print(rows(home), len(known(home)))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, home.root],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.splitlines()[0] == "[10, 11, 99] 13"
    assert DeltaTable(home.table("c", "core", "t").path.as_uri()).version() == 14


def test_young_entries_stay(home: Home):
    for n in range(5):
        put(home, f"b{n}", n)
    before = sorted((home.table("c", "core", "t").path / "_delta_log").glob("*.json"))
    age_all(home, 29)
    of_home.checkpoint(home)
    assert all(path.exists() for path in before)


# Parsed deliveries -------------------------------------------------------------------------------------------


def test_parsed_deliveries_that_nobody_used_go(home: Home):
    folder = home.parse_cache / "c" / "f" / "hash"
    folder.mkdir(parents=True)
    for name, days in (("old", 8), ("new", 6)):
        for kind in ("json", "rows"):
            (folder / f"{name}.{kind}").write_bytes(b"1234")
            age(folder / f"{name}.{kind}", days)
    (folder / "used.rows").write_bytes(b"1234")
    age(folder / "used.rows", 8)
    (folder / "used.json").write_bytes(b"1234")  # of an entry any file may say that it was used
    assert of_home.parse_cache(home, dry_run=True).files_gone == 2
    done = of_home.parse_cache(home)
    assert (done.files_before, done.files_after, done.bytes_gone) == (6, 4, 8)
    assert sorted(path.name for path in folder.iterdir()) == ["new.json", "new.rows", "used.json", "used.rows"]


# Beside a night, and killed ------------------------------------------------------------------------------------

WRITER = """
import sys
from tests.pipeline.test_maintenance import *
home = Home(Path(sys.argv[1]))
print("writing", flush=True)
for n in range(int(sys.argv[2])):
    put(home, f"b{n:03d}", n, day=DAY + timedelta(days=n % 5))
    told(home, f"b{n:03d}")
    row = {"batch_id": f"b{n:03d}", "rule": "r"}
    for _ in range(2):
        ledger.append_once(home, "rule_result", [row], [f"b{n:03d}"])
    assert len(known(home)) == n + 1, n
"""
KEEPER = """
import sys
from tests.pipeline.test_maintenance import *
home = Home(Path(sys.argv[1]))
print("at work", flush=True)
while True:
    for part in of_home.PARTS.values():
        part(home, MONTH)
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def test_beside_a_night_that_writes(home: Home, monkeypatch: pytest.MonkeyPatch):
    """Compacting, checkpoints and removing as fast as it goes while another process adds, replaces and reads."""
    with start(WRITER, home.root, 60) as writer:
        rounds = 0
        while writer.poll() is None:
            for part in of_home.PARTS.values():
                part(home, MONTH)
            rounds += 1
        _, said = writer.communicate()
    assert writer.returncode == 0, said
    assert rounds > 3
    of_home.compact(home)
    assert rows(home) == [55, 56, 57, 58, 59]
    for table in ("batch", "rule_result"):
        found = ledger.read(home, table).collect()["batch_id"]
        assert sorted(found) == [f"b{n:03d}" for n in range(60)]
        assert len(home.ledger(table).live()) == 1


def test_killed_anywhere_the_next_goes_on(home: Home):
    for n in range(30):
        put(home, f"b{n:03d}", n, day=DAY + timedelta(days=n % 5))
        told(home, f"b{n:03d}")
    for number in range(3):
        with start(KEEPER, home.root) as keeper:
            told(home, *(f"c{number}{n}" for n in range(3 + number)))
            keeper.send_signal(signal.SIGKILL)
        assert rows(home) == [25, 26, 27, 28, 29]
    told_of = known(home)
    assert len(told_of) == len(set(told_of))
    assert set(told_of) == {f"b{n:03d}" for n in range(30)} | {f"c{k}{n}" for k in range(3) for n in range(3 + k)}
    for part in of_home.PARTS.values():
        part(home, timedelta(0))
    assert known(home) == told_of
    assert {Path(p) for p in home.ledger("batch").live()} == set(home.ledger("batch").path.glob("*.parquet"))


@pytest.mark.parametrize("step", ["write", "add_entry"])
def test_compaction_that_dies_changes_nothing(home: Home, monkeypatch: pytest.MonkeyPatch, step: str):
    told(home, "b1", "b2", "b3")
    before = set(home.ledger("batch").live())

    def die(*_arguments, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storage if step == "write" else commit, step, die)
        with pytest.raises(KeyboardInterrupt):
            of_home.compact(home)
    assert set(home.ledger("batch").live()) == before
    assert known(home) == ["b1", "b2", "b3"]
    of_home.compact(home)
    assert known(home) == ["b1", "b2", "b3"]


# Dagster's store -----------------------------------------------------------------------------------------------


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="thing")])
def thing() -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(passed=True)


@pytest.fixture
def store(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")
    with open_instance(home) as found:
        yield found


def test_old_runs_go_with_all_that_is_theirs(home: Home, store: dg.DagsterInstance):
    old, new = (dg.materialize([thing], instance=store).run_id for _ in range(2))
    kept = {path.name for path in retention._files(home) if retention._run_of(path) != old}
    store.run_storage.delete_run("nobody")
    everything = timedelta(days=-1)
    assert retention.remove_old_runs(home, store).files_gone == 0  # they are of today
    would = retention.remove_old_runs(home, store, everything, dry_run=True)
    assert would.files_gone >= 2
    assert {r.run_id for r in store.get_runs()} == {old, new}
    retention._remove(store, old)
    assert [r.run_id for r in store.get_runs()] == [new]
    assert {path.name for path in retention._files(home)} >= kept - {f"{old}.db-wal"}
    assert not [path for path in retention._files(home) if old in str(path)]
    record = store.get_latest_materialization_event(dg.AssetKey("thing"))
    assert record is not None
    assert record.run_id == new
    done = retention.remove_old_runs(home, store, everything)
    assert store.get_runs_count() == 0
    assert not [path for path in retention._files(home) if retention._run_of(path.relative_to(home.dagster))]
    assert done.files_gone >= 1
    assert (
        store.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey("thing"), "fine"), limit=5
        )
        == []
    )
    assert dg.materialize([thing], instance=store).success


def test_job_shows_what_each_part_did(home: Home, store: dg.DagsterInstance):
    from pipelines import code_location

    told(open_home(home, create=True), "b1", "b2")
    found = code_location.code_location(Settings(home_dir=home.root))
    done = found.resolve_job_def("maintain").execute_in_process(instance=store)
    assert done.success
    made = [event.step_materialization_data.materialization for event in done.get_asset_materialization_events()]
    shown = {one.asset_key.path[-1]: one.metadata for one in made}
    assert set(shown) == set(maintenance.PARTS)
    assert (shown["compact"]["files_before"].value, shown["compact"]["files_after"].value) == (2, 1)
    schedule = found.get_repository_def().get_schedule_def("maintain_weekly")
    zone = load_city(Settings().packs()[0]).config.timezone  # of the first city by name
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 12 * * 0", zone)


# The command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def madang(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("DAGSTER_HOME", "")

    def run(*arguments: str) -> str:
        from typer.testing import CliRunner

        from pipelines.cli.commands import app

        done = CliRunner().invoke(app, ["maintain", "--home", str(home.root), *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_command_says_what_it_would_do_and_does_it(home: Home, madang: Callable[..., str]):
    open_home(home, create=True)
    put(home, "b1", 1)
    told(home, "b1", "b2", "b3")
    before = tree(home)
    would = {part["part"]: part for part in json.loads(madang("--dry-run", "--json"))}
    assert tree(home) == before
    assert list(would) == list(maintenance.PARTS)
    assert (would["compact"]["files_before"], would["compact"]["files_after"]) == (3, 1)
    text = madang("--retention-days", "1")
    assert "3 to 1" in text
    assert known(home) == ["b1", "b2", "b3"]
    assert len(home.ledger("batch").live()) == 1


def test_a_home_that_is_not_there_is_refused_and_not_made(home: Home, madang: Callable[..., str]):
    with pytest.raises(Stop, match="there is no home"):
        madang("--json")
    assert not home.root.exists()
