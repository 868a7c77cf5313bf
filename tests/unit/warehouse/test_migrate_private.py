"""What an earlier version wrote down of private feeds is nowhere in ledger and published files afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.derive.public_tables import public_tables
from assets.publication.columns import METRIC_VALUE
from pipelines.settings import REPOSITORY
from tests.unit.warehouse.test_migrate import second_schema, write_old
from tests.worlds.command import Command
from tests.worlds.published import ROW, value_rows, values
from warehouse.failpoint import listening
from warehouse.format import FORMAT, MIGRATED, open_home
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.old_rows import WITHHELD
from warehouse.published import connect, folder, publish, versions
from warehouse.published.load import Frame

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
DAY = date(2026, 11, 21)
PRIVATE, PUBLIC = "living_population", "air_daily"
SECRET, OPEN = "Kim-Secret-7345", "Jongno-Open-8123"
COUNTED = "POP-101 No one is negative: 3 of 9 rows break it"
TABLES = ("attempt", "quarantine", "rule_result", "verdict", "batch")


def old_rows(table: str, feed: str, plant: str) -> list[dict[str, Any]]:
    """What the earlier version wrote of a feed, with the plant wherever it put a value."""
    common = {"city": "seoul", "layer": "core", "table_name": feed, "day": DAY, "run_id": "r", "recorded_at": NOW}
    samples = json.dumps([{"row": json.dumps({"name": plant}), "line": 7}, {"column": "a", "value": plant, "line": 8}])
    failed = {"feed": feed, "status": "failed", "code": "FILE-COLUMNS", "sha256": "ab" * 32}
    return {
        "attempt": [
            common | failed | {"delivery": "a.csv", "detail": f"FILE-COLUMNS: a.csv: no column x in {plant}; look"},
            common | failed | {"delivery": "b.csv", "status": "parsed", "code": None, "detail": f"3 rows, {plant}"},
            common | {"feed": feed, "status": "missing", "detail": "nothing in /drop matches ['*.csv']"},
        ],
        "quarantine": [
            common | {"batch_id": f"{feed} 1", "row": f'{{"name":"{plant}"}}', "sha256": "ab" * 32, "line": 7},
            common | {"batch_id": f"{feed} 1", "column_name": "a", "value": plant, "sha256": "ab" * 32, "line": 8},
        ],
        "rule_result": [
            common | {"batch_id": f"{feed} 1", "rule": "X-1", "observed": f"max_a = {plant}", "samples": samples},
            common | {"batch_id": f"{feed} 1", "rule": "X-2", "observed": None, "samples": "[]"},
        ],
        "verdict": [
            common | {"batch_id": f"{feed} 1", "verdict": "ERROR", "samples": samples, "rules_failed": ["X-1"]}
            | {"reason": f"X-1 could not be evaluated (conversion of {plant} failed)"},
            common | {"batch_id": f"{feed} 2", "verdict": "BLOCK", "samples": "[]", "rules_failed": ["X-2"]}
            | {"reason": COUNTED},
            common | {"batch_id": f"{feed} 3", "verdict": "WARN", "samples": samples, "rules_failed": ["X-1", "X-2"]}
            | {"reason": f"{COUNTED}; X-1 Enough: found name = {plant}"},
        ],
        "batch": [common | {"batch_id": f"{feed} 1", "rows_superseded": 0}],
    }[table]  # fmt: skip


def reason(feed: str, plant: str) -> str:
    said = old_rows("verdict", feed, plant)[0]["reason"]
    return f"gate of {feed} closed, ERROR: {said}"


def with_columns(rows: list[dict[str, Any]], table: str) -> list[dict[str, Any]]:
    names = second_schema(table).names()
    return [{name: row.get(name) for name in names} for row in rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of format 2 with two publications; every value of the ledger is planted."""
    home = Home(tmp_path_factory.mktemp("old"))
    for number in (1, 2):
        rows = [
            {**ROW, "area": area, "value": None, "status": "absent", "n": number, "reason": reason(feed, plant)}
            for area, feed, plant in (("11", PRIVATE, SECRET), ("12", PUBLIC, OPEN))
        ]
        publish.publish(home, [Frame(METRIC_VALUE, value_rows(rows))], run_id=f"run{number}")
    of = {t: [r for feed in ((PRIVATE, SECRET), (PUBLIC, OPEN)) for r in old_rows(t, *feed)] for t in TABLES}
    of = {table: with_columns(rows, table) for table, rows in of.items()}
    for table, rows in of.items():
        write_old(home, table, rows, second_schema)
    for file in folder.version_files(home).values():
        file.chmod(0o644)
        with duckdb.connect(str(file)) as con:
            con.execute("SET TimeZone = 'UTC'")
            for table, rows in of.items():
                con.register("old", pl.DataFrame(rows, schema=second_schema(table)))
                con.execute(f"CREATE TABLE ledger.{table} AS FROM old")
                con.execute(f"COMMENT ON TABLE ledger.{table} IS 'About {table}'")
            con.execute("CREATE VIEW core.air_daily AS FROM metric.value")
        file.chmod(0o444)
    (home.root / "format.json").write_text('{"format": 2}')
    assert {path.name.split(".")[-1] for path in holding(home, SECRET)} == {"duckdb", "parquet", "json"}
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(made.root, tmp_path / "home"))


