"""Frames go to DuckDB and come back as they are, of any type that is published."""

import subprocess
import sys
from datetime import UTC, date, datetime

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.paths import REPOSITORY
from warehouse.arrow import fetched_frame, lend

AT = datetime(2026, 11, 28, 3, 30, 0, 1, tzinfo=UTC)
VALUES = {
    "whole": (pl.Int64, st.integers(-(2**62), 2**62)),
    "small": (pl.Int32, st.integers(-5, 5)),
    "number": (pl.Float64, st.floats(allow_nan=False)),
    "text": (pl.String, st.text(max_size=30)),
    "yes": (pl.Boolean, st.booleans()),
    "day": (pl.Date, st.dates(date(1900, 1, 1))),
    "at": (pl.Datetime("us"), st.datetimes()),
    "texts": (pl.List(pl.String), st.lists(st.text(max_size=5), max_size=3)),
}
SCHEMA = {name: dtype for name, (dtype, _) in VALUES.items()}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, (_, values) in VALUES.items()}), max_size=5)


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_a_frame_comes_back_as_it_went(rows: list[dict]):
    frame = pl.DataFrame(rows, schema=SCHEMA)
    with duckdb.connect() as con:
        lent = lend(con, "lent", frame)
        for _ in range(2):  # it can be read again
            assert fetched_frame(con.sql("FROM lent")).equals(frame)
        con.execute("CREATE TABLE kept AS FROM lent")
        lent.take_back()
        found = fetched_frame(con.sql("FROM kept"))
        assert found.equals(frame)
        assert found.schema == con.sql("FROM kept").pl().schema


def test_pyarrow_is_not_imported_for_it():
    program = "import duckdb, sys, polars as pl; from warehouse.arrow import *; con = duckdb.connect()\n"
    program += "lend(con, 'lent', pl.DataFrame({'a': [1]})); fetched_frame(con.sql('FROM lent'))\n"
    program += "sys.exit('pyarrow' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=REPOSITORY)


def test_an_instant_keeps_its_zone():
    frame = pl.DataFrame({"at": [AT]})
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        lend(con, "lent", frame)
        assert fetched_frame(con.sql("FROM lent"))["at"].to_list() == [AT]


def test_what_was_lent_in_a_transaction_is_kept_by_nobody_until_its_end():
    """DuckDB knows the names of before until a transaction ends: the pieces of a publication were all in memory."""
    with duckdb.connect() as con:
        con.execute("BEGIN")
        lent = lend(con, "in_pieces", pl.DataFrame({"a": [1, 2]}))
        con.execute("CREATE TABLE kept AS FROM in_pieces")
        assert pl.DataFrame(lent.rows).height == 2
        lent.take_back()
        assert pl.DataFrame(lent.rows).height == 0
        with pytest.raises(duckdb.CatalogException):
            con.sql("FROM in_pieces")
        assert fetched_frame(con.sql("FROM kept"))["a"].to_list() == [1, 2]
