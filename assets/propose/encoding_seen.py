"""In which encoding a text of an unknown sender is, where nobody has said which languages to expect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assets.failures import FeedFailure
from assets.propose.seen import Doubt
from assets.readers.encodings.candidates import MARGIN, Candidate, candidates, encoding_name
from assets.readers.encodings.decide import as_utf8
from assets.readers.encodings.pieces import pieces

_MOST = 4
_USUAL = ("utf-8", "cp1252", "cp949", "big5", "gb18030", "cp932", "cp1251", "cp1250", "cp874", "cp1258", "latin-1")
_KEY = ("files", "layout", "encodings")


@dataclass(frozen=True)
class Encoded:
    """A text, and what the layout has to say of its encoding."""

    text: str
    encoding: str
    keys: dict[str, Any]
    doubts: tuple[Doubt, ...] = ()


def encoded(name: str, content: bytes, languages: Sequence[str]) -> Iterator[Encoded]:
    """The ways to decode a text, the likeliest first. Raises PermanentFailure where there is none.

    What UTF-8 or the languages of the city decide needs no word in the layout where that is certain.
    """
    try:
        decided = as_utf8(name, content, languages)
        universal = encoding_name(decided.encoding) in ("utf-8", "utf-16")
        keys = {} if universal else {"encodings": ["utf-8", decided.encoding]}
        yield Encoded(decided.data.decode(), decided.encoding, keys)
        return
    except FeedFailure as error:
        failure = error
    found = candidates(pieces(content), (), languages)
    different = list[Candidate]()
    for reading in sorted(found, key=lambda one: (one.bits, _rank(one.encoding))):
        if all(reading.texts != other.texts for other in different):
            different.append(reading)
    tried = 0
    for at, reading in enumerate(different[:_MOST]):
        try:
            decided = as_utf8(name, content, reading.languages, [reading.encoding])
        except FeedFailure:
            continue
        tried += 1
        rival = next((r for r in different[at + 1 :] if r.bits < reading.bits + 2 * MARGIN), None)
        yield Encoded(
            decided.data.decode(),
            reading.encoding,
            {"encodings": [reading.encoding]},
            () if rival is None else (_doubt(reading, rival),),
        )
    if not tried:
        raise failure


def _rank(encoding: str) -> int:
    """Of encodings that read a text alike the one that most programs write."""
    return next((at for at, usual in enumerate(_USUAL) if encoding_name(encoding) == encoding_name(usual)), len(_USUAL))


def _doubt(reading: Candidate, rival: Candidate) -> Doubt:
    # no text of the file is shown: it may be the name of a person
    return Doubt(
        _KEY, f"is it {reading.encoding}? Read in {rival.encoding}, its letters would be nearly as usual; look at names"
    )
