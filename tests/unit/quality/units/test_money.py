"""A feed says in which currency its money is; it is stored in whole units of that one."""

import pytest

from quality.units.conversion import UnitError
from quality.units.money import currency_of


@pytest.mark.parametrize(
    ("delivered", "currency"),
    [("KRW", "KRW"), ("원", "KRW"), ("만원", "KRW"), ("million VND", "VND"), ("₮", "MNT"), ("тыс. тенге", "KZT")],
)  # fmt: skip
def test_a_currency_is_found_in_the_unit_that_is_delivered(delivered: str, currency: str) -> None:
    assert currency_of(delivered) == currency


@pytest.mark.parametrize(
    ("delivered", "why"),
    [
        (None, "not said"),
        ("元", "may be CNY or HKD or TWD"),
        ("kg", "no currency"),
        ("thaler", "no unit that is known"),
    ],
)
def test_one_that_is_not_said_or_may_be_two_is_refused(delivered: str | None, why: str) -> None:
    with pytest.raises(UnitError, match=why):
        currency_of(delivered)
