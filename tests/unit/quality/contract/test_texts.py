"""Texts by language, and the tags that name languages."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from quality.contract.texts import Texts
from quality.language_tags import language_of_country, language_tag
from quality.text import normalised

TAGS = ("ko", "en", "vi", "zh-Hant", "zh-Hans", "th", "pt-BR", "mn", "id", "ru", "fil", "nan-Hant-TW", "sr-Latn-RS")
BY_LANGUAGE = st.dictionaries(st.sampled_from(TAGS), st.text(min_size=1).filter(normalised), min_size=1)


@settings(deadline=None)
@given(BY_LANGUAGE, st.lists(st.sampled_from(TAGS), max_size=3))
def test_every_reader_gets_a_text_and_their_own_where_it_is_there(
    by_language: dict[str, str], asked: list[str]
) -> None:
    texts = Texts.model_validate(by_language)
    assert texts.in_(asked) == normalised(by_language[texts.language(asked)])
    having = [tag for tag in asked if tag in by_language]
    if having and asked[0] == having[0]:
        assert texts.language(asked) == having[0]
    assert Texts.model_validate(texts.model_dump()) == texts


@pytest.mark.parametrize(
    ("there", "asked", "found"),
    [
        (("en", "vi"), ("vi",), "vi"),
        (("en", "vi"), ("ko", "vi"), "vi"),  # the reader's, then the pack's first
        (("th", "en"), ("ko",), "en"),
        (("th", "vi"), ("ko",), "th"),
        (("zh", "en"), ("zh-Hant-TW",), "zh"),
        (("en", "zh-Hant"), ("zh",), "zh-Hant"),
        (("en", "zh-Hant"), ("zh-TW",), "zh-Hant"),
        (("en", "zh-HK"), ("zh-Hant",), "zh-HK"),
        (("en", "zh-Hant"), ("zh-CN",), "en"),
        (("en", "zh-Hant"), ("zh-Hans",), "en"),  # another script is another text
    ],
)
def test_the_nearest_language_is_taken(there: tuple[str, ...], asked: tuple[str, ...], found: str) -> None:
    assert Texts.model_validate(dict.fromkeys(there, "x")).language(asked) == found


def test_a_plain_text_is_in_the_first_language_of_the_pack() -> None:
    title = Texts.model_validate("Hà Nội")
    assert title.in_(["vi"]) == title.in_([]) == "Hà Nội"
    assert title.of_pack("vi").root == {"vi": "Hà Nội"}
    assert title.of_pack("vi").with_(Texts({"en": "Hanoi"})).root == {"vi": "Hà Nội", "en": "Hanoi"}
    assert Texts({"en": "a"}).with_(None).root == {"en": "a"}


def test_texts_are_normalised() -> None:
    odd = f" \u202e{unicodedata.normalize('NFD', 'Hà Nội')}\u200b\u00a0 "
    assert Texts.model_validate({"VI": odd}).root == {"vi": "Hà Nội"}


@pytest.mark.parametrize(
    ("given_texts", "what"),
    [
        ({}, "a text is needed"),
        (None, "a text is needed"),
        (["Hanoi"], "a text is needed"),
        (2024, "a text is needed"),
        ("", "the text is empty"),
        ({"en": "\u200b"}, "the text in en is empty"),
        ({"en": None}, "the text in en is empty"),
        ({"zh-hant": "a", "zh_Hant": "b"}, "two texts in zh-Hant"),
        ({"kor": "a"}, "this language is written ko"),
        ({False: "a"}, "put the tag in quotes"),
    ],
)
def test_what_is_no_text_is_refused(given_texts: Any, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Texts.model_validate(given_texts)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *[("KO", "ko"), ("zh_hant", "zh-Hant"), ("zh-hant-tw", "zh-Hant-TW"), ("EN-us", "en-US"), ("es-419", "es-419")],
        *[("de-1996", "de-1996"), ("yue", "yue"), (" vi ", "vi"), ("sl-rozaj-biske", "sl-rozaj-biske")],
    ],
)
def test_a_tag_has_one_spelling(written: str, tag: str) -> None:
    assert language_tag(written) == tag == language_tag(tag)


@pytest.mark.parametrize("tag", TAGS)
def test_the_name_of_a_column_gives_its_tag_back(tag: str) -> None:
    assert language_tag(tag.lower().replace("-", "_")) == tag


@pytest.mark.parametrize(
    ("written", "what"),
    [
        *[
            ("korean", "is no language"),
            ("", "is no language"),
            ("xx", "is no language"),
            ("cn", "did you mean zh-Hans"),
        ],
        *[("jp", "did you mean ja"), ("vn", "did you mean vi"), ("zho", "is written zh"), ("vie", "is written vi")],
        *[
            ("ko-", "is no language"),
            ("zh--Hant", "is no language"),
            (7, "is no language"),
            ("i-klingon", "no language"),
        ],
    ],
)
def test_what_is_no_language_is_refused(written: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        language_tag(written)


def test_a_country_is_no_language() -> None:
    assert language_of_country("KR", "kr") == "ko"
    assert language_of_country("NG", "kr") is None
    assert language_of_country("TH", "th") is None


def test_a_text_is_followed_by_another_in_every_language_of_both() -> None:
    meaning, note = Texts({"en": "Station"}), Texts({"en": "By its code", "vi": "Theo mã"})
    assert meaning.followed_by(note).root == {"en": "Station. By its code", "vi": "Station. Theo mã"}
    assert meaning.followed_by(None) == meaning
    assert meaning.followed_by(Texts.model_validate("Theo mã")).of_pack("vi").root == {
        "vi": "Station. Theo mã",
        "en": "Station. Theo mã",
    }
