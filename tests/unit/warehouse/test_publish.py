"""The published file, in one process: what is in it, what is refused, what stays and what is remembered."""

import os
import struct
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.publication.metric_columns import METRIC_VALUE
from tests.worlds.published import frame_table, latest, spec_of, values, view
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, dictionary, publish, value_history, versions
from warehouse.published.load import Frame
from warehouse.published.spec import PublishedColumn, PublishError, TableSpec


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one publication, for tests that leave it as it is."""
    home = Home(tmp_path_factory.mktemp("published"))
    publish.publish(home, [values({"11010": 1.0})], run_id="r1")
    return home


def rows(home: Home, query: str) -> list[tuple]:
    with connect.open_published(home) as con:
        return con.execute(query).fetchall()


def as_published(moment: datetime) -> datetime:
    """An instant as the file has it: in UTC, in a type for which DuckDB 1 needs no package."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def everything(home: Home) -> dict[str, object]:
    """All that a refused publication must not touch."""
    return {
        str(p.relative_to(home.root)): (p.stat().st_ino, p.stat().st_mtime_ns)
        for p in sorted(home.root.rglob("*"))
        if p.is_file()
    }


def test_the_first_publication_holds_the_tables_by_name_and_stamps_the_values(home: Home):
    mart = pl.DataFrame({"b": ["x", "y"], "a": [1.5, None]})
    columns = (PublishedColumn("a", "DOUBLE", "number; it's"), PublishedColumn("b", "VARCHAR", "text"))
    table = Frame(TableSpec("mart", "air day", 'It\'s "air"', columns), mart)
    result = publish.publish(home, [table, values({"11010": 1.0, "11020": None})], run_id="r1")

    assert (result.version, result.changed, result.values_total, result.values_changed) == (1, True, 2, 2)
    assert result.path == home.published_file
    assert rows(home, 'SELECT a, b FROM mart."air day" ORDER BY b') == [(1.5, "x"), (None, "y")]
    assert rows(home, 'DESCRIBE mart."air day"')[0][:2] == ("a", "DOUBLE")  # in the order of the declaration
    assert rows(home, "SELECT DISTINCT run_id, published_at, n, typeof(n) FROM metric.value") == [
        ("r1", as_published(result.published_at), 24, "BIGINT")
    ]
    assert rows(home, "SELECT version, action, run_id, values_changed FROM ledger.publication") == [
        (1, "publish", "r1", 2)
    ]
    assert ledger.read(home, "publication").collect()["version"].to_list() == [1]
    assert ledger.read(home, "value_history").collect().height == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            Frame(spec_of("mart", "t", {"a": "BIGINT", "c": "BIGINT"}), pl.DataFrame({"a": [1], "b": [2]})),
            "declared: b;.*: c",
        ),
        (frame_table("mart", "t", pl.DataFrame({"a": ["x"]}), {"a": "DOUBLE"}), r"mart\.t.*convert"),
        (frame_table("mart", "t", pl.DataFrame({"a": [2**70]}, {"a": pl.Int128}), {"a": "BIGINT"}), r"mart\.t"),
        (view("t", [Path("day=2026-01-01/no.parquet")], {"a": "VARCHAR", "day": "DATE"}), r"no\.parquet"),
        (frame_table("metric", "history", pl.DataFrame({"a": [1]})), "itself"),
        (frame_table("ledger", "manifest", pl.DataFrame({"a": [1]})), "itself"),
        (frame_table("metric", "VALUE", pl.DataFrame({"a": [1]})), "twice"),
        (Frame(replace(METRIC_VALUE, name="other"), values({"11010": 1.0}).frame), "given: metric.value, metric.other"),
    ],
)
def test_tables_that_do_not_fit_are_refused_by_name_and_nothing_changes(published: Home, table, words: str):
    before = everything(published)
    with pytest.raises(PublishError, match=words):
        publish.publish(published, [values({"11010": 2.0}), table], run_id="r2")
    assert everything(published) == before


