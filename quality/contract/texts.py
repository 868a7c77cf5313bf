"""Texts that people read, by language. One language is enough: nobody has to write in a second one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel, model_validator

from quality.contract.base import SOMETHING, text_form
from quality.language_tags import language_tag, nearest
from quality.text import normalised

PLATFORM = "en"  # the language of the platform's own messages; every text that it brings along has it
UNSAID = "und"  # BCP 47's word for a language that nobody named: the one in which the pack is written


# In schemas: such a tag may be one; see language_tags.language_tag.
TAG = r"^\s*[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\s*$"
Tag = Annotated[
    str,
    Field(
        json_schema_extra=text_form(
            TAG,
            "Write a language tag such as ko, en, vi or zh-Hant.",
            *("en", "ko", "vi", "th", "id", "ms", "ja", "mn", "ru", "kk", "zh-Hans", "zh-Hant"),
        )
    ),
]


def _shape(schema: dict[str, Any]) -> None:
    """What an editor checks of such a text: it stands alone, or by language."""
    text = {"type": "string"} | SOMETHING
    by_language = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": TAG},
        "additionalProperties": text,
    }
    schema.clear()
    schema["anyOf"] = [text, by_language]


class Texts(RootModel[Mapping[str, str]]):
    """One text in one or several languages: language tag -> text. A plain text is in the pack's own."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_shape)

    @model_validator(mode="before")
    @classmethod
    def _by_language(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = {UNSAID: given}
        if not isinstance(given, Mapping) or not given:
            raise ValueError("a text is needed, or texts by language as in {en: Hanoi, vi: Hà Nội}")
        texts = dict[str, str]()
        for language, text in given.items():
            tag = language if language == UNSAID else language_tag(language)
            if tag in texts:
                raise ValueError(f"there are two texts in {tag}; take one of them out")
            if not isinstance(text, str) or not normalised(text):
                raise ValueError(f"the text in {tag} is empty or no text" if tag != UNSAID else "the text is empty")
            texts[tag] = normalised(text)
        return texts

    def in_(self, languages: Sequence[str]) -> str:
        """The text in the first of these languages that it is there in, else in English, else in any."""
        return self.root[self.language(languages)]

    @property
    def shown(self) -> str:
        """The text for the platform's own messages and comments: in English, else as its author wrote it."""
        return self.in_(())

    def language(self, languages: Sequence[str]) -> str:
        """The language in which `in_` finds the text."""
        there = list(self.root)
        found = (nearest(tag, there) for tag in (*languages, PLATFORM))
        return next((tag for tag in found if tag is not None), there[0])

    def of_pack(self, written_in: str) -> Texts:
        """The same where a plain text has the language in which its pack is written."""
        if UNSAID not in self.root:
            return self
        said = {tag: text for tag, text in self.root.items() if tag != UNSAID}
        return Texts({written_in: self.root[UNSAID]} | said)

    def followed_by(self, more: Texts | None) -> Texts:
        """Both as one text, sentence after sentence, in every language that one of them has."""
        if more is None:
            return self
        return Texts({tag: f"{self.in_((tag,))}. {more.in_((tag,))}" for tag in {**self.root, **more.root}})

    def with_(self, more: Texts | None) -> Texts:
        """These texts and more; where both have a language the others count."""
        return self if more is None else Texts({**self.root, **more.root})
