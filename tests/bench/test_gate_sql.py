"""What the comparisons compare is the same: the hand-written SQL counts what Great Expectations counts, and the rules
that the rivals check are those of the contract. Else their costs say nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks import gate
from benchmarks.rivals import rules
from tests.worlds.packs import seoul

ROWS = 60_000  # more than the sensors: times differ


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gate") / "readings.parquet"
    gate.make(path, ROWS)
    return path


def test_both_ways_count_the_same_and_every_planted_fault_is_there(file: Path) -> None:
    counted = gate.by_sql(file)
    assert counted == gate.by_gx(file)
    assert set(counted) == {code for code, _, _ in gate.RULES}
    assert counted["rows"] == ROWS
    assert counted["newest"] == "2026-07-01T00:02:23"
    shares = {code: n / ROWS for code, n in counted.items() if code not in ("rows", "newest")}
    assert all(0 < share < 0.01 for share in shares.values()), shares


def test_a_fault_more_is_counted_by_both(file: Path, tmp_path: Path) -> None:
    before = gate.by_sql(file)
    worse = tmp_path / "worse.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"COPY (FROM '{file}' UNION ALL BY NAME "
            f"SELECT * REPLACE (99.0 AS temperature, '3' AS data_stage) FROM '{file}' "
            "WHERE place = 'V02Q1940008' AND data_stage = '2' AND time < TIMESTAMP '2026-07-01 00:02:00') "
            f"TO '{worse}'"
        )
    after = gate.by_sql(worse)
    assert after == gate.by_gx(worse)
    grown = {code: after[code] - before[code] for code in before if code != "newest" and after[code] != before[code]}
    assert grown == {"temperature": 1, "stage": 1, "key": 2, "rows": 1}


def test_the_rivals_check_the_rules_of_the_contract() -> None:
    sdot = seoul().contracts["sdot_env"]
    source = {column.name: column.spec.sources for column in sdot.columns}
    found = {
        rule.code: (rule.kwargs["min_value"], rule.kwargs["max_value"], rule.on_fail)
        for rule in sdot.rules
        if rule.scope == "row" and rule.expectation == "expect_column_values_to_be_between"
        if set(source[str(rule.column)]) & set(rules.MEASURES)
    }
    named = {rules.HOLD: "quarantine", rules.VOID: "void"}
    assert found == {r.code: (r.low, r.high, named[r.then]) for r in rules.RANGES}
    by_code = {rule.code: rule for rule in sdot.rules}
    assert all(r.column in source[str(by_code[r.code].column)] for r in rules.RANGES)
    assert by_code[rules.SERIAL_RULE].kwargs["regex"] == rules.SERIAL_FORM
    assert by_code[rules.SERIAL_RULE].on_fail == "quarantine"
    pair = by_code[rules.PAIR_RULE]
    assert rules.UPPER in source[pair.kwargs["column_A"]]
    assert rules.LOWER in source[pair.kwargs["column_B"]]
    assert pair.on_fail == "flag"
    zero = {m for c in sdot.columns if c.spec.zero_is_missing for m in c.spec.sources if m in rules.MEASURES}
    assert zero == set(rules.ZERO_IS_MISSING)
