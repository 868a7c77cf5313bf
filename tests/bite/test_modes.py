"""What becomes of a row that breaks a rule: held back, its value set to null, or kept and counted.

Each mode at its tolerance exactly, which passes, and one row above, which does not.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from quality.contract.model import Contract
from quality.outcome import Outcome
from quality.verdict import Verdict
from tests.worlds import good_days
from tests.worlds.good_days import FIRST, Day, rule, small, small_day
from warehouse.home import Home

BETWEEN = "expect_column_values_to_be_between"
LINE_QUERY = "SELECT b AS line FROM {batch} WHERE b > 9"  # a column of the table that has the name of our own
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
MODES = {
    "quarantine": small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, on_fail="quarantine", tolerance=0.1)),
    "void": small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, on_fail="void", tolerance=0.1)),
    "flag": small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, on_fail="flag", tolerance=0.1)),
}


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def one(home: Home, contract: Contract, day: Day) -> Outcome:
    return good_days.admit(home, contract, {FIRST: day})[FIRST]


def with_broken(contract: Contract, n: int) -> Day:
    return small_day(contract, a=[9.5 + i for i in range(n)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("broken", "verdict"), [(0, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.BLOCK)])
def test_at_its_tolerance_a_rule_passes_and_one_row_above_it_does_not(home: Home, mode, broken, verdict):
    contract = MODES[mode]
    outcome = one(home, contract, with_broken(contract, broken))
    assert outcome.verdict is verdict
    row = good_days.told(home, "rule_result", outcome).filter(rule="T-1").row(0, named=True)
    assert (row["evaluated"], row["unexpected"], row["tolerance"]) == (20, broken, 0.1)
    assert row["status"] == ("pass" if verdict.open else "fail")
    assert row["observed"] == f"share__T-1 = {broken / 20:g}"
    assert outcome.reason == ("all rules passed" if verdict.open else "T-1 What T-1 wants: 3 of 20 rows break it")
    if not verdict.open:
        assert good_days.live(home, contract).is_empty()
        assert good_days.told(home, "batch", outcome)["state"].to_list() == ["held"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tolerance", [0.01, 0.07, 0.29])
def test_a_share_that_is_the_tolerance_to_the_digit_is_within_it(home: Home, mode, tolerance):
    contract = small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, on_fail=mode, tolerance=tolerance))
    days = {FIRST: round(tolerance * 100), FIRST + timedelta(1): round(tolerance * 100) + 1}
    asked = {day: small_day(contract, day, n=100, a=[10.0] * broken) for day, broken in days.items()}
    outcomes = good_days.admit(home, contract, asked)
    assert [o.verdict for o in outcomes.values()] == [Verdict.PASS, Verdict.BLOCK]


def test_quarantine_holds_the_row_back_with_code_and_reason(home: Home):
    contract = MODES["quarantine"]
    outcome = one(home, contract, with_broken(contract, 2))
    assert outcome.verdict is Verdict.PASS
    batch = good_days.told(home, "batch", outcome).row(0, named=True)
    assert batch["state"] == "committed"
    assert (batch["rows_read"], batch["rows_kept"], batch["rows_quarantined"], batch["rows_replaced"]) == (
        *(20, 18, 2, 0),
    )
    assert sorted(good_days.live(home, contract)["id"]) == [f"s{i:02d}" for i in range(2, 20)]
    held = good_days.told(home, "quarantine", outcome).sort("line").rows(named=True)
    assert [(h["scope"], h["rules"], h["line"], h["sha256"]) for h in held] == [
        *(("row", ["T-1"], 2, "f" * 64), ("row", ["T-1"], 3, "f" * 64)),
    ]
    assert json.loads(held[1]["row"]) == {"id": "s01", "day": "2020-05-04", "a": 10.5, "b": 1.0, "t": "가나다"}
    row = good_days.told(home, "rule_result", outcome).filter(rule="T-1").row(0, named=True)
    assert row["title"] == "What T-1 wants"  # the reason of the code
    assert sorted(s["line"] for s in json.loads(row["samples"])) == [2, 3]


def test_void_keeps_the_row_and_the_value_as_it_was_received(home: Home):
    contract = MODES["void"]
    outcome = one(home, contract, with_broken(contract, 2))
    assert outcome.verdict is Verdict.PASS
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_quarantined) == (20, 20, 0)
    live = good_days.live(home, contract).sort("id")
    assert live["a"].to_list() == [None, None] + [5.0] * 18
    assert live["b"].to_list() == [1.0] * 20
    held = good_days.told(home, "quarantine", outcome).sort("line")
    assert held.select("scope", "rules", "column_name", "value", "row", "line").rows() == [
        ("cell", ["T-1"], "a", "9.5", None, 2),
        ("cell", ["T-1"], "a", "10.5", None, 3),
    ]
    row = good_days.told(home, "rule_result", outcome).filter(rule="T-1").row(0, named=True)
    assert sorted((s["column"], s["value"], s["line"]) for s in json.loads(row["samples"])) == [
        *(("a", "10.5", 3), ("a", "9.5", 2)),
    ]


def test_void_makes_both_values_of_a_pair_null_as_nothing_says_which_is_wrong(home: Home):
    pair = rule("T-1", PAIR, {"column_A": "a", "column_B": "b", "or_equal": True}, on_fail="void", tolerance=0.1)
    contract = small(pair)
    outcome = one(home, contract, small_day(contract, a=[0.5]))  # b is 1
    assert (outcome.verdict, outcome.rows_kept) == (Verdict.PASS, 20)
    live = good_days.live(home, contract).sort("id")
    assert live.select("a", "b").rows() == [(None, None)] + [(5.0, 1.0)] * 19
    held = good_days.told(home, "quarantine", outcome).sort("column_name")
    assert held.select("rules", "column_name", "value").rows() == [(["T-1"], "a", "0.5"), (["T-1"], "b", "1.0")]


def test_flag_keeps_the_row_as_it_is_and_counts_it(home: Home):
    contract = MODES["flag"]
    outcome = one(home, contract, with_broken(contract, 2))
    assert outcome.verdict is Verdict.PASS
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_quarantined) == (20, 20, 0)
    assert good_days.live(home, contract).sort("id")["a"].to_list() == [9.5, 10.5] + [5.0] * 18
    assert good_days.told(home, "quarantine", outcome).is_empty()
    row = good_days.told(home, "rule_result", outcome).filter(rule="T-1").row(0, named=True)
    assert (row["evaluated"], row["unexpected"], row["status"]) == (20, 2, "pass")


def test_a_row_that_breaks_several_rules_is_one_row_with_all_its_codes(home: Home):
    contract = small(
        rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.1),
        rule("T-2", PAIR, {"column_A": "b", "column_B": "a", "or_equal": False}, tolerance=1.0, on_fail="flag"),
        rule("T-3", BETWEEN, {"column": "b", "min_value": 0}, tolerance=0.1, on_fail="void"),
        rule("T-4", "expect_column_values_to_be_in_set", {"column": "t", "value_set": ["가나다"]}, tolerance=0.1),
    )
    outcome = one(home, contract, small_day(contract, a=[10.0, 5.0], b=[-1.0, -1.0], t=["라", "가나다"]))
    assert outcome.verdict is Verdict.PASS
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_quarantined) == (20, 19, 1)
    held = good_days.told(home, "quarantine", outcome).sort("line")
    assert held.select("scope", "rules", "line").rows() == [
        ("row", ["T-1", "T-3", "T-4"], 2),  # its cells stay as they were: it is held back as a whole
        ("cell", ["T-3"], 3),
    ]
    counts = dict(good_days.told(home, "rule_result", outcome).select("rule", "unexpected").iter_rows())
    # the flag sees what is left: not the row held back, nor the value set to null
    assert {code: counts[code] for code in ("T-1", "T-2", "T-3", "T-4")} == {"T-1": 1, "T-2": 18, "T-3": 2, "T-4": 1}


def test_a_row_that_breaks_two_flags_is_one_sample_of_each(home: Home):
    contract = small(
        rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.1, on_fail="flag"),
        rule("T-2", PAIR, {"column_A": "b", "column_B": "a"}, tolerance=1.0, on_fail="flag"),
    )
    outcome = one(home, contract, with_broken(contract, 1))
    samples = dict(good_days.told(home, "rule_result", outcome).select("rule", "samples").iter_rows())
    assert [sample["line"] for sample in json.loads(samples["T-1"])] == [2]


def _private(how: str, document: dict[str, Any]) -> Contract:
    """The contract of a feed that is private as a whole, or in one column, or made from a private one."""
    if how == "feed":
        document["customProperties"][0]["value"]["classification"] = "private-aggregate"
    if how == "column":
        document["schema"][0]["properties"][2]["classification"] = "restricted"
    return good_days.from_odcs(document).model_copy(update={"from_private": how == "made from one"})


@pytest.mark.parametrize("how", ["feed", "column", "made from one"])
def test_of_a_private_table_the_ledger_has_counts_rules_and_lines_but_no_values(home: Home, how: str):
    wanted = good_days.document(
        [
            rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, on_fail="void", tolerance=0.5),
            rule("T-3", "expect_column_max_to_be_between", {"column": "b", "max_value": 9}, scope="table"),
            rule("T-4", BETWEEN, {"column": "greatest", "max_value": 9}, scope="day"),
            rule("T-5", "unexpected_rows_expectation", {"unexpected_rows_query": LINE_QUERY}, scope="table"),
        ],
        profile={"greatest": "max(b)"},
    )
    wanted["schema"][0]["quality"].append(
        rule("T-2", "expect_column_values_to_be_in_set", {"column": "t", "value_set": ["가나다"]}, tolerance=0.5)
    )
    contract = _private(how, wanted)
    day = small_day(contract, a=[98_765.0, 5.0], t=["가나다", "홍길동"], b=[87_654.0, 87_654.0])
    outcome = one(home, contract, day)
    assert (outcome.rows_quarantined, outcome.verdict) == (1, Verdict.BLOCK)
    for table in ("quarantine", "rule_result", "verdict"):
        text = good_days.told(home, table, outcome).write_json()
        assert not [value for value in ("98765", "87654", "홍길동") if value in text], table
    held = good_days.told(home, "quarantine", outcome).sort("line")
    told = ("scope", "rules", "column_name", "value", "row", "line")
    assert held.select(told).rows() == [
        ("cell", ["T-1"], "a", None, None, 2),
        ("row", ["T-2"], None, None, None, 3),
    ]
    results = good_days.told(home, "rule_result", outcome)
    found = {code: (seen, samples) for code, seen, samples in results.select("rule", "observed", "samples").iter_rows()}
    assert found["T-1"] == ("share__T-1 = 0.05", '[{"line": 2}]')
    assert found["T-2"] == ("share__T-2 = 0.05", '[{"line": 3}]')
    assert found["T-3"] == found["T-4"] == found["T-5"] == (None, "[]")
    assert "T-3 " in outcome.reason
    assert "it does not hold" in outcome.reason


def test_a_day_that_is_closed_keeps_what_it_had_and_the_others_go_on(home: Home):
    contract, second = MODES["quarantine"], FIRST + timedelta(1)
    one(home, contract, small_day(contract, n=4))
    asked = {FIRST: with_broken(contract, 3), second: small_day(contract, second, n=6)}
    outcomes = good_days.admit(home, contract, asked)
    assert [o.verdict for o in outcomes.values()] == [Verdict.BLOCK, Verdict.PASS]
    counts = good_days.live(home, contract).group_by("day").len().sort("day").rows()
    assert counts == [(FIRST, 4), (second, 6)]


@pytest.mark.parametrize(
    ("severity", "verdict"), [("critical", Verdict.BLOCK), ("warning", Verdict.WARN), ("info", Verdict.PASS)]
)
def test_the_severity_decides_what_a_failed_rule_means(home: Home, severity, verdict):
    wanted = rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, severity=severity, on_fail="flag")
    outcome = one(home, small(wanted), with_broken(small(wanted), 1))
    assert outcome.verdict is verdict
    assert good_days.told(home, "verdict", outcome)["rules_failed"].to_list() == [["T-1"]]
    assert len(good_days.live(home, small(wanted))) == (20 if verdict.open else 0)


TABLE = {
    "a figure": ("expect_table_row_count_to_be_between", {"min_value": 10}),
    "most values": ("expect_column_values_to_be_between", {"column": "a", "max_value": 9, "mostly": 0.95}),
    "SQL": ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT * FROM {batch} WHERE a > 9"}),
    "SQL about all rows": (
        "unexpected_rows_expectation",
        {"unexpected_rows_query": "SELECT count(*) AS n FROM {batch} HAVING count(*) < 10"},
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_rule_of_the_table_is_judged_on_each_day_by_itself(home: Home, case: str):
    """Two days of 6 rows are not a day of 12: how many days a run has must not change a verdict."""
    expectation, kwargs = TABLE[case]
    contract = small(rule("T-1", expectation, kwargs, scope="table"))
    days = [FIRST, FIRST + timedelta(1)]
    outcomes = good_days.admit(home, contract, {d: small_day(contract, d, n=6, a=[10.0]) for d in days})
    assert [o.verdict for o in outcomes.values()] == [Verdict.BLOCK, Verdict.BLOCK]


def test_a_rule_of_the_table_closes_only_the_days_that_break_it(home: Home):
    """Also where most values of all days together are good, and those of one day are not."""
    kwargs = {"column": "a", "max_value": 9, "mostly": 0.95}
    contract = small(rule("T-1", "expect_column_values_to_be_between", kwargs, scope="table"))
    days = [FIRST + timedelta(i) for i in range(3)]
    asked = {d: small_day(contract, d, a=[10.0] * (3 if d == days[1] else 0)) for d in days}
    outcomes = good_days.admit(home, contract, asked)
    assert [o.verdict for o in outcomes.values()] == [Verdict.PASS, Verdict.BLOCK, Verdict.PASS]
    for day, broken in zip(days, (0, 3, 0), strict=True):
        row = good_days.told(home, "rule_result", outcomes[day]).filter(rule="T-1").row(0, named=True)
        assert (row["evaluated"], row["unexpected"]) == (20, broken)


def test_a_rule_of_the_table_counts_the_rows_of_its_day(home: Home):
    contract, days = small(), [FIRST, FIRST + timedelta(1)]
    outcomes = good_days.admit(home, contract, {d: small_day(contract, d, n=6) for d in days})
    for outcome in outcomes.values():
        told = good_days.told(home, "rule_result", outcome).filter(rule="T-003")
        assert told["evaluated"].to_list() == [6]


RATIO = {"column": "rows_ratio", "min_value": 0.8, "max_value": 1.25}
DRIFT: dict[str, list[tuple[int, int, Verdict]]] = {  # rows, those of them that break T-2, and the verdict
    "too few and too many": [
        *((20, 0, Verdict.PASS), (12, 0, Verdict.PASS), (20, 0, Verdict.PASS)),  # no history of three days yet
        *((5, 0, Verdict.BLOCK), (20, 0, Verdict.PASS), (20, 0, Verdict.PASS)),
        *((12, 0, Verdict.BLOCK), (26, 0, Verdict.BLOCK)),
    ],
    "four days of too few rows": [
        *[(20, 0, Verdict.PASS)] * 3,
        *[(5, 0, Verdict.BLOCK)] * 4,
        *[(20, 0, Verdict.PASS)] * 2,
    ],
    "four days of too many bad rows": [
        *[(20, 0, Verdict.PASS)] * 3,
        *[(24, 12, Verdict.BLOCK)] * 4,  # the ratio is within its limits, but no measure for others
        (17, 0, Verdict.PASS),  # 0.71 of 24
        (20, 2, Verdict.PASS),  # rows held back are rows of a good day, too
        (16, 0, Verdict.PASS),
        (15, 0, Verdict.BLOCK),
    ],
    "bad days from the start are no history": [
        *[(5, 5, Verdict.BLOCK)] * 3,
        *[(20, 0, Verdict.PASS)] * 3,
        (5, 0, Verdict.BLOCK),
        (20, 0, Verdict.PASS),
    ],
}


@pytest.mark.parametrize("case", DRIFT)
@pytest.mark.parametrize("nights", [[99], [1] * 99, [2] * 99, [5] * 99], ids=["one", "many", "pairs", "fives"])
def test_drift_is_judged_alike_in_one_run_of_many_days_and_in_as_many_runs(home: Home, case: str, nights: list[int]):
    contract = small(
        rule("T-1", BETWEEN, RATIO, scope="day"), rule("T-2", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.1)
    )
    weekdays = (d for d in (FIRST + timedelta(i) for i in range(99)) if d.weekday() < 5)  # days of one kind
    days = dict(zip(weekdays, DRIFT[case], strict=False))
    asked = {d: small_day(contract, d, n=n, a=[10.0] * broken) for d, (n, broken, _) in days.items()}
    left, found = list(asked), []
    for size in nights:
        some, left = left[:size], left[size:]
        if some:
            found += [o.verdict for o in good_days.admit(home, contract, {d: asked[d] for d in some}).values()]
    assert found == [verdict for _, _, verdict in days.values()]


def test_flagged_rows_are_shown_as_samples(home: Home):
    contract = MODES["flag"]
    outcome = one(home, contract, with_broken(contract, 2))
    row = good_days.told(home, "rule_result", outcome).filter(rule="T-1").row(0, named=True)
    assert len(json.loads(row["samples"])) == 2
