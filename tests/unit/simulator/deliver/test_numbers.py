"""Numbers as they are delivered: the decimal that Python shows, to so many digits, and never a power of ten."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quality.contract.columns import Column, ColumnSpec
from quality.contract.texts import Texts
from simulator.deliver.numbers import Scale

MOST = 10.0**11
NUMBERS = st.floats(-MOST, MOST, allow_nan=False) | st.decimals(-9999, 9999, places=9).map(float)


def scale(kind: str, digits: int = 8, decimal: str | None = None) -> Scale:
    spec = ColumnSpec.model_validate({"decimal": decimal})
    column = Column.model_validate({"name": "x", "type": kind, "description": Texts({"en": "x"}), "spec": spec})
    return Scale(column, digits)


def shown(value: float, digits: int) -> Decimal:
    """What is shown of it, to so many digits and at most 12 places: a tie goes to the even digit."""
    exact = Decimal(repr(value))
    if not exact:
        return Decimal(0)
    places = min(max(digits - 1 - exact.adjusted(), 0), 12)
    with localcontext(prec=60):
        return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


@given(NUMBERS, st.sampled_from([8, 5, 2]))
@example(0.123456785, 8)  # a tie as it is shown, and below it as it is stored
@example(1.00000005, 8)
@example(99_999_999.9, 8)
@example(0.1 + 0.2, 8)
@example(-0.0, 8)
@example(1e-7, 8)
@example(1 / 3, 2)
def test_a_number_is_written_with_the_digits_that_it_has_room_for(value: float, digits: int) -> None:
    made = scale("number", digits).written(value)
    assert made is not None
    assert Decimal(made.text) == shown(value, digits)
    assert made.stored == float(shown(value, digits))
    assert "e" not in made.text.lower()
    assert value or made.text == "0"


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_written_as_it_is(value: int) -> None:
    made = scale("integer").written(value)
    assert made is not None
    assert (made.text, made.stored) == (str(value), value)


@pytest.mark.parametrize(("value", "text"), [(1.234, "1,2340"), (1234.5678, "1234,5678"), (0.5, "0,5")])
def test_three_places_after_a_comma_are_no_thousands(value: float, text: str) -> None:
    made = scale("number", decimal="comma").written(value)
    assert made is not None
    assert made.text == text
