"""The encoding of a delivery: decided on all of its bytes, once, or refused where two readings are possible.

A single declared encoding is trusted. Of several, declared or those of the pack's languages, one is taken when all
bytes are valid in it, the text is usual for the languages, and no other reading is nearly as usual. Readings in
encodings that nobody named are looked at as well: half of all Big5 bytes are Hangul, too.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assets.failures import PermanentFailure
from assets.readers.encodings import letters, usual
from assets.readers.encodings.pieces import pieces

_BLOCK = 16 * 2**20
_MARGIN = 8.0  # bits by which a reading has to be more usual than any other that is tried
# ... and than those of languages that the city does not have: one letter of one byte says less than one of two
_ELSEWHERE, _ELSEWHERE_BYTE = 4.0, 7.0
_UTF8_BONUS = 12.0  # text in another encoding is seldom valid UTF-8 by chance
_STRANGE = 0.08  # share of signs that may be strange to the languages
_AGAIN = "have it delivered again and compare the size with the sender's"
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ESCAPES = (b"\x1b$", b"\x1b(")  # ISO-2022 writes letters of Asia in ASCII


@dataclass(frozen=True)
class Decided:
    """A text as UTF-8 without byte order mark, its encoding, and what was guessed, if anything was."""

    data: bytes
    encoding: str
    guess: str | None = None


def as_utf8(where: str, content: bytes, languages: Sequence[str], declared: Sequence[str] = ()) -> Decided:
    """The text of a file. Raises PermanentFailure (FILE-ENCODING, FILE-TRUNCATED) where it is not certain."""
    tried = tuple(declared) or ("utf-8", "utf-16", *_of(languages))
    marked = next((name for mark, name in _BOMS.items() if content.startswith(mark)), None)
    if marked is not None:
        return _marked(where, content, marked, tried)
    if content.isascii() and not any(_ascii_too(name) for name in tried):
        _refuse_escapes(where, content)
        return Decided(content, tried[0])
    tried = tuple(name for name in tried if _name(name) != "utf-16" or len(tried) == 1)
    if len(declared) == 1:
        _refuse_utf8(where, content, declared[0], languages)
        return Decided(_decoded(where, content, tried)[0][0][1], declared[0])
    found, failed = _decoded(where, content, tried)
    texts = dict(found)
    sample = pieces(content)
    surely = next((name for name in texts if _name(name) == "utf-8" and _surely_utf8(sample)), None)
    name = surely or _chosen(where, sample, list(texts), languages, failed)
    return Decided(texts[name], name, f"encoding {name} (of {', '.join(tried)})" if len(tried) > 1 else None)


def name_text(raw: bytes, languages: Sequence[str], where: str) -> str:
    """The text of a file's name. Raises PermanentFailure where it is not certain."""
    return as_utf8(where, raw, languages).data.decode()


def _of(languages: Iterable[str]) -> list[str]:
    """The encodings of these languages, each once."""
    known = [one for tag in languages for one in letters.language(tag)]
    return list(dict.fromkeys(encoding for one in known for encoding in letters.ENCODINGS[one]))


def _name(encoding: str) -> str:
    """One name for each encoding, whatever the contract calls it."""
    return codecs.lookup(encoding).name.removesuffix("-sig")


def _ascii_too(encoding: str) -> bool:
    """Whether letters beyond ASCII are written in bytes of ASCII in it."""
    return _name(encoding).startswith(("iso2022", "hz", "utf-7"))


def _refuse_escapes(where: str, content: bytes) -> None:
    if any(content.find(escape) >= 0 for escape in _ESCAPES):
        hint = "write it in the layout of the contract, as in `encodings: [iso2022_jp]`, or have it saved as UTF-8"
        raise PermanentFailure("FILE-ENCODING", "it is in an encoding of the family ISO-2022", where, hint)


