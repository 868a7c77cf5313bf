"""Whether the ledger is there at all: without one of its tables nothing may be decided, and nothing is said.

Files that are lost cost what they say (`LedgerFiles.lost`); a table that is gone, or whose log is broken, stops whoever
would write: an empty one would be taken for the beginning.
"""

from __future__ import annotations

from contextlib import suppress

import duckdb

from warehouse.damaged import DamagedHomeError
from warehouse.home import Home
from warehouse.ledger.schema import TABLES
from warehouse.published import connect

FIRST = ("rule_result", "verdict")  # the gate writes into them before anything is live
SETTLED = ("publication", "value_history")  # the next publication writes again into them what the published file says


class LedgerGoneError(DamagedHomeError):
    """A table of the ledger is gone, or its log is broken. Nothing is fetched, judged or published without it."""


def require_ledger(home: Home) -> None:
    """Raises LedgerGoneError. A home of which nothing was kept yet has no ledger, and needs none."""
    if wrong := lost_tables(home):
        name, why = next(iter(wrong.items()))
        hint = "`madang repair` brings it back as far as it can"
        raise LedgerGoneError(f"ledger.{name} {why}, so nothing is changed; {hint}")


def lost_tables(home: Home) -> dict[str, str]:
    """The tables that are gone or whose log is broken, and what is wrong with each."""
    expected = expected_tables(home)  # before what is there: a first night makes the ledger before the lake
    wrong, there = dict[str, str](), set[str]()
    for name in TABLES:
        table = home.ledger(name).table
        if table.exists():
            there.add(name)
            try:
                table.live_files()
            except DamagedHomeError as error:
                wrong[name] = f"cannot be read ({error.what})"
    return dict.fromkeys(sorted(expected - there), "is gone") | wrong


def expected_tables(home: Home) -> set[str]:
    """The tables that must be there: those that the published file has rows of, and those that any lake has."""
    known = set[str]()
    if any(home.lake.glob("*/core/*/_delta_log")):
        known |= set(FIRST)
    if home.published_file.exists():
        query = f"SELECT DISTINCT table_name FROM {connect.CATALOG}.ledger.manifest WHERE schema_name = 'ledger'"
        with suppress(connect.UnreadableError, duckdb.Error), connect.open_published(home) as con:
            known |= {name for (name,) in con.execute(f"{query} AND input IS NOT NULL").fetchall()}
    return (known & TABLES.keys()) - set(SETTLED)
