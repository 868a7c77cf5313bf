"""A home of the version before is migrated: once, whatever kills it, and nothing published changes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from assets.publication.columns import METRIC_VALUE
from tests.worlds.published import values
from warehouse import format as home_format
from warehouse.failpoint import VARIABLE, listening
from warehouse.format import FORMAT, HomeFormatError
from warehouse.home import Home
from warehouse.ledger import ledger, migrate, old_rows, storage
from warehouse.ledger.schema import TABLES
from warehouse.published import connect, folder, publish, versions

NOW = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
DAY = date(2026, 11, 21)
SHA = "0123456789abcdef" * 4
BATCH, OTHER = "aaaabbbbccccddddeeee", "11112222333344445555"
COMMON = {"city": "seoul", "run_id": "r1", "at": NOW}
COUNTS = {"rows_read": 9, "rows_kept": 6, "rows_quarantined": 1, "rows_superseded": 2}
OLD = {
    "attempt": [
        COMMON
        | {
            "feed": "air",
            "delivery": "air 2026-11-21 asked 2026-11-22T03:04:05.678901Z",
            "sha256": SHA,
            "detail": "FILE-NO-ROWS: air 2026-11-21 asked 2026-11-22T03:04:05.678901Z: no row; ask again.",
        },
        COMMON | {"feed": "bike_now", "delivery": "bike_now now asked 2026-11-22T03:04:05.000001Z", "sha256": SHA},
        COMMON | {"feed": "bike", "delivery": "bike/asked 2026-11-21 asked.csv", "sha256": SHA},
        COMMON | {"feed": "bike", "delivery": None, "sha256": None},
    ],
    "batch": [
        COMMON | {"batch_id": BATCH, "layer": "core", "table": "air", "day": DAY, "inputs": [SHA]} | COUNTS,
        COMMON
        | {
            "batch_id": OTHER,
            "layer": "metric",
            "table": "air",
            "day": DAY,
            "inputs": [BATCH, OTHER, "code:dfbd7ce9e50c", "pack:84a70f35e11e"],
        },
    ],
    "rule_result": [COMMON | {"batch_id": BATCH, "table": "air", "day": DAY, "rule": "AIR-001"}],
    "verdict": [COMMON | {"batch_id": BATCH, "table": "air", "day": DAY, "verdict": "PASS", "rules_failed": []}],
    "quarantine": [{"batch_id": BATCH, "city": "seoul", "table": "air", "day": DAY, "column": "pm25", "line": 3}],
}
PUBLIC = [("seoul", name) for name in ("air", "bike", "bike_now")]
OLD_NAMES = {new: old for old, new in old_rows.RENAMED.items()}


def open_home(home: Home, *, create: bool = False) -> list[str]:
    return home_format.open_home(home, create=create, public=lambda: PUBLIC)


def second_schema(table: str) -> pl.Schema:
    """The columns of the second version: one count of all rows that gave way."""
    later = ("rows_replaced", "rows_repeated", "rows_contradicted", "rows_outside", "cells_normalised", "guesses")
    columns = {name: dtype for name, dtype in TABLES[table].schema.items() if name not in later}
    return pl.Schema(columns | ({"rows_superseded": pl.Int64} if table == "batch" else {}))


def old_schema(table: str) -> pl.Schema:
    """The columns of the first version."""
    columns = {OLD_NAMES.get(name, name): dtype for name, dtype in second_schema(table).items()}
    for name in ("input_deliveries", "input_batches", "code_version", "pack_version", "asked_day", "asked_at"):
        columns.pop(name, None)
    return pl.Schema(columns | ({"inputs": pl.List(pl.String)} if table == "batch" else {}))


def write_old(home: Home, table: str, rows: list[dict], schema: Callable[[str], pl.Schema] | None = None) -> None:
    """Two files, as two appends of an earlier version left them."""
    frame = pl.DataFrame(rows, schema=(schema or old_schema)(table))
    half = (frame.height + 1) // 2
    home.ledger(table).path.mkdir(parents=True, exist_ok=True)
    for part in (frame.head(half), frame.tail(frame.height - half)):
        write_deltalake(home.ledger(table).path.as_uri(), part, mode="append", configuration=dict(storage.PROPERTIES))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of the first version, with two publications."""
    home = Home(tmp_path / "a home")
    for number in (1.0, 2.0):
        publish.publish(home, [values({"11": number})], run_id=f"run{number:.0f}")
    made = {name: ledger.read(home, name).collect() for name in ("publication", "value_history")}
    for name in made:
        shut = home.ledger(name).path
        shut.rename(home.root / f"new-{name}")
    home = Home(home.root)
    for name, frame in made.items():
        write_old(home, name, frame.rename({n: o for n, o in OLD_NAMES.items() if n in frame.columns}).to_dicts())
    for name, rows in OLD.items():
        write_old(home, name, rows)
    for path in folder.version_files(home).values():  # the published file is a link to the newest
        mode = path.stat().st_mode
        path.chmod(0o644)
        with duckdb.connect(str(path)) as con:
            con.execute('ALTER TABLE ledger.publication RENAME COLUMN recorded_at TO "at"')
            con.execute('CREATE TABLE ledger.content AS SELECT schema_name AS "schema" FROM ledger.manifest')
            con.execute("DROP TABLE ledger.manifest")
        path.chmod(mode)
    return Home(home.root)


