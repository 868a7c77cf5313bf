"""Entries of a table's log that are written here: deltalake reads from them what this process does."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import stamina
from deltalake import DeltaTable, TableFeatures
from deltalake.transaction import AddAction, RemoveAction
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.delta import entry, log
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action
from warehouse.delta.log import StoredTable

SCHEMA = pl.Schema({"a": pl.Int64, "day": pl.Date})
EVERY = {"delta.checkpointInterval": "3"}  # so that some entries are deltalake's
DAYS: tuple[str, ...] = ("2026-07-01", "2026-07-02")


def commit(table: StoredTable, add: str, day: str, remove: str | None = None) -> bool:
    actions: list[AddAction | RemoveAction] = [add_action(f"day={day}/{add}.parquet", 10, 1, partition={"day": day})]
    if remove is not None:
        of_day = remove.rsplit("/", 2)[1]
        path = f"{of_day}/{Path(remove).name}"
        actions.append(remove_action(path, 10, partition={"day": of_day.removeprefix("day=")}))
    change = Changes(actions, [day], {"run_id": add, "words": '가 "quoted"'})
    return commit_changes(table, SCHEMA, lambda _: change, partition_by=["day"], properties=EVERY, after_others=False)


@settings(deadline=None, max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(DAYS), st.booleans()), min_size=1, max_size=9))
def test_deltalake_reads_what_was_written(steps: list[tuple[int, str, bool]]):
    """Two writers in turn, each with what it has read of the log."""
    with tempfile.TemporaryDirectory(prefix="표 % ") as folder:
        writers = [StoredTable(Path(folder, "t")), StoredTable(Path(folder, "t"))]
        numbers: dict[str, int] = dict.fromkeys(DAYS, 0)
        for n, (writer, day, replaces) in enumerate(steps):
            live = writers[writer].live_files()
            assert commit(writers[writer], f"f{n}", day, live[0] if live and replaces else None)
            numbers[day] += 1
        delta = DeltaTable(Path(folder, "t").as_uri())
        assert delta.version() == len(steps)
        for table in (*writers, StoredTable(Path(folder, "t"))):
            assert sorted(table.live_files()) == sorted(log.paths_of(delta, table.path))
        assert {day: delta.transaction_version(day) or 0 for day in DAYS} == numbers
        told = [(one["run_id"], one["words"]) for one in delta.history() if "run_id" in one]
        assert told == [(f"f{n}", '가 "quoted"') for n in reversed(range(len(steps)))]
        written = sorted(Path(folder, "t", "_delta_log").iterdir())
        assert {path.suffix for path in written if path.name != "_last_checkpoint"} <= {".json", ".parquet"}
        assert sum(".checkpoint." in path.name for path in written) == (len(steps) + 1) // 3


@pytest.fixture
def table(tmp_path: Path) -> StoredTable:
    table = StoredTable(tmp_path / "t")
    assert commit(table, "first", DAYS[0])
    return table


def test_of_two_that_write_the_same_entry_one_finds_it_there(table: StoredTable):
    action = [add_action("day=2026-07-01/late.parquet", 10, 1, partition={"day": DAYS[0]})]
    assert not entry.add_entry(table.path, 1, action, {}, {}, ["day"])
    assert [Path(path).name for path in table.live_files()] == ["first.parquet"]
    assert not list(table.path.rglob("*.part"))


def test_a_writer_that_was_overtaken_looks_again(table: StoredTable):
    other, asked = StoredTable(table.path), list[int]()

    def changes(live: Sequence[str]) -> Changes:
        asked.append(len(live))
        if len(asked) == 1:
            assert commit(other, "other", DAYS[0])
        return Changes([add_action("day=2026-07-01/own.parquet", 10, 1, partition={"day": DAYS[0]})], [DAYS[0]])

    with stamina.set_testing(True, attempts=2):
        assert commit_changes(table, SCHEMA, changes, partition_by=["day"])
    assert asked == [1, 2]
    assert DeltaTable(table.path.as_uri()).transaction_version(DAYS[0]) == 3


def test_a_table_of_a_newer_protocol_is_left_to_deltalake(table: StoredTable, monkeypatch: pytest.MonkeyPatch):
    newer = DeltaTable(table.path.as_uri())
    newer.alter.add_feature(TableFeatures.AppendOnly, allow_protocol_versions_increase=True)
    assert newer.protocol().min_writer_version > 2

    def never(*_: object) -> bool:
        raise AssertionError("written here")

    monkeypatch.setattr("warehouse.delta.commit.add_entry", never)
    assert commit(table, "second", DAYS[1])
    assert len(table.live_files()) == 2


@pytest.mark.parametrize("between", ["\u2028", "\u2029", "\x85"])
def test_what_only_unicode_takes_for_the_end_of_a_line_ends_none(tmp_path: Path, between: str):
    """Other tools write into the log what they were asked, such as the condition of a deletion: JSON leaves these as
    they are, and Delta's lines end with a line feed alone."""
    table = StoredTable(tmp_path / "t")
    for n in range(2):
        change = Changes([add_action(f"f{n}.parquet", 10, 1)], [], {"words": f"a{between}b"})
        assert commit_changes(table, SCHEMA, lambda _, of=change: of)
    assert len(table.live_files()) == len(StoredTable(table.path).live_files()) == 2
    assert DeltaTable(table.path.as_uri()).history(1)[0]["words"] == f"a{between}b"


def test_an_entry_that_breaks_off_is_named(tmp_path: Path):
    table = StoredTable(tmp_path / "t")
    for n in range(2):
        change = Changes([add_action(f"f{n}.parquet", 10, 1)])
        assert commit_changes(table, SCHEMA, lambda _, of=change: of)
    last = entry.entry_path(table.path, 2)
    last.write_bytes(last.read_bytes()[:-30])
    with pytest.raises(log.DamagedLogError, match=f"{last.name}.*madang doctor"):
        StoredTable(table.path).live_files()
