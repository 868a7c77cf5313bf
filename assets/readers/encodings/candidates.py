"""The readings of a text in the encodings that are tried and in those of all other languages, weighed in bits."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assets.readers.encodings import letters, usual

MARGIN = 8.0  # bits by which a reading has to be more usual than any other that is tried
_UTF8_BONUS = 12.0  # text in another encoding is seldom valid UTF-8 by chance
WIDE = (("ko",), ("ja",), ("zh-hant",), ("zh-hans",))
UNIVERSAL = ("utf-8", "utf-16")


@dataclass(frozen=True)
class Candidate:
    """A sample of the text in one encoding; `bits`: how much it takes to write it down, the less the more usual."""

    encoding: str
    languages: tuple[str, ...]
    texts: tuple[str, ...]
    bits: float
    tried: bool

    @property
    def wide(self) -> bool:
        """Whether its letters take two bytes."""
        return self.languages[:1] in WIDE

    @property
    def repeats(self) -> int:
        """How often the only sign beyond ASCII stands in it, else 1: a second `ñ` says nothing new."""
        signs = [sign for text in self.texts for sign in text if not sign.isascii()]
        return max(len(signs), 1) if len(set(signs)) <= 1 else 1


def encoding_name(encoding: str) -> str:
    """One name for each encoding, whatever the contract calls it."""
    return codecs.lookup(encoding).name.removesuffix("-sig")


def candidates(sample: Sequence[bytes], valid: Sequence[str], languages: Sequence[str]) -> list[Candidate]:
    """The sample in each encoding that is valid in it: those that are tried, and those of all other languages."""
    own = [one for tag in languages for one in letters.language(tag)]
    found = []
    for name in valid:
        texts = _texts(sample, name)
        if texts is None:
            continue
        using = _using(name)
        speaking = tuple(one for one in own if one in using)
        if not speaking:  # a feed in a language that the city does not have: the one it is most usual in
            costs = {one: least(texts, [one]) for one in using or own or ["en"]}
            speaking = (min(costs, key=lambda one: costs[one]),)
        found.append(Candidate(name, speaking, texts, least(texts, speaking), tried=True))
    universal = _texts(sample, "utf-8")
    if universal is not None:  # it may be of any language
        anyhow = min(least(universal, [one, *own]) for one in letters.ENCODINGS)
        found = [reading for reading in found if encoding_name(reading.encoding) not in UNIVERSAL]
        called = next((name for name in valid if encoding_name(name) == "utf-8"), None)
        found.append(Candidate(called or "utf-8", tuple(own), universal, anyhow - _UTF8_BONUS, called is not None))
    enough = min((reading.bits for reading in found), default=usual.IMPOSSIBLE) + 2 * MARGIN
    for one, encodings in letters.ENCODINGS.items():
        for name in (*encodings, *letters.ELSEWHERE.get(one, ())):
            texts = _texts(sample, name)
            if texts is not None:
                found.append(Candidate(name, (one,), texts, least(texts, [one], enough), tried=False))
    return [reading for reading in found if reading.bits < usual.IMPOSSIBLE]


def _using(encoding: str) -> tuple[str, ...]:
    """The languages that are delivered in an encoding."""
    name = encoding_name(encoding).replace("-", "_")
    name = letters.ALIKE.get(name, name)
    return tuple(one for one, encodings in letters.ENCODINGS.items() if name in encodings)


def _texts(sample: Sequence[bytes], encoding: str) -> tuple[str, ...] | None:
    decoder = codecs.getincrementaldecoder(encoding)
    try:
        return tuple(decoder().decode(piece) for piece in sample)  # a letter that is cut at the end is left out
    except UnicodeDecodeError:
        return None


def least(texts: Iterable[str], languages: Sequence[str], enough: float = usual.IMPOSSIBLE) -> float:
    """Bits of the sample, each word in the language in which it is most usual. What is above `enough` is not added."""
    total = 0.0
    for text in texts:
        total += min(usual.bits(text, one) for one in languages)
        if total > enough:
            break
    return total
