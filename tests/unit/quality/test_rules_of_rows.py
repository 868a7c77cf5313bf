"""A rule about rows, evaluated on many days together: each day has the result that it has alone, at little cost."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from quality import rules_of_rows, suite
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gx_duckdb.check import Check
from quality.gx_duckdb.evaluate import evaluate
from quality.rules_of_rows import results_of_rows, rows_of
from quality.verdict import RuleResult
from tests.worlds.packs import seoul
from warehouse import lake
from warehouse.home import Home

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(16)]
FAR = {DAYS[3]: 7, DAYS[12]: 1}  # rows of these days that break the rule
BREAKS = "rentals > 100"


def contract() -> Contract:
    return seoul().contracts["bike_daily"]


def rule(query: str) -> Rule:
    kwargs = {"unexpected_rows_query": query}
    return Rule(code="R-1", title="Few", expectation="unexpected_rows_expectation", kwargs=kwargs, scope="table")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[date, Sequence[Path]]:
    table = Home(tmp_path_factory.mktemp("home")).table("c", "core", "t")
    found = {}
    for day in DAYS:
        numbers = [200 + n for n in range(FAR.get(day, 0))] + [1] * 3
        rows = pl.DataFrame({"rentals": numbers}).select(
            pl.col(name).cast(dtype) if name == "rentals" else pl.lit(None, dtype).alias(name)
            for name, dtype in contract().schema.items()
        )
        staged = lake.stage_file(table, day, "b", rows)
        found[day] = [table.path / staged.path]
    return found


def judged(of: Rule, files: Mapping[date, Sequence[Path]], listed: int = 100) -> list[RuleResult]:
    figures = pl.DataFrame({"day": list(files), "rows_kept": [3 + FAR.get(day, 0) for day in files]})
    with duckdb.connect() as con:
        paths = [path for day in files for path in files[day]]
        con.execute(f"CREATE TEMP VIEW kept AS {rows_of(contract(), paths)}")
        check = Check(of.code, "kept", of.expectation, suite.kwargs_of(of))
        (checked,) = evaluate(con, [check], samples=listed)
        return results_of_rows(con, contract(), of, checked, files, figures)


@pytest.mark.usefixtures("great_expectations")
@pytest.mark.parametrize(
    ("query", "listed", "looks"),
    [
        (f"SELECT * FROM {{batch}} WHERE {BREAKS}", 100, 0),
        (f"SELECT * FROM {{batch}} WHERE {BREAKS}", 7, 12),  # not all are listed: four groups, and two of them alone
        (f"SELECT *, 1 AS one FROM {{batch}} WHERE {BREAKS}", 100, 12),  # whose day it is, is not said by the query
        (f"SELECT max(rentals) AS most FROM {{batch}} HAVING max({BREAKS})", 100, 16),  # says nothing of a single row
    ],
)
def test_each_day_has_the_result_that_it_has_alone(
    files: Mapping[date, Sequence[Path]], monkeypatch: pytest.MonkeyPatch, query: str, listed: int, looks: int
) -> None:
    alone = [result for day in DAYS for result in judged(rule(query), {day: files[day]})]
    asked = list[Any]()
    monkeypatch.setattr(
        rules_of_rows, "evaluate", lambda *given, **more: (asked.append(given), evaluate(*given, **more))[1]
    )
    assert judged(rule(query), files, listed) == alone
    assert [result.day for result in alone if not result.passed] == list(FAR)
    assert len(asked) == looks
