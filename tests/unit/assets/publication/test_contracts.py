"""The rules of what is published, as SQL on the file."""

from pathlib import Path

import duckdb
import pytest

from assets.publication.columns import LEDGER
from assets.publication.contracts import ShownContract, contracts_of_city, contracts_of_platform
from tests.worlds.packs import seoul
from warehouse.published.spec import SCHEMAS

SHOWN = [one for one in (*contracts_of_city(seoul()), *contracts_of_platform()) if one.table is not None]


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    """A file with the tables that are declared, without a row."""
    con = duckdb.connect()
    con.execute("; ".join(f"CREATE SCHEMA {schema}" for schema in SCHEMAS))
    for table in (*(one.table for one in SHOWN), *LEDGER):
        assert table is not None
        con.execute(f"CREATE TABLE {table.sql} ({table.definition})")
    return con


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.name)
def test_every_rule_reads_columns_that_are_published(shown: ShownContract, empty: duckdb.DuckDBPyConnection) -> None:
    """A rule about a column that is not published asks the ledger what the gate found."""
    document = shown.document(Path("madang.duckdb"))
    queries = [rule.query for table in document.schema_ or [] for rule in table.quality or [] if rule.query]
    assert queries
    for query in queries:
        empty.execute(query).fetchall()
