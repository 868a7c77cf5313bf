"""How the ledger lies on disk: appended, compacted, found again, by several writers at a time."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.paths import REPOSITORY
from warehouse.delta import log as deltalog
from warehouse.home import Home
from warehouse.ledger import ledger, storage
from warehouse.ledger.schema import ATTEMPT, RULE_RESULT

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def attempts(*cities: str) -> list[dict]:
    return [ATTEMPT.row() | {"city": city, "recorded_at": NOW} for city in cities]


def results(batch: str, *rules: str) -> pl.DataFrame:
    common = RULE_RESULT.row() | {"batch_id": batch, "recorded_at": NOW, "day": date(2026, 11, 21)}
    return pl.DataFrame([common | {"rule": rule} for rule in rules], schema=RULE_RESULT.schema)


def cities(home: Home) -> list[str]:
    return sorted(ledger.read(home, "attempt").collect()["city"])


def new_process(home: Home) -> Home:
    """The same folder, with nothing read of it yet."""
    return Home(home.root)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def compact(home: Home, table: str) -> tuple[int, int]:
    return home.ledger(table).compact()


def test_what_is_appended_is_read_at_once_and_by_the_next_process(home: Home):
    for n in range(25):  # past two checkpoints
        ledger.append(home, "attempt", attempts(f"c{n:02d}"))
        assert len(cities(home)) == n + 1
    assert cities(new_process(home)) == [f"c{n:02d}" for n in range(25)]
    assert DeltaTable(home.ledger("attempt").path.as_uri()).count() == 25


def test_rows_of_another_writer_are_seen(home: Home):
    ledger.append(home, "attempt", attempts("mine"))
    assert cities(home) == ["mine"]
    program = "import sys; from tests.unit.warehouse.test_ledger import *; h = Home(Path(sys.argv[1]))\n"
    program += "for _ in range(12): ledger.append(h, 'attempt', attempts('other'))"
    subprocess.run([sys.executable, "-c", program, home.root], check=True, cwd=REPOSITORY)
    assert cities(home) == ["mine"] + ["other"] * 12
    ledger.append(home, "attempt", attempts("mine"))  # with what is remembered of the log from before
    assert cities(home) == ["mine"] * 2 + ["other"] * 12


def test_table_made_anew_under_its_path_is_read_anew(home: Home):
    import shutil

    ledger.append(home, "attempt", attempts("old", "old"))
    assert cities(home) == ["old", "old"]
    shutil.rmtree(home.lake)
    assert cities(home) == []
    ledger.append(home, "attempt", attempts("new"))
    assert cities(home) == ["new"]


def test_batches_are_written_once_and_found_in_their_files(home: Home):
    ledger.append_once(home, "rule_result", results("b1", "r1", "r2"), ["b1"])
    both = pl.concat([results("b1", "r1", "r2"), results("b2", "r1")])
    home = new_process(home)
    for _ in range(2):
        ledger.append_once(home, "rule_result", both, ["b1", "b2"])
    found = ledger.read(home, "rule_result").sort("batch_id", "rule").select("batch_id", "rule").collect()
    assert found.rows() == [("b1", "r1"), ("b1", "r2"), ("b2", "r1")]
    assert ledger.read(home, "rule_result", ["b2", "b3"]).collect()["batch_id"].to_list() == ["b2"]
    assert ledger.read(home, "rule_result", ["b3"]).collect().height == 0
    assert ledger.read(home, "verdict", ["b1"]).collect().height == 0  # there is no table yet
    assert [len(files) for files in home.ledger("rule_result").by_batch(["b1"]).values()] == [1]


@pytest.mark.parametrize("restarted", [False, True])
def test_compacted_rows_are_the_same_rows(home: Home, restarted: bool):
    for n in range(7):
        ledger.append(home, "attempt", attempts(f"c{6 - n}"))
        ledger.append_once(home, "rule_result", results(f"b{n}", "r1"), [f"b{n}"])
    before = {t: sorted(map(repr, ledger.read(home, t).collect().rows())) for t in ("attempt", "rule_result")}
    old = set(home.ledger("attempt").live())
    assert compact(home, "attempt") == (7, 1)
    assert compact(home, "rule_result") == (7, 1)
    home = new_process(home) if restarted else home
    assert {t: sorted(map(repr, ledger.read(home, t).collect().rows())) for t in before} == before
    assert ledger.read(home, "rule_result", ["b3"]).collect().height == 1
    assert compact(home, "attempt") == (1, 1)
    assert all(Path(path).exists() for path in old)  # who read the list before reads on
    compacted = pl.read_parquet(home.ledger("attempt").live())
    assert compacted["city"].to_list() == [f"c{n}" for n in range(7)]
    ledger.append_once(home, "rule_result", results("b3", "r1"), ["b3"])
    assert ledger.read(home, "rule_result").collect().height == 7


def test_a_month_is_compacted_for_itself(home: Home, monkeypatch: pytest.MonkeyPatch):
    for month in (9, 10, 10, 11, 11, 11):
        monkeypatch.setattr(storage, "datetime", clock(datetime(2026, month, 30, tzinfo=UTC)))
        ledger.append(home, "attempt", attempts(f"month {month}"))
    assert compact(home, "attempt") == (6, 3)
    names = sorted(Path(path).name[:8] for path in home.ledger("attempt").live())
    assert names == ["2026-09-", "2026-10-", "2026-11-"]
    kept = home.ledger("attempt").live()
    ledger.append(home, "attempt", attempts("month 11"))
    compact(home, "attempt")
    assert len(set(kept) & set(home.ledger("attempt").live())) == 2  # what is over is not written again


def clock(now: datetime) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return now

    return Clock


def test_large_files_are_left_alone(home: Home, monkeypatch: pytest.MonkeyPatch):
    ledger.append(home, "attempt", attempts("a"))
    size = Path(home.ledger("attempt").live()[0]).stat().st_size
    monkeypatch.setattr(storage, "LARGE", size - 1)
    ledger.append(home, "attempt", attempts("b"))
    assert compact(home, "attempt") == (2, 2)
    monkeypatch.setattr(storage, "LARGE", size + 1)  # two of them make one that is large
    for name in "cdef":
        ledger.append(home, "attempt", attempts(name))
    before, after = compact(home, "attempt")
    assert (before, after) == (6, 3)
    assert cities(home) == list("abcdef")


def test_many_appends_compact_by_themselves(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage, "COMPACT_AT", 5)
    most = 0
    for n in range(22):
        ledger.append(home, "attempt", attempts(f"{n:02d}"))
        most = max(most, len(home.ledger("attempt").live()))
    assert most <= 6
    assert cities(home) == [f"{n:02d}" for n in range(22)]


def test_two_that_compact_at_once_do_not_double_rows(home: Home, monkeypatch: pytest.MonkeyPatch):
    """Reproduced with plain Delta: both commits pass, and every row is there twice."""
    for n in range(4):
        ledger.append(home, "attempt", attempts(f"{n}"))
    real, nested = storage.write, []

    def write(*arguments):
        if not nested:  # while the first is at work a second compacts the same files
            nested.append(True)
            assert compact(new_process(home), "attempt") == (4, 1)
        return real(*arguments)

    monkeypatch.setattr(storage, "write", write)
    assert compact(home, "attempt") == (4, 4)  # it was refused
    home = new_process(home)
    assert cities(home) == list("0123")
    assert len(home.ledger("attempt").live()) == 1


def test_append_during_a_compaction_is_kept(home: Home, monkeypatch: pytest.MonkeyPatch):
    for n in range(4):
        ledger.append(home, "attempt", attempts(f"{n}"))
    real, nested = storage.write, []

    def write(*arguments):
        if not nested:
            nested.append(True)
            ledger.append(new_process(home), "attempt", attempts("4"))
        return real(*arguments)

    monkeypatch.setattr(storage, "write", write)
    assert compact(home, "attempt") == (4, 1)
    assert cities(new_process(home)) == list("01234")


def test_ledger_of_an_earlier_version_gains_columns_and_is_compacted(home: Home):
    from deltalake import write_deltalake

    old = pl.DataFrame(attempts("old"), schema=ATTEMPT.schema).drop("modified_at")
    home.ledger("attempt").path.mkdir(parents=True)
    for _ in range(2):
        write_deltalake(home.ledger("attempt").path.as_uri(), old, mode="append")
    ledger.append(home, "attempt", [attempts("new")[0] | {"modified_at": NOW}])
    home = new_process(home)
    compact(home, "attempt")
    rows = ledger.read(home, "attempt").sort("city").select("city", "modified_at").collect()
    assert rows.rows() == [("new", NOW), ("old", None), ("old", None)]
    assert "modified_at" in {f.name for f in DeltaTable(home.ledger("attempt").path.as_uri()).schema().fields}


def test_log_that_lost_its_old_entries_is_opened_again(home: Home, monkeypatch: pytest.MonkeyPatch):
    """A process that slept while maintenance removed the entries that it would have gone on from."""
    ledger.append(home, "attempt", attempts("a"))
    assert cities(home) == ["a"]
    for name in "bc":
        ledger.append(new_process(home), "attempt", attempts(name))
    log = home.ledger("attempt").path / "_delta_log"
    DeltaTable(home.ledger("attempt").path.as_uri()).create_checkpoint()
    (log / f"{2:020d}.json").unlink()  # not yet the one it knows: the clean-up was killed
    later = deltalog.time.monotonic() + 2 * deltalog.TRUSTED_FOR
    monkeypatch.setattr(deltalog.time, "monotonic", lambda: later)
    assert cities(home) == ["a", "b", "c"]
    ledger.append(home, "attempt", attempts("d"))
    assert cities(new_process(home)) == ["a", "b", "c", "d"]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1]), st.sampled_from(["append", "compact", "new process"]), st.sampled_from(["x", "y"])
        ),
        max_size=12,
    )
)
def test_rows_of_a_part_are_those_that_the_table_has(steps: list[tuple[int, str, str]]):
    """Whoever wrote them, and whatever was read before; and what was made of them is made again for new rows alone."""
    with TemporaryDirectory() as folder:
        homes = [Home(Path(folder)), Home(Path(folder))]
        for number, (who, what, feed) in enumerate(steps):
            before = [
                ledger.made_of_part(homes[who], "attempt", ("c", name), "rows", requests_of) for name in ("x", "y")
            ]
            if what == "append":
                row = attempts("c")[0] | {"feed": feed, "requests": number}
                ledger.append(homes[who], "attempt", [row])
                after = [
                    ledger.made_of_part(homes[who], "attempt", ("c", name), "rows", requests_of) for name in ("x", "y")
                ]
                assert [old is new for old, new in zip(before, after, strict=True)] == [feed != "x", feed != "y"]
            elif what == "compact":
                compact(homes[who], "attempt")
            else:
                homes[who] = new_process(homes[who])
            for home in homes:
                rows = ledger.read(home, "attempt").collect()
                for name in ("x", "y", "z"):
                    part = ledger.rows_about(home, "attempt", "c", name)
                    assert part.schema == ATTEMPT.schema
                    assert part.sort("requests").equals(rows.filter(feed=name).sort("requests"))


def requests_of(rows: pl.DataFrame) -> list[int]:
    return rows["requests"].to_list()


def test_time_is_kept_to_the_microsecond(home: Home):
    at = NOW + timedelta(microseconds=1)
    ledger.append(home, "attempt", [attempts("a")[0] | {"recorded_at": at}])
    compact(home, "attempt")
    assert ledger.read(home, "attempt").collect()["recorded_at"].to_list() == [at]
