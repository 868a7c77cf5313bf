"""Numbers of persons are known by their form and their check digits; numbers of things are not taken for them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.personal.mobiles import MOBILES
from assets.personal.values import (
    at_a_glance,
    forms_of,
    is_card,
    is_chinese_resident,
    is_imei,
    is_kazakh_resident,
    is_korean_company,
    is_korean_resident,
    is_singaporean_resident,
    is_taiwanese_resident,
    is_thai_resident,
)
from tests.worlds.persons import card, korean_company, korean_resident

digits = st.integers(0, 9)


@pytest.mark.parametrize(
    ("holds", "good"),
    [
        (is_card, "4111111111111111"),  # numbers that the schemes themselves give for tests
        (is_card, "5555555555554444"),
        (is_card, "378282246310005"),
        (is_imei, "490154203237518"),
        (is_chinese_resident, "11010519491231002X"),
        (is_taiwanese_resident, "A123456789"),
        (is_thai_resident, "1101700230708"),
        (is_singaporean_resident, "S1234567D"),
        (is_kazakh_resident, "990513300450"),
        (is_korean_resident, korean_resident("900101123456")),
    ],
)
def test_a_number_holds_and_no_other_check_sign_does(holds, good: str):
    assert holds(good)
    body, last = good[:-1], good[-1]
    others = "0123456789" if last.isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert [body + sign for sign in others if holds(body + sign)] == [good]


@given(st.lists(digits, min_size=14, max_size=14).map(lambda some: "4" + "".join(map(str, some))))
def test_a_card_with_one_digit_wrong_is_none(number: str):
    good = card(number)
    assert is_card(good)
    for place in range(1, 16):
        assert not is_card(good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :])


@given(st.dates(), st.sampled_from("1234"), st.integers(0, 99_999))
def test_a_resident_is_born_on_a_day(born, sex: str, number: int):
    good = korean_resident(f"{born:%y%m%d}{sex}{number:05d}")
    if not (born.month == 2 and born.day == 29):  # 29 February of another century may be none
        assert is_korean_resident(good)
    assert not is_korean_resident(good[:2] + "13" + good[4:])
    assert not is_korean_resident(good[:6] + "9" + good[7:])


def test_a_company_is_no_resident():
    number = korean_company("110111123456")
    assert is_korean_company(number)
    assert not is_korean_company(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("country", ["KR", "JP", "CN", "TW", "TH", "VN", "ID", "PH", "KZ", "IN", "US", "MN", "BN"])
@pytest.mark.parametrize(
    "text",
    [
        "2026-05-13 00:01:00",
        "20260513000100",
        "126.97796919",
        "37.5665",
        "1100000000",
        "1168010100",
        "1220045120",
        "V02Q1943455",
        "02-120",
        "1,395",
        "urn:ngsi-ld:Device:001",
        "00:00:00:00:00:00",
        "3 000 000",
        "-0.1234567890",
    ],
)
def test_what_feeds_have_is_none_of_it(country: str, text: str):
    found = [form for form in forms_of(country) if form.found(text)]
    assert not [form.kind for form in found if form.anywhere or form.least < 3]


@pytest.mark.parametrize("country", [*MOBILES, "XX"])
def test_the_glance_has_no_edge_of_unicode_words(country: str) -> None:
    """With one, Polars reads a reply that has Korean letters forty times as slowly: 4 MB a second."""
    assert "\\b" not in at_a_glance(country).replace(r"(?-u:\b)", "")


@pytest.mark.parametrize("text", ["전화 00 44-20", "전화:0082-2", "전화0082-2", "a 001/"])
def test_a_number_that_is_called_from_abroad_is_seen_after_any_letters(text: str) -> None:
    assert pl.Series([text]).str.contains(at_a_glance("KR")).all()
    assert not pl.Series(["2000-12-01 00:10", "x00-1"]).str.contains(at_a_glance("KR")).any()
