"""Fine rows go straight into their file: what comes of any deliveries is as if every row went the exact way."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.ingest import cast, fine, parse, parse_cache
from assets.ingest.cast import numbers
from assets.ingest.deliveries import Delivery
from assets.ingest.ingest import incoming_rows
from assets.ingest.parse_cache import ParsedDelivery
from assets.readers.read import read_rows
from quality import text as text_rules
from quality.contract.columns import Column, ColumnSpec
from quality.contract.instants import with_instants
from quality.contract.interval import Interval
from quality.contract.layout import Layout
from quality.contract.model import Contract
from quality.contract.rules import OnFail, Rule, registered_rule
from quality.inputs import Inputs
from quality.staging import Staged, stage
from warehouse import lake
from warehouse.home import Home

BETWEEN, PAIR = "expect_column_values_to_be_between", "expect_column_pair_values_a_to_be_greater_than_b"
T: Any = "t"
HEADER = "place,seen,pm25,humidity,steps,note,came"
DAY = date(2026, 7, 1)
# Clocks are set back on the night of 2026-10-25: 02:30 comes twice.
TIMES = [f"2026-07-01 00:0{n}" for n in range(8)] + ["2026-07-01 24:00", "2026-07-02 00:01", "2026-10-25 02:30", "then"]
PLACES = ["A1", "A1", "B2", "B2", "Ａ3", "X-", " B2", "", '"Q, 1"']
# by column, what cells hold; the first is what a fine row has
CELLS: Mapping[str, Sequence[str]] = {
    "pm25": ["0.012", "0", "-0", "-999", "", "9", "1,5", "1e-400", "n/a", "0.1234567890123456789"],
    "humidity": ["40", "41.50", "0", "120", ""],
    "steps": ["7", "7.0", "7.5", "9007199254740993", "-"],
    "note": ["good", "-", "é", "", "1.10112E+11", "dewpoint"],
    "came": ["2026-07-03 00:00", "2026-07-03 00:01", ""],
}


def contract(*, correction: bool = True, zone: str = "Europe/Berlin") -> Contract:
    """A place and a time whose clocks are changed, a unit that is converted, marks of missing values, and row rules."""

    def column(name: str, kind: Any, *, key: bool = False, optional: bool = False, **spec: Any) -> Column:
        spec = {"sources": ("seen" if name == "time" else name,), **spec}
        return Column(name=name, type=kind, description=T, key=key, required=key, spec=ColumnSpec(**spec))

    def rule(code: str, expectation: str, on_fail: OnFail, **kwargs: Any) -> Rule:
        return Rule(code=code, title=code, expectation=expectation, kwargs=kwargs, scope="row", on_fail=on_fail)

    columns = [
        column("place", "string", key=True, remove=None),
        column("time", "timestamp", key=True, formats=("%Y-%m-%d %H:%M",)),
        column("pm25", "number", unit="ug/m3", delivered_unit="mg/m3", sentinels=("-999",)),
        column("humidity", "number", zero_is_missing=True),
        column("steps", "integer", sentinels=("-",)),
        column("note", "string", sentinels=("-",)),
        column("came", "timestamp", formats=("%Y-%m-%d %H:%M",)),
    ]
    about: Any = dict.fromkeys(("version", "title", "description", "owner", "licence", "grain"), "t")
    rules = [
        rule("T-place", "expect_column_values_to_match_regex", "quarantine", column="place", regex="^[A-ZＡ][0-9 ]"),
        rule("T-whole", "expect_column_values_to_not_be_null", "quarantine", column="place"),
        rule("T-pm25", BETWEEN, "quarantine", column="pm25", min_value=0, max_value=5000),
        rule("T-humidity", BETWEEN, "void", column="humidity", min_value=0, max_value=100),
        rule("T-note", "expect_column_values_to_be_in_set", "flag", column="note", value_set=["good", "é"]),
        rule("T-pair", PAIR, "flag", column_A="humidity", column_B="pm25", or_equal=True),
        registered_rule("T", "places", ["A1", "B2"]),
    ]
    return Contract(
        name="t",
        prefix="T",
        correction_column="came" if correction else None,
        columns=with_instants(columns, zone, Interval.parse("instant")),
        interval="instant",
        rules=tuple(rules),
        **about,
    )


class Line(tuple[str, ...]):
    """The fields of a line; another number of them makes a row that cannot be read."""

    def written(self) -> str:
        return ",".join(self)


def lines() -> st.SearchStrategy[Line]:
    usual = st.tuples(
        st.sampled_from(["A1", "B2"]), st.sampled_from(TIMES[:8]), *[st.just(c[0]) for c in CELLS.values()]
    )
    odd = st.tuples(st.sampled_from(PLACES), st.sampled_from(TIMES), *map(st.sampled_from, CELLS.values()))
    short = usual.map(lambda fields: fields[:-2])
    return st.one_of(usual, usual, usual, odd, short).map(Line)


deliveries = st.lists(st.lists(lines(), min_size=1, max_size=12), min_size=1, max_size=3)
ends = st.sampled_from(["\n", "\n", "\r\n"])


def parsed(home: Home, of: Contract, name: str, text: str) -> ParsedDelivery | None:
    content = text.encode()
    known = Delivery(of.name, name, hashlib.sha256(content).hexdigest())
    read = lambda at_once: read_rows(name, content, Layout(), at_once)  # noqa: E731
    try:
        frames = parse.parse(of, name, known.sha256, read(numbers(of)), lambda: read(()))
    except PermanentFailure:  # no row has a day
        return None
    return parse_cache.store(home, "town", of, known, frames)


def made(home: Home, of: Contract, texts: Sequence[str]) -> tuple[dict[str, Any], int]:
    """All that comes of these deliveries, and how many of them have fine rows."""
    read = [parsed(home, of, f"{n}.csv", text) for n, text in enumerate(texts)]
    known = {one.delivery.sha256: one for one in read if one is not None}
    days = {day for one in known.values() for day in one.days}
    wanted = {day: Inputs([sha256 for sha256, one in known.items() if day in one.days]) for day in sorted(days)}
    incoming, todo = incoming_rows(of, known, wanted)
    staged = stage(home.table("town", "core", "t"), of, incoming, {day: f"batch{n}" for n, day in enumerate(todo)})
    facts = [(one.days, one.undated_rows, one.rows(one.days).sort("_line").collect().rows()) for one in known.values()]
    return {"facts": facts, **found(of, staged)}, sum(one.fine is not None for one in known.values())


def found(of: Contract, staged: Staged) -> dict[str, Any]:
    """What was staged and found, in no order."""
    findings, paths = staged.findings, [path for files in staged.paths().values() for path in files]
    frames = ("quarantined", "nullified", "unreadable", "conflicts", "contradictions", "flagged", "rule_counts")
    plain = ("errors", "rows_read", "rows_kept", "gave_way", "share_undated", "rows_outside")
    rows = lake.scan_files(paths, of.schema).select(of.schema.names()).collect().rows()
    return {
        "rows": sorted(map(repr, rows)),
        **{name: sorted(map(repr, getattr(findings, name).rows())) for name in frames},
        **{name: dict(getattr(findings, name)) for name in plain},
    }


def both(of: Contract, texts: Sequence[str], least: int = 1) -> int:
    """Holds both ways to the same, and tells how many deliveries had fine rows."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        exact, none = made(Home(Path(folder, "exact")), of, texts)
        patch.setattr(fine, "LEAST", least)
        patch.setattr(fine, "SHARE", 0.0)
        for module in (text_rules, cast):  # each different text is asked once, however few there are
            patch.setattr(module, "_MANY", 1)
        straight, some = made(Home(Path(folder, "straight")), of, texts)
    assert none == 0
    assert straight == exact
    return some


