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
from assets.readers.encodings.candidates import MARGIN, UNIVERSAL, Candidate, candidates, encoding_name
from assets.readers.encodings.pieces import pieces
from assets.readers.encodings.refusals import none_decodes, not_certain, refuse_controls

_BLOCK = 16 * 2**20
# ... and than those of languages that the city does not have: one letter of one byte says less than one of two
_ELSEWHERE, _ELSEWHERE_BYTE = 4.0, 7.0
_STRANGE = 0.08  # share of signs that may be strange to the languages
_SURE = 0.25  # share of the signs of two bytes that need both bytes beyond ASCII
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
    tried = tuple(name for name in tried if encoding_name(name) != "utf-16" or len(tried) == 1)
    if len(declared) == 1:
        _refuse_utf8(where, content, declared[0], languages)
        return Decided(_decoded(where, content, tried)[0][0][1], declared[0])
    found, failed = _decoded(where, content, tried)
    texts = dict(found)
    sample = pieces(content)
    surely = next((name for name in texts if encoding_name(name) == "utf-8" and _surely_utf8(sample)), None)
    name = surely or _chosen(where, sample, list(texts), languages, failed)
    return Decided(texts[name], name, f"encoding {name} (of {', '.join(tried)})" if len(tried) > 1 else None)


def name_text(raw: bytes, languages: Sequence[str], where: str) -> str:
    """The text of a file's name. Raises PermanentFailure where it is not certain."""
    return as_utf8(where, raw, languages).data.decode()


def _of(languages: Iterable[str]) -> list[str]:
    """The encodings of these languages, each once."""
    known = [one for tag in languages for one in letters.language(tag)]
    return list(dict.fromkeys(encoding for one in known for encoding in letters.ENCODINGS[one]))


def _ascii_too(encoding: str) -> bool:
    """Whether letters beyond ASCII are written in bytes of ASCII in it."""
    return encoding_name(encoding).startswith(("iso2022", "hz", "utf-7"))


def _refuse_escapes(where: str, content: bytes) -> None:
    if b"\x1b" in content and any(escape in content for escape in _ESCAPES):
        hint = "write it in the layout of the contract, as in `encodings: [iso2022_jp]`, or have it saved as UTF-8"
        raise PermanentFailure("FILE-ENCODING", "it is in an encoding of the family ISO-2022", where, hint)


def _marked(where: str, content: bytes, marked: str, tried: Sequence[str]) -> Decided:
    """A byte order mark leaves no doubt; a contract that names other encodings only does."""
    family = {encoding_name(name)[:6] for name in tried}
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
        raise none_decodes(where, content, failed)
    return found, failed


def _decode(where: str, content: bytes, encoding: str) -> bytes | str:
    """The whole text, strictly, as UTF-8; or what is wrong. The first letter may come after megabytes of ASCII."""
    name = encoding_name(encoding)
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


def _surely_utf8(sample: Sequence[bytes]) -> bool:
    """A letter of two bytes is valid UTF-8 by chance one time in ten, one of three bytes one time in fifty."""
    return len({sign for piece in sample for sign in piece.decode("utf-8", "ignore") if sign >= "\u0800"}) >= 6


def _chosen(
    where: str, sample: Sequence[bytes], valid: Sequence[str], languages: Sequence[str], failed: Sequence[str]
) -> str:
    """The one encoding that is not in doubt."""
    found = candidates(sample, valid, languages)
    refuse_controls(where, sample, found, [name for name in valid if encoding_name(name) == "utf-8"])
    tried = sorted((reading for reading in found if reading.tried), key=lambda reading: reading.bits)
    best = tried[0] if tried else None
    rivals = [r for r in found if best is not None and r.texts != best.texts and _near(r, best)]
    if best is not None and not rivals and not _strange(best) and not _by_chance(best):
        return best.encoding
    raise not_certain(where, best, rivals, found, failed)


def _near(other: Candidate, best: Candidate) -> bool:
    """Whether another reading is as likely, or nearly so. Text that is valid UTF-8 is never taken for anything else."""
    if encoding_name(other.encoding) in UNIVERSAL:
        return True
    if other.tried:
        return other.bits < best.bits + MARGIN
    if best.wide:
        return other.bits < best.bits + _ELSEWHERE
    return other.bits - best.bits < _ELSEWHERE_BYTE * best.repeats


def _strange(reading: Candidate) -> bool:
    return (
        encoding_name(reading.encoding) not in UNIVERSAL
        and usual.unusual_share(reading.texts, reading.languages) > _STRANGE
    )


def _by_chance(reading: Candidate) -> bool:
    """Whether (nearly) all letters of two bytes hold a byte of ASCII: a sign beside a letter is read so, too.

    In Big5 and Shift_JIS, `\xb0C` is a letter, in Windows-1252 it is `°C`.
    """
    if not reading.wide or encoding_name(reading.encoding) in UNIVERSAL:
        return False
    signs = {sign for text in reading.texts for sign in text if not sign.isascii()}
    written = [sign.encode(reading.encoding, "ignore") for sign in signs]
    sure = sum(len(raw) > 1 and min(raw) >= 0x80 for raw in written)
    return sure < _SURE * len(signs)


def _refuse_utf8(where: str, content: bytes, declared: str, languages: Sequence[str]) -> None:
    """Text that is valid UTF-8 is hardly anything else, whatever the contract says: the sender has changed."""
    if (
        content.isascii()
        or encoding_name(declared) in UNIVERSAL
        or not isinstance(_decode(where, content, "utf-8"), bytes)
    ):
        return
    found = {reading.encoding: reading for reading in candidates(pieces(content), ["utf-8", declared], languages)}
    utf8, other = found.get("utf-8"), found.get(declared)
    if utf8 is not None and (other is None or utf8.bits + MARGIN < other.bits):
        hint = f"write `encodings: [utf-8, {declared}]` in the layout of the contract"
        what = f"it is UTF-8, the contract says {declared}"
        raise PermanentFailure("FILE-ENCODING", what, where, hint)