def _marked(where: str, content: bytes, marked: str, tried: Sequence[str]) -> Decided:
    """A byte order mark leaves no doubt; a contract that names other encodings only does."""
    family = {_name(name)[:6] for name in tried}
    if marked[:6] not in family:
        kind = "UTF-16 text ('Unicode text' of Excel)" if marked == "utf-16" else "UTF-8 text with a byte order mark"
        hint = f"save it as {tried[0]}, or add '{marked}' to the encodings in the layout"
        raise PermanentFailure("FILE-ENCODING", f"it is {kind}, the contract says {', '.join(tried)}", where, hint)
    data = _decode(where, content, marked)
    if isinstance(data, str):
        raise PermanentFailure("FILE-ENCODING", f"its text cannot be decoded: {data}", where, _AGAIN)
    return Decided(data.removeprefix(codecs.BOM_UTF8), marked)


def _decoded(where: str, content: bytes, tried: Sequence[str]) -> tuple[list[tuple[str, bytes]], list[str]]:
    """The text in each encoding in which all of it is valid, and why the others are not.

    Raises PermanentFailure if there is none.
    """
    found, failed = list[tuple[str, bytes]](), list[str]()
    for name in tried:
        data = _decode(where, content, name)
        if isinstance(data, str):
            failed.append(data)
        else:
            found.append((name, data))
    if not found:
        hint = "have it saved as UTF-8, or add its encoding to the layout, as in `encodings: [big5]`"
        raise PermanentFailure("FILE-ENCODING", "its text cannot be decoded: " + ", ".join(failed), where, hint)
    return found, failed


def _decode(where: str, content: bytes, encoding: str) -> bytes | str:
    """The whole text, strictly, as UTF-8; or what is wrong. The first letter may come after megabytes of ASCII."""
    name = _name(encoding)
    plain = name in ("utf-8", "ascii")
    decoder = codecs.getincrementaldecoder(name)("strict")
    whole = io.BytesIO()
    for at in range(0, len(content) or 1, _BLOCK):
        block, last = content[at : at + _BLOCK], at + _BLOCK >= len(content)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, last)
        except UnicodeDecodeError as error:
            offset = at - pending + error.start
            if plain and error.reason == "unexpected end of data" and not content[:offset].isascii():
                what = f"it ends in the middle of a character (byte {offset:,}), so it was cut short"
                raise PermanentFailure("FILE-TRUNCATED", what, where, _AGAIN) from error
            return f"{encoding} fails at byte {offset:,} (0x{content[offset]:02x})"
        if not plain:
            whole.write(text.encode("utf-8"))
    return (content if plain else whole.getvalue()).removeprefix(codecs.BOM_UTF8)


@dataclass(frozen=True)
class _Reading:
    """A sample of the text in one encoding; `bits`: how much it takes to write it down, the less the more usual."""

    encoding: str
    languages: tuple[str, ...]
    texts: tuple[str, ...]
    bits: float
    tried: bool


def _surely_utf8(sample: Sequence[bytes]) -> bool:
    """A letter of two bytes is valid UTF-8 by chance one time in ten, one of three bytes one time in fifty."""
    return len({sign for piece in sample for sign in piece.decode("utf-8", "ignore") if sign >= "\u0800"}) >= 6


def _chosen(
    where: str, sample: Sequence[bytes], valid: Sequence[str], languages: Sequence[str], failed: Sequence[str]
) -> str:
    """The one encoding that is not in doubt."""
    readings = _readings(sample, valid, languages)
    tried = sorted((reading for reading in readings if reading.tried), key=lambda reading: reading.bits)
    best = tried[0] if tried else None
    rivals = [r for r in readings if best is not None and r.texts != best.texts and _near(r, best)]
    if best is not None and not rivals and not _strange(best):
        return best.encoding
    shown = [best, *sorted(rivals, key=lambda reading: reading.bits)[:2]] if best is not None else []
    at = next((i for i, texts in enumerate(zip(*(r.texts for r in shown), strict=True)) if len(set(texts)) > 1), 0)
    said = ", ".join(failed) + "; " * bool(failed)
    said += ", ".join(f"{r.encoding} reads {r.texts[at][:30]!r}" for r in shown) or f"{', '.join(valid)} give no text"
    if best is not None and not rivals:
        said += f", which is not usual in {', '.join(best.languages)}"
    hint = "ask the sender which it is and write it in the layout of the contract, as in `encodings: [big5]`"
    raise PermanentFailure("FILE-ENCODING", f"it is not certain in which encoding it is: {said}", where, hint)


