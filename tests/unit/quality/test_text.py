"""Texts as keys: what people see as one text is one."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.text import normalised, normalised_column

ODD = st.text(
    st.sampled_from(
        ' \t\n\u00a0\u3000\u200b\ufeff\u00ad\u202f\u1112\u1161\u11ab\u0301eEÅ\u212b한\uf90aa-1\u3164\u2000\ufe0f="'
    )
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (unicodedata.normalize("NFD", "종로구"), "종로구"),
        ("\ufeff종로\u00a0\u3000구 ", "종로 구"),
        ("중\u200b구\u00ad", "중구"),
        ("Café", "Café"),
        (" a \t\n b ", "a b"),
        ("\u3000", ""),
        ("Ｓ１", "Ｓ１"),  # full width is another sign in NFC
        ("", ""),
        ("중\ufe0f\u034f구\u3164\uffa0\u115f\u2063\U000e0101", "중구"),
        ('="00123"', "00123"),
        (' ="00 1" ', "00 1"),
        ('="a"b"', '="a"b"'),
        ("=1", "=1"),
    ],
)
def test_texts(text: str, clean: str) -> None:
    assert normalised(text) == clean


@given(st.lists(ODD | st.text() | st.none(), max_size=8))
def test_law_a_column_is_normalised_text_by_text(texts: list[str | None]) -> None:
    found, changed = normalised_column(pl.Series(texts, dtype=pl.String))
    assert found.to_list() == [None if text is None else normalised(text) for text in texts]
    assert changed == sum(text is not None and text != normalised(text) for text in texts)


@given(ODD | st.text())
def test_law_normalised_texts_stay_as_they_are(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(unicodedata.normalize("NFD", text)) == normalised(text)