A = PublishedColumn("a", "VARCHAR", "A", key=True)
STAMPED = (PublishedColumn("run_id", "VARCHAR", "R"), PublishedColumn("published_at", "TIMESTAMP", "P"))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"schema": "secret"}, "unknown schema"),
        ({"description": " "}, "comment"),
        ({"columns": (replace(A, comment=""),)}, "comment"),
        ({"columns": (A, replace(A, name="A"))}, "twice: a"),
        ({"columns": (replace(A, dtype="INTERVAL"),)}, r"mart\.t\.a: INTERVAL"),  # Polars cannot read it back
        ({"columns": (replace(A, dtype="UBIGINT"),)}, "UBIGINT"),  # JDBC tools stumble over it
        ({"columns": (A, replace(A, name="b", compared=True))}, "lacks city, day, published_at, run_id"),
        ({"columns": (replace(A, name="city", key=False, compared=True), *STAMPED), "day": "city"}, "needs a key"),
        ({"columns": (replace(A, recorded=True),)}, "a is recorded but not compared"),
        ({"stamps_of": METRIC_VALUE}, "lacks published_at, run_id"),
        ({"columns": STAMPED, "stamps_of": METRIC_VALUE}, "lacks area, city, .* of the key of metric.value"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declared: dict, words: str):
    with pytest.raises(PublishError, match=words):
        replace(TableSpec("mart", "t", "T", (A,)), **declared)


def test_metric_value_is_needed_with_its_columns_and_a_key_that_holds(home: Home):
    good = values({"11010": 1.0}).frame
    bad = {
        "nothing to publish": frame_table("mart", "t", pl.DataFrame({"a": [1]})),
        "unit": Frame(METRIC_VALUE, good.drop("unit")),
        "two rows": Frame(METRIC_VALUE, pl.concat([good, good])),
        "must not be null": Frame(METRIC_VALUE, good.with_columns(area=pl.lit(None, pl.String))),
        "of type Date": Frame(METRIC_VALUE, good.cast({"period_start": pl.Datetime})),
    }
    for words, table in bad.items():
        with pytest.raises(PublishError, match=words):
            publish.publish(home, [table], run_id="r")
    with pytest.raises(PublishError, match=r"metric.latest .*not in metric.value"):
        publish.publish(home, [values({"11010": 1.0}), latest({"99999": 1.0})], run_id="r")
    assert not home.published_file.exists()


def test_the_ledger_must_keep_what_is_recorded(home: Home):
    more = replace(METRIC_VALUE, columns=tuple(replace(c, recorded=c.compared) for c in METRIC_VALUE.columns))
    with pytest.raises(PublishError, match=r"the ledger keeps .*value.* not .*unit"):
        publish.publish(home, [Frame(more, values({"11010": 1.0}).frame)], run_id="r")


def test_types_that_duckdb_or_its_tools_cannot_read_become_ones_they_can(home: Home):
    frame = pl.DataFrame(
        {"big": [1], "count": [2], "none": [None], "empty": [[]], "ids": [["a", "b"]], "at": [None]},
        schema={
            "big": pl.Int128,
            "count": pl.UInt64,
            "none": pl.Null,
            "empty": pl.List(pl.Null),
            "ids": pl.List(pl.String),
            "at": pl.Time,
        },
    )
    types = {
        "big": "BIGINT",
        "count": "BIGINT",
        "none": "DOUBLE",
        "empty": "VARCHAR[]",
        "ids": "VARCHAR[]",
        "at": "TIME",
    }
    table = frame_table("mart", "t", frame, types)
    publish.publish(home, [values({}), table], run_id="r")
    assert [row[1] for row in rows(home, "DESCRIBE mart.t")] == [
        *("BIGINT", "BIGINT", "DOUBLE", "VARCHAR[]", "VARCHAR[]", "TIME")
    ]
    assert rows(home, "FROM mart.t") == [(1, 2, None, [], ["a", "b"], None)]


def test_everything_has_a_comment_and_the_dictionary_shows_it(home: Home, tmp_path: Path):
    files = stage_days(tmp_path, {"2026-11-01": {"sensor": ["a|b"]}})
    core = view("air", files, {"sensor": "VARCHAR", "day": "DATE"})
    attempts = frame_table("ledger", "attempt", pl.DataFrame({"feed": ["air"]}))
    path = publish.publish(home, [values({"11010": 1.0}), core, attempts], run_id="r").path

    assert dictionary.undocumented(path) == []
    told = dictionary.describe(path)
    assert told.columns == ["schema_name", "table_name", "column_name", "type", "comment"]
    assert told.filter(pl.col("table_name") == "history").height == len(value_history.history(METRIC_VALUE).columns)
    assert ("core", "air", "day", "DATE", "What day is") in told.rows()
    page = dictionary.dictionary_page(path)
    assert "### metric.value" in page
    assert "| `value` | DOUBLE | Value; null when absent, never zero in its place |" in page
    assert "### core.air\n\nWhat air is (view)" in page