def _near(other: _Reading, best: _Reading) -> bool:
    """Whether another reading is as likely, or nearly so. Text that is valid UTF-8 is never taken for anything else."""
    if _name(other.encoding) in _UNIVERSAL:
        return True
    if other.tried:
        return other.bits < best.bits + _MARGIN
    return other.bits < best.bits + (_ELSEWHERE if best.languages[:1] in _WIDE else _ELSEWHERE_BYTE)


def _strange(reading: _Reading) -> bool:
    return (
        _name(reading.encoding) not in _UNIVERSAL and usual.unusual_share(reading.texts, reading.languages) > _STRANGE
    )


_WIDE = (("ko",), ("ja",), ("zh-hant",), ("zh-hans",))
_UNIVERSAL = ("utf-8", "utf-16")


def _readings(sample: Sequence[bytes], valid: Sequence[str], languages: Sequence[str]) -> list[_Reading]:
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
            costs = {one: _least(texts, [one]) for one in using or own or ["en"]}
            speaking = (min(costs, key=lambda one: costs[one]),)
        found.append(_Reading(name, speaking, texts, _least(texts, speaking), tried=True))
    universal = _texts(sample, "utf-8")
    if universal is not None:  # it may be of any language
        anyhow = min(_least(universal, [one, *own]) for one in letters.ENCODINGS)
        found = [reading for reading in found if _name(reading.encoding) not in _UNIVERSAL]
        called = next((name for name in valid if _name(name) == "utf-8"), None)
        found.append(_Reading(called or "utf-8", tuple(own), universal, anyhow - _UTF8_BONUS, called is not None))
    enough = min((reading.bits for reading in found), default=0.0) + 2 * _MARGIN
    for one, encodings in letters.ENCODINGS.items():
        for name in (*encodings, *letters.ELSEWHERE.get(one, ())):
            texts = _texts(sample, name)
            if texts is not None:
                found.append(_Reading(name, (one,), texts, _least(texts, [one], enough), tried=False))
    return [reading for reading in found if reading.bits < usual.IMPOSSIBLE]


def _using(encoding: str) -> tuple[str, ...]:
    """The languages that are delivered in an encoding."""
    name = _name(encoding).replace("-", "_")
    name = letters.ALIKE.get(name, name)
    return tuple(one for one, encodings in letters.ENCODINGS.items() if name in encodings)


def _texts(sample: Sequence[bytes], encoding: str) -> tuple[str, ...] | None:
    decoder = codecs.getincrementaldecoder(encoding)
    try:
        return tuple(decoder().decode(piece) for piece in sample)  # a letter that is cut at the end is left out
    except UnicodeDecodeError:
        return None


def _least(texts: Iterable[str], languages: Sequence[str], enough: float = usual.IMPOSSIBLE) -> float:
    """Bits of the sample, each word in the language in which it is most usual. What is above `enough` is not added."""
    total = 0.0
    for text in texts:
        total += min(usual.bits(text, one) for one in languages)
        if total > enough:
            break
    return total


def _refuse_utf8(where: str, content: bytes, declared: str, languages: Sequence[str]) -> None:
    """Text that is valid UTF-8 is hardly anything else, whatever the contract says: the sender has changed."""
    if content.isascii() or _name(declared) in _UNIVERSAL or not isinstance(_decode(where, content, "utf-8"), bytes):
        return
    readings = {reading.encoding: reading for reading in _readings(pieces(content), ["utf-8", declared], languages)}
    utf8, other = readings.get("utf-8"), readings.get(declared)
    if utf8 is not None and (other is None or utf8.bits + _MARGIN < other.bits):
        hint = f"write `encodings: [utf-8, {declared}]` in the layout of the contract"
        what = f"it is UTF-8, the contract says {declared}"
        raise PermanentFailure("FILE-ENCODING", what, where, hint)
