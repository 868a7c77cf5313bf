"""The lake and the landing area alone: who wins, what is visible, and which paths they stand."""

import multiprocessing
import os
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import zstandard

from tests.worlds.files import DAYS, Yard
from warehouse import lake, landing
from warehouse.delta.log import StoredTable
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT

DAY = date(2026, 11, 1)
SCHEMA = pl.Schema({"day": pl.Date, "a": pl.Int64})
ROUNDS = 20


def frame(*numbers: int, day: date = DAY) -> pl.DataFrame:
    return pl.DataFrame({"day": [day] * len(numbers), "a": list(numbers)}, schema=SCHEMA)


def put(table: StoredTable, batch: str, *numbers: int, day: date = DAY) -> bool:
    return lake.commit(
        table, SCHEMA, [lake.stage_file(table, day, batch, frame(*numbers, day=day))], {"batch_id": batch}
    )


def rows(table: StoredTable) -> list[int]:
    return lake.scan(table, SCHEMA).select("a").collect().to_series().sort().to_list()


@pytest.fixture
def table(tmp_path: Path) -> StoredTable:
    return StoredTable(tmp_path)


# Two writers at once -----------------------------------------------------------------------------------------


def writer(root: str, number: int, same_day: bool, barrier, answers) -> None:
    """Both fill the same empty day (or a day each) of table after table, at the same moment."""
    for round_ in range(ROUNDS):
        day = DAY if same_day else DAY + timedelta(days=number)
        table = StoredTable(Path(root) / str(round_))
        file = lake.stage_file(table, day, f"batch{number}", frame(*[number] * 3, day=day))
        barrier.wait(300)
        try:
            done = lake.commit(table, SCHEMA, [file], {})
            answers.put((round_, number, done, None))
        except Exception as error:
            answers.put((round_, number, False, repr(error)))


def race(root: Path, *, same_day: bool) -> list[tuple]:
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(2), context.Queue()
    children = [context.Process(target=writer, args=(str(root), n, same_day, barrier, answers)) for n in (0, 1)]
    for child in children:
        child.start()
    found = [answers.get(timeout=300) for _ in range(2 * ROUNDS)]
    for child in children:
        child.join(300)
        assert child.exitcode == 0
    return found


def test_two_writers_of_one_empty_day_never_leave_both(tmp_path: Path):
    found = race(tmp_path, same_day=True)
    assert [error for *_, error in found if error] == []
    for round_ in range(ROUNDS):
        assert rows(StoredTable(tmp_path / str(round_))) in ([0, 0, 0], [1, 1, 1])
        assert len(lake.live_files(StoredTable(tmp_path / str(round_)))) == 1


def test_two_writers_of_two_days_both_succeed(tmp_path: Path):
    found = race(tmp_path, same_day=False)
    assert [error for *_, error in found if error] == []
    for round_ in range(ROUNDS):
        assert rows(StoredTable(tmp_path / str(round_))) == [0, 0, 0, 1, 1, 1]


# What is visible ---------------------------------------------------------------------------------------------


def test_staged_is_not_visible(table: StoredTable):
    file = lake.stage_file(table, DAY, "b1", frame(1, 2))
    assert (table.path / file.path).is_file()
    assert lake.live_files(table) == []
    assert lake.live_batches(table) == {}
    assert rows(table) == []
    assert lake.commit(table, SCHEMA, [file], {}) is True
    assert rows(table) == [1, 2]
    lake.stage_file(table, DAY, "b2", frame(3))
    assert rows(table) == [1, 2]
    assert lake.live_batches(table) == {DAY: "b1"}


def test_commit_of_a_live_batch_changes_nothing(table: StoredTable):
    assert put(table, "b1", 1) is True
    log = sorted(os.listdir(table.path / "_delta_log"))
    assert put(table, "b1", 1) is False
    assert sorted(os.listdir(table.path / "_delta_log")) == log


def test_commit_replaces_its_days_and_no_other(table: StoredTable):
    put(table, "b1", 1)
    put(table, "b2", 2, day=DAY + timedelta(days=1))
    put(table, "b3", 3, 4)
    assert rows(table) == [2, 3, 4]
    assert lake.live_batches(table) == {DAY: "b3", DAY + timedelta(days=1): "b2"}
    put(table, "b1", 1)  # back to an earlier batch
    assert rows(table) == [1, 2]


def test_new_column_widens_the_table(table: StoredTable):
    put(table, "b1", 1)
    wide = pl.Schema({**SCHEMA, "b": pl.String})
    new = frame(2, day=DAY + timedelta(days=1)).with_columns(b=pl.lit("x"))
    lake.commit(table, wide, [lake.stage_file(table, DAY + timedelta(days=1), "b2", new)], {})
    found = lake.scan(table, wide).sort("day").collect()
    assert found.select("a", "b").rows() == [(1, None), (2, "x")]
    assert rows(table) == [1, 2]  # who knows only the old columns reads on


