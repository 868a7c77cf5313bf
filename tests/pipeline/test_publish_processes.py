"""Publishing as it happens: readers that stay, publishers that are killed, two at once. Real processes.

This file is also the program of the child processes: `python test_publish_processes.py COMMAND HOME ...`.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.publication.metric_columns import METRIC_VALUE
from tests.support.paths import REPOSITORY
from tests.worlds.published import frame_table, values
from warehouse import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, dictionary, publish, versions
from warehouse.published.load import Frame
from warehouse.published.publish import STEPS

ROLLBACK_STEPS = STEPS[1:2] + STEPS[4:5] + STEPS[6:-1]
TIMES = ("recorded_at", "published_at", "replaced_at", "run_id")
NIGHTS = [{"1": 1.0, "2": 2.0}, {"1": 1.5, "3": 3.0}, {"1": 9.0, "3": 3.0}]  # a correction, one gone, one new


def night(numbers: dict[str, float], marker: float = 0) -> list[Frame]:
    """What one night publishes; the marker stands in two tables, so that half a publication would show."""
    marked = pl.DataFrame({"marker": [float(marker)] * 1000})
    return [values(numbers), frame_table("mart", "one", marked), frame_table("ledger", "attempt", marked)]


# What the child processes do ----------------------------------------------------------------------------


def child_publish(home: Home, number: str, step: str) -> None:
    os.environ[failpoint.VARIABLE] = f"publish.{step}"
    publish.publish(home, night(NIGHTS[int(number)]), run_id="child")


def child_rollback(home: Home, version: str, step: str) -> None:
    os.environ[failpoint.VARIABLE] = f"publish.{step}"
    versions.rollback(home, METRIC_VALUE, int(version), run_id="child")


def child_refresh(home: Home, step: str) -> None:
    *tables, attempt = night(NIGHTS[0])
    newer = Frame(attempt.spec, pl.DataFrame({"marker": [1.0]}))
    os.environ[failpoint.VARIABLE] = f"publish.{step}"
    publish.publish(home, [*tables, newer], run_id="child")


def child_publish_many(home: Home, name: str, times: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(times)):
        publish.publish(home, night({name: float(number)}, number), run_id=name)


def child_read(home: Home) -> None:
    """Read over and over: by one connection that stays, and by new ones. What goes wrong is an error."""
    path = str(home.published_file)
    held = duckdb.connect(path, read_only=True)
    first = held.execute("SELECT max(marker) FROM mart.one").fetchall()
    reads, seen = 0, set()
    print("ready", flush=True)
    os.set_blocking(sys.stdin.fileno(), False)
    while not sys.stdin.buffer.read(1):
        with connect.open_published(home) as con:
            a = con.execute("SELECT DISTINCT marker FROM mart.one").fetchall()
            b = con.execute("SELECT value FROM metric.value WHERE area = '1'").fetchall()
            c = con.execute("SELECT max(version) - 1 FROM ledger.publication").fetchall()
        assert a == b == [(float(c[0][0]),)], (a, b, c)
        assert held.execute("SELECT max(marker) FROM mart.one").fetchall() == first
        reads += 1
        seen.add(a[0][0])
    print(reads, len(seen), flush=True)


def child_write(home: Home) -> None:
    """An analyst's tool that opens the file to write, as some do unless told otherwise."""
    home.published_file.chmod(0o644)
    con = duckdb.connect(str(home.published_file))
    print("ready", flush=True)
    sys.stdin.readline()
    con.close()


def child(command: str, home: str, *arguments: str) -> None:
    globals()[f"child_{command}"](Home(Path(home)), *arguments)


# ----------------------------------------------------------------------------------------------------------


def start(command: str, home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, command, str(home.root), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )


# Children that are killed are forks of a process that has imported this file, once, and has run no query.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([__name__])


def killed(command: str, home: Home, *arguments: str) -> None:
    process = FORKED.Process(target=child, args=(command, str(home.root), *arguments))
    process.start()
    process.join(300)
    assert process.exitcode == -signal.SIGKILL


def state(home: Home) -> dict[str, object]:
    """All that is published, kept and written down, but for times and runs."""
    told: dict[str, object] = {
        "files": sorted(p.name for folder in (home.published, home.versions) for p in folder.iterdir())
    }
    with connect.connect() as con:
        for path in [home.published_file, *home.versions.iterdir()]:
            connect.attach(con, path, path.stem)
        for file, schema, table in con.execute(
            "SELECT database_name, schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall():
            frame = con.sql(f'FROM "{file}"."{schema}"."{table}"').pl().drop(TIMES, strict=False)
            told[f"{file} {schema}.{table}"] = sorted(map(repr, frame.rows()))
    told["comments"] = dictionary.describe(home.published_file).rows()
    for table in ("publication", "value_history"):
        frame = ledger.read(home, table).collect().drop(TIMES, strict=False)
        told[f"ledger {table}"] = sorted(map(repr, frame.rows()))
    told["live"] = home.published_file.stat().st_nlink
    return told


@pytest.fixture(scope="module")
def first_nights(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("nights"))
    for numbers in NIGHTS[:2]:
        publish.publish(home, night(numbers), run_id="r")
    return home


@pytest.fixture
def two_nights(first_nights: Home, tmp_path: Path) -> Home:
    """A home with two publications, for the test's own use."""
    return copied(first_nights, tmp_path)


def copied(home: Home, folder: Path) -> Home:
    subprocess.run(["cp", "-a", f"{home.root}/.", folder], check=True)  # keeps hard links
    return Home(folder)


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory, first_nights: Home) -> dict[str, object]:
    """How things stand after each of the ways below when nobody is killed."""
    told: dict[str, object] = {}
    home = copied(first_nights, tmp_path_factory.mktemp("publish"))
    publish.publish(home, night(NIGHTS[2]), run_id="r")
    told["publish"] = state(home)
    home = copied(first_nights, tmp_path_factory.mktemp("rollback"))
    versions.rollback(home, METRIC_VALUE, 1, run_id="r")
    told["rollback"] = state(home)
    return told