def holding(home: Home, text: str) -> Iterator[Path]:
    """The files of the home in which this text stands, byte by byte, also in columns that are packed."""
    for path in sorted(home.root.rglob("*")):
        if path.is_file() and text.encode() in read(path):
            yield path


def read(path: Path) -> bytes:
    plain = path.read_bytes()
    if path.suffix != ".parquet":
        return plain
    return plain + repr(pl.read_parquet(path).rows()).encode()


def check(home: Home) -> None:
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}
    assert list(holding(home, SECRET)) == []
    assert not list(home.published.glob(f"{folder.UNFINISHED}*"))
    files = [*folder.version_files(home).values(), home.published_file]
    told = f"gate of {PRIVATE} closed, ERROR: X-1: {WITHHELD}"
    for place in (home, *files):
        rows = {table: rows_of(place, table) for table in TABLES}
        assert rows["attempt"][PRIVATE, "detail"] == [
            f"FILE-COLUMNS: {WITHHELD}",
            WITHHELD,
            "nothing in /drop matches ['*.csv']",
        ]
        assert rows["quarantine"][PRIVATE, "line"] == [7, 8]
        assert rows["quarantine"][PRIVATE, "row"] == rows["quarantine"][PRIVATE, "value"] == [None, None]
        assert rows["rule_result"][PRIVATE, "observed"] == [None, None]
        assert rows["rule_result"][PRIVATE, "samples"] == ["[]", "[]"]
        assert rows["verdict"][PRIVATE, "samples"] == ["[]", "[]", "[]"]
        assert rows["verdict"][PRIVATE, "reason"] == [f"X-1: {WITHHELD}", COUNTED, f"X-1, X-2: {WITHHELD}"]
        for table, names in (
            ("attempt", ["detail"]), ("quarantine", ["row", "value"]), ("rule_result", ["observed", "samples"]),
            ("verdict", ["reason", "samples"]),
        ):  # fmt: skip
            before = pl.DataFrame(old_rows(table, PUBLIC, OPEN), infer_schema_length=None)
            for name in names:
                assert rows[table][PUBLIC, name] == before[name].to_list()
    history = ledger.read(home, "value_history").sort("area").collect()
    assert set(history["reason"]) == {told, reason(PUBLIC, OPEN)}
    for file in files:
        with connect.open_file(file) as con:
            for table in ("value", "history"):
                reasons = con.sql(f"SELECT DISTINCT area, reason FROM metric.{table} ORDER BY area").fetchall()
                assert reasons == [("11", told), ("12", reason(PUBLIC, OPEN))]
            comments = "SELECT comment FROM duckdb_tables() WHERE table_name IN ('verdict', 'value') ORDER BY comment"
            assert con.sql(comments).fetchall()[0] == ("About verdict",)
            assert con.sql("SELECT count(*) FROM core.air_daily").fetchall() == [(2,)]
    assert home.published_file.stat().st_mode & 0o777 == 0o444


