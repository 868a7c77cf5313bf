"""The gate's decision alone: pure, total, and never opened by more bad news."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.verdict import RuleResult, Verdict, decide

DAY = date(2020, 5, 4)


def result(code: str = "T-1", severity: str = "critical", passed: bool = True, **more) -> RuleResult:
    return RuleResult(code, f"What {code} wants", severity, passed, DAY, **more)  # type: ignore[arg-type]


PASS, FAIL = result("P"), result("F", passed=False, evaluated=20, unexpected=3)
WARNING = result("W", "warning", False, observed="rows_kept = 3")
INFO, BROKEN = result("I", "info", False), result("E", passed=False, error="no such column")
QUIET_ERROR = result("Q", "info", True, error="timeout")  # passed and error at once: not evaluated


@pytest.mark.parametrize(
    ("results", "expected", "verdict", "words"),
    [
        ([PASS], "P", Verdict.PASS, "all rules passed"),
        ([PASS, INFO], "PI", Verdict.PASS, "all rules passed"),
        ([PASS, WARNING], "PW", Verdict.WARN, "W What W wants: found rows_kept = 3"),
        ([PASS, WARNING, INFO], "PWI", Verdict.WARN, "W What"),
        ([PASS, FAIL], "PF", Verdict.BLOCK, "F What F wants: 3 of 20 rows break it"),
        ([WARNING, FAIL], "WF", Verdict.BLOCK, "F What"),
        ([BROKEN], "E", Verdict.ERROR, r"E could not be evaluated \(no such column\)"),
        ([BROKEN, FAIL], "EF", Verdict.ERROR, "E could not"),
        ([PASS, QUIET_ERROR], "PQ", Verdict.ERROR, "Q could not"),
        ([PASS], "PX", Verdict.ERROR, "X gave no result"),
        ([PASS, BROKEN], "PEX", Verdict.ERROR, "E could not.*; X gave no result"),
        ([FAIL], "FX", Verdict.ERROR, "X gave no result"),
        ([], "", Verdict.ERROR, "no rule was evaluated"),
        ([], "P", Verdict.ERROR, "P gave no result"),
        ([PASS], "", Verdict.PASS, "all rules passed"),  # a result nobody asked for does no harm
        ([FAIL], "", Verdict.BLOCK, "F What"),  # ... but counts
    ],
)
def test_the_verdict(results: list[RuleResult], expected: str, verdict: Verdict, words: str):
    found, reason = decide(results, list(expected))
    assert found is verdict
    assert re.match(words, reason)


def test_only_pass_and_warn_open():
    assert {v for v in Verdict if v.open} == {Verdict.PASS, Verdict.WARN}


def test_the_thousands_are_readable():
    assert "12,345 of 1,234,567 rows" in result(passed=False, evaluated=1_234_567, unexpected=12_345).sentence()


results = st.lists(
    st.builds(
        RuleResult,
        code=st.sampled_from([f"T-{i}" for i in range(8)]),
        title=st.just("t"),
        severity=st.sampled_from(["critical", "warning", "info"]),
        passed=st.booleans(),
        day=st.just(DAY),
        evaluated=st.none() | st.integers(0, 100),
        unexpected=st.none() | st.integers(0, 100),
        observed=st.none() | st.just("seen"),
        error=st.none() | st.sampled_from(["", "broken"]),
    ),
    max_size=8,
)
codes = st.sets(st.sampled_from([f"T-{i}" for i in range(8)]))
few = settings(derandomize=True)


@few
@given(results, codes)
def test_every_case_has_a_verdict_with_a_reason(found: list[RuleResult], expected: set[str]):
    before = list(found)
    verdict, reason = decide(found, expected)
    assert isinstance(verdict, Verdict)
    assert reason
    assert found == before  # pure: nothing of what it got is changed
    assert decide(found, expected) == (verdict, reason)


@few
@given(results, codes, st.randoms(use_true_random=False))
def test_the_order_of_results_does_not_matter(found: list[RuleResult], expected: set[str], random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert decide(shuffled, sorted(expected, reverse=True))[0] is decide(found, expected)[0]


@few
@given(results, codes)
def test_a_failing_critical_rule_more_never_opens(found: list[RuleResult], expected: set[str]):
    assert not decide([*found, FAIL], expected)[0].open


@few
@given(results, codes, st.sampled_from([BROKEN, QUIET_ERROR]))
def test_an_error_dominates(found: list[RuleResult], expected: set[str], error: RuleResult):
    assert decide([*found, error], expected)[0] is Verdict.ERROR


@few
@given(results, codes)
def test_a_rule_without_a_result_is_an_error(found: list[RuleResult], expected: set[str]):
    assert decide(found, {*expected, "T-missing"})[0] is Verdict.ERROR


@few
@given(results, codes)
def test_it_opens_only_when_everything_expected_passed_or_is_not_critical(found: list[RuleResult], expected: set[str]):
    if decide(found, expected)[0].open:
        assert expected <= {r.code for r in found}
        assert all(r.status == "pass" or (r.status == "fail" and r.severity != "critical") for r in found)
