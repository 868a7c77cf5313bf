"""Numbers are written as Babel writes them, in each language of the site, and a minus is never before zeros alone."""

from __future__ import annotations

import pytest
from babel import Locale, UnknownLocaleError, numbers
from hypothesis import example, given
from hypothesis import strategies as st

from assets.metrics.reasons import SENTENCES
from assets.site.language.numerals import share_text, written_number

# German, French and Hindi have other signs or groups; a tag that is none is as English. Not de-CH: two groups are in a
# pair of quotes there, which Babel takes away
LANGUAGES = (*SENTENCES.languages(), "de", "fr", "hi", "xx")
_VALUES = st.one_of(
    st.floats(min_value=-1e15, max_value=1e15),
    st.integers(min_value=-(10**15), max_value=10**15),
    # what is measured has few digits, so that halves of the last one shown are among them
    st.decimals(min_value=-100_000, max_value=100_000, places=3).map(float),
)


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=_VALUES, digits=st.integers(min_value=0, max_value=8))
@example(value=2.675, digits=2)
@example(value=0.125, digits=2)
@example(value=999_999.95, digits=1)
@example(value=1e-7, digits=2)
def test_a_number_is_as_babel_writes_it(language: str, value: float, digits: int):
    expected = numbers.format_decimal(value, "#,##0" + _point(digits), locale=_locale(language))
    assert written_number(language, value, digits) == _with_minus(expected)


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=st.floats(min_value=-100, max_value=100), digits=st.integers(min_value=0, max_value=3))
@example(value=0.125, digits=0)
@example(value=0.29, digits=0)
def test_a_share_is_as_babel_writes_it(language: str, value: float, digits: int):
    pattern = "#,##0" + _point(digits) + "\N{NO-BREAK SPACE}%"
    expected = numbers.format_percent(value, pattern, locale=_locale(language))
    assert share_text(language, value, digits) == _with_minus(expected)


@pytest.mark.parametrize("value", [-0.0, -0.04, -0.05, -1e-9])
def test_no_minus_is_before_zeros_alone(value: float):
    assert written_number("en", value, 1) == "0.0"
    assert written_number("ru", value, 1) == "0,0"


def test_what_is_not_finite_is_a_sign():
    assert [written_number("ko", value, 1) for value in (float("inf"), float("-inf"))] == ["∞", "−∞"]


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def _point(digits: int) -> str:
    return "." + "0" * digits if digits else ""


def _with_minus(text: str) -> str:
    """As Babel writes it, with a true minus, and without one before zeros."""
    return text.replace("-", "\N{MINUS SIGN}" if any(char in "123456789" for char in text) else "")
