"""The messages of the site: each language has all of a part, with the same gaps, in all forms of its plural."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel import Locale

from assets.metrics.reasons import SENTENCES
from assets.site.language import words
from assets.site.language.words import messages_of
from quality.contract.texts import PLATFORM

FOLDER = Path(words.__file__).parent.with_name("messages")
PARTS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
NOT_INFLECTED = {"vi": {"one"}}  # Babel has a form for 1 here, and nothing in the language is different in it


def languages_of(part: str) -> list[str]:
    """The languages of a part of the site, English left out."""
    return [tag for tag in messages_of(part).languages() if tag != PLATFORM]


def gaps(message: object) -> set[frozenset[str]]:
    """The gaps of each form of a message."""
    forms = message.values() if isinstance(message, dict) else [message]
    return {frozenset(re.findall(r"\{(\w+)\}", str(form))) for form in forms}


@pytest.mark.parametrize("part", PARTS)
def test_each_language_has_the_same_messages_with_the_same_gaps(part: str) -> None:
    english = messages_of(part).part(PLATFORM, "messages")
    for language in languages_of(part):
        own = messages_of(part).part(language, "messages")
        assert set(own) == set(english), f"{part}/{language}"
        wrong = [key for key in own if len(gaps(own[key]) | gaps(english[key])) > 1]
        assert not wrong, f"{part}/{language}"


@pytest.mark.parametrize("part", PARTS)
def test_a_message_with_forms_has_all_that_its_language_needs(part: str) -> None:
    for language in messages_of(part).languages():
        needed = set(Locale.parse(language, sep="-").plural_form.rules) | {"other"}
        needed -= NOT_INFLECTED.get(language, set())
        forms = {
            key: set(message)
            for key, message in messages_of(part).part(language, "messages").items()
            if isinstance(message, dict)
        }
        assert not {key: needed ^ had for key, had in forms.items() if needed != had}, f"{part}/{language}"


@pytest.mark.parametrize(
    "part", ["cities", "city", "district", "fields", "metric", "root", "shared", "tile", "units", "wall"]
)
def test_these_pages_speak_all_twelve_languages(part: str) -> None:
    assert set(messages_of(part).languages()) == set(SENTENCES.languages())


def test_the_licence_is_said_in_the_same_words_with_the_release_and_alone() -> None:
    """Pages without values name no release, and their licence all the same."""
    for language in (PLATFORM, *languages_of("shared")):
        own = messages_of("shared").part(language, "messages")
        assert str(own["release"]).endswith(str(own["licence"])), language