def test_the_steps_are_all_there_is_and_in_this_order(tmp_path: Path):
    home, seen = Home(tmp_path), []
    with failpoint.listening(seen.append):
        publish.publish(home, night(NIGHTS[0]), run_id="r")
    assert tuple(seen) == tuple(f"publish.{step}" for step in STEPS)
    publish.publish(home, night(NIGHTS[1]), run_id="r")
    seen.clear()
    with failpoint.listening(seen.append):
        versions.rollback(home, METRIC_VALUE, run_id="r")
    assert tuple(seen) == tuple(f"publish.{step}" for step in ROLLBACK_STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_next_publication_ends_where_it_would_have(
    step: str, two_nights: Home, never_killed: dict[str, object]
):
    home = two_nights
    killed("publish", home, "2", step)
    with connect.open_published(home) as con:  # as before or as after, and readable
        live = con.execute(
            "SELECT max(version), (SELECT max(version) FROM metric.history) FROM ledger.publication"
        ).fetchall()
    assert live == ([(3, 3)] if STEPS.index(step) >= STEPS.index("swapped") else [(2, 2)])
    again = publish.publish(home, night(NIGHTS[2]), run_id="r")
    assert again.version == 3
    assert state(home) == never_killed["publish"]


def test_killed_when_nothing_was_published_before(tmp_path: Path):
    for step in ("kept", "swapped"):
        home = Home(tmp_path / step)
        killed("publish", home, "0", step)
        assert publish.publish(home, night(NIGHTS[0]), run_id="r").version == 1
        assert versions.versions(home)["live"].to_list() == [True]
        assert ledger.read(home, "value_history").collect().height == 2


@pytest.mark.parametrize("step", ["built", "kept", "swapped", "values_recorded"])  # the rest is as above
def test_a_rollback_that_is_killed_is_mended(step: str, two_nights: Home, never_killed: dict[str, object]):
    home = two_nights
    killed("rollback", home, "1", step)
    # whoever comes next publishes what was live: if the rollback was not in place yet, nothing is new
    swapped = ROLLBACK_STEPS.index(step) >= ROLLBACK_STEPS.index("swapped")
    result = publish.publish(home, night(NIGHTS[0 if swapped else 1]), run_id="r")
    assert (result.version, result.changed) == ((3, False) if swapped else (2, False))
    if not swapped:
        versions.rollback(home, METRIC_VALUE, 1, run_id="r")
    assert state(home) == never_killed["rollback"]


def test_a_refresh_killed_between_the_version_and_the_swap_is_done_again(tmp_path: Path):
    home = Home(tmp_path)
    publish.publish(home, night(NIGHTS[0]), run_id="r")
    before = state(home)
    killed("refresh", home, "kept")
    assert not publish.publish(home, night(NIGHTS[0]), run_id="r").changed
    publish.publish(home, night(NIGHTS[0], 1), run_id="r")
    versions.rollback(home, METRIC_VALUE, 1, run_id="r")
    told = state(home)
    assert told["madang ledger.attempt"] in (before["madang ledger.attempt"], ["(1.0,)"])
    assert [row[0] for row in versions.versions(home).rows()] == [1, 2, 3]


def test_readers_see_whole_publications_and_no_errors(tmp_path: Path):
    home = Home(tmp_path)
    publish.publish(home, night({"1": 0.0}, 0), run_id="r")
    child = start("read", home)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    for number in range(1, 9):
        publish.publish(home, night({"1": float(number)}, number), run_id="r")
    told, errors = child.communicate("x", timeout=300)
    assert child.returncode == 0, errors
    reads, publications = map(int, told.split())
    assert reads >= publications > 1


def test_two_publishers_at_once_take_turns(tmp_path: Path):
    home = Home(tmp_path)
    children = [start("publish_many", home, name, "4") for name in ("a", "b")]
    for child in children:  # both are waiting at the start line
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate(timeout=300)
        assert child.returncode == 0, errors
    told = ledger.read(home, "publication").sort("version").collect()
    assert told["version"].to_list() == list(range(1, 9))
    assert sorted(told["run_id"]) == ["a"] * 4 + ["b"] * 4
    assert told["recorded_at"].is_sorted()
    with connect.open_published(home) as con:
        assert con.execute("SELECT count(*) FROM metric.history WHERE replaced_at IS NULL").fetchall() == [(2,)]
        areas = con.execute("SELECT DISTINCT area FROM metric.value").fetchall()
    assert areas == [(told["run_id"][-1],)]
    assert sorted(p.name for p in home.published.iterdir()) == [".lock", "madang.duckdb", "versions"]


def test_a_program_that_has_the_file_open_to_write_stops_readers_but_not_the_publisher(two_nights: Home):
    home = two_nights
    child = start("write", home)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    with pytest.raises(connect.BusyError, match=r"open for writing.*-readonly.*PID"):
        connect.open_published(home)
    assert publish.publish(home, night(NIGHTS[2]), run_id="r").version == 3
    with connect.open_published(home) as con:  # the new file is another one
        assert con.execute("SELECT max(version) FROM ledger.publication").fetchall() == [(3,)]
    child.communicate("\n", timeout=300)
    assert sorted(p.name for p in home.published.iterdir()) == [".lock", "madang.duckdb", "versions"]


if __name__ == "__main__":
    child(*sys.argv[1:])
