"""Decimal signs and grouping: the number that was written, or none; never another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.assets.ingest.one_column import read_cells

REFUSED = "not read; declare `decimal"


def grouped(whole: int, mark: str, *, indian: bool = False) -> str:
    digits = str(whole)
    if not indian:
        return f"{whole:,}".replace(",", mark)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, at - 2) : at] for at in range(len(head), 0, -2)][::-1]
    return mark.join([*pairs, tail])


CONVENTIONS = [
    (group, sign, indian)
    for group, sign in [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("\u00a0", ","),
                        ("\u202f", ","), ("'", "."), ("\u2019", "."), ("'", ",")]
    for indian in ([False, True] if group == "," else [False])
]  # fmt: skip


def written(number: tuple[int, int, int, bool], convention: tuple[str, str, bool]) -> tuple[str, float]:
    whole, places, fraction, minus = number
    group, sign, indian = convention
    fraction %= 10**places
    text = ("-" if minus else "") + (grouped(whole, group, indian=indian) if group else str(whole))
    text += f"{sign}{fraction:0{places}d}" if places else ""
    value = float(f"{'-' if minus else ''}{whole}.{fraction:0{max(places, 1)}d}")
    return text, value


NUMBER = st.tuples(
    st.integers(0, 999) | st.integers(0, 99_999_999), st.integers(0, 4), st.integers(0, 9999), st.booleans()
)


@given(numbers=st.lists(NUMBER, min_size=1, max_size=6), convention=st.sampled_from(CONVENTIONS), typed=st.booleans())
def test_law_a_column_in_one_convention_gives_its_numbers_or_nothing(
    numbers: list[tuple[int, int, int, bool]], convention: tuple[str, str, bool], typed: bool
) -> None:
    cells = [written(number, convention) for number in numbers]
    alone_points = convention[:2] == (".", ",") and not any("," in text or text.count(".") > 1 for text, _ in cells)
    found = read_cells([text for text, _ in cells], "number", typed=typed)
    for (text, value), read in zip(cells, found.values, strict=True):
        assert read == value or (read is None and text in found.unreadable) or alone_points


@given(numbers=st.lists(st.tuples(NUMBER, st.sampled_from([".", ","])), min_size=1, max_size=6))
def test_law_numbers_of_writers_who_contradict_each_other(numbers: list) -> None:
    """Whatever is read was written so by one of the conventions in the column; what could be either is not read."""
    cells = [written(number, ("," if sign == "." else ".", sign, False)) for number, sign in numbers]
    texts = [text for text, _ in cells]
    found = read_cells(texts, "number")
    sure_comma = any(t.count(".") > 1 or ("," in t and t.rfind(",") > t.rfind(".") >= 0) for t in texts)
    sure_point = any(t.count(",") > 1 or ("." in t and t.rfind(".") > t.rfind(",") >= 0) for t in texts)
    if sure_comma and sure_point:
        for (text, value), read in zip(cells, found.values, strict=True):
            assert read == value or (read is None and text in found.unreadable)


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6), tail=st.sampled_from(["", ".0"]))
def test_law_whole_numbers_are_exact_at_any_length(numbers: list[int], tail: str) -> None:
    texts = [f"{number}{tail}" for number in numbers]
    assert read_cells(texts, "integer", key=True).values == numbers
    assert read_cells([grouped(abs(n), ",") for n in [1_234_567, *numbers]], "integer").values[1:] == [
        abs(n) if abs(n) < 2**63 else None for n in numbers
    ]


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_law_a_measured_number_is_the_float_of_its_text(number: float) -> None:
    assert read_cells([repr(number)], "number").values == [number]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0,619", "0,606", "0,58"], [0.619, 0.606, 0.58]),
        (["0,619"], [0.619]),
        (["105,196", "1,234,567"], [105196, 1234567]),
        (["105,196", "12,345.6"], [105196, 12345.6]),
        (["105,196", "12.5"], [105196, 12.5]),
        (["1,234", "5,678"], [None, None]),
        (["1,234", "5"], [None, 5]),
        (["1.234,56", "7.000", "3", "0,5"], [1234.56, 7000, 3, 0.5]),
        (["1.234,56", "7.000", "3"], [1234.56, None, 3]),  # one cell may be an error
        (["1 234,5", "1\u00a0234,567"], [1234.5, 1234.567]),
        (["1'234.5", "1\u2019234"], [1234.5, 1234]),
        (["1,23,456", "1,234"], [123456, 1234]),
        (["1,2345,6789", "12,34"], [None, 12.34]),
        (["0,58", "1.5", "1,234", "1.234"], [None, 1.5, None, None]),
        (["1,234", "1.234"], [None, None]),
        (["1.234", "37.566"], [1.234, 37.566]),  # a point alone is the decimal sign
        (["001,234"], [None]),
        (["1 23", "12 34 567", ",", ".", "1,", "--1", "1e400", "nan", "inf", "2-", "5%"], [None] * 11),
        (["+1,5", "-0,25", ",5"], [1.5, -0.25, 0.5]),
        (["9007199254740993", "9007199254740992", "9007199254740993.5"], [None, 9007199254740992.0, None]),
        (["1.5E+20", "1e5"], [1.5e20, 1e5]),
    ],
)
def test_cells_of_one_column(cells: list[str], values: list[float | None]) -> None:
    found = read_cells(cells, "number")
    assert found.values == values
    assert found.unreadable == [cell for cell, value in zip(cells, values, strict=True) if value is None]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["14001234567890123", "14001234567890124"], [14001234567890123, 14001234567890124]),
        (["9223372036854775807", "9223372036854775808"], [9223372036854775807, None]),
        (["1.10112E+11", "5e3"], [None, None]),
        (["5854.0", "5854.", "5854.00"], [5854, 5854, 5854]),
        (["5854.5"], [None]),
        (["105,196", "7"], [105196, 7]),  # a count has no fraction: the comma groups
        (["1,000"], [None]),  # 1 or 1000
        (["1,000", "1,001"], [1000, 1001]),
        (["1.000"], [None]),
        (["1.000", "0.000"], [1, 0]),
        (["1.000", "1.234.567"], [1000, 1234567]),
        (["1.234"], [None]),
        (["0,619", "1,234"], [None, None]),
        (["1.000", "12.5"], [None, None]),
        (["5,000", "12,000", "800"] * 100 + ["12,5"], [None, None, 800] * 100 + [None]),
        (["105,196", "1,001"] * 20 + ["12,5"], [105196, 1001] * 20 + [None]),
    ],
)
def test_cells_of_a_column_of_whole_numbers(cells: list[str], values: list[int | None]) -> None:
    found = read_cells(cells, "integer")
    assert found.values == values
    assert found.unreadable == [cell for cell, value in zip(cells, values, strict=True) if value is None]


def test_the_contract_decides_where_it_says_so() -> None:
    assert read_cells(["1,234", "1.5"], "number", decimal="comma").values == [1.234, None]
    assert read_cells(["1.234"], "number", decimal="comma").values == [1234]
    assert read_cells(["1,234", "0,5"], "number", decimal="point").values == [1234, None]
    assert read_cells(["1,234"], "number", decimal="point").guesses == ()
    assert read_cells(["1.234"], "number", decimal="comma", typed=True).values == [None]  # JSON's point is decimal


def test_what_was_decided_is_said() -> None:
    assert read_cells(["0,5"], "number").guesses == ("x: a comma is the decimal sign",)
    assert read_cells(["1,234,567"], "number").guesses == ("x: a comma groups digits, a point is the decimal sign",)
    for cells in (["1,234"], ["0,5", "1.5"]):
        (said,) = read_cells(cells, "number").guesses
        assert REFUSED in said
    assert read_cells(["1", "2.5", "n/a"], "number").guesses == ()


def test_keys_that_are_numbers_are_exact_or_refused() -> None:
    cells = ["0.1", "123456789.123456", "1e5", "0.1234567890123456", "14001234567890123", "100000000000000000"]
    assert read_cells(cells, "number", key=True).values == [0.1, 123456789.123456, None, None, None, 1e17]


def test_a_sentinel_is_that_number_however_it_is_written() -> None:
    for text in ("-999", "-999.0", "-999.000", "-999,0", " -999", "-9.99E+02"):
        found = read_cells([text, "0,5" if "," in text else "0.5"], "number", sentinels=("-999",))
        assert (found.values, found.unreadable) == ([None, 0.5], [])
    assert read_cells(["-9 999"], "number", sentinels=("-9999",)).unreadable == []
    assert read_cells(["-999.0", "-999"], "integer", sentinels=("-999.0",)).unreadable == []


def test_an_id_that_a_spreadsheet_took_for_a_number_is_not_read() -> None:
    codes = ["1E5", "11E05", "12E5", "45E12", "1E10", "4213.0", "04213", "3×10", "1,5", "E+5", "A1E+5"]
    damaged = ["1.10112E+11", "1e+05", "1,10112E+11", "+1.10112E+11", "1E+11", "110E+9", "1.10112e+11", "1.E+11"]
    damaged += [
        "1.10112E11",
        "110112E+06",
        "1.10112×10^11",
        "1.10112 x 10^11",
        "1.1×10¹¹",
        "１．１０１１２Ｅ＋１１",
        "-1E11",
    ]
    for key in (False, True):
        found = read_cells([*codes, *damaged], "string", key=key)
        assert found.values == codes + [None] * len(damaged)
        assert found.unreadable == damaged


def test_a_key_that_lost_a_sign_is_not_read() -> None:
    assert read_cells(["중\ufffd", "중구"], "string", key=True).values == [None, "중구"]
    assert read_cells(["중\ufffd"], "string").values == ["중\ufffd"]


@pytest.mark.parametrize("kind", ["string", "number"])
def test_a_text_that_keeps_its_zeros_in_spreadsheets(kind: str) -> None:
    found = read_cells(['="00123"', "00124"], kind)
    assert found.values == (["00123", "00124"] if kind == "string" else [123, 124])
    assert found.normalised == (kind == "string")


CELLS = st.sampled_from(
    ["1,234", "1.234", "5,000", "5.000", "12,5", "12.5", "0,58", "0.5", "5,0", "5.0", "7", "n/a", "37.566", "105,196",
     "1,234,567", "1.234.567", "1.234,5", "1,234.5", "12,34,567"]
)  # fmt: skip


@given(
    cells=st.lists(st.tuples(CELLS, st.sampled_from([1, 1, 2, 25])), min_size=1, max_size=4),
    wrong=CELLS,
    kind=st.sampled_from(["number", "integer"]),
    separator=st.sampled_from([",", ";"]),
    typed=st.booleans(),
)
def test_law_one_wrong_cell_gives_no_other_cell_another_value(
    cells: list[tuple[str, int]], wrong: str, kind: str, separator: str, typed: bool
) -> None:
    texts = [text for text, times in cells for _ in range(times)]
    before, after = (read_cells(t, kind, separator=separator, typed=typed).values for t in (texts, [*texts, wrong]))
    for text, one, other in zip(texts, before, after, strict=False):
        assert one == other or None in (one, other), text


def test_few_cells_do_not_decide_for_many() -> None:
    for text in ("1,234", "1.234"):
        found = read_cells([text] * 30 + ["0,58"], "number")
        assert found.values[:30] == [None] * 30
        assert REFUSED in found.guesses[0]
    assert read_cells(["1,234"] * 18 + ["0,58"], "number").values == [1.234] * 18 + [0.58]
    assert read_cells(["1.234"] * 30 + ["0.58"], "number").values == [1.234] * 30 + [0.58]


def test_in_a_file_with_semicolons_a_point_before_three_digits_is_not_read_unless_another_decides() -> None:
    assert read_cells(["1.234,5", "1.234", "12,5"], "number", separator=";").values == [1234.5, 1234, 12.5]
    found = read_cells(["1.235", "1.234", "12"], "number", separator=";")
    assert (found.values, REFUSED in found.guesses[0]) == ([None, None, 12], True)
    assert read_cells(["1.235", "23.45"], "number", separator=";").values == [1.235, 23.45]
    assert read_cells(["1.235"], "number", separator=";", decimal="point").values == [1.235]
    assert read_cells(["1.235"], "number", separator=";", decimal="comma").values == [1235]
