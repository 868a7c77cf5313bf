"""Why a value is not there, in the language of the reader: the sentence of its code, with names in its gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from assets.metrics.reasons import REASONS
from assets.site.language.words import SiteWords
from assets.site.opened import NamedText

# Which names stand in a gap, as kinds of mart.text. What is in no list stands as it was written down.
_NAMED = {
    **dict.fromkeys(("counted", "place"), "counted"),
    **dict.fromkeys(("feed", "feeds", "register", "table"), "feed"),
    "metric": "metric",
}
Texts = Mapping[tuple[str, str], NamedText]


def why_absent(
    words: SiteWords, texts: Texts, code: str | None, gaps: Sequence[str] | None, english: str | None
) -> Markup:
    """Why there is no value. english: the sentence as the file has it, for a code that its texts do not know."""
    code = code or ""
    sentence = texts.get(("reason", code))
    if sentence is None:
        return words.named(NamedText(english or "", "en"))
    kinds, given = REASONS[code].gaps if code in REASONS else (), gaps or ()

    def filled(gap: re.Match[str]) -> str:
        at = int(gap[1])
        return str(_gap(words, texts, kinds[at] if at < len(kinds) else "", given[at])) if at < len(given) else "–"

    text = str(escape(sentence.text))
    said = Markup(re.sub(r"\{(\d+)\}", filled, text[:1].upper() + text[1:] if text[:1] != "&" else text))
    return said if sentence.language == words.language else words.marked(said, sentence.language)


def _gap(words: SiteWords, texts: Texts, gap: str, given: str) -> Markup:
    kind = _NAMED.get(gap)
    if kind is None:
        return words.named(NamedText(given, words.language))
    names = [texts.get((kind, one), NamedText(one, words.language)) for one in given.split(", ")]
    return Markup(", ").join(words.named(name) for name in names)