def test_undocumented_names_the_table_and_the_column(tmp_path: Path):
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA mart; CREATE TABLE mart.t (a INT, b INT)")
        con.execute("COMMENT ON COLUMN mart.t.a IS 'A'")
        con.execute("CREATE VIEW mart.v AS SELECT 1 AS c")
    assert dictionary.undocumented(path) == ["mart.t", "mart.t.b", "mart.v", "mart.v.c"]


def test_tools_of_duckdb_1_can_open_the_file_also_after_a_rollback(home: Home):
    """Format 64 is the one all of DuckDB 1 reads; the file of a default DuckDB 2.0 says 69."""
    publish.publish(home, [values({"11010": 1.0})], run_id="r1")
    publish.publish(home, [values({"11010": 2.0})], run_id="r2")
    for _ in range(2):
        head = home.published_file.read_bytes()[:20]
        assert (head[8:12], struct.unpack("<Q", head[12:20])[0]) == (b"DUCK", 64)
        versions.rollback(home, METRIC_VALUE, run_id="r3") if versions.versions(home).height < 3 else None


def test_a_refused_audit_leaves_everything_as_it_was(home: Home):
    publish.publish(home, [values({"11010": 1.0})], run_id="r1")
    before = everything(home)
    seen = []

    def refuse(path: Path) -> None:
        with connect.open_file(path) as con:
            seen.extend(con.execute("SELECT value FROM metric.value").fetchall())
        raise RuntimeError("not fit")

    with pytest.raises(RuntimeError, match="not fit"):
        publish.publish(home, [values({"11010": 2.0})], run_id="r2", audit=refuse)
    assert seen == [(2.0,)]
    assert everything(home) == before
    assert publish.publish(home, [values({"11010": 2.0})], run_id="r3").version == 2


def test_the_same_again_publishes_nothing(home: Home):
    mart = pl.DataFrame({"a": [1, 2, 2], "run_id": ["r1"] * 3})
    first = publish.publish(home, [values({"1": 1.0, "2": 2.0}), frame_table("mart", "t", mart)], run_id="r1")
    before = everything(home)
    again = mart.reverse().with_columns(run_id=pl.lit("r2"))
    second = publish.publish(home, [frame_table("mart", "t", again), values({"2": 2.0, "1": 1.0})], run_id="r2")
    assert (second.version, second.changed, second.values_changed) == (1, False, 0)
    assert second.published_at == first.published_at
    assert everything(home) == before
    # rows that are there twice must not cancel each other, and a new comment is something new
    for number, data in enumerate((pl.DataFrame({"a": [1, 1, 1]}), pl.DataFrame({"a": [1, 3, 3]})), start=2):
        third = publish.publish(home, [values({"1": 1.0, "2": 2.0}), frame_table("mart", "t", data)], run_id="r3")
        assert (third.version, third.changed, third.values_changed) == (number, True, 0)
    better = Frame(spec_of("mart", "t", {"a": "BIGINT"}, "Described better"), pl.DataFrame({"a": [1, 3, 3]}))
    assert publish.publish(home, [values({"1": 1.0, "2": 2.0}), better], run_id="r4").version == 4


def test_a_newer_ledger_refreshes_the_file_under_its_version(home: Home):
    def attempts(n: int) -> Frame:
        return frame_table("ledger", "attempt", pl.DataFrame({"run_id": [f"r{i}" for i in range(n)]}))

    publish.publish(home, [values({"1": 1.0}), attempts(1)], run_id="r1")
    audited = []
    second = publish.publish(home, [values({"1": 1.0}), attempts(2)], run_id="r2", audit=audited.append)
    assert (second.version, second.changed, len(audited)) == (1, False, 0)  # what it would look at passed it before
    assert rows(home, "SELECT count(*) FROM ledger.attempt") == [(2,)]
    assert rows(home, "SELECT version, run_id FROM ledger.publication") == [(1, "r1")]
    assert ledger.read(home, "publication").collect().height == 1
    with connect.open_file(home.versions / "000001.duckdb") as con:
        assert con.execute("SELECT count(*) FROM ledger.attempt").fetchall() == [(2,)]
    assert (home.versions / "000001.duckdb").read_bytes() == home.published_file.read_bytes()


