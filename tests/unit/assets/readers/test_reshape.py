"""fill, sum, unpivot and join: what a layout does to rows of text before they are typed."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers.reshape import reshaped
from assets.readers.rows import LINE, RawRows, Rejects
from quality.contract.layout import Layout

FRAME = pl.DataFrame({"D": ["20260309", "20260310", None], "H": ["01", None, "03"], LINE: [1, 2, 4]})


def _reshaped(frame: pl.DataFrame, **asked: Any) -> pl.DataFrame:
    raw = RawRows(frame, Rejects().frame(), 0, "00001 2026-03-09", "utf-8")
    return reshaped(raw, Layout(**asked), missing={"*"}).frame


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
    with pytest.raises(PermanentFailure, match="FILE-LAYOUT") as caught:
        _reshaped(FRAME, join={"AT": "{NOPE}"})
    assert "'NOPE'" in caught.value.what
    assert caught.value.where == "00001 2026-03-09"


PEOPLE = pl.DataFrame(
    {"CODE": ["a", "b"], "M10": ["1.1", "*"], "M20": ["2.2", "5"], "F10": ["3", None], "ALL": ["*", "9"], LINE: [3, 4]}
)


GROUPS = {"columns": "(?P<sex>m|f|all)", "value": "people"}


def test_sums_that_become_rows_stand_next_to_each_other() -> None:
    found = _reshaped(PEOPLE, sum={"m": r"M\d+", "f": r"F\d+", "all": "ALL"}, unpivot=GROUPS)
    assert found.select("CODE", LINE, "sex", "people").rows() == [
        ("a", 3, "m", "3.3"),
        ("a", 3, "f", "3"),
        ("a", 3, "all", "*"),
        ("b", 4, "m", None),
        ("b", 4, "f", None),
        ("b", 4, "all", "9"),
    ]
    assert found.width == 4


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
    assert _reshaped(frame, sum={"value": "A."})["value"].to_list() == [total]


def test_a_part_that_is_missing_makes_no_sum_however_its_number_is_written() -> None:
    frame = pl.DataFrame({"A1": ["-1", "-1.0", "2", "x"], "A2": ["5"] * 4, LINE: [1, 2, 3, 4]})
    raw = RawRows(frame, Rejects().frame(), 0, "t", None)
    assert reshaped(raw, Layout(sum={"v": "A."}), {"-1", "x"}).frame["v"].to_list() == [None, None, "7", None]


def test_sums_match_whole_names_and_never_the_line() -> None:
    assert _reshaped(pl.DataFrame({"a": ["1"], LINE: [1]}), sum={"x": ".*"}).rows() == [(1, "1")]
    with pytest.raises(PermanentFailure, match="FILE-LAYOUT") as caught:
        _reshaped(PEOPLE, sum={"m": "M1"})
    assert "'M1'" in caught.value.what


def test_a_name_that_is_taken() -> None:
    for asked in (
        {"sum": {"CODE": r"M\d+"}},
        {"unpivot": {"columns": r"(?P<CODE>M10)"}},
        {"unpivot": {"columns": r"(?P<x>[MF]\d+)", "value": "ALL"}},
    ):
        with pytest.raises(PermanentFailure, match=r"FILE-LAYOUT.*already"):
            _reshaped(PEOPLE, **asked)


HOURS = pl.DataFrame(
    {"bus": ["1", "2"], "00on": ["a", "e"], "00off": ["b", None], "1on": ["c", None], "1off": ["d", None], LINE: [2, 5]}
)


def test_two_values_of_one_hour_are_one_row() -> None:
    found = _reshaped(HOURS, unpivot={"columns": r"(?P<hour>\d+)(?P<value>on|off)"}, join={"at": "{bus} {hour}h"})
    assert found.drop(LINE).rows(named=True)[1] == {"bus": "1", "hour": "1", "on": "c", "off": "d", "at": "1 1h"}
    assert found.select("on", "off", LINE).rows() == [("a", "b", 2), ("c", "d", 2), ("e", None, 5), (None, None, 5)]
    some = _reshaped(HOURS, unpivot={"columns": r"(?P<hour>\d+)(?P<value>on|off)", "drop_nulls": True})
    assert some["hour"].to_list() == ["00", "1", "00"]
    long = _reshaped(HOURS, unpivot={"columns": r"(?P<hour>\d+)(?P<way>on|off)"})
    assert long.select("hour", "way", "value").rows()[:2] == [("00", "on", "a"), ("00", "off", "b")]


def test_columns_that_would_be_one_or_none() -> None:
    with pytest.raises(PermanentFailure, match=r"FILE-LAYOUT.*'00on' and '1on'"):
        _reshaped(HOURS, unpivot={"columns": r"\d+(?P<way>on|off)"})
    with pytest.raises(PermanentFailure, match=r"FILE-LAYOUT.*matches none"):
        _reshaped(HOURS, unpivot={"columns": r"(?P<hour>\d+)"})


@given(st.lists(st.tuples(*[st.integers(0, 10**6) | st.none()] * 3), max_size=20))
def test_every_row_and_every_sum_is_kept(rows: list[tuple[int | None, ...]]) -> None:
    texts = [[None if n is None else f"{n / 100}" for n in row] for row in rows]
    frame = pl.DataFrame(texts, schema=dict.fromkeys(["A1", "A2", "B"], pl.String), orient="row")
    frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE))
    found = _reshaped(frame, sum={"a": "A.", "b": "B"}, unpivot={"columns": "(?P<group>[ab])"})
    assert found.height == 2 * len(rows)
    assert found[LINE].to_list() == [line for line in range(1, len(rows) + 1) for _ in range(2)]
    for part, row in zip(found.filter(pl.col("group") == "a")["value"], rows, strict=True):
        if row[0] is None or row[1] is None:
            assert part is None
        else:
            assert float(part) == pytest.approx((row[0] + row[1]) / 100)
