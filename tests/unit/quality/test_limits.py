"""Limits that are judged all at once have the results that each has by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality import audit, limits, suite
from quality.contract.generated_rules import BETWEEN
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate

pytestmark = pytest.mark.usefixtures("great_expectations")

Limits = tuple[float | None, float | None]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def checks(*each: Limits, **more: Any) -> list[Check]:
    """The first is about the figure f0, and so on."""
    kwargs = [
        {"column": f"f{n}", "min_value": least, "max_value": most, **more} for n, (least, most) in enumerate(each)
    ]
    return [Check(f"R-{n}", suite.PROFILE, BETWEEN, given, ("day",)) for n, given in enumerate(kwargs)]


def figures(*columns: Sequence[float | None]) -> pl.DataFrame:
    days = [date(2026, 3, 1) + timedelta(n) for n in range(len(columns[0]))]
    of_days = {f"f{n}": pl.Series(column, dtype=pl.Float64) for n, column in enumerate(columns)}
    return pl.DataFrame({"day": days, **of_days})


def one_by_one(asked: Sequence[Check], profile: pl.DataFrame) -> dict[str, CheckResult]:
    with duckdb.connect() as con:
        con.register(suite.PROFILE, profile)
        return {r.code: r for r in evaluate(con, asked, samples=max(audit.SAMPLES, profile.height))}


LIMIT = st.one_of(st.none(), st.sampled_from([0.0, 0.01, 0.1, 1.0, -3.0, 1 / 3]))
FIGURE = st.one_of(
    st.none(),
    st.sampled_from([0.0, 0.01, 0.1, 1 / 3, math.nan, math.inf, -math.inf, 5e-324]),
    st.floats(-4, 2),
)


@settings(max_examples=12)
@example([((None, 0.01), [0.01, 0.01]), ((0.1, 1.0), [math.nextafter(0.1, 0), 0.1]), ((1.0, 0.0), [None, None])])
@example([((0.0, None), [math.nan, 1.0]), ((None, 0.0), [5e-324, None]), ((None, None), [0.0, 0.0])])
@example([((None, 0.0), [1.0, 1.0])] * 7)  # more rules than are listed
@given(st.lists(st.tuples(st.tuples(LIMIT, LIMIT), st.lists(FIGURE, min_size=2, max_size=2)), min_size=1, max_size=4))
def test_each_rule_has_the_result_that_it_has_by_itself(judged: list[tuple[Limits, list[float | None]]]) -> None:
    asked, profile = checks(*(limit for limit, _ in judged)), figures(*(figure for _, figure in judged))
    with duckdb.connect() as con:
        assert audit.results_of(con, asked, profile) == one_by_one(asked, profile)


def test_what_holds_costs_one_evaluation_and_what_does_not_one_more(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []

    def noted(con: duckdb.DuckDBPyConnection, checks: Sequence[Check], **more: Any) -> list[CheckResult]:
        runs.append([check.code for check in checks])
        return evaluate(con, checks, **more)

    monkeypatch.setattr(audit, "evaluate", noted)
    asked = checks((0.0, 1.0), (None, 0.5), (0.2, None))
    assert all(result.success for result in audit.results_of(con, asked, figures([0, 1], [0.5, None], [1, 1])).values())
    assert runs == [["#limits"]]
    found = audit.results_of(con, asked, figures([0, 1], [0.5, 0.6], [1, 1]))
    assert runs[1:] == [["#limits"], ["R-1"]]
    assert [(r.success, r.unexpected_count) for r in found.values()] == [(True, 0), (True, 0), (False, 1)]


@pytest.mark.parametrize(
    "check",
    [
        *checks((0.0, None), strict_min=True),
        *checks((0.0, None), mostly=0.5),
        *checks((math.inf, None)),
        Check("R-0", suite.KEPT, BETWEEN, {"column": "f0", "min_value": 0}),
        Check("R-0", suite.PROFILE, BETWEEN, {"column": "gone", "min_value": 0}),
        Check("R-0", suite.PROFILE, BETWEEN, {"column": "f0", "min_value": "0"}),
        Check("R-0", suite.PROFILE, "expect_column_values_to_not_be_null", {"column": "f0"}),
    ],
)
def test_a_rule_that_is_more_than_limits_of_a_figure_is_asked_alone(check: Check) -> None:
    assert limits.excesses([check], figures([0.0, 1.0])).is_empty()


def test_without_a_full_list_every_rule_is_asked_alone() -> None:
    asked = limits.excesses(checks((0.0, 1.0), (None, 0.5)), figures([2.0], [0.7]))
    failed = {"code": "#limits", "success": False}
    assert limits.to_ask_alone(CheckResult(**failed, unexpected_count=2, samples=[{"rule": "R-1"}]), asked) == {
        "R-0",
        "R-1",
    }
    assert limits.to_ask_alone(CheckResult(**failed, error="out of memory"), asked) == {"R-0", "R-1"}
    assert limits.to_ask_alone(CheckResult(**failed, unexpected_count=1, samples=[{"rule": "R-1"}]), asked) == {"R-1"}