@given(deliveries, ends, st.booleans(), st.sampled_from(["Europe/Berlin", "Asia/Seoul"]))
@settings(deadline=None, max_examples=10)
def test_both_ways_give_the_same(content: Sequence[Sequence[Line]], end: str, correction: bool, zone: str):
    texts = ["".join(line + end for line in [HEADER, *(one.written() for one in rows)]) for rows in content]
    both(contract(correction=correction, zone=zone), list(dict.fromkeys(texts)))


def rows(minutes: Sequence[int], place: str = "A1", **cells: str) -> list[str]:
    values = ",".join(cells.get(name, known[0]) for name, known in CELLS.items())
    return [f"{place},2026-07-01 00:{minute:02d},{values}" for minute in minutes]


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def test_each_delivery_has_its_fine_rows():
    assert both(contract(), [text(*rows(range(5))), text(*rows(range(5), "B2"), *rows([9], "B2", pm25="9"))]) == 2


def test_a_key_of_a_fine_row_that_another_delivery_has_too():
    texts = [text(*rows(range(5))), text(*rows(range(4, 9), note="é")), text(*rows(range(20, 30)))]
    assert both(contract(), texts) == 3
    assert both(contract(correction=False), texts) == 3


def test_an_odd_row_of_one_gateway_with_the_key_of_a_fine_row_of_another():
    """Their fine rows are of other places, and are not compared with each other."""
    odd = rows([2], pm25="9")
    assert both(contract(), [text(*rows(range(5))), text(*odd, *rows(range(5), "B2"))]) == 2
    assert both(contract(), [text(*odd, *rows(range(5), "B2")), text(*rows(range(5))), text(*rows([3], "B2"))]) == 3