def check(home: Home) -> None:
    """Everything of the old home is there, in the columns of today."""
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}
    attempts = ledger.read(home, "attempt").sort("feed", "delivery", nulls_last=True).collect()
    assert attempts.select("feed", "asked_day", "asked_at", "recorded_at").rows() == [
        ("air", DAY, NOW, NOW),
        ("bike", None, None, NOW),
        ("bike", None, None, NOW),
        ("bike_now", None, NOW.replace(microsecond=1), NOW),
    ]
    assert attempts["detail"].drop_nulls().to_list() == ["FILE-NO-ROWS: air 2026-11-21: no row; ask again."]
    batches = ledger.read(home, "batch").sort("layer").collect()
    inputs = ["table_name", "input_deliveries", "input_batches", "code_version", "pack_version"]
    assert batches.select(inputs).rows() == [
        ("air", [SHA], [], None, None),
        ("air", [], [BATCH, OTHER], "dfbd7ce9e50c", "84a70f35e11e"),
    ]
    counts = ["rows_read", "rows_kept", "rows_quarantined", "rows_replaced", "rows_repeated", "rows_contradicted"]
    assert batches.select(counts).row(0) == (9, 6, 1, 2, 0, 0)
    assert ledger.read(home, "quarantine").collect().select("table_name", "column_name", "line").rows() == [
        ("air", "pm25", 3)
    ]
    for name in ("rule_result", "verdict"):
        assert ledger.read(home, name, [BATCH]).collect().select("table_name", "recorded_at").rows() == [("air", NOW)]
    for name, declaration in TABLES.items():
        delta = DeltaTable(home.ledger(name).path.as_uri())
        assert [field.name for field in delta.schema().fields] == declaration.schema.names()
        assert delta.metadata().configuration == storage.PROPERTIES
    assert versions.versions(home).select("version", "kept", "live").rows() == [(1, True, False), (2, True, True)]
    for path, number in zip([*folder.version_files(home).values(), home.published_file], (1, 2, 2), strict=True):
        with connect.open_file(path) as con:
            assert con.sql("SELECT value FROM metric.value").fetchall() == [(number,)]
            assert con.sql("SELECT count(recorded_at) FROM ledger.publication").fetchall() == [(number,)]
            assert con.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'content'").fetchall() == []


