"""fill, join and melt: what a contract does to rows of text before they are typed."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors.reshape import reshape
from assets.failures import PermanentFailure
from assets.readers.rows import LINE
from quality.contract.connector import Melt
from tests.support.loopback import service

FRAME = pl.DataFrame({"D": ["20260309", "20260310", None], "H": ["01", None, "03"], LINE: [1, 2, 4]})


def _reshaped(frame: pl.DataFrame, **asked: Any) -> pl.DataFrame:
    return reshape(frame, service(**asked), "00001 2026-03-09", missing={"*"})


def test_nothing_asked_for_changes_nothing() -> None:
    assert _reshaped(FRAME).equals(FRAME)


def test_fill_takes_empty_values_only_and_comes_before_join() -> None:
    found = _reshaped(FRAME, fill={"H": "00", "absent": "x"}, join={"AT": "{D} {H}:00"})
    assert found["H"].to_list() == ["01", "00", "03"]
    assert found["AT"].to_list() == ["20260309 01:00", "20260310 00:00", None]
    assert "absent" not in found.columns


def test_join_without_a_value_is_empty_and_joins_may_build_on_each_other() -> None:
    found = _reshaped(FRAME, join={"AT": "{D}-{H}", "TWICE": "{AT}/{AT}", "FIXED": "x"})
    assert found["AT"].to_list() == ["20260309-01", None, None]
    assert found["TWICE"].to_list() == ["20260309-01/20260309-01", None, None]
    assert found["FIXED"].to_list() == ["x"] * 3
    assert found[LINE].to_list() == [1, 2, 4]


def test_join_of_a_column_that_is_not_there() -> None:
    with pytest.raises(PermanentFailure, match="SERVICE-SHAPE") as caught:
        _reshaped(FRAME, join={"AT": "{NOPE}"})
    assert "'NOPE'" in caught.value.what
    assert caught.value.where == "00001 2026-03-09"


PEOPLE = pl.DataFrame(
    {"CODE": ["a", "b"], "M10": ["1.1", "*"], "M20": ["2.2", "5"], "F10": ["3", None], "ALL": ["*", "9"], LINE: [3, 4]}
)


def test_melt_makes_one_row_a_part_next_to_each_other() -> None:
    melt = Melt(parts={"m": r"M\d+", "f": r"F\d+", "all": "ALL"}, label="sex", value="people")
    found = _reshaped(PEOPLE, melt=melt)
    assert found.rows() == [
        ("a", 3, "m", "3.3"),
        ("a", 3, "f", "3"),
        ("a", 3, "all", "*"),
        ("b", 4, "m", None),
        ("b", 4, "f", None),
        ("b", 4, "all", "9"),
    ]
    assert found.columns == ["CODE", LINE, "sex", "people"]


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (("9007199254740993", "1"), "9007199254740994"),  # no float holds it
        (("0.1", "0.2"), "0.3"),
        (("1,234", "5"), "1,234 + 5"),
        (("1e400", "5"), "1e400 + 5"),
        (("-", None), "-"),
        (("*", "5"), None),
        ((" 7 ", "-7"), "0"),
    ],
)
def test_a_sum_is_exact_or_shows_what_it_cannot_be_made_of(cells: tuple[str | None, str | None], total: str | None):
    frame = pl.DataFrame(
        {"A1": cells[0], "A2": cells[1], LINE: 1}, schema={"A1": pl.String, "A2": pl.String, LINE: pl.Int64}
    )
    assert _reshaped(frame, melt=Melt(parts={"a": "A."}))["value"].to_list() == [total]


def test_melt_matches_whole_names_and_never_the_line() -> None:
    found = _reshaped(pl.DataFrame({"a": ["1"], LINE: [1]}), melt=Melt(parts={"x": ".*"}))
    assert found.rows() == [(1, "x", "1")]
    with pytest.raises(PermanentFailure, match="SERVICE-SHAPE") as caught:
        _reshaped(PEOPLE, melt=Melt(parts={"m": "M1"}))
    assert "'M1'" in caught.value.what


def test_melt_into_a_name_that_is_taken() -> None:
    with pytest.raises(PermanentFailure, match="SERVICE-SHAPE"):
        _reshaped(PEOPLE, melt=Melt(parts={"m": r"M\d+"}, label="CODE"))


@given(st.lists(st.tuples(*[st.integers(0, 10**6) | st.none()] * 3), max_size=20))
def test_melt_keeps_every_row_and_every_sum(rows: list[tuple[int | None, ...]]) -> None:
    texts = [[None if n is None else f"{n / 100}" for n in row] for row in rows]
    frame = pl.DataFrame(texts, schema=dict.fromkeys(["A1", "A2", "B"], pl.String), orient="row")
    frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE))
    found = _reshaped(frame, melt=Melt(parts={"a": "A.", "b": "B"}))
    assert found.height == 2 * len(rows)
    assert found[LINE].to_list() == [line for line in range(1, len(rows) + 1) for _ in range(2)]
    for part, row in zip(found.filter(pl.col("group") == "a")["value"], rows, strict=True):
        if row[0] is None or row[1] is None:
            assert part is None
        else:
            assert float(part) == pytest.approx((row[0] + row[1]) / 100)
