"""Public rows are kept from release to release: only days that differ are written, and what has to be gone is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.tiers.public_rows import KEPT, PublicRows
from tests.worlds.shared_city import FIRST, PRIVATE, PUBLIC, SharedCity, shared_city
from warehouse.published.spec import PublishedColumn, TableSpec

VALUES = f"SELECT area, period_start, value FROM metric.value WHERE metric = '{PUBLIC}' ORDER BY ALL"
TIERS = ("open", "partner/telecom", "partner/card")


@pytest.fixture
def world(tmp_path: Path) -> SharedCity:
    made = shared_city(tmp_path)
    assert not made.release().troubles
    return made


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Of each file of public rows that is made, how many days are replaced; None: it was made again."""
    found, write = list[int | None](), PublicRows.write

    def noted(self: PublicRows, *given: Any) -> None:
        write(self, *given)
        found.append(self.replaced)

    monkeypatch.setattr(PublicRows, "write", noted)
    return found


def kept_file(world: SharedCity) -> Path:
    (file,) = world.home.root.glob(f"disclosure/{KEPT}")
    return file


def test_one_changed_day_is_written_alone_and_all_tiers_show_it(world: SharedCity, replaced: list[int | None]) -> None:
    day = FIRST + timedelta(days=6)
    world.nights(day, correction=1)
    world.publish("run-2")
    assert not world.release(run_id="run-2").troubles
    assert replaced == [1]
    for tier in TIERS:
        assert world.rows(VALUES, tier) == world.inside(VALUES)
    assert world.rows("SELECT DISTINCT metric FROM metric.value", file=kept_file(world)) == [(PUBLIC,)]


def test_a_metric_that_becomes_private_is_in_no_kept_file(world: SharedCity, replaced: list[int | None]) -> None:
    before = kept_file(world)
    tables = type(world.judging).tables

    def all_private(self: Any, city: Any) -> Any:
        return dict(tables(self, city)) | {PUBLIC: ((PRIVATE, ""),)}

    world.judging.__class__ = type("AllPrivate", (type(world.judging),), {"tables": all_private})
    world.release(run_id="private")
    assert replaced == [None]
    assert not before.exists()
    assert world.rows("SELECT count(*) FROM metric.value", file=kept_file(world)) == [(0,)]


KEY = {"city": "VARCHAR", "metric": "VARCHAR", "area": "VARCHAR", "period_start": "DATE"}
SPEC = TableSpec(
    "metric",
    "value",
    "values",
    (
        *(PublishedColumn(name, dtype, name, key=True) for name, dtype in KEY.items()),
        PublishedColumn("value", "DOUBLE", "the value"),
    ),
)
MANY_DAYS = 30
_SUM = "SELECT count(*), sum(hash(city, metric, area, period_start, value)) FROM {}"


@dataclass
class Kept:
    """A table of values, and the files of public rows that are made of it."""

    con: duckdb.DuckDBPyConnection
    folder: Path

    def make(self, *, private: str = "", removed: str = "", withheld: str = "") -> int | None:
        """Make a file, look whether it has the rows, and say how many days were replaced."""
        rows, file = PublicRows(self.con, self.folder, private, removed), self.folder / "made.duckdb"
        file.unlink(missing_ok=True)
        rows.write(file, SPEC, "SELECT * FROM inside", withheld)
        rows.prune()
        for made in (file, self.file):
            with duckdb.connect(str(made)) as con:
                assert con.execute(_SUM.format("metric.value")).fetchall() == self.inside()
                assert con.execute("SELECT table_name FROM information_schema.tables").fetchall() == [("value",)]
        return rows.replaced

    @property
    def file(self) -> Path:
        (file,) = self.folder.glob(KEPT)
        return file

    def inside(self) -> list[tuple[Any, ...]]:
        return self.con.execute(_SUM.format("inside")).fetchall()

    def change(self, statement: str) -> None:
        self.con.execute(statement)

    def change_kept(self, statement: str) -> None:
        with duckdb.connect(str(self.file)) as con:
            con.execute(statement)


@pytest.fixture
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    """Of 40 areas, or as many as a test asks for."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TEMP TABLE inside AS SELECT 'seoul' AS city, 'pm25' AS metric, 'area ' || a AS area,"
            " DATE '2026-03-01' + CAST(d AS INTEGER) AS period_start, hash(a, d) / 1e19 AS value"
            f" FROM range({MANY_DAYS}) days(d), range({getattr(request, 'param', 40)}) areas(a)"
        )
        made = Kept(con, tmp_path)
        assert (made.make(), made.make()) == (None, 0)
        yield made


whole_blocks = pytest.mark.parametrize("kept", [5000], indirect=True)  # several groups of rows


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        ("UPDATE metric.value SET value = 1e6 WHERE period_start = '2026-03-04'", 1),
        ("UPDATE metric.value SET value = NULL WHERE area = 'area 3' AND period_start < '2026-03-03'", 2),
        ("DELETE FROM metric.value WHERE period_start = '2026-03-05'", 1),
        ("INSERT INTO metric.value BY NAME SELECT * REPLACE ('1999-01-01' AS period_start) FROM metric.value", None),
        ("INSERT INTO metric.value BY NAME SELECT * REPLACE ('secret' AS metric) FROM metric.value LIMIT 1", None),
        ("CREATE TABLE metric.secret AS SELECT 7 AS persons", None),
        ("CREATE VIEW secret AS SELECT 7 AS persons", None),
        ("ALTER TABLE metric.value DROP COLUMN value", None),
        ("DROP TABLE metric.value", None),
    ],
)
def test_a_kept_file_that_holds_anything_else_is_put_right_or_made_again(
    kept: Kept, change: str, replaced: int | None
) -> None:
    kept.change_kept(change)
    assert (kept.make(), kept.make()) == (replaced, 0)


@whole_blocks
def test_a_damaged_file_is_made_again(kept: Kept) -> None:
    whole = kept.file.read_bytes()
    kept.file.write_bytes(whole[:20_000])
    assert kept.make() is None
    middle = len(whole) // 2
    kept.file.write_bytes(
        whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
    )
    assert kept.make() is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE inside SET value = NULL WHERE area = 'area 3' AND period_start = '2026-03-04'",
        "DELETE FROM inside WHERE area = 'area 3' AND period_start = '2026-03-04'",
        "UPDATE inside SET metric = 'pm10' WHERE area = 'area 3' AND period_start = '2026-03-04'",
        "DELETE FROM inside WHERE period_start = '2026-03-04'",
    ],
)
def test_of_a_value_that_is_taken_back_no_byte_is_left(kept: Kept, change: str) -> None:
    """A metric may be dropped in the same night in which its feed becomes private: nobody would say so here."""
    kept.change(change)
    assert kept.make() is None


@whole_blocks
def test_of_corrected_values_a_tenth_at_most_is_left_in_the_blocks(kept: Kept) -> None:
    found = list[int | None]()
    for number in range(6):
        kept.change(f"UPDATE inside SET value = value + 1 WHERE period_start = DATE '2026-03-01' + {number}")
        found.append(kept.make())
    assert found == [1, 1, 1, None, 1, 1]


@pytest.mark.parametrize("what", ["private", "removed", "withheld"])
def test_another_reason_for_what_is_left_out_makes_it_again(kept: Kept, what: str) -> None:
    before = kept.file
    assert kept.make(**{what: "another"}) is None
    assert not before.exists()
