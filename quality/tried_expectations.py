"""Expectations that a contract names itself, tried before the night: a wrong one would close each day with ERROR."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from quality.contract.model import Contract
from quality.contract.nearest import what_to_write
from quality.gx_duckdb.check import Check
from quality.gx_duckdb.evaluate import evaluate, expectation_names
from quality.suite import KEPT, kwargs_of

_VALUES: dict[str, Any] = {
    "string": "x",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "date": date(2024, 1, 1),
    "timestamp": datetime(2024, 1, 1),  # noqa: DTZ001 - local, as the tables have it
    "array": ["x"],
}


def expectation_errors(contract: Contract) -> dict[str, str]:
    """By the code of a rule about the whole table: why it cannot be evaluated, in one line. Whether it holds does not
    matter: it is tried on a table of one made-up row.

    Costs nothing where the contract has no such rule; else Great Expectations is imported, which takes seconds.
    """
    rules = [rule for rule in contract.rules if rule.scope == "table" and not rule.generated]
    if not rules:
        return {}
    row = pl.DataFrame({c.name: [_VALUES[c.type]] for c in contract.columns}, schema=contract.schema)
    checks = [Check(rule.code, KEPT, rule.expectation, kwargs_of(rule)) for rule in rules]
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("_row", row)
        con.execute(f"CREATE TEMP TABLE {KEPT} AS SELECT * FROM _row")
        con.unregister("_row")
        found = evaluate(con, checks, samples=1)
    return {
        rule.code: _sentence(rule.expectation, result.error)
        for rule, result in zip(rules, found, strict=True)
        if result.error is not None
    }


def _sentence(expectation: str, error: str) -> str:
    if expectation not in expectation_names():
        return f"there is no expectation {expectation!r}; {what_to_write(expectation, expectation_names())}"
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    if lines and "validation error" in lines[0]:  # names of arguments, each followed by what is wrong with it
        pairs = zip(lines[1::2], lines[2::2], strict=False)
        return "; ".join(dict.fromkeys(f"{name}: {said.partition(' (type=')[0]}" for name, said in pairs))
    return lines[0] if lines else "no reason is given"