def rows_of(place: Home | Path, table: str) -> dict[tuple[str, str], list[Any]]:
    """The columns of a ledger table, by feed and name, in the order in which they were written."""
    if isinstance(place, Home):
        frame = ledger.read(place, table).collect()
    else:
        with connect.open_file(place) as con:
            frame = con.sql(f"FROM ledger.{table}").pl()
    named = "feed" if table == "attempt" else "table_name"
    order = {"attempt": "status", "verdict": "batch_id", "rule_result": "rule", "quarantine": "line"}.get(table, named)
    frame = frame.sort(order, "delivery") if table == "attempt" else frame.sort(order)
    feeds = (PRIVATE, PUBLIC)
    names = frame.columns
    found = {(feed, name): frame.filter(pl.col(named) == feed)[name].to_list() for feed in feeds for name in names}
    if table == "attempt":  # failed, missing, parsed
        found = {key: [found[key][0], *found[key][:0:-1]] for key in found}
    return found


@cache
def seouls() -> frozenset[tuple[str, str]]:
    return public_tables([REPOSITORY / "cities" / "seoul"])


def test_what_is_public_is_known_by_the_packs(tmp_path: Path):
    found = seouls()
    assert ("seoul", PUBLIC) in found
    assert ("seoul", "air_area_day") in found
    assert not {("seoul", PRIVATE), ("seoul", "population_area_hour")} & found
    (tmp_path / "city.yaml").write_text("{")
    assert public_tables([tmp_path]) == frozenset()


def test_values_of_private_feeds_are_gone_after_the_first_command(home: Home):
    said = Command(home.root, REPOSITORY / "cities")("ledger", "--json")
    assert said.code == 0
    assert MIGRATED in said.err
    check(Home(home.root))
    again = Command(home.root, REPOSITORY / "cities")("ledger", "--json")
    assert (again.code, again.err) == (0, "")


def test_publications_and_rollbacks_go_on(home: Home):
    open_home(home, public=seouls)
    home = Home(home.root)
    assert publish.publish(home, [values({"11": 2.0})], run_id="next").version == 3
    assert versions.rollback(home, METRIC_VALUE, 1, run_id="back").version == 4
    assert list(holding(home, SECRET)) == []
    told = f"gate of {PRIVATE} closed, ERROR: X-1: {WITHHELD}"
    with connect.open_published(home) as con:
        assert con.sql("SELECT reason FROM metric.value WHERE area = '11'").fetchall() == [(told,)]


def test_of_an_unknown_table_nothing_is_kept(home: Home):
    open_home(home)
    assert list(holding(home, SECRET)) == list(holding(home, OPEN)) == []


@pytest.mark.parametrize("place", ["committed_value_history", "committed_quarantine", "ledger_attempt", "file_copied"])
def test_a_migration_that_is_stopped_is_gone_on_with(home: Home, place: str):
    def stop(step: str) -> None:
        if step == f"migrate.{place}":
            raise KeyboardInterrupt

    with listening(stop), pytest.raises(KeyboardInterrupt):
        open_home(home, public=seouls)
    open_home(Home(home.root), public=seouls)
    check(Home(home.root))


def test_a_kept_version_that_cannot_be_read_is_closed_and_said(home: Home):
    damaged = folder.version_files(home)[1]
    damaged.chmod(0o644)
    damaged.write_bytes(b"no DuckDB file, " + SECRET.encode())
    damaged.chmod(0o444)
    said = open_home(home, public=seouls)
    assert said == [MIGRATED, f"{damaged} cannot be read, and may hold private data: only its owner may open it now"]
    assert damaged.stat().st_mode & 0o777 == 0o400
    assert list(holding(home, SECRET)) == [damaged]
