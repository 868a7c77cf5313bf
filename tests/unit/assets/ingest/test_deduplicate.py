"""Which row of a key counts, and why the others do not: any deliveries, held against a plain account of the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.deduplicate import deduplicate
from assets.ingest.delivered import DeliveryRows
from assets.ingest.parse import LINE_HASH
from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.odcs.read import from_odcs
from quality.row_rules import no_values
from tests.worlds.good_days import document

FIRST = date(2026, 7, 1)
NIGHTS = [datetime(2026, 7, 9, tzinfo=UTC) + timedelta(days=n) for n in range(2)]
CAME = [(0, 0), (0, 1), (1, 1)]  # nights in which a delivery came first and last
Came = tuple[int, int]


def contract(combine: str = "", *, correction: bool = False, repeats: str = "", whole: bool = False) -> Contract:
    """A key (id, day), a figure `a` that may be added up, a text `t` that may not, and perhaps a correction `b`."""
    wanted = document(**({"correction_column": "b"} if correction else {}))
    for column in wanted["schema"][0]["properties"]:
        column["primaryKey"] = column["name"] in ("id", "day")
        if column["name"] == "a" and whole:
            column["logicalType"] = "integer"
        if column["name"] == "a" and combine:
            parts = {"repeats": repeats, "reason": "each gate sends its own line"} if repeats else {}
            column["customProperties"] = [{"property": "madang", "value": {"combine": combine, **parts}}]
        if column["name"] == "b":  # so that a correction may be missing
            column["customProperties"] = [{"property": "madang", "value": {"optional": True}}]
    return from_odcs(wanted)


class Row(NamedTuple):
    """A delivered row. `extra`: in a column that the contract does not name."""

    key: int
    day: int
    correction: int | None
    a: int | None
    t: str
    extra: int


def delivery(of: Contract, number: int, rows: Sequence[Row], night: Came | None) -> DeliveryRows:
    values: dict[str, Sequence[Any]] = {
        "id": [str(row.key) for row in rows],
        "day": [FIRST + timedelta(days=row.day) for row in rows],
        "a": [row.a for row in rows],
        "b": [row.correction for row in rows],
        "t": [row.t for row in rows],
    }
    frame = pl.DataFrame({name: values[name] for name in of.schema}, schema=dict(of.schema), strict=False)
    frame = frame.with_columns(
        pl.lit(f"sha{number}").alias("_sha256"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_line"),
    )
    if any(column.spec.combine for column in of.columns):
        frame = frame.with_columns(pl.Series(LINE_HASH, [hash(row) % 2**63 for row in rows], pl.UInt64))
    nights = None if night is None else (NIGHTS[night[0]], NIGHTS[night[1]])
    return DeliveryRows(f"{number}.csv", nights, frame.lazy(), no_values())


class Plain(NamedTuple):
    rows: dict[tuple[int, int], tuple[Any, Any, Any]]  # key and day: a, b, t
    gave_way: dict[date, GaveWay]
    conflicts: Counter[tuple[date, str, str]]  # day, which counts, which does not: keys


def plainly(of: Contract, content: Sequence[Sequence[Row]], nights: Sequence[Came]) -> Plain:
    """The law, key by key, with loops."""
    sums = any(c.spec.combine for c in of.columns)
    parts = any(c.spec.repeats for c in of.columns)
    rows, counts, conflicts = {}, Counter[tuple[date, str]](), Counter[tuple[date, str, str]]()
    every = [(n, row) for n, given_ in enumerate(content) for row in given_]
    for key in {(row.key, row.day) for _, row in every}:
        day = FIRST + timedelta(days=key[1])
        of_key = [(n, row) for n, row in every if (row.key, row.day) == key]
        corrections = [row.correction for _, row in of_key if row.correction is not None]
        if of.correction_column and len(corrections) == len(of_key):
            kept = [(n, r) for n, r in of_key if r.correction == max(corrections)]
            counts[day, "replaced"] += len(of_key) - len(kept)
            of_key = kept
        made = []
        for number, group in groupby(of_key, key=lambda pair: pair[0]):
            lines = [row for _, row in group]
            same = (lambda r: r) if sums else (lambda r: r[:5])
            distinct = [r for n, r in enumerate(lines) if parts or same(r) not in [same(s) for s in lines[n + 1 :]]]
            last = distinct[-1]
            figure = last.a
            if sums:
                figures = [r.a for r in distinct if r.a is not None]
                figure = sum(figures) if len(figures) == len(distinct) else None
            merged = sum(sums and (r.t, r.correction) == (last.t, last.correction) for r in distinct[:-1])
            made.append((number, (figure, last.correction, last.t), lines, distinct, merged))
        winner, values, lines, distinct, merged = made[-1]
        rows[key] = values
        counts[day, "replaced"] += len(of_key) - len(lines)
        counts[day, "repeated"] += len(lines) - len(distinct)
        counts[day, "merged"] += merged
        counts[day, "contradicted"] += len(distinct) - 1 - merged
        last_night = nights[winner][1]
        against = [
            n
            for n, other, *_ in made[:-1]
            if nights[n][1] == last_night
            and (last_night, last_night) in (nights[n], nights[winner])
            and other != values
        ]
        if against:
            conflicts[day, f"{winner}.csv", f"{against[-1]}.csv"] += 1
    names = ("replaced", "repeated", "contradicted", "merged")
    days = {day for day, _ in counts}
    ways = {day: GaveWay(**{name: counts[day, name] for name in names}) for day in days}
    return Plain(rows, {day: way for day, way in ways.items() if way.total}, conflicts)


small = st.integers(0, 2)
rows_of_a_delivery = st.lists(
    st.builds(Row, small, small, st.none() | small, st.none() | small, st.sampled_from("xy"), st.integers(0, 1)),
    max_size=6,
)
CONTRACTS = {
    "last": contract(),
    "correction": contract(correction=True),
    "sum": contract("sum"),
    "sum, correction": contract("sum", correction=True),
    "repeats are parts": contract("sum", repeats="parts"),
}


@pytest.mark.parametrize("kind", CONTRACTS)
@given(content=st.lists(rows_of_a_delivery, min_size=1, max_size=4), nights=st.lists(st.sampled_from(CAME), min_size=4))
def test_one_row_of_each_key_counts_and_every_other_says_why(kind: str, content: list[list[Row]], nights: list[Came]):
    of = CONTRACTS[kind]
    blocks = list(deduplicate(of, [delivery(of, n, rows, nights[n]) for n, rows in enumerate(content)]))
    chosen = pl.concat([block.rows for block in blocks])
    expected = plainly(of, content, nights)
    found = {(int(i), (day - FIRST).days): values for i, day, *values in chosen.select(*of.key, "a", "b", "t").rows()}
    assert {key: tuple(values) for key, values in found.items()} == expected.rows
    assert chosen.height == len(expected.rows)
    gave_way: dict[date, GaveWay] = {}
    for block in blocks:
        for day, rows in block.gave_way.items():
            gave_way[day] = gave_way.get(day, GaveWay()) + rows
    assert {day: rows for day, rows in gave_way.items() if rows.total} == expected.gave_way
    assert chosen.height + sum(rows.total for rows in gave_way.values()) == sum(len(rows) for rows in content)
    conflicts = [row for block in blocks if block.conflicts is not None for row in block.conflicts.iter_rows()]
    assert Counter({tuple(where): keys for *where, keys in conflicts}) == expected.conflicts


@given(content=st.lists(rows_of_a_delivery, min_size=1, max_size=4))
def test_deliveries_of_which_nobody_knows_when_they_came_have_no_conflicts(content: list[list[Row]]):
    of = CONTRACTS["last"]
    for block in deduplicate(of, [delivery(of, n, rows, None) for n, rows in enumerate(content)]):
        assert block.conflicts is None or block.conflicts.is_empty()


def test_what_cannot_be_read_in_a_part_stays_known_and_in_a_repeated_line_does_not():
    """A figure that is the sum of its parts is not known when one of them cannot be read."""
    of = CONTRACTS["sum"]
    rows = [Row(1, 0, None, None, "x", 0), Row(1, 0, None, 3, "x", 1), Row(1, 0, None, 3, "x", 1)]
    cell = {"day": FIRST, "rule": "T-002", "column": "a", "value": "3 o'clock", "_sha256": "sha0"}
    cells = pl.DataFrame([cell | {"_line": line} for line in (0, 1)], schema=no_values().schema)
    given_ = delivery(of, 0, rows, (0, 0))
    blocks = list(deduplicate(of, [DeliveryRows(given_.name, given_.nights, given_.rows, cells)]))
    assert blocks[-1].rows["a"].to_list() == [None]
    assert blocks[-1].gave_way == {FIRST: GaveWay(repeated=1, merged=1)}
    assert blocks[-1].unreadable is not None
    assert blocks[-1].unreadable["_line"].to_list() == [0]


def test_rows_that_differ_in_what_cannot_be_read_are_not_the_same_line():
    of = CONTRACTS["last"]
    rows = [Row(1, 0, None, None, "x", 0)] * 3
    texts = ["x", "y", "y"]
    cell = {"day": FIRST, "rule": "T-002", "column": "a", "_sha256": "sha0"}
    cells = [cell | {"value": text, "_line": line} for line, text in enumerate(texts)]
    given_ = delivery(of, 0, rows, (0, 0))
    unread = pl.DataFrame(cells, schema=no_values().schema)
    block = list(deduplicate(of, [DeliveryRows(given_.name, given_.nights, given_.rows, unread)]))[-1]
    assert block.gave_way == {FIRST: GaveWay(repeated=1, contradicted=1)}
    assert block.unreadable is not None
    assert sorted(block.unreadable["_line"]) == [0, 2]


@given(parts=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=4))
def test_a_sum_is_exact_or_unreadable(parts: list[int]):
    of = contract("sum", whole=True)
    given_ = delivery(of, 0, [Row(1, 0, None, part, "x", n) for n, part in enumerate(parts)], (0, 0))
    block = list(deduplicate(of, [given_]))[-1]
    fits = -(2**63) <= sum(parts) < 2**63
    assert block.rows["a"].to_list() == [sum(parts) if fits else None]
    assert block.unreadable is not None
    assert block.unreadable["value"].to_list() == ([] if fits else [str(sum(parts))])
    assert set(block.unreadable["rule"]) <= {"T-002"}