def test_home_of_the_second_version_is_migrated(tmp_path: Path):
    """Its ledger, and the copy of it in the published file: all that gave way counts as replaced."""
    home = Home(tmp_path)
    publish.publish(home, [values({"11": 1.0})], run_id="run")
    batch = {"batch_id": BATCH, "city": "seoul", "input_deliveries": [SHA], "recorded_at": NOW} | COUNTS
    write_old(home, "batch", [batch], second_schema)
    write_old(home, "attempt", [{"city": "seoul", "feed": "air", "rows_read": 9, "recorded_at": NOW}], second_schema)
    (file,) = folder.version_files(home).values()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.register("old", pl.DataFrame([batch], schema=second_schema("batch")))
        con.execute("CREATE TABLE ledger.batch AS FROM old")
        con.execute("COMMENT ON TABLE ledger.batch IS 'Every batch'")
    (home.root / "format.json").write_text('{"format": 2}')
    open_home(Home(home.root))
    home = Home(home.root)
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}
    found = "rows_read, rows_kept, rows_quarantined, rows_replaced, rows_repeated, rows_contradicted, input_deliveries"
    expected = (9, 6, 1, 2, 0, 0, [SHA])
    assert ledger.read(home, "batch").collect().select(found.split(", ")).rows() == [expected]
    assert ledger.read(home, "attempt").collect().select("rows_read", "rows_outside", "guesses").rows() == [
        (9, None, None)
    ]
    with connect.open_published(home) as con:
        assert con.sql(f"SELECT {found} FROM ledger.batch").fetchall() == [expected]
    assert not publish.publish(home, [values({"11": 1.0})], run_id="same").changed


def tree(home: Home) -> dict[str, tuple[int, int]]:
    return {
        str(p.relative_to(home.root)): (p.stat().st_mtime_ns, p.stat().st_ino)
        for p in home.root.rglob("*")
        if p.is_file()
    }


def test_home_of_the_version_before_is_migrated_once(home: Home):
    open_home(home)
    check(home)
    check(Home(home.root))  # as another process sees it
    before = tree(home)
    (home.root / "format.json").unlink()
    open_home(home)
    after = tree(home)
    assert after.pop("format.json") != before.pop("format.json")
    assert after == before


def test_publications_go_on_where_they_were(home: Home):
    open_home(home)
    assert not publish.publish(home, [values({"11": 2.0})], run_id="same").changed
    assert publish.publish(home, [values({"11": 3.0})], run_id="next").version == 3
    assert versions.rollback(home, METRIC_VALUE, 1, run_id="back").version == 4
    with connect.open_published(home) as con:
        assert con.sql("SELECT value FROM metric.value").fetchall() == [(1.0,)]
        assert con.sql("SELECT value FROM metric.history ORDER BY version").fetchall() == [
            (1.0,),
            (2.0,),
            (3.0,),
            (1.0,),
        ]
    assert publish.publish(home, [values({"11": 3.0})], run_id="again").version == 5


def steps(home: Home) -> list[str]:
    passed: list[str] = []
    with listening(passed.append):
        open_home(home)
    return [step for step in passed if step.startswith("migrate.")]


def test_killed_anywhere_the_next_goes_on(home: Home, tmp_path: Path):
    for place in ("ledger_attempt", "ledger_quarantine", "file_copied", "file_replaced:3"):
        killed = Home(shutil.copytree(home.root, tmp_path / place))
        program = f"PUBLIC = {PUBLIC}\nimport sys; from pathlib import Path; from warehouse.format import open_home\n"
        program += "from warehouse.home import Home; open_home(Home(Path(sys.argv[1])), public=lambda: PUBLIC)"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program, killed.root],
            check=False,
            cwd=Path(__file__).parents[3],
            env=os.environ | {VARIABLE: f"migrate.{place}"},
        )
        assert done.returncode == -9
        assert not (killed.root / "format.json").exists()
        open_home(killed)
        check(killed)
        assert not list(killed.published.glob(f"{folder.UNFINISHED}*"))


def test_commit_of_a_table_that_dies_leaves_the_table_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch):
    def die(*_arguments, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "create_write_transaction", die)
        with pytest.raises(KeyboardInterrupt):
            open_home(home)
    assert DeltaTable(home.ledger("attempt").path.as_uri()).count() == 4
    assert migrate.is_old(home, PUBLIC)
    open_home(Home(home.root))
    check(Home(home.root))


def test_two_processes_migrate_once(home: Home):
    """The second waits at the lock, and finds the home migrated."""
    second: list[subprocess.Popen[str]] = []
    program = f"PUBLIC = {PUBLIC}\nimport sys; from pathlib import Path; from warehouse.format import open_home\n"
    program += "from warehouse.failpoint import listening\nfrom warehouse.home import Home\n"
    program += "with listening(print): open_home(Home(Path(sys.argv[1])), public=lambda: PUBLIC)"

    def start(step: str) -> None:
        if not second and step.startswith("migrate."):
            second.append(
                subprocess.Popen(
                    [sys.executable, "-W", "ignore", "-c", program, home.root],
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=Path(__file__).parents[3],
                )
            )

    with listening(start):
        open_home(home)
    said, _ = second[0].communicate(timeout=120)
    assert (said, second[0].returncode) == ("", 0)
    check(home)


