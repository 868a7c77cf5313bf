"""No value that a tier may not have is in its file: looked for as a number in every column, as a text, byte by byte.

Each private figure of the internal file is replaced by one of its own, so that it can be told from all others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.derive.tables import derived_tables
from tests.worlds.shared_city import FIRST, PRIVATE, SharedCity, shared_city

HIDDEN = {("11110", FIRST): "A", ("11140", FIRST): "C", ("11170", FIRST + timedelta(days=1)): "D"}
OWN_TEXT = "Zx9qW7"  # in every text that tells of the private feed


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    found = shared_city(tmp_path_factory.mktemp("planted"))
    of_feeds = [contract.name for contract in found.city.contracts.values() if not contract.private]
    made = [table.name for table in derived_tables(found.city) if not table.contract.private]
    plant(found.home.published_file, [*of_feeds, *made])
    found.judging.hide = dict(HIDDEN)
    done = found.release(site=True)
    assert (done.troubles, done.site_troubles) == ([], [])
    return found


def plant(file: Path, public_tables: Sequence[str]) -> None:
    """Give each private figure its own number, the same one wherever it stands, and each private text a sign."""
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        own = "1234.5 + hash(city || area || CAST(period_start AS VARCHAR)) % 100000 / 7"
        con.execute(
            f"CREATE TEMP TABLE plants AS SELECT city, area, period_start, {own} AS number FROM metric.value"
            f" WHERE metric = '{PRIVATE}'"
        )
        same = "p.city = t.city AND p.area = t.area AND p.period_start = t.period_start"
        for table in ("metric.value", "metric.latest", "metric.history"):
            con.execute(
                f"UPDATE {table} t SET value = p.number FROM plants p WHERE {same} AND t.value IS NOT NULL"
                f" AND metric = '{PRIVATE}'"
            )
            con.execute(f"UPDATE {table} SET reason = '{OWN_TEXT}' WHERE metric = '{PRIVATE}'")
            con.execute(f"UPDATE {table} SET batch_ids = ['{OWN_TEXT}'] WHERE metric = '{PRIVATE}'")
        for table in ("metric.value", "metric.latest"):
            con.execute(
                f"UPDATE {table} SET reason_code = 'impossible', reason_gaps = ['{OWN_TEXT}']"
                f" WHERE metric = '{PRIVATE}'"
            )
        con.execute(
            f"UPDATE mart.area_day t SET {PRIVATE} = p.number FROM plants p WHERE p.city = t.city"
            f" AND p.area = t.area AND p.period_start = t.day AND {PRIVATE} IS NOT NULL"
        )
        con.execute("UPDATE mart.population_area_hour SET people = 777777.125")
        con.execute(f"UPDATE mart.feed SET limitations = '{OWN_TEXT}' WHERE is_private")
        con.execute(f"UPDATE ledger.rule_result SET observed = '{OWN_TEXT}', samples = '{OWN_TEXT}', status = 'fail'")
        # titles of rules of public tables are said, and nothing that was found
        public = f"table_name IN ({', '.join(map(repr, public_tables))})"
        con.execute(f"UPDATE ledger.rule_result SET title = '{OWN_TEXT}' WHERE NOT ({public})")
        con.execute(f"UPDATE ledger.batch SET rows_kept = 777777 WHERE NOT ({public})")
        con.execute(f"UPDATE ledger.quarantine SET value = '{OWN_TEXT}', row = '{OWN_TEXT}'")
        con.execute(f"UPDATE ledger.verdict SET reason = '{OWN_TEXT}', samples = '{OWN_TEXT}'")
        con.execute(f"UPDATE ledger.attempt SET detail = '{OWN_TEXT}', delivery = '{OWN_TEXT}/{OWN_TEXT} ?.csv'")


def planted(world: SharedCity) -> dict[tuple[str, object], float]:
    rows = world.inside(f"SELECT area, period_start, value FROM metric.value WHERE metric = '{PRIVATE}' AND value > 0")
    return {(area, day): value for area, day, value in rows}


def numbers_and_texts(file: Path) -> Iterator[tuple[str, object]]:
    with duckdb.connect(str(file), read_only=True) as con:
        names = con.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        for schema, name in names:
            if schema in ("core", "model"):
                continue  # views over the lake: of public feeds
            for row in con.execute(f'FROM "{schema}"."{name}"').fetchall():
                for cell in row:
                    if schema == "quality" and isinstance(cell, int):  # counts of rows say how many there are
                        yield f"{schema}.{name}", float(cell)
                    elif isinstance(cell, float | str):
                        yield f"{schema}.{name}", cell
                    elif isinstance(cell, list):
                        yield from ((f"{schema}.{name}", str(one)) for one in cell)
        for catalogue in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()"):
            yield catalogue, repr(con.execute(f"FROM {catalogue}").fetchall())


def found_in(file: Path, values: set[float]) -> set[tuple[str, object]]:
    near, spelled = {round(value, 6) for value in values}, [f"{value:.4f}"[:-1] for value in values]
    found = set()
    for where, cell in numbers_and_texts(file):
        if isinstance(cell, float) and round(cell, 6) in near:
            found.add((where, cell))
        elif isinstance(cell, str) and (OWN_TEXT in cell or any(text in cell for text in spelled)):
            found.add((where, "text"))
    content = file.read_bytes()
    found |= {("bytes", value) for value in values if struct.pack("<d", value) in content}
    if OWN_TEXT.encode() in content:
        found.add(("bytes", OWN_TEXT))
    return found


def test_the_search_bites_all_is_found_inside(world: SharedCity):
    values = set(planted(world).values())
    found = found_in(world.home.published_file, {*values, 777777.125})
    for table in ("metric.value", "metric.latest", "metric.history", "mart.area_day"):
        assert {value for where, value in found if where == table} & values, table
    assert ("mart.population_area_hour", 777777.125) in found
    for table in ("metric.value", "mart.feed", "ledger.verdict"):
        assert (table, "text") in found, table


def test_nothing_hidden_is_in_the_open_file_and_what_is_free_is(world: SharedCity):
    values = planted(world)
    hidden = {value for cell, value in values.items() if cell in HIDDEN}
    assert len(hidden) == len(HIDDEN)
    file = world.tier().published_file
    assert found_in(file, {*hidden, 777777.125, 777777.0}) == set()
    free = {round(value, 6) for cell, value in values.items() if cell not in HIDDEN}
    assert {
        round(v, 6) for where, v in found_in(file, free) if where == "metric.value" and isinstance(v, float)
    } == free


def test_a_partner_that_gets_no_private_metric_has_no_private_value_at_all(world: SharedCity):
    values = {*planted(world).values(), 777777.125}
    assert found_in(world.tier("partner/card").published_file, values) == set()


def test_a_partner_that_gets_the_metric_sees_no_hidden_value_either(world: SharedCity):
    hidden = {value for cell, value in planted(world).items() if cell in HIDDEN}
    assert found_in(world.tier("partner/telecom").published_file, {*hidden, 777777.125}) == set()


def bytes_with(folder: Path, values: set[float]) -> set[tuple[str, object]]:
    """In which files below a folder one of these numbers stands, as eight bytes or spelled, or a text of a feed. The
    cells of a Parquet file, which is packed, are spelled; what people read has signs between thousands."""
    spelled = {f"{value:.4f}"[:-1] for value in values} | {f"{value:,.1f}" for value in values}
    found = set()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        name = file.relative_to(folder).as_posix()
        if file.suffix == ".parquet":
            content += pl.read_parquet(file).write_ndjson().encode()
        found |= {(name, value) for value in values if struct.pack("<d", value) in content}
        found |= {(name, text) for text in (*spelled, OWN_TEXT) if text.encode() in content}
    return found


def test_no_file_below_the_folder_that_everybody_reads_has_a_hidden_value(world: SharedCity):
    """Also its versions, and of the site beside the file its pages, its catalogue and what can be downloaded."""
    values = planted(world)
    hidden = {value for cell, value in values.items() if cell in HIDDEN}
    below = world.tier().published
    names = {path.relative_to(below).as_posix() for path in below.rglob("*") if path.is_file()}
    assert {"madang.duckdb", "versions/000001.duckdb"} <= names
    assert {name.rpartition(".")[2] for name in names} >= {"html", "csv", "json", "jsonld", "parquet", "yaml", "atom"}
    assert bytes_with(below, {*hidden, 777777.125}) == set()
    free = {name.rpartition(".")[2] for name, _ in bytes_with(below, set(values.values()) - hidden)}
    assert free >= {"duckdb", "html", "csv", "json", "parquet"}, "what is free is found, so what is hidden would be"
