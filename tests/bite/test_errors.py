"""What cannot be evaluated did not pass: the gate closes with ERROR, says why, and commits nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality import audit, judge, limits, row_rules, rules_of_rows, staging, suite
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gave_way import GaveWay
from quality.gx_duckdb.check import Check, CheckResult
from quality.gx_duckdb.evaluate import evaluate
from quality.inputs import Inputs
from quality.verdict import Verdict
from tests.worlds import good_days
from tests.worlds.good_days import FIRST, rule, small, small_day
from warehouse.home import Home
from warehouse.ledger import ledger

BETWEEN, NOT_NULL = "expect_column_values_to_be_between", "expect_column_values_to_not_be_null"
IN_SET, REGEX = "expect_column_values_to_be_in_set", "expect_column_values_to_match_regex"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
QUERY = "unexpected_rows_expectation"


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


BROKEN = {
    "a row rule on a column that is gone": rule("T-1", BETWEEN, {"column": "gone", "min_value": 0}),
    "a flag on a column that is gone": rule("T-1", BETWEEN, {"column": "gone", "min_value": 0}, on_fail="flag"),
    "a void on a column that is gone": rule("T-1", BETWEEN, {"column": "gone", "min_value": 0}, on_fail="void"),
    "a pair of which one is gone": rule("T-1", PAIR, {"column_A": "a", "column_B": "gone"}),
    "a rule about the day on a figure that is gone": rule("T-1", BETWEEN, {"column": "x", "min_value": 0}, scope="day"),
    "a rule about the table on a column that is gone": rule(
        "T-1", "expect_column_mean_to_be_between", {"column": "gone", "min_value": 0}, scope="table"
    ),
    "a number compared with a text": rule("T-1", BETWEEN, {"column": "t", "min_value": 0}),
    "a limit that is no number": rule("T-1", BETWEEN, {"column": "a", "min_value": "low"}),
    "a set of another type": rule("T-1", IN_SET, {"column": "a", "value_set": ["five"]}),
    "a set that is not given": rule("T-1", IN_SET, {"column": "t"}),
    "a regular expression that is none": rule("T-1", REGEX, {"column": "t", "regex": "^(가"}),
    "a regular expression on a number": rule("T-1", REGEX, {"column": "a", "regex": "5"}),
    "SQL that is none": rule("T-1", QUERY, {"unexpected_rows_query": "SELEKT * FROM {batch}"}, scope="table"),
    "SQL on a column that is gone": rule(
        "T-1", QUERY, {"unexpected_rows_query": "SELECT * FROM {batch} WHERE gone > 1"}, scope="table"
    ),
    "SQL that breaks on the data": rule(
        "T-1", QUERY, {"unexpected_rows_query": "SELECT * FROM {batch} WHERE t::INT > 1"}, scope="table"
    ),
    "an expectation that Great Expectations does not know": rule("T-1", "expect_the_unexpected", {}, scope="table"),
    "an argument of a row rule that Polars overlooks": rule("T-1", BETWEEN, {"column": "a", "maximum": 9}),
    "a pattern that only Polars can read": rule(
        "T-1", REGEX, {"column": "t", "regex": "^[가-힣&&[^각]]+$"}, tolerance=1
    ),
    "a pattern that only DuckDB can read": rule("T-1", REGEX, {"column": "t", "regex": r"^\Q가나다\E$"}),
    "arguments that it does not take": rule("T-1", BETWEEN, {"column": "a", "minimum": 0}, scope="table"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_rule_that_cannot_be_evaluated_closes_the_gate(home: Home, case: str):
    """... alone: all other rules have their result, so that a reader sees what is broken and what is not."""
    contract = small(BROKEN[case])
    closed(home, contract, {"T-1"})


PROFILES = {
    "an expression on a column that is gone": "AVG(gone)",
    "an expression that is no SQL": "AVG((a",
    "a function that there is not": "FLUX(a)",
    "an expression that is no figure": "'many'",
}


@pytest.mark.parametrize("case", PROFILES)
def test_a_figure_of_the_day_that_cannot_be_computed_closes_the_gate(home: Home, case: str):
    """The figure beside it is looked at."""
    rules = [
        rule(f"T-{n}", BETWEEN, {"column": of, "min_value": -9}, scope="day")
        for n, of in enumerate(("figure", "beside"), 1)
    ]
    closed(home, small(*rules, profile={"figure": PROFILES[case], "beside": "MAX(a)"}), {"T-1"})


def test_also_a_warning_or_a_mere_remark_that_cannot_be_evaluated_closes_it(home: Home):
    for severity in ("warning", "info"):
        wanted = rule("T-1", BETWEEN, {"column": "gone", "min_value": 0}, severity=severity)
        closed(Home(home.root / severity), small(wanted), {"T-1"})


def test_a_rule_that_breaks_on_the_data_of_a_day_closes_that_day_alone(home: Home):
    query = {"unexpected_rows_query": "SELECT * FROM {batch} WHERE t::INT > 1"}
    contract = small(rule("T-1", QUERY, query, scope="table"))
    days = [FIRST + timedelta(i) for i in range(3)]
    texts = dict(zip(days, ("0", "가", "1"), strict=True))
    asked = {day: small_day(contract, day, t=[text] * 20) for day, text in texts.items()}
    outcomes = good_days.admit(home, contract, asked)
    assert [outcomes[d].verdict for d in days] == [Verdict.PASS, Verdict.ERROR, Verdict.PASS]
    assert "T-1 could not be evaluated" in outcomes[days[1]].reason
    told = good_days.told(home, "rule_result", outcomes[days[1]])
    assert told.filter(pl.col("status") != "pass")["rule"].to_list() == ["T-1"]  # the others have their result
    for day in (days[0], days[2]):
        told = good_days.told(home, "rule_result", outcomes[day])
        assert sorted(told["rule"]) == sorted(r.code for r in contract.rules)
        assert set(told["status"]) == {"pass"}
    assert set(good_days.live(home, contract)["day"]) == {days[0], days[2]}


def test_a_day_that_is_judged_alone_is_read_from_its_own_files(home: Home, monkeypatch: pytest.MonkeyPatch):
    """... as the files of all days, looked into for each, make a long history take hours."""
    query = {"unexpected_rows_query": "SELECT t FROM {batch} WHERE t = '가'"}  # does not say of which day
    contract = small(rule("T-1", QUERY, query, scope="table", severity="warning"))
    days = [FIRST + timedelta(i) for i in range(3)]
    views = dict[str, str]()

    def noted(con: duckdb.DuckDBPyConnection, checks, **more):
        found = con.execute("SELECT view_name, sql FROM duckdb_views() WHERE view_name LIKE 'kept_2%'").fetchall()
        views.update(found)
        return evaluate(con, checks, **more)

    monkeypatch.setattr(rules_of_rows, "evaluate", noted)
    asked = {day: small_day(contract, day, t=["가" if day == days[1] else "0"] * 20) for day in days}
    outcomes = good_days.admit(home, contract, asked)
    assert [outcomes[day].verdict for day in days] == [Verdict.PASS, Verdict.WARN, Verdict.PASS]
    assert {name: sql.count(".parquet") for name, sql in views.items()} == {f"kept_{day:%Y%m%d}_1": 1 for day in days}


FIGURES = {"0/0 is no number": "SUM(a) / SUM(b)", "nor is infinity": "(SUM(a) + 1) / SUM(b)"}


@pytest.mark.parametrize("case", FIGURES)
@pytest.mark.parametrize("limit", [{"min_value": 0}, {"max_value": 1e9}])
def test_a_figure_that_is_no_number_closes_its_day_alone(home: Home, case: str, limit: dict):
    wanted = rule("T-1", BETWEEN, {"column": "figure", **limit}, scope="day")
    contract, second = small(wanted, profile={"figure": FIGURES[case]}), FIRST + timedelta(1)
    zero = small_day(contract, second, a=[0.0] * 20, b=[0.0] * 20)
    outcomes = good_days.admit(home, contract, {FIRST: small_day(contract), second: zero})
    assert [o.verdict for o in outcomes.values()] == [Verdict.PASS, Verdict.ERROR]
    assert outcomes[second].reason == "T-1 could not be evaluated (figure is not a number on this day)"
    assert set(good_days.live(home, contract)["day"]) == {FIRST}


def test_a_figure_that_is_null_does_not_apply(home: Home):
    wanted = rule("T-1", BETWEEN, {"column": "figure", "min_value": 9}, scope="day")
    contract = small(wanted, profile={"figure": "AVG(a)"})
    asked = small_day(contract, a=[None] * 20)
    assert good_days.admit(home, contract, {FIRST: asked})[FIRST].verdict is Verdict.PASS


def test_an_error_outweighs_rules_that_fail(home: Home):
    contract = small(
        rule("T-1", BETWEEN, {"column": "gone", "min_value": 0}), rule("T-2", BETWEEN, {"column": "a", "max_value": 1})
    )
    outcome = good_days.admit(home, contract, {FIRST: small_day(contract)})[FIRST]
    assert outcome.verdict is Verdict.ERROR
    told = dict(good_days.told(home, "rule_result", outcome).select("rule", "status").iter_rows())
    assert (told["T-1"], told["T-2"]) == ("error", "fail")


def closed(home: Home, contract: Contract, codes: set[str]) -> None:
    """The day ends as ERROR under these codes alone, is recorded as such, and no reader sees a row of it."""
    outcome = good_days.admit(home, contract, {FIRST: small_day(contract)})[FIRST]
    told = good_days.told(home, "rule_result", outcome)
    assert set(told.filter(status="error")["rule"]) == codes
    assert set(told.filter(pl.col("status") != "error")["status"]) == {"pass"}
    assert told.height == len(contract.rules)
    assert told.filter(status="error")["observed"].str.len_chars().min() > 5  # says what is wrong
    assert outcome.verdict is Verdict.ERROR
    assert all(f"{code} could not be evaluated" in outcome.reason for code in codes)
    assert good_days.told(home, "verdict", outcome)["verdict"].to_list() == ["ERROR"]
    assert good_days.told(home, "batch", outcome)["state"].to_list() == ["held"]
    assert good_days.live(home, contract).is_empty()


# --- the two evaluations: Polars splits, Great Expectations proves -------------------------------------------

GUARDED = {
    "quarantine": (rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.5), {"a": [10.0]}),
    "void": (rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.5, on_fail="void"), {"a": [10.0]}),
    "flag": (rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, tolerance=0.5, on_fail="flag"), {"a": [10.0]}),
    "regex": (rule("T-1", REGEX, {"column": "t", "regex": "^가"}, tolerance=0.5), {"t": ["나"]}),
    "set": (rule("T-1", IN_SET, {"column": "t", "value_set": ["가나다"]}, tolerance=0.5), {"t": ["나"]}),
    "null": (rule("T-1", NOT_NULL, {"column": "a"}, tolerance=0.5), {"a": [None]}),
    "pair": (rule("T-1", PAIR, {"column_A": "a", "column_B": "b"}, tolerance=0.5), {"a": [0.5]}),
}


@pytest.mark.parametrize("case", GUARDED)
def test_a_bad_row_that_polars_leaves_in_is_found_by_great_expectations(home: Home, case: str, monkeypatch):
    wanted, columns = GUARDED[case]
    contract = small(wanted)
    real = row_rules.split

    def careless(frame: pl.DataFrame, contract: Contract) -> row_rules.SplitRows:
        split = real(frame, contract)
        bad = frame.filter(pl.col("id") == "s00").select(contract.schema.names())
        kept = pl.concat([split.kept.filter(pl.col("id") != "s00"), bad])
        counts = split.rule_counts.with_columns(unexpected=0)  # it noticed nothing
        return replace(
            split,
            kept=kept,
            quarantined=split.quarantined.clear(),
            nullified=split.nullified.clear(),
            rule_counts=counts,
        )

    monkeypatch.setattr(row_rules, "split", careless)
    outcome = good_days.admit(home, contract, {FIRST: small_day(contract, **columns)})[FIRST]
    assert outcome.verdict is Verdict.ERROR
    assert outcome.reason == (
        "T-1 could not be evaluated (two evaluations disagree: Great Expectations found 1, Polars 0)"
    )
    assert good_days.live(home, contract).is_empty()


def test_a_flag_that_polars_counts_too_often_is_noticed(home: Home, monkeypatch):
    wanted, columns = GUARDED["flag"]
    contract, real = small(wanted), row_rules.split

    def anxious(frame: pl.DataFrame, contract: Contract) -> row_rules.SplitRows:
        split = real(frame, contract)
        two = pl.when(rule="T-1").then(2 * pl.col("unexpected")).otherwise("unexpected").alias("unexpected")
        return replace(split, rule_counts=split.rule_counts.with_columns(two))

    monkeypatch.setattr(row_rules, "split", anxious)
    outcome = good_days.admit(home, contract, {FIRST: small_day(contract, **columns)})[FIRST]
    assert outcome.verdict is Verdict.ERROR
    assert "Great Expectations found 1, Polars 2" in outcome.reason
    assert good_days.live(home, contract).is_empty()


# --- an audit that does not come to its end ------------------------------------------------------------------


def dropping(code: str):
    real = evaluate
    return lambda con, checks, **more: [r for r in real(con, checks, **more) if r.code != code]


def raising(con, checks, **more):
    raise RuntimeError("the engine is gone")


AUDITS = {
    "limits without a result": dropping(limits.ALL_WITHIN.code),
    "a rule without a result": dropping("T-003"),
    "a rule without its proof": dropping("T-1" + suite.PROOF),
    "Great Expectations raises": raising,
}


def ask(home: Home, contract: Contract, day=FIRST):
    return good_days.admit(home, contract, {day: small_day(contract, day)})[day]


@pytest.mark.parametrize("case", AUDITS)
def test_an_audit_that_does_not_finish_is_an_error_and_commits_nothing(home: Home, case: str, monkeypatch):
    """Recorded: without a verdict, publication would say that no delivery covers the day, which is not true."""
    contract, second = small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9})), FIRST + timedelta(1)
    assert ask(home, contract).verdict is Verdict.PASS
    before = good_days.live(home, contract)
    with monkeypatch.context() as patched:
        patched.setattr(audit, "evaluate", AUDITS[case])
        for day in (FIRST, second):
            outcome = ask(home, contract, day)
            assert outcome.verdict is Verdict.ERROR
            assert "T-1 could not be evaluated" in outcome.reason
            told = good_days.told(home, "rule_result", outcome)
            assert sorted(told.filter(status="error")["rule"]) == sorted(r.code for r in contract.rules)
            assert good_days.told(home, "verdict", outcome)["verdict"].to_list() == ["ERROR"]
            assert good_days.told(home, "batch", outcome)["state"].to_list() == ["held"]
    assert good_days.live(home, contract).equals(before)
    assert ask(home, contract, second).verdict is Verdict.PASS  # another delivery is not hindered


def test_a_result_that_is_lost_on_the_way_to_the_verdict_closes_the_gate(home: Home, monkeypatch):
    contract = small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}, severity="info"))
    real = judge.audit
    monkeypatch.setattr(judge, "audit", lambda *args: [r for r in real(*args) if r.code != "T-1"])
    outcome = ask(home, contract)
    assert (outcome.verdict, outcome.reason) == (Verdict.ERROR, "T-1 gave no result")
    assert good_days.live(home, contract).is_empty()


def test_a_batch_of_unknown_fitness_is_not_settled(home: Home, monkeypatch):
    """The try has an id of its own, so that the batch can be judged with the same input once the trouble is over."""
    contract = small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}))
    of_small, inputs = good_days.gate(home, contract), {FIRST: Inputs(deliveries=["delivery"])}
    incoming = staging.IncomingRows([staging.Block(small_day(contract).rows)])

    def broken(con, checks, **more):
        return [CheckResult(c.code, success=False, error="out of memory") for c in checks]

    with monkeypatch.context() as patched:
        patched.setattr(audit, "evaluate", broken)
        tries = [replace(of_small, run_id=run).admit(incoming, inputs)[0] for run in ("first", "second")]
        assert [t.verdict for t in tries] == [Verdict.ERROR] * 2
    assert of_small.settled(inputs) == {}
    judged = of_small.admit(incoming, inputs)[0]
    assert (judged.verdict, judged.batch_id) == (Verdict.PASS, of_small.batch_id(FIRST, inputs[FIRST]))
    assert good_days.live(home, contract).height == 20
    assert of_small.settled(inputs)[FIRST].verdict is Verdict.PASS
    assert len({judged.batch_id, *(t.batch_id for t in tries)}) == 3
    for attempt in tries:  # what was tried stays on record
        assert good_days.told(home, "verdict", attempt)["verdict"].to_list() == ["ERROR"]
        assert good_days.told(home, "batch", attempt)["state"].to_list() == ["held"]


# --- Polars and Great Expectations read a rule alike ---------------------------------------------------------

NUMBERS = st.none() | st.floats() | st.sampled_from([0.0, -0.0, 1.0, 5.0, 1e-9, 1e308, math.inf, -math.inf, math.nan])
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-10, 10)
_TEXTS = [
    "", " ", "가", "가나다", "강남구", "\uac00\u0301", "A", "a", "11110500", "1111050", "11110500\n", "１１", "'",
    '"', "%", "_", "null", "NaN", "\\", "\U0001f600", "a\nb", "\n", "V02Q1940001",
]  # fmt: skip
GIVEN_TEXTS = st.sampled_from(_TEXTS) | st.text(max_size=6)
TEXTS = st.none() | GIVEN_TEXTS
LIMITS = st.none() | st.sampled_from([0, 1, 5, -40, 0.5, 2.0, 35.4, 1500, 0.000001])
PATTERNS = [
    "^11[0-9]{6}$",
    "^V02Q[0-9]{7}$",
    '"type": ?"(Multi)?Polygon"',
    "^[가-힣]+$",
    "강남",
    "",
    "^$",
    "^.$",
    "[^a]",
    "a|가",
    "^가",
    "\\\\",
    "'",
    "%",
]
few = settings(max_examples=8, derandomize=True)
Case = tuple[pl.DataFrame, str, dict]  # values, an expectation and its arguments


def eight(one: st.SearchStrategy) -> st.SearchStrategy[list]:
    """Cases for one run of Great Expectations, which costs more than the cases do."""
    return st.lists(one, min_size=8, max_size=8)


def agree(*cases: Case) -> None:
    """Both find as many bad rows in every case. All are in one table, in columns of their own that end in nulls."""
    height = max(values.height for values, _, _ in cases)
    frames, rules = [], []
    for n, (values, expectation, kwargs) in enumerate(cases):
        padded = pl.concat([values, values.clear(height - values.height)])
        frames.append(padded.rename(lambda name, n=n: f"{name}{n}"))
        own = {key: f"{arg}{n}" if key.startswith("column") else arg for key, arg in kwargs.items()}
        rules.append(Rule(code=f"T-{n}", title="t", expectation=expectation, kwargs=own, scope="row"))
    table = pl.concat(frames, how="horizontal")
    with duckdb.connect() as con:
        con.register("v", table)
        con.execute("CREATE TABLE kept AS FROM v")
        found = evaluate(con, [Check(r.code, "kept", r.expectation, suite.kwargs_of(r)) for r in rules])
    assert [f.error for f in found] == [None] * len(cases)
    polars = [table.select(row_rules.breaks(rule)).to_series().sum() for rule in rules]
    assert [f.unexpected_count or 0 for f in found] == polars


@few
@given(eight(st.tuples(st.lists(NUMBERS, max_size=8), LIMITS, LIMITS, st.booleans(), st.booleans())))
def test_ranges_of_numbers_are_read_alike(cases):
    def between(values, low, high, strict_low, strict_high) -> Case:
        low, high = (0, None) if low is None and high is None else (low, high)
        if low is not None and high is not None and low > high:
            low, high = high, low
        limits = {"min_value": low, "max_value": high, "strict_min": strict_low, "strict_max": strict_high}
        return pl.DataFrame({"a": values}, schema={"a": pl.Float64}), BETWEEN, {"column": "a", **limits}

    agree(*(between(*case) for case in cases))


@few
@given(eight(st.tuples(st.lists(WHOLE, max_size=8), st.integers(-10, 5), st.integers(5, 2**40))))
def test_ranges_of_whole_numbers_are_read_alike(cases):
    def between(values, low, high) -> Case:
        kwargs = {"column": "a", "min_value": low, "max_value": high}
        return pl.DataFrame({"a": values}, schema={"a": pl.Int64}), BETWEEN, kwargs

    agree(*(between(*case) for case in cases))


@few
@given(eight(st.tuples(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), st.booleans())))
def test_pairs_are_read_alike(cases):
    def pair(values, or_equal) -> Case:
        frame = pl.DataFrame(values, schema={"a": pl.Float64, "b": pl.Float64}, orient="row")
        return frame, PAIR, {"column_A": "a", "column_B": "b", "or_equal": or_equal}

    agree(*(pair(*case) for case in cases))


def texts_of(values) -> pl.DataFrame:
    return pl.DataFrame({"t": values}, schema={"t": pl.String})


@few
@given(eight(st.tuples(st.lists(TEXTS, max_size=8), st.lists(GIVEN_TEXTS, min_size=1, max_size=4))))
@example([(_TEXTS, [text]) for text in _TEXTS])
def test_sets_are_read_alike(cases):
    agree(*((texts_of(values), IN_SET, {"column": "t", "value_set": allowed}) for values, allowed in cases))


@few
@given(eight(st.tuples(st.lists(TEXTS, max_size=12), st.sampled_from(PATTERNS))))
@example([(_TEXTS, pattern) for pattern in PATTERNS])
def test_patterns_are_read_alike(cases):
    agree(*((texts_of(values), REGEX, {"column": "t", "regex": pattern}) for values, pattern in cases))


@few
@given(eight(st.tuples(st.lists(TEXTS, max_size=8), st.lists(NUMBERS, max_size=8))))
def test_missing_values_are_read_alike(cases):
    texts = [(texts_of(values), NOT_NULL, {"column": "t"}) for values, _ in cases]
    numbers = [(pl.DataFrame({"a": ns}, schema={"a": pl.Float64}), NOT_NULL, {"column": "a"}) for _, ns in cases]
    agree(*texts, *numbers)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^[가-힣&&[^나]]+$", ["각", "가"]),  # Polars leaves 나 out, DuckDB reads a class and then a bracket
        ("^[[가-나]]+$", ["가나", "가"]),
        (r"^\p{L}+$", ["\U00010d6f", "가"]),  # a letter since Unicode 16, which DuckDB does not know
    ],
)
def test_where_the_two_read_a_pattern_differently_the_gate_closes(home: Home, pattern: str, texts: list[str]):
    """A pattern of [0-9] and [가-힣] is read alike by both; what is known to differ (\\d, \\w) does not even load."""
    contract = small(rule("T-1", REGEX, {"column": "t", "regex": pattern}, tolerance=1.0))
    outcome = good_days.admit(home, contract, {FIRST: small_day(contract, t=texts * 10)})[FIRST]
    assert outcome.verdict is Verdict.ERROR
    assert "two evaluations disagree" in outcome.reason
    assert good_days.live(home, contract).is_empty()


@pytest.mark.parametrize("on_fail", ["quarantine", "void", "flag"])
def test_what_is_not_a_number_is_above_every_limit_for_both(home: Home, on_fail: str):
    """NaN breaks an upper limit and keeps a lower one, in Polars as in DuckDB. None comes from a parser."""
    contract = small(
        rule("T-1", BETWEEN, {"column": "a", "min_value": 0, "max_value": 9}, on_fail=on_fail, tolerance=0.5),
        rule("T-2", BETWEEN, {"column": "b", "min_value": 0}, on_fail=on_fail, tolerance=0.5),
    )
    asked = small_day(contract, a=[math.nan, math.inf, -math.inf], b=[math.nan, math.inf, -math.inf])
    outcome = good_days.admit(home, contract, {FIRST: asked})[FIRST]
    assert outcome.verdict is Verdict.PASS
    counts = dict(good_days.told(home, "rule_result", outcome).select("rule", "unexpected").iter_rows())
    assert (counts["T-1"], counts["T-2"]) == (3, 1)


@pytest.mark.parametrize(("arrived", "replaced"), [(19, 0), (20, 1), (18, 1)])
def test_rows_that_are_lost_or_doubled_on_the_way_are_noticed(home: Home, arrived: int, replaced: int):
    """What was read is counted where it is read, and must be what arrives: a loss never looks like a correction."""
    contract = small(rule("T-1", BETWEEN, {"column": "a", "max_value": 9}))
    rows = small_day(contract).rows
    incoming = staging.IncomingRows(
        [staging.Block(rows[:arrived], {FIRST: GaveWay(replaced=replaced)})], {FIRST: rows.height}
    )
    with pytest.raises(staging.UnbalancedError, match=f"of 20 rows read {arrived} arrived and {replaced} gave way"):
        good_days.gate(home, contract).admit(incoming, {FIRST: Inputs(deliveries=["delivery"])})
    assert good_days.live(home, contract).is_empty()
    assert ledger.read(home, "batch").collect().is_empty()