def test_rows_without_a_key_beside_fine_ones():
    assert both(contract(), [text(*rows(range(5))), text(*rows(range(5), ""), *rows([7]))]) == 2


def test_a_row_that_comes_twice_is_not_fine():
    assert both(contract(), [text(*rows(range(5)), *rows([2, 3]))]) == 1


def test_parts_of_one_figure_go_the_exact_way():
    of = contract()
    sums = [
        c.model_copy(update={"spec": c.spec.model_copy(update={"combine": "sum"})}) if c.name == "steps" else c
        for c in of.columns
    ]
    assert both(of.model_copy(update={"columns": tuple(sums)}), [text(*rows(range(5)), *rows([2]))]) == 0


def test_a_rule_that_cannot_be_evaluated_sends_all_the_exact_way():
    of = contract()
    broken = Rule(code="T-gone", title="t", expectation=BETWEEN, kwargs={"column": "gone", "min_value": 0}, scope="row")
    assert both(of.model_copy(update={"rules": (*of.rules, broken)}), [text(*rows(range(5)))]) == 0


def test_few_rows_or_few_fine_ones_go_the_exact_way(monkeypatch: pytest.MonkeyPatch):
    good, bad = text(*rows(range(9))), text(*rows(range(9)), *rows(range(9), "B2", pm25="9"))
    assert both(contract(), [good], least=10) == 0
    monkeypatch.setattr(fine, "LEAST", 1)
    of = contract()
    with tempfile.TemporaryDirectory() as folder:
        known = [parsed(Home(Path(folder)), of, name, one) for name, one in (("good", good), ("bad", bad))]
    assert [one is not None and one.fine is not None for one in known] == [True, False]


def test_what_was_fine_under_another_register_is_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(fine, "LEAST", 1)
    of, home = contract(), Home(tmp_path)
    known = parsed(home, of, "a.csv", text(*rows(range(5))))
    assert known is not None
    assert known.fine is not None
    later = of.model_copy(update={"rules": (*of.rules[:-1], registered_rule("T", "places", ["B2"]))})
    assert later.hash == of.hash
    assert parse_cache.cached(home, "town", of, known.delivery) == known
    assert parse_cache.cached(home, "town", later, known.delivery) is None


def test_the_file_of_fine_rows_stays_where_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Two processes may make one batch at once: what one takes, the other finds still."""
    monkeypatch.setattr(fine, "LEAST", 1)
    of, home = contract(), Home(tmp_path)
    texts = [text(*rows(range(5)))]
    first, second = made(home, of, texts), made(home, of, texts)
    assert first == second
    parse_cache.forget_settled([one for one in [parsed(home, of, "0.csv", texts[0])] if one], [DAY, DAY + timedelta(1)])
    assert not [path for path in home.parse_cache.rglob("*") if path.is_file()]
