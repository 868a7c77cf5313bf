"""Numbers come in one unit and are stored in another: exact, by column or by row, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.ingest import parse
from assets.ingest.cast_units import in_other_unit
from assets.readers.rows import RawRows, Rejects
from quality.units.conversion import Conversion, conversion
from tests.unit.assets.ingest.one_column import one_column, read_cells

AT_20 = {"temperature": "20 degC", "pressure": "1013.25 hPa"}


def by_row(
    cells: Sequence[str | None], units: Sequence[str | None], *, named: str = "x.unitCode", **spec: Any
) -> parse.ParsedFrames:
    """A column `x` and beside it the unit of each row."""
    count = len(cells)
    rows = pl.DataFrame(
        {"n": [str(n) for n in range(count)], "day": ["2026-07-21"] * count, "x": cells, named: units},
        schema=dict.fromkeys(("n", "day", "x", named), pl.String),
    ).with_columns(pl.Series("_line", range(1, count + 1), pl.Int64))
    raw = RawRows(rows, Rejects().frame(), 0, "t", "utf-8", typed=True, separator=",")
    return parse.parse(one_column("number", **spec), "t", "0" * 64, [raw])


def test_what_means_missing_is_asked_in_the_delivered_unit():
    cells = ["31", "0.57", "-999", "0", "n/a", None]
    spec = {"unit": "degC", "delivered_unit": "degF", "sentinels": ("-999",), "zero_is_missing": True}
    found = read_cells(["98.6", "-999", "0", "32", "n/a"], "number", **spec)
    assert (found.values, found.unreadable) == ([37.0, None, None, 0.0, None], ["n/a"])
    found = read_cells(cells, "number", unit="ug/m3", delivered_unit="mg/m3", sentinels=("-999",))
    assert (found.values, found.unreadable) == ([31000.0, 570.0, None, 0.0, None, None], ["n/a"])


def test_whole_numbers_stay_whole_or_are_not_read():
    found = read_cells(["1500", "2000", "-2000"], "integer", unit="천명", delivered_unit="명")
    assert (found.values, found.unreadable) == ([None, 2, -2], ["1500 (명)"])
    assert read_cells(["2", "1.5"], "integer", unit="people", delivered_unit="천명").values == [2000, None]
    assert read_cells([str(2**62)], "integer", unit="people", delivered_unit="천명").values == [None]


def test_what_no_float_can_hold_is_not_read():
    found = read_cells(["1e308", "-1e308", "1"], "number", unit="ug/m3", delivered_unit="mg/m3")
    assert (found.values, found.unreadable) == ([None, None, 1000.0], ["1e308 (mg/m3)", "-1e308 (mg/m3)"])


def test_each_row_has_the_unit_that_it_says():
    spec = {"unit": "ppm", "unit_from": ("x.unitCode",), "substance": "NO2", "gases_at": AT_20}
    found = by_row(["31", "0.031", "59.287", None, "0"], ["61", "59", "GQ", "nonsense", "GP"], **spec)
    assert found.rows["x"].to_list() == [0.031, 0.031, pytest.approx(0.031, rel=1e-4), None, 0.0]
    assert found.cells.is_empty()
    at = "at 20 degC and 1013.25 hPa"
    assert found.units == ("x: ppb -> ppm", "x: ppm -> ppm", f"x: ug/m3 -> ppm {at}", f"x: mg/m3 -> ppm {at}")


def test_a_row_of_no_or_another_unit_is_not_read():
    spec = {"unit": "ppm", "unit_from": ("x.unitCode",)}
    found = by_row(["1", "2", "3", "4", "5"], ["61", None, "banana", "CEL", " "], **spec)
    assert found.rows["x"].to_list() == [0.001, None, None, None, None]
    said = ["2 (no unit)", "3 (unit: banana)", "4 (unit: CEL)", "5 (no unit)"]
    assert found.cells.select("rule", "value").rows() == [("T-002", text) for text in said]
    assert len(found.guesses) == 1
    assert "CEL cannot become ppm" in found.guesses[0]
    declared = by_row(["1", "2"], ["59", None], delivered_unit="ppb", **spec)
    assert declared.rows["x"].to_list() == [1.0, 0.002]


def test_units_stand_beside_their_source():
    spec = {"unit": "ppm", "unit_from": (".unitCode",)}
    assert by_row(["1"], ["61"], **spec).rows["x"].to_list() == [0.001]
    with pytest.raises(PermanentFailure, match=r"no column x\.unitCode, in which rows say the unit of x"):
        by_row(["1"], ["61"], named="x_unit", **spec)
    renamed = {"unit": "ppm", "unit_from": ("Unit", "x_unit")}
    assert by_row(["1"], ["61"], named="x_unit", **renamed).rows["x"].to_list() == [0.001]
    assert by_row(["1"], ["61"], named="x_unit", delivered_unit="ppb", **spec).rows["x"].to_list() == [0.001]


def test_zero_beside_zero_is_asked_before_conversion():
    """0 of a thermometer that is not there is no 0 degC, and 32 degF no missing value."""
    spec = {"unit": "degC", "delivered_unit": "degF", "zero_is_missing_with": "n"}
    rows = pl.DataFrame({"n": ["0", "0", "1"], "day": ["2026-07-21"] * 3, "x": ["0", "32", "0"], "_line": [1, 2, 3]})
    raw = RawRows(rows, Rejects().frame(), 0, "t", "utf-8")
    found = parse.parse(one_column("number", **spec), "t", "0" * 64, [raw])
    assert found.rows["x"].to_list() == [None, 0.0, pytest.approx(-160 / 9)]


# Laws --------------------------------------------------------------------------------------------------------------

DECIMALS = st.builds("{}e{}".format, st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-20, 6))


@given(st.lists(DECIMALS, min_size=1), st.integers(-12, 12))
@settings(deadline=None)
def test_a_power_of_ten_gives_the_nearest_float_of_the_decimal_value(texts: list[str], power: int):
    how = Conversion(Fraction(10) ** power)
    found = in_other_unit(pl.Series("x", [float(text) for text in texts]), how)
    assert found.to_list() == [float(Fraction(text) * how.factor) for text in texts]


@given(
    st.lists(st.decimals(-(10**6), 10**6, places=3).map(float), min_size=1),
    st.sampled_from([("km/h", "m/s"), ("mph", "m/s"), ("kn", "km/h"), ("mmHg", "hPa"), ("ft", "m"), ("degF", "degC")]),
)
@settings(deadline=None)
def test_there_and_back_is_the_number(numbers: list[float], units: tuple[str, str]):
    there = in_other_unit(pl.Series("x", numbers), conversion(*units))
    back = in_other_unit(there, conversion(*reversed(units)))
    assert back.to_list() == pytest.approx(numbers, rel=1e-13, abs=1e-9)


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
@settings(deadline=None)
def test_nothing_happens_to_values_in_the_unit_of_their_column(numbers: list[float | None]):
    values = pl.Series("x", numbers, pl.Float64)
    assert in_other_unit(values, conversion("㎍/㎥", "ug/m3")) is values


def test_a_row_of_units_has_to_be_of_the_unit_in_which_a_column_is_read():
    rows = pl.DataFrame({"n": ["1"], "day": ["2026-07-21"], "x": ["31"], "_line": [3]})
    for unit, fits in (("µg/m³", True), ("a word", True), ("mg/m3", False), ("ppm", False)):
        raw = RawRows(rows, Rejects().frame(), 0, "t", "utf-8", units=(("x", unit),))
        contract = one_column("number", unit="ug/m3")
        if fits:
            assert parse.parse(contract, "t", "0" * 64, [raw]).rows["x"].to_list() == [31.0]
        else:
            with pytest.raises(PermanentFailure, match="FILE-UNITS"):
                parse.parse(contract, "t", "0" * 64, [raw])
