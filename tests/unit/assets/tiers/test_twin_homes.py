"""Two homes that differ in nothing but what is hidden release the same: whatever a reader looks at, he learns nothing.

So no place has to be thought of: the order of rows, counts beside values, times, statistics of files, pictures,
colours, catalogue, feeds of news, downloads. Figures of a hidden value are made others in every column that has them.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.worlds.shared_city import FIRST, PRIVATE, SharedCity, shared_city
from warehouse.home import Home
from warehouse.ledger import ledger

NOW = datetime(2026, 5, 4, 5, 6, 7, tzinfo=UTC)
NEWEST = FIRST + timedelta(days=7)
HIDDEN: dict[tuple[str, date], str] = {
    ("11110", FIRST): "A",
    ("11140", FIRST): "C",
    ("11170", FIRST + timedelta(days=1)): "D",
    ("11200", NEWEST): "A",
    ("11215", NEWEST): "N",
}
TIERS = ("open", "partner/telecom", "partner/card")
# What is of the hidden rows alone, by table of the internal file.
OTHERS = {
    "value": "value * 3 + 17",
    "n": "coalesce(n, 0) + 5",
    "expected": "coalesce(expected, 0) + 7",
    "completeness": "0.123",
    "quality": "'L'",
    "method": "'another way'",
    "status": "'proxy'",
    "reason": "'another reason'",
    "reason_code": "'impossible'",
    "reason_gaps": "['9.75']",
    "batch_ids": "['another']",
    "run_id": "'another'",
    "published_at": "published_at + INTERVAL 3 DAY",
}
STORAGE = "SELECT column_name, row_group_id, segment_type, count, compression, stats"  # least and most of each column
OF_LATEST = {"met": "NOT coalesce(met, false)", "previous": "value + 1", "change": "1", "change_percent": "2"}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[SharedCity, SharedCity]:
    root = tmp_path_factory.mktemp("twins")
    first = shared_city(root / "one")
    shutil.copytree(first.home.root, root / "other" / "home", symlinks=True)
    second = replace(first, home=Home(root / "other" / "home"))
    second = replace(second, judging=replace(first.judging, home=second.home))
    make_another(second.home.published_file)
    for world in (first, second):
        world.judging.hide = dict(HIDDEN)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "time_to_record", lambda _: NOW)
            done = world.release(site=True)
        assert (done.troubles, done.site_troubles) == ([], [])
    return first, second


def make_another(file: Path) -> None:
    """Give hidden values other figures. Their rows lie where they lay: a day is published whole, in one order."""
    file.chmod(0o644)
    cells = ", ".join(f"('{area}', DATE '{day}')" for area, day in HIDDEN)
    hidden = f"metric = '{PRIVATE}' AND (area, period_start) IN ({cells})"
    with duckdb.connect(str(file)) as con:
        for table, more in (("metric.value", {}), ("metric.latest", OF_LATEST)):
            other = ", ".join(
                f"CASE WHEN {hidden} THEN {said} ELSE {name} END AS {name}" for name, said in (OTHERS | more).items()
            )
            con.execute(f"CREATE TEMP TABLE rows AS SELECT * REPLACE ({other}) FROM {table} ORDER BY rowid")
            con.execute(f"DELETE FROM {table}")
            con.execute(f"INSERT INTO {table} FROM rows")
            con.execute("DROP TABLE rows")
        con.execute(f"UPDATE mart.area_day SET {PRIVATE} = 9.75 WHERE (area, day) IN ({cells})")
        con.execute("UPDATE mart.population_area_hour SET people = people + 5")


def in_the_database(file: Path) -> dict[str, object]:
    """All that a reader can ask of a file: rows as they lie, texts of the catalogue, statistics of columns."""
    found: dict[str, object] = {}
    with duckdb.connect(str(file), read_only=True) as con:
        tables = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        for (name,) in tables:
            rows = con.execute(f"FROM {name}").fetchall()
            # what gates found is joined anew for each release, in any order; it has nothing of values. The view of
            # days is grouped whenever it is read, and the same file gave two orders on a busy machine.
            any_order = name.startswith("quality.") or name == "mart.area_day"
            found[name] = sorted(rows, key=repr) if any_order else rows
        for name in ("metric.value", "metric.latest"):
            found[f"storage of {name}"] = con.execute(f"{STORAGE} FROM pragma_storage_info('{name}')").fetchall()
        for catalogue in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()"):
            found[catalogue] = con.execute(
                f"SELECT * EXCLUDE (database_name, database_oid) FROM {catalogue}"
            ).fetchall()
    return found


@pytest.mark.holds(
    "attack 25",
    "Order of rows, least and most of columns, ranks, targets met, changes since: what is hidden changes none.",
)
@pytest.mark.holds(
    "attack 26", "Whatever a command asks of a file of a tier, what is hidden changes no answer: the files are alike."
)
@pytest.mark.holds(
    "attack 27",
    "The day on which a hidden value was published as it is stood beside it, of metrics not given, too; gone.",
)
@pytest.mark.holds(
    "attack 30", "n, expected, completeness and quality of a hidden value, and the sentence about it: gone."
)
@pytest.mark.parametrize("tier", TIERS)
def test_what_is_hidden_changes_nothing_in_a_file(twins: tuple[SharedCity, SharedCity], tier: str):
    one, other = (in_the_database(world.tier(tier).published_file) for world in twins)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.holds(
    "attack 27",
    "Pages, pictures, colours of maps, CSV, JSON, Parquet, catalogue, news: byte by byte the same whatever is hidden.",
)
def test_what_is_hidden_changes_nothing_beside_the_open_file(twins: tuple[SharedCity, SharedCity]):
    """All files of the site, byte by byte, and their names."""
    one, other = (files_below(world.tier().published) for world in twins)
    assert one.keys() == other.keys()
    assert len(one) > 50
    assert [name for name in one if one[name] != other[name]] == []


def files_below(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".duckdb")
    return {re.sub(r"-[0-9a-f]{8,}", "", path.relative_to(folder).as_posix()): path.read_bytes() for path in found}


def test_what_is_free_does_change_them(twins: tuple[SharedCity, SharedCity], tmp_path: Path):
    """The comparison bites: one more figure, of a value that is not hidden."""
    first, _ = twins
    file = tmp_path / "one.duckdb"
    shutil.copyfile(first.tier().published_file, file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute(f"UPDATE metric.value SET n = 77 WHERE metric = '{PRIVATE}' AND conf_status = 'F'")
    one, other = in_the_database(first.tier().published_file), in_the_database(file)
    assert "metric.value" in [name for name in one if one[name] != other[name]]