def test_new_home_gets_its_format(tmp_path: Path):
    home = Home(tmp_path / "new")
    open_home(home)
    assert not home.root.exists()
    open_home(home, create=True)
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}


def test_home_of_today_without_a_format_gets_one(tmp_path: Path):
    home = Home(tmp_path)
    ledger.append(home, "batch", [{"batch_id": BATCH}])
    assert steps(home) == []
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"format": 4}', "is of format 4, and this version knows 3: use the version of Madang that made it"),
        ('{"format": "x"}', "is of format x"),
        ("{", 'cannot be read: if this version has used the home before, replace its content by {"format": 3}'),
        ("[]", "cannot be read"),
        ('{"format": true}', "is of format True"),
        ('{"format": 0}', "is of format 0"),
    ],
)
def test_other_formats_are_refused_with_a_sentence(tmp_path: Path, content: str, says: str):
    (tmp_path / "format.json").write_text(content)
    with pytest.raises(HomeFormatError) as refused:
        open_home(Home(tmp_path))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_command_refuses_a_home_of_a_later_version(tmp_path: Path):
    from pipelines.cli.options import Stop, settings_of

    (tmp_path / "format.json").write_text('{"format": 4}')
    with pytest.raises(Stop, match="use the version of Madang that made it") as stopped:
        settings_of(tmp_path)
    assert stopped.value.code == 1


def test_damaged_kept_version_does_not_stop_a_migration(home: Home):
    damaged = folder.version_files(home)[1]
    damaged.chmod(0o644)
    damaged.write_bytes(b"no DuckDB file")
    open_home(home)
    assert ledger.read(home, "batch").collect().height == 2
    assert damaged.read_bytes() == b"no DuckDB file"


def test_format_that_is_a_folder_is_refused_with_a_sentence(tmp_path: Path):
    (tmp_path / "format.json").mkdir()
    with pytest.raises(HomeFormatError, match="cannot be read: if this version has used the home before"):
        open_home(Home(tmp_path))


@pytest.mark.parametrize("damage", ["gone", "junk"])
def test_damaged_file_of_the_ledger_is_named(home: Home, damage: str):
    file = next(home.ledger("batch").path.glob("*.parquet"))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"no Parquet")
    with pytest.raises(HomeFormatError, match="cannot be migrated to this version: ") as refused:
        open_home(Home(home.root))
    assert "\n" not in str(refused.value)
    assert "restore the file from a backup" in str(refused.value)


def test_published_file_of_the_version_before_in_a_migrated_home_is_refused(home: Home):
    """As a backup of `published/` alone brings it back: going back to a kept version is the way out."""
    old = home.published_file.read_bytes()
    open_home(home)
    home.published_file.unlink()
    home.published_file.write_bytes(old)
    with pytest.raises(connect.UnreadableError, match="is of another version of Madang"):
        versions.versions(Home(home.root))
    assert versions.rollback(Home(home.root), METRIC_VALUE, 1, run_id="r").changed
    assert versions.versions(Home(home.root))["live"].to_list() == [False, False, True]


def test_ledger_tables_of_a_published_file_are_converted(home: Home):
    path = home.published_file
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("old", pl.DataFrame(OLD["batch"], infer_schema_length=None))
        con.execute("CREATE OR REPLACE TABLE ledger.batch AS FROM old")
        con.execute("COMMENT ON TABLE ledger.batch IS 'Every batch'")
    open_home(home)
    with connect.open_file(path) as con:
        rows = con.sql("SELECT table_name, input_batches, code_version FROM ledger.batch ORDER BY layer").fetchall()
        comments = con.sql("SELECT comment FROM duckdb_columns() WHERE table_name = 'batch'").fetchall()
    assert rows == [("air", [], None), ("air", [BATCH, OTHER], "dfbd7ce9e50c")]
    assert all(comment for (comment,) in comments)
