"""A site that is made beside an earlier one is, byte for byte, the one that is made at once, whatever changed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.site.build import PageError, build_site
from assets.site.render import RELEASE_BEGINS
from tests.worlds.small_site import small_site
from warehouse.published.connect import quoted

# Another value of the same type: what is in another row, or what no row has.
_OTHERS = {
    "VARCHAR": ("'<b>other</b>'", "'2020'", "NULL"),
    "DOUBLE": ("{0} * 2 + 1.25", "-0.5", "NULL"),
    "BIGINT": ("{0} + 1", "0", "NULL"),
    "INTEGER": ("{0} + 1", "0", "NULL"),
    "BOOLEAN": ("NOT {0}", "NULL"),
    "DATE": ("{0} + 1", "{0} - 40", "NULL"),
    "TIMESTAMP": ("{0} + INTERVAL 1 DAY", "NULL"),
    "VARCHAR[]": ("['other', 'air_daily']", "[]", "NULL"),
}
_NEXT = "UPDATE ledger.release SET version = version + 1, released_at = released_at + INTERVAL 1 DAY"


@dataclass
class FileBefore:
    """An open file, the site that was made of it, and a copy of the file on which something is changed."""

    root: Path
    file: Path
    site: Path
    columns: list[tuple[str, str, str, int]] = field(default_factory=list)  # table, column, type, rows of the table

    def after(self, *changes: str) -> bool:
        """Whether something is changed at all; then that both ways give the same site."""
        changed = self.root / "after.duckdb"
        shutil.copyfile(self.file, changed)
        changed.chmod(0o600)
        try:
            with duckdb.connect(changed) as con:
                for change in (_NEXT, *changes):  # a change is always of another release
                    con.execute(change)
        except duckdb.Error:  # the file itself refuses it: a key twice, nothing where something has to be
            return False
        beside, at_once = _site_of(changed, self.root / "beside", self.site), _site_of(changed, self.root / "once")
        differing = sorted(path for path in {*beside, *at_once} if beside.get(path) != at_once.get(path))
        assert differing == [], changes
        return True


def _site_of(file: Path, folder: Path, before: Path | None = None) -> dict[str, bytes]:
    """All files of a site; nothing of one that cannot be made of this file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        build_site(file, folder, before)
    except PageError as error:
        return {"error": str(error).encode()}
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> FileBefore:
    root = tmp_path_factory.mktemp("before")
    site = small_site(root)
    found = FileBefore(root, site.file, site.folder)
    with duckdb.connect(site.file, read_only=True) as con:
        tables = con.sql(
            "SELECT schema_name, table_name, estimated_size FROM duckdb_tables() WHERE estimated_size > 0 ORDER BY ALL"
        ).fetchall()
        for schema, table, rows in tables:
            own = con.sql(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE (schema_name, table_name) = (?, ?)"
                " ORDER BY 1",
                params=[schema, table],
            ).fetchall()
            found.columns += [(f"{schema}.{quoted(table)}", quoted(name), kind, rows) for name, kind in own]
    return found


@st.composite
def changes(draw: st.DrawFn, columns: list[tuple[str, str, str, int]]) -> str:
    """What may be another in a file: one value of any table, a row that is gone, a row more."""
    table, column, kind, rows = draw(st.sampled_from(columns))
    row = draw(st.integers(0, rows - 1))
    what = draw(st.sampled_from(["value", "value", "value", "copied", "gone"]))
    if what == "gone":
        return f"DELETE FROM {table} WHERE rowid = {row}"
    value = draw(st.sampled_from(_OTHERS[kind])).format(column)
    if what == "copied":
        return f"INSERT INTO {table} SELECT * REPLACE ({value} AS {column}) FROM {table} WHERE rowid = {row}"
    return f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}"


@settings(max_examples=settings().max_examples // 5)  # each makes two sites, which takes two seconds
@given(st.data())
def test_whatever_changes_the_site_beside_the_one_before_is_that_made_at_once(before: FileBefore, data: st.DataObject):
    before.after(*data.draw(st.lists(changes(before.columns), min_size=1, max_size=3)))


@pytest.mark.parametrize(
    "change",
    {
        "a metric more": "INSERT INTO metric.definition SELECT * REPLACE ('pm1_mean' AS metric, 'PM1' AS title)"
        " FROM metric.definition WHERE metric = 'pm25_mean'; INSERT INTO metric.value SELECT * REPLACE ('pm1_mean' AS"
        " metric) FROM metric.value WHERE metric = 'pm25_mean'; INSERT INTO metric.latest SELECT * REPLACE ('pm1_mean'"
        " AS metric) FROM metric.latest WHERE metric = 'pm25_mean'",
        "a metric less": "DELETE FROM metric.definition WHERE metric = 'pm10_mean'; DELETE FROM metric.value WHERE"
        " metric = 'pm10_mean'; DELETE FROM metric.latest WHERE metric = 'pm10_mean'",
        "another licence": "UPDATE ledger.release SET licence = 'CC0 1.0'",
        "other money": "UPDATE mart.city SET currency = 'USD'",
        "another target": "UPDATE metric.value SET target = 7.5; UPDATE metric.latest SET target = 7.5, met = false",
        "a text": "UPDATE mart.text SET text = 'Fine dust' WHERE kind = 'metric' AND key = 'pm25_mean'",
        "a language more": "INSERT INTO mart.text SELECT * REPLACE ('vi' AS language, 'vi' AS written_in)"
        " FROM mart.text WHERE language = 'en'",
        "a correction": "INSERT INTO quality.correction BY NAME SELECT city, metric, area, period, period_start, 1 AS"
        " version, 1 AS value_before, value, TIMESTAMP '2020-12-01' AS corrected_at FROM metric.value"
        " WHERE value IS NOT NULL ORDER BY ALL LIMIT 1",
        "a day more": "INSERT INTO metric.value SELECT * REPLACE (period_start + 31 AS period_start) FROM metric.value",
        "nothing": "SELECT 1",
    }.items(),
    ids=lambda change: change[0],
)
def test_what_changes_many_pages_changes_them_beside_the_site_before(before: FileBefore, change: tuple[str, str]):
    assert before.after(*change[1].split("; ")), f"the file refuses {change[0]}"


def test_a_page_without_values_is_the_same_file_in_the_next_site(before: FileBefore):
    """Of three years 2,200 of 2,400 pages show no values: with the number of a release all were others each night."""
    assert before.after()
    site, beside = before.site, before.root / "beside"
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    same = {path for path in pages if (site / path).samefile(beside / path)}
    named = {path for path in pages if RELEASE_BEGINS in (site / path).read_text("utf-8")}
    assert named.isdisjoint(same)
    assert {path.split("/")[2] for path in pages - named} == {"dictionary", "quality", "way"}
    assert same == pages - named
    licences = [Path(site / path).read_text("utf-8").rpartition("<footer")[2] for path in same if path[:3] == "en/"]
    assert all("Licence: " in said and "Release" not in said for said in licences)
