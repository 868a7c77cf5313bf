"""The one way to commit to a Delta table, files that are whole or absent, and who owns what was read."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
import stamina
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction

from pipelines.resources import Platform
from pipelines.settings import Settings
from warehouse.delta import commit
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action, set_properties
from warehouse.delta.entry import entry_path
from warehouse.delta.log import DamagedLogError, StoredTable
from warehouse.files import replacing, write_atomically
from warehouse.home import Home

SCHEMA = pl.Schema({"a": pl.Int64})


@pytest.fixture
def table(tmp_path: Path) -> StoredTable:
    return StoredTable(tmp_path / "t")


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


def added(table: StoredTable, name: str, frame: pl.DataFrame) -> Changes:
    """A file of the table, with a transaction number that lets one of two writers through."""
    return Changes([written(table, name, frame)], ["all"])


def written(table: StoredTable, name: str, frame: pl.DataFrame) -> AddAction:
    table.path.mkdir(exist_ok=True)
    frame.write_parquet(table.path / name)
    return add_action(name, (table.path / name).stat().st_size, frame.height)


def interfere(table: StoredTable, number: int) -> None:
    """Another process commits at this moment."""
    other = StoredTable(table.path)
    change = added(other, f"other{number}.parquet", pl.DataFrame({"a": [number]}))
    assert commit_changes(other, SCHEMA, lambda _: change)


def test_after_another_writers_commit_the_table_is_looked_at_again(table: StoredTable):
    seen: list[int] = []

    def changes(live: Sequence[str]) -> Changes:
        seen.append(len(live))
        if len(seen) == 1:
            interfere(table, 1)
        return added(table, "mine.parquet", pl.DataFrame({"a": [0]}))

    assert commit_changes(table, SCHEMA, changes, after_others=False)
    assert seen == [0, 1]
    assert sorted(Path(path).name for path in table.live_files()) == ["mine.parquet", "other1.parquet"]


def test_files_added_by_several_at_once_are_all_there(table: StoredTable):
    def write(writer: int) -> None:
        own = StoredTable(table.path)
        for n in range(12):
            file = written(own, f"{writer}-{n}.parquet", pl.DataFrame({"a": [n]}))
            commit_changes(own, SCHEMA, lambda _, of=file: Changes([of]))

    first = added(table, "first.parquet", pl.DataFrame({"a": [0]}))
    commit_changes(table, SCHEMA, lambda _: first, properties={"delta.checkpointInterval": "5"})
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    assert len(table.live_files()) == 37
    assert sorted(table.live_files()) == sorted(StoredTable(table.path).live_files())
    assert DeltaTable(table.path.as_uri()).count() == 37
    assert not list(table.path.glob("*.part"))


def test_files_are_added_to_a_table_that_was_described_again(table: StoredTable):
    """Also where the entry comes between: a column that was added, and rows that must not be added blindly."""
    interfere(table, 0)
    wider = pl.Schema({**SCHEMA, "b": pl.String()})
    for n, schema in enumerate([wider, SCHEMA, wider]):
        frame = pl.DataFrame({name: [None] for name in schema}, schema=schema)
        file = written(table, f"{n}.parquet", frame)
        commit_changes(table, schema, lambda _, of=file: Changes([of]))
    assert [field.name for field in DeltaTable(table.path.as_uri()).schema().fields] == ["a", "b"]
    DeltaTable(table.path.as_uri()).alter.add_constraint({"known": "a IS NULL OR a >= 0"})
    state = table.state()
    assert state is not None
    assert not state.can_be_followed()


def test_a_log_that_lacks_an_entry_is_not_read_up_to_it(table: StoredTable):
    for number in range(4):
        interfere(table, number)
    assert len(StoredTable(table.path).live_files()) == 4
    entry_path(table.path, 2).unlink()
    with pytest.raises(DamagedLogError):
        StoredTable(table.path).live_files()


def test_a_writer_that_never_comes_through_gives_up(table: StoredTable):
    calls: list[int] = []

    def changes(_: Sequence[str]) -> Changes:
        calls.append(len(calls))
        interfere(table, len(calls))
        return added(table, "mine.parquet", pl.DataFrame({"a": [0]}))

    with pytest.raises(CommitFailedError):
        commit_changes(table, SCHEMA, changes)
    assert calls == [0, 1, 2, 3]
    assert len(table.live_files()) == 4


def test_properties_are_set_also_when_a_file_goes_in_the_meantime(table: StoredTable, monkeypatch: pytest.MonkeyPatch):
    interfere(table, 1)
    opened: list[int] = []

    def opening(path: Path) -> DeltaTable:
        found = DeltaTable(path.as_uri())
        opened.append(found.version())
        if len(opened) == 1:
            gone = Changes([remove_action("other1.parquet", (path / "other1.parquet").stat().st_size)])
            assert commit_changes(StoredTable(path), SCHEMA, lambda _: gone)
        return found

    monkeypatch.setattr(commit, "open_table", opening)
    wanted = {"delta.deletedFileRetentionDuration": "interval 30 days"}
    set_properties(table, wanted)
    assert opened == [1, 2]
    assert DeltaTable(table.path.as_uri()).metadata().configuration == wanted
    set_properties(table, wanted)
    assert DeltaTable(table.path.as_uri()).version() == 3


def test_nothing_to_do_is_no_commit(table: StoredTable):
    interfere(table, 1)
    assert not commit_changes(table, SCHEMA, lambda _: None)
    assert DeltaTable(table.path.as_uri()).version() == 1


def test_table_grows(table: StoredTable):
    interfere(table, 1)
    wide = pl.Schema({"a": pl.Int64, "b": pl.String})
    more = added(table, "wide.parquet", pl.DataFrame({"a": [2], "b": ["x"]}, schema=wide))
    assert commit_changes(table, wide, lambda _: more)
    assert DeltaTable(table.path.as_uri()).schema().to_arrow().names == ["a", "b"]


def test_file_is_whole_or_absent(tmp_path: Path):
    write_atomically(tmp_path / "file", b"before")

    def die() -> None:
        with replacing(tmp_path / "file") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"before")]
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0  # private unless the caller says otherwise


def test_a_process_shares_one_home_and_another_home_knows_nothing_of_it(tmp_path: Path):
    settings = Settings(home_dir=tmp_path)
    home = Platform.of(settings).home
    assert home is settings.home
    assert home.table("c", "core", "t") is home.stored(home.lake / "c" / "core" / "t")
    assert home.ledger("batch") is home.ledger("batch")
    other = Home(home.root)
    assert (other, hash(other)) == (home, hash(home))
    assert other.ledger("batch") is not home.ledger("batch")