def test_many_commits_pass_the_checkpoint_of_the_log(table: StoredTable):
    """Delta writes a checkpoint every hundred commits; what is live stays what it is."""
    for number in range(103):
        put(table, f"b{number}", number)
    assert rows(table) == [102]


def test_empty_day_can_be_committed(table: StoredTable):
    put(table, "b1")
    assert lake.live_batches(table) == {DAY: "b1"}
    assert rows(table) == []


# Paths -------------------------------------------------------------------------------------------------------

ODD = ["a b", "한글 폴더", "x*y", "q?", "h#1", "it's"]  # `[`, `%`, `\\` and `day=` are refused by the command line


@pytest.mark.parametrize("name", ODD)
def test_lake_and_ledger_stand_any_path(tmp_path: Path, name: str):
    table = StoredTable(tmp_path / name / "t")
    put(table, "b1", 1)
    put(table, "b2", 2)
    assert rows(table) == [2]
    home = Home(tmp_path / name)
    for _ in range(2):
        ledger.append(home, "attempt", [ATTEMPT.row() | {"city": "x"}])
    assert ledger.read(home, "attempt").collect()["city"].to_list() == ["x", "x"]


@pytest.mark.parametrize("name", ODD)
def test_whole_way_of_a_batch_stands_any_path(tmp_path: Path, name: str):
    yard = Yard(tmp_path / name)
    yard.deliver("bike_daily")
    report = yard.way("bike_daily")
    assert [o.reason for o in report.outcomes] == ["all rules passed"] * len(DAYS)
    assert yard.core("bike_daily").height == len(DAYS)


# Landing -----------------------------------------------------------------------------------------------------


def test_landing_writes_once(tmp_path: Path):
    home = Home(tmp_path)
    first = landing.land(home, "c", "f", DAY, b"bytes", {"name": "x"})
    stamp = first.path.stat().st_mtime_ns
    again = landing.land(home, "c", "f", DAY + timedelta(days=1), b"bytes", {"name": "y"})
    assert (first.new, again.new) == (True, False)
    assert again.path == first.path
    assert first.path.stat().st_mtime_ns == stamp
    assert landing.read_bytes(first.path) == b"bytes"
    assert landing.land(home, "c", "other", DAY, b"bytes", {}).new
    assert [p.name for p in tmp_path.rglob("*.part")] == []


@pytest.mark.parametrize(("content", "level"), [(bytes(200_000), 3), (random.Random(1).randbytes(200_000), 1)])
def test_bytes_that_are_compressed_already_are_hardly_compressed_again(tmp_path: Path, content: bytes, level: int):
    landed = landing.land(Home(tmp_path), "c", "f", DAY, content, {})
    assert landed.path.read_bytes() == zstandard.compress(content, level)
    assert landing.read_bytes(landed.path) == content


def test_what_looks_compressed_at_its_beginning_alone_is_compressed(tmp_path: Path):
    content = random.Random(1).randbytes(20_000) + b"text " * 100_000
    assert landing.land(Home(tmp_path), "c", "f", DAY, content, {}).path.stat().st_size < 30_000


def test_landing_notices_changed_bytes(tmp_path: Path):
    landed = landing.land(Home(tmp_path), "c", "f", DAY, b"bytes", {})
    landed.path.write_bytes(zstandard.compress(b"other"))
    with pytest.raises(ValueError, match="does not hold the bytes"):
        landing.read_bytes(landed.path)


def test_landed_file_damaged_on_disk_is_a_failure_of_its_feed(yard: Yard):
    """Half a file after a crash of the disk: said in a sentence, and the other feeds go on."""
    from assets.failures import FeedFailure
    from assets.ingest.fetch import fetch
    from assets.ingest.read import read_new

    yard.deliver("bike_daily", days=[d + timedelta(days=30) for d in DAYS])  # bytes that nobody has parsed before
    fetched = fetch(yard.run(), yard.city.contracts["bike_daily"], [])
    path = landing.find(yard.home, "seoul", "bike_daily", next(iter(fetched.landed)))
    assert path is not None
    path.write_bytes(path.read_bytes()[:-3])
    shutil.rmtree(yard.home.parse_cache)  # they were read while their bytes were at hand
    read_new(yard.run(), yard.city.contracts["bike_daily"], fetched)
    assert [type(f).__mro__[1] for f in fetched.failures] == [FeedFailure]
    assert len(fetched.landed) == 2
    assert yard.ledger("attempt").filter(status="parsed").height == 1