def test_run_and_time_stay_with_a_value_until_it_changes(home: Home):
    one = publish.publish(home, [values({"1": 1.0, "2": None, "3": float("nan")})], run_id="r1")
    two = publish.publish(home, [values({"1": 1.0, "2": 2.0, "3": float("nan"), "4": 4.0})], run_id="r2")
    assert two.values_changed == 2
    stamps = "SELECT area, run_id, published_at FROM metric.value ORDER BY area"
    assert rows(home, stamps) == [
        *(("1", "r1", as_published(one.published_at)), ("2", "r2", as_published(two.published_at))),
        *(("3", "r1", as_published(one.published_at)), ("4", "r2", as_published(two.published_at))),
    ]
    # a batch that was read again with the same number is a change: the value comes from elsewhere now
    table = values({"1": 1.0, "2": 2.0}, batch_ids=["b2"])
    three = publish.publish(home, [table, latest({"1": 1.0}, status="stale")], run_id="r3")
    assert three.values_changed == 2  # two gone; two from another batch say what they said
    assert rows(home, "SELECT area, status, run_id, published_at FROM metric.latest") == [
        ("1", "stale", "r3", as_published(three.published_at))
    ]


def test_the_target_may_change_its_type(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    columns = tuple(replace(c, dtype="VARCHAR") if c.name == "target" else c for c in METRIC_VALUE.columns)
    worded = values({"1": 1.0}).frame.with_columns(target=pl.lit("below 15"))
    publish.publish(home, [Frame(replace(METRIC_VALUE, columns=columns), worded)], run_id="r2")
    three = publish.publish(home, [values({"1": 1.0}, target=15.0)], run_id="r3")
    assert (three.changed, three.values_changed) == (True, 0)  # the value says what it said
    assert rows(home, "SELECT target FROM metric.value") == [(15.0,)]


def test_the_source_of_a_target_may_change_and_the_value_is_the_same(home: Home):
    publish.publish(home, [values({"1": 1.0}, target=15.0)], run_id="r1")
    two = publish.publish(home, [values({"1": 1.0}, target=15.0, target_source="WHO 2021")], run_id="r2")
    assert (two.version, two.values_changed) == (2, 0)
    assert rows(home, "SELECT target_source, run_id FROM metric.value") == [("WHO 2021", "r1")]


def test_history_tells_of_corrections_withdrawals_and_returns(home: Home):
    times = [
        as_published(publish.publish(home, [values(numbers, **more)], run_id="r").published_at)
        for numbers, more in (
            ({"1": 1.0, "2": 5.0}, {}),
            ({"1": 1.5, "2": 5.0}, {}),  # corrected
            ({"2": 5.0}, {}),  # withdrawn
            ({"2": 5.0, "1": 1.5}, {}),  # there again
        )
    ]
    assert rows(
        home,
        "SELECT area, value, status, version, published_at, replaced_at FROM metric.history ORDER BY area, version",
    ) == [
        ("1", 1.0, "ok", 1, times[0], times[1]),
        ("1", 1.5, "ok", 2, times[1], times[2]),
        ("1", None, "withdrawn", 3, times[2], times[3]),
        ("1", 1.5, "ok", 4, times[3], None),
        ("2", 5.0, "ok", 1, times[0], None),
    ]
    assert ledger.read(home, "value_history").collect().height == 5


def stage_days(folder: Path, days: dict[str, dict]) -> list[Path]:
    files = []
    for number, (day, data) in enumerate(days.items()):
        # a name with everything that SQL or a file pattern could stumble over
        path = folder / "it's [a] la*ke" / "key=odd" / f"day={day}" / f"b{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(data).write_parquet(path)
        files.append(path)
    return files


def test_a_view_reads_exactly_its_files_through_the_published_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    days = {"2026-11-01": {"v": [1]}, "2026-11-02": {"v": [2], "later": ["x"]}, "2026-11-03": {"v": [3]}}
    files = stage_days(tmp_path, days)
    monkeypatch.chdir(tmp_path)
    relative = [path.relative_to(tmp_path) for path in files]  # MADANG_HOME is ./var by default
    types = {"day": "DATE", "v": "DOUBLE", "later": "VARCHAR"}
    air = view("air", relative[:2], types)
    publish.publish(home, [values({}), air], run_id="r1")
    monkeypatch.chdir("/")
    assert rows(home, "SELECT * FROM core.air ORDER BY day") == [
        (date(2026, 11, 1), 1.0, None),
        (date(2026, 11, 2), 2.0, "x"),
    ]
    monkeypatch.chdir(tmp_path)
    assert not publish.publish(home, [values({}), air], run_id="r2").changed
    assert publish.publish(home, [values({}), view("air", files, types)], run_id="r3").changed
    assert rows(home, "SELECT sum(v) FROM core.air") == [(6.0,)]
    newer = view("air", files[:1], {"day": "DATE", "v": "BIGINT", "new": "DOUBLE"})
    publish.publish(home, [values({}), newer], run_id="r4")  # as lake.scan does: a column that no file has is null
    assert rows(home, "SELECT v, new FROM core.air") == [(1, None)]
    with pytest.raises(PublishError, match="not declared: later"):
        publish.publish(home, [values({}), view("air", files, {"day": "DATE", "v": "DOUBLE"})], run_id="r4")


def test_a_table_without_files_is_empty_and_typed(home: Home):
    table = view("air", [], {"v": "DOUBLE", "day": "DATE"})
    publish.publish(home, [values({}), table], run_id="r")
    assert rows(home, "FROM core.air") == []
    assert [row[1] for row in rows(home, "DESCRIBE core.air")] == ["DOUBLE", "DATE"]


def test_not_a_byte_changes_under_those_who_have_the_file_open(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    with home.published_file.open("rb") as held:
        before = held.read()
        publish.publish(home, [values({"1": 2.0})], run_id="r2")
        versions.rollback(home, METRIC_VALUE, run_id="r3")
        held.seek(0)
        assert held.read() == before
    assert (home.versions / "000001.duckdb").read_bytes() == before


def test_within_one_process_a_reader_opened_later_sees_the_later_file(home: Home):
    """`duckdb.connect(path)` would go on reading the old one for as long as the first reader is open."""
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    with connect.open_published(home) as early:
        publish.publish(home, [values({"1": 2.0})], run_id="r2")
        with connect.open_published(home) as late:
            assert late.execute("SELECT value FROM metric.value").fetchall() == [(2.0,)]
        assert early.execute("SELECT value FROM metric.value").fetchall() == [(1.0,)]
        # also what the publisher itself compares with must not be the old file
        assert publish.publish(home, [values({"1": 2.0})], run_id="r3").version == 2


def test_readers_cannot_write_and_tables_are_never_python_variables(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    assert home.published_file.stat().st_mode & 0o222 == 0
    frame = pl.DataFrame({"a": [1]})
    with connect.open_published(home) as con:
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("DELETE FROM metric.value")
        with pytest.raises(duckdb.CatalogException, match="frame"):
            con.execute("FROM frame")
    del frame


def test_errors_of_opening_say_what_to_do(home: Home):
    with pytest.raises(connect.UnreadableError, match="run `madang nightly` first"):
        connect.open_published(home)
    home.published.mkdir()
    for damage in (b"", b"garbage" * 1000):
        home.published_file.write_bytes(damage)
        with pytest.raises(connect.UnreadableError, match=r"damaged.*madang rollback"):
            connect.open_published(home)
    with pytest.raises(connect.UnreadableError, match="does not exist"):
        connect.open_file(home.versions / "000009.duckdb")


def test_rollback_puts_a_version_back_as_a_new_one_and_publishing_goes_on(home: Home):
    t1 = as_published(publish.publish(home, [values({"1": 1.0, "2": 2.0})], run_id="r1").published_at)
    publish.publish(home, [values({"1": 1.0, "2": 2.5, "3": 3.0})], run_id="r2")
    publish.publish(home, [values({"1": 9.0, "2": 2.5, "3": 3.0})], run_id="r3")
    before = versions.versions(home)

    back = versions.rollback(home, METRIC_VALUE, 1, run_id="r4")
    assert (back.version, back.changed, back.values_total, back.values_changed) == (4, True, 2, 3)
    assert rows(home, "SELECT area, value, run_id, published_at FROM metric.value ORDER BY area") == [
        ("1", 1.0, "r1", t1),
        ("2", 2.0, "r1", t1),
    ]
    now = "SELECT area, value, status, version FROM metric.history WHERE replaced_at IS NULL ORDER BY area"
    assert rows(home, now) == [("1", 1.0, "ok", 4), ("2", 2.0, "ok", 4), ("3", None, "withdrawn", 4)]
    assert rows(home, "SELECT version, action, restored FROM ledger.publication ORDER BY 1")[-1] == (
        *(4, "rollback", 1),
    )
    assert dictionary.undocumented(home.published_file) == []
    told = versions.versions(home)
    assert told.head(3).drop("live").equals(before.drop("live"))  # the versions kept are as they were
    assert told.columns == [
        *(
            "version",
            "action",
            "restored",
            "published_at",
            "values_total",
            "values_changed",
            "size_bytes",
            "kept",
            "live",
        )
    ]
    assert told["live"].to_list() == [False, False, False, True]
    assert told["kept"].all()

    same = publish.publish(home, [values({"1": 1.0, "2": 2.0})], run_id="r5")
    assert (same.version, same.changed) == (4, False)
    new = publish.publish(home, [values({"1": 1.0, "2": 2.5})], run_id="r6")
    assert (new.version, new.values_changed) == (5, 1)
    assert ledger.read(home, "publication").sort("version").collect()["version"].to_list() == [1, 2, 3, 4, 5]
    assert rows(home, now) == [("1", 1.0, "ok", 4), ("2", 2.5, "ok", 5), ("3", None, "withdrawn", 4)]


def test_rollback_without_a_number_goes_further_back_each_time(home: Home):
    for number in (1.0, 2.0, 3.0):
        publish.publish(home, [values({"1": number})], run_id="r")
    assert [versions.rollback(home, METRIC_VALUE, run_id="r").version for _ in range(2)] == [4, 5]
    assert rows(home, "SELECT value FROM metric.value") == [(1.0,)]
    with pytest.raises(versions.VersionError, match="no version before version 1"):
        versions.rollback(home, METRIC_VALUE, run_id="r")
    publish.publish(home, [values({"1": 4.0})], run_id="r")
    versions.rollback(home, METRIC_VALUE, run_id="r")
    assert rows(home, "SELECT value FROM metric.value") == [(1.0,)]


def test_versions_unknown_or_no_longer_kept_are_named(home: Home):
    with pytest.raises(versions.VersionError, match="nothing was published"):
        versions.rollback(home, METRIC_VALUE, run_id="r")
    for number in range(1, 5):
        publish.publish(home, [values({"1": float(number)})], run_id="r", keep_versions=2)
    assert sorted(p.name for p in home.versions.iterdir()) == ["000003.duckdb", "000004.duckdb"]
    before = everything(home)
    with pytest.raises(versions.VersionError, match=r"7 was never published; versions kept: 3, 4$"):
        versions.rollback(home, METRIC_VALUE, 7, run_id="r")
    with pytest.raises(versions.VersionError, match=r"1 is no longer kept; versions kept: 3, 4$"):
        versions.diff(home, METRIC_VALUE, 1, 4)
    assert everything(home) == before
    assert versions.versions(home)["kept"].to_list() == [False, False, True, True]


def test_rollback_works_when_the_published_file_is_damaged(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    publish.publish(home, [values({"1": 2.0})], run_id="r2")
    whole = home.published_file.read_bytes()
    foreign = home.root / "foreign.duckdb"
    duckdb.connect(str(foreign)).close()
    # garbage; the head of the file whole, the rest not; a DuckDB file of somebody else's
    for damage in (b"garbage" * 1000, whole[:12288] + bytes(len(whole) - 12288), foreign.read_bytes()):
        home.published_file.unlink()
        home.published_file.write_bytes(damage)
        versions.rollback(home, METRIC_VALUE, 1, run_id="r3")
        assert rows(home, "SELECT value FROM metric.value") == [(1.0,)]
    assert publish.publish(home, [values({"1": 2.0})], run_id="r4").version == 6


def test_a_damaged_file_is_not_built_upon_and_its_record_of_values_stays(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    publish.publish(home, [values({"1": 2.0})], run_id="r2")
    history = rows(home, "SELECT version, value, status FROM metric.history ORDER BY ALL")
    whole = home.published_file.read_bytes()
    for damage in (b"", b"garbage" * 1000, whole[:12288] + bytes(len(whole) - 12288)):
        home.published_file.unlink()
        home.published_file.write_bytes(damage)
        done = publish.publish(home, [values({"1": 2.0})], run_id="r3")
        assert ["damaged" in text for text in done.damaged] == [True]
        assert rows(home, "SELECT value FROM metric.value") == [(2.0,)]
        assert rows(home, "SELECT version, value, status FROM metric.history ORDER BY ALL") == history
    assert not publish.publish(home, [values({"1": 2.0})], run_id="r4").damaged


def test_diff_shows_what_differs_between_two_versions(home: Home):
    publish.publish(home, [values({"1": 1.0, "2": 2.0, "3": None})], run_id="r1")
    publish.publish(home, [values({"2": 2.5, "3": None, "4": 4.0})], run_id="r2")
    told = versions.diff(home, METRIC_VALUE, 1, 2)
    assert told.columns == [*METRIC_VALUE.key, "value_a", "value_b", "status_a", "status_b"]
    assert told.select("area", "value_a", "value_b", "status_a", "status_b").rows() == [
        ("1", 1.0, None, "ok", None),
        ("2", 2.0, 2.5, "ok", "ok"),
        ("4", None, 4.0, None, "ok"),
    ]
    assert versions.diff(home, METRIC_VALUE, 2, 2).is_empty()


def test_without_hard_links_versions_are_copies(home: Home, monkeypatch: pytest.MonkeyPatch):
    def no_links(self: Path, target: Path) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    assert not (home.versions / "000001.duckdb").samefile(home.published_file)
    publish.publish(home, [values({"1": 2.0})], run_id="r2")
    versions.rollback(home, METRIC_VALUE, 1, run_id="r3")
    assert rows(home, "SELECT value FROM metric.value") == [(1.0,)]


def test_leftovers_and_versions_never_published_are_cleaned(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    left = home.published / f".next-{os.getpid()}-dead.duckdb"  # a container's process ids come again
    left.write_bytes(b"half")
    left.with_suffix(".duckdb.tmp").mkdir()
    orphan = home.versions / "000002.duckdb"
    orphan.write_bytes(b"never published")
    publish.publish(home, [values({"1": 1.0})], run_id="r2")
    assert not orphan.exists()
    assert sorted(p.name for p in home.published.iterdir()) == [".lock", "madang.duckdb", "versions"]


def test_what_the_ledger_lacks_is_taken_from_the_file(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    publish.publish(home, [values({"1": 2.0})], run_id="r2")
    want = [ledger.read(home, t).sort("version").collect() for t in ("publication", "value_history")]
    home.ledger("publication").path.rename(home.root / "gone1")
    home.ledger("value_history").path.rename(home.root / "gone2")
    assert versions.versions(home)["version"].to_list() == [1, 2]
    assert not publish.publish(home, [values({"1": 2.0})], run_id="r3").changed
    got = [ledger.read(home, t).sort("version").collect() for t in ("publication", "value_history")]
    assert all(a.equals(b) for a, b in zip(got, want, strict=True))
    assert want[0]["recorded_at"].dtype == pl.Datetime("us", "UTC")
    assert want[0]["recorded_at"][0] <= datetime.now(UTC)


# A published file of the version before ----------------------------------------------------------------------------


def published_by_the_version_before(home: Home, numbers: dict[str, float]) -> None:
    """One publication as it was, once its ledger is migrated: no target_source, no manifest, times with a zone."""
    columns = tuple(column for column in METRIC_VALUE.columns if column.name != "target_source")
    frame = values(numbers, target=15.0).frame.drop("target_source")
    publish.publish(home, [Frame(replace(METRIC_VALUE, columns=columns), frame)], run_id="before")
    home.published_file.chmod(0o644)
    with duckdb.connect(str(home.published_file)) as con:
        con.execute("CREATE TABLE ledger.content AS FROM ledger.manifest; DROP TABLE ledger.manifest")
        con.execute("SET TimeZone = 'Asia/Seoul'")
        for table, column in (("value", "published_at"), ("history", "published_at"), ("history", "replaced_at")):
            instant = f"{column} AT TIME ZONE 'UTC'"
            con.execute(f"CREATE TABLE metric.n AS SELECT * REPLACE ({instant} AS {column}) FROM metric.{table}")
            con.execute(f"DROP TABLE metric.{table}; ALTER TABLE metric.n RENAME TO {table}")


def test_a_file_of_the_version_before_is_made_again_and_its_values_keep_run_and_time(home: Home):
    published_by_the_version_before(home, {"1": 1.0, "2": 2.0})
    new = values({"1": 1.0, "2": 2.5}, target=15.0, target_source="WHO 2021")
    done = publish.publish(home, [new], run_id="now")
    assert (done.version, done.values_changed) == (2, 1)
    before, now = as_published(versions.versions(home)["published_at"][0]), as_published(done.published_at)
    assert rows(home, "SELECT area, run_id, target_source, published_at FROM metric.value ORDER BY area") == [
        ("1", "before", "WHO 2021", before),
        ("2", "now", "WHO 2021", now),
    ]
    assert rows(home, "SELECT area, published_at, replaced_at FROM metric.history ORDER BY area, version") == [
        ("1", before, None),
        ("2", before, now),
        ("2", now, None),
    ]
    assert rows(home, "SELECT area, version FROM metric.history ORDER BY ALL") == [("1", 1), ("2", 1), ("2", 2)]
    tables = rows(home, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'ledger' ORDER BY ALL")
    assert tables == [("dictionary",), ("manifest",), ("publication",)]
    assert rows(home, "SELECT count(recorded_at) FROM ledger.publication") == [(2,)]


def test_a_version_of_the_version_before_is_put_back_and_publishing_goes_on(home: Home):
    published_by_the_version_before(home, {"1": 1.0})
    new = values({"1": 1.5}, target=15.0, target_source="WHO 2021")
    publish.publish(home, [new], run_id="now")
    back = versions.rollback(home, METRIC_VALUE, 1, run_id="back")
    assert (back.version, back.values_changed) == (3, 1)
    assert rows(home, "SELECT value, run_id FROM metric.value") == [(1.0, "before")]
    assert versions.diff(home, METRIC_VALUE, 2, 3)["value_b"].to_list() == [1.0]
    done = publish.publish(home, [new], run_id="again")
    assert (done.version, done.values_changed) == (4, 1)
    assert rows(home, "SELECT value, target_source FROM metric.value") == [(1.5, "WHO 2021")]
    assert rows(home, "SELECT version FROM metric.history ORDER BY ALL") == [(1,), (2,), (3,), (4,)]


# Keys --------------------------------------------------------------------------------------------------------------


def test_columns_of_a_key_take_no_null_and_the_comment_names_them(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r")
    key = ("city", "area", "metric", "period", "period_start")
    required = (
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'metric' AND NOT is_nullable"
    )
    with connect.open_published(home) as con:
        for table, names in (("value", {*key}), ("history", {*key, "version"})):
            assert {name for (name,) in con.execute(required, [table]).fetchall()} == names
            (comment,) = con.execute("SELECT comment FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone()
            assert set(comment.rpartition("Key: ")[2].split(", ")) == names


def test_a_table_without_its_key_is_made_again(home: Home):
    publish.publish(home, [values({"1": 1.0})], run_id="r1")
    home.published_file.chmod(0o644)
    with duckdb.connect(str(home.published_file)) as con:
        con.execute("CREATE OR REPLACE TABLE metric.value AS FROM metric.value")
    publish.publish(home, [values({"1": 1.0})], run_id="r2")
    nullable = "SELECT DISTINCT is_nullable FROM duckdb_columns() WHERE table_name = 'value' AND column_name = 'area'"
    assert rows(home, nullable) == [(False,)]
    assert rows(home, "SELECT run_id FROM metric.value") == [("r1",)]


def test_no_published_column_needs_a_further_package(home: Home):
    publish.publish(home, [values({"1": 1.0}), latest({"1": 1.0})], run_id="r")
    assert rows(home, "SELECT column_name FROM duckdb_columns() WHERE NOT internal AND data_type LIKE '%ZONE%'") == []


def test_the_dictionary_has_each_column_with_its_unit_and_key(home: Home):
    columns = (PublishedColumn("a", "VARCHAR", "A", key=True), PublishedColumn("b", "DOUBLE", "B", unit="ug/m3"))
    table = Frame(TableSpec("mart", "it's", "T", columns), pl.DataFrame({"a": ["x"], "b": [1.0]}))
    publish.publish(home, [values({"1": 1.0}), table], run_id="r")
    query = "SELECT * EXCLUDE (schema_name) FROM ledger.dictionary WHERE table_name = 'it''s' ORDER BY position"
    assert rows(home, query) == [
        ("it's", "a", 1, "VARCHAR", None, True, "A"),
        ("it's", "b", 2, "DOUBLE", "ug/m3", False, "B"),
    ]
    there = "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    said = "SELECT schema_name, table_name, column_name, type FROM ledger.dictionary"
    assert set(rows(home, there)) == set(rows(home, said))
