"""Numbers read as numbers at once must be what they are when they are read as text first: the same rows and cells."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.ingest import parse
from assets.ingest.cast import numbers
from assets.readers import csv, read
from quality.contract.columns import Column, ColumnSpec
from quality.contract.layout import Layout
from quality.contract.model import Contract


def column(name: str, kind: str, **spec: object) -> Column:
    own = ColumnSpec.model_validate({"sources": (name,), **spec})
    return Column.model_validate({"name": name, "type": kind, "description": "d", "key": name == "id", "spec": own})


CONTRACT = Contract(
    name="n",
    version="1",
    title="t",
    description="t",
    owner="t",
    licence="t",
    prefix="N",
    grain="one id",
    rules=(),
    columns=(
        column("id", "string"),
        column("day", "date", formats=("%Y-%m-%d", "%Y%m%d")),
        column("a", "number", sentinels=("-999", "n/a")),
        column("zero", "number", zero_is_missing=True),
        column("count", "integer", sentinels=("-1",)),
        column("with", "number", zero_is_missing_with="a"),
        column("odd", "number", values={"low": "1"}),
    ),
)
NAMES = [c.name for c in CONTRACT.columns]
NUMBER = st.sampled_from(
    ["", "0", "0.0", "-0", "1", " 1", "1 ", "+2", "-999", "-999.00", "1e5", "1e400", "nan", "inf", "-inf", ".5", "5.",
     "n/a", "1,5", "1_0", "0x1", "3.5", "1234567890123456789", "0.1234567890123456789", "low", "-1", "-1.0", "２", "--"]
) | st.floats(allow_nan=False).map(repr) | st.decimals(-1000, 1000, places=3).map(str)  # fmt: skip
ROW = st.tuples(
    st.sampled_from(["x", "y", "", " z "]),
    st.sampled_from(["2026-07-01", "20260702", "", "no day", " 2026-07-03"]),
    *[NUMBER] * 5,
).map(lambda fields: [field.replace(",", ";") for field in fields])
LINE = ROW.map(",".join) | ROW.map(lambda f: ",".join(f[:4])) | ROW.map(lambda f: ",".join([*f, "more"]))
LINE = LINE | st.just("") | st.just(",".join(NAMES))


def parsed(content: bytes, wanted: Collection[str]) -> object:
    try:
        found = parse.parse(CONTRACT, "n.csv", "0" * 64, read.read_rows("n.csv", content, Layout(), wanted))
    except PermanentFailure as failure:
        return str(failure)
    cells = found.cells.sort("_line", "column")
    undated = found.undated.sort("_line").drop("row")  # there a 0 is shown as 0.0
    return found.rows.sort("_line").rows(), cells.rows(), undated.rows(), found.blank_rows


def test_columns_of_which_nothing_else_is_made() -> None:
    assert numbers(CONTRACT) == {"a", "zero", "with"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINE | ROW.map(",".join), max_size=8),
    part=st.sampled_from([60, 2**20]),
    at_once=st.sampled_from([60, 150, 2**20]),
    odd=st.sampled_from([0.3, 1]),
    before=st.sampled_from(["", "\n", "\n \n"]),
    end=st.sampled_from(["", "\n"]),
)
def test_law_numbers_at_once_are_the_numbers_of_the_text(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], part: int, at_once: int, odd: float, before: str, end: str
) -> None:
    monkeypatch.setattr(csv, "PART", part)
    monkeypatch.setattr(csv, "AT_ONCE", at_once)
    monkeypatch.setattr(csv, "_ODD_SHARE", odd)
    content = (before + "\n".join([",".join(NAMES), *lines]) + end).encode()
    assert repr(parsed(content, numbers(CONTRACT))) == repr(parsed(content, ()))


def test_clean_rows_come_as_numbers_and_the_others_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv._Csv, "_fast", lambda *_: pytest.fail("the text was read first"))
    lines = [f"s{n},2026-07-01,{n}.5,1,2,3,4" for n in range(1_000)]
    lines[100], lines[200] = "s,2026-07-01,N/A,1,2,3,4", "s,2026-07-01"
    content = "\n".join([",".join(NAMES), *lines]).encode()
    (raw,) = read.read_rows("n.csv", content, Layout(), numbers(CONTRACT))
    assert raw.plain is not None
    assert (raw.plain.height, raw.plain.schema["a"], raw.plain.schema["count"]) == (998, pl.Float64, pl.String)
    assert raw.frame["_line"].to_list() == [102]
    assert raw.rejects["line"].to_list() == [202]


def test_where_many_fields_are_empty_the_part_is_read_as_text() -> None:
    lines = [f"s{n},2026-07-01,{n if n % 2 else ''},1,2,3,4" for n in range(1_000)]
    content = "\n".join([",".join(NAMES), *lines]).encode()
    (raw,) = read.read_rows("n.csv", content, Layout(), numbers(CONTRACT))
    assert (raw.plain, raw.frame.height) == (None, 1_000)
